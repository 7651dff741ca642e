"""A name taken apart for comparison: words, numbers and legal form, in Latin letters."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from nthtier.graph.words import (
    AT_AN_END,
    CJK_FORM,
    CJK_WORD,
    COUNTED,
    FORM,
    LONGEST_FORM,
    NUMBER,
    SAME_WORD,
    SMALL,
    TO_LATIN,
)

_MIXED: Final = re.compile(r"[a-z][\u0370-\u052f]|[\u0370-\u052f][a-z]", re.IGNORECASE)
_HIDDEN: Final = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)
#: Longer names are cut: nobody's name is, and a comparison takes time by their length.
_LONGEST: Final = 400
_ACCENTS: Final = re.compile("[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670]")
_CJK: Final = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+")
_POINTS: Final = re.compile(r"(?<![^\W_])([^\W_])[./](?=[^\W_](?![^\W_]))")  # "S.A." is one word
_APOSTROPHES: Final = re.compile(r"(?<=\w)['’ʼ`?](?=[a-z])")
_WORD: Final = re.compile(r"[^\W_]+")
_ROMAN: Final = re.compile(r"x{0,3}(?:ix|iv|v?i{0,3})\Z")
_ORDINAL: Final = re.compile(r"(\d+)(?:st|nd|rd|th)\Z")
_CJK_PARTS: Final = re.compile("|".join(sorted((*CJK_FORM, *CJK_WORD), key=lambda w: (-len(w), w))))
_LONG_FORMS: Final = [f for f in FORM if len(f) > 2 or max(map(len, f)) >= 12]
_LONG_WORDS: Final = frozenset(w for f in _LONG_FORMS for w in f)


@dataclass(frozen=True, slots=True)
class Parsed:
    """A name for comparison.

    ``words`` are sorted, ``ordered`` in their order, ``joined`` without spaces; all three without
    form, numbers and small words. ``every`` are all words as they stand, ``whole`` their letters.
    ``sounds`` are the Chinese characters that were turned to pinyin; ``odd`` says what may be there
    to deceive the eye.
    """

    text: str
    words: tuple[str, ...]
    ordered: tuple[str, ...]
    numbers: tuple[str, ...]
    form: frozenset[str]
    sounds: str
    joined: str
    every: tuple[str, ...]
    whole: str
    odd: str


@lru_cache(maxsize=1 << 17)
def parse(name: str) -> Parsed:
    """Take a name apart.

    >>> parse("OOO «Пример-2»").words, sorted(parse("OOO «Пример-2»").form)
    (('primer',), ['llc'])
    >>> p = parse("浪潮电子信息产业股份有限公司")
    >>> p.words, sorted(p.form)
    (('electronics', 'industry', 'information', 'langchao'), ['gufen'])
    >>> parse("The Forty-Second Bank, N.A.").numbers
    ('42',)
    """
    text = unicodedata.normalize("NFKC", name[:_LONGEST])
    odd = "" if text.isascii() and text.isprintable() else _odd(text)
    text = _HIDDEN.sub("", text)
    sounds = ""
    forms: set[str] = set()
    if _CJK.search(text) or "주식회사" in text or "유한회사" in text:
        text, sounds = _from_chinese(text, forms)
    plain = _folded(text)
    tokens = _spaced_forms(_WORD.findall(plain))
    whole = "".join(tokens) or plain
    kept = _without_forms(tokens, forms)
    words, numbers = _numbered(kept)
    words = [SAME_WORD.get(w, w) for w in words]
    core = [w for w in words if w not in SMALL] or words
    if not core and not numbers:
        if forms:  # a name of nothing but forms: its words are what it has
            core, forms = tokens or sorted(forms), set()
        else:
            core = name.split()
    return Parsed(
        plain, tuple(sorted(core)), tuple(core), tuple(sorted(numbers)), frozenset(forms), sounds,
        "".join(core), tuple(tokens), whole, odd,
    )  # fmt: skip


def has_chinese(text: str) -> bool:
    """Tell whether there are Chinese characters in a text."""
    return _CJK.search(text) is not None


def _odd(text: str) -> str:
    found = []
    if _MIXED.search(text):
        found.append("letters of two alphabets in one word")
    if _HIDDEN.search(text):
        found.append("hidden signs")
    return ", ".join(found)


def latin(text: str) -> str:
    """Return a text in small Latin letters, as far as its letters are known.

    >>> latin("浪潮 Группа")
    'langchao gruppa'
    """
    if _CJK.search(text):
        text, _ = _from_chinese(text, set())
    return " ".join(_WORD.findall(_folded(text)))


def _folded(text: str) -> str:
    lower = text.casefold().translate(TO_LATIN)
    if not lower.isascii():
        lower = _ACCENTS.sub("", unicodedata.normalize("NFKD", lower))
        lower = unicodedata.normalize("NFC", lower).translate(TO_LATIN)
    lower = _APOSTROPHES.sub("", lower).replace("&", " and ").replace("+", " and ")
    return _POINTS.sub(r"\1", lower)


def _from_chinese(text: str, forms: set[str]) -> tuple[str, str]:
    """Turn Chinese into Latin words; the characters that only sound are returned too."""
    from pypinyin import lazy_pinyin

    said: list[str] = []

    def word(match: re.Match[str]) -> str:
        part = match.group()
        if part in CJK_FORM:
            forms.add(CJK_FORM[part])
            return " "
        return f" {CJK_WORD[part]} "

    def sound(match: re.Match[str]) -> str:
        said.append(match.group())
        return f" {''.join(lazy_pinyin(match.group()))} "

    return _CJK.sub(sound, _CJK_PARTS.sub(word, text)), "".join(said)


def _spaced_forms(tokens: list[str]) -> list[str]:
    """Join single letters that make a form: "p j s c"."""
    if sum(len(t) == 1 for t in tokens) < 2:
        return tokens
    joined: list[str] = []
    at = 0
    while at < len(tokens):
        end = at
        while end < len(tokens) and len(tokens[end]) == 1:
            end += 1
        letters = "".join(tokens[at:end])
        if end - at > 1 and (letters,) in FORM:
            joined.append(letters)
            at = end
        else:
            joined.append(tokens[at])
            at += 1
    return joined


def _without_forms(tokens: list[str], forms: set[str]) -> list[str]:
    """Return the tokens that are no legal form, and add the forms found."""
    at, last = 0, len(tokens)
    marked = [False] * len(tokens)
    while at < last:
        for size in range(min(LONGEST_FORM, last - at), 0, -1):
            form = FORM.get(tuple(tokens[at : at + size]))
            if form and not (size == 1 and tokens[at] in AT_AN_END):
                forms.add(form)
                marked[at : at + size] = [True] * size
                at += size
                break
        else:
            at += 1
    _short_forms_at_ends(tokens, marked, forms)
    _misspelled_form(tokens, marked, forms)
    if len(forms) > 1:
        forms.discard("co")  # "Co., Ltd." is "Company Limited"
    return [t for t, is_form in zip(tokens, marked, strict=True) if not is_form]


def _short_forms_at_ends(tokens: list[str], marked: list[bool], forms: set[str]) -> None:
    for order in (range(len(tokens) - 1, 0, -1), range(len(tokens) - 1)):
        for i in order:
            if marked[i]:
                continue
            form = FORM.get((tokens[i],)) if tokens[i] in AT_AN_END else None
            if form is None or sum(marked) == len(tokens) - 1:
                break
            forms.add(form)
            marked[i] = True


def _misspelled_form(tokens: list[str], marked: list[bool], forms: set[str]) -> None:
    """Find a long form at an end of which one word has a slip in it."""
    from rapidfuzz.distance import OSA

    if sum(t in _LONG_WORDS for t in tokens) < 2 and max(map(len, tokens), default=0) < 12:
        return
    for spelling in _LONG_FORMS:
        size = len(spelling)
        for start in {0, len(tokens) - size} if size < len(tokens) else ():
            if all(marked[start : start + size]):
                continue
            pairs = zip(tokens[start : start + size], spelling, strict=True)
            wrong = [(a, b) for a, b in pairs if a != b]
            if len(wrong) == 1 and OSA.distance(*wrong[0], score_cutoff=1) <= 1:
                forms.add(FORM[spelling])
                marked[start : start + size] = [True] * size
                return


def _numbered(tokens: list[str]) -> tuple[list[str], list[str]]:
    """Divide words from numbers; number words and Roman numerals are numbers."""
    words: list[str] = []
    numbers: list[str] = []
    tens = 0
    for i, token in enumerate(tokens):
        value = _number(token, last=i > 0 and i == len(tokens) - 1)
        if value is None:
            if token not in COUNTED or i + 1 == len(tokens):
                words.append(token)
            tens = 0
        elif tens and value.isdecimal() and 0 < int(value) < 10:
            numbers[-1] = str(tens + int(value))
            tens = 0
        else:
            numbers.append(value)
            tens = int(value) if token in NUMBER and 20 <= NUMBER[token] < 100 else 0
    return words, numbers


def _number(token: str, *, last: bool) -> str | None:
    if token in NUMBER:
        return str(NUMBER[token])
    if any(c.isdigit() for c in token):
        ordinal = _ORDINAL.match(token)
        if ordinal:
            token = ordinal.group(1)
        return str(int(token)) if token.isdecimal() and len(token) < 19 else token
    if token and _ROMAN.match(token) and (len(token) > 1 or last):
        values = {"i": 1, "v": 5, "x": 10}
        total = 0
        for here, after in zip(token, token[1:] + "i", strict=True):
            total += (
                -values[here] if values[here] < values[after] and here != after else values[here]
            )
        return str(total)
    return None
