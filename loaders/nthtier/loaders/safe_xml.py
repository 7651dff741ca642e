"""XML as a stream of records: no document type, no entities, bounded depth.

A document type can only stand before the first element. So defusedxml reads up to there and
refuses whatever declares one; what follows can define nothing, and Python's fast parser reads it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Final
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser

from nthtier.graph.errors import InputError
from nthtier.loaders.reading import Input

#: Deepest nesting of elements; no published format has more than a dozen levels.
MOST_DEPTH: Final = 256
_CHUNK: Final = 1 << 16
_START: Final = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*<(?:\?xml|!--|[A-Za-z_])")


class _Begun(Exception):  # noqa: N818 - a signal, not an error
    """The first element is there; its tag."""


class _Prolog:
    """A target that stops the parser at the first element."""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        raise _Begun(tag)

    def end(self, tag: str) -> None: ...

    def data(self, text: str) -> None: ...

    def close(self) -> None: ...


def is_xml(document: Input) -> bool:
    """Tell whether a document begins as XML does."""
    return _START.match(document.head[:200]) is not None


def records(
    document: Input, tags: Collection[str], root: Collection[str]
) -> Iterator[tuple[int, Element]]:
    """Yield the elements named in ``tags`` with their number from 1, few in memory at a time.

    ``root`` is what the first element may be. Tags carry their namespace (``{…}LEIRecord``). An
    element inside another of ``tags`` is part of that one.

    Raises:
        InputError: it is not whole XML, has a document type or entities, is nested beyond
            `MOST_DEPTH`, or begins with another element (a wrong namespace, for one).
    """
    first = _first(document)
    if first not in root:
        raise InputError(
            "another document than this format's", file=document.name, row=1,
            found=first, allowed=" or ".join(sorted(root)),
        )  # fmt: skip
    yield from enumerate(_elements(document, tags), 1)


def _elements(document: Input, tags: Collection[str]) -> Iterator[Element]:
    """Let a tree grow, and after each piece take out of it what is finished.

    Python sees only elements that it asks for: each start and end told to it would cost as much
    as the parsing.
    """
    builder = TreeBuilder()
    top = builder.start("", {})  # the document becomes its child
    parser = XMLParser(target=builder)  # noqa: S314 - there is no document type (`_first`)
    try:
        for chunk in document.chunks(_CHUNK, watched=True):
            parser.feed(chunk)
            _check_growing(document, top)
            yield from _finished(document, top, tags)
        parser.close()
    except ParseError as error:
        raise _broken(document, error) from error
    for child in top:
        _check(document, child, 1)
        yield from _wanted(child, tags)


def _finished(document: Input, element: Element, tags: Collection[str]) -> Iterator[Element]:
    """Take what is finished out of a growing tree: at each level all but the last child."""
    level = 0
    while len(element) and element.tag not in tags:
        level += 1
        for child in element[:-1]:
            _check(document, child, level)
            yield from _wanted(child, tags)
        del element[:-1]
        element = element[-1]


def _wanted(element: Element, tags: Collection[str]) -> Iterator[Element]:
    if element.tag in tags:
        yield element
        return
    for child in element:
        yield from _wanted(child, tags)


def _check_growing(document: Input, top: Element) -> None:
    """Refuse a tree that is too deep where it grows."""
    level, element = 0, top
    while len(element):
        level, element = level + 1, element[-1]
        if level > MOST_DEPTH:
            raise _too_deep(document, level)


def _check(document: Input, element: Element, level: int) -> None:
    """Refuse an element, itself at a level, that is too deep."""
    if level + len(list(element.iter())) <= MOST_DEPTH + 1:
        return  # so few elements cannot be
    row = [element]
    while row:
        if level > MOST_DEPTH:
            raise _too_deep(document, level)
        level, row = level + 1, [child for e in row for child in e]


def _too_deep(document: Input, level: int) -> InputError:
    return InputError("elements nested too deep", file=document.name, found=f"{level} levels",
                      allowed=f"{MOST_DEPTH}")  # fmt: skip


def _first(document: Input) -> str:
    """Read up to the first element, refuse a document type, and return the element's tag."""
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import XMLParser

    parser = XMLParser(target=_Prolog(), forbid_dtd=True)
    try:
        for chunk in document.chunks(_CHUNK):
            parser.feed(chunk)
        parser.close()
    except _Begun as begun:
        return str(begun.args[0])
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
