"""The pages of the reference that are written from what they describe, and never by hand.

``NTHTIER_GOLDEN=1 pytest tests/test_reference.py`` writes them anew; they are committed, so that
they can be read without building the site.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import click

from nthtier.explorer.cli import COMMANDS, cli
from nthtier.graph.lists import LISTS, REGULATORS
from nthtier.graph.ontology import BASIS, LENSES, RELATION_TYPES, Weights
from nthtier.queries.rulebook import rulebook
from nthtier.queries.ruledata import ACTIVITIES, Rule

_WRITTEN: Final = "<!-- Written by tests/reference_pages.py from {}; do not edit. -->\n"
_READS: Final = {"forward": "from → to", "backward": "to → from", "both": "both ways"}
#: Examples of the help texts that need a part which is not everywhere.
_NEEDS: Final = {
    "nthtier load consolidated.csv": "lists",
    "nthtier load $(nthtier fetch": "network",
    "nthtier neo4j push --uri": "network",
    "nthtier diff consolidated": "data",
    "nthtier diff HEAD new-list": "data",
    "nthtier match --review": "terminal",
    "nthtier match --decide": "data",
    "nthtier match --undo": "data",
    "nthtier neo4j": "neo4j",
}
_FILES: Final = """The examples are run by a test, in a folder with the graph of `nthtier demo`
and these files:

```csv title="suppliers.csv"
Vendor,Country,From
Nvidia,us,2020
Tencent,cn,2021-05
Acme Foods,us,
```

```toml title="suppliers.toml"
[source]
id = "suppliers-2026"
title = "Our suppliers"
date = 2026-07-01

[[entity]]
name = "{Vendor}"
country = "{Country}"

[[relation]]
from = "{Vendor}"
type = "SUPPLIES"
to = "Acme Systems"
since = "{From}"
```

```toml title="facts.toml"
[source]
id = "example-venture"
title = "Articles of a joint venture (made up)"
date = 2024-05-01

[[entity]]
id = "example-venture"
name = "Example Venture"
country = "cn"

[[relation]]
from = "Inspur Group"
type = "OWNS"
to = "example-venture"
share = "51"
```

```toml title="costs.toml"
[types]
SUPPLIES = 2
```

```sh
nthtier load facts.toml
```
"""


def cli_page() -> str:
    """Return the page of the command line, from click's own help."""
    lines = [_WRITTEN.format("the commands' help"), "# Command line\n"]
    lines.append(
        "Data goes to standard output, messages to standard error. Exit status: 0 answered, 1 the "
        "question could not be answered (no such company, several), 2 wrong usage, 3 bad input "
        "(nothing was written), 4 an engine, a download or the store failed, 130 stopped by "
        "Ctrl-C. Names may be in any script; where a name means several companies they are listed, "
        "and `--id` takes the id. Dates are a year, a month or a day. `NO_COLOR` and `COLUMNS` are "
        "respected.\n"
    )
    lines.append(_FILES)
    lines += ["## nthtier\n", *_options(cli), ""]
    context = click.Context(cli, info_name="nthtier")
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        lines += _command(command, f"nthtier {name}", context, 2)
    return _joined(lines)


def _command(command: click.Command, path: str, parent: click.Context, level: int) -> Iterator[str]:
    context = click.Context(command, info_name=path.rpartition(" ")[2], parent=parent)
    usage = " ".join(command.collect_usage_pieces(context))
    yield f"{'#' * level} {path}\n"
    text = inspect.cleandoc(command.help or "")
    prose, _, example = text.partition("\b\nExample:\n")
    for part in re.split(r"\n\s*\n", prose.strip()):
        yield " ".join(part.replace("\b", "").split()) + "\n"
    yield f"Usage: `{path} {usage}`\n".replace(" `\n", "`\n")
    yield from _examples(example)
    yield from _options(command)
    yield ""
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from _command(found, f"{path} {name}", context, level + 1)


def _examples(example: str) -> Iterator[str]:
    """Yield the examples as blocks of shell; those with a need stand apart."""
    free: list[str] = []
    for line in inspect.cleandoc(example).splitlines():
        need = next((n for start, n in _NEEDS.items() if line.startswith(start)), "")
        if line and need:
            yield f"<!-- needs: {need} -->\n```sh\n{line}\n```\n"
        elif line:
            free.append(line)
    if free:
        yield "```sh\n" + "\n".join(free) + "\n```\n"


def _options(command: click.Command) -> Iterator[str]:
    context = click.Context(command)
    for param in command.get_params(context):
        record = param.get_help_record(context)
        if record is not None and "--help" not in param.opts:
            says = " ".join(record[1].split())
            yield f"- `{record[0]}`{f': {says}' if says else ''}"


