"""XML as a stream of records: no document type, no entities, bounded depth.

A document type can only stand before the first element. So defusedxml reads up to there and
refuses whatever declares one; what follows can define nothing, and Python's fast parser reads it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Any, Final
from xml.etree.ElementTree import Element, ParseError, XMLPullParser

from nthtier.graph.errors import InputError
from nthtier.loaders.reading import Input

#: Deepest nesting of elements; no published format has more than a dozen levels.
MOST_DEPTH: Final = 256
_CHUNK: Final = 1 << 16
_START: Final = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*<(?:\?xml|!--|[A-Za-z_])")


class _Begun(Exception):  # noqa: N818 - a signal, not an error
    """The first element is there."""


class _Prolog:
    """A target that stops the parser at the first element."""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        raise _Begun

    def end(self, tag: str) -> None: ...

    def data(self, text: str) -> None: ...

    def close(self) -> None: ...


def is_xml(document: Input) -> bool:
    """Tell whether a document begins as XML does."""
    return _START.match(document.head[:200]) is not None


def records(
    document: Input, tags: Collection[str], root: Collection[str]
) -> Iterator[tuple[int, Element]]:
    """Yield the elements named in ``tags`` with their number from 1, each in memory only then.

    ``root`` is what the first element may be. Tags carry their namespace (``{…}LEIRecord``). An
    element inside another of ``tags`` is part of that one.

    Raises:
        InputError: it is not whole XML, has a document type or entities, is nested beyond
            `MOST_DEPTH`, or begins with another element (a wrong namespace, for one).
    """
    _guard(document)
    number, inside = 0, 0
    path: list[Element] = []
    try:
        for event, element in _events(document):
            if event == "start":
                if not path and element.tag not in root:
                    raise InputError(
                        "another document than this format's", file=document.name, row=1,
                        found=element.tag, allowed=" or ".join(sorted(root)),
                    )  # fmt: skip
                path.append(element)
                inside += element.tag in tags
                if len(path) > MOST_DEPTH:
                    raise InputError("elements nested too deep", file=document.name,
                                     found=f"{len(path)} levels",
                                     allowed=f"{MOST_DEPTH}")  # fmt: skip
                continue
            path.pop()
            if element.tag in tags:
                inside -= 1
                if not inside:
                    number += 1
                    yield number, element
            if not inside and path:  # nobody asks for it again
                path[-1].remove(element)
    except ParseError as error:
        raise _broken(document, error) from error


def _events(document: Input) -> Iterator[tuple[str, Element]]:
    parser: Any = XMLPullParser(("start", "end"))
    for chunk in document.chunks(_CHUNK, watched=True):
        parser.feed(chunk)
        yield from parser.read_events()
    parser.close()
    yield from parser.read_events()


def _guard(document: Input) -> None:
    """Read up to the first element and refuse a document type."""
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import XMLParser

    parser = XMLParser(target=_Prolog(), forbid_dtd=True)
    try:
        for chunk in document.chunks(_CHUNK):
            parser.feed(chunk)
        parser.close()
    except _Begun:
        return
    except DefusedXmlException as error:
        raise InputError(
            "XML with a document type or entities, which no list needs",
            file=document.name, found=type(error).__name__, allowed="XML without <!DOCTYPE",
        ) from error  # fmt: skip
    except (ParseError, LookupError, ValueError) as error:
        raise _broken(document, error) from error
    raise InputError("XML without an element", file=document.name)


def _broken(document: Input, error: Exception) -> InputError:
    line = getattr(error, "position", (None, None))[0]
    reason = str(error).partition(": line")[0]
    return InputError(f"not whole XML: {reason}", file=document.name, row=line)


def text(element: Element, path: str) -> str:
    """Return the text of the first element at ``path`` without space at its ends, or nothing."""
    found = element.findtext(path)
    return found.strip() if found else ""
