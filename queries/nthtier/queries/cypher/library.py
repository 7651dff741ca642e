"""The library of questions: one ``.cypher`` file each, with what it answers and its parameters.

A file begins with comment lines that say what it answers, then one line per parameter,
``// @param name:kind = default  what it is``, then the statement; where the engines differ, one
statement after each ``// @engine`` line. The defaults answer on the article's graph.

Kinds of parameters: ``entity`` (a name or id, given to the statement as the id), ``int``, ``list``
(JSON), ``date`` (given as two day numbers ``$name_first`` and ``$name_last`` between which
something must hold; any, when empty) and ``lens`` (given as ``$name_forward`` and
``$name_backward``, the relation types it reads in each direction).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal

from nthtier.graph import dates
from nthtier.graph.errors import QuestionError
from nthtier.graph.ontology import LENSES, lens_reads
from nthtier.graph.version import Version
from nthtier.queries.lookup import resolve

EngineName = Literal["ladybug", "neo4j"]
ENGINES: Final[tuple[EngineName, ...]] = ("ladybug", "neo4j")
_PARAMETER: Final = re.compile(
    r"// @param (?P<name>\w+):(?P<kind>\w+) = ?(?P<default>.*?)  (?P<about>.+)"
)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a question; ``default`` is text as a person gives it."""

    name: str
    kind: str
    default: str
    about: str


@dataclass(frozen=True, slots=True)
class Named:
    """One question of the library."""

    name: str
    about: str
    parameters: tuple[Parameter, ...]
    statements: Mapping[str, str]


@cache
def questions() -> dict[str, Named]:
    """Return the library, by name."""
    folder = files("nthtier.queries.cypher") / "questions"
    found = sorted((p for p in folder.iterdir() if p.name.endswith(".cypher")),
                   key=lambda p: p.name)  # fmt: skip
    return {
        name: _read(name, p.read_text("utf-8"))
        for p in found
        if (name := p.name.removesuffix(".cypher"))
    }


def question(name: str) -> Named:
    """Return a question of the library.

    Raises:
        QuestionError: there is none of that name.
    """
    if name not in questions():
        raise QuestionError(f"no question {name!r}; there are {', '.join(questions())}")
    return questions()[name]


def _read(name: str, text: str) -> Named:
    about: list[str] = []
    parameters: list[Parameter] = []
    statements: dict[str, list[str]] = {}
    engines: tuple[str, ...] = ENGINES
    for line in text.splitlines():
        if match := _PARAMETER.fullmatch(line):
            parameters.append(Parameter(**match.groupdict()))
        elif line.startswith("// @engine "):
            engines = (line.removeprefix("// @engine ").strip(),)
        elif line.startswith("// ") and not statements:
            about.append(line[3:])
        else:
            for engine in engines:
                statements.setdefault(engine, []).append(line)
    whole = {engine: "\n".join(lines).strip() for engine, lines in statements.items()}
    return Named(name, " ".join(about), tuple(parameters), whole)


def bound(version: Version, asked: Named, given: Mapping[str, str]) -> dict[str, Any]:
    """Return what the statement needs, from texts as a person gives them.

    Raises:
        QuestionError: an unknown parameter, no such company, or a value of the wrong kind.
    """
    names = [p.name for p in asked.parameters]
    for name in given:
        if name not in names:
            known = ", ".join(names) or "none"
            raise QuestionError(f"{asked.name} has no parameter {name!r}; it has {known}")
    found: dict[str, Any] = {}
    for p in asked.parameters:
        try:
            found |= _bound(version, p, given.get(p.name, p.default))
        except (ValueError, KeyError):
            raise QuestionError(
                f"{p.name} of {asked.name} is {_ALLOWED[p.kind]}, not {given[p.name]!r}"
            ) from None
    return found


_ALLOWED: Final = {
    "int": "a whole number from 1 to 1000000",
    "list": "a JSON list of texts",
    "date": f"a date ({dates.FORMS})",
    "lens": f"one of {', '.join(LENSES)}",
}


def _bound(version: Version, p: Parameter, text: str) -> dict[str, Any]:
    if p.kind == "entity":
        ordinal = resolve(version, text)
        return {p.name: version.rows("entities", [ordinal], ["id"])[0]["id"]}
    if p.kind == "int":
        number = int(text)
        if not 1 <= number <= 1_000_000:
            raise ValueError(text)
        return {p.name: number}
    if p.kind == "list":
        texts = json.loads(text)
        if not isinstance(texts, list) or not all(isinstance(t, str) for t in texts):
            raise ValueError(text)
        return {p.name: texts}
    if p.kind == "date":
        first, last = dates.OPEN_START, dates.OPEN_END
        if text:
            first = last = dates.end_day(text)
        return {f"{p.name}_first": first, f"{p.name}_last": last}
    reads = lens_reads(text)
    return {
        f"{p.name}_forward": [t for t, way in reads.items() if way in ("forward", "both")],
        f"{p.name}_backward": [t for t, way in reads.items() if way in ("backward", "both")],
    }
