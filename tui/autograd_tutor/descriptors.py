"""What a fork of this program holds open: nothing of which others wait for the end."""

from __future__ import annotations

import os


def close_all_but(kept: set[int]) -> None:
    """Close every descriptor of this process that is not `kept`."""
    begin = 0
    for number in sorted(kept):
        if begin < number:  # of an empty range, closerange closes everything
            os.closerange(begin, number)
        begin = number + 1
    os.closerange(begin, max(1024, os.sysconf("SC_OPEN_MAX")))
