"""The formats, in the order in which they are tried. Adding one is a module and a row here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from nthtier.graph.errors import InputError
from nthtier.loaders import (
    bods,
    columnar,
    csl,
    eto_chips,
    eu_fsf,
    factfile,
    ftm,
    gleif,
    graph_files,
    icij,
    ofac_advanced,
    ofac_legacy,
    table,
    transcribed,
    uk_sanctions,
)
from nthtier.loaders.reader import Format, Options, Reading
from nthtier.loaders.reading import Input, open_inputs
from nthtier.loaders.sidecar import read_sidecar

#: In the order in which they are tried: those that take any text come last.
_MODULES: Final = (csl, ofac_legacy, ofac_advanced, uk_sanctions, eu_fsf, transcribed, gleif, ftm,
                   bods, icij, eto_chips, graph_files, factfile, columnar, table)  # fmt: skip
FORMATS: Final[dict[str, Format]] = {
    known.name: known for module in _MODULES for known in module.FORMATS
}
#: Told what is being done, how much is done, and of how much.
Tell = Callable[[str, int, int], None]
SHIPPED: Final = Path(__file__).parent / "shipped"


def read_paths(
    paths: Sequence[Path],
    format_: str = "",
    options: Options | None = None,
    tell: Tell | None = None,
) -> list[Reading]:
    """Read files of any known format; nothing is written.

    ``tell`` is told how many of all bytes were read.

    Raises:
        InputError: a file cannot be read, is of no known format, or is wrong in itself.
    """
    options = options or Options()
    read = 0

    def watch(more: int) -> None:
        nonlocal read
        read += more
        if tell is not None:
            tell("reading", read, total)

    inputs = open_inputs(paths, watch=watch if tell else None)
    total = sum(d.size for d in inputs)
    if format_:
        if format_ not in FORMATS:
            raise InputError("an unknown format", field="--format", found=format_,
                             allowed=", ".join(FORMATS))  # fmt: skip
        groups = [(FORMATS[format_], inputs)]
    elif options.mapping is not None:
        groups = [(FORMATS["table"], inputs)]
    else:
        groups = _recognise(inputs)
    readings = [r for known, documents in groups for r in known.read(documents, options)]
    _add_origins(readings, inputs)
    twice = Counter(r.batch.source.id for r in readings)
    for reading in readings:
        if twice[reading.batch.source.id] > 1:
            raise InputError("two files of one source in one load", file=reading.batch.source.file,
                             field="source", found=reading.batch.source.id)  # fmt: skip
    return readings


def _recognise(inputs: Sequence[Input]) -> list[tuple[Format, list[Input]]]:
    left = list(inputs)
    groups: list[tuple[Format, list[Input]]] = []
    for known in FORMATS.values():
        taken = known.takes(left)
        if taken:
            groups.append((known, taken))
            left = [d for d in left if d not in taken]
    if left:
        start = left[0].head[:40].decode("utf-8", "replace").split("\n")[0]
        raise InputError(
            "the format is not recognised from the content (is it the right file? --format says "
            "which it is, --map maps any table)",
            file=left[0].name, row=1, found=start, allowed=", ".join(FORMATS),
        )  # fmt: skip
    return groups


def _add_origins(readings: Sequence[Reading], inputs: Sequence[Input]) -> None:
    """Say in each source where its bytes were fetched, where a sidecar vouches for the file."""
    vouched = {path: known for d in inputs if (known := read_sidecar(path := d.path))}
    origins = {d.sha256: vouched[d.path] for d in inputs if d.path in vouched}
    for reading in readings if origins else ():
        source = reading.batch.source
        origin = origins.get(source.sha256.partition("+")[0])  # a set goes by its primary file
        if origin is not None:
            source = replace(source, url=source.url or origin.url,
                             retrieved=source.retrieved or origin.retrieved)  # fmt: skip
            reading.batch = replace(reading.batch, source=source)


def check_files(
    paths: Sequence[Path], format_: str = "", options: Options | None = None
) -> Mapping[str, int]:
    """Return the records per list of a set of files, every gate held.

    Raises:
        InputError: as `read_paths`.
    """
    found: Counter[str] = Counter()
    for reading in read_paths(paths, format_, options):
        found.update(reading.counts)
    return found
