"""What names stand for, in words."""

from __future__ import annotations

from collections.abc import Sequence

from autograd_tutor.analysis.identity import Identity, Rebound
from autograd_tutor.messages import _
from autograd_tutor.render.sanitize import sanitize_line


def shares_words(other: str) -> str:
    """Whose memory a tensor shares."""
    return sanitize_line(_("shares its memory with {other}").format(other=other))


def rebound_words(found: Rebound) -> str:
    """Since when a name stands for another tensor, and what has become of the earlier one."""
    since = _(" since line {line}").format(line=found.line) if found.line else ""
    what = _("another tensor{since}").format(since=since)
    parts = []
    if found.earlier is not None and not found.earlier.startswith(EARLIER):
        parts.append(_("is {earlier}").format(earlier=found.earlier))
    if found.keeps_grad:
        parts.append(_("keeps its .grad"))
    return sanitize_line(
        _("{what}; the earlier one {parts}").format(what=what, parts=_(" and ").join(parts))
        if parts
        else what
    )


EARLIER = "earlier "
"""How the name of a leaf begins that no variable stands for any more."""


def rebound_remarks(names: Sequence[str], identity: Identity) -> list[str]:
    """Which of the names stand for another tensor than before.

    That matters as long as the earlier one is there.
    """
    found = [identity.rebound[name] for name in names if name in identity.rebound]
    return [rebound_words(each) for each in found if each.earlier is not None]


def remarks(names: Sequence[str], identity: Identity) -> list[str]:
    """All that is to be said of what the names of a tensor stand for."""
    shared = [identity.sharing[name] for name in names if name in identity.sharing]
    words = [shares_words(other) for other in shared if other not in names]
    return list(dict.fromkeys([*rebound_remarks(names, identity), *words]))
