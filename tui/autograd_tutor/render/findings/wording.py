"""What a finding says."""

from __future__ import annotations

from typing import NamedTuple


class Words(NamedTuple):
    """The sentences of one form of a mistake."""

    what: str
    """What can be seen, in one sentence."""
    why: str
    """Where it comes from, in one sentence."""
    mend: str
    """What to do."""
    meant: str = ""
    """When it is meant, and all is well."""
