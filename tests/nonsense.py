"""Fact files that make no sense, each with the line and field of the mistake."""

from __future__ import annotations

from typing import NamedTuple

HEAD = '[source]\nid = "doc"\ntitle = "A document"\n\n'
LINES = HEAD.count("\n")


class Case(NamedTuple):
    """A fact file, and where its mistake is."""

    name: str
    text: str
    line: int
    field: str | None


def _record(kind: str, fields: dict[str, str], wrong: str, name: str) -> Case:
    lines = [f"[[{kind}]]", *(f"{k} = {v}" for k, v in fields.items())]
    at = 1 + list(fields).index(wrong) if wrong in fields else 0
    return Case(f"{name}", HEAD + "\n".join(lines) + "\n", LINES + 1 + at, wrong)


def _relation(field: str, value: str, kind: str = "OWNS", **more: str) -> Case:
    fields = {"from": '"Alpha Ltd"', "type": f'"{kind}"', "to": '"Beta Ltd"', **more}
    return _record("relation", {**fields, field: value}, field, f"{field} {value}")


def _entity(field: str, value: str) -> Case:
    fields = {"id": '"alpha"', "name": '"Alpha Ltd"'}
    case = _record("entity", {**fields, field: value}, field, f"{field} {value}")
    return case._replace(field=None) if field == "identifiers" else case


def _pair(name: str, first: str, second: str, line: int, field: str | None) -> Case:
    return Case(name, f"{HEAD}{first}\n{second}\n", LINES + line, field)


_SHARES = ("120", '"120"', '"100.01"', "-1", '"-0.5"', "nan", "inf", "-inf", '"NaN"', '"50-25"',
           '"25-"', '"-25"', '">100"', '"<0"', '">=101"', '"half"', '"1e2"', '"10,5"', '"٥٠"',
           '"0x10"', "true", "[50]", '"50-60-70"', '"50%%"')  # fmt: skip
_DATES = ('"2023-02-30"', '"2023-13"', '"2023-00-10"', '"2023-04-31"', '"0000"', '"99999"',
          '"2023-2-3"', '"03/02/2023"', '"2 March 2023"', '"soon"', "23", "-2005", "2005.5",
          "2023-03-03T10:00:00", '"2023-02-29"', '"٢٠٢٣"', '"2023-03-03Z"', "true")  # fmt: skip
_ENDED = (('"2020"', '"2019"'), ('"2020-05"', '"2020-04"'), ('"2020-05-02"', '"2020-05-01"'),
          ("2020-05-02", "2020-05-01"), ("2021", "2020"), ('"2021-01-01"', '"2020"'))  # fmt: skip
_IDENTIFIERS = ('{ uscc = "913700001630477271" }', '{ uscc = "0" }', '{ lei = "123" }',
                '{ lei = "5493001KJTIIGC8Y1R13" }', '{ isin = "CNE100000N21" }',
                '{ isin = "XX" }', '{ cik = "12ab" }', '{ "a b" = "1" }', '"913700001630477270"',
                "{ uscc = true }", '[ "x" ]', '{ cik = "²" }')  # fmt: skip
_SAME = (("alpha", "alpha"), ("Alpha Ltd", "alpha"), ("alpha", "ALPHA LIMITED"),
         ("First Alpha", "alpha"), ("Gamma", "gamma"), ("Gamma Co., Ltd.", "Gamma Company Limited"),
         ("us-bis-el", "us-bis-el"))  # fmt: skip
_DESCRIBED = '[[entity]]\nid = "alpha"\nname = "Alpha Ltd"\nnames = ["First Alpha"]'


def _same(start: str, end: str) -> Case:
    tie = f'[[relation]]\nfrom = "{start}"\ntype = "OWNS"\nto = "{end}"'
    return _pair(f"{start} owns {end}", _DESCRIBED, tie, 8, "to")


