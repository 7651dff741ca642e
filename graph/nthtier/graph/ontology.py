"""The relation types and lenses: one table each. Adding a relation type is one row.

Exposure passes along a relation in a direction that depends on the question (the lens):
``forward`` reads it from ``from`` to ``to``, ``backward`` the other way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

Read = Literal["forward", "backward", "both"]


@dataclass(frozen=True, slots=True)
class RelationType:
    """One relation type.

    ``forward`` and ``backward`` are (present, past) phrases: *A supplies B*, *B is supplied by A*.
    ``weight`` in (0, 1) is how strongly exposure passes over one such relation by default.
    ``stake`` types carry a share in percent; ``lenses`` tells in which direction each lens reads
    the type; ``schema`` is FollowTheMoney's nearest, ``cypher`` the type in Neo4j and Ladybug.
    """

    name: str
    forward: tuple[str, str]
    backward: tuple[str, str]
    weight: float
    lenses: dict[str, Read]
    schema: str
    stake: bool = False

    @property
    def cypher(self) -> str:
        """The relationship type in Cypher; names are already safe there."""
        return self.name


LENSES: Final[dict[str, str]] = {
    "any": "every commercial, financial and personal tie, in both directions",
    "supply": "what the company depends on, upstream",
    "revenue": "whom the company's sales depend on, downstream",
    "finance": "what the company owns or funds",
    "ownership": "who stands above and below the company",
}


#: The type that says: these two may be one. It is no tie, and no lens follows it.
POSSIBLE_MATCH: Final = "POSSIBLE_MATCH"


def _lenses(**reads: Read) -> dict[str, Read]:
    return {"any": "both", **reads}


RELATION_TYPES: Final[tuple[RelationType, ...]] = (
    RelationType(
        "SUPPLIES", ("supplies", "supplied"), ("is supplied by", "was supplied by"), 0.8,
        _lenses(supply="backward", revenue="forward"), "ContractAward",
    ),
    RelationType(
        "OWNS", ("owns", "owned"), ("is owned by", "was owned by"), 0.95,
        _lenses(finance="forward", ownership="both"), "Ownership", stake=True,
    ),
    RelationType(
        "INVESTED_IN", ("invested in", "invested in"),
        ("has as an investor", "had as an investor"), 0.7,
        _lenses(finance="forward", ownership="both"), "Ownership", stake=True,
    ),
    RelationType(
        "JOINT_VENTURE_WITH", ("has a joint venture with", "had a joint venture with"),
        ("has a joint venture with", "had a joint venture with"), 0.75,
        _lenses(finance="both"), "UnknownLink",
    ),
    RelationType(
        "PARTNERS_WITH", ("partners with", "partnered with"),
        ("partners with", "partnered with"), 0.5,
        _lenses(supply="both", revenue="both"), "UnknownLink",
    ),
    RelationType(
        "CONTROLS", ("controls", "controlled"), ("is controlled by", "was controlled by"), 0.9,
        _lenses(ownership="both"), "Control",
    ),
    RelationType(
        "DIRECTOR_OF", ("is a director of", "was a director of"),
        ("has as a director", "had as a director"), 0.5,
        _lenses(ownership="both"), "Directorship",
    ),
    RelationType(
        "AFFILIATED_WITH", ("is affiliated with", "was affiliated with"),
        ("is affiliated with", "was affiliated with"), 0.7,
        _lenses(ownership="both"), "UnknownLink",
    ),
    RelationType(
        "SUCCEEDED_BY", ("was succeeded by", "was succeeded by"), ("succeeded", "succeeded"),
        0.95, _lenses(ownership="both"), "Succession",
    ),
    RelationType(
        "MEMBER_OF", ("is a member of", "was a member of"), ("has as a member", "had as a member"),
        0.15, _lenses(), "Membership",
    ),
    RelationType(
        "LISTED_ON", ("is listed on", "was listed on"), ("lists", "listed"), 0.95, {}, "Sanction",
    ),
    RelationType(
        "MAINTAINED_BY", ("is maintained by", "was maintained by"), ("maintains", "maintained"),
        0.95, {}, "UnknownLink",
    ),
    RelationType(
        "PROVIDES_INPUT", ("could supply", "could have supplied"),
        ("could be supplied by", "could have been supplied by"), 0.3,
        _lenses(supply="backward", revenue="forward"), "UnknownLink",
    ),
    RelationType(
        "LINKED_TO", ("is linked by its listing to", "was linked by its listing to"),
        ("is named as a link in the listing of", "was named as a link in the listing of"), 0.6,
        _lenses(ownership="both"), "UnknownLink",
    ),
    RelationType(
        POSSIBLE_MATCH, ("may be", "may have been"), ("may be", "may have been"), 0.6, {},
        "UnknownLink",
    ),
)  # fmt: skip

#: The types that a source may state; a possible match is found, not stated.
STATED: Final = tuple(t.name for t in RELATION_TYPES if t.name != POSSIBLE_MATCH)
BY_NAME: Final[dict[str, RelationType]] = {t.name: t for t in RELATION_TYPES}
CODE: Final[dict[str, int]] = {t.name: i for i, t in enumerate(RELATION_TYPES)}

#: How much a claim weighs by its basis.
BASIS: Final[dict[str, float]] = {"stated": 1.0, "inferred": 0.7, "disputed": 0.4}
BASIS_CODE: Final[dict[str, int]] = {name: i for i, name in enumerate(BASIS)}


@dataclass(frozen=True, slots=True)
class Weights:
    """How strongly exposure passes over one hop: type × basis × share, each in (0, 1].

    A stake counts with the middle of its share interval, at least ``least_share``; an unknown one
    with ``unknown_share``. Other types have no share.

    >>> Weights().of("OWNS", "inferred", 20.0, 40.0)["value"]
    0.1995
    """

    types: Mapping[str, float] = field(
        default_factory=lambda: {t.name: t.weight for t in RELATION_TYPES}
    )
    bases: Mapping[str, float] = field(default_factory=lambda: dict(BASIS))
    unknown_share: float = 0.6
    least_share: float = 0.1

    def changed(self) -> dict[str, dict[str, float]]:
        """Return what differs from the ontology, as a weights file would say it.

        >>> Weights(unknown_share=0.5).changed()
        {'shares': {'unknown': 0.5}}
        """
        usual = Weights()
        found = {
            "types": {t: w for t, w in self.types.items() if w != usual.types[t]},
            "bases": {b: w for b, w in self.bases.items() if w != usual.bases[b]},
            "shares": {
                name: mine
                for name, mine, other in (
                    ("unknown", self.unknown_share, usual.unknown_share),
                    ("least", self.least_share, usual.least_share),
                )
                if mine != other
            },
        }
        return {table: weights for table, weights in found.items() if weights}

    def of(
        self, type_: str, basis: str, lo: float | None, hi: float | None
    ) -> dict[str, float | None]:
        """Return the weight of one relation and its factors; ``share`` is None without a stake."""
        share = None
        if BY_NAME[type_].stake:
            known = lo is not None and hi is not None
            share = max((lo + hi) / 200, self.least_share) if known else self.unknown_share  # type: ignore[operator]
        value = self.types[type_] * self.bases[basis] * (1.0 if share is None else share)
        return {"type": self.types[type_], "basis": self.bases[basis], "share": share,
                "value": round(value, 6)}  # fmt: skip


def lens_reads(lens: str) -> dict[str, Read]:
    """Return the types that a lens follows, each with the direction it reads.

    Raises:
        KeyError: no such lens; ``LENSES`` names them.

    >>> lens_reads("finance")["OWNS"]
    'forward'
    """
    if lens not in LENSES:
        raise KeyError(lens)
    return {t.name: t.lenses[lens] for t in RELATION_TYPES if lens in t.lenses}
