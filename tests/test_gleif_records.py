"""GLEIF's XML as columns: what a plain walk over the whole tree finds, however it is cut."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nthtier.loaders import gleif_records, safe_xml
from nthtier.loaders.reading import Input

NAMESPACE = "http://www.gleif.org/data/schema/leidata/2016"
NUMBERED = ("OtherEntityName", "OtherAddress", "AdditionalAddressLine", "SuccessorEntity",
            "RelationshipPeriod", "ExceptionReason")  # fmt: skip
RENAMED = {"RelationshipPeriods": "", "RelationshipPeriod": "Period", "StartDate": "startDate",
           "ExceptionReason": "Exception.Reason"}  # fmt: skip
TAGS = ("Entity", "LegalName", "City", "OtherEntityNames", "OtherAddresses", "RelationshipPeriods",
        "StartDate", "Ünbekannt", *NUMBERED)  # fmt: skip

_TEXT = st.lists(
    st.sampled_from([
        "", " ", "\n\t", "Pier", "Größe", "浪潮集团", "🚢", "\u00a0", "a  b", "&amp;", "&quot;",
        "&#20013;", "&#xA;", "<![CDATA[ <x> & ]]>", "<!-- & -->", "<?p q?>", "a\r\nb", ".1",
    ]), max_size=4,
).map("".join)  # fmt: skip
_MARKS = st.dictionaries(
    st.sampled_from(["xml:lang", "type", "other:type"]),
    st.sampled_from(["", "en", " de ", "浪<&\"'", "a\nb"]), max_size=3,
)  # fmt: skip


def _written(tag: str, marks: dict[str, str], inside: list[str]) -> str:
    said = "".join(f" {name}={quoteattr(value)}" for name, value in marks.items())
    return f"<{tag}{said}>{''.join(inside)}</{tag}>"


def elements(prefix: str) -> st.SearchStrategy[str]:
    """Return elements of a record: nested, repeated, of this namespace and of another."""
    tags = st.sampled_from([*(f"{prefix}{tag}" for tag in TAGS), "other:City"])
    leaf = st.builds(_written, tags, _MARKS, st.lists(_TEXT, max_size=1))
    return st.recursive(
        leaf,
        lambda inner: st.builds(
            _written, tags, _MARKS, st.lists(st.one_of(inner, _TEXT), max_size=6)
        ),
        max_leaves=12,
    )


def columns(element: Element, place: tuple[str, ...] = ()) -> dict[str, str]:
    """Return what is below an element as columns, by the rules of the CSV."""
    found: dict[str, str] = {}
    seen: Counter[str] = Counter()
    for child in element:
        tag = child.tag.split("}")[-1]
        seen[tag] += 1
        steps = [*place, RENAMED.get(tag, tag)] + ([str(seen[tag])] if tag in NUMBERED else [])
        here = tuple(s for s in steps if s)
        if list(child):
            found |= columns(child, here)
        elif (child.text or "").strip():
            found[".".join(here)] = (child.text or "").strip()
        for name, value in child.attrib.items():
            lang = name == "{http://www.w3.org/XML/1998/namespace}lang"
            found[".".join((*here, "xmllang" if lang else name))] = value
    return found


@pytest.mark.parametrize("prefix", ["", "lei:"])
@given(st.data())
def test_columns_are_those_of_the_whole_tree(prefix: str, data: st.DataObject) -> None:
    inside = data.draw(st.lists(st.lists(elements(prefix), max_size=5), max_size=4))
    space = data.draw(st.sampled_from(["", "\n  ", "<!-- x -->"]))
    written = space.join(
        f"<{prefix}LEIRecord>{space}<{prefix}Entity>{space.join(r)}</{prefix}Entity>"
        f"{space}</{prefix}LEIRecord>" for r in inside
    )  # fmt: skip
    declared = f"xmlns{':lei' if prefix else ''}=\"{NAMESPACE}\" xmlns:other='urn:other'"
    text = (f"<?xml version='1.0'?><{prefix}LEIData {declared}><{prefix}LEIRecords>{written}"
            f"</{prefix}LEIRecords></{prefix}LEIData>")  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(safe_xml, "_CHUNK", data.draw(st.integers(1, 50)))
        document = Input("a.xml", Path("a.xml"), text.encode("utf-8"))
        found = list(gleif_records.records(document, "gleif-lei"))
    ns = f"{{{NAMESPACE}}}"
    records = ElementTree.fromstring(text).iter(f"{ns}LEIRecord")
    assert found == list(enumerate(map(columns, records), 1))


def test_a_place_of_ever_new_names_is_read_and_not_kept() -> None:
    names = [f"N{i}" for i in range(1000)]
    record = "".join(f"<{n}>{n}</{n}>" for n in names)
    text = f"<LEIData xmlns='{NAMESPACE}'><LEIRecord><Odd>{record}</Odd></LEIRecord></LEIData>"
    document = Input("a.xml", Path("a.xml"), text.encode("utf-8"))
    ((_, found),) = gleif_records.records(document, "gleif-lei")
    assert found == {f"Odd.{n}": n for n in names}
    assert len(gleif_records._within("Odd")) <= gleif_records._MOST_KNOWN
