"""Which edition a file is: its date and the id of the source."""

from __future__ import annotations

import re
from typing import Final

from nthtier.loaders import values
from nthtier.loaders.reader import Options
from nthtier.loaders.reading import Input

_IN_NAME: Final = re.compile(r"(?<!\d)(\d{4}-\d{2}(?:-\d{2})?)(?!\d)")


def edition_date(document: Input, options: Options) -> str:
    """Return the edition's date: as told (``--as-known``), else as the file's name says.

    Empty when neither says it: an unknown date stays unknown.
    """
    if options.known:
        return options.known
    for found in _IN_NAME.findall(document.path.name):
        try:
            return values.date(found)
        except ValueError:
            continue
    return ""


def source_id(dataset: str, date: str, document: Input) -> str:
    """Return the id of one edition of a dataset, by its date or else by its content.

    A second file of the same dataset and date replaces the first.
    """
    return f"{dataset}@{date or document.sha256[:8]}"
