"""The glossary on standard output: all terms, or one of them; as text, or as JSON."""

from __future__ import annotations

import json

from autograd_tutor.course import library
from autograd_tutor.course.glossary import Entry, glossary
from autograd_tutor.messages import _
from autograd_tutor.recording.printable import printable
from autograd_tutor.render import glossary as words
from autograd_tutor.render.explanation import MEASURE
from autograd_tutor.render.printing import Printer
from autograd_tutor.render.rows import row

_MORE = _("Each node of a graph is explained as well: autograd-tutor glossary MulBackward0")


class UnknownTerm(Exception):
    """No entry has this name; the text says which may be meant."""


def show(term: str | None, as_json: bool) -> int:
    """Print all terms, or all about one; returns the exit status. Raises UnknownTerm."""
    known = glossary()
    if term is None:
        if as_json:
            print(json.dumps([to_json(each) for each in known.entries], indent=2))
        else:
            Printer().print([*words.list_rows(known.entries), row(), row((_MORE, "dim"))])
        return 0
    entry = words.find(known, term)
    if entry is None:
        near = words.meant(known, term)
        meant = (
            _('did you mean "{near}"?').format(near=near)
            if near
            else _('"autograd-tutor glossary" lists all terms')
        )
        raise UnknownTerm(
            _("The glossary has no {term}; {meant}").format(term=printable(term), meant=meant)
        )
    if as_json:
        print(json.dumps(to_json(entry), indent=2))
    else:
        Printer().print(words.entry_rows(entry, MEASURE, lesson_title(entry)))
    return 0


def to_json(entry: Entry) -> dict[str, object]:
    """One entry. `short` and `more` are Markdown; `lesson` is the id of a lesson, or null."""
    return {
        "term": entry.term,
        "name": entry.name or entry.term,
        "also": entry.also,
        "short": entry.short,
        "more": entry.more,
        "example": entry.example or None,
        "see": entry.see,
        "lesson": entry.lesson or None,
    }


def lesson_title(entry: Entry) -> str:
    """The lesson that explains a term: its title, and how it is opened."""
    if not entry.lesson:
        return ""
    return f"{library.find(entry.lesson).title} (autograd-tutor {entry.lesson})"
