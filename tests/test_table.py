"""Mapped tables: five layouts that say the same, and mistakes that name file and line."""

from __future__ import annotations

import csv
import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import golden
from nthtier.graph.errors import InputError
from nthtier.graph.model import Statement
from nthtier.loaders.reader import Options, Reading
from nthtier.loaders.reading import open_inputs
from nthtier.loaders.registry import read_paths

MAPPING = golden.DATA / "suppliers.toml"
TABLE = golden.DATA / "suppliers.csv"


def read(path: Path, mapping: Path = MAPPING) -> Reading:
    (found,) = read_paths([path], options=Options(mapping=open_inputs([mapping])[0]))
    return found


def simple(tmp_path: Path) -> Path:
    path = tmp_path / "map.toml"
    path.write_text('[source]\nid = "m"\ntitle = "m"\n[[entity]]\nname = "{Vendor}"\n', "utf-8")
    return path


def rows() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def content(found: Reading) -> list[tuple[Any, ...]]:
    def plain(s: Statement) -> tuple[Any, ...]:
        return (*s._replace(id="", locator="", lo=0, hi=0)[:], str(s.lo), str(s.hi))

    return [plain(s) for s in found.batch.statements]


def write_excel(path: Path, header: list[Any], cells: list[list[Any]]) -> Path:
    import openpyxl

    book = openpyxl.Workbook()
    for row in [header, *cells]:
        book.active.append(row)
    book.save(path)
    return path


def test_golden() -> None:
    found = read(TABLE)
    golden.check("suppliers", [found])
    assert found.batch.source.records == 4
    assert found.audit.unused == {"Buyer": 4}


@pytest.mark.parametrize("layout", ["tsv", "semicolon", "jsonl", "parquet", "xlsx"])
def test_every_layout_says_the_same(tmp_path: Path, layout: str) -> None:
    path = tmp_path / f"suppliers.{layout}"
    header = list(rows()[0])
    if layout in ("tsv", "semicolon"):
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, delimiter="\t" if layout == "tsv" else ";")
            writer.writerows([header, *(list(r.values()) for r in rows())])
    elif layout == "jsonl":  # what is empty may be left out or null
        lines = [
            json.dumps({k: v or None for k, v in r.items() if v or k in ("Also", "LEI")})
            for r in rows()
        ]
        path.write_text("\n".join(lines), "utf-8")
    elif layout == "parquet":
        pq.write_table(pa.table({k: [r[k] or None for r in rows()] for k in header}), path)
    else:
        write_excel(path, header, [[r[k] or None for k in header] for r in rows()])
    assert content(read(path)) == content(read(TABLE))


def test_the_mark_that_spreadsheets_write_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "suppliers.csv"
    text = TABLE.read_text("utf-8").replace("\n", "\r\n")
    path.write_bytes(b"\xef\xbb\xbf" + text.encode("utf-8"))
    assert content(read(path)) == content(read(TABLE))


def test_dates_and_numbers_of_sheets_and_frames(tmp_path: Path) -> None:
    mapping = tmp_path / "map.toml"
    mapping.write_text(
        '[source]\nid = "m"\ntitle = "m"\n[[relation]]\nfrom = "{Owner}"\ntype = "OWNS"\n'
        'to = "{Owned}"\nsince = "{From}"\nshare = "{Share}"\nnote = "{Note}"\n', "utf-8",
    )  # fmt: skip
    header = ["Owner", "Owned", "From", "Share", "Note"]
    cells: list[list[Any]] = [
        ["A", "B", datetime(2023, 3, 2), 15.51, True], ["C", "D", date(2020, 1, 31), 50, 7],
        ["E", "F", 2005, 25.0, None],
    ]  # fmt: skip
    expected = [("2023-03-02", 15.51, "true"), ("2020-01-31", 50.0, "7"), ("2005", 25.0, "")]
    sheet = write_excel(tmp_path / "t.xlsx", [*header, None], cells)
    frame = tmp_path / "t.parquet"
    first = {k: pa.array([row[i] for row in cells[:1]]) for i, k in enumerate(header)}
    pq.write_table(pa.table(first), frame)
    lines = tmp_path / "t.jsonl"
    lines.write_text(
        '{"Owner": "A", "Owned": "B", "From": "2023-03-02", "Share": 15.51, "Note": true}\n',
        "utf-8",
    )
    for path, wanted in ((sheet, expected), (frame, expected[:1]), (lines, expected[:1])):
        found = [s for s in read(path, mapping).batch.statements if s.object]
        assert [(s.since, s.lo, s.note) for s in found] == wanted


