"""Words of names that mean the same or say little: legal forms, numbers, trades, scripts.

Rows here are general knowledge of how companies are named. Forms are spelled as they are once
accents and points are gone and the script is Latin ("gesellschaft mit beschrankter haftung").
"""

from __future__ import annotations

from typing import Final

#: Kind of legal form → canonical form → spellings. ``open`` forms are translations of any other.
_FORMS: Final[dict[str, dict[str, str]]] = {
    "open": {
        "co": "co|company|companies|compania|compagnie|cia|cie|coy|gongsi|kompaniya|firma",
        "corp": "corp|corporation|corporacion|korporatsiya",
        "inc": "inc|incorporated|incorporation",
        "na": "na|national association",
    },
    "private": {
        "ltd": "ltd|limited|ltd sti|limited sirketi|lda|ltda|limitada|limitee|pte ltd|"
        "pvt ltd|private limited|pty ltd|pty limited|proprietary limited|pte|pty|pvt|sdn bhd|"
        "sendirian berhad|perseroan terbatas|youxian gongsi|youxian zeren gongsi|company limited|"
        "yuhan hoesa|yugen kaisha|yk",
        "llc": "llc|limited liability company|limited liability co|ooo|"
        "obshchestvo s ogranichennoy otvetstvennostyu|"
        "obschestvo s ogranichennoi otvetstvennostyu|obshchestvo s ogranichennoi otvetstvennostiu|"
        "tov|tovarystvo z obmezhenoyu vidpovidalnistyu|too|tovarishchestvo s ogranichennoy "
        "otvetstvennostyu|fze|fzco|fzc|fzllc|fz llc|free zone company|free zone establishment|"
        "dmcc|wll|zrt llc|ood|eood",
        "gmbh": "gmbh|gesellschaft mit beschrankter haftung|ges mbh|gesmbh|ggmbh|mbh",
        "sarl": "sarl|societe a responsabilite limitee|eurl|sas|sasu|"
        "societe par actions simplifiee",
        "srl": "srl|societa a responsabilita limitata|societatea cu raspundere limitata|"
        "sociedad de responsabilidad limitada|sociedad limitada|sl|slu|s de rl|s de rl de cv",
        "bv": "bv|besloten vennootschap|bvba|besloten vennootschap met beperkte aansprakelijkheid",
        "spzoo": "spzoo|sp zoo|sp z oo|spolka z oo|spolka z ograniczona odpowiedzialnoscia",
        "sro": "sro|spol sro|spolecnost s rucenim omezenym|spolocnost s rucenim obmedzenym",
        "doo": "doo|drustvo s ogranicenom odgovornoscu|druzba z omejeno odgovornostjo",
        "kft": "kft|korlatolt felelossegu tarsasag",
        "uab": "uab|sia|oy|osauhing|ou|aps|anpartsselskab|uzdaroji akcine bendrove",
    },
    "public": {
        "jsc": "jsc|joint stock company|joint stock co|ao|aktsionernoe obshchestvo|"
        "aktsionernoye obshchestvo|ad|akcionarsko drustvo",
        "ojsc": "ojsc|open joint stock company|open joint stock co|oao|"
        "otkrytoe aktsionernoe obshchestvo|otkrytoye aktsionernoye obshchestvo",
        "pjsc": "pjsc|public joint stock company|public joint stock co|pao|"
        "publichnoe aktsionernoe obshchestvo|publichnoye aktsionernoye obshchestvo|pat",
        "cjsc": "cjsc|closed joint stock company|closed joint stock co|zao|"
        "zakrytoe aktsionernoe obshchestvo|zakrytoye aktsionernoye obshchestvo",
        "ag": "ag|aktiengesellschaft|akt ges",
        "sa": "sa|societe anonyme|sociedad anonima|sociedade anonima|societatea pe actiuni|"
        "sa de cv|sab de cv|sociedad anonima de capital variable|spa|"
        "societa per azioni|sapa|anonim sirketi|anonim sirket",
        "plc": "plc|public limited company|public ltd co|bhd|berhad|tbk|pcl|"
        "public company limited",
        "nv": "nv|naamloze vennootschap",
        "as": "as|asa|aktieselskab|aksjeselskap|allmennaksjeselskap|akciova spolecnost",
        "ab": "ab|aktiebolag|oyj|publ|osakeyhtio",
        "se": "se|societas europaea",
        "kk": "kk|kabushiki kaisha|kabushiki gaisha|jusik hoesa|chusik hoesa",
        "rt": "rt|nyrt|zrt|reszvenytarsasag",
        "gufen": "gufen youxian gongsi|gufen youxian zeren gongsi|gufen gongsi|gufen|"
        "company limited by shares",
    },
    "partnership": {
        "lp": "lp|limited partnership",
        "llp": "llp|limited liability partnership",
        "kg": "kg|kommanditgesellschaft|kgaa|ohg|offene handelsgesellschaft|gbr|snc|scs|sca|"
        "commanditaire vennootschap|cv|gmbh and co kg|gmbh co kg",
    },
    "public service": {
        "fgup": "fgup|fsue|federal state unitary enterprise|gup|sue|state unitary enterprise|"
        "federalnoe gosudarstvennoe unitarnoe predpriyatie",
        "ngo": "ano|autonomous non profit organization|autonomous nonprofit organization|"
        "avtonomnaya nekommercheskaya organizatsiya|ev|eingetragener verein|asbl|vzw",
    },
    "ship": {"ship": "mv|mt|ss|motor vessel|motor tanker"},
}  # fmt: skip
#: Spelling → canonical form.
FORM: Final[dict[tuple[str, ...], str]] = {
    tuple(spelling.split()): form
    for forms in _FORMS.values()
    for form, spellings in forms.items()
    for spelling in spellings.split("|")
}
#: Canonical form → kind.
FORM_KIND: Final[dict[str, str]] = {f: kind for kind, forms in _FORMS.items() for f in forms}
LONGEST_FORM: Final = max(map(len, FORM))
#: Short forms that are also words or initials: taken for forms only at an end of a name.
AT_AN_END: Final = frozenset(
    "na as sa ab ad ag se sl ou oy kk yk kg cv ev lp co ao ss mt mv rt pat too tov sue oo publ "
    "pt sia sas spa cia".split()
)
#: Chinese, Japanese and Korean forms, longest first, and the form that each is.
CJK_FORM: Final[dict[str, str]] = {
    "股份有限责任公司": "gufen", "股份有限責任公司": "gufen", "股份有限公司": "gufen",
    "有限责任公司": "ltd", "有限責任公司": "ltd", "有限公司": "ltd", "股份公司": "gufen",
    "株式会社": "kk", "株式會社": "kk", "有限会社": "ltd", "주식회사": "kk", "유한회사": "ltd",
    "总公司": "co", "總公司": "co", "公司": "co", "股份": "gufen",
}  # fmt: skip
#: Chinese words of trade and kind, their pinyin, and the English word that stands for them.
_TRADE: Final = """
集团 jituan group|集團 jituan group|控股 konggu holding|国际 guoji international|
國際 guoji international|中国 zhongguo china|中國 zhongguo china|
技术 jishu technology|技術 jishu technology|科技 keji technology|科学 kexue science|
信息 xinxi information|电子 dianzi electronics|電子 dianzi electronics|微电子 weidianzi
microelectronics|半导体 bandaoti semiconductor|集成电路 jichengdianlu integratedcircuit|
软件 ruanjian software|通信 tongxin communication|网络 wangluo network|系统 xitong system|
工业 gongye industry|工業 gongye industry|产业 chanye industry|实业 shiye industry|
制造 zhizao manufacturing|投资 touzi investment|貿易 maoyi trading|贸易 maoyi trading|
发展 fazhan development|银行 yinhang bank|銀行 yinhang bank|保险 baoxian insurance|
大学 daxue university|大學 daxue university|学院 xueyuan college|研究院 yanjiuyuan institute|
研究所 yanjiusuo institute|航空 hangkong aviation|航天 hangtian aerospace|石油 shiyou petroleum|
化工 huagong chemical|汽车 qiche automobile|电力 dianli power|能源 nengyuan energy|
进出口 jinchukou importexport|有色金属 yousejinshu nonferrousmetal
"""
_ROWS: Final = [row.split() for row in _TRADE.replace("\n", " ").split("|")]
CJK_WORD: Final[dict[str, str]] = {row[0]: row[2] for row in _ROWS}
#: Spelling → the word it is compared as.
SAME_WORD: Final[dict[str, str]] = {
    **{row[1]: row[2] for row in _ROWS},
    "holdings": "holding", "technologies": "technology", "tech": "technology",
    "industries": "industry", "ind": "industry", "enterprises": "enterprise",
    "electronic": "electronics", "communications": "communication", "systems": "system",
    "services": "service", "solutions": "solution", "intl": "international",
    "int": "international", "mfg": "manufacturing", "univ": "university", "inst": "institute",
    "dept": "department", "assn": "association", "assoc": "association", "bros": "brothers",
    "grp": "group", "gruppe": "group", "groupe": "group", "grupo": "group", "gruppa": "group",
    "trade": "trading", "engg": "engineering", "eng": "engineering", "labs": "laboratory",
    "laboratories": "laboratory", "lab": "laboratory", "investments": "investment",
    "sci": "science", "centre": "center", "tsentr": "center", "universitet": "university",
    "institut": "institute",
    "st": "saint", "prc": "china", "import": "importexport", "export": "importexport",
}  # fmt: skip
#: Words that many companies have in their names: equal, they say little; alone, nothing.
COMMON: Final = frozenset(
    "group holding international industry industrial enterprise enterprises technology science "
    "trading general service services solution solutions system systems global investment capital "
    "management development engineering construction manufacturing electronics information "
    "communication network software bank banking finance financial trust fund partners insurance "
    "institute university academy research center factory plant works national state central "
    "american european asia europe company business products equipment materials energy power oil "
    "gas petroleum chemical steel shipping logistics transport aviation marine import export "
    "importexport commercial foundation organization association society department ministry "
    "government office branch first new united limited digital media design health medical "
    "pharmaceutical motor auto automobile bureau project semiconductor microelectronics "
    "computer".split()
)
#: Words that bind others and tell nothing.
SMALL: Final = frozenset(
    "the of and for in on at to de del della des du la le les el di da do dos y e et und von a "
    "an i".split()
)
#: Words that say "number" before one.
COUNTED: Final = frozenset({"no", "nr", "number", "num"})

