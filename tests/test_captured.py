"""``captured``, ``owners`` and ``rules`` as a person runs them: the case, and made-up facts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nthtier.explorer.cli import run
from nthtier.graph.store import Store
from nthtier.loaders.loading import load
from nthtier.loaders.registry import SHIPPED
from nthtier.queries.rulebook import rulebook
from test_rules import GOOD

JV, GROUP, IEIT = "inspur-cisco", "inspur-group", "ieit"
MADE_UP = """
[source]
id = "made-up"
title = "A made-up document"
date = 2024-01-01

[[entity]]
id = "x"
name = "Xenon Trading"
country = "cn"
[[entity]]
id = "y"
name = "Yarrow Holding"
country = "ru"
[[entity]]
id = "a"
name = "Alder Works"
country = "cn"
[[entity]]
id = "b"
name = "Birch Works"
[[entity]]
id = "p"
name = "A Person"
type = "Person"
[[entity]]
id = "us"
name = "Ulmus Corp"
country = "us"
"""


def relation(a: str, kind: str, b: str, **more: Any) -> str:
    lines = [f'from = "{a}"', f'type = "{kind}"', f'to = "{b}"']
    lines += [f"{k.rstrip('_')} = {json.dumps(v)}" for k, v in more.items()]
    return "[[relation]]\n" + "\n".join(lines) + "\n"


class Graph:
    """A graph and the command line on it."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys = folder, capsys

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        status = run(["--graph", str(self.folder), *arguments])
        said = self.capsys.readouterr()
        return status, said.out, said.err

    def json(self, *arguments: str) -> Any:
        status, out, err = self(*arguments, "--json")
        assert (status, err) == (0, ""), err
        return json.loads(out)

    def rule(self, entity: str, rule: str, day: str, *more: str) -> Any:
        """Return the one finding about an entity."""
        found = self.json("captured", "--rule", rule, "--entity", entity, "--id", "--as-of", day,
                          *more)["findings"]  # fmt: skip
        assert len(found) == 1
        return found[0]

    def says(self, subject: str, activity: str, day: str) -> dict[str, Any]:
        """Return what each rule says, by its id."""
        found = self.json("rules", "--for", subject, "--id", "--activity", activity,
                          "--as-of", day)  # fmt: skip
        return {x["id"]: x for x in found["says"]} | {"": found["standing"]}


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    graph = tmp_path_factory.mktemp("case") / "graph"
    load(Store(graph), sorted(SHIPPED.glob("*.toml")))
    return graph


@pytest.fixture
def case(shipped: Path, capsys: pytest.CaptureFixture[str]) -> Graph:
    """The shipped case."""
    return Graph(shipped, capsys)


@pytest.fixture
def made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """Make a graph of made-up relations."""

    def make(*relations: str) -> Graph:
        path = tmp_path / "facts.toml"
        path.write_text(MADE_UP + "\n".join(relations), "utf-8")
        load(Store(tmp_path / "graph"), [path])
        return Graph(tmp_path / "graph", capsys)

    return make


# Made-up facts


SDN = ("x", "LISTED_ON", "us-ofac-sdn")


def test_only_the_rules_lists_and_programmes_count(made: Any) -> None:
    graph = made(
        relation("x", "LISTED_ON", "us-bis-uvl"), relation("x", "OWNS", "a", share="100"),
        relation("y", "LISTED_ON", "us-ofac-sdn", programme="CUBA"),
        relation("y", "OWNS", "b", share="100"),
    )  # fmt: skip
    for entity in ("a", "b"):
        assert graph.rule(entity, "bis-affiliates", "2025-10-15")["rule"]["answer"] == "not met"
    assert graph.rule("b", "us-ofac-50", "2025-10-15")["rule"]["answer"] == "met"


def test_an_sdn_whose_programme_is_not_known_leaves_it_open(made: Any) -> None:
    graph = made(relation(*SDN), relation("x", "OWNS", "a", share="60"),
                 relation("y", "LISTED_ON", "us-ofac-sdn", programme="SDGT"),
                 relation("y", "OWNS", "b", share="60"))  # fmt: skip
    open_ = graph.rule("a", "bis-affiliates", "2025-10-15")["rule"]
    assert open_["answer"] == "cannot be determined"
    assert open_["missing"][0]["fact"] == "owner" and open_["missing"][0]["decides"]
    assert graph.rule("b", "bis-affiliates", "2025-10-15")["rule"]["answer"] == "met"


