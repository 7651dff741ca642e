"""The formats under test: each with its fixture, and how it is made wrong."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import golden
from nthtier.loaders.reader import Options, Reading
from nthtier.loaders.registry import read_paths


class Fixture(NamedTuple):
    """A format's fixture: the files that belong together, of which the first is broken."""

    format: str
    files: tuple[str, ...]
    kind: str
    delimiter: str = ","

    @property
    def name(self) -> str:
        return self.files[0].replace(".", "-").replace("/", "-")

    @property
    def paths(self) -> list[Path]:
        return [golden.DATA / name for name in self.files]


ICIJ = tuple(f"icij/{n}.csv" for n in (
    "relationships", "nodes-officers", "nodes-intermediaries", "nodes-addresses", "nodes-others",
    "nodes-entities"))  # fmt: skip
ETO = tuple(f"eto/{n}.csv" for n in ("provision", "sequence", "stages", "providers", "inputs"))
FIXTURES = (
    Fixture("ofac-advanced", ("ofac_advanced.xml",), "xml"),
    Fixture("gleif-lei", ("gleif_lei.csv",), "csv"),
    Fixture("gleif-lei", ("gleif_lei.xml",), "xml"),
    Fixture("gleif-rr", ("gleif_rr.csv",), "csv"),
    Fixture("gleif-rr", ("gleif_rr.xml",), "xml"),
    Fixture("gleif-repex", ("gleif_repex.csv",), "csv"),
    Fixture("gleif-repex", ("gleif_repex.xml",), "xml"),
    Fixture("ftm", ("ftm.json",), "jsonl"),
    Fixture("ftm", ("ftm_nested.json",), "jsonl"),
    Fixture("ftm-statements", ("ftm_statements.csv",), "csv"),
    Fixture("ftm-targets", ("ftm_targets.csv",), "csv"),
    Fixture("bods", ("bods.json",), "json"),
    Fixture("bods", ("bods_old.jsonl",), "jsonl"),
    Fixture("icij", ICIJ, "csv"),
    Fixture("icij", ICIJ[::-1], "csv"),
    Fixture("eto-chips", ETO, "csv"),
    Fixture("eto-chips", ETO[::-1], "csv"),
    Fixture("graphml", ("network.graphml",), "xml"),
    Fixture("gexf", ("network.gexf",), "xml"),
    Fixture("uk-sanctions", ("uk_sanctions.csv",), "csv"),
    Fixture("eu-fsf", ("eu_fsf.csv",), "csv", ";"),
    Fixture("eu-fsf-xml", ("eu_fsf.xml",), "xml"),
    Fixture("us-dod-1260h", ("dod_1260h.csv",), "csv"),
    Fixture("us-dhs-uflpa", ("uflpa.csv",), "csv"),
)
#: Few records are let in; every other gate is held.
FEW = Options(allow=frozenset({"counts"}), known="")


def read(*names: str, known: str = "") -> list[Reading]:
    """Read fixtures, however few records they have."""
    options = Options(known, frozenset({"counts"}))
    return read_paths([golden.DATA / n for n in names], options=options)
