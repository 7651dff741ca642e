"""The command line as a contract: exit codes, JSON, candidates, exports with hostile strings."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from graph_folders import facts, nthtier
from nthtier.explorer.cli import run
from nthtier.explorer.exports import write_csv, write_json
from nthtier.graph import model
from nthtier.graph.build import build
from nthtier.graph.model import Source, statement
from nthtier.graph.store import Store
from nthtier.graph.version import Version
from nthtier.loaders.loading import load
from nthtier.loaders.registry import SHIPPED
from nthtier.queries.lookup import exact
from support import SHARED, require


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A graph of the shipped facts."""
    graph = tmp_path_factory.mktemp("case") / "graph"
    load(Store(graph), sorted(SHIPPED.glob("*.toml")))
    return graph


@pytest.fixture
def cli(case: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """Run a command on the shipped case; returns status, output and messages."""

    def call(*arguments: str) -> tuple[int, str, str]:
        status = run(["--graph", str(case), *arguments])
        said = capsys.readouterr()
        return status, said.out, said.err

    return call


@pytest.fixture
def result(cli: Any) -> Any:
    """Run a command with ``--json`` and return what it answers."""

    def call(*arguments: str) -> Any:
        status, out, err = cli(*arguments, "--json")
        assert (status, err) == (0, "")
        return json.loads(out)

    return call


# trace


def test_trace_json_follows_the_contract(result: Any, case: Path) -> None:
    found = result("trace", "Microsoft", "--to", "Inspur Group")
    assert found["format"] == 1 and found["version"] == Store(case).head()
    assert {"subject", "to", "lens", "types", "direction", "via", "avoid", "max_hops", "limit",
            "as_of", "known", "min_share"} <= found["query"].keys()  # fmt: skip
    assert found["query"]["subject"] == "microsoft" and found["query"]["to"] == ["inspur-group"]
    coverage = found["coverage"]
    assert {"sources", "max_hops", "types", "entities", "relations", "complete",
            "stopped_by"} <= coverage.keys()  # fmt: skip
    assert coverage["complete"] is True and coverage["stopped_by"] is None
    dates = {s["id"]: s["date"] for s in coverage["sources"]}
    assert dates["article-inspur-2023-03"] == "2023-03"
    assert found["findings"]
    for f in found["findings"]:
        assert f["class"] in ("listed", "captured", "exposed", "possible", "none")
        assert {"id", "name", "type", "country"} <= f["subject"].keys()
        assert f["target"]["id"] == "inspur-group" and f["rule"] is None
        assert f["hops"] == len(f["path"]) > 0 and 0 < f["strength"] <= 1
        at = f["subject"]["id"]
        for hop in f["path"]:
            assert hop["read"] in ("forward", "backward") and hop["basis"] in (
                "stated", "inferred", "disputed"
            )  # fmt: skip
            assert hop["share"] is None or len(hop["share"]) == 2
            assert hop["evidence"]
            for e in hop["evidence"]:
                assert e["statement"] and e["locator"] and e["source"] in dates
            start, end = ("from", "to") if hop["read"] == "forward" else ("to", "from")
            assert hop[start]["id"] == at
            at = hop[end]["id"]
        assert at == f["target"]["id"]
    direct = next(f for f in found["findings"] if f["hops"] == 1 and f["since"] == "2005")
    assert direct["class"] == "exposed"
    assert direct["sentence"].startswith("Microsoft invested in Inspur Group")
    lists = {x["list"]: x for x in direct["target"]["listings"]}
    entity_list = lists["us-bis-el"]
    assert entity_list["since"] == "2023-03-02" and "88 FR 13673" in entity_list["citation"]
    assert entity_list["license_policy"] == "Presumption of denial"
    assert entity_list["footnotes"] == [4] and lists["us-ofac-ns-cmic"]["since"] == "2021-06-03"


def test_before_the_listing_there_is_no_path_and_a_reason(result: Any) -> None:
    for target in ("us-bis-el", "Inspur Group"):
        found = result("trace", "Microsoft", "--to", target, "--as-of", "2019-01-01")
        assert {f["class"] for f in found["findings"]} == {"none"}
        assert "2023-03-02" in found["findings"][0]["sentence"]
    text = found["findings"][0]["sentence"]
    assert "Inspur Group was on no list on 2019-01-01" in text


def test_an_undated_listing_is_not_older_than_its_list(result: Any) -> None:
    assert result("trace", "China Mobile", "--max-hops", "0", "--as-of", "2021-06-02")["findings"][
        0
    ]["class"] == "none"  # fmt: skip
    found = result("trace", "China Mobile", "--max-hops", "0", "--as-of", "2021-06-03")
    assert {x["list"]: x["since"] for x in found["findings"][0]["target"]["listings"]} == {
        "us-dod-1260h": None, "us-ofac-ns-cmic": "2021-06-03",
    }  # fmt: skip


def test_revenue_goes_two_hops_downstream(result: Any) -> None:
    found = result("trace", "Nvidia", "--lens", "revenue")
    two = {f["target"]["name"]: f for f in found["findings"] if f["hops"] == 2}
    assert {"Baidu", "Alibaba", "Tencent", "China Mobile"} <= two.keys()
    assert [h["type"] for h in two["Baidu"]["path"]] == ["SUPPLIES", "SUPPLIES"]
    assert [h["basis"] for h in two["Baidu"]["path"]] == ["inferred", "stated"]
    assert two["Baidu"]["strength"] < next(
        f["strength"] for f in found["findings"] if f["hops"] == 1
    )


def test_a_limit_never_looks_like_a_whole_answer(result: Any, cli: Any) -> None:
    found = result("trace", "Nvidia", "--lens", "revenue", "--limit", "1")
    assert found["coverage"]["complete"] is False and found["coverage"]["stopped_by"] == "limit"
    status, _, err = cli("trace", "Nvidia", "--lens", "revenue", "--limit", "1")
    assert status == 0 and "not complete" in err


def test_evidence_is_shown(cli: Any) -> None:
    status, out, _ = cli("trace", "Microsoft", "--to", "Inspur Group", "--evidence")
    assert status == 0
    assert "paragraph 5" in out and "China Daily" in out and "15.51 %" in out
    assert "disputed: another source says that it had ended" in out


# find, info


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("浪潮", "inspur-group"),
        ("浪潮集团", "inspur-group"),
        ("Langchao", "inspur-group"),
        ("LANGCHAO", "inspur-group"),
        ("913700001630477270", "inspur-group"),
        ("uscc:913700001630477270", "inspur-group"),
        ("Inspur Group Company Limited", "inspur-group"),
        ("IEIT Systems", "ieit"),
        ("000977.SZ", "ieit"),
        ("MSFT", "microsoft"),
        ("英伟达", "nvidia"),
        ("China Mobile", "china-mobile"),
        ("China Mobile Limited", "china-mobile-limited"),
        ("Mircosoft", "microsoft"),
    ],
)
def test_find(result: Any, text: str, expected: str) -> None:
    found = result("find", text)
    assert found[0]["id"] == expected
    for match in found:
        assert {"id", "name", "score", "reason", "listings"} <= match.keys()
        assert 0 < match["score"] <= 1 and match["reason"]
    assert [m["score"] for m in found] == sorted((m["score"] for m in found), reverse=True)
    assert (found[0]["score"] < 0.95) == (text == "Mircosoft")  # only a similar name


