"""Keyword arguments, named like the command line's options, as the questions they ask.

The commands and the Python interface both ask through here, so that a value that is wrong is
refused in the same words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from nthtier.graph import dates
from nthtier.graph.errors import UsageError

if TYPE_CHECKING:
    from datetime import date

    from nthtier.graph.ontology import Weights
    from nthtier.queries.question import Question
    from nthtier.queries.supposing import Change

    #: A company or list: its name, an identifier, its id, or what a result says of it.
    Name = str | Mapping[str, Any]
    #: One name or several.
    Names = Name | Iterable[Name]
    #: Several words, or a text with commas between them.
    Words = str | Iterable[str] | None
    #: A day, a month or a year: ``"2023-03"``, ``2023``, or a date.
    Day = str | int | date

DIRECTIONS: Final = ("forward", "backward", "both")


def name(value: Name) -> str:
    """Return the name or id that something stands for.

    >>> name("Inspur"), name({"id": "inspur-group", "name": "Inspur Group"})
    ('Inspur', 'inspur-group')
    """
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping) and isinstance(value.get("id"), str):
        return str(value["id"])
    raise UsageError(f"a company is a name, an id or an entity of a result, not {value!r}")


def names(value: Names | None) -> tuple[str, ...]:
    """Return the names that one or several stand for.

    >>> names("Inspur"), names(["Inspur", "Intel"]), names(None)
    (('Inspur',), ('Inspur', 'Intel'), ())
    """
    if value is None:
        return ()
    if isinstance(value, str | Mapping):
        return (name(value),)
    return tuple(name(v) for v in (value if isinstance(value, Iterable) else (value,)))


def words(value: Words, *, upper: bool = False) -> tuple[str, ...]:
    """Return the words of an option that takes several, separated by commas.

    >>> words("a, b,"), words(None), words(["owns"], upper=True)
    (('a', 'b'), (), ('OWNS',))
    """
    parts = (value or "").split(",") if isinstance(value, str | None) else value
    found = (w.strip() for w in parts)
    return tuple(w.upper() if upper else w for w in found if w)


def day(value: Day | None) -> str:
    """Return a partial date as it is written.

    >>> import datetime
    >>> day(2019), day("2019-05"), day(datetime.date(2019, 5, 1)), day(None)
    ('2019', '2019-05', '2019-05-01', '')
    """
    if value is None or value == "":
        return ""
    text = value.strftime("%Y-%m-%d") if hasattr(value, "strftime") else str(value)
    try:
        dates.span(text)
    except ValueError:
        raise UsageError(f"{text!r} is not a date; write {dates.FORMS}") from None
    return text


def chosen(option: str, values: Sequence[str], allowed: Sequence[str]) -> Sequence[str]:
    """Return values that an option has a choice of.

    Raises:
        UsageError: one is none of them.
    """
    for value in values:
        if value not in allowed:
            raise UsageError(f"{option}: {value!r} is not one of {', '.join(allowed)}")
    return values


def number(option: str, value: float, least: float, most: float | None = None) -> None:
    """Hold a number against the range of its option.

    Raises:
        UsageError: it is outside.
    """
    if not (least <= value and (most is None or value <= most)):
        allowed = f"at least {least:g}" if most is None else f"{least:g} to {most:g}"
        raise UsageError(f"{option} is {allowed}, not {value:g}")


def question(
    *,
    subject: Name | None = None,
    id: bool = False,
    direction: str | None = None,
    **given: Any,
) -> Question:
    """Return the question that options ask; those left out keep their usual value.

    Raises:
        UsageError: a value that an option does not take.
        InputError: the file of weights is wrong.
    """
    from nthtier.queries.question import Question

    chosen("--direction", () if direction is None else (direction,), DIRECTIONS)
    fields = {_FIELDS.get(k, k): _READ[k](v) if k in _READ else v for k, v in given.items()}
    number("--min-share", fields.get("min_share", 0.0), 0, 100)
    number("--seconds", fields.get("seconds", 1.0), 0.01)
    number("--limit", fields.get("limit", 1), 1)
    return Question(
        subject="" if subject is None else name(subject),
        by_id=id,
        direction=direction,  # type: ignore[arg-type]  # one of DIRECTIONS
        **fields,
    )


def change(
    *,
    list: Names | None,
    add: Names | None,
    remove: Names | None,
    relation: Sequence[Any],
    end: Sequence[Any],
    share: Sequence[Any],
    since: Day | None,
    id: bool,
) -> Change:
    """Return what the options of ``what-if`` suppose.

    Raises:
        UsageError: options that do not go together, or nothing to suppose.
    """
    from nthtier.queries.supposing import Change

    lists, added, removed = names(list), names(add), names(remove)
    if bool(lists) != bool(added or removed):
        raise UsageError("--list LIST goes with --add ENTITY or --remove ENTITY")
    made = Change(
        tuple((e, x) for e in added for x in lists),
        tuple((e, x) for e in removed for x in lists),
        tuple((a, t.upper(), b) for a, t, b in _threes("--relation", relation)),
        tuple((a, t.upper(), b) for a, t, b in _threes("--end", end)),
        _threes("--share", share),
        day(since),
        id,
    )
    if not (made.add or made.remove or made.relations or made.ends or made.shares):
        raise UsageError("suppose something: --add, --remove, --relation, --end or --share")
    return made


def _threes(option: str, value: Sequence[Any]) -> tuple[tuple[str, str, str], ...]:
    """Return records of three texts; one alone may stand for itself."""
    rows = [*value]
    if len(rows) == 3 and isinstance(rows[1], str | int | float):
        rows = [rows]
    found = []
    for row in rows:
        if isinstance(row, str) or len(row) != 3:
            raise UsageError(f"{option} takes three: FROM, {_SECOND[option]}, not {row!r}")
        a, b, c = (x if isinstance(x, str) else name(x) if isinstance(x, Mapping) else f"{x:g}"
                   for x in row)  # fmt: skip
        found.append((a, b, c))
    return tuple(found)


_SECOND: Final = {"--relation": "TYPE, TO", "--end": "TYPE, TO", "--share": "TO, PERCENT"}


def _weights(value: str | Path | Weights | None) -> Weights | None:
    from nthtier.queries.weights import read_weights

    return read_weights(Path(value)) if isinstance(value, str | Path) else value


def _upper(value: Words) -> tuple[str, ...]:
    return words(value, upper=True)


#: Option → the field of `Question` that has another name.
_FIELDS: Final = {"basis": "bases", "rule": "rules"}
#: Option → how its value is read.
_READ: Final[dict[str, Callable[[Any], Any]]] = {
    "to": names, "via": names, "avoid": names, "rule": words, "types": _upper,
    "sequence": _upper, "basis": words, "as_of": day, "known": day, "weights": _weights,
    "min_share": float, "seconds": float,
}  # fmt: skip
