"""GraphML and GEXF: networks drawn elsewhere, or exported from here, as entities and relations.

Nodes need a name (``name`` or ``label``, else their id), edges a ``type`` that is a type of
relation. What else is read: ``type`` and ``country`` of nodes; ``since``, ``until``, ``share`` or
``lo`` and ``hi``, ``basis``, ``amount``, ``note`` of edges; other attributes are only counted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final
from xml.etree.ElementTree import Element

from nthtier.graph.errors import InputError
from nthtier.graph.lists import LISTS, REGULATORS
from nthtier.graph.model import Source
from nthtier.graph.names import slug
from nthtier.loaders import records, safe_xml
from nthtier.loaders.editions import edition_date
from nthtier.loaders.factfile import readings
from nthtier.loaders.reader import Audit, Format, Options, Reading
from nthtier.loaders.reading import Input
from nthtier.loaders.records import Document

if TYPE_CHECKING:
    from networkx import Graph

GRAPHML: Final = "{http://graphml.graphdrawing.org/xmlns}"
GEXF: Final = tuple(
    f"{{{a}}}"
    for a in ("http://www.gexf.net/1.1draft", "http://www.gexf.net/1.2draft", "http://gexf.net/1.2",
              "http://gexf.net/1.3", "http://www.gexf.net/1.3draft")
)  # fmt: skip
_NODE: Final = ("name", "label", "type", "country", "countries", "note")
_EDGE: Final = ("type", "since", "until", "share", "lo", "hi", "basis", "amount", "note",
                "citation", "license_requirement", "license_policy")  # fmt: skip
_LOCAL: Final = re.compile(rf"{records.ID_FORM}\Z", re.ASCII)

#: What a file says one after another: node or edge, its ends or id, and its attributes.
_Item = tuple[str, str, str, dict[str, str]]


def takes_graphml(inputs: Sequence[Input]) -> list[Input]:
    """Return the XML documents that are GraphML."""
    mark = GRAPHML.strip("{}").encode()
    return [d for d in inputs if mark in d.head[:4096] and safe_xml.is_xml(d)]


def takes_gexf(inputs: Sequence[Input]) -> list[Input]:
    """Return the XML documents that are GEXF."""
    marks = [ns.strip("{}").encode() + end for ns in GEXF for end in (b'"', b"'")]
    return [d for d in inputs if any(m in d.head[:4096] for m in marks) and safe_xml.is_xml(d)]


def read_graphml(inputs: Sequence[Input], options: Options) -> list[Reading]:
    """Read GraphML documents."""
    return [_read(d, options, "graphml", _graphml) for d in inputs]


def read_gexf(inputs: Sequence[Input], options: Options) -> list[Reading]:
    """Read GEXF documents."""
    return [_read(d, options, "gexf", _gexf) for d in inputs]


def read_networkx(graph: Graph[Any], source: Source) -> Reading:
    """Read a NetworkX graph under a source that the caller describes.

    Nodes and edges carry the attributes that a GraphML file would: ``name``, ``type``,
    ``country`` of nodes; ``type``, ``since``, ``until``, ``share`` and the rest of edges. What is
    no text is taken as Python writes it, None as absent, a list as its items.

    Raises:
        InputError: a node or edge is wrong, which is named, or edges have no direction.

    >>> import networkx
    >>> drawn = networkx.DiGraph()
    >>> drawn.add_node("a", name="Maker")
    >>> drawn.add_edge("a", "b", type="OWNS", share=51.0)
    >>> source = Source("mine", "mine", "A drawing")
    >>> [(s.predicate, s.lo) for s in read_networkx(drawn, source).batch.statements if s.object]
    [('OWNS', 51.0)]
    """
    named = replace(source, format=source.format or "networkx")
    if not graph.is_directed():
        raise InputError("edges without a direction do not say who owns or supplies whom",
                         file=named.file or "graph", found=type(graph).__name__,
                         allowed="DiGraph or MultiDiGraph")  # fmt: skip
    return _gathered(named.file or "graph", named, _networkx(graph))


def _networkx(graph: Graph[Any]) -> Iterator[_Item]:
    for node, said in graph.nodes(data=True):
        yield "node", str(node), "", _texts(said)
    for start, end, said in graph.edges(data=True):
        yield "edge", str(start), str(end), _texts(said)


def _texts(said: Mapping[Any, Any]) -> dict[str, str]:
    """Return attributes as the texts that a file would have."""
    found = {}
    for name, value in said.items():
        if isinstance(value, (list, tuple, set, frozenset)):
            value = ", ".join(str(v) for v in (sorted(value, key=str) if isinstance(
                value, (set, frozenset)) else value))  # fmt: skip
        if value is not None and value == value:  # nan is absent too
            found[str(name)] = str(value).strip()
    return found


def _read(
    document: Input,
    options: Options,
    format_: str,
    items: Callable[[Input], Iterator[_Item]],
) -> Reading:
    name = slug(document.path.name.partition(".")[0]) or format_
    date = edition_date(document, options)
    described = Source(
        id=f"{format_}-{name}@{date or document.sha256[:8]}", dataset=f"{format_}-{name}",
        title=f"Graph {document.path.name}", date=date, sha256=document.sha256,
        file=document.name, format=format_, allowed=tuple(sorted(options.allow)),
    )  # fmt: skip
    return _gathered(document.name, described, items(document))


def _gathered(document: str, described: Source, items: Iterator[_Item]) -> Reading:
    """Make a reading of nodes and edges; ``document`` is how errors call where they are."""
    source = described.id
    facts = Document(described.dataset)
    audit = Audit()
    ids: dict[str, str] = {}
    edges: list[tuple[str, str, dict[str, str]]] = []
    for kind, one, other, said in items:
        if kind == "edge":
            edges.append((one, other, said))
            continue
        _node(document, facts, source, ids, one, said)
        _count(audit, "node", said, _NODE)
    for number, (start, end, said) in enumerate(edges, 1):
        _edge(document, facts, source, ids, number, (start, end), said)
        _count(audit, "edge", said, _EDGE)
    if not ids:
        raise InputError("a graph without nodes", file=document)
    described = replace(described, records=len(ids) + len(edges))
    reading = readings({source: described}, facts)[0]
    reading.counts.clear()
    reading.counts.update(nodes=len(ids), edges=len(edges))
    reading.audit = audit
    return reading


def _count(audit: Audit, kind: str, said: dict[str, str], used: Sequence[str]) -> None:
    for name, value in said.items():
        if value and name not in used:
            audit.unused[f"{kind}.{name[:60]}"] += 1


def _node(
    document: str,
    facts: Document,
    source: str,
    ids: dict[str, str],
    id_: str,
    said: dict[str, str],
) -> None:
    wrong = _wrong(document, f"node {id_}")
    if not id_:
        raise wrong("a node without an id", "id", id_, None)
    if id_ in ids:
        raise wrong("a node twice", "id", id_, "each id once")
    if id_ in LISTS or id_ in REGULATORS:  # what an export of ours calls them, with their facts
        ids[id_] = id_
        return
    local = id_
    if not _LOCAL.match(id_):
        digest = blake2b(id_.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()
        local = f"{slug(id_, 40) or 'node'}-{digest}"
    ids[id_] = local
    kind = said.get("type", "")
    record: dict[str, Any] = {"id": local, "name": said.get("name") or said.get("label") or id_}
    if kind in records.ENTITY_TYPES:
        record["type"] = kind
    country = said.get("country") or said.get("countries", "")
    codes = re.findall(r"[A-Za-z]{2,}(?: [A-Za-z]+)*", country)
    if codes:
        record["country"] = codes
    if said.get("note"):
        record["note"] = said["note"]
    facts.entity(record, source, f"node {id_}", wrong, again=False)


def _edge(
    document: str,
    facts: Document,
    source: str,
    ids: dict[str, str],
    number: int,
    ends: tuple[str, str],
    said: dict[str, str],
) -> None:
    wrong = _wrong(document, f"edge {number}")
    record: dict[str, Any] = {}
    for name, end in zip(("from", "to"), ends, strict=True):
        if end not in ids:
            raise wrong("no such node", "source" if name == "from" else "target", end, None)
        record[name] = ids[end]
    if said.get("type") == "MAINTAINED_BY" and record["from"] in LISTS:
        return  # the software's own table says so
    lo, hi = said.get("lo", ""), said.get("hi", "")
    if lo or hi:
        if not (lo and hi) or said.get("share"):
            raise wrong("half a share, or two of them", "lo", f"{lo}, {hi}", "lo and hi, or share")
        record["share"] = lo if lo == hi else f"{lo}-{hi}"
    record |= {n: said[n] for n in _EDGE if n not in ("lo", "hi") and said.get(n)}
    facts.relation(record, source, f"edge {number}", wrong)


def _wrong(document: str, where: str) -> records.Wrong:
    def make(message: str, field: str, found: object, allowed: str | None) -> InputError:
        word, _, which = where.partition(" ")
        return InputError(message, file=document, row=which, row_word=word, field=field,
                          found=found, allowed=allowed)  # fmt: skip

    return make


def _graphml(document: Input) -> Iterator[_Item]:
    ns = GRAPHML
    names: dict[str, str] = {}
    tags = {ns + t for t in ("key", "node", "edge", "hyperedge")}
    for _, element in safe_xml.records(document, tags, {ns + "graphml"}):
        if element.tag == ns + "key":
            names[element.get("id", "")] = element.get("attr.name", element.get("id", ""))
            continue
        if element.tag == ns + "hyperedge" or element.find(f"{ns}graph") is not None:
            raise InputError("graphs within nodes and edges of many ends are not read",
                             file=document.name, field=element.get("id", ""))  # fmt: skip
        said = {
            names.get(data.get("key", ""), data.get("key", "")): (data.text or "").strip()
            for data in element.findall(f"{ns}data")
        }
        if element.tag == ns + "node":
            yield "node", element.get("id", ""), "", said
        else:
            yield "edge", element.get("source", ""), element.get("target", ""), said


def _gexf(document: Input) -> Iterator[_Item]:
    names: dict[tuple[str, str], str] = {}
    tags = {ns + t for ns in GEXF for t in ("attributes", "node", "edge")}
    for _, element in safe_xml.records(document, tags, {ns + "gexf" for ns in GEXF}):
        namespace, _, tag = element.tag.rpartition("}")
        ns = namespace + "}"
        if tag == "attributes":
            kind = element.get("class", "")
            for attribute in element.findall(f"{ns}attribute"):
                names[kind, attribute.get("id", "")] = attribute.get("title", "")
            continue
        said = _values(element, ns, tag, names)
        if tag == "node":
            if element.find(f"{ns}nodes") is not None:
                raise InputError("nodes within nodes are not read", file=document.name,
                                 field=element.get("id", ""))  # fmt: skip
            yield "node", element.get("id", ""), "", {"label": element.get("label", ""), **said}
        else:
            drawn = element.get("type", "")  # NetworkX puts an edge's own type here
            if drawn not in ("", "directed", "undirected", "mutual"):
                said.setdefault("type", drawn)
            said.setdefault("type", element.get("label", ""))
            for name, bound in (("since", "start"), ("until", "end")):
                if element.get(bound):
                    said.setdefault(name, element.get(bound, ""))
            yield "edge", element.get("source", ""), element.get("target", ""), said


def _values(
    element: Element, ns: str, kind: str, names: dict[tuple[str, str], str]
) -> dict[str, str]:
    found: dict[str, str] = {}
    for value in element.findall(f"{ns}attvalues/{ns}attvalue"):
        id_ = value.get("for") or value.get("id") or ""
        found[names.get((kind, id_), id_)] = value.get("value", "").strip()
    return found


FORMATS: Final = (
    Format("graphml", "GraphML", takes_graphml, read_graphml),
    Format("gexf", "GEXF", takes_gexf, read_gexf),
)
