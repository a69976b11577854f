"""Where the lines of a snippet are once it has been edited."""

from __future__ import annotations

GONE = -1


def moved_line(before: str, after: str, line: int) -> int:
    """Which line of `after` is this line of `before` (both from 1); GONE where there is none.

    A line in a changed part that has as many lines as it had is the one in its place.
    """
    from difflib import SequenceMatcher  # for edited code alone

    old, new = before.split("\n"), after.split("\n")
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for tag, begin, end, begin_new, end_new in matcher.get_opcodes():
        if begin < line <= end and (tag == "equal" or end - begin == end_new - begin_new):
            return begin_new + line - begin
    return GONE
