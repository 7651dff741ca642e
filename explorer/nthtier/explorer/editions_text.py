"""The answer of ``diff`` for people and for spreadsheets."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from typing import IO, Any, Final

from nthtier.explorer import output
from nthtier.explorer.exports import cell
from nthtier.graph.errors import shortened, visible

COLUMNS: Final = ("kind", "what", "id", "name", "list", "field", "before", "after", "cause", "why")
#: Of a long text (a licence requirement, a statement of reasons) this much is shown.
_LONG: Final = 90
#: Fields whose values say nothing without their name.
_NAMED: Final = ("since", "until", "effective", "divest_by", "footnotes", "regulation_in_force")


def write_csv(result: Mapping[str, Any], file: IO[str]) -> None:
    """Write one row for each changed field; cells are neutralised (see `exports.cell`)."""
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for row in rows(result):
        writer.writerow([cell(x) for x in row])


def rows(result: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    """Yield one row of `COLUMNS` for each changed field."""
    for x in result["entries"]:
        head = ("entry", x["what"], x["entity"]["id"], x["entity"]["name"], x["list"] or x["lists"])
        if x["what"] == "changed":
            for name, f in x["fields"].items():
                yield (*head, name, f["before"], f["after"], f["cause"], f["why"])
        else:
            yield (*head, "", _terms(x["before"]), _terms(x["after"]), x["cause"], x["why"])
    for x in result["relations"]:
        name = f"{x['from']['name']} {x['type']} {x['to']['name']}"
        claims = ([_claim(c) for c in x[k]] for k in ("before", "after"))
        yield ("relation", x["what"], x["from"]["id"], name, "", "", *claims, x["cause"], x["why"])
    for x in result["identities"]:
        one, other = ([e["id"] for e in x[k]] for k in ("before", "after"))
        first = (x["after"] or x["before"])[0]
        yield ("identity", x["what"], first["id"], first["name"], "", "", one, other, x["cause"],
               x["why"])  # fmt: skip
    for x in (result["findings"] or {"changes": ()})["changes"]:
        yield ("finding", x["what"], x["subject"]["id"], x["subject"]["name"], "",
               "; ".join(x["fields"]), x["before"], x["after"], x["cause"],
               [c["why"] for c in x["causes"]])  # fmt: skip


def show(result: Mapping[str, Any], limit: int) -> None:
    """Show an answer in the terminal, at most ``limit`` lines of each kind."""
    console = output.console()

    def say(text: str, style: str = "") -> None:
        console.print(visible(text), style=style, soft_wrap=True)

    for word in ("before", "after"):
        side = result[word]
        say(f"{word}: {side['given']}" + ("" if side["file"] else f" ({side['version']})"))
    if result["before"]["build"] != result["after"]["build"]:
        builds = (x["build"] or "an earlier one" for x in (result["before"], result["after"]))
        say(f"built by other rules: build {' -> '.join(map(str, builds))}", "dim")
    for x in result["sources"]:
        dated = f" ({x['date']})" if x["date"] and x["date"] not in x["id"] else ""
        say(f"source {x['what']}: {x['id']}{dated}", "dim")
    for text in _missing(result["not_compared"]):
        say(text, "dim")
    summary = result["summary"]
    causes = ", ".join(f"{k} {n:,}" for k, n in summary["causes"].items())
    say("")
    say(f"entries: {_counts(summary['entries'])}; relations: {_counts(summary['relations'])}; "
        f"identities: {summary['identities']:,}", "bold")  # fmt: skip
    if causes:
        say(f"causes: {causes}")
    if result["findings"] is not None:
        _findings(say, result["findings"], limit)
    _lists(console, summary["lists"])
    for what in ("added", "removed", "changed"):
        _some(say, f"Entries {what}", [_entry(x) for x in result["entries"] if x["what"] == what],
              limit)  # fmt: skip
    for what in ("added", "removed", "changed"):
        found = [_relation(x) for x in result["relations"] if x["what"] == what]
        _some(say, f"Relations {what}", found, limit)
    _some(say, "Who is who", [_identity(x) for x in result["identities"]], limit)


def _some(say: Any, title: str, items: Sequence[list[str]], limit: int) -> None:
    if not items:
        return
    say("")
    say(f"{title} ({len(items):,})", "bold")
    for lines in items[:limit]:
        for i, line in enumerate(lines):
            say(f"{'    ' if i else '  '}{line}")
    if len(items) > limit:
        say(f"  … and {len(items) - limit:,} more (--limit, --json, --csv)")


def _lists(console: Any, lists: Mapping[str, Mapping[str, int]]) -> None:
    if not lists:
        return
    words = ("added", "removed", "changed")
    made = output.table("", ("list", *words), numbers=words)
    for name, n in lists.items():
        output.row(made, name, *(f"{n[w]:,}" if n[w] else "" for w in words))
    console.print(made)


def _entry(x: Mapping[str, Any]) -> list[str]:
    entity, on = x["entity"], x["list"] or ", ".join(x["lists"])
    country = f" ({entity['country']})" if entity["country"] else ""
    again = ", renumbered" if x["renumbered"] else ""
    lines = [f"{entity['name']}{country} [{entity['id']}]: {on}{again}"]
    if x["what"] == "changed":
        lines += [
            f"{name.removeprefix('id:').removeprefix('fact:')}: {_values(f)}  [{f['cause']}]"
            for name, f in x["fields"].items()
        ]
    else:
        terms = _terms(x["after"] if x["what"] == "added" else x["before"])
        lines += [shortened("; ".join(terms), 2 * _LONG)] if terms else []
    return [*lines, f"because {x['cause']}: {x['why']}"]


def _values(f: Mapping[str, Sequence[str]]) -> str:
    """Return what a field was and is; what was only added or taken out as such."""
    one, other = ("; ".join(shortened(v, _LONG) for v in f[k]) for k in ("before", "after"))
    return f"{one} -> {other}" if one and other else f"added {other}" if other else f"gone {one}"


def _terms(listing: Mapping[str, Sequence[str]] | None) -> list[str]:
    """Return what a listing says, its dates first."""
    told = []
    for name, values in (listing or {}).items():
        text = ", ".join(values)
        told.append(f"{name.replace('_', ' ')} {text}" if name in _NAMED else text)
    return told


def _relation(x: Mapping[str, Any]) -> list[str]:
    lines = [f"{x['from']['name']} {x['type']} {x['to']['name']}"]
    if x["what"] == "changed":
        one, other = ("; ".join(map(_claim, x[k])) or "nothing" for k in ("before", "after"))
        lines.append(f"{one} -> {other}")
    else:
        lines.append("; ".join(_claim(c) for c in (*x["before"], *x["after"])))
    return [*lines, f"because {x['cause']}: {x['why']}"]


def _claim(c: Mapping[str, Any]) -> str:
    share = c["share"] and (f"{c['share'][0]:g} %" if c["share"][0] == c["share"][1]
                            else f"{c['share'][0]:g} to {c['share'][1]:g} %")  # fmt: skip
    parts = [share, c["amount"], *(f"{w} {c[w]}" for w in ("since", "until") if c[w]), c["basis"]]
    return ", ".join(p for p in parts if p)


def _identity(x: Mapping[str, Any]) -> list[str]:
    one, other = (", ".join(f"{e['name']} [{e['id']}]" for e in x[k]) for k in ("before", "after"))
    return [f"{x['what']}: {one} -> {other}", f"because {x['cause']}: {x['why']}"]


def _findings(say: Any, found: Mapping[str, Any], limit: int) -> None:
    s = found["summary"]
    before, after = (", ".join(f"{n:,} {c}" for c, n in s[k].items()) or "no company found"
                     for k in ("before", "after"))  # fmt: skip
    say("")
    say("Your companies", "bold")
    say(f"  before: {before}")
    say(f"  after: {after}")
    if s["other_evidence"]:
        say(f"  {s['other_evidence']:,} say the same on other evidence")
    for side in ("before", "after"):
        unknown = found["unresolved"][side]
        if unknown:
            names = ", ".join(u["name"] for u in unknown[:5])
            more = f" and {len(unknown) - 5:,} more" if len(unknown) > 5 else ""
            say(f"  not found {side}: {names}{more}")
    items = []
    for c in found["changes"]:
        lines = [f"{c['what']}: {c['before'] if c['what'] == 'vanishes' else c['after']}"]
        lines += [
            f"{name}: {_one(a)} -> {_one(b)}"
            for name, (a, b) in c["fields"].items()
            if c["what"] == "changes" and name != "target"
        ]
        for x in c["listing"]:
            if x["what"] == "changed":
                told = "; ".join(f"{n} {_values(f)}" for n, f in x["fields"].items())
                lines.append(f"its entry{' on ' + x['list'] if x['list'] else ''}: {told}")
        lines += [f"because {x['cause']}: {x['why']}"
                  for x in {y["why"]: {"cause": y["kind"], "why": y["why"]}
                            for y in c["causes"]}.values()]  # fmt: skip
        items.append(lines)
    _some(say, "Findings that differ", items, limit)
    if not items:
        say("  no finding differs")
    if found["coverage"]["stopped_by"]:
        output.note("not complete: a screening stopped after its time")
    output.note("No path found is no clearance. This is information, not legal advice.")


def _one(value: object) -> str:
    return "none" if value is None else f"{value:.3g}" if isinstance(value, float) else str(value)


def _missing(items: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return, for each side, what its formats do not carry; facts are counted only."""
    lines = []
    for side in ("before", "after"):
        mine = [x for x in items if x["missing"] == side]
        told = [x["field"].removeprefix("id:") for x in mine if "field" in x
                and not x["field"].startswith("fact:")]  # fmt: skip
        told += [f"{x['relation']} relations" for x in mine if "relation" in x]
        facts = sum(x.get("field", "").startswith("fact:") for x in mine)
        told += [f"{facts} kinds of facts"] if facts else []
        if told:
            lines.append(f"not compared, because {side} does not have them on every list: "
                         + ", ".join(told))  # fmt: skip
    return lines


def _counts(n: Mapping[str, int]) -> str:
    return ", ".join(f"{n[w]:,} {w}" for w in ("added", "removed", "changed"))
