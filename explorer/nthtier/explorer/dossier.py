"""A result as a document to hand over: static HTML without a script, made for reading and paper.

The result itself stands in it as a JSON block, so that the document can be checked again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from nthtier.explorer.page import content_policy, json_block, template_part
from nthtier.explorer.page_data import command_line
from nthtier.explorer.page_model import lines, status_text
from nthtier.explorer.page_words import amount_text, plain, share_text, text
from nthtier.graph.lists import LISTS
from nthtier.graph.ontology import BY_NAME, LENSES
from nthtier.queries.sentences import short_name

#: Most findings that are set out with their evidence; the JSON block has all.
MOST_SET_OUT: Final = 200
_CLASSES: Final = {
    "listed": ("Listed", "is itself on a list"),
    "captured": ("Captured by a rule", "is reached by a rule"),
    "exposed": ("Exposed", "has ties to listed entities; by these ties it is on no list itself"),
    "possible": ("Possible", "may be touched; this cannot be decided from these sources"),
    "none": ("Not exposed", "has no path to a listed entity in what was searched"),
}


def render_dossier(result: Mapping[str, Any], *, title: str, file: str = "dossier.html") -> str:
    """Return the dossier of a result of the contract; the same input gives the same text.

    Args:
        result: a result of the JSON contract.
        title: whom it is about.
        file: the name it will have, for the command that checks it.
    """
    style = template_part("dossier.css")
    environment = Environment(
        loader=DictLoader({"dossier.html": template_part("dossier.html")}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    findings = list(result.get("findings") or ())
    coverage, query = result.get("coverage") or {}, result.get("query") or {}
    shown = findings[:MOST_SET_OUT]
    return environment.get_template("dossier.html").render(
        title=text(title),
        policy=content_policy([], [style]),
        style=Markup(style),  # noqa: S704  # our own file
        summary=_summary(findings, query, text(title)),
        question=_question(query),
        findings=_findings(shown),
        more=len(findings) - len(shown),
        listings=_listings(shown),
        searched=_searched(coverage),
        not_searched=_not_searched(coverage, query),
        sources=[_source(s) for s in coverage.get("sources") or ()],
        version=text(result.get("version")),
        software=text(result.get("nthtier")),
        command=command_line(query),
        file=text(file),
        result=json_block(_finite(result)),
    )


def write_dossier(path: Path, result: Mapping[str, Any]) -> None:
    """Write the dossier of a result.

    Raises:
        StoreError: it cannot be written.
    """
    from nthtier.explorer.files import write_text

    findings = result["findings"]
    title = findings[0]["subject"]["name"] if findings else str(result["query"].get("subject", ""))
    write_text(path, render_dossier(result, title=title, file=path.name))


def _finite(value: Any) -> Any:
    """Return a result as JSON can hold it: no NaN, no lone surrogates."""
    if isinstance(value, Mapping):
        return {plain(k): _finite(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(v) for v in value]
    if isinstance(value, float) and value not in (float("inf"), float("-inf")) and value == value:
        return value
    if value is None or isinstance(value, bool | int):
        return value
    return None if isinstance(value, float) else plain(value)


def _best(findings: Sequence[Mapping[str, Any]]) -> str:
    found = {f.get("class") for f in findings}
    return next((c for c in _CLASSES if c in found), "none")


def _summary(
    findings: Sequence[Mapping[str, Any]], query: Mapping[str, Any], name: str
) -> dict[str, Any]:
    """Return the verdict, and what was found in plain words."""
    best = _best(findings)
    day = text(query.get("as_of"))
    first = next((f for f in findings if f.get("class") == best), {})
    paths = [f for f in findings if f.get("path") and f.get("class") not in ("none", "possible")]
    said = [f"{name} {_CLASSES[best][1]}{f' on {day}' if day else ''}."]
    if text(first.get("sentence")):
        said.append(text(first.get("sentence")))
    if paths:
        targets = {text((f.get("target") or {}).get("name")) for f in paths}
        ended = [f for f in paths if f.get("until")]
        disputed = [f for f in paths if any(h.get("contested") for h in f["path"])]
        number = f"{len(paths)} path{'s' if len(paths) != 1 else ''}"
        said.append(f"{number} to {len(targets)} listed "
                    f"{'entities' if len(targets) != 1 else 'entity'} set out below, strongest "
                    "first.")  # fmt: skip
        if ended:
            said.append(f"{len(ended)} of them had ended by the last date a source gives.")
        if disputed:
            said.append(f"{len(disputed)} of them rest on a relation about which sources "
                        "contradict each other; both sides are shown.")  # fmt: skip
    return {"class": best, "word": _CLASSES[best][0], "said": said}


def _question(query: Mapping[str, Any]) -> list[tuple[str, str]]:
    lens, hops = text(query.get("lens")), text(query.get("max_hops"))
    targets = ", ".join(map(text, query.get("to") or ())) or "any listed entity"
    return [
        ("Company, by its id", text(query.get("subject"))),
        ("Towards", targets),
        ("As of", text(query.get("as_of")) or "all dates"),
        ("As known on", text(query.get("known")) or "with every edition loaded"),
        ("Lens", f"{lens}: {LENSES[lens]}" if lens in LENSES else lens),
        ("Path length", f"up to {hops} hops" if hops else ""),
    ]


def _findings(findings: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the findings; a tie that an earlier one sets out is named, not set out again."""
    made, seen = [], dict[frozenset[str], int]()
    for number, f in enumerate(findings, 1):
        one = _finding(f, number)
        for hop, given in zip(one["path"], f.get("path") or (), strict=True):
            claims = (given, *(given.get("competing") or ()))
            key = frozenset(text(c.get("relation")) for c in claims)
            first = seen.setdefault(key, number) if "" not in key else number
            hop["see"] = first if first != number else 0
        made.append(one)
    return made


