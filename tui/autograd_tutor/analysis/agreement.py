"""Whether a recorded gradient is what it was made from."""

from __future__ import annotations

from enum import Enum


class Agreement(Enum):
    """Whether a recorded gradient is what it was made from, or why that is not known."""

    AGREES = "agrees"
    """It is, up to rounding in its dtype."""
    DIFFERS = "differs"
    """It is further away than rounding explains: a hook has changed it."""
    NOTHING = "nothing"
    """There is no gradient to compare."""
    INCOMPLETE = "incomplete"
    """Not all that it was made from was recorded."""
    TOO_MANY = "too many"
    """It was made from more than MOST_ADDED numbers."""
    UNDEFINED = "undefined"
    """The formula does not hold for these numbers."""
    NO_NUMBERS = "no numbers"
    """Numbers were not recorded, are complex or near infinity, or differ in dtype or shape."""
    NO_FORMULA = "no formula"
    """No formula is known that could be evaluated."""
