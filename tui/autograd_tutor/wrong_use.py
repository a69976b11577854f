"""What a command line can be that makes no sense."""

from __future__ import annotations


class WrongUse(Exception):
    """The command line makes no sense; the text says why and what does."""
