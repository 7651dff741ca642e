"""What a person would write about a path, a listing, or the lack of a path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nthtier.graph.lists import LISTS
from nthtier.graph.ontology import BY_NAME

Hop = Mapping[str, Any]


def path_sentence(
    subject: str, hops: Sequence[Hop], listings: Sequence[Mapping[str, Any]], tail: str = ""
) -> str:
    """Return one sentence that reads a path from its subject on.

    >>> hop = {"type": "INVESTED_IN", "read": "forward", "since": "2005", "until": None,
    ...        "from": {"name": "Microsoft"}, "to": {"name": "Inspur Group"}, "basis": "stated",
    ...        "share": None, "contested": False}
    >>> path_sentence("Microsoft", [hop], [{"list_name": "US Entity List",
    ...                                     "since": "2023-03-02", "until": None}])[:51]
    'Microsoft invested in Inspur Group (since 2005), wh'
    """
    parts = [subject]
    for number, hop in enumerate(hops):
        type_ = BY_NAME[hop["type"]]
        forward = hop["read"] == "forward"
        phrases = type_.forward if forward else type_.backward
        phrase = phrases[1] if hop["until"] else phrases[0]
        other = hop["to"]["name"] if forward else hop["from"]["name"]
        parts.append(f"{', which' if number else ''} {phrase} {other}{_remarks(hop)}")
    if listings:
        parts.append(f", which {listing_phrase(listings)}")
    return "".join(parts) + (f"{tail}." if tail else ".")


def _remarks(hop: Hop) -> str:
    notes = []
    if hop["share"]:
        lo, hi = hop["share"]
        notes.append(f"{lo:g} %" if lo == hi else f"{lo:g} to {hi:g} %")
    dates = _dates(hop["since"], hop["until"])
    if dates:
        notes.append(dates)
    if hop["basis"] != "stated":
        notes.append(hop["basis"])
    return f" ({', '.join(notes)})" if notes else ""


def _dates(since: str | None, until: str | None) -> str:
    if since and until:
        return f"{since} to {until}"
    return f"since {since}" if since else f"until {until}" if until else ""


def listing_phrase(listings: Sequence[Mapping[str, Any]]) -> str:
    """Return "is on the US Entity List (since 2023-03-02) and the US 1260H List (undated)".

    >>> listing_phrase([{"list": "us-dod-1237", "list_name": "…", "since": "2020", "until": None}])
    'is on the US 1237 List (since 2020)'
    """
    verb = "was" if all(x["until"] for x in listings) else "is"
    return f"{verb} on {listing_names(listings)}"


def listing_names(listings: Sequence[Mapping[str, Any]]) -> str:
    """Return the lists with their dates, oldest first: "the US Entity List (since 2023-03-02)"."""
    ordered = sorted(listings, key=lambda x: (x["since"] or "9999", x["list_name"]))
    return and_list([f"the {short_name(x)} ({_when(x)})" for x in ordered])


def _when(listing: Mapping[str, Any]) -> str:
    said = _dates(listing["since"], listing["until"]) or "undated"
    return f"{said}, hypothetical" if listing.get("basis") == "hypothetical" else said


def short_name(listing: Mapping[str, Any]) -> str:
    """Return the name people use of a listing's list; the whole name of some fills a line."""
    info = LISTS.get(listing.get("list", ""))
    if info is None:
        return str(listing["list_name"])
    owner = info.id.partition("-")[0].upper()
    return info.short if info.short.startswith(owner) else f"{owner} {info.short}"


def and_list(parts: Sequence[str]) -> str:
    """Join words as a sentence does.

    >>> and_list(["a", "b", "c"])
    'a, b and c'
    """
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def coverage_phrase(max_hops: int, as_of: str, known: str, lens: str) -> str:
    """Return within what a search looked: hops, lens, dates."""
    words = [f"within {max_hops} hop{'s' if max_hops != 1 else ''}"]
    if lens and lens != "any":
        words.append(f"by the lens {lens}")
    if as_of:
        words.append(f"as of {as_of}")
    if known:
        words.append(f"as known on {known}")
    return " ".join(words)
