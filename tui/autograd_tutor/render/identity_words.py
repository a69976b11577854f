"""What names stand for, in words."""

from __future__ import annotations

from autograd_tutor.analysis.identity import Identity, Rebound
from autograd_tutor.render.sanitize import sanitize_line


def shares_words(other: str) -> str:
    """Whose memory a tensor shares."""
    return sanitize_line(f"shares its memory with {other}")


def rebound_words(found: Rebound) -> str:
    """Since when a name stands for another tensor, and what has become of the earlier one."""
    since = f" since line {found.line}" if found.line else ""
    what = f"another tensor{since}"
    parts = []
    if found.earlier is not None and not found.earlier.startswith(EARLIER):
        parts.append(f"is {found.earlier}")
    if found.keeps_grad:
        parts.append("keeps its .grad")
    return sanitize_line(f"{what}; the earlier one {' and '.join(parts)}" if parts else what)


EARLIER = "earlier "
"""How the name of a leaf begins that no variable stands for any more."""


def remarks(name: str, identity: Identity) -> list[str]:
    """What is to be said of what a name stands for.

    That it stands for another tensor matters as long as the earlier one is there.
    """
    found = identity.rebound.get(name)
    words: list[str] = []
    if found is not None and found.earlier is not None:
        words.append(rebound_words(found))
    if name in identity.sharing:
        words.append(shares_words(identity.sharing[name]))
    return words
