"""A portfolio's file: which column names what; and the answer as CSV."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

from nthtier.explorer.exports import cell
from nthtier.graph.errors import InputError, UsageError
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
CSV_COLUMNS: Final = (
    "row", "given", "id", "name", "matched", "class", "fewest_hops", "hops", "strength", "target",
    "target_lists", "since", "until", "reached", "choke_points", "sentence",
)  # fmt: skip
PAIR_COLUMNS: Final = ("row", "given", "id", "name", "target", "target_name", "target_country",
                       "target_lists", "fewest_hops")  # fmt: skip


@dataclass(slots=True)
class Portfolio:
    """The companies of a file, what was not used of it, and what was wrong with single rows."""

    name: str = "the portfolio"
    wanted: list[Wanted] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def remarks(self) -> list[str]:
        """Return what a person should hear of the reading."""
        found = [f"{self.name}, {text}" for text in self.notes]
        if self.unused:
            found.append(f"{self.name}: columns not used: {', '.join(self.unused)}")
        return found


def chosen_columns(text: str | Mapping[str, str] | None) -> dict[str, str]:
    """Return the pairs of the option ``--columns FIELD=COLUMN,…``; another form is wrong usage.

    >>> chosen_columns("name=Vendor, lei=LEI code")
    {'name': 'Vendor', 'lei': 'LEI code'}

    Raises:
        UsageError: it has another form.
    """
    if isinstance(text, Mapping):
        return dict(text)
    pairs = {}
    for part in (text or "").split(","):
        name, mark, column = part.partition("=")
        if part.strip():
            if not mark:
                raise UsageError(f"--columns: {part!r}: write FIELD=COLUMN")
            pairs[name.strip()] = column.strip()
    return pairs


def read_portfolio(path: Path, chosen: Mapping[str, str] | None = None) -> Portfolio:
    """Read the companies of a table (CSV, TSV, JSON lines, Parquet, Excel; .gz, .zip).

    ``chosen`` maps a field to a column where the column's name does not tell. A country or an
    identifier that cannot be one is left out and noted; the row stays.

    Raises:
        InputError: not a whole table, or no column that names companies.
    """
    found = Portfolio(path.name)
    for document in open_inputs([path]):
        _read(found, cells.rows(document), chosen or {}, document.name, cells.word(document))
    return _whole(found)


def read(portfolio: Any, columns: str | Mapping[str, str] | None = None) -> Portfolio:
    """Return the companies of a portfolio: a file, a data frame, names or records, or one read.

    Raises:
        InputError, UsageError: as `read_portfolio`, `portfolio_of` and `chosen_columns`.
    """
    if isinstance(portfolio, Portfolio):
        return portfolio
    chosen = chosen_columns(columns)
    if isinstance(portfolio, str | Path):
        return read_portfolio(Path(portfolio), chosen)
    return portfolio_of(portfolio, chosen)


def portfolio_of(companies: Any, chosen: Mapping[str, str] | None = None) -> Portfolio:
    """Return the companies of a data frame, or of names or records (rows counted from 1).

    Raises:
        InputError: no column that names companies.
        UsageError: neither a frame nor names nor records.

    >>> [w.name for w in portfolio_of([{"Vendor": "Intel", "CIK": 50863.0}]).wanted]
    ['Intel']
    """
    records = [_record(x) for x in _rows_of(companies)]
    header = dict.fromkeys(c for record in records for c in record)
    found = Portfolio()
    if records:
        rows = ((i, {c: r.get(c, "") for c in header}) for i, r in enumerate(records, 1))
        _read(found, rows, chosen or {}, found.name, "row")
    return _whole(found)


def _rows_of(companies: Any) -> Iterable[Any]:
    if hasattr(companies, "to_dicts"):  # polars
        return companies.to_dicts()  # type: ignore[no-any-return]
    if hasattr(companies, "to_pylist"):  # pyarrow
        return companies.to_pylist()  # type: ignore[no-any-return]
    if hasattr(companies, "columns") and hasattr(companies, "to_dict"):  # pandas
        return companies.to_dict("records")  # type: ignore[no-any-return]
    if isinstance(companies, Iterable) and not isinstance(companies, str | bytes | Mapping):
        return companies
    raise UsageError(
        f"a portfolio is a file, a data frame, names or records, not {type(companies).__name__}"
    )


def _record(company: Any) -> dict[str, str]:
    if isinstance(company, str):
        return {"name": company}
    if isinstance(company, Mapping):
        return {str(k): _text(v) for k, v in company.items()}
    raise UsageError(f"a company is a name or a record with a name or identifier, not {company!r}")


def _text(value: Any) -> str:
    """Return a value of a frame as text: what is missing as none, 12.0 as 12."""
    if value is None or (not isinstance(value, str) and str(value) in ("nan", "<NA>", "NaT")):
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _read(
    found: Portfolio, rows: Iterable[tuple[int, Mapping[str, str]]], chosen: Mapping[str, str],
    file: str, word: str,
) -> None:  # fmt: skip
    columns: dict[str, str] = {}
    for number, row in rows:
        if not columns:
            columns = _columns(list(row), dict(chosen), file)
            found.unused = [c for c in row if c not in columns.values()]
        said = {f: row.get(c, "").strip() for f, c in columns.items()}
        if any(said.get(f) for f in COLUMNS if f != "country"):
            found.wanted.append(_wanted(number, said, found, word))


def _whole(found: Portfolio) -> Portfolio:
    if not found.wanted:
        raise InputError(
            "a portfolio without companies", file=found.name, found="no row with a name"
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
    writer = csv.writer(file)
    writer.writerow(CSV_COLUMNS)
    for row in csv_rows(result):
        writer.writerow([cell(x) for x in row])


def csv_rows(result: Mapping[str, Any]) -> Iterator[Sequence[Any]]:
    """Yield the rows of a screening under `CSV_COLUMNS`, as they stand in the portfolio."""
    shared: dict[str, list[str]] = {}
    for group in result["groups"]:
        for company in group["companies"]:
            shared.setdefault(company, []).append(group["entity"]["name"])
    for f in sorted(result["findings"], key=lambda f: f["row"]):
        yield finding_row(f, shared.get(f["subject"]["id"], []))
    for u in result["unresolved"]:
        yield (u["row"], u["name"], None, None, u["reason"], "unresolved", *[None] * 9,
               "; ".join(f"{c['name']} [{c['id']}]" for c in u["candidates"]))  # fmt: skip


def finding_row(f: Mapping[str, Any], shared: Sequence[str]) -> Sequence[Any]:
    """Return the row of one company; ``shared`` are its choke points."""
    target = f["target"] if f["class"] != "none" or f["path"] else None
    lists = sorted({x["list"] for x in target["listings"]}) if target else []
    return (f["row"], f["given"], f["subject"]["id"], f["subject"]["name"], f["matched"],
            f["class"], f["fewest_hops"], f["hops"], f["strength"],
            target["name"] if target else None, lists, f["since"], f["until"],
            f["reached"]["total"], list(shared), f["sentence"])  # fmt: skip


def pair_row(pair: Mapping[str, Any]) -> Sequence[Any]:
    """Return the row of one pair under `PAIR_COLUMNS`."""
    a, b = pair["subject"], pair["target"]
    return (pair["row"], pair["given"], a["id"], a["name"], b["id"], b["name"], b["country"],
            pair["lists"], pair["hops"])  # fmt: skip


def write_pairs(found: Iterable[Mapping[str, Any]], file: IO[str]) -> int:
    """Write what `nthtier.queries.pairs` finds as CSV, neutralised likewise; returns the rows."""
    writer, count = csv.writer(file), 0
    writer.writerow(PAIR_COLUMNS)
    for pair in found:
        writer.writerow([cell(x) for x in pair_row(pair)])
        count += 1
    return count
