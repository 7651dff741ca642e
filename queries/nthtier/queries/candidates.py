"""Who may be who: pairs of entities that look like one company, for a person to decide.

A pair is proposed when names or aliases of two entities are alike (`nthtier.graph.alike`), when
their numbers agree, their countries do not rule it out, and no official identifier says otherwise;
or when they share an identifier that is no proof by itself. Never proposed: persons, ships and
aircraft; two that one edition of a list, or one document, tells apart; two with different LEI or
USCC; two that a person decided to be different. A proposal joins nothing.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any, Final

from nthtier.graph.alike import alike
from nthtier.graph.lists import LISTS, REGULATORS
from nthtier.graph.model import ID_PREFIX, MENTION, NAME, STRONG_SCHEMES
from nthtier.graph.names import looks_like_organisation, normalise
from nthtier.graph.spelling import Parsed, parse
from nthtier.graph.version import Version

#: Pairs of at least this score are proposed.
LEAST: Final = 0.8
#: A word, or a beginning of one, that more names have says too little to compare them all.
_COMMONEST: Final = 40
#: Factors and scores beside the names'.
_ELSEWHERE: Final = 0.8  # no country in common
_NO_ORGANISATION: Final = 0.75  # neither is certainly a company: it may be a person's name
_SHARED: Final = 0.9  # an identifier in common that is no proof by itself
_LEAST_SHARED: Final = 0.3  # how alike names must be beside it
_SHORT: Final = 7  # of fewer letters, a name with a slip in it is another name
_NOT_COMPANIES: Final = frozenset({"Person", "Vessel", "Airplane", "List"})
_EXCLUSIVE: Final = ("lei", "uscc")
_KINDS: Final = ("name", "alias", "mention")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A possible match: two entities (the lower number first), its score, and why."""

    a: int
    b: int
    score: float
    reasons: tuple[str, ...]


@dataclass(slots=True)
class Who:
    """What is known of an entity, as far as a comparison needs it.

    ``places`` are the editions of lists, or else the documents (list ""), that speak of it.
    """

    type: str
    countries: frozenset[str]
    names: list[tuple[str, Parsed]] = field(default_factory=list)
    organisation: bool = False
    identifiers: set[tuple[str, str]] = field(default_factory=set)
    places: set[tuple[str, str]] = field(default_factory=set)

    @classmethod
    def read(cls, version: Version, entity: int) -> Who | None:
        """Return what is known of one entity; None for persons, ships, aircraft and lists."""
        row = version.rows("entities", [entity], ["id", "type", "countries"])[0]
        if row["type"] in _NOT_COMPANIES or row["id"] in REGULATORS:
            return None
        who = cls(row["type"], frozenset(row["countries"]), places=_listed(version, entity))
        columns = ["predicate", "value", "source"]
        for s in version.rows("statements", version.described(entity), columns):
            predicate, value = s["predicate"], s["value"]
            if predicate in _KINDS:
                who.add_name(value, normalise(value))
            elif predicate.startswith(ID_PREFIX):
                who.add_identifier(predicate.removeprefix(ID_PREFIX), value)
            if predicate in (NAME, MENTION):
                who.add_source(s["source"])
        return who

    def add_name(self, name: str, normal: str) -> None:
        """Note a name, once."""
        parsed = parse(name)
        if len(parsed.joined) > 2 and all(p != parsed for _, p in self.names):
            self.names.append((name, parsed))
        if not self.organisation:
            self.organisation = bool(parsed.form) or looks_like_organisation(normal)

    def add_identifier(self, scheme: str, value: str) -> None:
        """Note an identifier, if it says something between entities that no number joins."""
        if scheme not in LISTS and (scheme not in STRONG_SCHEMES or scheme in _EXCLUSIVE):
            self.identifiers.add((scheme, value))

    def add_source(self, source: str) -> None:
        """Note a document that speaks of it, unless it does so by a listing."""
        if all(s != source for _, s in self.places):
            self.places.add(("", source))


def candidates(
    version: Version, least: float = LEAST, progress: Callable[[float], None] | None = None
) -> list[Candidate]:
    """Return the possible matches of a version, the likeliest first.

    ``progress`` is told what part of the work is done. Decisions are not looked at: that is
    `nthtier.queries.matching`.
    """
    who = _everyone(version)
    pairs = list(_pairs(who))
    found = []
    for done, (a, b) in enumerate(pairs):
        candidate = compare(who[a], who[b], a, b)
        if candidate is not None and candidate.score >= least:
            found.append(candidate)
        if progress is not None and done % 1000 == 0:
            progress(done / len(pairs))
    return sorted(found, key=lambda c: (-c.score, c.a, c.b))


def compare(one: Who, two: Who, a: int, b: int) -> Candidate | None:
    """Score two entities, numbered ``a`` and ``b``; None where something rules them out."""
    if not one.places.isdisjoint(two.places):
        return None
    for scheme in _EXCLUSIVE:
        left, right = ({v for s, v in x.identifiers if s == scheme} for x in (one, two))
        if left and right and left.isdisjoint(right):
            return None
    score, reasons = _names(one, two)
    shared = sorted(one.identifiers & two.identifiers)
    if shared and score >= _LEAST_SHARED:
        score = max(score, _SHARED)
        reasons = [*(f"the same {scheme} {value}" for scheme, value in shared), *reasons]
    if not reasons:
        return None
    if one.countries and two.countries:
        both = sorted(one.countries & two.countries)
        if both:
            reasons.append(f"both in {', '.join(c.upper() for c in both)}")
        else:
            score *= _ELSEWHERE
            reasons.append("no country in common")
    if not (one.organisation or two.organisation):
        score *= _NO_ORGANISATION
        reasons.append("neither is certainly a company")
    return Candidate(a, b, round(score, 4), tuple(reasons))


