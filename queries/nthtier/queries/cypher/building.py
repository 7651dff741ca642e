"""Builds a Ladybug file from a version's tables; run as a process of its own by `ladybug`.

Usage: ``python -m nthtier.queries.cypher.building VERSION_FOLDER WORK_FOLDER``. It stands in the
work folder and names files only by fixed words, so that no path becomes part of a statement; rows
travel as Parquet.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from nthtier.graph.errors import NthtierError
from nthtier.graph.version import Version
from nthtier.queries.cypher import model
from nthtier.queries.cypher.ladybug import FILE

if TYPE_CHECKING:
    import pyarrow as pa

_PART: Final = Path("part.parquet")
#: Pages in memory while building; half of the machine's at most.
POOL_BYTES: Final = min(4 << 30, os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2)
#: Rows copied at once: what each needs must fit into the pool.
ROWS: Final = max(10_000, POOL_BYTES // 2000)


def main(arguments: list[str]) -> int:
    """Build the file; progress to standard output, one line each."""
    source, target = map(Path, arguments)
    version = Version(source)
    os.chdir(target)
    try:
        build(version)
    except (NthtierError, OSError, RuntimeError) as error:
        sys.stderr.write(" ".join(str(error).split()) + "\n")
        return 1
    return 0


def build(version: Version) -> None:
    """Write the file into the current folder."""
    import ladybug

    database = ladybug.Database(FILE, buffer_pool_size=POOL_BYTES, auto_checkpoint=False)
    connection = ladybug.Connection(database)
    for label, properties in model.NODES.items():
        connection.execute(f"CREATE NODE TABLE {label}({_columns(properties)}, PRIMARY KEY(id))")
    for link in model.LINKS.values():
        columns = _columns(link.properties)
        connection.execute(
            f"CREATE REL TABLE {link.type}(FROM {link.start} TO {link.end}, {columns})"
        )
    row = model.graph_row(version)
    said = ", ".join(f"{name}: ${name}" for name in row)
    connection.execute(f"CREATE (:{model.GRAPH} {{{said}}})", row)
    for label, table in model.nodes(version):
        _copy(connection, label, table)
    for link, table in model.links(version):
        _copy(connection, link.type, table)
    connection.close()
    database.close()


def _columns(properties: dict[str, str]) -> str:
    """Return a table's columns; names and kinds are those of the model, never of data."""
    return ", ".join(f"`{name}` {kind}" for name, kind in properties.items())


def _copy(connection: Any, name: str, table: pa.Table) -> None:
    import pyarrow.parquet as pq

    sys.stdout.write(f"{name}: {table.num_rows:,}\n")
    sys.stdout.flush()
    if not table.num_rows:
        return
    for first in range(0, table.num_rows, ROWS):
        pq.write_table(table.slice(first, ROWS), _PART, compression="none")
        connection.execute(f"COPY {name} FROM '{_PART}'")
        connection.execute("CHECKPOINT")  # frees the pool
        _PART.unlink()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
