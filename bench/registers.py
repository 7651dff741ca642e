"""Made-up registers as they are published: GLEIF level 1 (CSV, XML) and FollowTheMoney.

Deterministic for a number of records and a seed, valid in every field, and written as they are
made: names of two or three made-up words and a legal form, one or two addresses, other names for
some, few equal names, few successors; in FollowTheMoney companies, people, what they own and run,
and some listings.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any, Final
from xml.sax.saxutils import escape

COUNTRIES: Final = ("US", "DE", "GB", "CN", "IN", "FR", "NL", "IT", "ES", "LU", "CA", "JP", "SE",
                    "DK", "CH", "PL", "AT", "BE", "HK", "SG", "KY", "NO", "FI", "CZ", "AU",
                    "IE")  # fmt: skip
FORMS: Final = {
    "US": ("LLC", "Inc.", "L.P.", "Trust", "Corporation"), "DE": ("GmbH", "GmbH & Co. KG", "AG"),
    "GB": ("Limited", "LLP", "PLC"), "CN": ("Co., Ltd.", "Group Co., Ltd."), "FR": ("SAS", "SCI"),
    "NL": ("B.V.", "N.V."), "IT": ("S.R.L.", "S.p.A."), "IN": ("Private Limited", "LLP"),
}  # fmt: skip
_ENDINGS: Final = ("Limited", "S.A.", "A/S", "Oy", "AB", "Fund", "Holdings Ltd")
_SYLLABLES: Final = ("ba", "cor", "del", "en", "fi", "gra", "hol", "in", "ka", "lor", "men", "no",
                     "or", "pra", "qui", "ras", "sol", "tar", "ul", "ven", "wes", "xi", "yor",
                     "zen", "bru", "cha", "dro", "gle")  # fmt: skip
_STREETS: Final = ("Street", "Road", "Avenue", "Lane", "Square", "Quay", "Allee", "Boulevard")
_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_OTHER: Final = "Entity.OtherEntityNames.OtherEntityName"
_LATIN: Final = "Entity.TransliteratedOtherEntityNames.TransliteratedOtherEntityName"
_PLACE: Final = ("FirstAddressLine", "AddressNumber", "AddressNumberWithinBuilding",
                 "AdditionalAddressLine.1", "AdditionalAddressLine.2", "City", "Region", "Country",
                 "PostalCode", "xmllang")  # fmt: skip
#: The columns of the golden copy that hold something in most files, in its order.
COLUMNS: Final = (
    "LEI", "Entity.LegalName", "Entity.LegalName.xmllang",
    *(f"{_OTHER}.{n}{part}" for n in (1, 2, 3) for part in ("", ".xmllang", ".type")),
    *(f"{_LATIN}.{n}{part}" for n in (1, 2) for part in ("", ".xmllang", ".type")),
    *(f"Entity.LegalAddress.{part}" for part in _PLACE),
    *(f"Entity.HeadquartersAddress.{part}" for part in _PLACE),
    "Entity.RegistrationAuthority.RegistrationAuthorityID",
    "Entity.RegistrationAuthority.OtherRegistrationAuthorityID",
    "Entity.RegistrationAuthority.RegistrationAuthorityEntityID", "Entity.LegalJurisdiction",
    "Entity.EntityCategory", "Entity.EntitySubCategory", "Entity.LegalForm.EntityLegalFormCode",
    "Entity.LegalForm.OtherLegalForm", "Entity.EntityStatus", "Entity.EntityCreationDate",
    "Entity.EntityExpirationDate", "Entity.EntityExpirationReason",
    "Entity.SuccessorEntity.1.SuccessorLEI", "Entity.SuccessorEntity.1.SuccessorEntityName",
    "Registration.InitialRegistrationDate", "Registration.LastUpdateDate",
    "Registration.RegistrationStatus", "Registration.NextRenewalDate", "Registration.ManagingLOU",
    "Registration.ValidationSources",
    "Registration.ValidationAuthority.ValidationAuthorityID",
    "Registration.ValidationAuthority.ValidationAuthorityEntityID",
)  # fmt: skip
_NAMESPACE: Final = "http://www.gleif.org/data/schema/leidata/2016"


class Maker:
    """Draws what registers say."""

    def __init__(self, seed: int) -> None:
        self.draw = Random(seed)  # noqa: S311 - made-up data
        word = Random(seed + 1)  # noqa: S311
        self.words = sorted({
            "".join(word.choice(_SYLLABLES) for _ in range(word.randrange(2, 5))).capitalize()
            + ("é" if word.random() < 0.05 else "")
            for _ in range(9000)
        })  # fmt: skip
        self.cities = word.sample(self.words, 600)

    def name(self, country: str) -> str:
        """Return the name of a company."""
        draw, words = self.draw.random, self.words
        parts = [words[int(draw() * len(words))] for _ in range(2 + (draw() < 0.4))]
        forms = FORMS.get(country, _ENDINGS)
        return f"{' '.join(parts)} {forms[int(draw() * len(forms))]}"

    def person(self) -> str:
        """Return the name of a person."""
        draw, words = self.draw.random, self.words
        return f"{words[int(draw() * len(words))]} {words[int(draw() * len(words))]}"

    def country(self) -> str:
        """Return a country code; some have many more companies than others."""
        return COUNTRIES[int(self.draw.random() ** 2 * len(COUNTRIES))]

    def day(self, first: int = 1950) -> str:
        """Return a day."""
        draw = self.draw.random
        year, month = first + int(draw() * (2025 - first)), 1 + int(draw() * 12)
        return f"{year}-{month:02d}-{1 + int(draw() * 28):02d}"

    def street(self) -> str:
        """Return the first line of an address."""
        draw, words = self.draw.random, self.words
        street = _STREETS[int(draw() * len(_STREETS))]
        return f"{1 + int(draw() * 400)} {words[int(draw() * len(words))]} {street}"


def lei(number: int) -> str:
    """Return a valid LEI for each number.

    >>> lei(7)
    '52990000000000000778'
    """
    text = ""
    while number:
        number, digit = divmod(number, 36)
        text = _DIGITS[digit] + text
    body = f"529900{text:0>12}"
    return f"{body}{98 - int(''.join(str(int(c, 36)) for c in body) + '00') % 97:02d}"


def records(n: int, seed: int = 1) -> Iterator[dict[str, str]]:
    """Yield ``n`` records of level 1; columns that hold nothing are left out."""
    make = Maker(seed)
    draw = make.draw.random
    last = make.name("US")
    for number in range(n):
        country = make.country()
        name = last if draw() < 0.01 else make.name(country)
        last = name
        city, other = make.cities[int(draw() * 600)], draw()
        place = {"FirstAddressLine": make.street(), "City": city, "Country": country,
                 "PostalCode": str(int(draw() * 90_000) + 10_000), "xmllang": "en"}  # fmt: skip
        if draw() < 0.3:
            place["AdditionalAddressLine.1"] = f"Suite {int(draw() * 900)}"
        if country == "US":
            place["Region"] = "US-DE"
        seat = dict(place)
        if draw() < 0.35:
            seat["FirstAddressLine"] = make.street()
        record = {"LEI": lei(number), "Entity.LegalName": name, "Entity.LegalName.xmllang": "en"}
        if other < 0.15:
            record |= {f"{_OTHER}.1": make.name(country), f"{_OTHER}.1.xmllang": "en",
                       f"{_OTHER}.1.type": "PREVIOUS_LEGAL_NAME"}  # fmt: skip
        if other < 0.05:
            record |= {f"{_LATIN}.1": name.upper(), f"{_LATIN}.1.xmllang": "en",
                       f"{_LATIN}.1.type": "AUTO_ASCII_TRANSLITERATED_LEGAL_NAME"}  # fmt: skip
        record |= {f"Entity.LegalAddress.{k}": v for k, v in place.items()}
        record |= {f"Entity.HeadquartersAddress.{k}": v for k, v in seat.items()}
        register = f"RA{int(draw() * 700):06d}"
        registered = f"{country}{int(draw() * 10**9)}"
        category = "FUND" if draw() < 0.1 else "GENERAL"
        record |= {
            "Entity.RegistrationAuthority.RegistrationAuthorityID": register,
            "Entity.RegistrationAuthority.RegistrationAuthorityEntityID": registered,
            "Entity.LegalJurisdiction": country, "Entity.EntityCategory": category,
            "Entity.LegalForm.EntityLegalFormCode": f"{_DIGITS[int(draw() * 36)]}XJ"
            f"{_DIGITS[int(draw() * 36)]}",
            "Entity.EntityStatus": "ACTIVE",
            "Entity.EntityCreationDate": f"{make.day()}T00:00:00.000Z",
        }  # fmt: skip
        status = "ISSUED" if draw() < 0.65 else "LAPSED"
        if draw() < 0.02 and number > 100:
            status = "RETIRED"
            record |= {
                "Entity.EntityStatus": "INACTIVE",
                "Entity.EntityExpirationDate": f"{make.day(2015)}T00:00:00.000Z",
                "Entity.EntityExpirationReason": "CORPORATE_ACTION",
                "Entity.SuccessorEntity.1.SuccessorLEI": lei(int(draw() * number)),
            }
        record |= {
            "Registration.InitialRegistrationDate": f"{make.day(2012)}T16:33:00.000Z",
            "Registration.LastUpdateDate": f"{make.day(2020)}T15:41:20.212Z",
            "Registration.RegistrationStatus": status,
            "Registration.NextRenewalDate": f"{make.day(2024)}T15:48:53.604Z",
            "Registration.ManagingLOU": lei(int(draw() * 40)),
            "Registration.ValidationSources": "FULLY_CORROBORATED",
            "Registration.ValidationAuthority.ValidationAuthorityID": register,
            "Registration.ValidationAuthority.ValidationAuthorityEntityID": registered,
        }
        yield record


def gleif_csv(path: Path, n: int, seed: int = 1) -> None:
    """Write level 1 as CSV: every field quoted, as GLEIF does."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(",".join(f'"{c}"' for c in COLUMNS) + "\n")
        for record in records(n, seed):
            file.write(",".join(f'"{record.get(c, "")}"' for c in COLUMNS) + "\n")