def ontology_page() -> str:
    """Return the page of relation types, lenses, weights and lists, from their tables."""
    lines = [_WRITTEN.format("the tables of nthtier.graph"), "# Relations, lenses, lists\n"]
    lines += [
        "## Lenses\n",
        "A lens says which relations count as exposure, and which way each is read. "
        "`trace --types` and `--direction` narrow it further.\n",
        "| lens | asks for |",
        "|---|---|",
        *(f"| `{name}` | {says} |" for name, says in LENSES.items()),
        "",
        "## Types of relation\n",
        "A relation goes from the company that does something to the one it is done to: "
        "*Nvidia supplies Inspur Group* is `SUPPLIES` from Nvidia to Inspur Group. The columns of "
        "the lenses say which way a path may go over it; `any` reads every type of tie both "
        "ways.\n",
        "| type | read forward | read backward | weight | supply | revenue | finance | ownership "
        "| FtM |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for t in RELATION_TYPES:
        reads = (_READS.get(str(t.lenses.get(x, "")), "") for x in LENSES if x != "any")
        lines.append(f"| `{t.name}` | {t.forward[0]} | {t.backward[0]} | {t.weight:g} | "
                     f"{' | '.join(reads)} | {t.schema} |")  # fmt: skip
    stakes = " and ".join(f"`{t.name}`" for t in RELATION_TYPES if t.stake)
    usual = Weights()
    lines += [
        "",
        "`LISTED_ON` and `MAINTAINED_BY` are no ties: a listing is where a path ends. No source "
        "states `POSSIBLE_MATCH`: `match --keep` makes these relations, and only `--possible` "
        "follows them.\n",
        "## Weights\n",
        "The weight of a hop is type × basis × share; a path's strength is the product of its "
        "hops'. `--explain` shows the factors, `--weights FILE` replaces them.\n",
        f"Basis: {', '.join(f'{b} {w:g}' for b, w in BASIS.items())}. Share, of {stakes} alone: "
        f"the middle of its interval, at least {usual.least_share:g}; {usual.unknown_share:g} "
        "where it is unknown.\n",
        '```toml title="weights.toml"',
        "[types]", "SUPPLIES = 0.9", "[bases]", "inferred = 0.5", "[shares]", "unknown = 0.5",
        "```\n",
        "```sh",
        "nthtier trace Nvidia --lens revenue --weights weights.toml --explain",
        "```\n",
        "## Lists\n",
        "| id | list | kept by | brings |",
        "|---|---|---|---|",
        *(f"| `{x.id}` | {x.name} | {REGULATORS[x.regulator].name} | {x.kind} |"
          for x in LISTS.values()),
    ]  # fmt: skip
    return _joined(lines)


def rules_page() -> str:
    """Return the page of the rules, from their files."""
    rules = rulebook()
    lines = [
        _WRITTEN.format("queries/nthtier/queries/rules/*.toml"),
        "# Rules\n",
        "Each is a file of data with dates, citations and a version; "
        "[how to add one](../how-to/add-a-rule.md). What a rule answers and how shares are added "
        "up is explained in [The arithmetic](../explanation/arithmetic.md). Nothing here is legal "
        "advice.\n",
        "| rule | binds | threshold | reads lists |",
        "|---|---|---|---|",
        *(f"| [`{r.id}`](#{_anchor(r.name)}) | {r.binds} | {_thresholds(r)} | "
          f"{', '.join(f'`{x}`' for x in r.lists)} |" for r in rules.values()),
        "",
    ]  # fmt: skip
    for rule in rules.values():
        lines += _rule(rule)
    return _joined(lines)


def _rule(rule: Rule) -> Iterator[str]:
    yield f"## {rule.name}\n"
    yield f"{rule.plain}\n"
    yield f"- id `{rule.id}`, version {rule.version}, jurisdiction {rule.jurisdiction.upper()}"
    yield f"- binds {rule.binds}"
    yield f"- effect: {rule.effect}"
    yield f"- trigger: {rule.trigger}"
    yield f"- speaks of {'; '.join(ACTIVITIES[a] for a in rule.activities)}"
    yield f"- threshold: {_thresholds(rule)}"
    reads = {"ownership": rule.ownership, "control": rule.control, "evidence": rule.evidence,
             "flags": rule.flags}  # fmt: skip
    for what, types in reads.items():
        if types:
            yield f"- reads as {what}: {', '.join(f'`{t}`' for t in types)}"
    for status in rule.statuses:
        span = " ".join(f"{w} {d}" for w, d in (("since", status.since), ("until", status.until))
                        if d)  # fmt: skip
        said = "; ".join(x for x in (span, status.source, status.note) if x)
        yield f"- {status.state}: {said}" if said else f"- {status.state}"
    for condition in rule.conditions:
        yield f"- asks besides: {condition}"
    for text in rule.red_flags.values():
        yield f"- red flag: {text}"
    for citation in rule.citations:
        yield f"- see {citation}"
    yield ""


def _thresholds(rule: Rule) -> str:
    if rule.names_only:
        return "by name only"
    found = []
    for t in rule.thresholds:
        span = " ".join(f"{w} {d}" for w, d in (("since", t.since), ("until", t.until)) if d)
        found.append(f"{t.words}{f' ({span})' if span else ''}")
    return "; ".join(found) or "control"


def _anchor(title: str) -> str:
    """Return the anchor that both the site and a code host give a heading.

    >>> _anchor("EU asset freeze: ownership and control")
    'eu-asset-freeze-ownership-and-control'
    """
    return re.sub(r"\s", "-", re.sub(r"[^\w\s-]", "", title.lower()).strip())


def _joined(lines: list[Any]) -> str:
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n") + "\n"


PAGES: Final[Mapping[str, Callable[[], str]]] = {
    "cli.md": cli_page,
    "ontology.md": ontology_page,
    "rules.md": rules_page,
}
