"""XML: no document types, no entities, bounded depth and memory; published hostile documents."""

from __future__ import annotations

import tracemalloc
from copy import copy
from hashlib import sha256
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nthtier.graph.errors import InputError
from nthtier.loaders import safe_xml
from nthtier.loaders.reading import Input
from support import SHARED, require

CORPUS = SHARED / "corpora" / "defusedxml" / "xmltestdata"


def document(data: bytes | str) -> Input:
    return Input("a.xml", Path("a.xml"), data.encode("utf-8") if isinstance(data, str) else data)


def texts(data: bytes | str, tags: tuple[str, ...] = ("r",)) -> list[str]:
    return [e.findtext("v") or "" for _, e in safe_xml.records(document(data), tags, {"x"})]


@pytest.mark.parametrize(
    "name", ["cyclic", "dtd", "external", "external_file", "quadratic", "xmlbomb", "xmlbomb2"]
)
def test_published_hostile_documents_are_refused(name: str) -> None:
    path = CORPUS / f"{name}.xml"
    require(path.exists(), "the corpus of defusedxml")
    with pytest.raises(InputError, match="a document type or entities") as caught:
        list(safe_xml.records(document(path.read_bytes()), {"root"}, {"root", "xmlbomb", "bomb"}))
    assert caught.value.file == "a.xml"


def test_published_plain_documents_are_read() -> None:
    for name, root in (("simple", "root"), ("simple-ns", "{namespace}root")):
        path = CORPUS / f"{name}.xml"
        require(path.exists(), "the corpus of defusedxml")
        assert len(list(safe_xml.records(document(path.read_bytes()), {root}, {root}))) == 1


def test_an_entity_behind_the_first_element_cannot_be() -> None:
    with pytest.raises(InputError, match="not whole XML"):
        texts('<x><!DOCTYPE x [<!ENTITY e "1">]><r><v>&e;</v></r></x>')


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-16-le"])
def test_another_encoding_hides_no_document_type(encoding: str) -> None:
    text = '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE x [<!ENTITY e "1">]><x>&e;</x>'
    with pytest.raises(InputError):
        texts(text.encode(encoding))


@pytest.mark.parametrize("after", ["", "<e/>"])
def test_depth_is_bounded(after: str) -> None:
    def deep(levels: int) -> str:
        return "<x>" + "<d>" * levels + "</d>" * levels + after + "</x>"

    assert texts(deep(255)) == []
    with pytest.raises(InputError, match="elements nested too deep"):
        texts(deep(256))
    with pytest.raises(InputError, match="elements nested too deep"):
        texts("<x>" + "<d>" * 200_000)


def test_depth_is_bounded_within_a_record_that_goes_on() -> None:
    seen: list[int] = []
    data = ("<x><r>" + "<d>" * 200_000).encode("ascii")
    with pytest.raises(InputError, match="elements nested too deep"):
        list(safe_xml.records(Input("a.xml", Path("a.xml"), data, watch=seen.append), {"r"}, {"x"}))
    assert sum(seen) < len(data) / 2


@pytest.mark.parametrize("chunk", [7, 1 << 16])
def test_depth_is_counted_and_not_the_elements(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(safe_xml, "_CHUNK", chunk)

    def wide(levels: int) -> str:
        deep = "<d>" * levels + "</d>" * levels
        return f"<x><r><v>1</v>{'<e/>' * 300}{deep}{'<e/>' * 300}</r><r/></x>"

    assert texts(wide(254)) == ["1", ""]
    with pytest.raises(InputError, match=r"nested too deep \(found '257 levels'"):
        texts(wide(255))


def test_records_within_records_are_part_of_them() -> None:
    nested = "<x><r><v>1</v><r><v>2</v></r></r><o><r><v>3</v></r></o></x>"
    assert texts(nested) == ["1", "3"]


@pytest.mark.parametrize(
    "data", ["<x><r>", "<x></y>", "<x/><x/>", "text", "<x>\x00</x>", "<!-- -->"]
)
def test_what_is_no_whole_xml(data: str) -> None:
    with pytest.raises(InputError, match=r"not whole XML|XML without an element"):
        texts(data)


def test_another_document_is_named() -> None:
    with pytest.raises(InputError, match=r"another document .*found 'y'; allowed: x"):
        texts("<y/>")


def test_the_other_document_is_named_before_it_is_read() -> None:
    with pytest.raises(InputError, match="another document"):
        texts("<y><r></y>")


#: XML of elements a (wanted), b and c, whose texts and marks fall on borders of pieces.
_PIECES = st.sampled_from([
    "", " ", "\n", "text", "é", "浪潮", "🚢", "a\rb", "&amp;", "&#x4e2d;", "&lt;&gt;", "]]",
    "<![CDATA[<a>&amp;]]>", "<![CDATA[]]>", "<!-- <a> -->", "<?p <a>?>",
])  # fmt: skip
_CONTENT = st.lists(_PIECES, max_size=4).map("".join)


def _element(tag: str, marks: str, inside: list[str]) -> str:
    return f"<{tag}{marks}>{''.join(inside)}</{tag}>"


_MARKS = st.sampled_from(["", ' k="1&lt;é"', " xml:lang='de' k=''"])
_TREES = st.recursive(
    st.one_of(_CONTENT, st.sampled_from(["<a/>", "<b/>", "<a></a >"])),
    lambda inner: st.builds(_element, st.sampled_from("abc"), _MARKS, st.lists(inner, max_size=4)),
    max_leaves=12,
)


def _as_it_is(element: Element) -> str:
    alone = copy(element)
    alone.tail = None
    return ElementTree.tostring(alone, encoding="unicode")


@given(st.lists(_TREES, max_size=6), st.integers(1, 40), st.sampled_from(["a", "ab", "x"]))
def test_records_are_those_of_the_whole_tree(inside: list[str], chunk: int, tags: str) -> None:
    text = _element("x", "", inside)

    def outermost(element: Element) -> list[str]:
        if element.tag in tags:
            return [_as_it_is(element)]
        return [found for child in element for found in outermost(child)]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(safe_xml, "_CHUNK", chunk)
        found = [(n, _as_it_is(e)) for n, e in safe_xml.records(document(text), set(tags), {"x"})]
    assert found == list(enumerate(outermost(ElementTree.fromstring(text)), 1))


def test_memory_does_not_grow_with_the_records() -> None:
    data = ("<x>" + "<r><v>" + "a" * 100 + "</v></r>" * 1 + "<!-- -->" * 2) + "</x>"
    many = "<x>" + f"<r><v>{'a' * 100}</v></r>" * 20_000 + "</x>"
    assert texts(data) == ["a" * 100]
    whole = document(many)
    tracemalloc.start()
    digest = sha256()
    for _, element in safe_xml.records(whole, {"r"}, {"x"}):
        digest.update((element.findtext("v") or "").encode("utf-8"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < len(many) / 2
