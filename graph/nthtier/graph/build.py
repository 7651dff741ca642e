"""From statements and sources to the tables and arrays of a version.

A pure function of its input: the order in which sources were loaded changes nothing.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from nthtier.graph import dates, model, ontology, snapshot
from nthtier.graph.identity import Identity, resolve
from nthtier.graph.lists import LISTS, REGULATORS
from nthtier.graph.model import Source, Statement, statement
from nthtier.graph.names import normalise, text_hash
from nthtier.graph.policy import review_policy
from nthtier.graph.relations import Claim, gather, properties
from nthtier.graph.tables import COLUMNS, Stream

#: Raised whenever the same statements would give other tables, so that ids never lie.
BUILD: Final = 9
#: From so many statements on `nthtier.graph.large` costs less.
LARGE: Final = 20_000
REGISTRY: Final = Source(
    id="nthtier-lists",
    dataset="nthtier-lists",
    title="Lists and the bodies that maintain them",
    publisher="nthtier",
    note="the table of lists that comes with the software",
)
TYPE_ORDER: Final = ("List", "PublicBody", "Company", "Person", "Vessel", "Airplane",
                      "Organization", "LegalEntity")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Built:
    """A version before it is written: its id, tables as columns, and snapshot arrays.

    Tables too large for lists are ``streams`` instead.
    """

    id: str
    tables: dict[str, dict[str, list[Any]]]
    arrays: dict[str, npt.NDArray[Any]]
    streams: dict[str, Stream] = field(default_factory=dict)

    def rows(self, table: str) -> int:
        """Return the number of rows of a table."""
        if table in self.streams:
            return self.streams[table].rows
        return len(next(iter(self.tables[table].values())))


def build(sources: Iterable[Source], statements: Iterable[Statement]) -> Built:
    """Compute a version. Equal statements of one source count once."""
    unique = {s.id: s for s in statements if s.source != REGISTRY.id}
    every = sorted(unique.values())
    every += sorted(registry({s.object for s in every if s.object in LISTS}))
    ordered = sorted((s for s in sources if s.id != REGISTRY.id), key=lambda s: s.id)
    ordered.append(REGISTRY)
    identity = resolve(every)
    claims = gather(every, identity.ids, ordered)
    ordinals = {entity: i for i, entity in enumerate(sorted(set(identity.ids.values())))}
    claims.sort(key=lambda c: relation_order(c, ordinals))
    tables: dict[str, dict[str, list[Any]]] = {"sources": source_table(ordered)}
    about = _by_entity(every, identity, ordinals)
    _entity_tables(tables, about, identity, ordinals)
    editions = {x.id: dates.end_day(x.date) if x.date else dates.OPEN_START for x in ordered}
    relation_tables(tables, claims, ordinals, editions)
    rows = [s for c in claims for s in c.statements]
    rows += [s for group in about for s in group]
    tables["statements"] = _transposed(rows)
    arrays = _arrays(claims, about, tables, ordinals)
    return Built(version_id(ordered, sorted(s.id for s in every)), tables, arrays)


def version_id(sources: Sequence[Source], statements: Iterable[str]) -> str:
    """Return the id of what was said: a hash over sources and the ids of statements, ascending.

    When a file was fetched is not part of it, so the same input has the same id everywhere. The
    ids may come joined to longer texts.
    """
    digest = sha256(f"nthtier build {BUILD}\n".encode())
    for source in sources:
        parts = (source.id, source.dataset, source.date, source.sha256, *source.covers,
                 *source.allowed)  # fmt: skip
        digest.update(("\x1f".join(parts) + "\n").encode("utf-8"))
    for ids in statements:
        digest.update(ids.encode("ascii"))
    return "v-" + digest.hexdigest()[:16]


def registry(lists: Collection[str]) -> list[Statement]:
    """Return what the software knows of some lists and of who maintains them."""
    found: list[Statement] = []

    def say(subject: str, predicate: str, value: str = "", target: str = "") -> None:
        found.append(
            statement(subject, predicate, value=value, object=target, source=REGISTRY.id,
                      locator=subject)
        )  # fmt: skip

    for list_id in lists:
        info = LISTS[list_id]
        body = REGULATORS[info.regulator]
        say(list_id, model.TYPE, "List")
        say(list_id, model.NAME, info.name)
        say(list_id, model.ALIAS, info.short)
        say(list_id, "fact:kind", info.kind)
        say(list_id, "MAINTAINED_BY", target=body.id)
        say(body.id, model.TYPE, "PublicBody")
        say(body.id, model.NAME, body.name)
        say(body.id, model.COUNTRY, body.country)
    return list({s.id: s for s in found}.values())


def relation_order(claim: Claim, ordinals: Mapping[str, int]) -> tuple[Any, ...]:
    """Return by what relations are ordered; ``ordinals`` number the entities."""
    return (ordinals[claim.start], ontology.CODE[claim.type], ordinals[claim.end],
            _first_day(claim), dates.end_day(claim.until), claim.id)  # fmt: skip


def _first_day(claim: Claim) -> int:
    """Return the day from which a relation holds; no listing is older than its list."""
    if not claim.since and claim.type == "LISTED_ON":
        return dates.start_day(LISTS[claim.end].begins)
    return dates.start_day(claim.since)


def source_table(sources: Sequence[Source]) -> dict[str, list[Any]]:
    """Return the table of sources."""
    return {
        name: [list(v) if isinstance(v := getattr(s, name), tuple) else v for s in sources]
        for name in COLUMNS["sources"]
    }


def _transposed(rows: Sequence[Statement]) -> dict[str, list[Any]]:
    columns = zip(*rows, strict=True) if rows else [[] for _ in Statement._fields]
    table = {n: list(c) for n, c in zip(Statement._fields, columns, strict=True)}
    for name in ("lo", "hi"):
        table[name] = [None if math.isnan(v) else v for v in table[name]]
    return table


def _by_entity(
    statements: Sequence[Statement], identity: Identity, ordinals: Mapping[str, int]
) -> list[list[Statement]]:
    about: list[list[Statement]] = [[] for _ in ordinals]
    for s in statements:
        if not s.object:
            about[ordinals[identity.ids[s.subject]]].append(s)
    for group in about:
        group.sort(key=lambda s: (s.predicate, s.value, s.id))
    return about


def _entity_tables(
    tables: dict[str, dict[str, list[Any]]],
    about: Sequence[Sequence[Statement]],
    identity: Identity,
    ordinals: Mapping[str, int],
) -> None:
    keys: dict[str, list[str]] = defaultdict(list)
    for key, entity in identity.ids.items():
        keys[entity].append(key)
    entities: dict[str, list[Any]] = {name: [] for name in COLUMNS["entities"]}
    names: dict[str, list[Any]] = {name: [] for name in COLUMNS["names"]}
    identifiers: dict[str, list[Any]] = {name: [] for name in COLUMNS["identifiers"]}
    for entity, ordinal in ordinals.items():
        group = about[ordinal]
        entities["id"].append(entity)
        entities["name"].append(_display_name(group) or entity)
        types = {s.value for s in group if s.predicate == model.TYPE}
        entities["type"].append(next((t for t in TYPE_ORDER if t in types), "LegalEntity"))
        entities["countries"].append(
            sorted({s.value for s in group if s.predicate == model.COUNTRY})
        )
        entities["keys"].append(sorted(keys[entity]))
        entities["joined"].append(identity.reasons.get(entity, []))
        seen: set[tuple[str, str]] = set()
        for s in group:
            if s.predicate in model.NAME_KINDS and (s.value, s.predicate) not in seen:
                seen.add((s.value, s.predicate))
                row = (entity, ordinal, s.value, s.predicate, s.lang, normalise(s.value))
                for column, value in zip(names.values(), row, strict=True):
                    column.append(value)
            elif s.predicate.startswith(model.ID_PREFIX):
                scheme = s.predicate[len(model.ID_PREFIX) :]
                if (scheme, s.value) not in seen:
                    seen.add((scheme, s.value))
                    for column, value in zip(
                        identifiers.values(), (entity, ordinal, scheme, s.value), strict=True
                    ):
                        column.append(value)
    tables.update(entities=entities, names=names, identifiers=identifiers)


def _display_name(group: Sequence[Statement]) -> str:
    """Choose the name to show: a document's own before a list's, mixed case before capitals."""
    rank = {model.NAME: 0, model.MENTION: 1, model.ALIAS: 2, model.WEAK_ALIAS: 3}
    best = min(
        (
            (rank[s.predicate], "#" not in s.subject, s.value.isupper(), s.lang not in ("", "en"),
             s.value)
            for s in group
            if s.predicate in rank
        ),
        default=None,
    )  # fmt: skip
    return best[-1] if best else ""


def relation_tables(
    tables: dict[str, dict[str, list[Any]]],
    claims: Sequence[Claim],
    ordinals: Mapping[str, int],
    editions: Mapping[str, int],
) -> None:
    """Add the tables of relations and listings that claims make, in their order."""
    relations: dict[str, list[Any]] = {name: [] for name in COLUMNS["relations"]}
    listings: dict[str, list[Any]] = {name: [] for name in COLUMNS["listings"]}
    for row, c in enumerate(claims):
        lo, hi = (None, None) if math.isnan(c.lo) else (c.lo, c.hi)
        values: tuple[Any, ...] = (
            c.id, c.type, c.start, c.end, ordinals[c.start], ordinals[c.end], c.since, c.until,
            _first_day(c), dates.end_day(c.until), lo, hi, c.amount, c.basis,
            c.contested, c.note, len(c.statements),
        )  # fmt: skip
        for column, value in zip(relations.values(), values, strict=True):
            column.append(value)
        if c.type == "LISTED_ON":
            found = [properties(s) for s in c.statements]
            policy = " | ".join(_newest(c, editions, "license_policy"))
            requirement = " | ".join(_newest(c, editions, "license_requirement"))
            values = (
                c.id, row, c.start, c.end, c.since, c.until,
                min(_said(found, "effective"), default=""),
                min(_said(found, "divest_by"), default=""),
                sorted({p for f in found for p in f.get("programmes", ())}),
                "; ".join(_said(found, "citation")), requirement, policy, review_policy(policy),
                sorted({str(n) for f in found for n in f.get("footnotes", ())}),
                sorted({m for f in found for m in f.get("measures", ())}),
                sorted({r for f in found for r in f.get("reason", ())}),
                min(_said(found, "regulation_url"), default=""),
                min(_said(found, "regulation_in_force"), default=""),
            )  # fmt: skip
            for column, value in zip(listings.values(), values, strict=True):
                column.append(value)
    tables.update(relations=relations, listings=listings)


def _newest(claim: Claim, editions: Mapping[str, int], word: str) -> list[str]:
    """Return what the newest edition that speaks of it says: terms change from one to the next."""
    said = [
        (editions[s.source], text) for s in claim.statements if (text := properties(s).get(word))
    ]
    last = max((day for day, _ in said), default=0)
    return sorted({text for day, text in said if day == last})


def _said(found: Sequence[Mapping[str, Any]], word: str) -> list[str]:
    return sorted({f[word] for f in found if f.get(word)})


def _arrays(
    claims: Sequence[Claim],
    about: Sequence[Sequence[Statement]],
    tables: Mapping[str, Mapping[str, list[Any]]],
    ordinals: Mapping[str, int],
) -> dict[str, npt.NDArray[Any]]:
    table, n = tables["relations"], len(ordinals)
    columns: dict[str, Any] = {
        "src": np.array(table["src"], np.int32),
        "dst": np.array(table["dst"], np.int32),
        "type": np.array([ontology.CODE[c.type] for c in claims], np.uint8),
        "basis": np.array([ontology.BASIS_CODE[c.basis] for c in claims], np.uint8),
        "since": np.array(table["since_day"], np.int32),
        "until": np.array(table["until_day"], np.int32),
        "lo": np.array([c.lo for c in claims], np.float64),
        "hi": np.array([c.hi for c in claims], np.float64),
    }
    pairs = _name_pairs(tables, ordinals)
    return snapshot.assemble(
        n, columns,
        backing=np.array([len(c.statements) for c in claims], np.int64),
        described=np.array([len(group) for group in about], np.int64),
        listing_rel=np.array(tables["listings"]["row"], np.int32),
        name_hash=np.array([h for h, _ in pairs], np.uint64),
        name_entity=np.array([o for _, o in pairs], np.int32),
    )  # fmt: skip


def _name_pairs(
    tables: Mapping[str, Mapping[str, list[Any]]], ordinals: Mapping[str, int]
) -> list[tuple[int, int]]:
    """Return (hash, entity) for everything by which an entity is found at once."""
    names = tables["names"]
    pairs = [  # a name of signs only has no normal form and is found as it is written
        (text_hash(text), o)
        for name, normal, o in zip(names["name"], names["normal"], names["ordinal"], strict=True)
        if (text := normal or name.strip())
    ]
    for scheme, value, ordinal in zip(
        tables["identifiers"]["scheme"], tables["identifiers"]["value"],
        tables["identifiers"]["ordinal"], strict=True,
    ):  # fmt: skip
        pairs.append((text_hash(f"{scheme}:{value}"), ordinal))
        pairs.append((text_hash(value), ordinal))
    for entity, ordinal in ordinals.items():
        pairs.append((text_hash(f"id:{entity}"), ordinal))
    for ordinal, keys in enumerate(tables["entities"]["keys"]):
        pairs += [(text_hash(f"id:{key}"), ordinal) for key in keys]
    return pairs