CASES: list[Case] = [
    *(_relation("share", v) for v in _SHARES),
    *(_relation("since", v) for v in _DATES),
    *(_relation("until", v) for v in _DATES),
    *(_relation("until", e, since=s) for s, e in _ENDED),
    *(_relation("amount", v) for v in ('"much"', '"20 dollars"', "20000000", '"-5 USD"', '"5 usd"',
                                       '"5 USD EUR"', "nan")),
    *(_relation("basis", v) for v in ('"guessed"', '"STATED"', "1")),
    *(_relation("type", v) for v in ('"EATS"', '"owns"', '""', "7", '"OWNS; DROP"')),
    *(_relation(f, v) for f, v in (("from", '""'), ("to", '""'), ("to", '"us-bis-el"'),
                                   ("from", "[]"), ("citation", '"88 FR 1"'), ("note", "{}"),
                                   ("footnotes", "[4]"), ("colour", '"red"'))),
    *(_relation("share", '"50"', kind) for kind in ("SUPPLIES", "PARTNERS_WITH", "DIRECTOR_OF")),
    _relation("to", '"Beta"', "LISTED_ON"),
    *(_relation("footnotes", v, "LISTED_ON", to='"us-bis-el"')
      for v in ("[0]", "[-1]", '["4"]', "4", "[4.5]", "[100]", "[true]")),
    *(_entity("country", v) for v in ('"zz"', '"Atlantis"', "7", '"CNN"', '["cn", "xx"]',
                                      "false")),
    *(_entity("type", v) for v in ('"Fish"', '"company"', "1")),
    *(_entity("id", v) for v in ('"a b"', '"../x"', '"us-bis-el"', '"us-bis"', '"é"', '"a/b"')),
    *(_entity("name", v) for v in ('""', '" "', "[]", '"a\\u0000b"')),
    *(_entity("identifiers", v) for v in _IDENTIFIERS),
    *(_same(*pair) for pair in _SAME),
    _pair("an id twice", _DESCRIBED, '[[entity]]\nid = "alpha"\nname = "Other"', 6, "id"),
    _pair("a name twice", '[[entity]]\nname = "Alpha"', '[[entity]]\nname = "ALPHA"', 3, "id"),
    _pair("a fact of nobody", "", '[[fact]]\nproperty = "p"\nvalue = "v"', 2, "entity"),
    _pair("a fact of nothing", "", '[[fact]]\nentity = "a"\nproperty = "p"\nvalue = ""', 5,
          "value"),
    _pair("two words", "", '[[fact]]\nentity = "a"\nproperty = "p q"\nvalue = "v"', 4, "property"),
    _pair("an unknown source", "", '[[entity]]\nname = "a"\nsource = "other"', 4, "source"),
    _pair("an unknown table", "", '[[company]]\nname = "a"', 2, "company"),
    _pair("a key twice", "", '[[entity]]\nname = "a"\nname = "b"', 4, None),
    _pair("no value", "", '[[entity]]\nname =', 3, None),
    _pair("an open text", "", '[[entity]]\nname = "a', 3, None),
    Case("a date of the source", HEAD.replace("A document", 'A"\ndate = "2023-02-30'), 4, "date"),
    Case("a source twice", '[[source]]\nid = "a"\ntitle = "a"\n[[source]]\nid = "a"\ntitle = "b"\n',
         5, "id"),
    Case("no address", HEAD.replace("A document", 'A"\nurl = "ftp://x'), 4, "url"),
]  # fmt: skip

_CYCLE = "".join(
    f'[[relation]]\nfrom = "{a}"\ntype = "{t}"\nto = "{b}"\n'
    for a, t, b in (("A", "OWNS", "B"), ("B", "OWNS", "C"), ("C", "OWNS", "A"),
                    ("A", "SUPPLIES", "B"), ("B", "SUPPLIES", "A"), ("B", "OWNS", "A"))
)  # fmt: skip
LEGAL: dict[str, str] = {
    "ownership in a circle": HEAD + _CYCLE,
    "three owners with 60 percent each": HEAD + "".join(
        f'[[relation]]\nfrom = "Owner {i}"\ntype = "OWNS"\nto = "B"\nshare = 60\n'
        for i in range(3)
    ),
    "the same said twice": HEAD + 2 * '[[relation]]\nfrom = "A"\ntype = "OWNS"\nto = "B"\n',
    "a year that holds the end": HEAD
    + '[[relation]]\nfrom = "A"\ntype = "OWNS"\nto = "B"\nsince = "2020-05-01"\nuntil = 2020\n',
    "names of marks, emoji and one letter": HEAD
    + '[[relation]]\nfrom = "!!!"\ntype = "OWNS"\nto = "🚢"\n[[entity]]\nname = "x"\n',
    "nothing but a source": HEAD,
}  # fmt: skip
