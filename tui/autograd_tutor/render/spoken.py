"""A moment of a lesson in sentences, for a person who reads line by line, or listens."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from autograd_tutor.analysis.code_state import (
    NO_LINES,
    CodeState,
    code_state,
    shown_part,
    source_line,
)
from autograd_tutor.analysis.turns import Place, places
from autograd_tutor.messages import _, count
from autograd_tutor.recording.timeline import Timeline
from autograd_tutor.render import narration
from autograd_tutor.render.rows import Row, row
from autograd_tutor.render.sanitize import sanitize_line
from autograd_tutor.render.sentence import sentence_row
from autograd_tutor.render.sentences import joined

_MOST_BLOCK_LINES = 8
"""Lines of a tensor, or of output, that are read out where it changes."""

_WHOLE = 10_000
"""Cells in which every sentence has room."""

_SIGNS = {
    "\u2717 ": _("Failed: "),
    "\u2026": "...",
    "\u2192": "->",
    "\u2190": "<-",
    "\u00b7": "*",
    "\u00d7": "x",
    "\u2212": "-",
    "\u2013": "-",
    "\u2014": "-",
    "\u2022": "-",
    "\u258f": ">",
    "\u2500\u253c\u2500": "-+-",
    "\u2500": "-",
    "\u2502": "|",
}
"""Our own signs that sentences hold, and what is said in their place."""

_NONFINITE = re.compile(r"(?<![^ (])! (?=[\d,]+ |nan|inf|makes |the |a hook |adding )")
"""The sign before words that say the same."""


def in_words(text: str) -> str:
    """The same text without signs of ours that are no ASCII."""
    if text.isascii() and "!" not in text:
        return text
    for sign, words in _SIGNS.items():
        text = text.replace(sign, words)
    return _NONFINITE.sub("", text)


def place_row(timeline: Timeline) -> Row:
    """Where in the step the moment is: turn of a loop, moment, node of a pass."""
    snapshot, in_pass = timeline.snapshot, timeline.pass_position
    if snapshot is None:
        return row(_("Nothing has been recorded yet."))
    if in_pass is not None:
        name = _("{function} {call:,} of {calls:,}").format(
            function=in_pass.function, call=in_pass.call, calls=in_pass.calls
        )
        return row(
            _("Inside {name}: node {node:,} of {nodes:,}.").format(
                name=name, node=in_pass.node, nodes=in_pass.nodes
            )
        )
    trace = timeline.trace
    parts = [_turn(place) for place in places(trace, timeline.index)]
    parts.append(
        _("moment {index:,} of {count:,}").format(index=timeline.index, count=len(trace) - 1)
    )
    if snapshot.function:
        parts.insert(
            0, _("in function {function}").format(function=sanitize_line(snapshot.function))
        )
    text = ", ".join(parts)
    return row(f"{text[0].upper()}{text[1:]}.")


def _turn(place: Place) -> str:
    total = "" if place.total is None else _(" of {total:,}").format(total=place.total)
    variable = "" if place.variable is None else f", {place.variable} = {place.value}"
    return sanitize_line(
        _("turn {number:,}{total}{variable}").format(
            number=place.number, total=total, variable=variable
        )
    )


def moment_rows(timeline: Timeline) -> Iterator[Row]:
    """What ran at this moment, what that did, and whether there is something to go into."""
    snapshot, trace, index = timeline.snapshot, timeline.trace, timeline.index
    if snapshot is None:
        yield row(_("Nothing has been recorded yet."))
        return
    if snapshot.backward is not None:
        yield place_row(timeline)
        yield from narration.snapshot_rows(trace, index)
        return
    turns = places(trace, index)
    if turns and not snapshot.function:
        text = "; ".join(map(_turn, turns))
        yield row(f"{text[0].upper()}{text[1:]}.")
    since = max(0, min(timeline.previous, index - 1) + 1)
    sentence = sentence_row(timeline, _WHOLE).text.strip()
    rows = list(narration.snapshot_rows(trace, index, since, graph=False))
    if snapshot.left_out is not None:  # the sentence says that
        del rows[:1]
    if rows:
        yield rows[0]
        sentence = _predicate(sentence, rows[0].text)
    yield row(sentence)
    yield from _shortened([each for each in rows[1:] if not _is_said(each, sentence)])
    yield from _entrance(timeline)


def _shortened(rows: Sequence[Row]) -> Iterator[Row]:
    """The rows, of a long block only the first: nobody listens to 60 lines of numbers."""
    for is_block, group in groupby(rows, key=_is_in_block):
        block = list(group)
        left_out = len(block) - _MOST_BLOCK_LINES if is_block else 0
        yield from block[:_MOST_BLOCK_LINES] if left_out > 1 else block
        if left_out > 1:
            yield row(
                _("    and {left_out} lines more; tensor NAME and output have all.").format(
                    left_out=left_out
                )
            )


def _is_in_block(line: Row) -> bool:
    """Whether it is part of what is printed as it is; that of errors stays whole."""
    return line.text.startswith("    ") and "failure" not in line.spans[-1][1]


def _predicate(sentence: str, heading: str) -> str:
    """A sentence about a line without the line, which stands above it."""
    line, _unused, source = heading.partition(": ")
    for subject in (f"`{source}` ", f"{line} "):
        if sentence.startswith(subject):
            rest = sentence.removeprefix(subject)
            return f"{rest[:1].upper()}{rest[1:]}"
    return sentence


def _is_said(line: Row, sentence: str) -> bool:
    """Whether the row of a value says what the sentence has said: that it was set to that."""
    name, _unused, value = line.text.strip().partition(" = ")
    return bool(value) and f"`{name}` to {value}" in sentence


def _entrance(timeline: Timeline) -> Iterator[Row]:
    """Says that `i` leads somewhere, and where."""
    inside, coming = timeline.inside_of, timeline.inside_of_next
    snapshot = inside or coming
    if snapshot is None:
        return
    which = _("This line") if inside is not None else _("The next line")
    if snapshot.backward is not None:
        yield row(
            _("{which} runs a backward pass: i goes inside, node by node.").format(which=which)
        )
    else:
        yield row(
            _("{which} calls {function}: i goes inside.").format(
                which=which, function=sanitize_line(snapshot.function)
            )
        )


def code_rows(code: str, first_line: int = 1, timeline: Timeline | None = None) -> Iterator[Row]:
    """The lines of code with their numbers; with a timeline, which has run and which is next."""
    state = NO_LINES if timeline is None else code_state(timeline)
    if timeline is not None and (part := shown_part(timeline)).file:
        code, first_line = part.code, part.first
    lines = code.rstrip("\n").split("\n")
    for at, line in enumerate(lines, 1):
        words = _line_words(at, state)
        shown = sanitize_line(line.rstrip())
        yield row(f"{first_line + at - 1}{words}: {shown}".rstrip())


def _line_words(line: int, state: CodeState) -> str:
    words = []
    if line in state.failed:
        words.append(_("failed"))
    elif line == state.current:
        words.append(_("has just run"))
    elif line in state.done:
        words.append(_("has run"))
    if line == state.coming:
        words.append(_("runs next"))
    if state.made_by is not None and state.made_at == line:
        words.append(_("made the node that has just run"))
    return f", {joined(words)}" if words else ""


def coming_row(timeline: Timeline) -> Row | None:
    """The line that runs next, if there is one."""
    snapshot, trace = timeline.snapshot, timeline.trace
    if snapshot is None or not snapshot.next_line:
        return None
    source = source_line(trace.source, snapshot.next_line)
    number = trace.place(snapshot.next_line)
    return row(
        sanitize_line(_("Next is line {number}: {source}").format(number=number, source=source))
    )


def steps_rows(
    titles: Sequence[str], here: int, done: Sequence[bool], exercises: Sequence[bool]
) -> Iterator[Row]:
    """The steps of a lesson by number."""
    yield row(_("{steps}; open and a number opens one.").format(steps=count(len(titles), "step")))
    facts = zip(titles, done, exercises, strict=True)
    for at, (title, is_done, is_exercise) in enumerate(facts):
        words = [
            *([_("an exercise")] if is_exercise else []),
            *(["done"] if is_done else []),
            *([_("you are here")] if at == here else []),
        ]
        yield row(sanitize_line(", ".join([f"{at + 1}. {title}", *words])))
