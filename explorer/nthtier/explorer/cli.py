"""The command line: a group that imports a command only when it is called.

Data goes to standard output, messages to standard error. Exit status: 0 answered, 1 the question
could not be answered, 2 wrong usage, 3 bad input data (nothing written), 4 an engine or the store
failed.
"""

from __future__ import annotations

import importlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from nthtier.explorer.opening import DEFAULT_GRAPH, GRAPH_VARIABLE
from nthtier.graph.errors import NthtierError, UsageError, visible

if TYPE_CHECKING:
    from nthtier.explorer.api import Graph

#: Command → its line in ``nthtier --help``. The module is ``nthtier.explorer.commands.<name>``
#: (what-if: what_if).
COMMANDS: Final[dict[str, str]] = {
    "demo": "Build the article's graph and show who is exposed to Inspur.",
    "fetch": "Download an official list into the cache.",
    "load": "Add list files, fact files or tables to the graph.",
    "info": "Show sources, counts, the version and its history.",
    "find": "Find companies by name, alias or identifier.",
    "trace": "Trace exposure paths from a company to listed entities.",
    "screen": "Screen a portfolio of companies.",
    "match": "Propose who is who, and keep what a person decides.",
    "owners": "Show who owns a company, and what it owns.",
    "captured": "Show whom ownership or control brings under a rule.",
    "rules": "Show the rules, and what follows from them for a company.",
    "what-if": "Say which findings would change if something were so.",
    "cut": "Find the fewest relations whose end breaks every path.",
    "diff": "Show what differs between two versions or files, and why.",
    "verify": "Check a saved result again.",
    "explore": "Write the interactive page of a company.",
    "cypher": "Ask in Cypher, embedded or on a Neo4j server.",
    "neo4j": "Bring the graph to a Neo4j server, and see what it holds.",
    "completion": "Print what a shell needs to complete the command line.",
    "export": "Write everything out: CSV, JSON, GraphML, GEXF, FtM, Cypher.",
}


@dataclass(frozen=True, slots=True)
class Settings:
    """The global options."""

    graph: Path
    verbosity: int

    def open(self) -> Graph:
        """Return the graph of the folder; it is opened when it is first asked."""
        from nthtier.explorer.api import Graph

        return Graph(self.graph)


class _ReaderGoneError(Exception):
    """The reader of a pipe has seen enough; by this name click lets it pass to `run`."""


class _Lazy(click.Group):
    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        try:
            return super().make_context(*args, **extra)
        except BrokenPipeError:
            raise _ReaderGoneError from None

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise _ReaderGoneError from None
        except UsageError as error:
            name = str(ctx.invoked_subcommand)
            command = self.get_command(ctx, name)
            inner = click.Context(command, ctx, name) if command else ctx
            raise click.UsageError(visible(str(error)), inner) from error

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        name = cmd_name.replace("-", "_")
        module = importlib.import_module(f"nthtier.explorer.commands.{name}")
        found: click.Command = module.command
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _print_version(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"nthtier {version('nthtier')}")
        ctx.exit()


@click.command(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--graph", type=click.Path(path_type=Path, file_okay=False), envvar=GRAPH_VARIABLE,
    default=Path(DEFAULT_GRAPH), show_default=True, help="The graph's folder ($NTHTIER_GRAPH).",
)  # fmt: skip
@click.option("-q", "--quiet", count=True, help="Fewer messages.")
@click.option("-v", "--verbose", count=True, help="More messages.")
@click.option("--version", is_flag=True, is_eager=True, expose_value=False,
              callback=_print_version, help="Show the version.")  # fmt: skip
@click.pass_context
def cli(ctx: click.Context, graph: Path, quiet: int, verbose: int) -> None:
    """Who is touched when a company lands on a list: through whom, since when, on what evidence.

    \b
    Example:
      nthtier demo
      nthtier trace Microsoft --to "Inspur Group"
    """
    ctx.obj = Settings(graph, verbose - quiet)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with its status."""
    for name in ("stdout", "stderr"):  # a stream that the shell closed takes what is written
        if getattr(sys, name) is None:
            nowhere = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - stays open
            setattr(sys, name, nowhere)
    for stream in (sys.stdout, sys.stderr):  # a name in any script never ends a run
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    sys.exit(run(arguments))


def run(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    try:
        result: Any = cli.main(arguments, prog_name="nthtier", standalone_mode=False)
        sys.stdout.flush()
        return result if isinstance(result, int) else 0
    except (click.exceptions.Abort, KeyboardInterrupt):
        click.echo("nthtier: stopped", err=True)
        return 130
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except NthtierError as error:
        click.echo(f"nthtier: {visible(str(error))}", err=True)
        for line in getattr(error, "__notes__", ()):
            click.echo(line, err=True)
        return error.exit_status
    except (_ReaderGoneError, BrokenPipeError):
        sys.stdout = None
        return 0
    except OSError as error:  # the disk under the output is full, say
        sys.stdout = None
        click.echo(f"nthtier: {visible(str(error))}", err=True)
        return 4
