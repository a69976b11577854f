"""What sentences are made of: lists that import no recording have them as well."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from autograd_tutor.limits.interface import MOST_LISTED
from autograd_tutor.messages import _
from autograd_tutor.messages import count as count
from autograd_tutor.render.rows import Row, row
from autograd_tutor.render.sanitize import sanitize


def times(number: int) -> str:
    """How often."""
    return _("twice") if number == 2 else _("{number} times").format(number=number)


def kind_word(kind: str) -> str:
    """What a step of a lesson is called: step, or exercise."""
    return _("exercise") if kind == "exercise" else _("step")


def joined(parts: Sequence[str]) -> str:
    """`a, b and c`; nothing of nothing."""
    return _(" and ").join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))


def listed(parts: Sequence[str]) -> str:
    """The same, but of many the first, and how many more there are."""
    if len(parts) > MOST_LISTED + 1:
        parts = (*parts[:MOST_LISTED], _("{count:,} more").format(count=len(parts) - MOST_LISTED))
    return joined(parts)


def block(shown: str, style: str = "") -> Iterator[Row]:
    """Text as it was printed, set off from the sentences."""
    for line in sanitize(shown).rstrip("\n").split("\n"):
        yield row("    ", (line, style))
