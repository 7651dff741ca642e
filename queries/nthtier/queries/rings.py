"""The rings around targets: what a search from them backwards finds, kept for many questions."""

from __future__ import annotations

from dataclasses import dataclass

from nthtier.graph.index import I32, I64, U8


@dataclass(frozen=True, slots=True)
class Rings:
    """What lies up to ``depth`` hops before the targets.

    Row ``v`` is ``ptr[v]`` to ``ptr[v + 1]`` of ``target`` (positions among the targets) and
    ``away`` (hops), nearest first; from ``ring[v, 0]`` to ``ring[v, 1]`` they are just ``depth``
    hops away.
    """

    depth: int
    ptr: I64
    ring: I32
    target: I32
    away: U8
