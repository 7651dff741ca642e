"""Which records of the real lists and of the shipped facts are one company."""

from __future__ import annotations

import csv
import gzip
import re
from collections import defaultdict
from dataclasses import dataclass

import pytest

from nthtier.graph.identity import Identity, resolve
from nthtier.loaders.registry import SHIPPED, read_paths
from support import SHARED, require

CSL = SHARED / "data" / "csl"
EDITIONS = {"csl": "consolidated_2022-05.csv.gz", "csl-reduced": "reduced_2026-07-31.csv.gz"}


@dataclass(frozen=True)
class Real:
    """All statements of the real lists and the shipped facts, and what `resolve` makes of them."""

    identity: Identity
    rows: dict[str, list[dict[str, str]]]  # raw rows of a file by format
    keys: dict[tuple[str, str], set[str]]  # (format, locator) → keys

    def entities(self, format_: str, row: dict[str, str]) -> set[str]:
        """Return the entities that a raw row became."""
        locator = f"row {row['row']}" if "row" in row else f"entry {row['_id']}"
        return {self.identity.ids[k] for k in self.keys[format_, locator]}


@pytest.fixture(scope="module")
def real() -> Real:
    """Read both editions of the list, OFAC's four files, and the shipped facts."""
    paths = [CSL / name for name in EDITIONS.values()]
    paths += sorted((SHARED / "data" / "ofac").glob("*.csv"))
    require(all(p.exists() for p in paths) and len(paths) == 6, "real list files")
    readings = read_paths([*paths, *sorted(SHIPPED.glob("*.toml"))])
    formats = {r.batch.source.id: r.batch.source.format for r in readings}
    statements = [s for r in readings for s in r.batch.statements]
    keys: dict[tuple[str, str], set[str]] = defaultdict(set)
    for s in statements:
        if s.predicate == "LISTED_ON":
            keys[formats[s.source], s.locator].add(s.subject)
    rows = {}
    for format_, name in EDITIONS.items():
        with gzip.open(CSL / name, "rt", encoding="utf-8-sig", newline="") as file:
            rows[format_] = list(csv.DictReader(file))
    return Real(resolve(statements), rows, keys)


def spelt(row: dict[str, str]) -> str:
    """Return what makes a row its own: OFAC's number, else its name (but for spelling), country."""
    if row["entity_number"]:
        return row["entity_number"]
    name = re.sub(r"[,;]? and (any|its) .*successors?\b.*", "", row["name"].casefold())
    name = re.sub(r"\([A-Z]+\)$|\bthe\b|[^\w ]", "", name.replace(",", " "))
    for long, short in (("company", "co"), ("limited", "ltd"), ("corporation", "corp")):
        name = re.sub(rf"\b{long}\b", short, name)
    name = name.replace(" ", "").removesuffix("ssrc")
    if "countries" in row:
        return f"{name} {sorted(set(row['countries'].split()))}"
    found = {m[1] for a in row["addresses"].split("; ") if (m := re.search(r"\b([A-Z]{2})$", a))}
    return f"{name} {sorted(found)}"


@pytest.mark.slow
@pytest.mark.parametrize("format_", EDITIONS)
def test_no_two_entries_of_one_edition_are_one(real: Real, format_: str) -> None:
    entries: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in real.rows[format_]:
        found = real.entities(format_, row)
        assert found, f"no entity for {row['name']}"
        if len(found) == 1:
            entries[found.pop(), row["source"]].add(spelt(row))
    assert len(entries) > 10_000
    merged = {k: v for k, v in entries.items() if len(v) > 1}
    assert merged == {}


@pytest.mark.slow
def test_no_person_of_the_lists_is_joined(real: Real) -> None:
    seen: dict[str, str] = {}
    for row in real.rows["csl-reduced"]:
        if row["type"] == "Individual":
            (entity,) = real.entities("csl-reduced", row)
            assert seen.setdefault(entity, row["entity_number"]) == row["entity_number"]
    assert len(seen) > 5_000


def inspur(real: Real) -> list[tuple[dict[str, str], str]]:
    rows = [r for r in real.rows["csl-reduced"] if "inspur" in r["name"].casefold()]
    return [(r, entity) for r in rows for entity in real.entities("csl-reduced", r)]


def test_the_articles_inspur_is_the_listed_group(real: Real) -> None:
    identity = real.identity
    group = identity.ids["article-inspur-2023-03#inspur-group"]
    assert group == "inspur-group"
    listed = {r["name"] for r, entity in inspur(real) if entity == group}
    assert listed == {"Inspur Group Co., Ltd.", "INSPUR GROUP CO., LTD."}
    assert identity.ids["ofac:30949"] == group
    reasons = identity.reasons[group]
    assert "same USCC 913700001630477270" in reasons
    assert "recorded decision: is the entry on us-bis-el named so" in reasons


def test_seven_inspur_companies_on_eight_entries_stay_apart(real: Real) -> None:
    rows = inspur(real)
    assert len(rows) == 8
    assert sum("(EL)" in r["source"] for r, _ in rows) == 7
    assert sum("(CMIC)" in r["source"] for r, _ in rows) == 1
    assert len({entity for _, entity in rows}) == 7
    maker = real.identity.ids["article-inspur-2023-03#ieit"]
    assert [r["name"] for r, e in rows if e == maker] == [
        "Inspur Electronic Information Industry Co., Ltd."
    ]


def test_china_mobile_and_its_subsidiary_stay_apart(real: Real) -> None:
    ids = real.identity.ids
    assert ids["article-inspur-2023-03#china-mobile"] == ids["ofac:30944"] == "china-mobile"
    assert ids["ofac:30923"] == "china-mobile-limited"
    assert len({ids[f"ofac:{n}"] for n in (30944, 30923, 30939, 30882, 30924)}) == 5


@pytest.mark.parametrize("format_", EDITIONS)
def test_huawei_is_one_and_none_of_its_affiliates(real: Real, format_: str) -> None:
    head = "Huawei Technologies Co., Ltd. (Huawei)"
    rows = [r for r in real.rows[format_] if r["name"].startswith(head)]
    own = [r for r in rows if r["name"] == head]
    affiliates = [r for r in rows if "Affiliated Entit" in r["name"]]
    assert own and len(affiliates) >= 20 and len(own) + len(affiliates) == len(rows)
    assert {e for r in own for e in real.entities(format_, r)} == {"huawei"}
    others = {e for r in affiliates for e in real.entities(format_, r)}
    assert "huawei" not in others and len(others) >= 20
    assert real.identity.ids["ofac:30947"] == "huawei"
