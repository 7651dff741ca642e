"""``nthtier fetch``."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from nthtier.explorer.cli import Settings
from nthtier.loaders.addresses import ADDRESSES


@click.command()
@click.argument("lists", nargs=-1, type=click.Choice(list(ADDRESSES)), metavar="LIST…")
@click.option("--list", "show", is_flag=True, help="Show what can be fetched, and from where.")
@click.option("--to", type=click.Path(path_type=Path, file_okay=False), metavar="FOLDER",
              help="Where the files go (default: the cache, $NTHTIER_CACHE).")  # fmt: skip
@click.option("--url", metavar="URL",
              help="Another address of the list; a folder of its files ends in /.")  # fmt: skip
@click.option("--allow", multiple=True, type=click.Choice(["counts"]),
              help="Take a list that is smaller or larger than likely; recorded beside it.",
              )  # fmt: skip
@click.option("--timeout", type=click.FloatRange(0.1), default=3600.0, show_default=True,
              metavar="SECONDS", help="Give up a file that takes longer.")  # fmt: skip
@click.pass_obj
def command(
    settings: Settings,
    lists: tuple[str, ...],
    show: bool,
    to: Path | None,
    url: str | None,
    allow: tuple[str, ...],
    timeout: float,
) -> int:
    """Download official lists into the cache and print where the files are.

    What comes is read and checked before it replaces the copy there. The address, the time and
    the digest are kept beside each file, and a load of it names them as its source.

    \b
    Example:
      nthtier fetch --list
      nthtier load $(nthtier fetch us-csl)
    """
    if show:
        _show()
        return 0
    if not lists:
        raise click.UsageError("name a list (nthtier fetch --list shows them)")
    from nthtier.explorer import output
    from nthtier.graph.errors import NthtierError
    from nthtier.loaders.downloads import check_url
    from nthtier.loaders.fetching import at, cache_folder, cached, fetch

    addresses = [ADDRESSES[name] for name in dict.fromkeys(lists)]
    if url is not None:
        if len(addresses) > 1:
            raise click.UsageError("--url gives the address of one list; name one")
        try:
            addresses = [at(addresses[0], check_url(url))]
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint="--url") from None
    paths: list[Path] = []
    for address in addresses:
        folder = to or cache_folder() / address.id
        try:
            with _progress() as tell:
                found = fetch(address, folder, allow=frozenset(allow), timeout=timeout,
                              progress=tell)  # fmt: skip
        except NthtierError:
            kept = cached(address, folder)
            if kept:
                output.note(f"{address.id}: the copy of {kept[0].retrieved} stays in {folder}")
            raise
        sidecar = found.sidecars[0]
        records = sum(sidecar.records.values())
        what = f"{records:,} records, " if records else ""
        size = sum(s.bytes for s in found.sidecars)
        word = "fetched" if found.fresh else "not changed since"
        output.note(f"{address.id}: {what}{size:,} bytes, {word} {sidecar.retrieved}")
        if not address.format:
            output.note(f"{address.id}: no loader reads this yet (nthtier load --map maps tables)")
        paths += found.paths
    for path in paths:  # only when all are there: half of them must not be loaded
        click.echo(str(path))
    return 0


def _show() -> None:
    for address in ADDRESSES.values():
        click.echo(f"{address.id}: {address.title}")
        loads = f"loads as {address.format}" if address.format else "no loader yet"
        click.echo(f"    {address.publisher}; {address.licence}; {loads}")
        for file in address.files:
            click.echo(f"    {file.url}")


@contextlib.contextmanager
def _progress() -> Iterator[Callable[[str, int, int | None], None] | None]:
    """Show a bar on a terminal, nothing in a pipe."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn
    from rich.progress import TransferSpeedColumn as Speed

    from nthtier.explorer import output

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), Speed())
    with Progress(*columns, console=output.console(stderr=True), transient=True) as bar:
        tasks = {}

        def tell(name: str, received: int, total: int | None) -> None:
            if name not in tasks:
                tasks[name] = bar.add_task(name, total=total)
            bar.update(tasks[name], completed=received, total=total)

        yield tell