def test_values_are_never_taken_for_columns(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("Number,Vendor,Country,Also,Chinese,LEI,From,To,Spend,Part,Parent,Share,Risk\n"
                    "v1,{Country},cn,,,,,,,{Risk},,,{Vendor}\n", "utf-8")  # fmt: skip
    said = read(path).batch.statements
    assert [s.value for s in said if s.predicate == "name"] == ["{Country}"]
    assert [s.value for s in said if s.predicate == "fact:riskClass"] == ["{Vendor}"]
    assert [s.note for s in said if s.predicate == "SUPPLIES"] == ["{Risk}"]


@pytest.mark.parametrize(
    ("column", "value", "field", "allowed"),
    [
        ("Country", "Atlantis", "country", "ISO 3166"),
        ("From", "2023-02-30", "since", "YYYY"),
        ("To", "2001", "until", "2019 or later"),
        ("Spend", "much", "amount", "20000000 USD"),
        ("Share", "120", "share", "0 to 100"),
        ("LEI", "5299000J2N45DDNE4Y29", "identifiers.lei", None),
        ("Number", "v 1", "id", "letters"),
        ("Parent", "Harbour Light", "to", "another entity"),
    ],
)
@pytest.mark.parametrize("layout", ["csv", "jsonl", "xlsx"])
def test_a_wrong_value_names_file_line_and_field(
    tmp_path: Path, column: str, value: str, field: str, allowed: str | None, layout: str
) -> None:
    records = rows()
    records[0][column] = value
    path = tmp_path / f"bad.{layout}"
    if layout == "csv":
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(records[0]))
            writer.writeheader()
            writer.writerows(records)
    elif layout == "jsonl":
        path.write_text("\n".join(json.dumps(r) for r in records), "utf-8")
    else:
        write_excel(path, list(records[0]), [list(r.values()) for r in records])
    with pytest.raises(InputError) as caught:
        read(path)
    line = 1 if layout == "jsonl" else 2
    word = "row" if layout == "xlsx" else "line"
    assert str(caught.value).startswith(f"bad.{layout}, {word} {line}, {field}: ")
    if column != "Parent":
        assert f"found '{value}" in str(caught.value)
    assert allowed is None or allowed in str(caught.value)


SOURCE = '[source]\nid = "m"\ntitle = "m"\n'


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        (SOURCE, "map.toml: the mapping makes no records"),
        (SOURCE + '[[entity]]\nname = "{Vendor}"\ncolor = "{Part}"\n',
         "map.toml, line 6, color: an unknown field"),
        (SOURCE + '[[entity]]\nid = "{Number}"\n', "map.toml, line 4, name: the mapping needs"),
        (SOURCE + '[entity]\nname = "{Vendor}"\n', "map.toml, line 4, entity: not a list of tab"),
        (SOURCE + '[[entity]]\nname = "{Vender}"\n', "t.csv, line 1: the mapping map.toml names"),
        ('[[source]]\nid = "a"\ntitle = "a"\n[[source]]\nid = "b"\ntitle = "b"\n',
         "map.toml, source: a mapping has one source"),
        ('[[entity]]\nname = "{Vendor}"\n', "map.toml, source: no .source."),
        ("[source\n", "map.toml, line 1: not TOML"),
    ],
)  # fmt: skip
def test_a_wrong_mapping_says_so(tmp_path: Path, mapping: str, message: str) -> None:
    path = tmp_path / "map.toml"
    path.write_text(mapping, "utf-8")
    table = tmp_path / "t.csv"
    table.write_bytes(TABLE.read_bytes())
    with pytest.raises(InputError, match=message):
        read(table, path)


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("t.csv", b"Number,Vendor\n1,A,B\n", "t.csv, line 2: a row with another number of fields"),
        ("t.csv", b"Number,Number\n1,2\n", "t.csv, line 1: a column twice"),
        ("t.csv", b"Number,Vendor\n", "t.csv: a table without rows"),
        ("t.csv", b'Number,Vendor\n1,"A\n', "t.csv, line 2: broken CSV"),
        ("t.csv", b"Number,Vendor\n1,Acme Cor", "t.csv, line 2: the last line is not finished"),
        ("t.jsonl", b'{"Number": NaN}\n', "t.jsonl, line 1: not JSON: NaN"),
        ("t.jsonl", b'{"Vendor": 1}\n{"Vendor"', "t.jsonl, line 2, column 10: not whole JSON"),
        ("t.jsonl", b'{"Number": 1}\n[1]\n', "t.jsonl, line 2: not a JSON object"),
        ("t.jsonl", b'{"Number": "\\ud800"}\n', "t.jsonl, line 1: half of a surrogate pair"),
        ("t.parquet", b"PAR1 and no more PAR1", "t.parquet: not whole Parquet"),
    ],
)
def test_tables_that_are_not_whole(tmp_path: Path, name: str, data: bytes, message: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(InputError, match=message):
        read(path, simple(tmp_path))


def test_excel_beyond_the_header_and_damaged(tmp_path: Path) -> None:
    path = write_excel(tmp_path / "t.xlsx", ["Vendor"], [["A"], ["B", "lost"]])
    with pytest.raises(InputError, match="row 3: a value outside the columns of the header"):
        read(path, simple(tmp_path))
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(InputError, match=r"t\.xlsx"):
        read(path, simple(tmp_path))


def test_excel_without_openpyxl_says_how(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_excel(tmp_path / "t.xlsx", ["Vendor"], [["A"]])
    monkeypatch.setitem(__import__("sys").modules, "openpyxl", None)
    with pytest.raises(InputError, match=r"install nthtier\[excel\]"):
        read(path, simple(tmp_path))
