"""Millions of relations as Parquet tables, recognised by their columns; no mapping is needed.

One file of each kind; rows count from 1 and are the locators::

    entities   id, name, [type, country]
    relations  from, type, to, [since, until, share | lo + hi, basis, amount, note]
    listings   entity, list, [since, until, citation, license_requirement, license_policy]

The source is described by the files' key-value metadata ``nthtier.id``, ``nthtier.title``,
``nthtier.publisher`` and ``nthtier.date``, else by the name of the first file. Such a source
speaks of its own entities only and makes a graph of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from nthtier.graph import dates
from nthtier.graph.columns import Bulk, Entities
from nthtier.graph.errors import InputError
from nthtier.graph.lists import LISTS, REGULATORS, find_list
from nthtier.graph.model import Batch, Source
from nthtier.graph.names import slug
from nthtier.loaders import records, values
from nthtier.loaders.columns import Place, Relating, coded, refuse, texts
from nthtier.loaders.reader import Format, Options, Reading
from nthtier.loaders.reading import Input
from nthtier.loaders.records import Document

if TYPE_CHECKING:
    import pyarrow as pa

NAME: Final = "columnar"
#: Rows that are checked at once; many, because each time the entities are indexed anew.
BATCH: Final = 1 << 21
_LISTING: Final = ("citation", "license_requirement", "license_policy")
#: Of each kind of table: the columns it must have, and those it may have.
KINDS: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "entities": (("id", "name"), ("type", "country")),
    "relations": (
        ("from", "type", "to"),
        ("since", "until", "share", "lo", "hi", "basis", "amount", "note"),
    ),
    "listings": (("entity", "list"), ("since", "until", *_LISTING)),
}


def takes(inputs: Sequence[Input]) -> list[Input]:
    """Return the Parquet files that have the columns of one of the tables."""
    return [d for d in inputs if d.head.startswith(b"PAR1") and _kind(d)]


def _kind(document: Input) -> str:
    columns = set(_open(document).schema_arrow.names)
    for kind, (needed, _) in KINDS.items():
        if columns.issuperset(needed):
            return kind
    return ""


def _open(document: Input) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.ParquetFile(pa.BufferReader(document.data), page_checksum_verification=True)
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"not whole Parquet: {error}", file=document.name) from error


def read(inputs: Sequence[Input], options: Options) -> list[Reading]:
    """Read the tables of one source.

    Raises:
        InputError: a table is missing, there twice, or wrong in a row, which is named.
    """
    files: dict[str, Input] = {}
    for document in inputs:
        kind = _kind(document)
        if not kind or kind in files:
            raise InputError(
                f"a second table of {kind}; join them into one" if kind else "of none of the kinds",
                file=document.name, field="columns",
                found=", ".join(_open(document).schema_arrow.names),
                allowed="; ".join(f"{k}: {', '.join(need)}" for k, (need, _) in KINDS.items()),
            )  # fmt: skip
        _known_columns(document, kind)
        files[kind] = document
    if "entities" not in files:
        raise InputError(
            "the table of entities is missing; load it together with this one",
            file=inputs[0].name, allowed="a Parquet file with the columns id and name",
        )  # fmt: skip
    source = _source(files, options)
    entities = _entities(files["entities"])
    relating = Relating(entities.id)
    if "relations" in files:
        for place, batch in _batches(files["relations"]):
            relating.add(place, batch)
    facts = Document(source.id)
    if "listings" in files:
        _listings(files["listings"], entities.id, facts)
    bulk = Bulk(entities, relating.columns(), facts.statements)
    counts = Counter({"entities": len(entities.id), "relations": len(bulk.relations)})
    counts.update(s.object for s in facts.statements)
    return [Reading(Batch(source, facts.statements), counts, bulk=bulk)]


def _known_columns(document: Input, kind: str) -> None:
    columns = _open(document).schema_arrow.names
    allowed = [*KINDS[kind][0], *KINDS[kind][1]]
    for name in columns:
        if name not in allowed:
            raise InputError(f"not a column of {kind}", file=document.name, field=name,
                             found=name, allowed=", ".join(allowed))  # fmt: skip
    twice = [name for name in allowed if columns.count(name) > 1]
    if twice:
        raise InputError("a column twice", file=document.name, field=twice[0], found=twice[0])
    if "share" in columns and ("lo" in columns or "hi" in columns):
        raise InputError("the share is given twice", file=document.name, field="share",
                         found="share, lo, hi", allowed="share, or lo and hi")  # fmt: skip
    if ("lo" in columns) != ("hi" in columns):
        raise InputError("half an interval", file=document.name, field="lo, hi",
                         allowed="both lo and hi, or share")  # fmt: skip


def _batches(document: Input) -> Iterator[tuple[Place, pa.RecordBatch]]:
    import pyarrow as pa

    begin = 0
    with _open(document) as file:
        try:
            for batch in file.iter_batches(batch_size=BATCH):
                yield Place(document.name, begin), batch
                begin += batch.num_rows
        except (OSError, pa.ArrowException) as error:
            raise InputError(f"not whole Parquet: {error}", file=document.name,
                             row=f"after row {begin}") from error  # fmt: skip


def _source(files: dict[str, Input], options: Options) -> Source:
    first = next(files[kind] for kind in ("relations", "entities") if kind in files)
    said: dict[str, str] = {}
    for document in files.values():
        for key, value in (_open(document).schema_arrow.metadata or {}).items():
            name = key.decode("utf-8", "replace")
            if name.startswith("nthtier."):
                said.setdefault(name.removeprefix("nthtier."), value.decode("utf-8", "replace"))
    where = Place(first.name)
    date = said.get("date", "")
    if date:
        try:
            date = values.date(date)
        except ValueError:
            raise where.wrong("not a date", "nthtier.date", date, dates.FORMS) from None
    title = said.get("title", "").strip() or first.path.stem
    id_ = said.get("id", "") or slug(title) or NAME
    if slug(id_, 100) != id_:
        raise where.wrong("not an id", "nthtier.id", id_, "small letters, digits and '-'")
    return Source(
        id=id_,
        dataset=id_,
        title=title,
        publisher=said.get("publisher", ""),
        date=date or options.known,
        sha256="+".join(document.sha256 for _, document in sorted(files.items())),
        file=", ".join(document.name for _, document in sorted(files.items())),
        format=NAME,
        records=sum(_open(document).metadata.num_rows for document in files.values()),
    )


def _entities(document: Input) -> Entities:
    """Read the table of entities, each id once."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    found: dict[str, list[pa.Array]] = {n: [] for n in ("id", "name", "type", "country")}
    place = Place(document.name)
    for place, batch in _batches(document):
        ids, names = (texts(place, batch, n) for n in ("id", "name"))
        refuse(
            place, ~pc.match_substring_regex(ids, f"^{records.ID_FORM}$").to_numpy(False), "id",
            ids, "not an id", "up to 80 letters, digits, '.', '_' and '-'",
        )  # fmt: skip
        refuse(place, pc.equal(names, "").to_numpy(False), "name", names,
               "an entity needs a name", "text")  # fmt: skip
        found["id"].append(ids)
        found["name"].append(names)
        for name, spell, allowed in (
            ("type", _entity_type, ", ".join(records.ENTITY_TYPES)),
            ("country", _country, "ISO 3166 alpha-2 such as cn"),
        ):
            column = texts(place, batch, name)
            spelt: list[str] = []

            def put(text: str, spell: Any = spell, spelt: list[str] = spelt) -> int:
                spelt.append(spell(text))
                return len(spelt) - 1

            code = coded(place, column, name, put, f"no such {name}", allowed)
            found[name].append(pa.array(spelt, pa.string()).take(pa.array(code)))
    e = Entities(**{name: _joined(parts) for name, parts in found.items()})
    first = Place(document.name)
    number = e.id.dictionary_encode().indices.to_numpy()
    again = np.ones(len(number), bool)
    again[np.unique(number, return_index=True)[1]] = False
    refuse(first, again, "id", e.id, "a second entity of this id", "each id once")
    reserved = pc.is_in(e.id, value_set=pa.array([*LISTS, *REGULATORS])).to_numpy(False)
    refuse(first, reserved, "id", e.id, "the id of a list or of its regulator", "another id")
    return e


