"""What several tests share: where real inputs lie, and how a missing part is reported."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"


def require(present: bool, part: str) -> None:
    """Skip with a named reason when ``part`` is missing; in CI (NTHTIER_REQUIRE_ALL=1) fail."""
    if present:
        return
    if os.environ.get("NTHTIER_REQUIRE_ALL") == "1":
        pytest.fail(f"{part} is required here but missing", pytrace=False)
    pytest.skip(f"{part} is not available here")