def _names(one: Who, two: Who) -> tuple[float, list[str]]:
    """Return the score of the best pair of names whose numbers agree, and what it says."""
    best, said = 0.0, list[str]()
    for left, a in one.names:
        for right, b in two.names:
            if a.numbers != b.numbers or not _near(a, b):
                continue
            found = alike(a, b)
            if not found.words and min(len(a.joined), len(b.joined)) < _SHORT:
                continue
            if found.score > best:
                best = found.score
                heading = left if left == right else f"{left} / {right}"
                said = [heading, *found.reasons]
            if best == 1.0:
                return best, said
    return best, said


def _near(a: Parsed, b: Parsed) -> bool:
    """Tell at little cost whether two names can be alike."""
    if not set(a.words).isdisjoint(b.words):
        return True
    from rapidfuzz.distance import Indel

    return Indel.normalized_similarity(a.joined, b.joined, score_cutoff=0.7) > 0


# Which pairs are worth a comparison


def _pairs(who: Mapping[int, Who]) -> Iterator[tuple[int, int]]:
    """Yield each pair that shares a rare part of a name or an identifier, once."""
    blocks: dict[str, set[int]] = defaultdict(set)
    words = Counter(w for x in who.values() for w in {w for _, p in x.names for w in p.words})
    for entity, x in who.items():
        for _, parsed in x.names:
            for key in _keys(parsed, words):
                blocks[key].add(entity)
        for scheme, value in x.identifiers:
            blocks[f"#{scheme}:{value}"].add(entity)
    seen: set[int] = set()
    shift = max(who, default=0) + 1
    for _, block in sorted(blocks.items()):
        if 1 < len(block) <= _COMMONEST:
            for a, b in combinations(sorted(block), 2):
                code = a * shift + b
                if code not in seen:
                    seen.add(code)
                    yield a, b


def _keys(name: Parsed, words: Mapping[str, int]) -> Iterator[str]:
    """Yield what a name is looked for by: all of it, rare words, beginning and end."""
    joined = name.joined
    yield f"={''.join(name.words)}"
    for word in sorted(set(name.words), key=lambda w: (words[w], w))[:2]:
        yield f"w{word}"
        if len(word) > 4:
            yield f"b{word[:4]}{len(name.words)}"
            yield f"e{word[-4:]}{len(name.words)}"
    if len(joined) > 7:
        yield f"B{joined[:7]}"
        yield f"E{joined[-7:]}"


# What is known


def _everyone(version: Version) -> dict[int, Who]:
    """Return the entities that a pair may be made of, with what is known of them."""
    rows = version.table("entities", ["id", "type", "countries", "keys"]).to_pylist()
    who: dict[int, Who] = {}
    owner: dict[str, int] = {}
    for entity, row in enumerate(rows):
        if row["type"] not in _NOT_COMPANIES and row["id"] not in REGULATORS:
            who[entity] = Who(row["type"], frozenset(row["countries"]))
            owner.update(dict.fromkeys(row["keys"], entity))
    table = version.names
    columns = (table.column(c).to_pylist() for c in ("ordinal", "name", "normal", "kind"))
    for entity, name, normal, kind in zip(*columns, strict=True):
        if kind in _KINDS and (x := who.get(entity)) is not None:
            x.add_name(name, normal)
    for row in version.table("identifiers", ["ordinal", "scheme", "value"]).to_pylist():
        scheme, x = row["scheme"], who.get(row["ordinal"])
        if x is not None:
            x.add_identifier(scheme, row["value"])
    _places(version, who, owner)
    return who


def _places(version: Version, who: Mapping[int, Who], owner: Mapping[str, int]) -> None:
    """Note which editions of lists, or else which documents, speak of each entity."""
    import pyarrow.compute as pc

    table = version.table("statements", ["subject", "predicate", "object", "source"])
    listed = table.filter(pc.equal(table.column("predicate"), "LISTED_ON"))
    for x, list_id, source in _said(listed, who, owner, "object"):
        x.places.add((list_id, source))
    named = table.filter(pc.is_in(table.column("predicate"), value_set=_texts(NAME, MENTION)))
    for x, _, source in _said(named, who, owner, "predicate"):
        x.add_source(source)


def _listed(version: Version, entity: int) -> set[tuple[str, str]]:
    """Return the lists that one entity is on, each with the sources that say so."""
    s = version.snapshot
    found: set[tuple[str, str]] = set()
    for n in range(int(s.listing_ptr[entity]), int(s.listing_ptr[entity + 1])):
        on = version.rows("entities", [int(s.listing_list[n])], ["id"])[0]["id"]
        evidence = version.evidence(int(s.listing_rel[n]))
        found |= {(on, row["source"]) for row in version.rows("statements", evidence, ["source"])}
    return found


def _texts(*texts: str) -> Any:
    import pyarrow as pa

    return pa.array(texts)


def _said(
    table: Any, who: Mapping[int, Who], owner: Mapping[str, int], column: str
) -> Iterable[tuple[Who, str, str]]:
    columns: Sequence[list[str]] = [
        table.column(c).to_pylist() for c in ("subject", column, "source")
    ]
    for subject, value, source in zip(*columns, strict=True):
        entity = owner.get(subject)
        if entity is not None:
            yield who[entity], value, source
