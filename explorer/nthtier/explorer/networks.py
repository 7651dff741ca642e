"""The whole graph for other programs: GraphML, GEXF, FollowTheMoney, and a Cypher script.

Text of the data is escaped or quoted in each of them and never part of the structure. What is
absent is left out. Characters that XML cannot hold are written as U+FFFD.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import IO, Any, Final
from xml.sax.saxutils import escape, quoteattr

from nthtier.graph import dates
from nthtier.graph.ontology import BY_NAME
from nthtier.graph.version import Version
from nthtier.queries.cypher import model

_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_GRAPHML: Final = {model.TEXT: "string", model.WHOLE: "long", model.REAL: "double",
                   model.FLAG: "boolean", model.TEXTS: "string"}  # fmt: skip
_GEXF: Final = _GRAPHML | {model.TEXTS: "liststring"}
#: FollowTheMoney's properties for the ends of an edge, by schema.
_FTM_ENDS: Final = {
    "Ownership": ("owner", "asset"), "Control": ("controller", "controlled"),
    "Directorship": ("director", "organization"), "Membership": ("member", "organization"),
    "Succession": ("predecessor", "successor"), "UnknownLink": ("subject", "object"),
    "ContractAward": ("supplier", "contract"),
}  # fmt: skip
_FTM_TYPES: Final = frozenset({"Company", "Person", "PublicBody", "Organization", "LegalEntity",
                               "Vessel", "Airplane"})  # fmt: skip
_FTM_IDS: Final = {"lei": "leiCode", "uscc": "uscCode", "isin": "isinCode", "cik": "cikCode",
                   "ticker": "ticker", "imo": "imoNumber", "swift": "swiftBic"}  # fmt: skip
#: Schemas that have these properties; elsewhere FollowTheMoney would refuse them.
_FTM_COMPANY_IDS: Final = frozenset({"isinCode", "cikCode", "ticker"})


def write_graphml(version: Version, file: IO[str]) -> None:
    """Write GraphML: entities as nodes, relations as directed edges with their ids."""
    keys = {"n": model.NODES[model.ENTITY], "e": _edge_properties()}
    file.write('<?xml version="1.0" encoding="UTF-8"?>\n')
    file.write('<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n')
    for letter, where in (("n", "node"), ("e", "edge")):
        for name, kind in keys[letter].items():
            file.write(f'<key id="{letter}-{name}" for="{where}" attr.name="{name}" '
                       f'attr.type="{_GRAPHML[kind]}"/>\n')  # fmt: skip
    file.write('<graph edgedefault="directed">\n')
    for row in _entities(version):
        file.write(f"<node id={_attribute(row['id'])}>{_data('n', row)}</node>\n")
    for type_, row in _relations(version):
        start, end = row.pop("start"), row.pop("end")
        file.write(
            f"<edge id={_attribute(row['id'])} source={_attribute(start)} "
            f"target={_attribute(end)}>{_data('e', {'type': type_, **row})}</edge>\n"
        )
    file.write("</graph>\n</graphml>\n")


def write_gexf(version: Version, file: IO[str]) -> None:
    """Write GEXF 1.3 with dates: an edge is there while its relation holds."""
    file.write('<?xml version="1.0" encoding="UTF-8"?>\n')
    file.write('<gexf xmlns="http://gexf.net/1.3" version="1.3">\n')
    file.write(f"<meta><creator>nthtier</creator><description>version {version.id}"
               "</description></meta>\n")  # fmt: skip
    file.write('<graph defaultedgetype="directed" mode="dynamic" timeformat="date" '
               'timerepresentation="interval">\n')  # fmt: skip
    tables = (("node", model.NODES[model.ENTITY]), ("edge", _edge_properties()))
    for where, properties in tables:
        file.write(f'<attributes class="{where}">\n')
        for name, kind in properties.items():
            file.write(f'<attribute id="{name}" title="{name}" type="{_GEXF[kind]}"/>\n')
        file.write("</attributes>\n")
    file.write("<nodes>\n")
    for row in _entities(version):
        label = _attribute(row.get("name", row["id"]))
        file.write(f"<node id={_attribute(row['id'])} label={label}>{_values(row)}</node>\n")
    file.write("</nodes>\n<edges>\n")
    for type_, row in _relations(version):
        start, end = row.pop("start"), row.pop("end")
        spell = "".join(
            f' {word}="{dates.day_text(row[day])}"'
            for word, day in (("start", "since_day"), ("end", "until_day"))
            if dates.day_text(row[day])
        )
        file.write(
            f"<edge id={_attribute(row['id'])} source={_attribute(start)} "
            f'target={_attribute(end)} label="{type_}"{spell}>'
            f"{_values({'type': type_, **row})}</edge>\n"
        )
    file.write("</edges>\n</graph>\n</gexf>\n")


def write_ftm(version: Version, file: IO[str]) -> None:
    """Write FollowTheMoney entities, one JSON object a line.

    A supply is an ``UnknownLink`` with its role: FollowTheMoney has no schema for it. A listing
    is a ``Sanction``. Lists themselves are named in those and are no entities.
    """
    names: dict[str, str] = {}
    listed: set[str] = set()
    for row in _entities(version):
        names[row["id"]] = row.get("name", row["id"])
        if row["type"] == "List":
            listed.add(row["id"])
            continue
        file.write(_ftm_line(row["id"], *_ftm_entity(row)))
    for type_, row in _relations(version):
        start, end = row.pop("start"), row.pop("end")
        if type_ == model.LISTED_ON:
            schema, said = "Sanction", _ftm_sanction(row, start, names[end], end)
        elif start in listed or end in listed:
            continue
        else:
            schema, said = _ftm_edge(type_, row, start, end)
        file.write(_ftm_line(row["id"], schema, said))


def write_cypher(version: Version, file: IO[str]) -> None:
    """Write a script that a plain, empty Neo4j database loads (``cypher-shell -f``).

    Rows stand in it as quoted text and numbers; labels, types and names are the model's own.
    """
    file.write(f"// nthtier version {version.id}; for an empty database.\n")
    for label in model.NODES:
        file.write(f"CREATE CONSTRAINT nthtier_{label} IF NOT EXISTS "
                   f"FOR (n:{label}) REQUIRE n.id IS UNIQUE;\n")  # fmt: skip
    file.write(f"MERGE (g:{model.GRAPH} {{id: 'nthtier'}}) "
               f"SET g = {_literal(model.graph_row(version))};\n")  # fmt: skip
    for label, table in model.nodes(version):
        for rows in _batches(table):
            file.write(f"UNWIND [\n{rows}\n] AS row MERGE (n:{label} {{id: row.id}}) "
                       "SET n = row;\n")  # fmt: skip
    for link, table in model.links(version):
        for rows in _batches(table):
            file.write(
                f"UNWIND [\n{rows}\n] AS row MATCH (a:{link.start} {{id: row.start}}) "
                f"MATCH (b:{link.end} {{id: row.end}}) MERGE (a)-[r:{link.type} {{id: row.id}}]"
                f"->(b) SET r = row REMOVE r.start, r.end;\n"
            )


def _batches(table: Any) -> Iterator[str]:
    for batch in table.to_batches(max_chunksize=500):
        rows = [{k: v for k, v in row.items() if v is not None} for row in batch.to_pylist()]
        if rows:
            yield ",\n".join(map(_literal, rows))


def _literal(value: Any) -> str:
    """Return a value as a Cypher literal; keys are the model's own words.

    >>> _literal({"name": "it's", "n": [1, True]})
    "{`name`: 'it\\\\'s', `n`: [1, true]}"
    """
    if isinstance(value, dict):
        return "{" + ", ".join(f"`{k}`: {_literal(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return f"[{', '.join(map(_literal, value))}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    return f"'{''.join(map(_quoted, str(value)))}'"


def _quoted(character: str) -> str:
    """Return a character of a text as it may stand between single quotes, and on one line."""
    if character in "\\'":
        return f"\\{character}"
    if not character.isprintable() and ord(character) < 0x10000:
        return f"\\u{ord(character):04X}"
    return character


def _edge_properties() -> dict[str, str]:
    return {"type": model.TEXT} | model.LINKS[model.LISTED_ON].properties


def _entities(version: Version) -> Iterator[dict[str, Any]]:
    for label, table in model.nodes(version):
        if label == model.ENTITY:
            yield from _present(table)


def _relations(version: Version) -> Iterator[tuple[str, dict[str, Any]]]:
    for link, table in model.links(version):
        if link.type != model.SAID_IN:
            for row in _present(table):
                yield link.type, row


def _present(table: Any) -> Iterator[dict[str, Any]]:
    for batch in table.to_batches(max_chunksize=10_000):
        for row in batch.to_pylist():
            yield {k: v for k, v in row.items() if v is not None}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    text = "; ".join(value) if isinstance(value, list) else str(value)
    return _NOT_XML.sub("\ufffd", text)


def _attribute(value: Any) -> str:
    return quoteattr(_text(value), {"\n": "&#10;", "\t": "&#9;", "\r": "&#13;"})


def _data(letter: str, row: dict[str, Any]) -> str:
    return "".join(f'<data key="{letter}-{name}">{_content(value)}</data>'
                   for name, value in row.items())  # fmt: skip


def _content(value: Any) -> str:
    return escape(_text(value), {"\r": "&#13;"})


def _values(row: dict[str, Any]) -> str:
    cells = "".join(f'<attvalue for="{name}" value={_attribute(value)}/>'
                    for name, value in row.items())  # fmt: skip
    return f"<attvalues>{cells}</attvalues>"


def _ftm_line(id_: str, schema: str, properties: dict[str, list[str]]) -> str:
    said = {k: v for k, v in sorted(properties.items()) if v}
    entity = {"id": id_, "schema": schema, "properties": said, "datasets": ["nthtier"]}
    return json.dumps(entity, ensure_ascii=False) + "\n"


def _ftm_entity(row: dict[str, Any]) -> tuple[str, dict[str, list[str]]]:
    schema = row["type"] if row["type"] in _FTM_TYPES else "LegalEntity"
    name = row.get("name", row["id"])
    said: dict[str, list[str]] = {"name": [name], "country": row.get("countries", [])}
    said["alias"] = [x for x in row.get("names", []) if x != name]
    if schema not in ("Vessel", "Airplane", "Person"):
        for text in row.get("identifiers", []):
            scheme, _, value = text.partition(":")
            word = _FTM_IDS.get(scheme)
            if word in ("imoNumber", None) or (word in _FTM_COMPANY_IDS and schema != "Company"):
                continue
            said.setdefault(str(word), []).append(value)
    elif schema == "Vessel":
        said["imoNumber"] = [x[4:] for x in row.get("identifiers", []) if x.startswith("imo:")]
    return schema, said


def _ftm_sanction(
    row: dict[str, Any], entity: str, list_name: str, list_id: str
) -> dict[str, list[str]]:
    return {
        "entity": [entity],
        "program": [list_name],
        "programId": [list_id],
        "provisions": row.get("programmes", []),
        "reason": [row["citation"]] if "citation" in row else [],
        **_ftm_common(row),
    }


def _ftm_edge(
    type_: str, row: dict[str, Any], start: str, end: str
) -> tuple[str, dict[str, list[str]]]:
    schema = BY_NAME[type_].schema
    if schema == "ContractAward":  # its other end is a contract, which nobody has stated
        schema = "UnknownLink"
    first, second = _FTM_ENDS[schema]
    said = {first: [start], second: [end], "role": [BY_NAME[type_].forward[0]]}
    if schema == "Ownership" and "lo" in row:
        lo, hi = row["lo"], row["hi"]
        said["percentage"] = [f"{lo:g}" if lo == hi else f"{lo:g}-{hi:g}"]
    return schema, said | _ftm_common(row)


def _ftm_common(row: dict[str, Any]) -> dict[str, list[str]]:
    return {
        "startDate": [row["since"]] if "since" in row else [],
        "endDate": [row["until"]] if "until" in row else [],
        "status": [row["basis"]],
        "summary": [row["note"]] if "note" in row else [],
        "recordId": [row["id"]],
    }
