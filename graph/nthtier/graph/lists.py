"""The lists nthtier knows by id: name, regulator and kind. Adding a list is one row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class ListInfo:
    """One list. ``kind``: what being on it brings; ``regulator`` is a key of `REGULATORS`.

    ``begins`` is the day of its first edition, where that is known: a listing without a date does
    not hold before it.
    """

    id: str
    name: str
    short: str
    regulator: str
    kind: str
    begins: str = ""


@dataclass(frozen=True, slots=True)
class Regulator:
    """A public body that maintains lists; ``country`` is ISO 3166 alpha-2 or ``eu``."""

    id: str
    name: str
    country: str


REGULATORS: Final[dict[str, Regulator]] = {
    r.id: r
    for r in (
        Regulator("us-bis", "US Department of Commerce, Bureau of Industry and Security", "us"),
        Regulator("us-ofac", "US Department of the Treasury, Office of Foreign Assets Control",
                  "us"),
        Regulator("us-dod", "US Department of Defense", "us"),
        Regulator("us-state", "US Department of State", "us"),
        Regulator("us-dhs", "US Department of Homeland Security", "us"),
        Regulator("eu-council", "Council of the European Union", "eu"),
        Regulator("uk-fcdo", "UK Foreign, Commonwealth and Development Office", "gb"),
    )
}  # fmt: skip

LISTS: Final[dict[str, ListInfo]] = {
    x.id: x
    for x in (
        ListInfo("us-bis-el", "US Entity List", "Entity List", "us-bis", "export control"),
        ListInfo("us-bis-meu", "US Military End User List", "MEU List", "us-bis",
                 "export control"),
        ListInfo("us-bis-uvl", "US Unverified List", "Unverified List", "us-bis",
                 "export control"),
        ListInfo("us-bis-dpl", "US Denied Persons List", "Denied Persons List", "us-bis",
                 "export control"),
        ListInfo("us-ofac-sdn", "US Specially Designated Nationals List", "SDN List", "us-ofac",
                 "asset freeze"),
        ListInfo("us-ofac-ns-cmic",
                 "US Non-SDN Chinese Military-Industrial Complex Companies List", "NS-CMIC List",
                 "us-ofac", "securities", begins="2021-06-03"),
        ListInfo("us-ofac-ssi", "US Sectoral Sanctions Identifications List", "SSI List",
                 "us-ofac", "securities"),
        ListInfo("us-ofac-fse", "US Foreign Sanctions Evaders List", "FSE List", "us-ofac",
                 "asset freeze"),
        ListInfo("us-ofac-plc", "US Palestinian Legislative Council List", "PLC List", "us-ofac",
                 "asset freeze"),
        ListInfo("us-ofac-capta",
                 "US List of Foreign Financial Institutions Subject to Correspondent Account or "
                 "Payable-Through Account Sanctions", "CAPTA List", "us-ofac", "securities"),
        ListInfo("us-ofac-mbs", "US Non-SDN Menu-Based Sanctions List", "MBS List", "us-ofac",
                 "securities"),
        ListInfo("us-state-dtc", "US AECA Debarred List", "AECA Debarred", "us-state",
                 "export control"),
        ListInfo("us-state-isn", "US Nonproliferation Sanctions", "Nonproliferation Sanctions",
                 "us-state", "export control"),
        ListInfo("us-dod-1260h", "US Section 1260H List of Chinese Military Companies",
                 "1260H List", "us-dod", "procurement", begins="2021-06-03"),
        ListInfo("us-dod-1237", "US Section 1237 List of Communist Chinese Military Companies",
                 "1237 List", "us-dod", "procurement"),
        ListInfo("us-dhs-uflpa", "US Uyghur Forced Labor Prevention Act Entity List",
                 "UFLPA Entity List", "us-dhs", "import", begins="2022-06-21"),
        ListInfo("eu-fsf", "EU Consolidated Financial Sanctions List", "EU sanctions list",
                 "eu-council", "asset freeze"),
        ListInfo("uk-sanctions", "UK Sanctions List", "UK Sanctions List", "uk-fcdo",
                 "asset freeze"),
    )
}  # fmt: skip


def find_list(text: str) -> ListInfo | None:
    """Return the list with this id, name or short name (case ignored).

    >>> find_list("entity list").id
    'us-bis-el'
    >>> find_list("no such list") is None
    True
    """
    wanted = text.strip().casefold()
    for info in LISTS.values():
        if wanted in (info.id, info.name.casefold(), info.short.casefold()):
            return info
    return None