def _joined(parts: Sequence[pa.Array]) -> pa.Array:
    import pyarrow as pa

    return pa.concat_arrays(parts) if parts else pa.array([], pa.string())


def _entity_type(text: str) -> str:
    if text and text not in records.ENTITY_TYPES:
        raise ValueError(text)
    return text


def _country(text: str) -> str:
    if not text:
        return ""
    try:
        return values.country(text)
    except ValueError:
        found = values.named_country(text)
        if not found:
            raise
        return found


def _listings(document: Input, ids: pa.Array, facts: Document) -> None:
    """Read the table of listings, which are few, as relation records."""
    import pyarrow.compute as pc

    for place, batch in _batches(document):
        columns = {
            n: texts(place, batch, n) for n in (*KINDS["listings"][0], *KINDS["listings"][1])
        }
        unknown = pc.invert(pc.is_in(columns["entity"], value_set=ids)).to_numpy(False)
        refuse(place, unknown, "entity", columns["entity"], "no such entity",
               "an id of the table of entities")  # fmt: skip
        facts.know(columns["entity"].to_pylist())
        rows = zip(*(c.to_pylist() for c in columns.values()), strict=True)
        for i, row in enumerate(rows):
            record = dict(zip(columns, row, strict=True))
            at = place.at(i)
            entity, listed = record.pop("entity"), record.pop("list")
            info = find_list(listed)
            if info is None:
                raise at.wrong("no such list", "list", listed, ", ".join(LISTS))
            record = {"from": entity, "type": "LISTED_ON", "to": info.id, **record}
            facts.relation({k: v for k, v in record.items() if v}, facts.name, at.locator,
                           at.wrong)  # fmt: skip


FORMATS: Final = (Format(NAME, "Parquet tables of entities, relations, listings", takes, read),)