def gleif_xml(path: Path, n: int, seed: int = 1) -> None:
    """Write level 1 as XML: the same records."""
    with path.open("w", encoding="utf-8") as file:
        file.write('<?xml version="1.0" encoding="UTF-8"?>\n'
                   f'<lei:LEIData xmlns:lei="{_NAMESPACE}">\n<lei:LEIHeader>'
                   "<lei:ContentDate>2026-06-05T08:20:51Z</lei:ContentDate>"
                   f"<lei:RecordCount>{n}</lei:RecordCount></lei:LEIHeader>\n"
                   "<lei:LEIRecords>\n")  # fmt: skip
        for record in records(n, seed):
            file.write("<lei:LEIRecord>" + _elements(record) + "</lei:LEIRecord>\n")
        file.write("</lei:LEIRecords>\n</lei:LEIData>\n")


def _elements(record: dict[str, str]) -> str:
    """Return a record as elements: paths opened and closed as the columns go on."""
    found: list[str] = []
    path: list[str] = []
    for column in (c for c in COLUMNS if c in record):
        if column.endswith((".xmllang", ".type")):
            continue
        parts = [p for p in column.split(".") if not p.isdigit()]
        same = 0
        while same < min(len(path), len(parts) - 1) and path[same] == parts[same]:
            same += 1
        found += [f"</lei:{p}>" for p in reversed(path[same:])]
        path = parts[:-1]
        for depth in range(same, len(path)):
            lang = ' xml:lang="en"' if path[depth].endswith("Address") else ""
            found.append(f"<lei:{path[depth]}{lang}>")
        said = "".join(
            f' {name}="{record[column + end]}"'
            for name, end in (("xml:lang", ".xmllang"), ("type", ".type"))
            if column + end in record
        )
        found.append(f"<lei:{parts[-1]}{said}>{escape(record[column])}</lei:{parts[-1]}>")
    return "".join(found) + "".join(f"</lei:{p}>" for p in reversed(path))


