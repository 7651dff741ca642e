"""Fixtures that several test modules share."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("page_browser")

from page_browser import browser, made, opened  # noqa: E402  # rewriting comes first

__all__ = ["browser", "made", "opened"]
