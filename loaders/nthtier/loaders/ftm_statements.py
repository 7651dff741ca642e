"""FollowTheMoney's schemata as statements: which become entities, which relations, which listings.

The tables below are all that is known of the model. A test holds them against the library.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import product
from typing import Any, Final

from nthtier.graph import dates, model
from nthtier.graph.lists import LISTS, REGULATORS, find_list
from nthtier.graph.model import Plain, Statement, statement
from nthtier.graph.names import slug
from nthtier.loaders import csl, values
from nthtier.loaders.reader import Audit
from nthtier.loaders.records import AMOUNT_FORM, ID_FORM
from nthtier.loaders.rejects import Rejects

#: Schema → type of entity, from the wide to the narrow.
NODES: Final = {
    "Thing": "LegalEntity", "Asset": "LegalEntity", "LegalEntity": "LegalEntity",
    "Organization": "Organization", "PublicBody": "PublicBody", "Company": "Company",
    "Person": "Person", "Vessel": "Vessel", "Airplane": "Airplane",
}  # fmt: skip
#: Schema → (property of the start, of the end, type of relation).
EDGES: Final = {
    "Ownership": ("owner", "asset", "OWNS"),
    "Control": ("controller", "controlled", "CONTROLS"),
    "Directorship": ("director", "organization", "DIRECTOR_OF"),
    "Membership": ("member", "organization", "MEMBER_OF"),
    "Employment": ("employee", "employer", "AFFILIATED_WITH"),
    "Succession": ("predecessor", "successor", "SUCCEEDED_BY"),
    "UnknownLink": ("subject", "object", "AFFILIATED_WITH"),
    "Representation": ("agent", "client", "AFFILIATED_WITH"),
    "Associate": ("person", "associate", "AFFILIATED_WITH"),
    "Family": ("person", "relative", "AFFILIATED_WITH"),
    "Debt": ("debtor", "creditor", "AFFILIATED_WITH"),
    "Payment": ("payer", "beneficiary", "AFFILIATED_WITH"),
}
#: Schemata that say more about other entities.
PARTS: Final = {"Sanction": "entity", "Address": "full", "Identification": "holder",
                "Passport": "holder", "Contract": "authority",
                "ContractAward": "supplier"}  # fmt: skip
NAMES: Final = {"name": model.NAME, "alias": model.ALIAS, "previousName": model.ALIAS,
                "weakAlias": model.WEAK_ALIAS, "abbreviation": model.WEAK_ALIAS}  # fmt: skip
COUNTRIES: Final = ("jurisdiction", "country", "mainCountry")
SCHEMES: Final = {
    "leiCode": "lei", "uscCode": "uscc", "isinCode": "isin", "cikCode": "cik",
    "registrationNumber": "registration", "ticker": "ticker", "permId": "permid",
    "innCode": "inn", "ogrnCode": "ogrn", "kppCode": "kpp", "okpoCode": "okpo",
    "taxNumber": "tax", "vatCode": "vat", "swiftBic": "swift", "dunsCode": "duns",
    "imoNumber": "imo", "mmsi": "mmsi", "wikidataId": "wikidata", "icijId": "icij",
    "bvdId": "bvd", "sayariId": "sayari", "idNumber": "national-id",
    "passportNumber": "passport", "uniqueEntityId": "uei", "callSign": "call-sign",
}  # fmt: skip
FACTS: Final = (
    "birthDate", "deathDate", "birthPlace", "birthCountry", "gender", "nationality",
    "citizenship", "title", "position", "website", "email", "phone", "incorporationDate",
    "dissolutionDate", "legalForm", "sector", "status", "topics", "flag", "type", "tonnage",
    "buildDate", "education", "religion", "ethnicity", "classification", "summary",
)  # fmt: skip
EDGE_MORE: Final = ("percentage", "role", "status", "startDate", "endDate", "amount", "currency",
                    "relationship", "controlType", "ownershipType", "legalBasis",
                    "summary")  # fmt: skip
SANCTION: Final = ("program", "programId", "authority", "reason", "startDate", "endDate",
                   "listingDate", "provisions", "status", "country")  # fmt: skip
#: OpenSanctions' name of a dataset that is one list → the list.
DATASETS: Final = {
    "us_ofac_sdn": "us-ofac-sdn", "eu_fsf": "eu-fsf", "gb_fcdo_sanctions": "uk-sanctions",
    "gb_hmt_sanctions": "uk-sanctions", "us_dhs_uflpa": "us-dhs-uflpa",
    "us_dod_chinese_milcorps": "us-dod-1260h",
}  # fmt: skip
#: What a simple target says of its sanctions, in one text.
TEXTS: Final = {"sanctionText": "sanctions", "programId": "programId"}
_LOCAL: Final = re.compile(rf"{ID_FORM}\Z", re.ASCII)
_SHARED: Final = re.compile(r"(?:NK-[A-Za-z0-9]{16,}|Q[1-9]\d*)\Z")
_CODE: Final = re.compile(r"\(([^()]+)\)")
_CAPITAL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_AMOUNT: Final = re.compile(rf"{AMOUNT_FORM}\Z", re.ASCII)
_MOST_ENDS: Final = 100


class Wrong(Exception):  # noqa: N818 - a record is left out, the load goes on
    """Why an entity is left out, and what was found."""

    def __init__(self, why: str, found: object = "") -> None:
        super().__init__(why)
        self.why, self.found = why, found


@dataclass(slots=True)
class Entity:
    """One entity of a file: what it says of itself, and which datasets say it."""

    id: str
    schema: str
    properties: dict[str, list[str]]
    datasets: list[str]


def local(id_: str) -> str:
    """Return an id that can name an entity: the id itself where it can, else one made of it.

    >>> local("NK-aU5ybkbRFJucf8YMwsJvDw"), local("us-bis-el") == "us-bis-el"
    ('NK-aU5ybkbRFJucf8YMwsJvDw', False)
    """
    if _LOCAL.match(id_) and id_ not in LISTS and id_ not in REGULATORS:
        return id_
    digest = blake2b(id_.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()
    return f"{slug(id_, 40) or 'entity'}-{digest}"


def narrower(a: str, b: str) -> str:
    """Return which of two schemata of one entity says more.

    >>> narrower("LegalEntity", "Company"), narrower("Company", "Thing")
    ('Company', 'Company')
    """
    order = list(NODES)
    return max((a, b), key=lambda s: order.index(s) if s in order else len(order))


class Writer:
    """Makes statements of entities as they come; `finish` says what needed all of them."""

    def __init__(
        self,
        source: str,
        dataset: str,
        found: list[Statement | Plain],
        audit: Audit,
        rejects: Rejects,
    ) -> None:
        self.source, self.dataset, self.found = source, dataset, found
        self.audit, self.rejects = audit, rejects
        self._addresses: dict[str, list[str]] = {}
        self._at: list[tuple[str, str, str]] = []
        self._authorities: dict[str, list[str]] = {}
        self._awards: list[tuple[str, list[str], list[str], str, str]] = []

    def key(self, id_: str) -> str:
        """Return the key of an entity: ids of OpenSanctions and Wikidata mean it in any file."""
        return f"{'ftm' if _SHARED.match(id_) else self.dataset}#{local(id_)}"

    def _say(self, subject: str, predicate: str, where: str, **more: Any) -> None:
        self.found.append(statement(subject, predicate, source=self.source, locator=where, **more))

    def take(self, entity: Entity, where: str) -> None:
        """Make the statements of one entity.

        Raises:
            Wrong: it cannot be what it says it is; nothing of it may be kept.
        """
        where = f"entity {entity.id}"
        told = {k: v for k, values_ in entity.properties.items()
                if (v := [t for x in values_ if (t := " ".join(x.split()))])}  # fmt: skip
        if entity.schema in NODES:
            self._node(entity, told, where)
        elif entity.schema in EDGES:
            self._edge(entity, told, where)
        elif entity.schema in PARTS:
            self._part(entity, told, where)
        else:
            self.audit.notes[f"schema not used: {entity.schema[:60]}"] += 1
            return
        for name in told:
            self.audit.unused[f"{entity.schema}.{name[:60]}"] += 1

    def _node(self, entity: Entity, told: dict[str, list[str]], where: str) -> None:
        key = self.key(entity.id)
        names = told.pop("name", [])
        if not names:
            raise Wrong("an entity without a name", entity.id)
        self._say(key, model.NAME, where, value=names[0])
        self._say(key, model.TYPE, where, value=NODES[entity.schema])
        for prop, predicate in NAMES.items():
            for name in names[1:] if prop == "name" else told.pop(prop, []):
                kind = model.ALIAS if prop == "name" else predicate
                self._say(key, kind, where, value=name)
                if prop == "previousName":
                    self._say(key, "fact:formerName", where, value=name)
        for code in dict.fromkeys(c for prop in COUNTRIES for c in told.pop(prop, [])):
            try:
                self._say(key, model.COUNTRY, where, value=values.country(code))
            except ValueError:
                self.rejects.value("country not known", where, code)
        for text in told.pop("address", []):
            self._say(key, model.ADDRESS, where, value=text)
        for prop, scheme in SCHEMES.items():
            for text in told.pop(prop, []):
                self._identifier(key, scheme, text, where)
        for prop in FACTS:
            for text in told.pop(prop, []):
                self._say(key, f"fact:{prop}", where, value=text)
        for prop, word in TEXTS.items():
            for text in told.pop(prop, []):
                self._say(key, f"fact:{word}", where, value=text)
        for text in told.pop("notes", []):
            self._say(key, model.NOTE, where, value=text)
        for parent in told.pop("parent", []):
            if self.key(parent) != key:
                self._say(self.key(parent), "CONTROLS", where, object=key,
                          note="named as the parent; no share is said")  # fmt: skip
        self._at += [(key, address, where) for address in told.pop("addressEntity", [])]

    def _identifier(self, key: str, scheme: str, text: str, where: str) -> None:
        try:
            compact = values.identifier(scheme, text)
        except ValueError:
            self.rejects.value(f"{scheme} fails its check digits, kept as a fact", where, text)
            self._say(key, f"fact:{scheme}", where, value=text)
            return
        self._say(key, f"id:{scheme}", where, value=compact, raw=text if text != compact else "")

    def _edge(self, entity: Entity, told: dict[str, list[str]], where: str) -> None:
        start, end, type_ = EDGES[entity.schema]
        since, until = self._interval(told)
        share = None
        for text in told.pop("percentage", []) if type_ == "OWNS" else []:
            try:
                share = values.share(text)
            except ValueError:
                self.rejects.value("not a share, taken as unknown", where, text)
        said = [_CAPITAL.sub(" ", entity.schema).casefold()] if type_ == "AFFILIATED_WITH" else []
        for prop in ("role", "relationship", "controlType", "ownershipType", "status"):
            said += told.pop(prop, [])
        amounts = _amounts(told)
        for a, b in self._ends(told, start, end):
            self._say(a, type_, where, object=b, since=since, until=until, share=share,
                      note="; ".join(dict.fromkeys(said)), props=amounts)  # fmt: skip

    def _ends(self, told: dict[str, list[str]], start: str, end: str) -> Iterator[tuple[str, str]]:
        starts, ends = (list(dict.fromkeys(told.pop(p, []))) for p in (start, end))
        if not starts or not ends:
            raise Wrong(f"a relation without its {start if not starts else end}", "")
        if len(starts) * len(ends) > _MOST_ENDS:
            raise Wrong("a relation of too many", len(starts) * len(ends))
        for a, b in product(starts, ends):
            if self.key(a) == self.key(b):
                raise Wrong("a relation of an entity to itself", a)
            yield self.key(a), self.key(b)

    def _interval(self, told: dict[str, list[str]]) -> tuple[str, str]:
        found = []
        for prop in ("startDate", "endDate"):
            days = told.pop(prop, [])
            for day in days:
                try:
                    dates.span(day.partition("T")[0])
                except ValueError:
                    raise Wrong(f"no such date, {prop}", day) from None
            plain = sorted(d.partition("T")[0] for d in days)
            found.append((plain[0] if prop == "startDate" else plain[-1]) if plain else "")
        since, until = found
        if since and until and dates.start_day(since) > dates.end_day(until):
            raise Wrong("it ends before it begins", f"{since} to {until}")
        return since, until

    def _part(self, entity: Entity, told: dict[str, list[str]], where: str) -> None:
        match entity.schema:
            case "Sanction":
                self._sanction(entity, told, where)
            case "Address":
                if full := told.pop("full", []):
                    self._addresses[entity.id] = full
            case "Identification" | "Passport":
                scheme = "passport" if entity.schema == "Passport" else "national-id"
                for holder, number in product(told.pop("holder", []), told.pop("number", [])):
                    self._identifier(self.key(holder), scheme, number, where)
            case "Contract":
                self._authorities[entity.id] = told.pop("authority", [])
            case _:
                since, until = self._interval(told)
                self._awards.append((where, told.pop("supplier", []), told.pop("contract", []),
                                     since, until))  # fmt: skip

    def _sanction(self, entity: Entity, told: dict[str, list[str]], where: str) -> None:
        targets = told.pop("entity", [])
        if not targets:
            raise Wrong("a sanction of nobody", entity.id)
        told["startDate"] = told.pop("startDate", []) or told.pop("listingDate", [])
        since, until = self._interval(told)
        programmes = told.pop("program", []) + told.pop("programId", [])
        authorities = told.pop("authority", [])
        list_id = _list_of([*programmes, *authorities], entity.datasets)
        props: dict[str, Any] = {"programmes": programmes} if programmes else {}
        for word, prop in (("reason", "reason"), ("measures", "provisions")):
            if found := told.pop(prop, []):
                props[word] = found
        for target in targets:
            if list_id:
                self._say(self.key(target), "LISTED_ON", where, object=list_id, since=since,
                          until=until, props=props)  # fmt: skip
            else:
                text = ": ".join(x for x in ("; ".join(authorities), "; ".join(programmes)) if x)
                self._say(self.key(target), "fact:sanction", where,
                          value=text or entity.id, since=since, until=until)  # fmt: skip

    def finish(self) -> None:
        """Say what needed other entities: places of addresses, contracts of awards."""
        for key, address, where in self._at:
            for text in self._addresses.get(address, ()):
                self._say(key, model.ADDRESS, where, value=text)
        for where, suppliers, contracts, since, until in self._awards:
            for supplier, contract in product(suppliers, contracts):
                for authority in self._authorities.get(contract, ()):
                    a, b = self.key(supplier), self.key(authority)
                    if a != b:
                        self._say(a, "SUPPLIES", where, object=b, since=since, until=until,
                                  note="a contract was awarded")  # fmt: skip


def _list_of(texts: Sequence[str], datasets: Sequence[str]) -> str:
    """Return the list that a sanction is of, where its words or its dataset say so."""
    for text in texts:
        info = find_list(text)
        if info is not None:
            return info.id
        code = _CODE.search(text)
        if code and code[1] in csl.LISTS:
            return csl.LISTS[code[1]][0]
    named = {DATASETS[d] for d in datasets if d in DATASETS}
    return named.pop() if len(named) == 1 else ""


def _amounts(told: dict[str, list[str]]) -> dict[str, str] | None:
    amounts, currencies = told.pop("amount", []), told.pop("currency", [])
    if len(amounts) == 1 and len(currencies) == 1:
        amount = f"{amounts[0]} {currencies[0]}"
        return {"amount": amount} if _AMOUNT.match(amount) else None
    return None
