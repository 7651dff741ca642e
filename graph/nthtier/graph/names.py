"""Names as they are compared: one normal form, and what tells a company from a person."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from hashlib import blake2b
from typing import Final

# Legal forms spelled out, so that "Company Limited" and "Co., Ltd." compare equal. The form
# itself is kept: "Inspur Group" and "Inspur Group Co., Ltd." are different normal forms.
_FORMS: Final[dict[str, str]] = {
    "company": "co", "cooperation": "co", "limited": "ltd", "corporation": "corp",
    "incorporated": "inc", "private": "pvt", "pte": "pvt", "technologies": "technology",
    "aktiengesellschaft": "ag", "and": "", "the": "",
}  # fmt: skip
_ORGANISATION: Final[frozenset[str]] = frozenset(
    "ag academy administration agency airlines association authority bank branch bureau bv bvba "
    "center centre city co college committee corp council dmcc enterprise enterprises factory "
    "fze fzco fzc fzllc gmbh group holding holdings hospital inc industries industry institute "
    "international kft laboratory limited llc llp lp ltd ltda ministry nv ojsc ooo pjsc plant "
    "pao jsc oao zao ao plc pvt sa sal sarl sdn school sia sl spa sro srl trading university "
    "works".split()
)
_LOST_APOSTROPHE: Final = re.compile(r"(?<=\w)\?(?=[a-z])")  # a list may write "Xi?an"
_SPLIT: Final = re.compile(r"[^0-9A-Za-z\x80-\U0010ffff]+")
#: Accents of Latin, Greek and Cyrillic, points of Hebrew and Arabic. Marks of other scripts are
#: part of the letter: dropped, they would make different names equal.
_ACCENTS: Final = re.compile("[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670]")
_CJK_ORGANISATION: Final = ("公司", "集团", "集團", "大学", "研究院", "研究所", "银行", "厂")


@lru_cache(maxsize=65_536)
def _kept(c: str) -> str:
    """Return a letter, digit or mark as it is, a space for any other sign."""
    return c if c.isalnum() or unicodedata.category(c)[0] == "M" else " "


def normalise(name: str) -> str:
    """Return the form in which two spellings of one name are equal.

    Compatibility forms are folded, case and accents dropped, punctuation becomes a space, legal
    forms take their short spelling. A name of nothing else is compared as it is.

    >>> normalise("INSPUR GROUP CO., LTD.") == normalise("Inspur Group Company Limited")
    True
    >>> normalise("Société  Générale (S.A.)")
    'societe generale sa'
    >>> normalise("Xi?an Branch") == normalise("Xi'an Branch")
    True
    >>> normalise("浪潮集团"), normalise("***")
    ('浪潮集团', '***')
    >>> normalise("ガス") == normalise("カス"), normalise("हिन्दी प्रेस")
    (False, 'हिन्दी प्रेस')
    """
    text = name.replace("'", "")
    if not name.isascii():
        plain = _ACCENTS.sub("", unicodedata.normalize("NFKD", text.replace("’", "")))
        text = "".join(map(_kept, unicodedata.normalize("NFC", plain)))
    if "?" in text:
        text = _LOST_APOSTROPHE.sub("", text)
    words = [_FORMS.get(w, w) for w in _SPLIT.split(text.casefold()) if w]
    joined: list[str] = []
    letters = ""
    for word in words:  # "s a" (from "S.A.") becomes "sa"
        if len(word) == 1 and word.isascii() and word.isalpha():
            letters += word
            continue
        if letters:
            joined.append(letters)
            letters = ""
        if word:
            joined.append(word)
    if letters:
        joined.append(letters)
    return " ".join(joined) or " ".join(name.casefold().split())


def looks_like_organisation(normal: str) -> bool:
    """Tell whether a normal form carries a mark that no person's name has.

    Used only to allow a join of two entities by equal names; when in doubt the answer is no.

    >>> looks_like_organisation(normalise("Inspur Software Co., Ltd."))
    True
    >>> looks_like_organisation(normalise("Ali Reza Ahmadi"))
    False
    """
    words = normal.split()
    if len(words) > 1 and any(w in _ORGANISATION for w in words):
        return True
    return any(mark in normal for mark in _CJK_ORGANISATION)


def slug(text: str, limit: int = 48) -> str:
    """Return a short ASCII id made of a name; empty when nothing of it is ASCII.

    >>> slug("Inspur (Beijing) Co., Ltd.")
    'inspur-beijing-co-ltd'
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
    return re.sub(r"[^a-z0-9]+", "-", plain.casefold()).strip("-")[:limit].strip("-")


def text_hash(text: str) -> int:
    """Return the 64-bit hash under which the snapshot indexes a name, identifier or id.

    Case is ignored. Names are given in their normal form, identifiers as such and as
    ``scheme:value``, entity ids and keys as ``id:…``.
    """
    data = text.casefold().encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(data, digest_size=8).digest(), "big")
