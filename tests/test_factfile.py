"""The fact file: every field as documented, and mistakes that name file, line and field."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

import golden
from nthtier.graph import model
from nthtier.graph.errors import InputError
from nthtier.graph.model import Statement
from nthtier.graph.relations import properties
from nthtier.loaders.reader import Reading
from nthtier.loaders.registry import SHIPPED, read_paths
from nthtier.loaders.values import share

HEAD = '[source]\nid = "doc"\ntitle = "A document"\n'


def read(tmp_path: Path, text: str, name: str = "facts.toml") -> list[Reading]:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    return read_paths([path])


def relation(tmp_path: Path, fields: str, kind: str = "OWNS") -> Statement:
    text = f'{HEAD}[[relation]]\nfrom = "A Ltd"\ntype = "{kind}"\nto = "B Ltd"\n{fields}\n'
    (found,) = [s for s in read(tmp_path, text)[0].batch.statements if s.object]
    return found


def test_golden() -> None:
    golden.check("facts", read_paths([golden.DATA / "facts.toml"]))


def test_every_field_of_the_source() -> None:
    gazette, report = read_paths([golden.DATA / "facts.toml"])
    source = gazette.batch.source
    assert (source.id, source.title, source.publisher) == (
        "quay-gazette", "Quay Gazette", "Quay Press",
    )  # fmt: skip
    assert (source.date, source.retrieved) == ("2023-03-03", "2024-01-02")
    assert (source.url, source.licence) == ("https://example.org/gazette", "CC0")
    assert (source.note, source.format, source.file) == ("made up", "factfile", "facts.toml")
    assert report.batch.source.date == "2024"
    assert {s.source for s in report.batch.statements} == {"pier-report"}


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("2023-03-03", "2023-03-03"), ('"2023-03-03"', "2023-03-03"), ("2005", "2005"),
        ('"2005"', "2005"), ('"2005-07"', "2005-07"), ('"2024-02-29"', "2024-02-29"),
    ],
)  # fmt: skip
def test_dates_as_text_number_or_date(tmp_path: Path, written: str, kept: str) -> None:
    assert relation(tmp_path, f"since = {written}").since == kept
    assert relation(tmp_path, f"until = {written}").until == kept


@pytest.mark.parametrize(
    ("written", "lo", "hi"),
    [
        ('"15.51"', 15.51, 15.51), ("15.51", 15.51, 15.51), ("51", 51, 51), ("0", 0, 0),
        ('"100"', 100, 100), ('"25-50"', 25, 50), ('"25 - 50 %"', 25, 50), ('">=50"', 50, 100),
        ('"<=10"', 0, 10), ('"unknown"', 0, 100), ('"15.51%"', 15.51, 15.51),
    ],
)  # fmt: skip
def test_shares(tmp_path: Path, written: str, lo: float, hi: float) -> None:
    found = relation(tmp_path, f"share = {written}")
    assert (found.lo, found.hi) == (lo, hi)


def test_shares_with_an_open_end_exclude_it() -> None:
    assert share(">50")[0] > 50 > share("<50")[1]
    assert share("majority") == share(">50")
    for text in (">100", "<0", "> 100", "50-25", "-5", "1e2", "٥٠", "nan", "inf", ""):
        with pytest.raises(ValueError, match=r"."):
            share(text)


def test_no_share_is_not_a_share_of_0_to_100(tmp_path: Path) -> None:
    assert math.isnan(relation(tmp_path, "").lo)
    assert relation(tmp_path, 'share = "unknown"').lo == 0


def test_listings(tmp_path: Path) -> None:
    text = (
        HEAD + '[[relation]]\nfrom = "A Ltd"\ntype = "LISTED_ON"\nto = "TO"\nsince = 2023-03-02\n'
        'citation = "88 FR 13673"\nlicense_requirement = "all items"\n'
        'license_policy = "Presumption of denial"\nprogramme = "EL"\nfootnotes = [4, 1]\n'
    )
    for to in ("us-bis-el", "US Entity List", "entity list"):
        statements = read(tmp_path, text.replace('"TO"', f'"{to}"'))[0].batch.statements
        (found,) = [s for s in statements if s.object]
        assert (found.object, found.since) == ("us-bis-el", "2023-03-02")
        assert properties(found) == {
            "citation": "88 FR 13673", "license_requirement": "all items", "footnotes": [1, 4],
            "license_policy": "Presumption of denial", "programmes": ["EL"],
        }  # fmt: skip


def test_entities_may_be_named_before_they_are_described(tmp_path: Path) -> None:
    text = (
        HEAD + '[[relation]]\nfrom = "b"\ntype = "SUPPLIES"\nto = "Acme Corp"\n'
        '[[relation]]\nfrom = "Beta Limited"\ntype = "PARTNERS_WITH"\nto = "贝塔"\n'
        '[[entity]]\nid = "b"\nname = "Beta Ltd."\nnames = ["Beta Two"]\n'
        '[[entity]]\nname = "贝塔"\n[[entity]]\nname = "Acme Corporation"\n'
    )
    statements = read(tmp_path, text)[0].batch.statements
    ends = [(s.subject, s.object) for s in statements if s.object]
    assert ends == [("doc#b", "doc#~acme corp"), ("doc#b", "doc#~贝塔")]
    assert not [s for s in statements if s.predicate == model.MENTION]


def test_names_of_marks_only_stay_apart(tmp_path: Path) -> None:
    text = HEAD + '[[relation]]\nfrom = "!!!"\ntype = "SUPPLIES"\nto = "???"\n'
    statements = read(tmp_path, text)[0].batch.statements
    assert {s.value for s in statements if s.predicate == model.MENTION} == {"!!!", "???"}
    assert [(s.subject, s.object) for s in statements if s.object] == [("doc#~!!!", "doc#~???")]


def test_several_files_and_sources_in_one_load(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(HEAD + '[[entity]]\nname = "A"\n', "utf-8")
    (tmp_path / "b.toml").write_text(
        HEAD.replace("doc", "two") + '[[entity]]\nname = "B"\n', "utf-8"
    )
    found = read_paths([tmp_path / "a.toml", tmp_path / "b.toml"])
    assert [r.batch.source.id for r in found] == ["doc", "two"]
    (tmp_path / "b.toml").write_text(HEAD + '[[entity]]\nname = "B"\n', "utf-8")
    with pytest.raises(InputError, match="two files of one source"):
        read_paths([tmp_path / "a.toml", tmp_path / "b.toml"])


def test_the_shipped_files_load() -> None:
    readings = read_paths(sorted(SHIPPED.glob("*.toml")))
    assert all(r.batch.statements for r in readings)
    assert not any(r.audit.unused or r.audit.notes for r in readings)


RELATION = '[[relation]]\nfrom = "A"\ntype = "OWNS"\nto = "B"\n'


@pytest.mark.parametrize(
    ("text", "line", "field", "found", "allowed"),
    [
        (HEAD + RELATION + 'share = "120"\n', 8, "share", "120", "0 to 100"),
        (HEAD + RELATION + 'note = "x"\nsince = "2023-02-30"\n', 9, "since", "2023-02-30", "YYYY"),
        (HEAD + RELATION.replace("OWNS", "EATS"), 6, "type", "EATS", "SUPPLIES"),
        (HEAD + RELATION + 'colour = "red"\n', 8, "colour", "colour", "citation"),
        (HEAD + '[[entity]]\nname = "A"\n[[entity]]\nname = "B"\ncountry = "zz"\n', 8, "country",
         "zz", "ISO 3166"),
        (HEAD + '[[entity]]\nid = "a"\nname = "A"\n[[entity]]\nid = "a"\nname = "B"\n', 8, "id",
         "a", "each id once"),
        (HEAD + '[[entity]]\nname = "A"\nidentifiers = { uscc = "913700001630477271" }\n', 6,
         "identifiers.uscc", "913700001630477271", None),
        ('[source]\nid = "doc"\ntitle = "t"\nurl = "javascript:1"\n', 4, "url", "javascript:1",
         "https://"),
        ('[source]\nid = "doc"\ntitle = "t"\ndate = 2023-13\n', 4, None, None, None),
        (HEAD + "[[listing]]\nx = 1\n", 4, "listing", "listing", "relation"),
        (HEAD + '[entity]\nname = "A"\n', 4, "entity", None, "[[entity]]"),
        ('[[entity]]\nname = "A"\n', None, "source", None, "[source]"),
        (HEAD + 'entity = [{ name = "A", type = "Fish" }]\n', 4, "entity", "entity", "publisher"),
        ('entity = [{ name = "A", type = "Fish" }]\n' + HEAD, 1, "type", "Fish", "Company"),
        (HEAD + '[[fact]]\nentity = "A"\nproperty = "two words"\nvalue = "x"\n', 6, "property",
         "two words", "one word"),
        (HEAD + '[[fact]]\nentity = "A"\nproperty = "p"\nvalue = "a\\u0000b"\n', 7, "value",
         "a\\x00b", "without it"),
        (HEAD + '[[entity]]\nname = "A"\ncountry = false\n', 6, "country", "False", "text"),
        (HEAD + '[[relation]]\nnote = """\n[[relation]]\nshare = 1\n"""\nfrom = "A"\n'
         'type = "OWNS"\nto = "B"\nshare = 101\n', 12, "share", "101", "0 to 100"),
    ],
)  # fmt: skip
def test_mistakes_name_file_line_field_found_and_allowed(
    tmp_path: Path, text: str, line: int | None, field: str | None, found: str | None,
    allowed: str | None,
) -> None:  # fmt: skip
    with pytest.raises(InputError) as caught:
        read(tmp_path, text)
    error = caught.value
    assert (error.file, error.row, error.field) == ("facts.toml", line, field)
    message = str(error)
    assert "\n" not in message
    assert message.startswith("facts.toml, " + (f"line {line}" if line else ""))
    if found is not None:
        assert f"found '{found}'" in message
    if allowed is not None:
        assert allowed in (error.allowed or "")