_UNITS: Final = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen".split()
)
_TENS: Final = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_ORDINALS: Final = (
    "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth "
    "thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth".split()
)
#: Number words; tens add up with the unit after them.
NUMBER: Final[dict[str, int]] = {
    **{word: n for n, word in enumerate(_UNITS)},
    **{word: n for n, word in enumerate(_ORDINALS)},
    **{word: 10 * n for n, word in enumerate(_TENS, 2)},
    **{f"{word[:-1]}ieth": 10 * n for n, word in enumerate(_TENS, 2)},
    "fourty": 40, "ninty": 90,
}  # fmt: skip

_CYRILLIC: Final = (
    "а a б b в v г g д d е e ё e ж zh з z и i й y к k л l м m н n о o п p р r с s т t у u ф f "
    "х kh ц ts ч ch ш sh щ shch ъ - ы y ь - э e ю yu я ya і i ї yi є ye ґ g ў u ђ dj ј j љ lj "
    "њ nj ћ c џ dz ѓ g ќ k қ k ғ g ә a ө o ү u ұ u һ h ң n"
).split()
_GREEK: Final = (
    "α a β v γ g δ d ε e ζ z η i θ th ι i κ k λ l μ m ν n ξ x ο o π p ρ r σ s ς s τ t υ y φ f "
    "χ ch ψ ps ω o"
).split()
_LATIN: Final = "ø o æ ae đ d ł l ı i œ oe þ th ð d ß ss ə a ŋ n".split()
#: Letters of other alphabets in Latin ones, for `str.translate` of casefolded text.
TO_LATIN: Final[dict[int, str]] = {
    ord(a): "" if b == "-" else b
    for table in (_CYRILLIC, _GREEK, _LATIN)
    for a, b in zip(table[::2], table[1::2], strict=True)
}
