"""One entry of a published list, whatever layout it comes in, and the statements it makes."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Final

from nthtier.graph import model
from nthtier.graph.model import Statement, statement
from nthtier.graph.names import looks_like_organisation, normalise

TYPES: Final = {"individual": "Person", "entity": "Organization", "vessel": "Vessel",
                "aircraft": "Airplane"}  # fmt: skip
_AFFILIATE: Final = re.compile(
    r"(?P<head>.+?\([^)]*\))\.\s*Affiliated\s+Entit(?:y|ies):\s*(?P<name>.+)"
)
_SUCCESSORS: Final = re.compile(
    r"[;,]?\s*(?:(?:and|or)\s+any\s+successors?,?\s.*(?:thereof|thereto)"
    r"|and\s+its\s+sub-?units\s+and\s+successors)\W*\Z",
    re.IGNORECASE,
)
_SHORT: Final = re.compile(r"(?P<long>.+?)\s*\((?P<short>[A-Za-z]{2,12})\)\.?")
_ALSO: Final = re.compile(r",?\s*[(\[]?\b[af]\.?k\.?a\b\.?[,:]?\s+", re.IGNORECASE)
_ALSO_IN_BRACKETS: Final = re.compile(
    r"\s*[(\[][af]\.?k\.?a\b\.?[,:]?\s+((?:[^()\[\]]|\([^()]*\))+)[)\]]", re.IGNORECASE
)
_LEADING: Final = re.compile(r"(?:and\s+)?(?:[af]\.?k\.?a\b\.?[,:]?\s+)?", re.IGNORECASE)
#: An entry of the Entity List that names no company: whoever is at the address is meant.
_ADDRESS: Final = re.compile(r"Address \d{1,4}\Z")
_LINKED: Final = re.compile(r"Linked To:\s*(.+?)\s*(?=\)\.?\Z|\.?\Z|;)")
_FDP: Final = re.compile(r"734\.9\s?\((e|g)\)\s?\(?([123])?")
_FDP_UNTIL_2022: Final = "736.2(b)(3)(vi)"  # the paragraph of footnote 1 before it moved to 734.9
_MARK: Final = re.compile(r"EAR\)?\.?\s?\)?([1-7])\.?\Z|\)([1-7])\.?\Z")
_BY_PARAGRAPH: Final = {("e", "1"): 1, ("g", ""): 3, ("e", "2"): 4, ("e", "3"): 5}


@dataclass(frozen=True, slots=True)
class Tie:
    """A relation that an entry states: its type, and the other end by ``number`` or by name.

    ``reverse`` says that the entry is the end, not the start.
    """

    type: str
    name: str
    number: str = ""
    reverse: bool = False
    note: str = ""


@dataclass(slots=True)
class Entry:
    """One record of a list before it becomes statements.

    ``identifiers`` are ``(scheme, value, raw)``, ``facts`` ``(word, value)``; ``links`` are names
    that the entry itself calls linked to it, ``affiliate_of`` the company it is listed under.
    ``reference`` is the list's own lasting number of the entry, where it has one that is not
    OFAC's; ``law`` is a country that follows from what the list is, not from the entry.
    """

    list_id: str
    locator: str
    name: str
    raw_name: str = ""
    number: str = ""  # OFAC's, when it has one
    type: str = ""
    aliases: list[tuple[str, str]] = field(default_factory=list)  # (name, predicate)
    countries: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    identifiers: list[tuple[str, str, str]] = field(default_factory=list)
    facts: list[tuple[str, str]] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    ties: list[Tie] = field(default_factory=list)
    affiliate_of: str = ""
    reference: str = ""
    law: str = ""
    since: str = ""
    until: str = ""
    listing: dict[str, Any] = field(default_factory=dict)

    def add_names(self, name: str, others: Iterable[str]) -> None:
        """Take the entry's own name and further names apart."""
        self.raw_name = name
        affiliate = _AFFILIATE.match(name)
        if affiliate:
            self.affiliate_of, name = affiliate["head"], affiliate["name"]
        shorter = _SUCCESSORS.sub("", name)
        if shorter != name:
            self.facts.append(("listingExtent", name[len(shorter) :].strip(" ;,")))
        first, *more = also_named(shorter)
        self.name, short = _without_short(first)
        if short:
            more.insert(0, short)
        if _ADDRESS.match(self.name):
            self.facts.append(("entryKind", "address"))
        given = (_LEADING.sub("", other, count=1) for other in others)
        for other in [*more, *(p for o in given for p in also_named(o))]:
            if other and other != self.name:
                self.aliases.append((other, model.ALIAS))

    def add_requirement(self, requirement: str, policy: str) -> None:
        """Keep the licence terms, and the footnotes flattened into them."""
        if requirement:
            self.listing["license_requirement"] = requirement
            marks = footnotes(requirement)
            if marks:
                self.listing["footnotes"] = marks
        if policy:
            self.listing["license_policy"] = policy


