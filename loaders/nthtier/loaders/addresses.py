"""Where official lists and registers are published. Adding one is a row here.

Sizes are gates: a file of fewer or more bytes than its row allows is not the list. They are wide,
some half to a tenfold of what was published in 2025 and 2026. ``format`` names the loader that
reads the files (`nthtier.loaders.registry.FORMATS`) and checks what came; it is empty where none
does, or where that takes more memory than a download should.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MB: Final = 1_000_000
_PUBLIC: Final = "public domain"


@dataclass(frozen=True, slots=True)
class File:
    """One file: its name in the cache, its address, the least and most bytes it may have."""

    name: str
    url: str
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Address:
    """One list or register: all ``files`` together are one edition."""

    id: str
    title: str
    publisher: str
    licence: str
    files: tuple[File, ...]
    format: str = ""


_OFAC: Final = "https://sanctionslistservice.ofac.treas.gov/api/PublicationPreview/exports/"
_TREASURY: Final = "US Department of the Treasury, Office of Foreign Assets Control"
_GLEIF: Final = "https://goldencopy.gleif.org/api/v2/golden-copies/publishes/"
_FOUNDATION: Final = "Global Legal Entity Identifier Foundation"

ADDRESSES: Final[dict[str, Address]] = {
    a.id: a
    for a in (
        Address(
            "us-csl", "Consolidated Screening List",
            "US Department of Commerce, International Trade Administration", _PUBLIC,
            (File("consolidated.csv",
                  "https://data.trade.gov/downloadable_consolidated_screening_list/v1/"
                  "consolidated.csv", 3 * MB, 200 * MB),),
            "csl",
        ),
        Address(
            "us-ofac-sdn", "Specially Designated Nationals, legacy CSV", _TREASURY, _PUBLIC,
            (File("sdn.csv", _OFAC + "SDN.CSV", MB, 200 * MB),
             File("alt.csv", _OFAC + "ALT.CSV", MB // 2, 200 * MB),
             File("add.csv", _OFAC + "ADD.CSV", MB // 2, 200 * MB),
             File("sdn_comments.csv", _OFAC + "SDN_COMMENTS.CSV", 100, 50 * MB)),
            "ofac-legacy",
        ),
        Address(
            "us-ofac-cons", "Consolidated non-SDN lists, legacy CSV", _TREASURY, _PUBLIC,
            (File("cons_prim.csv", _OFAC + "CONS_PRIM.CSV", 50_000, 50 * MB),
             File("cons_alt.csv", _OFAC + "CONS_ALT.CSV", 20_000, 50 * MB),
             File("cons_add.csv", _OFAC + "CONS_ADD.CSV", 15_000, 50 * MB),
             File("cons_comments.csv", _OFAC + "CONS_COMMENTS.CSV", 100, 50 * MB)),
            "ofac-legacy",
        ),
        Address(
            "gleif-lei", "LEI golden copy, level 1 (who is who)", _FOUNDATION, "CC0 1.0",
            (File("gleif-lei2.csv.zip", _GLEIF + "lei2/latest.csv", 200 * MB, 4_000 * MB),),
        ),
        Address(
            "gleif-rr", "LEI golden copy, level 2 (who consolidates whom)", _FOUNDATION,
            "CC0 1.0",
            (File("gleif-rr.csv.zip", _GLEIF + "rr/latest.csv", 5 * MB, 1_000 * MB),),
            "gleif-rr",
        ),
        Address(
            "gleif-repex", "LEI golden copy, reporting exceptions", _FOUNDATION, "CC0 1.0",
            (File("gleif-repex.csv.zip", _GLEIF + "repex/latest.csv", 5 * MB, 1_000 * MB),),
        ),
        Address(
            "uk-sanctions", "UK Sanctions List",
            "UK Foreign, Commonwealth and Development Office",
            "Open Government Licence v3.0",
            (File("UK-Sanctions-List.csv",
                  "https://sanctionslist.fcdo.gov.uk/docs/UK-Sanctions-List.csv",
                  3 * MB, 500 * MB),),
            "uk-sanctions",
        ),
        Address(
            "eu-fsf", "EU consolidated financial sanctions list, CSV 1.1",
            "European Commission",
            "reuse with acknowledgement (Commission Decision 2011/833/EU)",
            # the token is the one that the Commission prints for everybody
            (File("eu-fsf-1.1.csv",
                  "https://webgate.ec.europa.eu/fsd/fsf/public/files/csvFullSanctionsList_1_1/"
                  "content?token=dG9rZW4tMjAxNw", 5 * MB, 500 * MB),),
            "eu-fsf",
        ),
        Address(
            "un-sc", "UN Security Council Consolidated List", "UN Security Council",
            "UN terms of use",
            (File("un-consolidated.xml",
                  "https://scsanctions.un.org/resources/xml/en/consolidated.xml",
                  MB // 2, 100 * MB),),
        ),
        Address(
            "icij-offshore-leaks", "Offshore Leaks Database",
            "International Consortium of Investigative Journalists", "ODbL 1.0 and CC BY-SA 4.0",
            (File("full-oldb.LATEST.zip",
                  "https://offshoreleaks-data.icij.org/offshoreleaks/csv/full-oldb.LATEST.zip",
                  20 * MB, 1_000 * MB),),
        ),
    )
}  # fmt: skip