def test_a_missing_share_is_named_with_what_would_decide_and_the_red_flag(made: Any) -> None:
    graph = made(relation("x", "LISTED_ON", "us-bis-el", license_policy="Case-by-case"),
                 relation("x", "OWNS", "a"), relation("x", "OWNS", "b", share="20"),
                 relation("y", "LISTED_ON", "us-bis-el", license_policy="Policy of denial"),
                 relation("y", "OWNS", "b", share="25-40"))  # fmt: skip
    unknown = graph.rule("a", "bis-affiliates", "2025-10-15")["rule"]
    assert unknown["answer"] == "cannot be determined" and unknown["share"] == [0, 100]
    assert "at least 50 % would meet the rule" in unknown["missing"][0]["text"]
    assert any("Red Flag 29" in f["text"] for f in unknown["red_flags"])
    both = graph.rule("b", "bis-affiliates", "2025-10-15")["rule"]
    assert both["share"] == [45, 60] and "at least 30 %" in both["missing"][0]["text"]
    assert both["licence"]["policy"] == "policy_of_denial"
    assert {o["id"] for o in both["licence"]["owners"]} == {"x", "y"}


def test_the_eu_threshold_changes_and_control_suffices(made: Any) -> None:
    graph = made(relation("x", "LISTED_ON", "eu-fsf"), relation("x", "OWNS", "a", share="50"),
                 relation("x", "CONTROLS", "b"))  # fmt: skip
    assert graph.rule("a", "eu-own-control", "2024-07-02")["rule"]["answer"] == "not met"
    assert graph.rule("a", "eu-own-control", "2024-07-03")["rule"]["answer"] == "met"
    controlled = graph.rule("b", "eu-own-control", "2023-01-01")
    assert controlled["class"] == "captured" and "controls it" in controlled["sentence"]
    assert controlled["rule"]["arithmetic"][0]["kind"] == "control"


def test_the_uk_adds_nobody_up_but_says_what_would_decide(made: Any) -> None:
    graph = made(relation("x", "LISTED_ON", "uk-sanctions"),
                 relation("y", "LISTED_ON", "uk-sanctions"),
                 relation("x", "OWNS", "a", share="30"), relation("y", "OWNS", "a", share="30"),
                 relation("x", "OWNS", "b", share="60"), relation("x", "OWNS", "us", share="20"),
                 relation("b", "OWNS", "us", share="40"))  # fmt: skip
    apart = graph.rule("a", "uk-own-control", "2024-01-01")
    assert apart["class"] == "exposed" and apart["rule"]["answer"] == "not met"
    assert any("joint arrangement" in f["text"] for f in apart["rule"]["red_flags"])
    through = graph.rule("us", "uk-own-control", "2024-01-01")
    assert through["class"] == "captured" and through["hops"] == 2
    found = graph.json("captured", "--rule", "uk-own-control", "--as-of", "2024-01-01")["findings"]
    assert {f["subject"]["id"] for f in found} == {"b", "us"}


def test_shares_over_100_and_owning_oneself_are_said(made: Any) -> None:
    graph = made(relation(*SDN), relation("x", "OWNS", "a", share="60"),
                 relation("y", "OWNS", "a", share="60"))  # fmt: skip
    rule = graph.rule("a", "us-ofac-50", "2024-01-01")["rule"]
    assert rule["answer"] == "cannot be determined" and rule["share"] == [40, 60]
    (over,) = [x for x in rule["arithmetic"] if x["kind"] == "over 100"]
    assert "120 %" in over["text"] and "capped at 100 %" in over["text"]
    owned = graph.json("owners", "a", "--as-of", "2024-01-01")
    assert any("over 100" in f for f in owned["flags"])


