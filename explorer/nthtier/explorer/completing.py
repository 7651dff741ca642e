"""What a shell offers on Tab: ids of the graph's entities, lists, rules, types, formats.

Nothing here may fail or take long: whatever is wrong, nothing is offered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

import click
from click.shell_completion import CompletionItem

#: Offered at once.
MOST: Final = 60
#: In a larger graph entities are not offered: reading their names would take too long.
MOST_ENTITIES: Final = 300_000

Offer = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def _quietly(find: Callable[[click.Context, str], Iterable[tuple[str, str]]]) -> Offer:
    def offer(ctx: click.Context, _: click.Parameter, begun: str) -> list[CompletionItem]:
        try:
            return [CompletionItem(v, help=h) for v, h in find(ctx, begun)][:MOST]
        except Exception:  # a shell that completes a line is no place for an error
            return []

    return offer


def _last(begun: str) -> tuple[str, str]:
    """Return what stands before the last comma, with it, and what is begun after it.

    >>> _last("OWNS,SUP")
    ('OWNS,', 'SUP')
    """
    before, comma, last = begun.rpartition(",")
    return before + comma, last


def _entities(ctx: click.Context, begun: str) -> Iterable[tuple[str, str]]:
    from nthtier.graph.names import normalise
    from nthtier.graph.store import Store

    version = Store(ctx.find_root().params["graph"]).open()
    if version.summary()["entities"] > MOST_ENTITIES:
        return []
    table = version.table("entities", ["id", "name"]).to_pydict()
    wanted = normalise(begun)
    found = [
        (i, n)
        for i, n in zip(table["id"], table["name"], strict=True)
        if i.startswith(begun) or (wanted and normalise(n).startswith(wanted))
    ]
    return sorted(found)


def _lists(_: click.Context, begun: str) -> Iterable[tuple[str, str]]:
    from nthtier.graph.lists import LISTS

    return [(x.id, x.name) for x in LISTS.values() if x.id.startswith(begun)]


def _targets(ctx: click.Context, begun: str) -> Iterable[tuple[str, str]]:
    return dict([*_lists(ctx, begun), *_entities(ctx, begun)]).items()


def _rules(_: click.Context, begun: str) -> Iterable[tuple[str, str]]:
    from nthtier.queries.rulebook import rulebook

    return [(r.id, r.name) for r in rulebook().values() if r.id.startswith(begun)]


def _types(_: click.Context, begun: str) -> Iterable[tuple[str, str]]:
    from nthtier.graph.ontology import BY_NAME

    before, last = _last(begun)
    return [(before + t, "") for t in BY_NAME if t.startswith(last.upper())]


def _bases(_: click.Context, begun: str) -> Iterable[tuple[str, str]]:
    from nthtier.graph.ontology import BASIS

    before, last = _last(begun)
    return [(before + b, "") for b in BASIS if b.startswith(last)]


def _formats(_: click.Context, begun: str) -> Iterable[tuple[str, str]]:
    from nthtier.loaders.registry import FORMATS

    return [(f.name, f.title) for f in FORMATS.values() if f.name.startswith(begun)]


def _questions(_: click.Context, begun: str) -> Iterable[tuple[str, str]]:
    from nthtier.queries.cypher.library import questions

    return [(q.name, q.about) for q in questions().values() if q.name.startswith(begun)]


entities = _quietly(_entities)
lists = _quietly(_lists)
targets = _quietly(_targets)
rules = _quietly(_rules)
types = _quietly(_types)
bases = _quietly(_bases)
formats = _quietly(_formats)
questions = _quietly(_questions)


def script(command: Any, shell: str) -> str:
    """Return what a shell reads to complete nthtier's command line."""
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    assert found is not None
    made = found(command, {}, "nthtier", "_NTHTIER_COMPLETE")
    return made.source_template % made.source_vars()
