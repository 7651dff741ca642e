"""Tables as plain HTML for notebooks: no script, no style that a code host would remove."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Final

from nthtier.graph.errors import visible

_STYLE: Final = (
    "body{font:14px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;"
    "color:#1d2530;background:#fff}table{border-collapse:collapse;width:100%}"
    "caption{font-weight:600;text-align:left;padding:.4rem 0}"
    "th,td{text-align:left;vertical-align:top;padding:.3rem .6rem;border-bottom:1px solid #ccd3db}"
    "summary{cursor:pointer}"
)
#: A cell longer than this can be opened where there are lines below it.
_LONG: Final = 20


def text_of(value: object) -> str:
    """Return a value as the text of a cell.

    >>> text_of(0.25), text_of(None), text_of(["a", "b"]), text_of(12000), text_of(True)
    ('0.25', '', 'a, b', '12,000', 'yes')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.3g}" if abs(value) < 100 else f"{value:,.0f}"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, list | tuple):
        return ", ".join(map(text_of, value))
    return str(value)


def clean(text: str) -> str:
    """Return text as it can stand in HTML: one line, markup escaped, controls visible.

    >>> clean("<b>\\x1b")
    '&lt;b&gt;\\\\x1b'
    """
    return escape(visible(text))


def table(
    title: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    notes: Sequence[str] = (),
    details: Sequence[Sequence[str]] = (),
) -> str:
    """Return a table; ``details`` are lines that open below the longest cell of each row."""
    parts = []
    if rows:
        heads = "".join(f"<th>{clean(c)}</th>" for c in columns)
        caption = f"<caption>{clean(title)}</caption>" if title else ""
        parts.append(f"<table>{caption}<thead><tr>{heads}</tr></thead><tbody>")
        for number, row in enumerate(rows):
            below = details[number] if number < len(details) else ()
            longest = max(range(len(row)), key=lambda i: len(row[i]), default=0)
            cells = [_cell(c, below if i == longest else ()) for i, c in enumerate(row)]
            parts.append(f"<tr>{''.join(cells)}</tr>")
        parts.append("</tbody></table>")
    else:
        parts.append(f"<p><b>{clean(title or 'nothing')}</b></p>")
    parts += [f"<p><small>{clean(n)}</small></p>" for n in notes]
    return "\n".join(parts)


def _cell(text: str, below: Sequence[str]) -> str:
    if not below or len(text) < _LONG:
        return f"<td>{clean(text)}</td>"
    return f"<td>{_opens(text, below)}</td>"


def _opens(text: str, below: Sequence[str]) -> str:
    lines = "<br>".join("&nbsp;" * (len(x) - len(x.lstrip())) + clean(x.strip()) for x in below)
    return f"<details><summary>{clean(text)}</summary><small>{lines}</small></details>"


def finding(found: Mapping[str, Any]) -> str:
    """Return one finding, its evidence below it."""
    from nthtier.explorer.output import evidence_lines, rule_lines

    below = [*(rule_lines(found["rule"]) if found["rule"] else ()), *evidence_lines(found)]
    head = f"{found['class']}: {found['sentence']}"
    return _opens(head, below) if below else f"<p>{clean(head)}</p>"


def document(title: str, body: str) -> str:
    """Return a whole HTML file around a table."""
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        f"style-src 'unsafe-inline'\">\n"
        f'<meta name="viewport" content="width=device-width">\n'
        f"<title>{clean(title)}</title>\n<style>{_STYLE}</style>\n</head>\n"
        f"<body>\n{body}\n</body>\n</html>\n"
    )


def inside(page: str, height: int) -> str:
    """Return a page in a frame of its own, so that nothing of it meets the notebook's."""
    return (
        f'<iframe sandbox="allow-scripts allow-downloads allow-popups" width="100%" '
        f'height="{height}" style="border:0" srcdoc="{escape(page)}"></iframe>'
    )