def _finding(f: Mapping[str, Any], number: int) -> dict[str, Any]:
    strength, rule = f.get("strength"), f.get("rule")
    return {
        "number": number,
        "class": text(f.get("class")),
        "word": _CLASSES.get(text(f.get("class")), (text(f.get("class")), ""))[0],
        "sentence": text(f.get("sentence")),
        "hops": len(f.get("path") or ()),
        "strength": f"{strength:.2f}" if isinstance(strength, int | float) else "",
        "dates": _dates(f) if f.get("path") else "",
        "path": [_hop(h) for h in f.get("path") or ()],
        "rule": _rule(rule) if isinstance(rule, Mapping) else None,
    }


def _dates(x: Mapping[str, Any], otherwise: str = "undated") -> str:
    parts = [f"{w} {text(x[w])}" for w in ("since", "until") if x.get(w)]
    return " ".join(parts) or otherwise


def _claim(x: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "dates": _dates(x),
        "share": share_text(x.get("share")),
        "amount": amount_text(text(x.get("amount"))),
        "basis": text(x.get("basis")),
        "note": text(x.get("note")),
        "evidence": [{**s, "note": "" if s["note"] == text(x.get("note")) else s["note"]}
                     for s in map(_said, x.get("evidence") or ())],
    }  # fmt: skip


def _hop(h: Mapping[str, Any]) -> dict[str, Any]:
    type_ = text(h.get("type"))
    known, ended = BY_NAME.get(type_), bool(h.get("until"))
    rivals = [_claim(c) for c in h.get("competing") or ()]
    return {
        "from": text((h.get("from") or {}).get("name")),
        "phrase": known.forward[ended] if known else type_,
        "to": text((h.get("to") or {}).get("name")),
        "contested": bool(h.get("contested")),
        "claims": [_claim(h), *rivals],
    }


def _said(e: Mapping[str, Any]) -> dict[str, str]:
    fields = ("statement", "source", "locator", "title", "publisher", "date", "url", "note")
    said = {f: text(e.get(f)) for f in fields}
    if not said["url"].startswith(("https://", "http://")):
        said["url"] = ""
    return said


