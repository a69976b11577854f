"""Entries of the glossary as rows, and which entry a name has."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from autograd_tutor.analysis.terms import Names
from autograd_tutor.course.glossary import Entry, Glossary
from autograd_tutor.messages import _
from autograd_tutor.render import signs
from autograd_tutor.render.explanation import MEASURE, markdown_rows
from autograd_tutor.render.rows import Listing, Row, clip, row, wrap
from autograd_tutor.render.sanitize import sanitize_line
from autograd_tutor.render.saved_words import is_worth_showing
from autograd_tutor.render.signs import spelled_formula

_PART = re.compile(r"\[\d+\]$")
_FEW_NODES = 200
"""Nodes of a search that are listed at most."""


def find(glossary: Glossary, text: str) -> Entry | None:
    """The entry of a term, or of a node or operation by name; None where none is known."""
    found = glossary.find(text)
    if found is not None:
        return found
    # Late, as the formulas are many.
    from autograd_tutor.render.operation_entry import known_node

    return known_node(text)


def meant(glossary: Glossary, text: str) -> str | None:
    """What a text that finds nothing was most likely meant to be."""
    from autograd_tutor.render.operation_entry import known_names

    return glossary.nearest(text, known_names())


def of_node(glossary: Glossary, name: str) -> Entry:
    """The entry of a node of a graph."""
    found = glossary.find(name)
    if found is not None:
        return found
    from autograd_tutor.render.operation_entry import node_entry

    return node_entry(name)


def of_saved(glossary: Glossary, name: str) -> Entry:
    """The entry of what a node keeps, by torch's name for it or by `saved_name`'s."""
    plain = _PART.sub("", name)
    plain = "shape of self" if plain.startswith("shape of ") or "_sym_" in plain else plain
    found = glossary.find(plain)
    if found is not None:
        return found
    from autograd_tutor.render.operation_entry import saved_entry

    return saved_entry(name)


def entries_of(glossary: Glossary, names: Names) -> list[Entry]:
    """The entries of all that is shown of a thing."""
    words = [found for each in names.words if (found := glossary.find(each)) is not None]
    nodes = [of_node(glossary, each) for each in names.nodes]
    saved = [of_saved(glossary, name) for name in names.saved if is_worth_showing(name)]
    return [*words, *nodes, *saved]


def each_once(entries: Iterable[Entry]) -> list[Entry]:
    """Without those that come again."""
    return list({each.term: each for each in entries}.values())


def matching(glossary: Glossary, query: str) -> list[Entry]:
    """The entries with all words of a query, then nodes that are explained by a rule."""
    if not query.strip():
        return list(glossary.entries)
    from autograd_tutor.render.operation_entry import matching_nodes

    entries = glossary.matching(query.strip())
    own = {each.term for each in glossary.entries}
    nodes = [each for each in matching_nodes(query) if each.term not in own]
    return [*entries, *nodes[:_FEW_NODES]]


def entry_rows(
    entry: Entry, width: int, lesson: str = "", ascii_only: bool = False, numbered: bool = False
) -> list[Row]:
    """All of an entry, as wide as running text at most.

    `lesson`: the title of the lesson that explains it; `numbered`: with the keys that open others.
    """
    width = max(8, min(width, MEASURE))

    def spelled(text: str) -> str:
        return spelled_formula(text) if ascii_only else text

    rows = wrap([(sanitize_line(entry.title), "title")], width)
    if entry.also:
        also = sanitize_line(", ".join(entry.also))
        rows += wrap([(_("also: {terms}").format(terms=also), "dim")], width, indent=2)
    rows += [Row(), *markdown_rows(spelled(entry.short), width)]
    rows += [Row(), *markdown_rows(spelled(entry.more), width)]
    if entry.example:
        rows += [Row(), *(row("  ", span) for span in _example(entry.example))]
    if entry.see:
        numbers = [f"{number} " if numbered else "" for number in range(1, len(entry.see) + 1)]
        sees = ", ".join(map("".join, zip(numbers, entry.see, strict=True)))
        rows += [Row(), *wrap([(_("see: "), "dim"), (sees, "key")], width, indent=2)]
    if lesson:
        rows += wrap([(_("lesson: "), "dim"), (sanitize_line(lesson), "")], width, indent=2)
    return rows


def _example(example: str) -> Iterator[tuple[str, str]]:
    for line in example.splitlines():
        yield sanitize_line(line), "string"


def short_row(entry: Entry, cells: int) -> Row:
    """A term, so many cells wide, and its sentence."""
    text = entry.short.replace("`", "")
    return row((f"{sanitize_line(entry.title):<{cells}}", "key"), f"  {sanitize_line(text)}")


def list_rows(entries: Sequence[Entry]) -> Iterator[Row]:
    """One row an entry."""
    cells = max((len(each.title) for each in entries), default=0)
    for each in entries:
        yield short_row(each, cells)


def choice_listing(
    here: Sequence[Entry], others: Sequence[Entry], chosen: int, width: int, ascii_only: bool
) -> Listing:
    """What is in view, then all others; the chosen one is the one to keep in view."""
    if not (here or others):
        return Listing([row((_("Nothing has all of these words."), "dim"))], title=_("Glossary"))
    cells = min(width // 3, max(len(each.title) for each in (*here, *others)))
    rows: list[Row] = []
    to = 0
    for heading, entries, begin in ((_("in view"), here, 0), (_("all others"), others, len(here))):
        if entries and here:
            rows.append(row((heading, "dim")))
        for at, entry in enumerate(entries, begin):
            line = short_row(entry, cells)
            line = Row(tuple((spelled_formula(t) if ascii_only else t, s) for t, s in line.spans))
            if at == chosen:
                to = len(rows)
                line = row(f"{signs.CURRENT} {line.text}", base="current")
            else:
                line = row("  ", *line.spans)
            rows.append(clip(line, width))
    return Listing(rows, [to], title=_("Glossary"))
