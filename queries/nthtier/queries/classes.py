"""The classes of findings, and the version of the contract they are written by."""

from __future__ import annotations

from typing import Final

FORMAT: Final = 1
#: In this order findings are reported.
CLASSES: Final = ("listed", "captured", "exposed", "possible", "none")
