"""JSON as RFC 8259 has it and no more, read with numbers as they are written."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from nthtier.graph.errors import InputError
from nthtier.loaders.reading import Input

_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")


def parse(document: Input, text: str, line: int = 0) -> Any:
    """Return the value of a JSON text; numbers come as text, so that no digit is lost.

    ``line`` is the line of the document on which the text stands, when it is one of several.

    Raises:
        InputError: it is not JSON (``NaN`` and ``Infinity`` are not), too deep for this reader,
            or holds half of a surrogate pair, which no text can.
    """
    try:
        value = json.loads(text, parse_constant=_no_constant, parse_float=str, parse_int=str)
        if _SURROGATE.search(text):
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except json.JSONDecodeError as error:
        raise InputError(
            f"not whole JSON: {error.msg}", file=document.name,
            row=line + error.lineno - 1 if line else error.lineno, field=f"column {error.colno}",
        ) from error  # fmt: skip
    except UnicodeEncodeError as error:
        raise InputError(
            "half of a surrogate pair in a text", file=document.name, row=line or None,
            found=ascii(error.object[error.start]), allowed="whole characters",
        ) from error  # fmt: skip
    except RecursionError as error:
        raise InputError("JSON nested too deep", file=document.name, row=line or None) from error
    except ValueError as error:
        raise InputError(f"not JSON: {error}", file=document.name, row=line or None) from error
    return value


def _no_constant(text: str) -> None:
    raise ValueError(f"{text} is not a number in JSON")
