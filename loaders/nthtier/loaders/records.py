"""Entity, relation and fact records, as fact files and mapped tables give them, checked.

Both formats end here, so that both have the same fields, the same checks and the same messages.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from nthtier.graph import dates, model
from nthtier.graph.errors import InputError
from nthtier.graph.lists import LISTS, REGULATORS, find_list
from nthtier.graph.model import Statement, statement
from nthtier.graph.names import normalise
from nthtier.graph.ontology import BASIS, BY_NAME, STATED
from nthtier.loaders import values

ENTITY_TYPES: Final = ("Company", "Organization", "PublicBody", "Person", "LegalEntity", "Vessel",
                       "Airplane")  # fmt: skip
ENTITY_FIELDS: Final = frozenset(
    {"id", "name", "type", "country", "names", "identifiers", "note", "source", "locator"}
)
RELATION_FIELDS: Final = frozenset(
    {"from", "type", "to", "since", "until", "share", "amount", "basis", "locator", "note",
     "citation", "license_requirement", "license_policy", "programme", "footnotes", "effective",
     "divest_by", "source"}
)  # fmt: skip
FACT_FIELDS: Final = frozenset(
    {"entity", "property", "value", "since", "until", "basis", "locator", "note", "source"}
)
FIELDS: Final = {"entity": ENTITY_FIELDS, "relation": RELATION_FIELDS, "fact": FACT_FIELDS}
_LISTING_FIELDS: Final = ("citation", "license_requirement", "license_policy")
ID_FORM: Final = "[A-Za-z0-9][A-Za-z0-9._-]{0,79}"
_ID: Final = re.compile(rf"{ID_FORM}\Z", re.ASCII)
_WORD: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,59}\Z", re.ASCII)
AMOUNT_FORM: Final = r"[0-9]+(?:\.[0-9]+)? [A-Z]{3}"
_AMOUNT: Final = re.compile(rf"{AMOUNT_FORM}\Z", re.ASCII)

#: Makes the error for a field: message, field, what was found, what is allowed.
Wrong = Callable[[str, str, object, str | None], InputError]


@dataclass(slots=True)
class Document:
    """The statements of one document while its records are read.

    ``name`` begins the keys of its entities. Entities are registered first (`entity`), relations
    and facts then speak of them by id, by exact name, or make a bare mention.
    """

    name: str
    statements: list[Statement] = field(default_factory=list)
    _ids: set[str] = field(default_factory=set)
    _said: set[tuple[str, str]] = field(default_factory=set)
    _names: dict[str, set[str]] = field(default_factory=dict)
    _mentions: set[tuple[str, str]] = field(default_factory=set)

    def know(self, ids: Iterable[str]) -> None:
        """Take ids for those of entities that are described elsewhere in the document."""
        self._ids.update(ids)

    def key(self, who: str, source: str, locator: str) -> str:
        """Return the key of an entity or list that a record speaks of."""
        if who in self._ids:
            return f"{self.name}#{who}"
        if who in LISTS or who in REGULATORS:
            return who
        named = self._names.get(normalise(who), set())
        if len(named) == 1:
            return next(iter(named))
        listed = find_list(who)
        if listed is not None and not named:
            return listed.id
        key = f"{self.name}#~{normalise(who)}"
        if (key, source) not in self._mentions:
            self._mentions.add((key, source))
            self.statements.append(
                statement(key, model.MENTION, value=who, source=source, locator=locator)
            )
        return key

    def entity(
        self, record: Mapping[str, Any], source: str, where: str, wrong: Wrong, *, again: bool
    ) -> None:
        """Read one entity record.

        With ``again`` an id may come several times (rows of a table about one company).

        Raises:
            InputError: an unknown field, a duplicate id, or a value that is not allowed.
        """
        _only(record, ENTITY_FIELDS, wrong)
        name = text(record, "name", wrong)
        if not name:
            raise wrong("an entity needs a name", "name", None, "text")
        local = text(record, "id", wrong)
        if not local:
            local = f"~{normalise(name)}"
        elif not _ID.match(local) or local in LISTS or local in REGULATORS:
            raise wrong("not an id", "id", local, "letters, digits, '.', '_' and '-'; no list's id")
        if (local, source) in self._said and not again:
            raise wrong("a second entity of this id", "id", local, "each id once in a source")
        self._said.add((local, source))
        self._ids.add(local)
        key = f"{self.name}#{local}"
        locator = text(record, "locator", wrong) or where
        said: list[tuple[str, str]] = [(model.NAME, name)]
        kind = text(record, "type", wrong)
        if kind:
            if kind not in ENTITY_TYPES:
                raise wrong("an unknown type of entity", "type", kind, ", ".join(ENTITY_TYPES))
            said.append((model.TYPE, kind))
        said += [(model.COUNTRY, _country(c, wrong)) for c in several(record, "country", wrong)]
        said += [(model.ALIAS, n) for n in several(record, "names", wrong) if n != name]
        note = text(record, "note", wrong)
        if note:
            said.append((model.NOTE, note))
        said += _identifiers(record, wrong)
        for predicate, value in said:
            if predicate in (model.NAME, model.ALIAS):
                self._names.setdefault(normalise(value), set()).add(key)
            self.statements.append(
                statement(key, predicate, value=value, source=source, locator=locator)
            )

    def relation(self, record: Mapping[str, Any], source: str, where: str, wrong: Wrong) -> None:
        """Read one relation record.

        Raises:
            InputError: an unknown field or type, or a value that is not allowed.
        """
        _only(record, RELATION_FIELDS, wrong)
        kind = text(record, "type", wrong)
        if kind not in STATED:
            raise wrong("an unknown type of relation", "type", kind, ", ".join(STATED))
        ends = {}
        locator = text(record, "locator", wrong) or where
        for end in ("from", "to"):
            who = text(record, end, wrong)
            if not who:
                raise wrong("a relation needs both ends", end, None, "an id or a name")
            ends[end] = self.key(who, source, locator)
        if ends["from"] == ends["to"]:
            raise wrong("a relation of an entity to itself", "to", record["to"], "another entity")
        if (kind == "LISTED_ON") != (ends["to"] in LISTS):
            raise wrong("LISTED_ON leads to a list, other relations do not", "to", record["to"],
                        ", ".join(LISTS))  # fmt: skip
        share = None
        if text(record, "share", wrong):
            if not BY_NAME[kind].stake:
                stakes = ", ".join(t.name for t in BY_NAME.values() if t.stake)
                raise wrong(f"{kind} has no share", "share", record["share"], f"only {stakes}")
            try:
                share = values.share(text(record, "share", wrong))
            except ValueError:
                raise wrong("not a share", "share", record["share"], values.SHARES) from None
        since, until = interval(record, wrong)
        self.statements.append(
            statement(
                ends["from"], kind, object=ends["to"], since=since, until=until, share=share,
                basis=basis(record, wrong), source=source, locator=locator,
                note=text(record, "note", wrong), props=_properties(record, kind, wrong),
            )
        )  # fmt: skip

    def fact(self, record: Mapping[str, Any], source: str, where: str, wrong: Wrong) -> None:
        """Read one fact record: a property of an entity that is no relation.

        Raises:
            InputError: an unknown field, or a value that is not allowed.
        """
        _only(record, FACT_FIELDS, wrong)
        word, value = text(record, "property", wrong), text(record, "value", wrong)
        if not _WORD.match(word):
            raise wrong("not a property", "property", word, "one word of letters and digits")
        if not value:
            raise wrong("a fact needs a value", "value", None, "text")
        who = text(record, "entity", wrong)
        if not who:
            raise wrong("a fact needs an entity", "entity", None, "an id or a name")
        since, until = interval(record, wrong)
        locator = text(record, "locator", wrong) or where
        self.statements.append(
            statement(
                self.key(who, source, locator), f"{model.FACT_PREFIX}{word}", value=value,
                since=since, until=until, basis=basis(record, wrong), source=source,
                locator=locator, note=text(record, "note", wrong),
            )
        )  # fmt: skip


def _only(record: Mapping[str, Any], allowed: frozenset[str], wrong: Wrong) -> None:
    for name in record:
        if name not in allowed:
            raise wrong("an unknown field", name, name, ", ".join(sorted(allowed)))


def text(record: Mapping[str, Any], name: str, wrong: Wrong) -> str:
    """Return a field as text (numbers and dates written out); empty when absent.

    White space at its ends is dropped; all else is kept as it is.
    """
    value = record.get(name)
    if value is None:
        return ""
    if isinstance(value, str):
        if "\x00" in value:
            raise wrong("a NUL character", name, value, "text without it")
        return value.strip()
    if isinstance(value, bool | datetime):
        raise wrong("not a text", name, value, "text in quotes")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | float):
        return f"{value}"
    raise wrong("not a text", name, type(value).__name__, "text in quotes")


def several(record: Mapping[str, Any], name: str, wrong: Wrong) -> list[str]:
    """Return a field that is one text or a list of texts."""
    value = record.get(name)
    items = value if isinstance(value, list) else [value]
    return [t for item in items if (t := text({name: item}, name, wrong))]


def partial_date(record: Mapping[str, Any], name: str, wrong: Wrong) -> str:
    """Return a field that is a partial date.

    Raises:
        InputError: no such date.
    """
    found = text(record, name, wrong)
    if not found:
        return ""
    try:
        return values.date(found)
    except ValueError:
        raise wrong("no such date", name, found, dates.FORMS) from None


def interval(record: Mapping[str, Any], wrong: Wrong) -> tuple[str, str]:
    """Return ``since`` and ``until``, in that order in time."""
    since, until = partial_date(record, "since", wrong), partial_date(record, "until", wrong)
    if since and until and dates.start_day(since) > dates.end_day(until):
        raise wrong("it ends before it begins", "until", until, f"{since} or later")
    return since, until


def basis(record: Mapping[str, Any], wrong: Wrong) -> str:
    """Return the basis of a claim, ``stated`` when nothing is said."""
    found = text(record, "basis", wrong) or "stated"
    if found not in BASIS:
        raise wrong("an unknown basis", "basis", found, ", ".join(BASIS))
    return found


def _country(value: str, wrong: Wrong) -> str:
    try:
        return values.country(value)
    except ValueError:
        named = values.named_country(value)
        if named:
            return named
        raise wrong("no such country", "country", value, "ISO 3166 alpha-2 such as cn") from None


def _identifiers(record: Mapping[str, Any], wrong: Wrong) -> list[tuple[str, str]]:
    table = record.get("identifiers", {})
    if not isinstance(table, Mapping):
        raise wrong("not a table", "identifiers", table, 'such as { uscc = "…" }')
    found: list[tuple[str, str]] = []
    for scheme in table:
        if not _ID.match(scheme):
            raise wrong("not an identifier scheme", "identifiers", scheme, "one word")
        field = f"identifiers.{scheme}"
        for value in several({field: table[scheme]}, field, wrong):
            try:
                found.append((f"{model.ID_PREFIX}{scheme}", values.identifier(scheme, value)))
            except ValueError as error:
                raise wrong(str(error), field, value, None) from None
    return found


def _properties(record: Mapping[str, Any], kind: str, wrong: Wrong) -> dict[str, Any]:
    found: dict[str, Any] = {}
    amount = text(record, "amount", wrong)
    if amount:
        if not _AMOUNT.match(amount):
            raise wrong("not an amount", "amount", amount, "such as 20000000 USD")
        found["amount"] = amount
    listing: dict[str, Any] = {
        name: t for name in _LISTING_FIELDS if (t := text(record, name, wrong))
    }
    for name in ("effective", "divest_by"):
        day = partial_date(record, name, wrong)
        if day:
            listing[name] = day
    programmes = several(record, "programme", wrong)
    if programmes:
        listing["programmes"] = programmes
    notes = record.get("footnotes")
    if notes is not None:
        if not isinstance(notes, list) or not all(type(n) is int and 0 < n < 100 for n in notes):
            raise wrong("not footnotes", "footnotes", notes, "numbers such as [4]")
        listing["footnotes"] = sorted(notes)
    if listing and kind != "LISTED_ON":
        raise wrong("only LISTED_ON has this", next(iter(listing)), kind, "LISTED_ON")
    return found | listing