def test_contradicting_sources_are_flagged(made: Any) -> None:
    graph = made(relation(*SDN), relation("x", "OWNS", "a", share="40"),
                 relation("x", "OWNS", "a", share="60"))  # fmt: skip
    rule = graph.rule("a", "us-ofac-50", "2024-01-01")["rule"]
    assert rule["share"] == [40, 60] and rule["answer"] == "cannot be determined"
    assert any("contradict" in f for f in rule["flags"])


def test_control_without_a_percentage_is_no_stake(made: Any) -> None:
    graph = made(relation(*SDN), relation("x", "CONTROLS", "a"))
    found = graph.rule("a", "us-ofac-50", "2024-01-01")["rule"]
    assert found["answer"] == "not met"
    assert any("FAQ" in f["text"] or "OFAC" in f["text"] for f in found["red_flags"])


def test_the_defence_rule_by_date_and_by_supply_chain(made: Any) -> None:
    graph = made(relation("x", "LISTED_ON", "us-dod-1260h"), relation("x", "CONTROLS", "a"),
                 relation("x", "OWNS", "b", share="80"), relation("b", "SUPPLIES", "y"),
                 relation("x", "SUPPLIES", "p"), relation("p", "SUPPLIES", "us"))  # fmt: skip

    def answer(entity: str, day: str) -> Any:
        return graph.says(entity, "dod-contract", day)["us-1260h-805"]["answer"]

    assert [answer("x", d) for d in ("2026-06-29", "2026-06-30")] == ["not met", "met"]
    assert answer("a", "2026-07-01") == "met"
    assert answer("b", "2026-07-01") == "cannot be determined"
    assert answer("us", "2026-07-01") == "not met"
    assert answer("us", "2027-06-30") == "cannot be determined"


@pytest.mark.slow
def test_a_long_chain_is_shown_whole_for_one_entity_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "chain.toml"
    links = [relation(f"n{i}", "OWNS", f"n{i + 1}", share="60") for i in range(1200)]
    links.append(relation("n0", "LISTED_ON", "us-bis-el", license_policy="Policy of denial"))
    path.write_text('[source]\nid = "c"\ntitle = "A chain"\n' + "".join(links), "utf-8")
    load(Store(tmp_path / "graph"), [path])
    graph = Graph(tmp_path / "graph", capsys)
    result = graph.json("captured", "--rule", "bis-affiliates", "--as-of", "2025-10-15",
                        "--limit", "2000")  # fmt: skip
    found = {f["subject"]["name"]: f for f in result["findings"]}
    assert len(found) == 1200 and {f["class"] for f in found.values()} == {"captured"}
    last = found["n1200"]
    assert last["hops"] == 1200 and len(last["path"]) == 32 and not last["path_complete"]
    assert last["target"]["name"] == "n0"
    assert last["rule"]["licence"]["policy"] == "policy_of_denial"
    alone = graph.rule(last["subject"]["id"], "bis-affiliates", "2025-10-15")
    assert len(alone["path"]) == alone["hops"] == 1200 and alone["path_complete"]


def test_import_looks_up_the_supply_chain(made: Any) -> None:
    graph = made(relation("x", "LISTED_ON", "us-dhs-uflpa"), relation("x", "SUPPLIES", "y"),
                 relation("y", "SUPPLIES", "us"))  # fmt: skip
    says = graph.says("us", "import", "2024-01-01")["us-uflpa"]
    assert says["answer"] == "cannot be determined"
    assert any("Xenon Trading" in c["text"] for c in says["conditions"])
    assert graph.says("x", "import", "2024-01-01")["us-uflpa"]["answer"] == "met"
    assert graph.says("x", "import", "2022-06-20")["us-uflpa"]["answer"] == "not met"
    assert graph.says("p", "import", "2024-01-01")["us-uflpa"]["answer"] == "cannot be determined"


