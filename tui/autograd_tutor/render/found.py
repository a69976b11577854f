"""What a search has found as rows: lessons, and the phrases of their steps."""

from __future__ import annotations

from collections.abc import Sequence

from autograd_tutor.course.search import Hit
from autograd_tutor.messages import _
from autograd_tutor.render import signs
from autograd_tutor.render.course import SeenOf, lesson_row
from autograd_tutor.render.rows import Listing, Row, clip, row
from autograd_tutor.render.sanitize import sanitize_line
from autograd_tutor.render.sentences import kind_word

TITLE_CELLS = 36
"""A lesson's title and the step's number take at most so many cells before a phrase."""


def found_listing(hits: Sequence[Hit], seen: SeenOf, chosen: int) -> Listing:
    """One row a hit; the chosen one is the one to keep in view."""
    if not hits:
        return Listing([row((_("Nothing has all of these words."), "dim"))])
    rows = [
        lesson_row(hit.lesson, seen(hit.lesson.id), at == chosen)
        if hit.step is None
        else _step_row(hit, hit.step, at == chosen)
        for at, hit in enumerate(hits)
    ]
    return Listing(rows, [chosen])


def _step_row(hit: Hit, step: int, chosen: bool) -> Row:
    sign = f"{signs.CURRENT}   " if chosen else "    "
    kind, at, _ = hit.lesson.numbered(step)
    number = f" · {kind_word(kind)} {at}"
    title = clip(row(sanitize_line(hit.lesson.title)), TITLE_CELLS - len(number))
    phrase, title_of_step = map(sanitize_line, (hit.phrase, hit.lesson.passages[step].title))
    line = row(
        (sign, ""),
        (f"{title.text}{number}", ""),
        (f"  {phrase}", "dim") if phrase else (f"  {title_of_step}", ""),
    )
    return row(line.text, base="current") if chosen else line
