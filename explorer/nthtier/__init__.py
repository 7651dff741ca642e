"""Who is touched when a company lands on a list: through whom, since when, on what evidence.

>>> import nthtier as nt
>>> g = nt.demo()
>>> g.trace("Microsoft", to="us-bis-el", max_hops=1).findings[0].since
'2005'

`open`, `demo` and `load` give a `Graph`, whose methods are the questions of the command line, with
the names of its options as keywords. What they raise is a kind of `NthtierError` and says what to
do. Everything here is imported when it is first used: ``import nthtier`` alone costs next to
nothing.

This is the one ``__init__.py`` of the namespace; the rooms (``nthtier.graph``, ``loaders``,
``queries``, ``explorer``) may lie in folders of their own (docs/adr/0009).
"""

from __future__ import annotations

from pkgutil import extend_path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nthtier.explorer.api import Graph as Graph
    from nthtier.explorer.api import demo as demo
    from nthtier.explorer.api import load as load
    from nthtier.explorer.api import open as open  # noqa: A004 - the name by which it is known
    from nthtier.graph.errors import EngineError as EngineError
    from nthtier.graph.errors import InputError as InputError
    from nthtier.graph.errors import NthtierError as NthtierError
    from nthtier.graph.errors import QuestionError as QuestionError
    from nthtier.graph.errors import StoreError as StoreError
    from nthtier.graph.errors import UsageError as UsageError

    __version__: str

__path__ = extend_path(__path__, __name__)

_API = ("Graph", "demo", "load", "open")
_ERRORS = ("EngineError", "InputError", "NthtierError", "QuestionError", "StoreError",
           "UsageError")  # fmt: skip
__all__ = [
    "EngineError", "Graph", "InputError", "NthtierError", "QuestionError", "StoreError",
    "UsageError", "__version__", "demo", "load", "open",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    from importlib import import_module

    if name == "__version__":
        from importlib.metadata import version

        found: Any = version("nthtier")
    elif name in _API:
        found = getattr(import_module("nthtier.explorer.api"), name)
    elif name in _ERRORS:
        found = getattr(import_module("nthtier.graph.errors"), name)
    else:
        raise AttributeError(f"module 'nthtier' has no attribute {name!r}")
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """Return the public names, imported or not."""
    return sorted({*globals(), *__all__})
