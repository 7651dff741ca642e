"""Only reading: what a statement may hold before any engine sees it.

Opening a file read-only is not enough: Ladybug still reads and writes other files (``LOAD FROM``,
``COPY … TO``, ``EXPORT``), Neo4j counts ``LOAD CSV`` as reading. So a statement is taken apart into
words, texts and signs, and refused when it begins with, or holds, a word that is no part of a
question. Words within texts, backticks, after a dot, a colon or a dollar sign are names.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection
from typing import Final, NamedTuple

from nthtier.graph.errors import QuestionError

#: A statement begins with one of these.
OPENING: Final = frozenset("MATCH OPTIONAL UNWIND WITH RETURN CALL".split())
#: No clause of a question begins with one of these, wherever it stands.
REFUSED: Final = frozenset(
    """
    ALTER ATTACH COPY CREATE DELETE DETACH DROP EXPORT FOREACH IMPORT INSERT INSTALL LOAD MERGE
    REMOVE SET USE
    """.split()
)
#: Procedures that read what the model is; any other is refused.
PROCEDURES: Final = frozenset(
    """
    db.labels db.relationshipTypes db.propertyKeys db.schema.nodeTypeProperties
    db.schema.relTypeProperties db.schema.visualization dbms.components
    show_tables table_info db_version show_functions
    """.split()
)
_TOKEN: Final = re.compile(
    r"""
      (?P<space>\s+)
    | (?P<comment>//[^\n]*|/\*.*?\*/)
    | (?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
    | (?P<name>`[^`]*`)
    | (?P<number>\d[\w.]*)
    | (?P<word>\w+)
    | (?P<sign>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPES: Final = frozenset("\\'\"bfnrt")


class _Token(NamedTuple):
    kind: str
    text: str


def reading(statement: str) -> str:
    """Return the statement without comments, once it is certain that it only reads.

    Raises:
        QuestionError: it is empty, several, or holds what is no part of a question.

    >>> reading("MATCH (n) // all of them\\nRETURN n.set")
    'MATCH (n) \\nRETURN n.set'
    >>> reading("MATCH (n) DETACH DELETE n")
    Traceback (most recent call last):
    nthtier.graph.errors.QuestionError: only reading is allowed: DETACH is refused (a name is \
written in backticks: `DETACH`)
    """
    tokens = [t for t in _tokens(statement) if t.kind != "comment"]
    while tokens and (tokens[-1].kind == "space" or tokens[-1].text == ";"):
        tokens.pop()
    solid = [t for t in tokens if t.kind != "space"]
    if not solid:
        raise QuestionError("the statement is empty")
    first = solid[0].text.upper()
    if first not in OPENING:
        raise QuestionError(
            f"only reading is allowed: a statement begins with {', '.join(sorted(OPENING))}, "
            f"not with {solid[0].text}"
        )
    for before, token in zip([_Token("sign", ""), *solid], solid, strict=False):
        if token.text == ";":
            raise QuestionError("one statement at a time: ';' may only stand at the end")
        named = before.text in (".", ":", "|", "$", "&", "!")
        if token.kind == "word" and not named and token.text.upper() in REFUSED:
            raise QuestionError(
                f"only reading is allowed: {token.text} is refused "
                f"(a name is written in backticks: `{token.text}`)"
            )
    _check_calls(solid)
    return "".join(t.text for t in tokens).strip()


def check_given(statement: str, given: Collection[str]) -> None:
    """Refuse a statement that has a parameter which is not given.

    Raises:
        QuestionError: one is missing (an engine may take it for null and find nothing).
    """
    tokens = _tokens(statement)
    names = {
        b.text.strip("`") for a, b in itertools.pairwise(tokens)
        if a.text == "$" and b.kind in ("word", "name", "number")
    }  # fmt: skip
    missing = sorted(names - set(given))
    if missing:
        raise QuestionError(
            f"the statement has ${missing[0]}; give it with --param {missing[0]}=VALUE"
        )


def _tokens(statement: str) -> list[_Token]:
    text = statement.replace("\r\n", "\n")
    if "\r" in text or "\x00" in text:
        raise QuestionError("a statement may not hold a bare carriage return or NUL")
    found = []
    for match in _TOKEN.finditer(text):
        kind, part = str(match.lastgroup), match.group()
        if kind == "sign" and part in "'\"`":
            raise QuestionError(f"a text or name that begins with {part} does not end")
        if kind == "sign" and part == "\\":
            raise QuestionError("a backslash may only stand in a text")
        if kind in ("text", "name"):
            _check_escapes(part)
        if kind == "comment" and part.startswith("/*"):
            found.append(_Token("space", " "))
        found.append(_Token(kind, part))
    if any(a.text == "/" and b.text == "*" for a, b in itertools.pairwise(found)):
        raise QuestionError("a comment that begins with /* does not end")
    return found


def _check_escapes(text: str) -> None:
    """Refuse escapes that one engine reads before it looks for the end of a text."""
    for escape in re.findall(r"\\(.)", text, re.DOTALL):
        if text[0] == "`" or escape not in _ESCAPES:
            raise QuestionError(
                f"the escape \\{escape} is refused; write the character itself, or give the text "
                "with --param"
            )


def _check_calls(solid: list[_Token]) -> None:
    for i, token in enumerate(solid):
        if token.kind != "word" or token.text.upper() != "CALL":
            continue
        if i and solid[i - 1].text in (".", ":", "$"):
            continue
        name = ""
        for part in solid[i + 1 :]:
            if part.kind != "word" and part.text != ".":
                break
            name += part.text
        after = next((t.text for t in solid[i + 1 :]), "")
        if after in ("{", "("):  # a subquery; what it holds is looked at like the rest
            continue
        if name not in PROCEDURES:
            raise QuestionError(
                f"only reading is allowed: the procedure {name or after!r} is refused; "
                f"there are {', '.join(sorted(PROCEDURES))}"
            )
