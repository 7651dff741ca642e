"""The rings around targets: what a search from them backwards finds, kept for many questions."""

from __future__ import annotations

from dataclasses import dataclass

from nthtier.graph.index import I32, I64, U8


@dataclass(frozen=True, slots=True)
class Rings:
    """What lies up to ``depth`` hops before the targets.

    Row ``v`` is ``ptr[v]`` to ``ptr[v + 1]`` of ``target`` (positions among the targets) and
    ``away`` (hops), nearest first; from ``ring[v, 0]`` to ``ring[v, 1]`` they are just ``depth``
    hops away. Where paths must hold as a whole (``whole``), ``since`` and ``until`` are the days in
    which the hops and a listing of the target hold, and a target is there once for all days that
    none nearer has; elsewhere they are empty.
    """

    depth: int
    whole: bool
    ptr: I64
    ring: I32
    target: I32
    away: U8
    since: I32
    until: I32