def _rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    status = rule.get("status")
    return {
        **{f: text(rule.get(f)) for f in ("id", "name", "answer", "plain", "effect", "version")},
        "citation": text(rule.get("citation")) or "; ".join(map(text, rule.get("citations") or ())),
        "status": status_text(status) if isinstance(status, Mapping) else text(status),
        "arithmetic": lines(rule.get("arithmetic")),
        "missing": lines(rule.get("missing")),
    }


def _listings(findings: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return every listing that a finding rests on, each once."""
    made: dict[tuple[str, str], dict[str, Any]] = {}
    for f in findings:
        target = f.get("target") or {}
        for x in target.get("listings") or ():
            key = (text(target.get("id")), text(x.get("relation")) or text(x.get("list")))
            info = LISTS.get(text(x.get("list")))
            begins = info.begins if info else ""
            undated = f"undated; counted from the list's first edition, {begins}, on"
            made[key] = {
                "who": text(target.get("name")),
                "list": text(x.get("list_name")) or text(x.get("list")),
                "short": text(short_name(x)) if x.get("list") else "",
                "dates": _dates(x, undated if begins else "undated"),
                "citation": text(x.get("citation")),
                "requirement": text(x.get("license_requirement")),
                "policy": text(x.get("license_policy")),
                **{
                    f: "; ".join(map(text, x.get(f) or ()))
                    for f in ("programmes", "measures", "reasons")
                },
                "in_force": text(x.get("regulation_in_force")),
                "url": text(x.get("regulation_url")),
                "evidence": [_said(e) for e in x.get("evidence") or ()],
            }
    return list(made.values())


def _searched(coverage: Mapping[str, Any]) -> list[str]:
    hops = text(coverage.get("max_hops"))
    made = [f"{_count(coverage.get('entities'))} companies and bodies and "
            f"{_count(coverage.get('relations'))} relations of the sources below"
            f"{f', along paths of up to {hops} hops' if hops else ''}."]  # fmt: skip
    types = [t for t in coverage.get("types") or () if t in BY_NAME]
    if types:
        made.append("Relations followed: " + ", ".join(_words(t) for t in types) + ".")
    return made


def _not_searched(coverage: Mapping[str, Any], query: Mapping[str, Any]) -> list[str]:
    """Say what the search left out: an answer that looks fuller than it is misleads."""
    made = []
    if coverage.get("complete") is False:
        why = {"limit": "at the number of paths asked for", "time": "when its time was up"}
        stopped = text(coverage.get("stopped_by"))
        made.append(f"The search stopped {why.get(stopped, stopped)}: there may be more paths.")
    left = [t for t, x in BY_NAME.items() if x.lenses and t not in (coverage.get("types") or ())]
    if left:
        made.append("Relations not followed: " + ", ".join(map(_words, left)) + ".")
    if query.get("min_share"):
        made.append(f"Stakes under {query['min_share']:g} % were left out.")
    for field, words in (("avoid", "Paths through these were left out"), ("via", "Only paths "
                         "through these were looked for"), ("bases", "Only relations of these "
                         "bases were followed")):  # fmt: skip
        if query.get(field):
            made.append(f"{words}: {', '.join(map(text, query[field]))}.")
    covered = {x for s in coverage.get("sources") or () for x in s.get("lists") or ()}
    missing = [x.short for x in LISTS.values() if x.id not in covered]
    if missing:
        made.append(f"Lists of which no whole edition was loaded: {', '.join(missing)}.")
    made.append("What no source above says is not known here: undisclosed owners, suppliers and "
                "customers are not in the picture.")  # fmt: skip
    return made


def _words(type_: str) -> str:
    return BY_NAME[type_].forward[0]


def _count(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else text(value)


def _source(s: Mapping[str, Any]) -> dict[str, str]:
    fields = ("id", "title", "publisher", "date", "sha256")
    return {**{f: text(s.get(f)) for f in fields}, "records": _count(s.get("records") or "")}