def ftm_json(path: Path, n: int, seed: int = 1) -> None:
    """Write FollowTheMoney entities, one on each line."""
    with path.open("w", encoding="utf-8") as file:
        for entity in entities(n, seed):
            file.write(json.dumps(entity, ensure_ascii=False) + "\n")


def entities(n: int, seed: int = 1) -> Iterator[dict[str, Any]]:
    """Yield ``n`` entities: half companies, a sixth people, the rest what stands between them."""
    make = Maker(seed)
    draw = make.draw.random
    companies: list[str] = []
    people: list[str] = []
    for number in range(n):
        part = draw()
        if part < 0.5 or number < 100:
            id_, country = f"co-{number:x}", make.country()
            companies.append(id_)
            yield _entity(id_, "Company", _company(make, country, number))
        elif part < 0.67:
            id_ = f"pe-{number:x}"
            people.append(id_)
            yield _entity(id_, "Person", {
                "name": [make.person()], "birthDate": [make.day(1940)],
                "nationality": [make.country().lower()], "country": [make.country().lower()],
            })  # fmt: skip
        else:
            asset = companies[int(draw() * len(companies))]
            holders = people if people and draw() < 0.6 else companies
            holder = holders[int(draw() * len(holders))]
            if holder == asset:
                asset = companies[0] if holder != companies[0] else companies[1]
            if part < 0.85:
                yield _entity(f"ow-{number:x}", "Ownership", {
                    "owner": [holder], "asset": [asset], "percentage": [f"{5 + int(draw() * 95)}"],
                    "startDate": [make.day(2000)], "role": ["shareholder"],
                })  # fmt: skip
            elif part < 0.995:
                director = people[int(draw() * len(people))] if people else holder
                yield _entity(f"di-{number:x}", "Directorship", {
                    "director": [director], "organization": [asset], "role": ["director"],
                    "startDate": [make.day(2000)],
                })  # fmt: skip
            else:
                yield _entity(f"sa-{number:x}", "Sanction", {
                    "entity": [asset], "program": ["Entity List (EL) - Bureau of Industry"],
                    "authority": ["Bureau of Industry and Security"],
                    "startDate": [make.day(2015)],
                })  # fmt: skip


