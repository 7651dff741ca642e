"""nthtier with the extra ``fast``: the same calls, in numba."""

from __future__ import annotations

import numba  # noqa: F401 - a missing extra shows at once

from engines import nthtier_engine


class Engine(nthtier_engine.Engine):
    """See `tasks.Engine`."""

    engine = "numba"
