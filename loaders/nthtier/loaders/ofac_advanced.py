"""OFAC's advanced XML (``sdn_advanced.xml``, ``cons_advanced.xml``): entries and their relations.

Reference values come first, then places, documents, parties, the relations between them, and the
entries that put a party on a list. "Owned or controlled by" is control; OFAC says no share, so
none is made of it. Layout:
https://ofac.treasury.gov/sanctions-list-service (Advanced Sanctions Data Model)
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from xml.etree.ElementTree import Element

from nthtier.graph import model
from nthtier.graph.errors import InputError
from nthtier.graph.model import Batch, Source
from nthtier.loaders import details, entries, ofac_legacy, safe_xml, values
from nthtier.loaders.editions import edition_date, source_id
from nthtier.loaders.entries import Entry, Tie
from nthtier.loaders.reader import Format, Options, Reading, check_counts
from nthtier.loaders.reading import Input

NAMESPACES: Final = tuple(
    f"{{{address}}}"
    for address in (
        "https://sanctionslistservice.ofac.treas.gov/api/PublicationPreview/exports/ADVANCED_XML",
        "http://www.un.org/sanctions/1.0",
        "https://www.un.org/sanctions/1.0",
    )
)
_RECORDS: Final = ("DateOfIssue", "ReferenceValueSets", "Location", "IDRegDocument",
                   "DistinctParty", "ProfileRelationship", "SanctionsEntry")  # fmt: skip
#: OFAC's relation → type, and whether it is read the other way round. Others are LINKED_TO.
RELATIONS: Final[dict[str, tuple[str, bool]]] = {
    "15003": ("CONTROLS", True),  # owned or controlled by
    "92019": ("CONTROLS", False),  # owns, controls, or operates
    "91900": ("DIRECTOR_OF", False),  # principal executive officer
}
_TYPES: Final = {"individual": "Person", "entity": "Organization", "vessel": "Vessel",
                 "aircraft": "Airplane"}  # fmt: skip
#: Features whose value is a place, and those that become something else than a detail.
_LABELS: Final = {"birthdate": "DOB", "place of birth": "POB", "nationality country": "nationality",
                  "citizenship country": "citizen", "vessel type": "Vessel Type",
                  "vessel call sign": "Call Sign"}  # fmt: skip


@dataclass(slots=True)
class _Party:
    """A party before it is known which lists it is on."""

    number: str
    type: str
    names: list[tuple[str, str]] = field(default_factory=list)  # (name, predicate), primary first
    former: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    details: list[tuple[str, str]] = field(default_factory=list)
    ties: list[tuple[str, str, str, bool]] = field(default_factory=list)


class _File:
    """One document while it is read: reference values by kind and id, and what they explain."""

    def __init__(self, document: Input, reading: Reading) -> None:
        self.document, self.reading, self.ns = document, reading, ""
        self.words: dict[tuple[str, str], str] = {}
        self.kinds: dict[str, str] = {}
        self.countries: dict[str, tuple[str, str]] = {}
        self.places: dict[str, tuple[str, str]] = {}
        self.documents: dict[str, list[tuple[str, str]]] = defaultdict(list)
        self.parties: dict[str, _Party] = {}
        self.entries: list[Entry] = []
        self.date = ""

    def wrong(
        self, message: str, where: str, name: str, found: object, allowed: str = ""
    ) -> InputError:
        word, _, which = where.partition(" ")
        return InputError(message, file=self.document.name, row=which, row_word=word, field=name,
                          found=found, allowed=allowed or None)  # fmt: skip

    def word(self, kind: str, id_: str) -> str:
        """Return a reference value, or the id where the file does not explain it."""
        found = self.words.get((kind, id_))
        if found is None:
            if id_:
                self.reading.audit.notes[f"{kind} not explained: {id_}"] += 1
            return id_
        return found

    def all(self, element: Element, path: str) -> list[Element]:
        return element.findall("/".join(self.ns + step for step in path.split("/")))

    def text(self, element: Element, path: str) -> str:
        return safe_xml.text(element, "/".join(self.ns + step for step in path.split("/")))

    def day(self, element: Element, where: str, name: str) -> str:
        parts = [self.text(element, p) for p in ("Year", "Month", "Day")]
        text = "-".join(p.zfill(4 if i == 0 else 2) for i, p in enumerate(parts) if p)
        try:
            return values.date(text) if text else ""
        except ValueError:
            raise self.wrong("no such date", where, name, text, "year, month, day") from None


def takes(inputs: Sequence[Input]) -> list[Input]:
    """Return the XML documents in a namespace of this model."""
    return [
        d
        for d in inputs
        if any(ns.strip("{}").encode() in d.head[:4096] for ns in NAMESPACES)
        and b"Sanctions" in d.head[:4096]
        and safe_xml.is_xml(d)
    ]


def read(inputs: Sequence[Input], options: Options) -> list[Reading]:
    """Read documents; each is one source."""
    return [_read(document, options) for document in inputs]


def _read(document: Input, options: Options) -> Reading:
    reading = Reading(Batch(Source("us-ofac", "us-ofac", "")))
    file = _File(document, reading)
    tags = {ns + name for ns in NAMESPACES for name in _RECORDS}
    roots = {ns + "Sanctions" for ns in NAMESPACES}
    for count, element in safe_xml.records(document, tags, roots):
        namespace, _, name = element.tag.rpartition("}")
        file.ns = namespace + "}"
        _TAKERS[name](file, element, f"{name} {element.get('ID') or count}")
    if not file.entries:
        raise InputError("no entry puts a party on a list", file=document.name,
                         field="SanctionsEntries", found="0")  # fmt: skip
    listed = {e.number for e in file.entries}
    for number, party in file.parties.items():
        if number not in listed:
            reading.audit.notes["parties on no list, left out"] += 1
            if party.ties:
                reading.audit.unused["ProfileRelationship"] += len(party.ties)
    stem = "sdn" if any(e.list_id == "us-ofac-sdn" for e in file.entries) else "cons"
    date = options.known or file.date or edition_date(document, options)
    dataset = f"us-ofac-{stem}"
    source = source_id(dataset, date, document)
    for entry in file.entries:
        reading.counts[entry.list_id] += 1
    ranges = ofac_legacy.RANGES_SDN if stem == "sdn" else ofac_legacy.RANGES_CONSOLIDATED
    whole = check_counts(reading.counts, ranges, document, options.allow)
    title = "Specially Designated Nationals" if stem == "sdn" else "Consolidated non-SDN lists"
    reading.batch = Batch(
        Source(
            id=source, dataset=dataset, title=f"{title} (advanced XML)",
            publisher="US Department of the Treasury, Office of Foreign Assets Control",
            date=date, licence="public domain", sha256=document.sha256, file=document.name,
            format="ofac-advanced", records=len(file.entries),
            covers=tuple(sorted(reading.counts)) if whole else (),
            allowed=tuple(sorted(options.allow)),
        ),
        list(dict.fromkeys(entries.write(file.entries, source, dataset))),
    )  # fmt: skip
    return reading


def _issued(file: _File, element: Element, where: str) -> None:
    file.date = file.day(element, where, "DateOfIssue")


def _references(file: _File, element: Element, where: str) -> None:
    for group in element:
        for value in group:
            kind = value.tag.removeprefix(file.ns)
            id_, text = value.get("ID", ""), (value.text or "").strip()
            file.words[kind, id_] = text
            if kind == "Country":
                file.countries[id_] = (value.get("ISO2", ""), text)
            elif kind == "AreaCode":
                file.countries.setdefault(value.get("CountryID", ""), ("", text))
            elif kind == "PartySubType":
                file.kinds[id_] = value.get("PartyTypeID", "")


def _location(file: _File, element: Element, where: str) -> None:
    parts = [
        file.text(value, "Value")
        for part in file.all(element, "LocationPart")
        for value in file.all(part, "LocationPartValue")
    ]
    code = ""
    for country in file.all(element, "LocationCountry"):
        iso, name = file.countries.get(country.get("CountryID", ""), ("", ""))
        try:
            code = values.country(iso) if iso else values.named_country(name)
        except ValueError:
            file.reading.audit.notes[f"country not known: {iso}"] += 1
        parts.append(name)
    file.places[element.get("ID", "")] = (", ".join(p for p in parts if p), code)


def _registered(file: _File, element: Element, where: str) -> None:
    label = file.word("IDRegDocType", element.get("IDRegDocTypeID", "")).rstrip(" :-")
    number = file.text(element, "IDRegistrationNo")
    if number:
        file.documents[element.get("IdentityID", "")].append((label, number))


def _party(file: _File, element: Element, where: str) -> None:
    number = element.get("FixedRef", "")
    where = f"party {number}"
    if not (number.isascii() and number.isdigit()):
        raise file.wrong("not a number", where, "FixedRef", number, "digits")
    if number in file.parties:
        raise file.wrong("a party twice", where, "FixedRef", number)
    profiles = file.all(element, "Profile")
    if len(profiles) != 1 or profiles[0].get("ID") != number:
        raise file.wrong("a party has one profile, of its number", where, "Profile",
                         ", ".join(p.get("ID", "") for p in profiles))  # fmt: skip
    profile = profiles[0]
    sub = profile.get("PartySubTypeID", "")
    kind = next(
        (
            _TYPES[k]
            for k in (file.word("PartySubType", sub).casefold(),
                      file.word("PartyType", file.kinds.get(sub, "")).casefold())
            if k in _TYPES
        ),
        "",
    )  # fmt: skip
    if not kind:
        raise file.wrong("an unknown kind of party", where, "PartySubTypeID", sub,
                         ", ".join(_TYPES))  # fmt: skip
    party = file.parties[number] = _Party(number, kind)
    for identity in file.all(profile, "Identity"):
        _names(file, identity, party)
        party.details += file.documents.get(identity.get("ID", ""), [])
    if not party.names:
        raise file.wrong("a party without a name", where, "Identity", "")
    for feature in file.all(profile, "Feature"):
        _feature(file, feature, party, where)


def _names(file: _File, identity: Element, party: _Party) -> None:
    groups = {
        group.get("ID", ""): file.word("NamePartType", group.get("NamePartTypeID", ""))
        for group in file.all(identity, "NamePartGroups/MasterNamePartGroup/NamePartGroup")
    }
    for alias in file.all(identity, "Alias"):
        kind = file.word("AliasType", alias.get("AliasTypeID", "")).replace(".", "").casefold()
        primary = alias.get("Primary") == "true" and identity.get("Primary") != "false"
        for documented in file.all(alias, "DocumentedName"):
            last: list[str] = []
            rest: list[str] = []
            for part in file.all(documented, "DocumentedNamePart/NamePartValue"):
                text = (part.text or "").strip()
                named = groups.get(part.get("NamePartGroupID", ""), "")
                (last if named.casefold() == "last name" else rest).append(text)
            name = ", ".join(x for x in (" ".join(last), " ".join(rest)) if x)
            if not name:
                continue
            if primary and not any(p == model.NAME for _, p in party.names):
                party.names.insert(0, (name, model.NAME))
                continue
            weak = alias.get("LowQuality") == "true"
            party.names.append((name, model.WEAK_ALIAS if weak else model.ALIAS))
            if kind == "fka":
                party.former.append(name)


def _feature(file: _File, feature: Element, party: _Party, where: str) -> None:
    label = file.word("FeatureType", feature.get("FeatureTypeID", "")).rstrip(" :-")
    plain = label.casefold()
    for version in file.all(feature, "FeatureVersion"):
        for location in file.all(version, "VersionLocation"):
            id_ = location.get("LocationID", "")
            if plain == "location":
                party.places.append(id_)
            elif id_ in file.places:
                party.details.append((_LABELS.get(plain, label), file.places[id_][0]))
        for period in file.all(version, "DatePeriod"):
            if text := _period(file, period, where, label):
                party.details.append((_LABELS.get(plain, label), text))
        for detail in file.all(version, "VersionDetail"):
            text = (detail.text or "").strip()
            reference = detail.get("DetailReferenceID", "")
            if not text and reference:
                text = file.word("DetailReference", reference)
            if text:
                party.details.append((_LABELS.get(plain, label), text))
        if comment := file.text(version, "Comment"):
            party.details.append(("remark", comment))


def _period(file: _File, period: Element, where: str, label: str) -> str:
    """Return a period as one partial date where it is one, else both its ends."""
    days = []
    for path in ("Start/From", "End/To"):
        found = file.all(period, path)
        days.append(file.day(found[0], where, label) if found else "")
    first, last = days[0], days[1] or days[0]
    if first == last:
        return first
    if first[:4] == last[:4] and (first[4:], last[4:]) == ("-01-01", "-12-31"):
        return first[:4]
    return f"{first} to {last}"


def _relation(file: _File, element: Element, where: str) -> None:
    start, end = element.get("From-ProfileID", ""), element.get("To-ProfileID", "")
    id_ = element.get("RelationTypeID", "")
    for name, value in (("From-ProfileID", start), ("To-ProfileID", end)):
        if value not in file.parties:
            raise file.wrong("no such party", where, name, value)
    former = element.get("Former") == "true"
    file.parties[start].ties.append((id_, end, file.word("RelationType", id_), former))


def _entry(file: _File, element: Element, where: str) -> None:
    party = file.parties.get(element.get("ProfileID", ""))
    if party is None:
        raise file.wrong("no such party", where, "ProfileID", element.get("ProfileID", ""))
    dates, bases, programmes, measures = [], [], [], []
    for event in file.all(element, "EntryEvent"):
        dates += [file.day(d, where, "Date") for d in file.all(event, "Date")]
        bases.append(file.word("LegalBasis", event.get("LegalBasisID", "")))
    for measure in file.all(element, "SanctionsMeasure"):
        kind = file.word("SanctionsType", measure.get("SanctionsTypeID", ""))
        comment = file.text(measure, "Comment")
        if kind.casefold() == "program" and comment:
            programmes.append(comment)
        elif kind:
            measures.append(f"{kind}: {comment}" if comment else kind)
    named = file.words.get(("List", element.get("ListID", "")), "").casefold()
    if not named:
        raise file.wrong("no such list", where, "ListID", element.get("ListID"),
                         "one of ListValues")  # fmt: skip
    sdn = named.startswith("sdn") or "specially designated" in named
    list_id = "us-ofac-sdn" if sdn else ofac_legacy.list_of(programmes)
    entry = Entry(list_id, f"party {party.number}", party.names[0][0], number=party.number)
    entry.type = party.type
    entry.add_names(party.names[0][0], ())
    entry.aliases += [(n, p if p != model.NAME else model.ALIAS) for n, p in party.names[1:]]
    entry.facts += [("formerName", n) for n in party.former]
    entry.since = min((d for d in dates if d), default="")
    for word, found in (("programmes", programmes), ("measures", measures)):
        if found:
            entry.listing[word] = list(dict.fromkeys(found))
    if any(bases):
        entry.listing["citation"] = "; ".join(dict.fromkeys(b for b in bases if b))
    for place in party.places:
        text, code = file.places.get(place, ("", ""))
        entry.addresses += [text] if text else []
        entry.countries += [code] if code else []
    for label, value in party.details:
        details.add_detail(entry, label, value, value, file.reading.audit)
    for id_, other, word, former in party.ties:
        name = file.parties[other].names[0][0]
        if former:  # it held once, nobody says when: no relation of today
            entry.facts.append(("formerRelation", f"{word}: {name}"))
            continue
        type_, reverse = RELATIONS.get(id_, ("LINKED_TO", False))
        note = f"{word.strip(' .').casefold()}; no share is said" if type_ == "CONTROLS" else word
        entry.ties.append(Tie(type_, name, other, reverse, note))
    file.entries.append(entry)


_TAKERS: Final = {
    "DateOfIssue": _issued, "ReferenceValueSets": _references, "Location": _location,
    "IDRegDocument": _registered, "DistinctParty": _party, "ProfileRelationship": _relation,
    "SanctionsEntry": _entry,
}  # fmt: skip
FORMATS: Final = (Format("ofac-advanced", "OFAC advanced XML", takes, read),)
