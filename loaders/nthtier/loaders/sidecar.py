"""The sidecar of a fetched file: where its bytes came from and when.

It lies beside the file as ``<name>.source.json`` and counts only while the file's bytes are those
it describes; a file that was edited or replaced by hand has no known origin.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from hashlib import file_digest
from pathlib import Path
from typing import Any, Final

SUFFIX: Final = ".source.json"
#: A sidecar is some hundred bytes; what is larger is none.
_MOST_BYTES: Final = 64 << 10
_TIME: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z\Z")


@dataclass(frozen=True, slots=True)
class Sidecar:
    """What is known of one fetched file.

    ``url`` is the address asked, ``final_url`` the one that answered after redirects;
    ``retrieved`` is a UTC time; ``records`` counts the records per list of the whole edition
    (empty when no loader reads it); ``allowed`` names the gates that a person overrode.
    """

    url: str
    final_url: str
    sha256: str
    bytes: int
    retrieved: str
    etag: str = ""
    last_modified: str = ""
    records: Mapping[str, int] = field(default_factory=dict)
    allowed: tuple[str, ...] = ()

    def text(self) -> str:
        """Return the sidecar as JSON."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def sidecar_path(file: Path) -> Path:
    """Return where the sidecar of a file lies.

    >>> sidecar_path(Path("us-csl/consolidated.csv")).name
    'consolidated.csv.source.json'
    """
    return file.with_name(file.name + SUFFIX)


def read_sidecar(file: Path) -> Sidecar | None:
    """Return the sidecar of a file; None when there is none, or not one of these bytes."""
    try:
        with sidecar_path(file).open("rb") as stream:
            found = _parsed(json.loads(stream.read(_MOST_BYTES).decode("utf-8")))
        if found is None or file.stat().st_size != found.bytes:
            return None
        with file.open("rb") as stream:
            same = file_digest(stream, "sha256").hexdigest() == found.sha256
    except (OSError, ValueError, RecursionError):
        return None
    return found if same else None


def _parsed(data: Any) -> Sidecar | None:
    if not isinstance(data, dict):
        return None
    texts = ("url", "final_url", "sha256", "retrieved", "etag", "last_modified")
    data = {f.name: data[f.name] for f in fields(Sidecar) if f.name in data}
    records, allowed = data.get("records", {}), data.get("allowed", [])
    whole = (
        all(isinstance(v := data.get(name, ""), str) and v.isprintable() for name in texts)
        and str(data.get("url", "")).startswith(("https://", "http://"))
        and _TIME.match(str(data.get("retrieved", "")))
        and type(data.get("bytes")) is int
        and isinstance(records, dict)
        and all(type(n) is int for n in records.values())
        and isinstance(allowed, list)
        and all(isinstance(a, str) for a in allowed)
        and {"final_url", "sha256"} <= data.keys()
    )
    return Sidecar(**data | {"records": records, "allowed": tuple(allowed)}) if whole else None