def also_named(text: str) -> list[str]:
    """Return a name without the "a.k.a." and "f.k.a." in it, then the names these give.

    >>> also_named("Russian Aerospace Forces (aka VKS)")
    ['Russian Aerospace Forces', 'VKS']
    >>> also_named("Pearl (A.K.A. Nei-Chien Chu) Li")
    ['Pearl Li', 'Nei-Chien Chu']
    """
    inside: list[str] = []

    def take(found: re.Match[str]) -> str:
        inside.extend(part for name in _ALSO.split(found[1]) for part in name.split("; "))
        return " "

    parts = _ALSO.split(_ALSO_IN_BRACKETS.sub(take, text))
    first, *others = (_tidy(part) for part in [*parts, *inside])
    return [first, *(o for o in others if o)] if first else [_tidy(text)]


def _tidy(name: str) -> str:
    plain = " ".join(name.split()).strip(" ,;")
    for opening, closing in ("()", "[]"):
        if plain.count(closing) > plain.count(opening):
            plain = plain.rstrip(". ").removesuffix(closing).rstrip()
    return plain


def _without_short(name: str) -> tuple[str, str]:
    """Split the short form off that a list puts in brackets after a name.

    It is one when it abbreviates the name or repeats a word of it; a place is not.

    >>> _without_short("Semiconductor Manufacturing International Corporation (SMIC)")
    ('Semiconductor Manufacturing International Corporation', 'SMIC')
    >>> _without_short("Inspur Electronic Information (Shanghai)")
    ('Inspur Electronic Information (Shanghai)', '')
    """
    found = _SHORT.fullmatch(name)
    if found is None:
        return name, ""
    long, short = found["long"].rstrip(), found["short"]
    words = re.findall(r"[A-Za-z]+", long)
    initials = iter(w[0].upper() for w in words)
    if short in words or (short.isupper() and all(c in initials for c in short)):
        return long, short
    return name, ""


def footnotes(requirement: str) -> list[int]:
    """Return the Entity List footnotes that a flattened licence requirement carries.

    A footnote is a superscript digit at the end, or follows from the foreign direct product
    paragraph cited: §734.9 (e)(1) footnote 1 (until 2022 §736.2(b)(3)(vi)), (e)(2) 4, (e)(3) 5,
    (g) 3.

    >>> footnotes("For all items subject to the EAR. (See §§ 734.9(e)(2) and 744.11 of the EAR)4")
    [4]
    >>> footnotes("For all items subject to the EAR. (See §744.11 of the EAR)")
    []
    """
    text = " ".join(requirement.split())
    found = {
        number
        for letter, digit in _FDP.findall(text)
        if (number := _BY_PARAGRAPH.get((letter, "" if letter == "g" else digit)))
    }
    if _FDP_UNTIL_2022 in text:
        found.add(1)
    mark = _MARK.search(text)
    if mark:
        found.add(int(mark[1] or mark[2]))
    return sorted(found)


def linked_names(remarks: str) -> list[str]:
    """Return the names that a remark gives after "Linked To:".

    >>> linked_names("(Linked To: SHIRAZ ELECTRONICS INDUSTRIES; Linked To: PIER CO., LTD.)")
    ['SHIRAZ ELECTRONICS INDUSTRIES', 'PIER CO., LTD.']
    """
    return [m.strip() for m in _LINKED.findall(remarks.strip())]


