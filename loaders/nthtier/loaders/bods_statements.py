"""BODS records as statements: entities, people, and what relates them with shares and dates."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from nthtier.graph import dates, model
from nthtier.graph.model import Plain, Statement, statement
from nthtier.loaders import values
from nthtier.loaders.ftm_statements import Wrong, local
from nthtier.loaders.reader import Audit
from nthtier.loaders.rejects import Rejects

__all__ = ["Record", "Writer", "Wrong"]
_ENTITY_TYPES: Final = {
    "registeredEntity": "Company", "registeredEntityListed": "Company",
    "legalEntity": "LegalEntity",
    "arrangement": "LegalEntity", "unknownEntity": "LegalEntity",
    "anonymousEntity": "LegalEntity", "state": "PublicBody", "stateBody": "PublicBody",
}  # fmt: skip
#: Interest → type of relation; what is a stake carries the share. Others are CONTROLS.
INTERESTS: Final = {
    "shareholding": "OWNS", "rightsToSurplusAssetsOnDissolution": "CONTROLS",
    "rights-to-surplus-assets-on-dissolution": "CONTROLS",
    "boardMember": "DIRECTOR_OF", "boardChair": "DIRECTOR_OF", "seniorManagingOfficial":
    "DIRECTOR_OF", "senior-managing-official": "DIRECTOR_OF", "unknownInterest": "AFFILIATED_WITH",
    "unpublishedInterest": "AFFILIATED_WITH", "": "AFFILIATED_WITH",
    "nominee": "AFFILIATED_WITH", "nominator": "AFFILIATED_WITH",
}  # fmt: skip
SCHEMES: Final = {"XI-LEI": "lei", "CN-SAIC": "uscc", "US-SEC": "cik", "US-CIK": "cik",
                  "ISIN": "isin"}  # fmt: skip
_ENVELOPE: Final = frozenset({
    "statementID", "statementType", "statementDate", "isComponent", "publicationDetails",
    "replacesStatements",
})  # fmt: skip
_USED_PARTY: Final = _ENVELOPE | {
    "entityType", "personType", "name", "names", "alternateNames", "jurisdiction",
    "incorporatedInJurisdiction", "nationalities", "addresses", "identifiers", "birthDate",
    "foundingDate", "dissolutionDate", "uri", "unspecifiedEntityDetails",
    "unspecifiedPersonDetails",
}  # fmt: skip
_USED_RELATIONSHIP: Final = _ENVELOPE | {"subject", "interestedParty", "interests"}
_NUMBER: Final = re.compile(r"\d{1,3}(?:\.\d+)?\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Record:
    """One statement: which record it is of, what it says, and where it stands."""

    id: str
    statement: str
    kind: str
    status: str
    date: str
    details: dict[str, Any]
    where: str
    new: bool
    replaces: list[str]


class Writer:
    """Makes statements of records, each given with all its versions, oldest first."""

    def __init__(
        self,
        source: str,
        dataset: str,
        found: list[Statement | Plain],
        audit: Audit,
        rejects: Rejects,
        alias: Mapping[str, str],
    ) -> None:
        self.source, self.dataset, self.found = source, dataset, found
        self.audit, self.rejects, self.alias = audit, rejects, alias

    def key(self, id_: str) -> str:
        """Return the key of the record that an id of a record or of a statement means."""
        return f"{self.dataset}#{local(self.alias.get(id_, id_))}"

    def _say(self, subject: str, predicate: str, where: str, **more: Any) -> None:
        self.found.append(statement(subject, predicate, source=self.source, locator=where, **more))

    def take(self, versions: Sequence[Record]) -> None:
        """Make the statements of one record.

        The last version counts. Relations of earlier ones ended the day before the next.

        Raises:
            Wrong: it cannot be what it says it is.
        """
        last = versions[-1]
        if any(v.kind != last.kind for v in versions):
            raise Wrong("a record of two kinds", last.id)
        if last.kind != "relationship":
            said = next((v for v in reversed(versions) if v.status != "closed"), last)
            self._party(last.id, said)
            if last.status == "closed" and last.date:
                self._say(self.key(last.id), "fact:recordClosed", f"statement {last.statement}",
                          value=last.date)  # fmt: skip
            return
        for number, version in enumerate(versions):
            later = versions[number + 1] if number + 1 < len(versions) else None
            if version.status != "closed" or number == 0:
                end = later.date if later is not None else ""
                if version.status == "closed":
                    end = version.date
                self._relationship(version, version.date if number else "", end)

    def _unused(self, record: Record, used: frozenset[str]) -> None:
        for name, value in record.details.items():
            if name not in used and value not in (None, "", [], {}):
                self.audit.unused[f"{record.kind}.{name[:60]}"] += 1

    def _party(self, id_: str, record: Record) -> None:
        self._unused(record, _USED_PARTY)
        details, key = dict(record.details), self.key(id_)
        where = f"statement {record.statement}"
        names = _names(details)
        kind, reason = _kind(details)
        if kind.startswith(("unknown", "anonymous")) or not names:
            label = f"{'anonymous' if 'anonymous' in kind else 'unknown'} {record.kind}"
            if not kind.startswith(("unknown", "anonymous")):
                raise Wrong("a party without a name", id_)
            names = names or [f"{label} ({id_})"]
            self._say(key, "fact:disclosure", where,
                      value=f"{label}: {reason}" if reason else label)  # fmt: skip
        self._say(key, model.NAME, where, value=names[0])
        person = record.kind == "person"
        self._say(
            key,
            model.TYPE,
            where,
            value="Person" if person else _ENTITY_TYPES.get(kind, "LegalEntity"),
        )
        for name in names[1:]:
            self._say(key, model.ALIAS, where, value=name)
        jurisdiction = details.get("jurisdiction") or details.get("incorporatedInJurisdiction")
        for place in _dicts(jurisdiction):
            self._country(key, _text(place, "code") or _text(place, "name"), where)
        for place in _dicts(details.get("nationalities")):
            nation = _text(place, "code") or _text(place, "name")
            if nation:
                self._say(key, "fact:nationality", where, value=nation.casefold())
        for address in _dicts(details.get("addresses")):
            text = ", ".join(t for n in ("address", "postCode") if (t := _text(address, n)))
            if text:
                self._say(key, model.ADDRESS, where, value=text)
        for identifier in _dicts(details.get("identifiers")):
            self._identifier(key, identifier, where)
        for name, word in (("birthDate", "birthDate"), ("foundingDate", "incorporationDate"),
                           ("dissolutionDate", "dissolutionDate"), ("uri", "website")):  # fmt: skip
            value = _text(details, name)
            if value:
                self._say(key, f"fact:{word}", where, value=value)

    def _country(self, key: str, text: str, where: str) -> None:
        if not text:
            return
        try:
            code = values.country(text[:2]) if len(text) in (2, 5, 6) and text[:2].isupper() else ""
        except ValueError:
            code = ""
        code = code or values.named_country(text)
        if code:
            self._say(key, model.COUNTRY, where, value=code)
        else:
            self.rejects.value("country not known", where, text)

    def _identifier(self, key: str, identifier: Mapping[str, Any], where: str) -> None:
        number, label = _text(identifier, "id"), _text(identifier, "scheme")
        if not number:
            return
        scheme = SCHEMES.get(label, "registration")
        try:
            compact = values.identifier(scheme, number)
        except ValueError:
            self.rejects.value(f"{scheme} fails its check digits, kept as a fact", where, number)
            self._say(key, f"fact:{scheme}", where, value=number)
            return
        label = label or _text(identifier, "schemeName")
        self._say(key, f"id:{scheme}", where, value=compact, raw=f"{label} {number}".strip())

    def _relationship(self, record: Record, begin: str, end: str) -> None:
        """Say one version of a relationship, which holds from ``begin`` to before ``end``."""
        details = record.details
        self._unused(record, _USED_RELATIONSHIP)
        where = f"statement {record.statement}"
        subject = _party_of(details.get("subject"), "subject")
        if not subject[0]:
            raise Wrong("a relationship without a subject", record.id)
        owned = self.key(subject[0])
        party, reason = _party_of(details.get("interestedParty"), "interestedParty")
        if not party:
            if not reason:
                raise Wrong("a relationship without an interested party", record.id)
            self._say(owned, "fact:undisclosedParty", where, value=reason)
            return
        owner = self.key(party)
        if owner == owned:
            raise Wrong("a relationship of an entity to itself", party)
        interests = _dicts(details.get("interests")) or [{}]
        for interest in interests:
            self._interest(owner, owned, interest, (begin, end), where)

    def _interest(
        self,
        owner: str,
        owned: str,
        interest: Mapping[str, Any],
        version: tuple[str, str],
        where: str,
    ) -> None:
        kind = _text(interest, "type")
        share = _share(interest.get("share"))
        since, until = (_day(interest, n) for n in ("startDate", "endDate"))
        begin, end = version
        if begin and dates.start_day(since) < dates.start_day(begin):
            since = begin  # before, what the version before said did hold
        if end and (not until or dates.end_day(end) < dates.end_day(until)):
            until = dates.day_before(end)
            if since and dates.start_day(since) > dates.end_day(until):
                return  # this version of the record never held on its own
        if since and until and dates.start_day(since) > dates.end_day(until):
            raise Wrong("it ends before it begins", f"{since} to {until}")
        type_ = INTERESTS.get(kind, "CONTROLS")
        directness = _text(interest, "directOrIndirect") or _text(interest, "interestLevel")
        if type_ == "OWNS" and directness == "indirect":  # the chain in between says who owns what
            beneficial = interest.get("beneficialOwnershipOrControl") is True
            type_ = "CONTROLS" if beneficial else "AFFILIATED_WITH"
        notes = [kind or "interest not said", directness, _text(interest, "details")]
        if interest.get("beneficialOwnershipOrControl") is True:
            notes.append("beneficial")
        props = None
        if share is not None and type_ != "OWNS":
            low, high = share  # a share of votes and the like is no share of the company
            props = {"interest_percent": f"{low:g}" if low == high else f"{low:g}-{high:g}"}
            share = None
        self._say(owner, type_, where, object=owned, since=since, until=until, share=share,
                  note="; ".join(n for n in notes if n), props=props)  # fmt: skip


def _names(details: Mapping[str, Any]) -> list[str]:
    found = [_text(details, "name")]
    found += [_text(n, "fullName") for n in _dicts(details.get("names"))]
    other = details.get("alternateNames")
    if isinstance(other, list):
        found += [n.strip() for n in other if isinstance(n, str)]
    return list(dict.fromkeys(n for n in found if n))


def _kind(details: Mapping[str, Any]) -> tuple[str, str]:
    """Return what a party is, and why it is not named where it is not."""
    kind = details.get("entityType", details.get("personType", ""))
    reason = ""
    for name in ("unspecifiedEntityDetails", "unspecifiedPersonDetails"):
        for said in _dicts(details.get(name)):
            reason = "; ".join(t for n in ("reason", "description") if (t := _text(said, n)))
    if isinstance(kind, dict):
        kind = _text(kind, "type")
    return kind if isinstance(kind, str) else "", reason


def _party_of(value: Any, name: str) -> tuple[str, str]:
    """Return the id of a party, or else why there is none."""
    if isinstance(value, str):
        return value.strip(), ""
    if not isinstance(value, dict):
        return "", ""
    for field in ("describedByEntityStatement", "describedByPersonStatement"):
        if found := _text(value, field):
            return found, ""
    unspecified = value.get("unspecified", value)
    if not isinstance(unspecified, dict):
        return "", ""
    words = [_text(unspecified, n) for n in ("reason", "description")]
    return "", "; ".join(w for w in words if w)


def _share(value: Any) -> tuple[float, float] | None:
    """Return a share as an interval in percent.

    >>> _share({"minimum": "25", "exclusiveMaximum": "50"})[0]
    25.0
    """
    if not isinstance(value, dict):
        if value is not None:
            raise Wrong("not a share", value)
        return None
    exact = _percent(value, "exact")
    if exact is not None:
        return exact, exact
    low, high = _percent(value, "minimum"), _percent(value, "maximum")
    above, below = value.get("exclusiveMinimum"), value.get("exclusiveMaximum")
    if above is True and low is not None:  # 0.3: a flag beside the bound
        low = math.nextafter(low, 101.0)
    elif above not in (None, False, True):
        low = math.nextafter(_percent(value, "exclusiveMinimum") or 0.0, 101.0)
    if below is True and high is not None:
        high = math.nextafter(high, -1.0)
    elif below not in (None, False, True):
        high = math.nextafter(_percent(value, "exclusiveMaximum") or 0.0, -1.0)
    if low is None and high is None:
        return None
    low, high = 0.0 if low is None else low, 100.0 if high is None else high
    if not 0 <= low <= high <= 100:
        raise Wrong("not a share", f"{low:g} to {high:g}")
    return low, high


def _percent(value: Mapping[str, Any], name: str) -> float | None:
    found = value.get(name)
    if found is None:
        return None
    if not isinstance(found, str) or not _NUMBER.match(found) or float(found) > 100:
        raise Wrong(f"not a share, {name}", found)
    return float(found)


def _day(value: Mapping[str, Any], name: str) -> str:
    plain = _text(value, name).partition("T")[0]
    try:
        dates.start_day(plain)
    except ValueError:
        raise Wrong(f"no such date, {name}", plain) from None
    return plain


def _dicts(value: Any) -> list[Mapping[str, Any]]:
    items = value if isinstance(value, list) else [value]
    return [i for i in items if isinstance(i, dict)]


def _text(value: Mapping[str, Any], name: str) -> str:
    found = value.get(name)
    return " ".join(found.split()) if isinstance(found, str) else ""
