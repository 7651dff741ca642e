"""A portfolio's file: which column names what; and the answer as CSV."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

import click

from nthtier.explorer.exports import cell
from nthtier.graph.errors import InputError
from nthtier.loaders import cells, values
from nthtier.loaders.reading import open_inputs
from nthtier.queries.resolving import Wanted

#: Field → the column names (letters and digits only) that mean it.
COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "name": ("name", "company", "companyname", "entity", "entityname", "legalname", "vendor",
             "vendorname", "supplier", "suppliername", "customer", "customername"),
    "country": ("country", "countrycode", "iso2", "jurisdiction"),
    "id": ("id", "entityid", "nthtierid"),
    **{s: (s,) for s in ("lei", "uscc", "isin", "cik", "ticker", "duns", "ofac", "registration")},
}  # fmt: skip
_CSV: Final = ("row", "given", "id", "name", "matched", "class", "fewest_hops", "hops", "strength",
               "target", "target_lists", "since", "until", "reached", "choke_points",
               "sentence")  # fmt: skip
_PAIRS: Final = ("row", "given", "id", "name", "target", "target_name", "target_country",
                 "target_lists", "fewest_hops")  # fmt: skip


@dataclass(slots=True)
class Portfolio:
    """The companies of a file, what was not used of it, and what was wrong with single rows."""

    wanted: list[Wanted] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def chosen_columns(text: str | None) -> dict[str, str]:
    """Return the pairs of the option ``--columns FIELD=COLUMN,…``; another form is wrong usage.

    >>> chosen_columns("name=Vendor, lei=LEI code")
    {'name': 'Vendor', 'lei': 'LEI code'}
    """
    pairs = {}
    for part in (text or "").split(","):
        name, mark, column = part.partition("=")
        if part.strip():
            if not mark:
                raise click.BadParameter(f"{part!r}: write FIELD=COLUMN", param_hint="--columns")
            pairs[name.strip()] = column.strip()
    return pairs


def read_portfolio(path: Path, chosen: Mapping[str, str] | None = None) -> Portfolio:
    """Read the companies of a table (CSV, TSV, JSON lines, Parquet, Excel; .gz, .zip).

    ``chosen`` maps a field to a column where the column's name does not tell. A country or an
    identifier that cannot be one is left out and noted; the row stays.

    Raises:
        InputError: not a whole table, or no column that names companies.
    """
    found = Portfolio()
    columns: dict[str, str] = {}
    for document in open_inputs([path]):
        word = cells.word(document)
        for number, row in cells.rows(document):
            if not columns:
                columns = _columns(list(row), dict(chosen or {}), document.name)
                found.unused = [c for c in row if c not in columns.values()]
            said = {f: row.get(c, "").strip() for f, c in columns.items()}
            if any(said.get(f) for f in COLUMNS if f != "country"):
                found.wanted.append(_wanted(number, said, found, word))
    if not found.wanted:
        raise InputError(
            "a portfolio without companies", file=path.name, found="no row with a name"
        )
    return found


def _columns(header: list[str], chosen: dict[str, str], file: str) -> dict[str, str]:
    for name, column in chosen.items():
        if name not in COLUMNS:
            raise InputError("an unknown field", file=file, field="--columns", found=name,
                             allowed=", ".join(COLUMNS))  # fmt: skip
        if column not in header:
            raise InputError("no such column", file=file, field="--columns", found=column,
                             allowed=", ".join(header))  # fmt: skip
    plain = {re.sub(r"[^a-z0-9]", "", c.casefold()): c for c in reversed(header)}
    found = dict(chosen)
    for name, words in COLUMNS.items():
        named = next((plain[w] for w in words if w in plain), None)
        if name not in found and named is not None and named not in found.values():
            found[name] = named
    if not found.keys() - {"country"}:
        raise InputError(
            "no column that names a company (--columns name=COLUMN says which it is)",
            file=file, row=1, found=", ".join(header), allowed=", ".join(COLUMNS),
        )  # fmt: skip
    return found


def _wanted(number: int, said: dict[str, str], found: Portfolio, word: str) -> Wanted:
    country = ""
    if said.get("country"):
        try:
            country = values.country(said["country"])
        except ValueError:
            country = values.named_country(said["country"])
        if not country:
            found.notes.append(f"{word} {number}: no such country: {said['country']}; not used")
    identifiers = {}
    for scheme in COLUMNS.keys() - {"name", "country", "id"}:
        if said.get(scheme):
            try:
                identifiers[scheme] = values.identifier(scheme, said[scheme])
            except ValueError as error:
                found.notes.append(f"{word} {number}: {error}; not used")
    ordered = {s: identifiers[s] for s in COLUMNS if s in identifiers}
    return Wanted(number, said.get("name", ""), country, said.get("id", ""), ordered)


def write_csv(result: Mapping[str, Any], file: IO[str]) -> None:
    """Write a screening as CSV, one row for each company, unresolved ones last.

    Cells that a spreadsheet would take for a formula are neutralised (see `exports.cell`).
    """
    shared: dict[str, list[str]] = {}
    for group in result["groups"]:
        for company in group["companies"]:
            shared.setdefault(company, []).append(group["entity"]["name"])
    writer = csv.writer(file)
    writer.writerow(_CSV)
    for f in sorted(result["findings"], key=lambda f: f["row"]):
        target = f["target"] if f["class"] != "none" or f["path"] else None
        lists = sorted({x["list"] for x in target["listings"]}) if target else []
        row = (f["row"], f["given"], f["subject"]["id"], f["subject"]["name"], f["matched"],
               f["class"], f["fewest_hops"], f["hops"], f["strength"],
               target["name"] if target else "", lists, f["since"], f["until"],
               f["reached"]["total"], shared.get(f["subject"]["id"], []),
               f["sentence"])  # fmt: skip
        writer.writerow([cell(x) for x in row])
    for u in result["unresolved"]:
        row = (u["row"], u["name"], "", "", u["reason"], "unresolved", *[""] * 9,
               "; ".join(f"{c['name']} [{c['id']}]" for c in u["candidates"]))  # fmt: skip
        writer.writerow([cell(x) for x in row])


def write_pairs(found: Iterable[Mapping[str, Any]], file: IO[str]) -> int:
    """Write what `nthtier.queries.pairs` finds as CSV, neutralised likewise; returns the rows."""
    writer, count = csv.writer(file), 0
    writer.writerow(_PAIRS)
    for pair in found:
        a, b = pair["subject"], pair["target"]
        row = (pair["row"], pair["given"], a["id"], a["name"], b["id"], b["name"], b["country"],
               pair["lists"], pair["hops"])  # fmt: skip
        writer.writerow([cell(x) for x in row])
        count += 1
    return count
