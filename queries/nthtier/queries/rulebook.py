"""Reading rules: one TOML file each, checked field by field. Adding a rule is adding a file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from nthtier.graph import dates
from nthtier.graph.errors import InputError, QuestionError
from nthtier.graph.lists import LISTS
from nthtier.graph.ontology import BY_NAME
from nthtier.queries.ruledata import (
    ACTIVITIES,
    AGGREGATIONS,
    MET,
    OPERATORS,
    STATES,
    Dealing,
    Rule,
    Status,
    Threshold,
)

SHIPPED: Final = Path(__file__).parent / "rules"
RED_FLAGS: Final = ("unknown_share", "minority", "director", "control", "joint")
READS: Final = ("ownership", "control", "evidence", "flags")
_TEXTS: Final = ("id", "name", "version", "jurisdiction", "binds", "effect", "trigger", "plain")
_FIELDS: Final = frozenset(
    {*_TEXTS, "activities", "lists", "programmes", "footnotes", "names_only", "aggregation",
     "bound", "countries", "countries_ask", "citations", "reads", "threshold", "status", "dealing",
     "condition", "red_flags"}
)  # fmt: skip
_ID: Final = re.compile(r"[a-z0-9][a-z0-9-]{1,59}\Z")
_COUNTRY: Final = re.compile(r"[a-z]{2}\Z")


def rulebook(extra: Path | None = None) -> dict[str, Rule]:
    """Return the rules by id: the shipped ones and those of a folder.

    A rule of the folder with the id of a shipped one takes its place.

    Raises:
        InputError: a file is wrong; the message names file, field, what was found, what is allowed.
    """
    found = _folder(SHIPPED)
    if extra is not None:
        if not extra.is_dir():
            raise InputError("no such folder", file=str(extra), allowed="a folder of rules (.toml)")
        found.update(_folder(extra))
    return dict(sorted(found.items()))


def named(rules: Mapping[str, Rule], text: str) -> Rule:
    """Return the rule with this id or name.

    Raises:
        QuestionError: there is none; with the ids there are.
    """
    wanted = text.strip().casefold()
    for rule in rules.values():
        if wanted in (rule.id, rule.name.casefold()):
            return rule
    raise QuestionError(f"no rule {text!r}; there are {', '.join(rules)}")


def _folder(folder: Path) -> dict[str, Rule]:
    found: dict[str, Rule] = {}
    for path in sorted(folder.glob("*.toml")):
        rule = read_rule(path)
        if rule.id in found:
            raise InputError("a second rule of this id", file=path.name, field="id",
                             found=rule.id, allowed="each id once in a folder")  # fmt: skip
        found[rule.id] = rule
    return found


def read_rule(path: Path) -> Rule:
    """Read and check one rule file.

    Raises:
        InputError: it cannot be read, is not TOML, or a field is wrong.
    """
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", file=path.name) from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"not TOML in UTF-8: {error}", file=path.name) from error
    return _Check(path.name, data).rule()


class _Check:
    """One file while it is checked."""

    def __init__(self, file: str, data: dict[str, Any]) -> None:
        self.file, self.data = file, data

    def wrong(
        self, field: str, message: str, found: object = None, allowed: str = ""
    ) -> InputError:
        return InputError(message, file=self.file, field=field, found=found,
                          allowed=allowed or None)  # fmt: skip

    def rule(self) -> Rule:
        self.only(self.data, _FIELDS, "")
        texts: dict[str, Any] = {name: self.text(self.data, name, "") for name in _TEXTS}
        if not _ID.match(texts["id"]):
            raise self.wrong("id", "not an id", texts["id"], "small letters, digits and '-'")
        lists = self.words("lists", allowed=LISTS)
        if not lists:
            raise self.wrong("lists", "a rule needs lists", None, ", ".join(LISTS))
        reads: dict[str, Any] = self.reads()
        names_only = self.flag("names_only")
        thresholds = self.thresholds()
        if names_only and (thresholds or any(reads.values())):
            raise self.wrong("names_only", "a rule that binds by name has no threshold and reads "
                             "no ownership or control", True, "false, or neither")  # fmt: skip
        if bool(thresholds) != bool(reads["ownership"]):
            raise self.wrong("threshold", "a threshold and the ownership it reads belong together",
                             f"{len(thresholds)} thresholds, ownership {reads['ownership']}",
                             "both [[threshold]] and reads.ownership, or neither")  # fmt: skip
        if not names_only and not thresholds and not reads["control"]:
            raise self.wrong("names_only", "a rule extends a listing by ownership or control, or "
                             "binds by name", False, "true, or a [[threshold]]")  # fmt: skip
        citations = self.words("citations")
        if not citations:
            raise self.wrong("citations", "a rule needs a citation", None, "a list of texts")
        return Rule(
            **texts,
            activities=self.words("activities", allowed=ACTIVITIES, least=1),
            lists=lists,
            citations=citations,
            statuses=self.statuses(),
            names_only=names_only,
            aggregation=self.one("aggregation", self.data, AGGREGATIONS, "", "sum"),
            thresholds=thresholds,
            programmes=self.programmes(lists),
            footnotes=self.footnotes(),
            bound=self.words("bound", form=_COUNTRY),
            countries=self.words("countries", form=_COUNTRY),
            countries_ask=self.text(
                self.data, "countries_ask", "", needed="countries" in self.data
            ),
            dealings=self.dealings(),
            conditions=tuple(
                self.text(r, "text", f"condition {i}", only=("text",))
                for i, r in enumerate(self.tables("condition"), 1)
            ),
            red_flags=self.red_flags(),
            file=self.file,
            **reads,
        )

    def only(self, record: Mapping[str, Any], allowed: frozenset[str], where: str) -> None:
        for name in record:
            if name not in allowed:
                raise self.wrong(f"{where}.{name}".lstrip("."), "an unknown field", name,
                                 ", ".join(sorted(allowed)))  # fmt: skip

    def text(
        self,
        record: Mapping[str, Any],
        name: str,
        where: str,
        *,
        needed: bool = True,
        only: tuple[str, ...] = (),
    ) -> str:
        if only:
            self.only(record, frozenset(only), where)
        value = record.get(name, "")
        field = f"{where}, {name}".lstrip(", ")
        if not isinstance(value, str):
            raise self.wrong(field, "not a text", value, "text in quotes")
        if needed and not value.strip():
            raise self.wrong(field, "missing", None, "text in quotes")
        return value.strip()

    def one(
        self, name: str, record: Mapping[str, Any], allowed: Any, where: str, default: str = ""
    ) -> str:
        value = record.get(name, default)
        if value not in allowed:
            raise self.wrong(f"{where}, {name}".lstrip(", "), "not one of these", value or None,
                             ", ".join(allowed))  # fmt: skip
        return str(value)

    def flag(self, name: str) -> bool:
        value = self.data.get(name, False)
        if not isinstance(value, bool):
            raise self.wrong(name, "not true or false", value, "true, false")
        return value

    def words(
        self,
        name: str,
        *,
        record: Mapping[str, Any] | None = None,
        allowed: Any = None,
        form: re.Pattern[str] | None = None,
        where: str = "",
        least: int = 0,
    ) -> tuple[str, ...]:
        value = (self.data if record is None else record).get(name, [])
        field = f"{where}.{name}".lstrip(".")
        if not isinstance(value, list) or not all(isinstance(v, str) and v for v in value):
            raise self.wrong(field, "not a list of texts", value, '["…", "…"]')
        for v in value:
            if allowed is not None and v not in allowed:
                raise self.wrong(field, "not one of these", v, ", ".join(allowed))
            if form is not None and not form.match(v):
                raise self.wrong(field, "not a country", v, "ISO 3166 alpha-2 such as cn")
        if len(value) < least:
            raise self.wrong(field, "missing", None, ", ".join(allowed))
        if len(set(value)) != len(value):
            raise self.wrong(field, "said twice", value, "each once")
        return tuple(value)

    def table(self, name: str) -> Mapping[str, Any]:
        value = self.data.get(name, {})
        if not isinstance(value, dict):
            raise self.wrong(name, "not a table", value, f"[{name}]")
        return value

    def tables(self, name: str) -> list[dict[str, Any]]:
        value = self.data.get(name, [])
        if not isinstance(value, list) or not all(isinstance(v, dict) for v in value):
            raise self.wrong(name, "not a list of tables", value, f"[[{name}]]")
        return value

    def day(self, record: Mapping[str, Any], name: str, where: str) -> str:
        value = record.get(name, "")
        if isinstance(value, date) and not isinstance(value, datetime):
            return value.isoformat()
        try:
            if isinstance(value, str):
                if value:
                    dates.span(value)
                return value
        except ValueError:
            pass
        raise self.wrong(f"{where}, {name}", "no such date", value, dates.FORMS)

    def interval(self, record: Mapping[str, Any], where: str) -> tuple[str, str]:
        since, until = self.day(record, "since", where), self.day(record, "until", where)
        if dates.start_day(since) > dates.end_day(until):
            raise self.wrong(f"{where}, until", "it ends before it begins", until,
                             f"{since} or later")  # fmt: skip
        return since, until

    def apart(self, name: str, found: list[Any]) -> None:
        """Refuse two entries for one day."""
        ordered = sorted(found, key=lambda x: dates.start_day(x.since))
        for a, b in pairwise(ordered):
            if dates.end_day(a.until) >= dates.start_day(b.since):
                raise self.wrong(name, "two of them hold on one day",
                                 f"until {a.until or 'open'} and since {b.since or 'open'}",
                                 "intervals that do not overlap")  # fmt: skip

    def statuses(self) -> tuple[Status, ...]:
        found = []
        for number, record in enumerate(self.tables("status"), 1):
            where = f"status {number}"
            self.only(record, frozenset({"state", "since", "until", "source", "note"}), where)
            since, until = self.interval(record, where)
            found.append(Status(self.one("state", record, STATES, where),
                                self.text(record, "source", where), since, until,
                                self.text(record, "note", where, needed=False)))  # fmt: skip
        if not found:
            raise self.wrong("status", "a rule needs a status", None, "[[status]] with a state of "
                             + ", ".join(STATES))  # fmt: skip
        self.apart("status", found)
        return tuple(found)

    def thresholds(self) -> tuple[Threshold, ...]:
        found = []
        for number, record in enumerate(self.tables("threshold"), 1):
            where = f"threshold {number}"
            self.only(record, frozenset({"operator", "percent", "since", "until", "gives"}), where)
            percent = record.get("percent")
            if isinstance(percent, bool) or not isinstance(percent, int | float):
                raise self.wrong(f"{where}, percent", "not a number", percent, "0 to 100")
            operator = self.one("operator", record, OPERATORS, where)
            if not (0 < percent <= 100 and (percent < 100 or operator == ">=")):
                raise self.wrong(f"{where}, percent", "no share can pass it, or every share does",
                                 f"{operator} {percent}", "above 0, up to 100")  # fmt: skip
            since, until = self.interval(record, where)
            gives = self.one("gives", record, (MET, "evidence"), where, MET)
            found.append(Threshold(operator, float(percent), since, until, gives))
        self.apart("threshold", found)
        return tuple(found)

    def reads(self) -> dict[str, tuple[str, ...]]:
        record = self.table("reads")
        self.only(record, frozenset(READS), "reads")
        types = [name for name in BY_NAME if name not in ("LISTED_ON", "MAINTAINED_BY")]
        stakes = [name for name in types if BY_NAME[name].stake]
        return {
            name: self.words(name, record=record, where="reads",
                             allowed=stakes if name == "ownership" else types)
            for name in READS
        }  # fmt: skip

    def programmes(self, lists: tuple[str, ...]) -> dict[str, frozenset[str]]:
        record = self.table("programmes")
        for name in record:
            if name not in lists:
                raise self.wrong(f"programmes.{name}", "not a list of this rule", name,
                                 ", ".join(lists))  # fmt: skip
        return {
            n: frozenset(self.words(n, record=record, where="programmes")) for n in record
        }  # fmt: skip

    def footnotes(self) -> frozenset[int]:
        value = self.data.get("footnotes", [])
        if not isinstance(value, list) or not all(type(n) is int and 0 < n < 100 for n in value):
            raise self.wrong("footnotes", "not footnotes", value, "numbers such as [4]")
        return frozenset(value)

    def dealings(self) -> tuple[Dealing, ...]:
        found = []
        for number, record in enumerate(self.tables("dealing"), 1):
            where = f"dealing {number}"
            self.only(record, frozenset({"type", "read", "text", "tiers", "since"}), where)
            tiers = record.get("tiers", 1)
            if type(tiers) is not int or not 1 <= tiers <= 32:
                raise self.wrong(f"{where}, tiers", "not a number of tiers", tiers, "1 to 32")
            found.append(Dealing(self.one("type", record, BY_NAME, where),
                                 self.one("read", record, ("forward", "backward", "both"), where),
                                 self.text(record, "text", where), tiers,
                                 self.day(record, "since", where)))  # fmt: skip
        return tuple(found)

    def red_flags(self) -> dict[str, str]:
        record = self.table("red_flags")
        self.only(record, frozenset(RED_FLAGS), "red_flags")
        return {name: self.text(record, name, "red_flags") for name in record}
