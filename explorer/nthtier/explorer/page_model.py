"""From a result to what its page shows: companies, relations and paths under ids of our own.

Everything that comes from data ends as text or as a finite number, and stands under internal ids
(``n0``, ``e0``), so that no name or id of a company can be mistaken for a key, a number or code.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from nthtier.explorer.layout import Edge, Layout, Route, place, place_narrow, tiers
from nthtier.explorer.ownership import STAKES, levels, place_levels
from nthtier.explorer.page_portfolio import portfolio
from nthtier.explorer.page_words import (
    RELATED,
    ROLES,
    amount_text,
    days,
    number,
    plain,
    relation_words,
    share_text,
    text,
)
from nthtier.explorer.shared_rows import SharedRows, filled
from nthtier.graph.lists import LISTS
from nthtier.graph.ontology import BY_NAME

#: More companies than this are not drawn; the table still names every relation.
MOST_DRAWN: Final = 1_000


def _records(value: object) -> list[Mapping[str, Any]]:
    """Return the records of a list that may be missing."""
    return [x for x in value if isinstance(x, Mapping)] if isinstance(value, list | tuple) else []


def _texts(value: object) -> list[str]:
    return [text(x) for x in value if text(x)] if isinstance(value, list | tuple) else []


class Model:
    """Collects what a page shows; each company and each relation once."""

    def __init__(
        self,
        result: Mapping[str, Any],
        context: Sequence[Mapping[str, Any]],
        lists: Mapping[str, Mapping[str, str]],
        around: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        self.lists = lists
        self.findings = _records(result.get("findings"))
        query, coverage = result.get("query"), result.get("coverage")
        self.query: Mapping[str, Any] = query if isinstance(query, Mapping) else {}
        self.coverage: Mapping[str, Any] = coverage if isinstance(coverage, Mapping) else {}
        self.sources = {text(s.get("id")): s for s in _records(self.coverage.get("sources"))}
        self.said_by, self.evidence = SharedRows(), SharedRows()
        self.lists_shown, self.types = SharedRows(), SharedRows()
        self.nodes: list[dict[str, Any]] = []
        self.edges: list[dict[str, Any]] = []
        self._node_ids: dict[str, str] = {}
        self._edge_ids: dict[str, str] = {}
        self._routes: list[Route] = []
        self.focus = list(dict.fromkeys(self._subjects()))
        self.paths = [{**self._path(f), "around": False} for f in self.findings]
        self.paths += [{**self._path(f), "around": True} for f in around]
        for hop in context:
            self._hop(hop)
        self.portfolio = portfolio(result, self._node_ids)
        self._roles()
        self._place()

    def _subjects(self) -> Iterable[str]:
        for finding in self.findings:
            yield self.node(finding.get("subject"))
        if not self.findings and text(self.query.get("subject")):
            yield self.node({"id": self.query["subject"]})

    def node(self, entity: object) -> str:
        """Return the internal id of a company; what several places say of it is joined."""
        given: Mapping[str, Any] = entity if isinstance(entity, Mapping) else {}
        key = plain(given.get("id")) or plain(given.get("name"))
        if key not in self._node_ids:
            self._node_ids[key] = f"n{len(self.nodes)}"
            self.nodes.append(
                {"id": self._node_ids[key], "key": text(key), "name": text(key), "names": [],
                 "type": "", "country": "", "listings": []}
            )  # fmt: skip
        node = self.nodes[int(self._node_ids[key][1:])]
        for field in ("name", "type", "country"):
            node[field] = text(given.get(field)) or node[field]
        if all(len(c) == 2 for c in node["country"].split("; ")):
            node["country"] = node["country"].upper().replace("; ", ", ")
        node["names"] += [n for n in _texts(given.get("names")) if n not in node["names"]]
        for listing in _records(given.get("listings")):
            made = self._listing(listing)
            if made not in node["listings"]:
                node["listings"].append(made)
        return self._node_ids[key]

    def _listing(self, x: Mapping[str, Any]) -> dict[str, Any]:
        id_ = text(x.get("list"))
        known, info = self.lists.get(id_, {}), LISTS.get(id_)
        name = text(known.get("name")) or text(x.get("list_name")) or (info.name if info else id_)
        short, begins = (info.short, info.begins) if info else (name, "")
        since, until = text(x.get("since")), text(x.get("until"))
        return filled(
            {
                "list": self.lists_shown.number(
                    id_, name, short, text(known.get("regulator")), text(known.get("kind")), begins
                ),
                "basis": text(x.get("basis")),
                **{f: text(x.get(f)) for f in ("since", "until", "citation", "note")},
                # Without a date it holds from the list's own beginning on, as in the graph.
                "days": days(since or begins, until),
                "requirement": text(x.get("license_requirement")),
                "policy": text(x.get("license_policy")),
                **{
                    f: "; ".join(map(text, x.get(f) or ()))
                    for f in ("programmes", "measures", "reasons")
                },
                "evidence": self._evidence(x.get("evidence")),
            }
        )

    def _evidence(self, value: object) -> list[int]:
        """Return the numbers of the rows of evidence: many relations rest on the same."""
        made = []
        for e in _records(value):
            source = self.sources.get(text(e.get("source")), {})
            who = [text(e.get(f)) or text(source.get(f)) for f in ("title", "publisher", "date",
                                                                   "url")]  # fmt: skip
            by = self.said_by.number(text(e.get("source")), *who)
            said = [text(e.get(f)) for f in ("statement", "locator", "note", "basis")]
            said[3] = "" if said[3] == "stated" else said[3]
            made.append(self.evidence.number(by, *said))
        return made

    def _hop(self, hop: Mapping[str, Any]) -> str:
        """Return the internal id of a relation; its rival claims become relations beside it."""
        start, end = self.node(hop.get("from")), self.node(hop.get("to"))
        type_ = text(hop.get("type"))
        edge = self._edge(hop, start, end, type_)
        for claim in _records(hop.get("competing")):
            self._edge(claim, start, end, type_)
        return edge

    def _edge(self, claim: Mapping[str, Any], start: str, end: str, type_: str) -> str:
        since, until = text(claim.get("since")), text(claim.get("until"))
        share, amount = share_text(claim.get("share")), amount_text(text(claim.get("amount")))
        key = text(claim.get("relation")) or "\0".join((start, type_, end, since, until, share))
        if key in self._edge_ids:
            edge = self.edges[int(self._edge_ids[key][1:])]
            edge["contested"] = edge["contested"] or bool(claim.get("contested"))
            return self._edge_ids[key]
        self._edge_ids[key] = f"e{len(self.edges)}"
        basis = text(claim.get("basis")) or "stated"
        known = BY_NAME.get(type_)
        words = relation_words(type_)
        now, before = known.forward if known else (words, words)
        mutual = known is not None and known.forward == known.backward
        self.edges.append(
            {
                "id": self._edge_ids[key],
                "from": start,
                "to": end,
                "relation": text(claim.get("relation")),
                "type": type_,
                "kind": self.types.number(type_, words, now, before, mutual, type_ in STAKES),
                "mutual": mutual,
                "since": since,
                "until": until,
                "days": days(since, until),
                "share": share,
                "amount": amount,
                "basis": basis,
                "contested": bool(claim.get("contested")),
                "note": text(claim.get("note")),
                "evidence": self._evidence(claim.get("evidence")),
            }
        )
        return self._edge_ids[key]

    def _path(self, finding: Mapping[str, Any]) -> dict[str, Any]:
        at = self.node(finding.get("subject"))
        stops, upstream = [at], False
        edges: list[str] = []
        for hop in _records(finding.get("path")):
            edge = self.edges[int(self._hop(hop)[1:])]
            backward = hop.get("read") == "backward"
            if not edges:
                upstream = backward and not edge["mutual"]
            edges.append(edge["id"])
            stops.append(edge["from"] if backward else edge["to"])
        target = finding.get("target")
        end = self.node(target) if isinstance(target, Mapping) else stops[-1]
        if edges and at in self.focus:
            self._routes.append(Route(tuple(dict.fromkeys(stops)), upstream))
        return {
            "class": text(finding.get("class")),
            "sentence": text(finding.get("sentence")),
            "strength": number(finding.get("strength")),
            "since": text(finding.get("since")),
            "until": text(finding.get("until")),
            "subject": at,
            "target": end,
            "nodes": list(dict.fromkeys(stops if edges else [at, end])),
            "edges": list(dict.fromkeys(edges)),
            "rule": _rule(finding.get("rule")),
        }

    def _roles(self) -> None:
        """Give each company its role: what it is to the company in focus, by direct relations."""
        said: dict[str, dict[str, tuple[str, bool]]] = {n["id"]: {} for n in self.nodes}
        for edge in self.edges:
            start, end = ROLES.get(edge["type"], (RELATED, RELATED))
            for node, other, (role, icon) in (
                (edge["from"], edge["to"], start),
                (edge["to"], edge["from"], end),
            ):
                if other in self.focus and node != other:
                    _, ended = said[node].get(role, (icon, True))
                    said[node][role] = (icon, ended and bool(edge["until"]))
        for node in self.nodes:
            roles = said[node["id"]]
            if node["id"] in self.focus:
                here = "in focus" if self.portfolio is None else "in the portfolio"
                node["role"], node["icon"] = here, "focus"
            elif roles:
                words = [f"former {r}" if ended else r for r, (_, ended) in roles.items()]
                node["role"], node["icon"] = ", ".join(words), next(iter(roles.values()))[0]
            else:
                node["role"], node["icon"] = "", "other"

    def _place(self) -> None:
        """Give every company that is drawn its place: in the tiers, and among owners."""
        edges = [Edge(e["from"], e["to"], e["mutual"]) for e in self.edges]
        tier = tiers(self.focus, self._routes, edges)
        drawn = self._strongest_first()[:MOST_DRAWN]
        self.layout: Layout = place(drawn, edges, tier)
        self.narrow: Layout = place_narrow(drawn, tier)
        held = [Edge(e["from"], e["to"]) for e in self.edges if e["type"] in STAKES]
        ends = {n for e in held for n in (e.start, e.end)}
        owners = [n for n in drawn if n in ends]
        level = levels(owners, held)
        self.top_down: Layout = place_levels(owners, held, level)
        self.top_down_narrow: Layout = place_narrow(owners, level)
        for node in self.nodes:
            node["tier"] = tier.get(node["id"], 1)
        near = self._roles_towards_the_focus()
        for node in self.nodes:
            if not node["role"]:
                far = (f"{abs(node['tier'])} hops away", "other")
                node["role"], node["icon"] = near.get(node["id"], far)
            node["role"] = node["role"][:1].upper() + node["role"][1:]

    def _strongest_first(self) -> list[str]:
        """Return the companies path by path, so that what is drawn first hangs together."""
        on_paths = (n for p in self.paths for n in p["nodes"])
        first = self.focus[:1]
        return list(dict.fromkeys([*first, *on_paths, *(n["id"] for n in self.nodes)]))

    def _roles_towards_the_focus(self) -> dict[str, tuple[str, str]]:
        """Return what each company is to its first neighbour that is nearer to the focus."""
        found: dict[str, tuple[str, str]] = {}
        for edge in self.edges:
            start, end = ROLES.get(edge["type"], (RELATED, RELATED))
            for id_, other_id, (role, icon) in (
                (edge["from"], edge["to"], start),
                (edge["to"], edge["from"], end),
            ):
                node, other = self.nodes[int(id_[1:])], self.nodes[int(other_id[1:])]
                if abs(other["tier"]) < abs(node["tier"]):
                    former = "former " if edge["until"] else ""
                    said = f"{former}{role} of {other['name']}"
                    if icon in ("venture", "partner", "other"):
                        said = f"{former}{role}, {other['name']}"
                    found.setdefault(id_, (said, icon))
        return found


def _rule(value: object) -> dict[str, Any] | None:
    """Return a rule's answer as lines of text."""
    if not isinstance(value, Mapping):
        return None
    status = value.get("status")
    return filled(
        {
            **{f: text(value.get(f)) for f in ("id", "name", "answer", "plain", "effect")},
            "citation": text(value.get("citation")) or "; ".join(_texts(value.get("citations"))),
            "status": status_text(status) if isinstance(status, Mapping) else text(status),
            "arithmetic": lines(value.get("arithmetic")),
            "missing": lines(value.get("missing")),
        }
    )


def lines(value: object) -> list[str]:
    """Return arithmetic as lines of text, whether each is text or a record with its text.

    >>> lines([{"kind": "sum", "text": "together 50 %"}, "x"]), lines("one"), lines(None)
    (['together 50 %', 'x'], ['one'], [])
    """
    given = value if isinstance(value, list | tuple) else [value]
    return [t for x in given if (t := text(x.get("text") if isinstance(x, Mapping) else x))]


def status_text(status: Mapping[str, Any]) -> str:
    """Return a rule's status in words.

    >>> status_text({"state": "suspended", "since": "2025-11-10", "until": None, "source": "BIS"})
    'suspended since 2025-11-10 (BIS)'
    """
    words = [text(status.get("state"))]
    words += [f"{w} {text(status[w])}" for w in ("since", "until") if status.get(w)]
    more = "; ".join(text(status[w]) for w in ("source", "note") if status.get(w))
    return " ".join(words) + (f" ({more})" if more else "")
