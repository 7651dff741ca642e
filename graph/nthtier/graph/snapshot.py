"""The snapshot: a version's relations as memory-mapped arrays (CSR in both directions).

Entities and relations are numbered densely. Relations are ordered by their start, so the
relations leaving entity ``v`` are the rows ``out_ptr[v]`` to ``out_ptr[v + 1]``; those arriving
are ``in_rel[in_ptr[v]:in_ptr[v + 1]]``. Opening costs no more for ten million relations than for
ten.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nthtier.graph import index, ontology
from nthtier.graph.errors import DamagedError
from nthtier.graph.index import ARC, I32, I64, U8, Arcs, Index
from nthtier.graph.ontology import Weights

F64 = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The arrays of one version; N entities, R relations, L listings.

    ``since``/``until`` are days since 1970-01-01, both included, open ends at the limits of
    int32. ``lo``/``hi`` are percent (nan where unknown). ``cost`` is ``round(-ln(w) * 1e6)`` of
    the default hop weight ``w``. Rows ``evidence[r]`` to ``evidence[r + 1]`` of the statements
    table back relation ``r``; rows ``described[v]`` to ``described[v + 1]`` describe entity
    ``v``. Listings are ordered by entity: those of ``v`` are ``listing_ptr[v]`` to
    ``listing_ptr[v + 1]``; ``listing_rel`` and ``listing_list`` are relation rows and entities.
    The arrays from ``arc_ptr`` on are the index towards everything listed (see `Index`).
    """

    out_ptr: I64
    src: I32
    dst: I32
    type: U8
    basis: U8
    since: I32
    until: I32
    lo: F64
    hi: F64
    cost: I32
    in_ptr: I64
    in_rel: I32
    evidence: I64
    described: I64
    listing_ptr: I64
    listing_rel: I32
    listing_list: I32
    name_hash: npt.NDArray[np.uint64]
    name_entity: I32
    arc_ptr: I64
    arcs: Arcs
    arc_since: I32
    arc_until: I32
    arriving: I32
    near: U8
    rest: I32
    least: I64

    @property
    def index(self) -> Index:
        """The index towards everything that was ever listed."""
        parts = {f.name: getattr(self, f.name) for f in fields(Index)}
        return Index(**parts | {"least": int(self.least[0])})

    @property
    def aimed(self) -> bool:
        """Whether the index has its order and bounds (a patched snapshot's has not)."""
        return len(self.rest) > 0

    @property
    def entities(self) -> int:
        """The number of entities."""
        return len(self.out_ptr) - 1

    @property
    def relations(self) -> int:
        """The number of relations."""
        return len(self.dst)


def hop_cost(types: U8, basis: U8, lo: F64, hi: F64, weights: Weights | None = None) -> I32:
    """Return each relation's cost ``round(-ln(weight) * 1e6)``; costs of a path add up.

    Weights not given are those of the ontology.

    >>> import numpy as np
    >>> one = hop_cost(np.array([0], np.uint8), np.array([0], np.uint8),
    ...                np.array([np.nan]), np.array([np.nan]))
    >>> int(one[0]) == round(-np.log(0.8) * 1e6)
    True
    """
    weights = weights or Weights()
    by_type = np.array([weights.types[t.name] for t in ontology.RELATION_TYPES])
    by_basis = np.array([weights.bases[b] for b in ontology.BASIS])
    stake = np.array([t.stake for t in ontology.RELATION_TYPES])
    share = np.clip((lo + hi) / 200.0, weights.least_share, 1.0)
    share = np.where(np.isnan(share), weights.unknown_share, share)
    weight = by_type[types] * by_basis[basis] * np.where(stake[types], share, 1.0)
    cost: I32 = np.rint(-np.log(weight) * 1e6).astype(np.int32)
    return cost