def _company(make: Maker, country: str, number: int) -> dict[str, list[str]]:
    draw = make.draw.random
    name = make.name(country) if draw() > 0.01 else f"Same Name {int(draw() * 500)} Ltd"
    told = {
        "name": [name], "jurisdiction": [country.lower()], "country": [country.lower()],
        "address": [f"{make.street()}, {make.cities[int(draw() * 600)]}"],
        "registrationNumber": [f"{country}{int(draw() * 10**9)}"],
        "incorporationDate": [make.day()], "status": ["active"],
    }  # fmt: skip
    if draw() < 0.2:
        told["alias"] = [make.name(country)]
    if draw() < 0.3:
        told["leiCode"] = [lei(number)]
    return told


def _entity(id_: str, schema: str, properties: dict[str, list[str]]) -> dict[str, Any]:
    return {
        "id": id_, "caption": properties.get("name", [schema])[0], "schema": schema,
        "properties": properties, "datasets": ["made_up"], "referents": [], "target": False,
        "first_seen": "2026-01-01T00:00:00", "last_seen": "2026-09-01T00:00:00",
        "last_change": "2026-01-01T00:00:00",
    }  # fmt: skip


KINDS: Final[dict[str, tuple[str, Callable[[Path, int, int], None]]]] = {
    "gleif-csv": ("gleif.csv", gleif_csv),
    "gleif-xml": ("gleif.xml", gleif_xml),
    "ftm": ("register.ftm.json", ftm_json),
}
