"""A result as it was saved: a JSON file, or the data block ``nthtier-result`` of a page."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final

from nthtier.graph.errors import InputError
from nthtier.queries.verify import checked

#: The id of the script element in which a page carries its result.
BLOCK: Final = "nthtier-result"


def read_result(path: Path) -> dict[str, Any]:
    """Read a saved result of ``trace`` or ``screen``.

    Raises:
        InputError: the file cannot be read, holds no result, or not a whole one.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read: {error}", file=path.name) from error
    if text.lstrip("\ufeff \t\r\n").startswith("<"):
        text = _block(text, path.name)
    try:
        value = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise InputError(f"not whole JSON: {error}", file=path.name) from error
    return checked(value, path.name)


def _no_constant(text: str) -> None:
    raise ValueError(f"{text} is not a number in JSON")


def checked_again(result: Any) -> dict[str, Any]:
    """Return a result to check: of a file, an object of the Python interface, or a dictionary.

    Raises:
        InputError: it holds no result, or not a whole one.
    """
    if isinstance(result, str | Path):
        return read_result(Path(result))
    value = json.loads(json.dumps(getattr(result, "data", result)))
    return checked(value, "the result")


class _Finder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.inside = False
        self.blocks: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = tag == "script" and dict(attrs).get("id") == BLOCK
        if self.inside:
            self.blocks.append("")

    def handle_endtag(self, tag: str) -> None:
        self.inside = False

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.blocks[-1] += data


def _block(html: str, name: str) -> str:
    finder = _Finder()
    finder.feed(html)
    finder.close()
    if len(finder.blocks) != 1:
        raise InputError(
            "a page without its result" if not finder.blocks else "a page with several results",
            file=name, found=f"{len(finder.blocks)} script elements with id {BLOCK}",
            allowed="a page that carries its result, or the JSON of --json",
        )  # fmt: skip
    return finder.blocks[0]
