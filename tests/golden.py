"""Golden files: the statements that a fixture makes, one a line, beside the fixture.

``NTHTIER_GOLDEN=1 pytest tests`` writes them anew; read the difference before committing it.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable
from pathlib import Path

from nthtier.graph.model import Statement
from nthtier.loaders.reader import Reading
from support import ROOT

DATA = ROOT / "tests" / "data"


def line(s: Statement) -> str:
    """Write a statement on one line; what is empty is left out."""
    parts = [s.subject, s.predicate, s.object or s.value]
    if not math.isnan(s.lo):
        parts.append(f"{s.lo:g} to {s.hi:g} percent")
    parts += [f"{w}={v}" for w in ("raw", "lang", "since", "until") if (v := getattr(s, w))]
    if s.basis != "stated":
        parts.append(s.basis)
    parts += [x for x in (s.source, s.locator, s.note, s.props) if x]
    return " | ".join(parts)


def check(name: str, readings: Iterable[Reading]) -> None:
    """Compare the statements, counts and audit of readings with the golden file ``name``."""
    lines = []
    for r in readings:
        lines.append(
            f"# {r.batch.source.id} {r.batch.source.date} {dict(sorted(r.counts.items()))}"
        )
        lines += [f"# not used: {k} ({n})" for k, n in sorted(r.audit.unused.items())]
        lines += [f"# not understood: {k} ({n})" for k, n in sorted(r.audit.notes.items())]
        lines += [line(s) for s in r.batch.statements]
    text = "\n".join(lines) + "\n"
    path: Path = DATA / f"{name}.golden.txt"
    if os.environ.get("NTHTIER_GOLDEN") == "1":
        path.write_text(text, "utf-8")
    assert text == path.read_text("utf-8")
