"""XML: no document types, no entities, bounded depth and memory; published hostile documents."""

from __future__ import annotations

import tracemalloc
from hashlib import sha256
from pathlib import Path

import pytest

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


def test_depth_is_bounded() -> None:
    def deep(levels: int) -> str:
        return "<x>" + "<d>" * levels + "</d>" * levels + "</x>"

    assert texts(deep(255)) == []
    with pytest.raises(InputError, match="elements nested too deep"):
        texts(deep(256))
    with pytest.raises(InputError, match="elements nested too deep"):
        texts("<x>" + "<d>" * 200_000)


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