def assemble(
    n: int,
    columns: Mapping[str, Any],
    *,
    backing: npt.NDArray[Any],
    described: npt.NDArray[Any],
    listing_rel: I32,
    name_hash: npt.NDArray[np.uint64],
    name_entity: I32,
) -> dict[str, npt.NDArray[Any]]:
    """Return all arrays of a version of ``n`` entities.

    ``columns`` are the relations' own (``src`` to ``hi``), ordered by ``src``; ``backing`` counts
    the statements of each relation, ``described`` those of each entity; ``listing_rel`` are the
    rows of the listings, ascending. Pairs of name hash and entity may repeat, in any order.
    """
    src, dst = columns["src"], columns["dst"]
    arrays = dict(columns)
    arrays["out_ptr"] = pointers(src, n)
    arrays["in_rel"] = np.argsort(dst, kind="stable").astype(np.int32)
    arrays["in_ptr"] = pointers(dst, n)
    arrays["cost"] = hop_cost(columns["type"], columns["basis"], columns["lo"], columns["hi"])
    arrays["evidence"] = np.concatenate(([0], np.cumsum(backing))).astype(np.int64)
    first = arrays["evidence"][-1]
    arrays["described"] = np.concatenate(([0], np.cumsum(described))).astype(np.int64) + first
    arrays["listing_rel"] = listing_rel
    arrays["listing_list"] = dst[listing_rel]
    arrays["listing_ptr"] = pointers(src[listing_rel], n)
    arrays["name_hash"], arrays["name_entity"] = _paired(name_hash, name_entity)
    return arrays | indexed(arrays)


def _paired(hashes: npt.NDArray[np.uint64], owners: I32) -> tuple[npt.NDArray[np.uint64], I32]:
    """Return pairs ordered by hash, then owner, each once."""
    order = np.argsort(hashes)
    hashes, owners = hashes[order], owners[order]
    del order
    same = np.zeros(len(hashes) + 1, bool)
    same[1:-1] = hashes[1:] == hashes[:-1]
    ties = np.flatnonzero(same[1:] | same[:-1])
    owners[ties] = owners[ties[np.lexsort((owners[ties], hashes[ties]))]]
    once = np.ones(len(hashes), bool)
    once[1:] = (hashes[1:] != hashes[:-1]) | (owners[1:] != owners[:-1])
    return hashes[once], owners[once]


def indexed(arrays: Mapping[str, npt.NDArray[Any]]) -> dict[str, npt.NDArray[Any]]:
    """Return the arrays of the index towards everything listed."""
    listed = np.diff(arrays["listing_ptr"]) > 0
    found = index.arcs(arrays, len(listed))
    made = index.aimed(found, listed, index.DEPTH)
    return {f.name: np.atleast_1d(getattr(made, f.name)) for f in fields(index.Index)}


def pointers(owner: npt.NDArray[Any], n: int) -> I64:
    """Return CSR row pointers for rows owned by entities 0 … n-1.

    >>> pointers(np.array([0, 0, 2]), 3).tolist()
    [0, 2, 2, 3]
    """
    counts = np.bincount(owner, minlength=n) if len(owner) else np.zeros(n, np.int64)
    return np.concatenate(([0], np.cumsum(counts))).astype(np.int64)


def save(folder: Path, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
    """Write the arrays, one ``.npy`` file each."""
    folder.mkdir()
    for name in sorted(f.name for f in fields(Snapshot)):
        np.save(folder / f"{name}.npy", arrays[name], allow_pickle=False)


def load(folder: Path) -> Snapshot:
    """Open the arrays without reading them.

    Raises:
        DamagedError: an array is missing or is not what the others need.
    """
    arrays: dict[str, Any] = {}
    for item in fields(Snapshot):
        try:
            arrays[item.name] = np.load(
                folder / f"{item.name}.npy", mmap_mode="r", allow_pickle=False
            ).view(np.ndarray)
        except (OSError, ValueError, EOFError) as error:
            why = f"cannot be read ({error})"
            if isinstance(error, FileNotFoundError):
                why = ("is missing: the version is damaged, or an older nthtier made it; 'nthtier "
                       "load' of any of its sources makes it anew")  # fmt: skip
            raise DamagedError(f"snapshot array {item.name} {why}") from error
    found = Snapshot(**arrays)
    n, r = found.entities, found.relations
    if not (
        len(found.in_ptr) == len(found.described) == len(found.listing_ptr) == n + 1
        and len(found.arc_ptr) == 2 * n + 1
        and len(found.arriving) == 2 * n
        and len(found.near) == n
        and len(found.arcs) == len(found.arc_since) == len(found.arc_until)
        and found.arcs.dtype == ARC
        and len(found.src) == len(found.cost) == len(found.in_rel) == len(found.evidence) - 1 == r
    ):
        raise DamagedError("the snapshot's arrays do not fit each other")
    return found
