"""Names like a given one, among all names of a version.

Two steps: rapidfuzz brings some hundreds of names near by letters, then `graph.alike` scores them
and says why. A name that has all words asked for among others is found too, below all those that
are alike.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from nthtier.graph.alike import ALIKE, Alike, alike
from nthtier.graph.spelling import Parsed, has_chinese, latin, parse
from nthtier.graph.version import Version
from nthtier.graph.words import COMMON

#: A similar name scores less than any exact hit.
_MOST: Final = 0.94
LEAST_SCORE: Final = 0.5
#: With one of this score among the others, Chinese names are not looked at.
_ENOUGH: Final = 0.85
_PREFILTERED: Final = 200
_INITIALS: Final = re.compile(r"(?:^|\s)(\w)\w*")


@dataclass(frozen=True, slots=True)
class Guess:
    """An entity with a similar name: the name, its kind, and how it is similar."""

    entity: int
    score: float
    name: str
    kind: str
    how: str


def similar(version: Version, text: str) -> list[Guess]:
    """Return the entities with names like ``text``, each with its best name, best first."""
    wanted = parse(text)
    if not wanted.joined:
        return []
    normals: list[str] = version.names.column("normal").to_pylist()
    chinese = {row for row, n in enumerate(normals) if not n.isascii() and has_chinese(n)}
    best: dict[int, Guess] = {}
    if not wanted.sounds:  # to turn Chinese names to pinyin takes a moment, often for nothing
        _take(version, wanted, _near_by_letters(_without(normals, chinese), wanted), best)
    if wanted.sounds or (chinese and all(g.score < _ENOUGH for g in best.values())):
        every = [normals[r] if r in chinese or wanted.sounds else "" for r in range(len(normals))]
        _take(version, wanted, _near_by_letters(every, wanted), best)
    return sorted(best.values(), key=lambda g: (-g.score, g.entity))


def _without(normals: Sequence[str], rows: Collection[int]) -> list[str]:
    return ["" if row in rows else n for row, n in enumerate(normals)] if rows else [*normals]


def _take(version: Version, wanted: Parsed, rows: Iterable[int], best: dict[int, Guess]) -> None:
    """Score the names of some rows, and keep the best of each entity."""
    table = version.names
    for row in rows:
        name, entity = table.column("name")[row].as_py(), table.column("ordinal")[row].as_py()
        found = alike(wanted, name)
        score, how = found.score * _MOST, _how(found)
        held = _contained(wanted, parse(name))
        if held > score and score < ALIKE:
            score, how = held, "all of it is in"
        if score >= LEAST_SCORE and (entity not in best or score > best[entity].score):
            kind = table.column("kind")[row].as_py()
            best[entity] = Guess(entity, round(score, 4), name, kind, how)


def _how(found: Alike) -> str:
    if not found.reasons:
        return "the same words as"
    return f"similar ({'; '.join(found.reasons[:2])}) to"


def _contained(wanted: Parsed, name: Parsed) -> float:
    """Score a name that has all words asked for, by their share of its letters."""
    if not set(wanted.words) <= set(name.words) or wanted.numbers != name.numbers:
        return 0.0
    if all(w in COMMON for w in wanted.words):
        return 0.0
    return 0.5 + 0.2 * len(wanted.joined) / max(len(name.joined), 1)


def _near_by_letters(normals: Sequence[str], wanted: Parsed) -> list[int]:
    """Return rows of names whose letters are near, in other scripts too."""
    from rapidfuzz import fuzz, process

    letters = [n if n.isascii() else latin(n) for n in normals]
    core, rows = " ".join((*wanted.ordered, *wanted.numbers)), set[int]()
    for query, scorer, least in (
        (core, fuzz.token_set_ratio, 75), (wanted.text, fuzz.token_sort_ratio, 65),
    ):  # fmt: skip
        rows.update(_rows(process.extract(query, letters, scorer=scorer, limit=_PREFILTERED,
                                          score_cutoff=least)))  # fmt: skip
    joined = [n.replace(" ", "") for n in letters]
    for query in {wanted.joined, wanted.whole}:
        rows.update(_rows(process.extract(query, joined, scorer=fuzz.ratio, limit=_PREFILTERED,
                                          score_cutoff=75)))  # fmt: skip
    if len(wanted.words) == 1 and 3 <= len(core) <= 8 and core.isalpha():
        rows.update(row for row, name in enumerate(letters) if _starts(name, core))
    return sorted(rows)


def _starts(name: str, letters: str) -> bool:
    return name[:1] == letters[0] and letters in "".join(_INITIALS.findall(name))


def _rows(found: Iterable[tuple[str, float, int]]) -> list[int]:
    return [row for _, _, row in found]
