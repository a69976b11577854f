"""The command that explains a term."""

from __future__ import annotations

from collections.abc import Iterator

from autograd_tutor.analysis.terms import names_of_pass
from autograd_tutor.course import library
from autograd_tutor.course.glossary import glossary
from autograd_tutor.dialogue.looks import open_step
from autograd_tutor.messages import _
from autograd_tutor.playing.walk import Walk
from autograd_tutor.render import glossary as words
from autograd_tutor.render.rows import Row, row
from autograd_tutor.render.sanitize import sanitize_line

_HOW = _("what leaf explains leaf; autograd-tutor glossary lists all terms.")


def rows(walk: Walk, term: str, width: int) -> Iterator[Row]:
    """All about a term; without one, the terms of the explanation and of the node that has run."""
    known = glossary()
    if not term:
        run = walk.run
        of_pass = words.entries_of(known, names_of_pass(run.trace, run.timeline.index))
        text = open_step(run).explained(run.settled)
        for each in words.each_once([*of_pass, *known.mentioned(text)]):
            yield row(sanitize_line(f"  {each.title}: {each.short.replace('`', '')}"))
        yield row(_HOW)
        return
    entry = words.find(known, term)
    if entry is None:
        near = words.meant(known, term)
        meant = _(" Did you mean {near}?").format(near=near) if near else ""
        yield row(
            sanitize_line(
                _("The glossary has no {term}.{meant}").format(term=term[:40], meant=meant)
            )
        )
        return
    title = library.find(entry.lesson).title if entry.lesson else ""
    yield from words.entry_rows(entry, width, title)
