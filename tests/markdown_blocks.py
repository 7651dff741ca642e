"""The blocks of code in the README and the documentation, and how each is run.

A page is a session: its blocks run in their order, in one folder that holds the graph of
``nthtier demo``. What a block is, its first line says:

=================== =================================================================
``sh``              commands; each must end with status 0
``python``          one script, with the names of the Python blocks before it
``cypher``          a question to the embedded engine
a ``title="FILE"``  the content of that file; as TOML, JSON, CSV … it must be whole
``text``, ``json``  what the block before printed, to the letter
=================== =================================================================

A comment on the line before makes an exception and says why::

    <!-- needs: neo4j -->       runs where a Neo4j server is
    <!-- needs: lists -->       runs where the published lists are
    <!-- needs: network -->     is not run; options of nthtier are still parsed
    <!-- needs: terminal -->    likewise: it asks a person
    <!-- needs: data -->        likewise: it speaks of files or companies of somebody's own
    <!-- fails: 3 -->           the command ends with this status; its message is shown
    <!-- with: id=intel -->     parameters of a Cypher question
    <!-- shape -->              the JSON below has only keys that the one printed before has
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from support import ROOT

NEEDS: Final = ("neo4j", "lists", "network", "terminal", "data")
LANGUAGES: Final = ("sh", "python", "cypher", "toml", "json", "csv", "text")
_BLOCK: Final = re.compile(
    r'^(?:<!-- (?P<mark>[a-z]+)(?:: (?P<value>[^\n]*?))? -->\n+)?^```(?P<language>\w*)'
    r'(?: title="(?P<title>[^"\n]+)")?(?P<rest>[^\n]*)\n(?P<body>.*?)^```$',
    re.MULTILINE | re.DOTALL,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Block:
    """One block; ``start`` and ``end`` are where its body stands in the page."""

    page: Path
    line: int
    language: str
    title: str
    body: str
    mark: str
    value: str
    start: int
    end: int

    @property
    def needs(self) -> str:
        """The part without which the block cannot run."""
        return self.value if self.mark == "needs" else ""

    @property
    def shown(self) -> bool:
        """Whether it shows what the block before printed."""
        return not self.title and self.language in ("text", "json")

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}, line {self.line}"


def pages() -> list[Path]:
    """Return every page with blocks that a reader would copy."""
    written = sorted((ROOT / "docs").rglob("*.md"))
    found = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *written]
    return [p for p in found if "```" in p.read_text("utf-8")]


def blocks(page: Path) -> list[Block]:
    """Return the blocks of a page in their order."""
    text = page.read_text("utf-8")
    found = []
    for m in _BLOCK.finditer(text):
        line = text.count("\n", 0, m.start("language")) + 1
        block = Block(page, line, m["language"], m["title"] or "", m["body"], m["mark"] or "",
                      m["value"] or "", m.start("body"), m.end("body"))  # fmt: skip
        assert not m["rest"].strip(), f"{block}: {m['rest']!r} is no part of a block's first line"
        found.append(block)
    fences = len(re.findall(r"^ *(```|~~~)", text, re.MULTILINE))
    assert fences == 2 * len(found), f"{page.name}: a block is indented, open, or begins with ~~~"
    return found


def commands(body: str) -> Iterator[str]:
    """Yield the commands of a block of shell, comments and blank lines left out."""
    joined = re.sub(r"\\\n\s*", "", body)
    for line in joined.splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            yield line.strip()


def plain_words(command: str) -> list[str] | None:
    """Return the words of a call of nthtier that needs no shell, else None.

    >>> plain_words('nthtier find "a | b"  # any script')
    ['find', 'a | b']
    >>> plain_words("nthtier info | head") is None
    True
    """
    lexer = shlex.shlex(command, posix=True, punctuation_chars=True)
    lexer.commenters = ""
    words: list[str] = []
    for word in lexer:
        if word == "#":
            break
        if set(word) <= set("();<>|&") or word.startswith("#"):
            return None
        words.append(word)
    bare = re.sub(r"'[^']*'|\"[^\"$]*\"", "", command.partition(" # ")[0])
    if words[:1] != ["nthtier"] or re.search(r"[$*`]", bare):
        return None
    return shlex.split(command, comments=True)[1:]
