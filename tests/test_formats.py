"""Every format: recognised by its content, its golden file, and bad input of many kinds."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

import golden
from formats import FEW, FIXTURES, Fixture
from malformed import variants
from nthtier.graph import dates
from nthtier.graph.build import build
from nthtier.graph.errors import InputError
from nthtier.loaders.reader import Options, Reading
from nthtier.loaders.registry import FORMATS, read_paths


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda f: f.name)
def test_recognised_and_golden(fixture: Fixture) -> None:
    found = read_paths(fixture.paths, options=FEW)
    assert {r.batch.source.format for r in found} == {fixture.format}
    assert all(r.batch.source.covers == () for r in found)  # so few are no whole edition
    golden.check(fixture.name, found)
    again = read_paths(fixture.paths, fixture.format, FEW)
    assert [r.batch for r in again] == [r.batch for r in found]


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda f: f.name)
def test_no_other_format_takes_it(fixture: Fixture) -> None:
    from nthtier.loaders.reading import open_inputs

    inputs = open_inputs(fixture.paths)
    takers = [name for name, known in FORMATS.items() if known.takes(inputs)]
    assert takers == [fixture.format]


def sane(found: list[Reading]) -> None:
    """Hold what every reading promises, whatever the file was."""
    for reading in found:
        for s in reading.batch.statements:
            assert s.subject
            assert bool(s.object) != bool(s.value), s
            assert s.object != s.subject, s
            assert dates.start_day(s.since) <= dates.end_day(s.until), s
            assert math.isnan(s.lo) == math.isnan(s.hi)
            assert math.isnan(s.lo) or 0 <= s.lo <= s.hi <= 100, s
            assert s.source == reading.batch.source.id
            assert s.locator
    build([r.batch.source for r in found], [s for r in found for s in r.batch.statements])


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda f: f.name)
def test_bad_input_is_refused_or_listed(fixture: Fixture, tmp_path: Path) -> None:
    first, *others = fixture.paths
    whole = read_paths(fixture.paths, fixture.format, FEW)
    sane(whole)
    made = list(variants(first.read_bytes(), fixture.kind, fixture.delimiter))
    assert len({name for name, _ in made}) >= 25
    refused = 0
    for name, data in made:
        path = tmp_path / first.name
        path.write_bytes(data)
        try:
            found = read_paths([path, *others], fixture.format, FEW)
        except InputError as error:
            refused += 1
            assert str(error).isprintable(), name
            assert len(str(error)) < 1500, name
            assert error.file or error.field == "source", name
            continue
        assert not name.startswith("!"), f"{fixture.format}: accepted {name}"
        try:
            sane(found)
        except Exception as error:
            raise AssertionError(f"{fixture.format}, {name}: {error}") from error
    assert refused >= 15


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda f: f.name)
def test_too_few_records_are_refused(fixture: Fixture) -> None:
    if fixture.format in ANY_NUMBER:
        assert read_paths(fixture.paths)
        return
    with pytest.raises(InputError, match="an unlikely number of records"):
        read_paths(fixture.paths, options=Options())


#: Formats that hold whatever somebody exported, so that no number of records is unlikely.
ANY_NUMBER: frozenset[str] = frozenset(
    {"ftm", "ftm-statements", "ftm-targets", "bods", "graphml", "gexf"}
)
