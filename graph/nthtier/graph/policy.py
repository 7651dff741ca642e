"""Licence review policies in one scale; the raw text of a listing is always kept beside it."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

#: Most restrictive first.
POLICIES: Final = (
    "policy_of_denial",
    "presumption_of_denial",
    "case_by_case",
    "presumption_of_approval",
)


@lru_cache(maxsize=4096)
def review_policy(text: str) -> str:
    """Return the policy that a listing's own words name.

    ``mixed`` when they name several, ``by_reference`` when they only cite a section, empty when
    nothing is said, ``other`` for words of another kind.

    >>> review_policy("Presumption of denial")
    'presumption_of_denial'
    >>> review_policy("See § 744.2(d) of the EAR")
    'by_reference'
    """
    words = " ".join(text.casefold().replace("-", " ").split())
    if not words or words == "none":
        return ""
    found = [
        policy
        for policy, marks in (
            ("policy_of_denial", ("policy of denial", "license denial", "will be denied")),
            ("presumption_of_denial", ("presumption of denial", "presumption for denial")),
            ("case_by_case", ("case by case",)),
            ("presumption_of_approval", ("presumption of approval",)),
        )
        if any(mark in words for mark in marks)
    ]
    if len(found) > 1:
        return "mixed"
    if found:
        return found[0]
    return "by_reference" if "§" in words or "744." in words or "746." in words else "other"
