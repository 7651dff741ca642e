"""Wrong input through the command line: exit 3, one clear line, and the graph untouched."""

from __future__ import annotations

import csv
import gzip
import io
import os
import random
import re
import subprocess
import sys
import tempfile
from collections import Counter
from hashlib import sha256
from pathlib import Path

import pytest

import golden
import lists
from nonsense import CASES, LEGAL, Case
from nthtier.explorer.cli import run
from nthtier.graph.errors import InputError
from nthtier.graph.store import Store
from nthtier.loaders import csl, ofac_legacy
from nthtier.loaders.reader import check_counts
from nthtier.loaders.reading import Input
from support import require

FACTS = golden.DATA / "facts.toml"
TABLE = golden.DATA / "suppliers.csv"
MAPPING = golden.DATA / "suppliers.toml"
OFAC = [golden.DATA / "ofac" / f"cons_{x}.csv" for x in ("prim", "alt", "add", "comments")]


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A graph that holds the fixture of a fact file; no test here may change it."""
    folder = tmp_path_factory.mktemp("graphs") / "graph"
    assert run(["--graph", str(folder), "load", str(FACTS)]) == 0
    return folder


def state(folder: Path) -> dict[str, str]:
    """Return the digest of every file of a folder."""
    return {
        str(p.relative_to(folder)): sha256(p.read_bytes()).hexdigest()
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }


class Refused:
    """Loads that must be refused, into a graph that must stay what it is."""

    def __init__(self, graph: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.graph, self.capsys = graph, capsys
        self.before = state(graph)

    def __call__(self, *arguments: str | Path) -> str:
        self.capsys.readouterr()
        status = run(["--graph", str(self.graph), "load", *map(str, arguments)])
        out, err = self.capsys.readouterr()
        assert status == 3, (arguments, out, err)
        assert out == ""
        lines = err.splitlines()
        assert len(lines) == 1, err
        assert lines[0].startswith("nthtier: ")
        assert lines[0].isprintable()
        assert state(self.graph) == self.before
        return lines[0]


@pytest.fixture
def refused(graph: Path, capsys: pytest.CaptureFixture[str]) -> Refused:
    return Refused(graph, capsys)


def put(folder: Path, name: str, data: bytes | str) -> Path:
    path = folder / name
    path.write_bytes(data.encode("utf-8") if isinstance(data, str) else data)
    return path


@pytest.fixture
def fewer(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Let a list of 300 real rows pass the gates, but no list of 290: they scale with it."""
    header, every = lists.table(lists.FULL)
    rows = random.Random(3).sample(every, 300)
    counts = Counter(csl.LISTS[re.search(r"\(([^()]+)\)", r[1])[1]][0] for r in rows)  # type: ignore[index]
    monkeypatch.setattr(csl, "RANGES", {x: (n * 97 // 100, n * 3) for x, n in counts.items()})
    return [list(header), *rows]


def as_csv(rows: list[list[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode("utf-8")


# --- files that are no such files


def test_what_is_not_a_file_of_any_format(tmp_path: Path, refused: Refused) -> None:
    assert "no such file" in refused(tmp_path / "missing.csv")
    assert "this is a directory" in refused(tmp_path)
    assert "the file is empty" in refused(put(tmp_path, "empty.csv", b""))
    assert "the file is empty" in refused(put(tmp_path, "blank.toml", b" \n\n"))
    assert "not recognised" in refused(put(tmp_path, "photo.png", b"\x89PNG\r\n\x1a\n" + bytes(99)))
    assert "not recognised" in refused(put(tmp_path, "notes.txt", "just words\n"))
    assert "not recognised" in refused(put(tmp_path, "a.csv", "a,b\n1,2\n"))
    assert "not a regular file" in refused(Path(os.devnull))


def test_the_wrong_format_said(refused: Refused) -> None:
    assert "unknown set of columns" in refused(TABLE, "--format", "csl")
    assert "not TOML" in refused(TABLE, "--format", "factfile")
    assert "not whole JSON" in refused(TABLE, "--format", "csl-json")
    assert "a table needs a mapping" in refused(TABLE, "--format", "table")
    assert "not one of the four files" in refused(TABLE, "--format", "ofac-legacy")
    assert "a mapping has one source" in refused(TABLE, "--map", FACTS)


def test_one_bad_file_among_good_ones_stops_the_load(tmp_path: Path, refused: Refused) -> None:
    good = put(tmp_path, "good.toml", FACTS.read_bytes().replace(b"quay", b"other"))
    assert "no such file" in refused(good, tmp_path / "missing.toml")
    bad = put(tmp_path, "bad.toml", '[source]\nid = "x"\n')
    assert "bad.toml, line 1, title: a source needs a title" in refused(good, bad)


def test_without_permission(tmp_path: Path, graph: Path) -> None:
    path = put(tmp_path, "secret.toml", FACTS.read_bytes())
    path.chmod(0)
    drop = "os.setuid(65534); " if os.getuid() == 0 else ""  # nothing is forbidden to root
    if drop:
        for folder in [tmp_path, *tmp_path.parents]:
            if folder == Path(tempfile.gettempdir()):
                break
            folder.chmod(0o755)
    code = (
        "import os, sys, nthtier.explorer.api, nthtier.explorer.commands.load; "
        "import nthtier.loaders.loading; "
        f"from nthtier.explorer.cli import run; {drop}"
        f"sys.exit(run(['--graph', {str(graph)!r}, 'load', {str(path)!r}]))"
    )
    before = state(graph)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 3, done.stderr
    assert done.stderr.startswith("nthtier: ")
    assert "no permission to read it" in done.stderr
    assert state(graph) == before


# --- bytes and marks


def test_byte_order_mark_latin1_utf16_and_nul(tmp_path: Path, refused: Refused) -> None:
    facts = FACTS.read_text("utf-8").replace("quay", "bytes")
    full = (golden.DATA / "csl.csv").read_text("utf-8")
    for name, text in (("facts.toml", facts), ("list.csv", full)):
        mark = refused(put(tmp_path, name, b"\xef\xbb\xbf" + text.encode("utf-8")))
        assert f"{name}, line 1: the file begins with a byte order mark" in mark
        latin = text.replace("Pier", "Piér").encode("latin-1", "replace")
        at = latin.count(b"\n", 0, latin.index(b"\xe9")) + 1
        message = refused(put(tmp_path, name, latin))
        assert f"{name}, line {at}: byte " in message
        assert "Latin-1, perhaps" in message
        nul = text.replace("Pier", "Pi\0r", 1)
        at = nul.count("\n", 0, nul.index("\0")) + 1
        assert f"{name}, line {at}: a NUL byte" in refused(put(tmp_path, name, nul))
    for encoding in ("utf-16", "utf-16-le", "utf-32"):
        refused(put(tmp_path, "list.csv", full.encode(encoding)))


def test_halves(tmp_path: Path, refused: Refused) -> None:
    facts = FACTS.read_bytes()
    packed = gzip.compress(facts)
    for cut in (12, len(packed) // 2, len(packed) - 1):
        message = refused(put(tmp_path, "facts.toml.gz", packed[:cut]))
        assert "facts.toml.gz: the gzip data is cut short or damaged" in message
    assert "cut short or damaged" in refused(put(tmp_path, "x.gz", packed[:-8] + b"\0" * 8))
    path = lists.REDUCED
    require(path.exists(), path.name)
    data = path.read_bytes()
    assert "cut short" in refused(put(tmp_path, path.name, data[: len(data) // 2]))


# --- lists cut short: reliability, row 7


def cuts(size: int) -> list[int]:
    """Return 100 offsets spread over a file, the last of them inside its last record."""
    return sorted({max(1, (size - 5) * i // 99) for i in range(100)})


def test_the_official_csv_cut_at_100_offsets(
    tmp_path: Path, fewer: list[list[str]], refused: Refused
) -> None:
    data = as_csv(fewer)
    whole = put(tmp_path, "whole.csv", data)
    assert run(["--graph", str(tmp_path / "g"), "load", str(whole)]) == 0
    refused.capsys.readouterr()
    messages = {refused(put(tmp_path, "cut.csv", data[:at])) for at in cuts(len(data))}
    assert any("is the file complete?" in m for m in messages)
    assert any("number of fields" in m for m in messages)


def test_the_official_csv_cut_between_rows(
    tmp_path: Path, fewer: list[list[str]], refused: Refused
) -> None:
    for rows in range(1, 290, 9):
        message = refused(put(tmp_path, "cut.csv", as_csv(fewer[:rows])))
        assert "an unlikely number of records" in message


@pytest.mark.parametrize("path", [lists.FULL, lists.REDUCED])
def test_the_real_lists_cut_between_rows_at_100_places(path: Path) -> None:
    header, rows = lists.table(path)
    at = header.index("source")
    codes = [csl.LISTS[r[at].rpartition("(")[2].partition(")")[0]][0] for r in rows]
    document = Input(path.name, path, b"")
    assert check_counts(Counter(codes), csl.RANGES, document, frozenset())
    for part in range(100):
        with pytest.raises(InputError, match="an unlikely number of records"):
            check_counts(
                Counter(codes[: len(codes) * part // 100]), csl.RANGES, document, frozenset()
            )


def test_json_cut_at_100_offsets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refused: Refused
) -> None:
    from test_csl_json import as_json

    monkeypatch.setattr(csl, "RANGES", {})
    monkeypatch.setattr(csl, "FILL_FULL", {})
    data = as_json(lists.dicts_of(golden.DATA / "csl.csv")).encode("utf-8")
    assert run(["--graph", str(tmp_path / "g"), "load", str(put(tmp_path, "w.json", data))]) == 0
    refused.capsys.readouterr()
    for at in cuts(len(data)):
        refused(put(tmp_path, "cut.json", data[:at]))


@pytest.mark.parametrize("role", range(4))
def test_ofac_files_cut_at_100_offsets(
    tmp_path: Path, role: int, monkeypatch: pytest.MonkeyPatch, refused: Refused
) -> None:
    monkeypatch.setattr(ofac_legacy, "RANGES_CONSOLIDATED", {})
    paths = [put(tmp_path, p.name, p.read_bytes()) for p in OFAC]
    assert run(["--graph", str(tmp_path / "g"), "load", *map(str, paths)]) == 0
    refused.capsys.readouterr()
    data = paths[role].read_bytes()
    for at in cuts(len(data)):
        paths[role].write_bytes(data[:at])
        refused(*paths)


# --- the gates of a list: reliability, row 8


def changed(rows: list[list[str]], what: str) -> list[list[str]]:
    header = rows[0]
    column = {name: i for i, name in enumerate(header)}
    if what == "only the header":
        return rows[:1]
    if what == "half the rows":
        return rows[:151]
    if what == "missing":
        return [[v for i, v in enumerate(r) if i != column["title"]] for r in rows]
    if what == "renamed":
        return [["name_" if v == "title" else v for v in header], *rows[1:]]
    if what == "reordered":
        return [[r[-1], *r[:-1]] for r in rows]
    if what == "extra":
        return [[*header, "more"], *([*r, "x"] for r in rows[1:])]
    if what == "twice":
        return [[*header, "name"], *([*r, "x"] for r in rows[1:])]
    emptied = column[what]
    return [header, *([v if i != emptied else "" for i, v in enumerate(r)] for r in rows[1:])]


@pytest.mark.parametrize(
    ("what", "gate", "message"),
    [
        ("only the header", "counts", "an unlikely number of records"),
        ("half the rows", "counts", "an unlikely number of records"),
        ("missing", "columns", "unknown set of columns (missing: title)"),
        ("renamed", "columns", "(missing: title; not known: name_)"),
        ("reordered", "columns", "the columns are in another order"),
        ("extra", "columns", "(not known: more)"),
        *((column, "fill", f"{column}: the column is emptier than it may be")
          for column in ("addresses", "ids", "alt_names", "programs", "license_requirement",
                         "license_policy", "start_date", "federal_register_notice", "remarks",
                         "type", "dates_of_birth")),
    ],
)  # fmt: skip
def test_gates_refuse_and_an_override_is_recorded(
    tmp_path: Path, fewer: list[list[str]], refused: Refused, what: str, gate: str, message: str
) -> None:
    path = put(tmp_path, "list_2024-05.csv", as_csv(changed(fewer, what)))
    assert message in refused(path)
    for other in {"counts", "columns", "fill"} - {gate}:
        if gate != "fill" or other != "counts":  # a list cut down says nothing of its columns
            assert message in refused(path, "--allow", other)
    folder = tmp_path / "graph"
    assert run(["--graph", str(folder), "load", str(path), "--allow", gate]) == 0
    (source,) = [s for s in Store(folder).open().sources.values() if s.id == "us-csl@2024-05"]
    assert source.allowed == (gate,)


def test_a_column_twice_is_never_allowed(
    tmp_path: Path, fewer: list[list[str]], refused: Refused
) -> None:
    path = put(tmp_path, "list.csv", as_csv(changed(fewer, "twice")))
    assert "a column twice (found 'name')" in refused(path, "--allow", "columns")


def test_an_edition_far_smaller_than_the_one_before(
    tmp_path: Path, fewer: list[list[str]], monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    folder = tmp_path / "graph"
    first = put(tmp_path, "list_2024-05.csv", as_csv(fewer))
    assert run(["--graph", str(folder), "load", str(first)]) == 0
    monkeypatch.setattr(csl, "RANGES", {})
    monkeypatch.setattr(csl, "FILL_FULL", {})
    later = put(tmp_path, "list_2024-06.csv", as_csv(fewer[:170]))
    before = {k: v for k, v in state(folder).items() if k != "lock"}
    capsys.readouterr()
    assert run(["--graph", str(folder), "load", str(later)]) == 3
    assert "far fewer records than an edition loaded before" in capsys.readouterr().err
    assert {k: v for k, v in state(folder).items() if k != "lock"} == before
    assert run(["--graph", str(folder), "load", str(later), "--allow", "counts"]) == 0


# --- nonsense: reliability, row 18


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 100
    assert len({c.text for c in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_nonsense_is_refused_with_file_and_line(
    tmp_path: Path, case: Case, refused: Refused
) -> None:
    message = refused(put(tmp_path, "facts.toml", case.text))
    assert message.startswith(f"nthtier: facts.toml, line {case.line}"), message
    assert case.field is None or f", {case.field}: " in message


@pytest.mark.parametrize("name", LEGAL)
def test_strange_but_legal(tmp_path: Path, name: str) -> None:
    path = put(tmp_path, "facts.toml", LEGAL[name])
    assert run(["--graph", str(tmp_path / "g"), "load", str(path)]) == 0
    assert run(["--graph", str(tmp_path / "g"), "info"]) == 0