def test_find_shows_listings_and_reasons(cli: Any) -> None:
    status, out, _ = cli("find", "Langchao")
    assert status == 0 and "an alias: Langchao" in out and "us-bis-el since 2023-03-02" in out
    status, out, err = cli("find", "zzzzqqqq")
    assert (status, out) == (1, "") and "nothing like" in err
    status, out, _ = cli("find", "zzzzqqqq", "--json")
    assert status == 1 and json.loads(out) == []


def test_info(result: Any, cli: Any, case: Path) -> None:
    found = result("info")
    assert found["version"] == Store(case).head() == found["history"][-1]["id"]
    version = Store(case).open()
    assert found["counts"]["relations"] == version.snapshot.relations
    assert sum(found["by_type"]["relations"].values()) == version.snapshot.relations
    assert sum(found["by_type"]["entities"].values()) == version.snapshot.entities
    assert {s["id"] for s in found["sources"]} == set(version.sources)
    status, out, _ = cli("info")
    assert status == 0 and version.id in out and "2023-03" in out


# Exit codes, and which graph


def test_exit_codes(tmp_path: Path, case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text('[source]\nid = "x"\ntitle = "X"\n[[relation]]\nfrom = "A"\n', "utf-8")
    graph = ["--graph", str(case)]
    for status, arguments, message in (
        (0, [*graph, "trace", "Microsoft"], ""),
        (1, [*graph, "trace", "No Such Company At All"], "nothing here is named"),
        (1, [*graph, "trace", "x", "--id"], "no entity has the id"),
        (1, [*graph, "trace", "Nvidia", "--lens", "finance", "--types", "SUPPLIES"], "left to"),
        (2, [*graph, "trace"], "Missing argument"),
        (2, [*graph, "trace", "Nvidia", "--as-of", "2023-02-30"], "is not a date"),
        (2, [*graph, "trace", "Nvidia", "--lens", "sales"], "'sales' is not one of"),
        (2, [*graph, "export", "--format", "csv"], "--out"),
        (2, ["no-such-command"], "No such command"),
        (3, [*graph, "load", str(wrong)], "wrong.toml, line 4"),
        (3, [*graph, "load", str(tmp_path / "none.csv")], "none.csv"),
        (4, ["--graph", str(tmp_path / "none"), "trace", "Nvidia"], "there is no graph"),
    ):
        assert run(arguments) == status, arguments
        said = capsys.readouterr()
        assert message in said.err
        assert (said.out == "") == (status != 0)


def test_an_ambiguous_name_lists_the_candidates(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "twins.toml"
    path.write_text(
        '[source]\nid = "t"\ntitle = "T"\n'
        + "".join(
            f'[[entity]]\nid = "twin-{c}"\nname = "Twin Group"\ntype = "Company"\ncountry = "{c}"\n'
            f'[[relation]]\nfrom = "twin-{c}"\ntype = "LISTED_ON"\nto = "us-bis-el"\n'
            for c in ("cn", "sg")
        ),
        "utf-8",
    )
    graph = ["--graph", str(tmp_path / "graph")]
    assert run([*graph, "load", str(path)]) == 0
    capsys.readouterr()
    assert run([*graph, "trace", "twin group"]) == 1
    said = capsys.readouterr()
    assert "names 2 entities" in said.err and said.out == ""
    assert "twin-cn  Twin Group (CN)" in said.err and "twin-sg  Twin Group (SG)" in said.err
    assert run([*graph, "trace", "twin-sg", "--id"]) == 0


def test_the_graph_comes_from_the_option_else_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: Path
) -> None:
    monkeypatch.setenv("NTHTIER_GRAPH", str(tmp_path / "mine"))
    monkeypatch.chdir(tmp_path)
    assert run(["load", str(facts(tmp_path / "a.toml", "a"))]) == 0
    assert (tmp_path / "mine" / "HEAD").exists() and not (tmp_path / "nthtier-graph").exists()
    assert run(["trace", "a maker 1"]) == 0
    assert run(["--graph", str(case), "trace", "a maker 1"]) == 1
    monkeypatch.delenv("NTHTIER_GRAPH")
    assert run(["load", str(tmp_path / "a.toml")]) == 0
    assert (tmp_path / "nthtier-graph" / "HEAD").exists()


def test_a_pipe_has_no_colour_and_a_closed_one_is_no_error(case: Path) -> None:
    done = nthtier(case, "trace", "Nvidia", "--evidence")
    assert done.returncode == 0 and "\x1b" not in done.stdout
    assert "Nvidia supplies Inspur Group" in done.stdout


# export, with hostile strings


@pytest.fixture(scope="module")
def hostile() -> list[str]:
    path = SHARED / "corpora" / "all_hostile_strings.json"
    require(path.exists(), "the published hostile strings")
    found: list[str] = json.loads(path.read_text("utf-8"))
    signs = [f"{sign}cmd|' /C calc'!A0" for sign in "=+-@\t\r"]
    return [*found, *signs, "nul\x00within", "two\r\nlines", 'quo"te,comma']


@pytest.fixture(scope="module")
def hostile_version(hostile: list[str], tmp_path_factory: pytest.TempPathFactory) -> Version:
    """Each hostile string is the name of a company, and a note and a locator about it."""
    said = []
    for number, text in enumerate(hostile):
        key = f"doc#h{number:04}"
        said.append(statement(key, model.NAME, value=text, source="doc", locator="1"))
        said.append(statement(key, "SUPPLIES", object="doc#h0000", source="doc", locator=text,
                              note=text, since="2020"))  # fmt: skip
    store = Store(tmp_path_factory.mktemp("hostile") / "graph")
    with store.writing():
        store.write(build([Source("doc", "doc", "Hostile")], said[:1] + said[2:]),
                    parent=None, command="test")  # fmt: skip
    return store.open()


def test_json_export_is_exact(hostile: list[str], hostile_version: Version) -> None:
    text = io.StringIO()
    write_json(hostile_version, text)
    found = json.loads(text.getvalue())
    assert found["version"] == hostile_version.id
    by_entity = {row["entity"]: row["name"] for row in found["names"]}
    assert [by_entity[f"h{n:04}"] for n in range(len(hostile))] == hostile
    notes = {r["subject"]: r["note"] for r in found["statements"] if r["predicate"] == "SUPPLIES"}
    assert [notes[f"doc#h{n:04}"] for n in range(1, len(hostile))] == hostile[1:]


def test_csv_export_is_neutral_and_exact_otherwise(
    hostile: list[str], hostile_version: Version, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    limit = csv.field_size_limit(10_000_000)
    request.addfinalizer(lambda: csv.field_size_limit(limit))  # loaders have their own
    signs = 0
    paths = write_csv(hostile_version, tmp_path / "out")
    tables = {}
    for path in paths:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, strict=True))
        tables[path.stem] = rows
        for row in rows:
            for cell in row.values():
                assert not cell.startswith(("=", "+", "@", "\t", "\r")) and "\x00" not in cell
                if cell.startswith("-"):
                    float(cell)  # a number, and nothing else, may begin so
    by_entity = {row["entity"]: row["name"] for row in tables["names"]}
    for number, text in enumerate(hostile):
        cell, plain = by_entity[f"h{number:04}"], text.replace("\x00", "\ufffd")
        marked = text.startswith(("=", "+", "-", "@", "\t", "\r"))
        signs += marked
        assert cell == (f"'{plain}" if marked else plain)
    assert signs >= 40