class Keys:
    """Gives each entry its key, and finds entries by name within the same edition."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        plain = [self._plain(e) for e in entries]
        uses = Counter(plain)
        self.keys = [
            k if uses[k] == 1 or _is_one(k, e) else f"{k}:{_distinction(e)}"
            for k, e in zip(plain, entries, strict=True)
        ]
        self.known = set(self.keys)
        self._whole: dict[str, set[str]] = defaultdict(set)
        self._named: dict[str, set[str]] = defaultdict(set)
        self._alias: dict[str, set[str]] = defaultdict(set)
        for key, entry in zip(self.keys, entries, strict=True):
            self._whole[normalise(entry.raw_name)].add(key)
            self._named[normalise(entry.name)].add(key)
            for name, _ in entry.aliases:
                self._alias[normalise(name)].add(key)

    @staticmethod
    def _plain(entry: Entry) -> str:
        if entry.number:
            return f"ofac:{entry.number}"
        if entry.reference:
            return f"{entry.list_id}:{entry.reference}"
        countries = "+".join(sorted(set(entry.countries)))
        return f"{entry.list_id}:{normalise(entry.name)}:{countries}"

    def named(self, name: str) -> str:
        """Return the key of the one entry that has this name; empty when none or several have.

        Entries of OFAC come first: it is OFAC that names links.
        """
        normal = normalise(name)
        for index in (self._whole, self._named, self._alias):
            found = index.get(normal)
            if found:
                numbered = [k for k in found if k.startswith("ofac:")]
                left = numbered or list(found)
                return left[0] if len(left) == 1 else ""
        return ""


def _is_one(key: str, entry: Entry) -> bool:
    """Tell whether records of one key are one: those with a number, and organisations."""
    return key.startswith("ofac:") or looks_like_organisation(normalise(entry.name))


def _distinction(entry: Entry) -> str:
    """Tell apart two people of one name and country by what else an entry says."""
    said = repr((entry.listing, entry.since, sorted(entry.addresses), sorted(entry.aliases)))
    return blake2b(said.encode("utf-8"), digest_size=3).hexdigest()


def write(entries: Sequence[Entry], source: str, dataset: str) -> list[Statement]:
    """Return the statements of all entries of one edition."""
    keys = Keys(entries)
    found: list[Statement] = []
    mentions: set[str] = set()
    for key, entry in zip(keys.keys, entries, strict=True):
        _write_entry(found, key, entry, source)
        ties = [Tie("LINKED_TO", name) for name in entry.links]
        if entry.affiliate_of:
            ties.append(Tie("AFFILIATED_WITH", entry.affiliate_of))
        for tie in [*ties, *entry.ties]:
            target = f"ofac:{tie.number}" if tie.number else keys.named(tie.name)
            if not target or (tie.number and target not in keys.known):
                target = target or f"{dataset}#~{tie.name.replace('#', ' ')}"
                if target not in mentions:
                    mentions.add(target)
                    found.append(
                        statement(target, model.MENTION, value=tie.name or target, source=source,
                                  locator=entry.locator)
                    )  # fmt: skip
            if target != key:
                start, end = (target, key) if tie.reverse else (key, target)
                found.append(
                    statement(start, tie.type, object=end, raw=tie.name, source=source,
                              locator=entry.locator, note=tie.note)
                )  # fmt: skip
    return found


def _write_entry(found: list[Statement], key: str, entry: Entry, source: str) -> None:
    raw = entry.raw_name if entry.raw_name != entry.name else ""
    said = [(model.NAME, entry.name, raw)]
    if entry.number:
        said.append(("id:ofac", entry.number, ""))
    if entry.type:
        said.append((model.TYPE, entry.type, ""))
    said += [(kind, name, "") for name, kind in entry.aliases]
    said += [(model.COUNTRY, country, "") for country in entry.countries]
    said += [(model.ADDRESS, address, "") for address in entry.addresses]
    said += [(f"id:{scheme}", value, found_as) for scheme, value, found_as in entry.identifiers]
    said += [(f"{model.FACT_PREFIX}{word}", value, "") for word, value in entry.facts]
    found += [
        statement(key, predicate, value=value, raw=found_as, source=source, locator=entry.locator)
        for predicate, value, found_as in dict.fromkeys(said)
    ]
    if entry.law and not entry.countries:
        found.append(
            statement(key, model.COUNTRY, value=entry.law, basis="inferred", source=source,
                      locator=entry.locator, note="by the law that the list is made under")
        )  # fmt: skip
    found.append(
        statement(key, "LISTED_ON", object=entry.list_id, since=entry.since, until=entry.until,
                  props=entry.listing, source=source, locator=entry.locator)
    )  # fmt: skip
