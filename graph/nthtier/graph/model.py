"""Values of the graph: sources and statements, which everything else is computed from.

A statement speaks of its subject by a *key*: the name of a record in its source
(``ofac:30949``, ``us-bis-el:inspur group co ltd:cn``, ``article#inspur-group``). Which keys are
one company is decided later, in `nthtier.graph.identity`, and never written into the statement.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Final, NamedTuple

#: Predicates that describe an entity; identifiers are ``id:<scheme>``, other facts ``fact:<word>``.
TYPE: Final = "type"
NAME: Final = "name"
ALIAS: Final = "alias"
WEAK_ALIAS: Final = "weakAlias"
#: The bare name by which a document speaks of a company it says nothing else about.
MENTION: Final = "mention"
COUNTRY: Final = "country"
ADDRESS: Final = "address"
NOTE: Final = "note"
NAME_KINDS: Final = (NAME, MENTION, ALIAS, WEAK_ALIAS)
#: A person decided that the subject and the record whose key is the value are one, or are not.
SAME: Final = "decided:same"
DIFFERENT: Final = "decided:different"
ID_PREFIX: Final = "id:"
FACT_PREFIX: Final = "fact:"
#: Two entities with one of these in common are one: each names a single legal person.
STRONG_SCHEMES: Final = frozenset({"lei", "uscc", "isin", "cik", "ofac"})


class Statement(NamedTuple):
    """One sourced claim. Empty text means absent; shares are percent, ``nan`` where unknown.

    ``object`` is the key of the other entity of a relation, ``value`` the value of an attribute,
    ``raw`` the words found where they differ from it. ``locator`` is the row, element or
    paragraph; ``props`` is a JSON object with sorted keys for what only some relations have.
    """

    id: str
    subject: str
    predicate: str
    object: str
    value: str
    raw: str
    lang: str
    since: str
    until: str
    lo: float
    hi: float
    basis: str
    source: str
    locator: str
    note: str
    props: str


UNKNOWN: Final = float("nan")
#: Begins the hash of a statement; a copy takes two thirds of the time of a new one.
_hash: Final = blake2b(digest_size=8).copy


def share_text(lo: float, hi: float) -> str:
    """Return a share as ids spell it: no two shares the same, empty where it is not known.

    >>> share_text(51.0, 51.0), share_text(33.3333333, 50.0), share_text(UNKNOWN, UNKNOWN)
    ('51:51', '33.3333333:50', '')
    """
    return "" if math.isnan(lo) else f"{_short(lo)}:{_short(hi)}"


def _short(number: float) -> str:
    text = f"{number:g}"
    return text if float(text) == number else repr(number)


def statement(
    subject: str,
    predicate: str,
    *,
    source: str,
    locator: str,
    object: str = "",  # noqa: A002 - the field's own word
    value: str = "",
    raw: str = "",
    lang: str = "",
    since: str = "",
    until: str = "",
    share: tuple[float, float] | None = None,
    basis: str = "stated",
    note: str = "",
    props: Mapping[str, Any] | None = None,
) -> Statement:
    """Make a statement; its id is a hash of all it says, source and locator included.

    Example:
        >>> a = statement("doc#ms", "INVESTED_IN", object="doc#inspur", since="2005",
        ...               source="doc", locator="paragraph 5")
        >>> a.id == statement("doc#ms", "INVESTED_IN", object="doc#inspur", since="2005",
        ...                   source="doc", locator="paragraph 5").id
        True
    """
    lo, hi = share if share is not None else (UNKNOWN, UNKNOWN)
    more = json.dumps(props, sort_keys=True, ensure_ascii=False) if props else ""
    shares = share_text(lo, hi)
    content = "\x1f".join(
        (subject, predicate, object, value, raw, lang, since, until, shares, basis, source,
         locator, note, more)
    )  # fmt: skip
    digest = _hash()
    digest.update(content.encode("utf-8", "surrogatepass"))
    return Statement(
        digest.hexdigest(), subject, predicate, object, value, raw, lang, since, until, lo, hi,
        basis, source, locator, note, more,
    )  # fmt: skip


#: What is plainly said of an entity, before it is hashed: subject, predicate, value, raw, lang,
#: source, locator. A loader of millions makes these, and `pile` hashes many at once.
Plain = tuple[str, str, str, str, str, str, str]


def describer(
    subject: str, source: str, locator: str, found: list[Statement | Plain]
) -> Callable[..., None]:
    """Return what adds plain statements about one entity to a list.

    It takes ``predicate``, ``value``, ``raw`` and ``lang``.

    >>> found: list[Statement | Plain] = []
    >>> describer("lei:1", "gleif", "LEI 1", found)("name", "Inspur", lang="en")
    >>> whole(found[0]) == statement("lei:1", "name", value="Inspur", lang="en", source="gleif",
    ...                              locator="LEI 1")
    True
    """
    add = found.append

    def say(predicate: str, value: str, raw: str = "", lang: str = "") -> None:
        add((subject, predicate, value, raw, lang, source, locator))

    return say


def whole(plain: Plain) -> Statement:
    """Return a plain statement as any other."""
    subject, predicate, value, raw, lang, source, locator = plain
    return statement(subject, predicate, value=value, raw=raw, lang=lang, source=source,
                     locator=locator)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Source:
    """One edition of one dataset or document.

    ``date`` is the edition's date (partial, empty when unknown), ``retrieved`` when the bytes
    were fetched, ``sha256`` their digest. ``covers`` names the lists of which this edition holds
    every entry, so that an entry missing from it had left the list. ``allowed`` records the
    gates that a person overrode.
    """

    id: str
    dataset: str
    title: str
    publisher: str = ""
    date: str = ""
    url: str = ""
    retrieved: str = ""
    licence: str = ""
    sha256: str = ""
    file: str = ""
    format: str = ""
    note: str = ""
    records: int = 0
    covers: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Batch:
    """All that was read from one source: the source and its statements."""

    source: Source
    statements: list[Statement] = field(default_factory=list)