def test_every_hostile_name_is_found_as_it_is(hostile: list[str], hostile_version: Version) -> None:
    for number, text in enumerate(hostile):
        if text.strip():
            ids = [
                r["id"]
                for r in hostile_version.rows(
                    "entities", [m.entity for m in exact(hostile_version, text)], ["id"]
                )
            ]
            assert f"h{number:04}" in ids, repr(text)


def test_hostile_names_do_not_reach_the_terminal(
    hostile_version: Version, capsys: pytest.CaptureFixture[str]
) -> None:
    graph = hostile_version.folder.parent.parent
    assert run(["--graph", str(graph), "trace", "h0001", "--id", "--to", "h0000"]) == 0
    for number in range(0, 2700, 9):
        run(["--graph", str(graph), "trace", f"h{number:04}", "--id", "--max-hops", "0"])
    said = capsys.readouterr()
    for text in (said.out, said.err):
        assert not {c for c in text if not c.isprintable()} - {"\n"}


def test_export_command(cli: Any, case: Path, tmp_path: Path) -> None:
    status, out, _ = cli("export", "--format", "json")
    assert status == 0
    whole = json.loads(out)
    assert whole["format"] == 1 and whole["version"] == Store(case).head()
    status, _, _ = cli("export", "--format", "json", "--out", str(tmp_path / "graph.json"))
    assert status == 0 and json.loads((tmp_path / "graph.json").read_text("utf-8")) == whole
    status, out, _ = cli("export", "--format", "csv", "--out", str(tmp_path / "tables"))
    assert status == 0 and len(out.split()) == len(whole) - 2
    with (tmp_path / "tables" / "relations.csv").open(encoding="utf-8", newline="") as file:
        assert len(list(csv.DictReader(file))) == len(whole["relations"])
    assert not list(tmp_path.rglob("*.new"))
    status, _, err = cli("export", "--format", "csv", "--out", str(tmp_path / "graph.json"))
    assert status == 4 and "cannot write" in err
