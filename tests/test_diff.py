"""``diff`` as a user runs it: real lists, files beside a graph, a portfolio, and bad input."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from editions import DOC, NEW, OLD, Editing, company, entry, tie
from lists import FULL, REDUCED, table, write
from nthtier.explorer.cli import run
from nthtier.graph.model import statement
from nthtier.graph.store import Store
from support import ROOT, require

DATA = ROOT / "tests" / "data"


def answer(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> dict[str, Any]:
    assert run([*map(str, arguments), "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_the_lists_of_2022_and_2026(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    require(FULL.exists() and REDUCED.exists(), "real list files")
    portfolio = tmp_path / "mine.csv"
    portfolio.write_text('name\n"Inspur Software Co., Ltd."\n"INSPUR GROUP CO., LTD."\n'
                         "Loongson Technology\nPower Dragon Ltd\n", "utf-8")  # fmt: skip
    graph = tmp_path / "graph"
    found = answer(capsys, "--graph", graph, "diff", FULL, REDUCED, "--portfolio", portfolio)
    assert not graph.exists()
    added = {(x["entity"]["name"], x["list"]) for x in found["entries"] if x["what"] == "added"}
    inspur = {n for n, on in added if on == "us-bis-el" and "Inspur" in n}
    assert len(inspur) == 7 and "Inspur Group Co., Ltd." in inspur
    assert ("Loongson Technology", "us-bis-el") in added
    assert {x["cause"] for x in found["entries"]} == {"list"}
    loongson = next(x for x in found["entries"] if x["entity"]["name"] == "Loongson Technology")
    assert loongson["after"]["citation"] == ["88 FR 13675"]
    assert loongson["why"] == "us-csl@2022-05 -> us-csl-reduced@2026-07-31"
    missing = {x.get("field") for x in found["not_compared"]}
    assert {"address", "since", "id:uscc"} <= missing and found["relations"] == []
    # Every entry of the newer file that a plain look-up of names and keys does not find is there.
    counts = found["summary"]["lists"]["us-bis-el"]
    old, new = (sum("(EL)" in r[i] for r in table(p)[1]) for p, i in ((FULL, 1), (REDUCED, 1)))
    assert abs((counts["added"] - counts["removed"]) - (new - old)) < 0.02 * new
    changes = found["findings"]["changes"]
    assert [(c["what"], c["subject"]["name"], c["cause"]) for c in changes] == [
        ("appears", "Inspur Software Co., Ltd.", "list"),
        ("appears", "Loongson Technology", "list"),
        ("changes", "INSPUR GROUP CO., LTD.", "list"),
    ]
    assert [x["what"] for x in changes[2]["listing"]] == ["changed", "added"]


def test_renumbered_reordered_and_respaced_is_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    header, rows = table(REDUCED)
    shuffled = list(reversed(range(len(header))))
    renumbered = [
        [str(10**6 - n), *r[1:5], *(c.replace(" ", "  ") for c in r[5:])]
        for n, r in enumerate(reversed(rows))
    ]
    other = write(tmp_path / "again_2026-08-31.csv", [header[i] for i in shuffled],
                  [[r[i] for i in shuffled] for r in renumbered])  # fmt: skip
    found = answer(capsys, "diff", REDUCED, other, "--allow", "columns")
    assert (found["entries"], found["relations"], found["identities"]) == ([], [], [])
    assert found["before"]["version"] != found["after"]["version"]


@pytest.fixture
def graph(tmp_path: Path) -> Editing:
    """Four versions: facts; with a list; both as they are later; and with a recorded decision."""
    graph = Editing(tmp_path / "graph")
    gamma = "us-bis-el:gamma co., ltd.:cn"
    facts = [*company("doc#alpha", "Alpha"), *company("doc#beta", "Beta"),
             *company("doc#works", "Gamma Works"), tie("doc#alpha", "SUPPLIES", gamma),
             tie("doc#beta", "OWNS", gamma, share=(51.0, 51.0)),
             statement(gamma, "name", value="Gamma Co., Ltd.", source=DOC.id, locator="1"),
             statement(gamma, "country", value="cn", source=DOC.id, locator="1")]  # fmt: skip
    graph.write([DOC], facts)
    graph.write([DOC, OLD], [*facts, *entry("Gamma Co., Ltd.", OLD, license_policy="Case-by-case")])
    later = [s for s in facts if s.predicate != "OWNS"]
    later.append(tie("doc#beta", "OWNS", gamma, share=(20.0, 20.0)))
    later += entry("Gamma Co., Ltd.", NEW, license_policy="Denial")
    graph.write([replace(DOC, sha256="ee"), NEW], later)
    decision = statement("doc#works", "id:us-bis-el", value="Gamma Co., Ltd.", source=DOC.id,
                         locator="2")  # fmt: skip
    graph.write([replace(DOC, sha256="ff"), NEW], [*later, decision])
    return graph


def portfolio(tmp_path: Path, *names: str) -> Path:
    path = tmp_path / "portfolio.csv"
    path.write_text("\n".join(["name", *names]) + "\n", "utf-8")
    return path


def test_findings_that_come_and_go_with_a_list(
    graph: Editing, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = portfolio(tmp_path, "Alpha", "Beta", "Nobody Here")
    base = ("--graph", graph.store.folder, "diff")
    found = answer(capsys, *base, "HEAD~3", "HEAD~2", "--portfolio", mine)["findings"]
    assert [(c["what"], c["subject"]["name"], c["cause"]) for c in found["changes"]] == [
        ("appears", "Alpha", "list"), ("appears", "Beta", "list"),
    ]  # fmt: skip
    assert (
        "listing new: Gamma Co., Ltd. is on us-bis-el, as el@2022 says"
        in (found["changes"][0]["why"])
    )
    assert found["summary"]["causes"] == {"list": 2}
    assert [u["name"] for u in found["unresolved"]["after"]] == ["Nobody Here"]
    back = answer(capsys, *base, "HEAD~2", "HEAD~3", "--portfolio", mine)["findings"]
    assert [(c["what"], c["cause"]) for c in back["changes"]] == [("vanishes", "list")] * 2


def test_findings_that_change_by_relation_and_by_decision(
    graph: Editing, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = portfolio(tmp_path, "Alpha", "Beta", "Gamma Works")
    base = ("--graph", graph.store.folder, "diff")
    found = answer(capsys, *base, "HEAD~2", "HEAD~1", "--portfolio", mine)
    changes = {c["subject"]["name"]: c for c in found["findings"]["changes"]}
    beta = changes["Beta"]
    assert (beta["what"], set(beta["fields"])) == ("changes", {"strength"})
    assert [c["kind"] for c in beta["causes"]] == ["list", "relation"]
    assert any("share [51.0, 51.0] -> [20.0, 20.0]" in w for w in beta["why"])
    alpha = changes["Alpha"]  # only the licence terms of its customer are others
    assert alpha["fields"] == {} and [c["kind"] for c in alpha["causes"]] == ["list"]
    assert [x["fields"]["license_policy"]["after"] for x in alpha["listing"]] == [["Denial"]]
    assert "Gamma Works" not in changes

    decided = answer(capsys, *base, "HEAD~1", "HEAD", "--portfolio", mine)
    (identity,) = decided["identities"]
    assert (identity["what"], identity["cause"]) == ("merged", "identity")
    (works,) = (c for c in decided["findings"]["changes"] if c["what"] == "appears")
    assert works["subject"]["name"] == "Gamma Works"
    assert "identity" in [c["kind"] for c in works["causes"]]


def test_a_file_beside_a_version_is_as_if_it_were_loaded(
    graph: Editing, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    facts = tmp_path / "facts.toml"
    facts.write_text(
        '[source]\nid = "new"\ntitle = "New"\ndate = 2025-01-01\n\n[[relation]]\n'
        'from = "Newcomer"\ntype = "SUPPLIES"\nto = "Gamma Co., Ltd."\n', "utf-8",
    )  # fmt: skip
    head = graph.store.head()
    before = sorted(graph.store.folder.rglob("*"))
    found = answer(capsys, "--graph", graph.store.folder, "diff", str(head)[2:8], facts)
    assert [(x["what"], x["from"]["name"], x["cause"]) for x in found["relations"]] == [
        ("added", "Newcomer", "relation")
    ]
    assert found["entries"] == [] and found["before"]["version"] == head
    assert graph.store.head() == head and sorted(graph.store.folder.rglob("*")) == before


def test_csv_and_terminal_say_the_same(
    graph: Editing, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "diff.csv"
    base = ["--graph", str(graph.store.folder), "diff", "HEAD~2", "HEAD"]
    mine = str(portfolio(tmp_path, "Beta"))
    assert run([*base, "--csv", str(out), "--portfolio", mine]) == 0
    assert capsys.readouterr().out == ""
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {r["kind"] for r in rows} == {"entry", "relation", "identity", "finding"}
    policy = next(r for r in rows if r["field"] == "license_policy")
    assert (policy["before"], policy["after"], policy["cause"]) == (
        "Case-by-case", "Denial", "list",
    )  # fmt: skip
    assert run([*base, "--portfolio", mine, "--limit", "1"]) == 0
    text = capsys.readouterr().out
    for words in ("license_policy: Case-by-case -> Denial  [list]", "Findings that differ (1)",
                  "51 %, stated -> 20 %, stated", "merged: ", "because identity: "):  # fmt: skip
        assert words in text, words
    assert "… and 1 more" in text


def test_names_are_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    graph = Editing(tmp_path / "graph")
    graph.alone(OLD, entry("Alpha Co., Ltd."))
    graph.alone(NEW, entry("=cmd|' /C calc'!A1 \x1b[31m\u202e Co., Ltd.", NEW))
    base = ["--graph", str(graph.store.folder), "diff", "HEAD~1", "HEAD"]
    assert run(base) == 0
    text = capsys.readouterr().out
    assert "\x1b[31m" not in text and "\\x1b[31m\\u202e" in text
    out = tmp_path / "out.csv"
    assert run([*base, "--csv", str(out)]) == 0
    with out.open(encoding="utf-8", newline="") as file:
        names = [r["name"] for r in csv.DictReader(file)]
    assert names[0].startswith("'=cmd")


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["v-0123", "HEAD"], 1, "has no version 'v-0123'"),
        (["HEAD", "HEAD~7"], 1, "the history of"),
        (["v-", "HEAD"], 3, "no such file, and no version of this name"),
        (["HEAD", "nowhere.csv"], 3, "nowhere.csv: no such file"),
        (["HEAD", "{odd}"], 3, "odd.bin, line 1: the format is not recognised"),
        (["HEAD", "{empty}"], 3, "the file is empty"),
        (["{nothing}", "HEAD"], 3, "a folder without files"),
        (["HEAD", "HEAD", "--portfolio", "{header}"], 3, "a portfolio without companies"),
        (["HEAD", "HEAD", "--portfolio", "{empty}"], 3, "the file is empty"),
        (["HEAD", "HEAD", "--list", "no-list"], 2, "is no list; one of us-bis-el"),
        (["HEAD", "HEAD", "--csv", "{nothing}"], 2, "is a directory"),
        (["HEAD"], 2, "Missing argument 'B'"),
    ],
)
def test_bad_input_is_one_line(
    graph: Editing, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str],
    status: int, words: str,
) -> None:  # fmt: skip
    paths = {n: str(tmp_path / n) for n in ("empty", "nothing", "header")}
    paths["odd"] = str(tmp_path / "odd.bin")
    (tmp_path / "odd.bin").write_bytes(b"\x00\x01odd")
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "header").write_text("name,country\n", "utf-8")
    (tmp_path / "nothing").mkdir()
    given = [a.format(**paths) for a in arguments]
    assert run(["--graph", str(graph.store.folder), "diff", *given]) == status
    shown = capsys.readouterr()
    assert words in shown.err and "Traceback" not in shown.err and shown.out == ""
    if status != 2:
        assert shown.err.count("\n") == 1


def test_without_a_graph_files_can_be_compared_and_versions_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    graph = tmp_path / "none"
    facts = DATA / "facts.toml"
    found = answer(capsys, "--graph", graph, "diff", facts, facts)
    assert found["entries"] == [] and found["sources"] == [] and not graph.exists()
    assert run(["--graph", str(graph), "diff", "HEAD", str(facts)]) == 4
    assert "there is no graph" in capsys.readouterr().err


def test_a_prefix_of_several_versions_lists_them(
    graph: Editing, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = graph.store.folder
    head = Store(folder).open()
    letter = head.id[2]
    twin = folder / "versions" / f"v-{letter}{'0' * 15}"
    twin.mkdir()
    assert run(["--graph", str(folder), "diff", f"v-{letter}", "HEAD"]) == 1
    err = capsys.readouterr().err
    assert f"several versions begin with 'v-{letter}'" in err and head.id in err
