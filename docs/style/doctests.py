"""Examples in docstrings become blocks of code, wherever they stand."""

from __future__ import annotations

import re
from typing import Any

import griffe

#: From a prompt to the next blank line.
_EXAMPLE = re.compile(r"^(?P<indent> *)>>> .*(?:\n(?! *$).*)*", re.MULTILINE)


def fenced(text: str) -> str:
    """Return a docstring with each example as a block of code."""

    def block(found: re.Match[str]) -> str:
        indent = found["indent"]
        return f"{indent}```pycon\n{found[0]}\n{indent}```"

    return _EXAMPLE.sub(block, text)


class Doctests(griffe.Extension):
    """Fences the examples of every docstring before it is parsed."""

    def on_object(self, *, obj: Any, **_: Any) -> None:
        """Change the docstring of one object."""
        if obj.docstring and "Examples:" not in obj.docstring.value:
            obj.docstring.value = fenced(obj.docstring.value)
