"""How alike two names are: a score from 0 to 1 that is a product of what speaks against.

A name is taken apart into its words, its numbers and its legal form, in Latin letters (Cyrillic
and Greek by letter, Chinese by pinyin, Chinese words of trade by their English ones). The words
of two names are paired: equal ones in any order, then such as differ by a slip of a letter or
two, then words run together or apart, then initials. Each thing that does not fit multiplies the
score by a factor below one, and gives a reason. One threshold, `ALIKE`, serves everywhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from nthtier.graph.spelling import Parsed, parse
from nthtier.graph.words import COMMON, FORM_KIND, SAME_WORD, SMALL

#: Two names of at least this score may be names of one company; a person decides.
ALIKE: Final = 0.75


@dataclass(frozen=True, slots=True)
class Costs:
    """Factors by which a score falls. Chosen on pairs of names, checked on held-out ones."""

    slip: float = 0.9  # times the share of letters that differ
    apart: float = 0.97  # words run together or apart, "goodwill" and "good will"
    odd: float = 0.95  # signs or letters that deceive the eye, in one of the two
    initials: float = 0.9
    sound: float = 0.93  # the same pinyin in other characters
    other: float = 0.45  # each side has a word that the other has not
    missing: float = 0.7  # a word that only one side has
    missing_common: float = 0.72
    numbers: float = 0.85  # numbers that differ
    number: float = 0.72  # a number that only one side has
    form: float = 0.72  # legal forms of different kinds
    form_near: float = 0.97  # different forms of one kind
    form_missing: float = 0.98
    unproven: float = 0.7  # nothing but common words are equal


COSTS: Final = Costs()


@dataclass(frozen=True, slots=True)
class Alike:
    """The score of two names, and why it is not 1.

    ``numbers`` and ``form`` tell whether those agree, ``words`` whether all words are equal:
    no join without a person may do without.
    """

    score: float
    reasons: tuple[str, ...]
    words: bool = True
    numbers: bool = True
    form: bool = True


def alike(a: str | Parsed, b: str | Parsed, costs: Costs = COSTS) -> Alike:
    """Compare two names; the order of the two makes no difference.

    >>> alike("Inspur Group Co., Ltd.", "INSPUR (GROUP) COMPANY LIMITED").score
    1.0
    >>> alike("浪潮集团有限公司", "Langchao Group").reasons
    ('legal form on one side only: ltd',)
    >>> alike("Factory No. 5", "Factory No. 6").numbers
    False
    >>> alike("Siemens AG", "Volkswagen AG").score < ALIKE
    True
    """
    one, two = parse(a) if isinstance(a, str) else a, parse(b) if isinstance(b, str) else b
    if one == two:
        return Alike(1.0, ())
    if _order(two) < _order(one):
        one, two = two, one
    return _Comparison(one, two, costs).result()


def _order(name: Parsed) -> tuple[object, ...]:
    return name.ordered, name.text, name.numbers, sorted(name.form), name.sounds


class _Comparison:
    """The work of one comparison."""

    def __init__(self, one: Parsed, two: Parsed, costs: Costs) -> None:
        self.one, self.two, self.costs = one, two, costs
        self.score = 1.0
        self.reasons: list[str] = []
        self.words = self.numbers = self.form = True
        self.proof = 0.0  # letters of words that are not common and fit

    def against(self, factor: float, reason: str) -> None:
        self.score *= factor
        if reason not in self.reasons:
            self.reasons.append(reason)

    def result(self) -> Alike:
        one, two = self.one, self.two
        if one.odd != two.odd:
            self.against(self.costs.odd, f"one has {one.odd or two.odd}")
        if one.words != two.words:
            if one.joined and one.whole == two.whole:
                self.words = False
                self.against(self.costs.apart, "words run together or apart")
                return self._made()
            self._compare_words(*_without_equal(one.words, two.words))
        if one.sounds and two.sounds and one.sounds != two.sounds:
            self.against(self.costs.sound, "the same sound in other characters")
        self._compare_numbers()
        self._compare_forms()
        return self._made()

    def _made(self) -> Alike:
        score = round(min(max(self.score, 0.0), 1.0), 4)
        return Alike(score, tuple(self.reasons), self.words, self.numbers, self.form)

    def _compare_words(self, left: list[str], right: list[str]) -> None:
        equal = list((Counter(self.one.words) & Counter(self.two.words)).elements())
        proof = any(w not in COMMON for w in equal)
        if sorted(self.one.words) == sorted(self.two.words):
            return
        self.words = False
        slips = letters = 0
        for a, b, edits in _near(left, right):
            left.remove(a)
            right.remove(b)
            slips += edits
            letters += min(len(a), len(b))
            proof = proof or a not in COMMON or b not in COMMON
            self.reasons.append(f"{a} and {b}: {edits} letter{'s' * (edits > 1)} differ")
        if slips:
            every = max(len(self.one.joined), len(self.two.joined))
            self.score *= max(1 - self.costs.slip * (slips / letters + slips / every) / 2, 0)
        if left and right:
            proof = self._residue(left, right) or proof
        if left and right:
            self.against(self.costs.other, f"{' '.join(left)} against {' '.join(right)}")
        for word in left or right:
            factor = self.costs.missing_common if word in COMMON else self.costs.missing
            self.against(factor, f"{word} on one side only")
        if not proof:
            self.against(self.costs.unproven, "nothing but common words are equal")

    def _residue(self, left: list[str], right: list[str]) -> bool:
        """Fit what is left as words run together or apart, or as initials; True if it did."""
        for a, b in ((left, right), (right, left)):
            if found := _run_together(a, b):
                start, count, word, edits = found
                del b[start : start + count]
                a.remove(word)
                self.against(self.costs.apart * (1 - self.costs.slip * edits / len(word)),
                             "words run together or apart")  # fmt: skip
                return True
        for a, b, whole in (
            (left, right, self.two.every), (right, left, self.one.every),
        ):  # fmt: skip
            for word in a:
                spelled = _initials(word, whole)
                parts = [SAME_WORD.get(p, p) for p in spelled] or [""]
                held = [p in b for p in parts]
                if all(held) if len(word) == 2 else any(held):
                    for part in parts:
                        if part in b:
                            b.remove(part)
                    a.remove(word)
                    self.against(self.costs.initials, f"{word}: initials of {' '.join(spelled)}")
                    return True
        return False

    def _compare_numbers(self) -> None:
        one, two = self.one.numbers, self.two.numbers
        if one == two:
            return
        self.numbers = False
        if one and two and len(one) == len(two):
            said = f"numbers differ: {' '.join(one)} and {' '.join(two)}"
            self.against(self.costs.numbers, said)
        else:
            self.against(self.costs.number, f"a number on one side only: {' '.join(one or two)}")

    def _compare_forms(self) -> None:
        one, two = self.one.form, self.two.form
        if one == two:
            return
        self.form = False
        if not one or not two:
            said = f"legal form on one side only: {' '.join(sorted(one or two))}"
            self.against(self.costs.form_missing, said)
            return
        said = f"legal forms differ: {' '.join(sorted(one))} and {' '.join(sorted(two))}"
        first, second = ({FORM_KIND[f] for f in x} - {"open"} for x in (one, two))
        apart = first and second and first.isdisjoint(second)
        self.against(self.costs.form if apart else self.costs.form_near, said)


def _without_equal(one: Sequence[str], two: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the words of each that the other has not, as often as they are there."""
    spare, left = Counter(two), []
    for word in one:
        if spare[word]:
            spare[word] -= 1
        else:
            left.append(word)
    spare, right = Counter(one), []
    for word in two:
        if spare[word]:
            spare[word] -= 1
        else:
            right.append(word)
    return left, right