def test_owners_up_and_down_with_both_figures(made: Any) -> None:
    graph = made(relation(*SDN), relation("p", "OWNS", "x", share="80"),
                 relation("x", "OWNS", "a", share="60"), relation("y", "OWNS", "a", share="30-40"),
                 relation("a", "OWNS", "b", share="50"))  # fmt: skip
    found = graph.json("owners", "a", "--as-of", "2024-01-01")
    up = {x["entity"]["id"]: x for x in found["owners"]}
    assert list(up) == ["x", "p", "y"]
    assert up["x"]["effective"] == [60, 60] and up["p"]["effective"] == [48, 48]
    assert up["p"]["cascade"] == up["x"]["cascade"] == "met" and up["y"]["cascade"] == "not met"
    assert up["p"]["direct"] is None and up["y"]["direct"]["share"] == [30, 40]
    assert up["p"]["ultimate"] and up["p"]["beneficial"] and not up["x"]["ultimate"]
    assert found["joint"]["cascade"] == "met" and found["joint"]["effective"] == [60, 60]
    (down,) = found["holdings"]
    assert down["entity"]["id"] == "b" and down["direct"]["sources"] == ["made-up"]
    short = graph.json("owners", "a", "--as-of", "2024-01-01", "--limit", "1")
    assert [x["entity"]["id"] for x in short["owners"]] == ["x"]
    assert short["coverage"]["complete"] is False
    status, out, _ = graph("owners", "a", "--as-of", "2024-01-01")
    assert status == 0 and "48 %" in out and "Listed owners together (Xenon Trading)" in out


# Wrong usage and wrong input


def test_exit_codes(case: Graph, tmp_path: Path) -> None:
    assert case("captured", "--rule", "no-such")[0] == 1
    assert case("captured", "--entity", "No Such Company")[0] == 1
    assert case("owners", "No Such Company")[0] == 1
    assert case("rules", "no-such")[0] == 1
    assert case("captured", "--as-of", "2023-13")[0] == 2
    assert case("rules", "--for", "Intel")[0] == 2
    assert case("rules", "--for", "Intel", "--activity", "sell")[0] == 2
    assert case("rules", "us-ofac-50", "--for", "Intel", "--activity", "deal")[0] == 2
    (tmp_path / "bad.toml").write_text(GOOD.replace("33.3", "133"), "utf-8")
    for command in (("captured",), ("rules",), ("rules", "--for", "Intel", "--activity", "deal")):
        status, _, err = case(*command, "--rules", str(tmp_path))
        assert status == 3 and "bad.toml, threshold 1, percent" in err
    assert case("rules", "--rules", str(tmp_path / "none"))[0] == 3


def test_a_rule_from_a_folder_is_used(made: Any, tmp_path: Path) -> None:
    graph = made(relation("x", "LISTED_ON", "us-bis-uvl"), relation("x", "OWNS", "a", share="34"))
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "mine.toml").write_text(GOOD, "utf-8")
    found = graph.rule("a", "my-rule", "2024-01-01", "--rules", str(folder))
    assert found["class"] == "captured" and found["rule"]["version"] == "1"
    assert found["rule"]["threshold"]["percent"] == 33.3


def test_rules_are_shown_with_dates_and_citations(case: Graph) -> None:
    found = case.json("rules", "bis-affiliates", "--as-of", "2026-01-15")
    (rule,) = found["rules"]
    assert rule["status"]["state"] == "suspended" and len(rule["statuses"]) == 3
    status, out, _ = case("rules", "bis-affiliates", "--as-of", "2026-11-23")
    assert status == 0 and "90 FR 47201" in out and "not confirmed here" in out
    status, out, _ = case("rules")
    assert status == 0 and all(name in out for name in rulebook())


def test_what_is_printed_shows_the_arithmetic(case: Graph) -> None:
    status, out, _ = case("captured", "--rule", "bis-affiliates", "--as-of", "2025-10-15")
    assert status == 0 and "Inspur Group holds 51 % of" in out and "press-cisco-2016" in out
    assert "at least 50 %: met" in out and "90 FR 47201" in out
    status, out, _ = case("captured", "--rule", "us-ns-cmic", "--as-of", "2025-10-15")
    assert status == 0 and "not a clearance" in out
    status, out, _ = case("captured", "--rule", "us-ns-cmic", "--entity", JV, "--id")
    assert status == 0 and "binds by name" in out
    status, out, err = case("rules", "--for", "Microsoft", "--activity", "securities",
                            "--as-of", "2023-06-01")  # fmt: skip
    assert status == 0 and "cannot be determined" in out and "not legal advice" in err