def allowed(length: int) -> int:
    """Return how many letters of a word of this length may be slips."""
    return 0 if length < 3 else 1 if length < 7 else 2


def _near(left: Sequence[str], right: Sequence[str]) -> list[tuple[str, str, int]]:
    """Pair words that differ by slips, nearest first; each word once."""
    from rapidfuzz.distance import OSA

    found = []
    for i, a in enumerate(left):
        for j, b in enumerate(right):
            most = allowed(max(len(a), len(b)))
            if most and abs(len(a) - len(b)) <= most:
                edits = OSA.distance(a, b, score_cutoff=most)
                if edits <= most:
                    found.append((edits / max(len(a), len(b)), i, j, edits))
    taken_left: set[int] = set()
    taken_right: set[int] = set()
    pairs = []
    for _, i, j, edits in sorted(found):
        if i not in taken_left and j not in taken_right:
            taken_left.add(i)
            taken_right.add(j)
            pairs.append((left[i], right[j], edits))
    return pairs


def _run_together(single: Sequence[str], parts: Sequence[str]) -> tuple[int, int, str, int] | None:
    """Return where words in a row make one: start, how many, the one, letters that differ."""
    from rapidfuzz.distance import OSA

    for word in single:
        for start in range(len(parts)):
            joined = ""
            for count in range(1, len(parts) - start + 1):
                joined += parts[start + count - 1]
                if len(joined) > len(word) + 2:
                    break
                most = 0 if len(word) < 6 else 1 if len(word) < 12 else 2
                if count > 1 and abs(len(joined) - len(word)) <= most:
                    edits = OSA.distance(word, joined, score_cutoff=most)
                    if edits <= most:
                        return start, count, word, edits
    return None


def _initials(word: str, whole: Sequence[str]) -> list[str]:
    """Return the words in a row of which ``word`` is the initials."""
    if not 2 <= len(word) <= 8 or not word.isalpha():
        return []
    for words in (whole, [w for w in whole if w not in SMALL]):
        at = "".join(w[0] for w in words).find(word)
        if at >= 0:
            return list(words[at : at + len(word)])
    return []
