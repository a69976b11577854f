"""Where in a step a person wants to go, as typed at the prompt of `g`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from autograd_tutor.analysis.code_state import shown_part
from autograd_tutor.analysis.condition import QueryError, Unreadable, read_condition
from autograd_tutor.analysis.jumps import line_among, nonfinite_from, passes_of
from autograd_tutor.analysis.moments_where import next_where
from autograd_tutor.analysis.statements import first_line
from autograd_tutor.analysis.turns import most_turns, turn_from
from autograd_tutor.limits.interface import LONGEST_QUERY
from autograd_tutor.messages import _
from autograd_tutor.playing.key_messages import HINT, NOTHING
from autograd_tutor.recording.followed import Part, Place
from autograd_tutor.recording.timeline import Timeline
from autograd_tutor.recording.trace import Trace

AGAIN = _("From the start again.")


class Arrival(NamedTuple):
    """The moment to go to, if there is one, and what is to be said about it."""

    moment: int | None
    message: str = ""
    """Of None, why there is none."""


class Question(NamedTuple):
    """What is looked for, from where and in what."""

    trace: Trace
    moment: int
    running: bool
    """More may be recorded."""
    anew: bool
    """It was looked for before: what still holds is passed over."""
    file: str = ""
    """The name of the step's own file."""


def find(text: str, question: Question) -> Arrival:
    """Where the text leads."""
    try:
        return _find(text.strip(), question)
    except QueryError as error:
        return Arrival(None, str(error))


def _find(text: str, question: Question) -> Arrival:
    if len(text) > LONGEST_QUERY:
        raise QueryError(
            _("This is longer than {longest_query} characters.").format(longest_query=LONGEST_QUERY)
        )
    if not question.trace.snapshots:
        raise QueryError(NOTHING)
    for pattern, find_such in _FORMS:
        match = pattern.fullmatch(text)
        if match is not None:
            return find_such(match, question)
    return _where(text, question)


def _moment(match: re.Match[str], question: Question) -> Arrival:
    index, count = int(match[1]), len(question.trace)
    if index < count:
        return Arrival(index)
    if question.running:
        raise QueryError(
            _("Moment {index:,} is not recorded yet: there are {count:,} so far.").format(
                index=index, count=count
            )
        )
    raise QueryError(
        _("There is no moment {index:,}: the last one is {count:,}.").format(
            index=index, count=count - 1
        )
    )


def _turn(match: re.Match[str], question: Question) -> Arrival:
    way = [int(number) for number in re.findall(r"\d+", match[1])]
    found = turn_from(question.trace, question.moment, way)
    if found is not None:
        return Arrival(found)
    most = most_turns(question.trace)
    so_far = _(" so far") if question.running else ""
    if not most:
        raise QueryError(_("No loop{so_far} has a turn to go to.").format(so_far=so_far))
    if len(way) > 1:
        raise QueryError(_("No loop{so_far} has such a turn within a turn.").format(so_far=so_far))
    if 0 < way[0] <= most:
        raise QueryError(_("Turn {number:,} is not recorded.").format(number=way[0]))
    raise QueryError(
        _("No loop{so_far} has {way:,} turns: the longest has {most:,}.").format(
            so_far=so_far, way=way[0], most=most
        )
    )


def _line(match: re.Match[str], question: Question) -> Arrival:
    trace, number, file = question.trace, int(match[1]), match[2]
    shown = shown_part(Timeline(trace, question.moment))
    part = shown if file is None else _part(file, question)
    first, last = part.first, part.number(part.last_line)
    place: int | Place = number if part is shown else Place(number, part.file or question.file)
    if not first <= number <= last:
        raise QueryError(
            _("There is no line {number}: the code has lines {first} to {last}.").format(
                number=place, first=first, last=last
            )
        )
    order = [*range(question.moment + 1, len(trace)), *range(question.moment + 1)]
    line = part.before + number - first + 1
    found = line_among(trace, first_line(trace.source, line), order)
    if found is None:
        yet = _(" yet") if question.running else _(" in this step")
        raise QueryError(_("Line {number} has not run{yet}.").format(number=place, yet=yet))
    only_here = _("Line {number} has run only here.").format(number=place)
    arrival = _arrival(found, question, only_here)
    if file is not None or not part.file:
        return arrival
    where = _("This is line {place}; there is also: line {number} of {file}").format(
        place=Place(number, part.file), number=number, file=question.file
    )
    return arrival._replace(message=f"{arrival.message} {where}".strip())


def _part(file: str, question: Question) -> Part:
    """The code of a file by its name, which need not be its whole path. Raises QueryError."""
    named = {part.file or question.file: part for part in question.trace.source.parts}
    found = [part for name, part in named.items() if f"/{name}".endswith(f"/{file}")]
    if file not in named and len(found) != 1:
        raise QueryError(
            _("No one file here is called {file}; these are: {files}.").format(
                file=file, files=", ".join(filter(None, named))
            )
        )
    return named.get(file) or found[0]


def _pass(match: re.Match[str], question: Question) -> Arrival:
    number, passes = int(match[1]), passes_of(question.trace)
    found = passes.get(number)
    if found is None:
        so_far = _(" so far") if question.running else ""
        raise QueryError(
            _("There is no backward pass {number}{so_far}: the last one is {last}.").format(
                number=number, so_far=so_far, last=max(passes)
            )
            if passes
            else _("This step makes no backward pass{so_far}.").format(so_far=so_far)
        )
    return _node_of(number, int(match[2]), question) if match[2] else Arrival(found)


def _node(match: re.Match[str], question: Question) -> Arrival:
    in_pass = Timeline(question.trace, question.moment).pass_position
    if in_pass is None:
        raise QueryError(_("This is not inside a backward pass: pass 1 node 2 says which one."))
    return _node_of(in_pass.call, int(match[1]), question)


def _node_of(call: int, number: int, question: Question) -> Arrival:
    """The moment of a node, counted from 1 in the order in which a pass runs them."""
    nodes = question.trace.pass_snapshots.get(call, ())
    if not 0 < number <= len(nodes):
        raise QueryError(
            _("Pass {call} has no node {number}: {nodes:,} are recorded.").format(
                call=call, number=number, nodes=len(nodes)
            )
        )
    return Arrival(nodes[number - 1])


def _nonfinite(match: re.Match[str], question: Question) -> Arrival:
    kind = match[0].lower()
    found = nonfinite_from(question.trace, question.moment, kind)
    word = "NaN" if kind == "nan" else "inf"
    if found is None:
        so_far = _(" so far") if question.running else ""
        other = "inf" if kind == "nan" else "nan"
        raise QueryError(
            _("No {word} came up in this step{so_far}.").format(word=word, so_far=so_far)
            if nonfinite_from(question.trace, question.moment, other) is None
            else _(
                "No {word} came up in this step{so_far}, but {other} did: g, then {other}."
            ).format(word=word, so_far=so_far, other=other)
        )
    return _arrival(found, question, _("{word} came up only here.").format(word=word))


def _where(text: str, question: Question) -> Arrival:
    trace, index = question.trace, question.moment
    try:
        condition = read_condition(text, trace.names, question.running)
    except Unreadable as error:
        raise QueryError(_("{error} g takes: {hint}").format(error=error, hint=HINT)) from None
    if not condition.variables:
        raise QueryError(
            _("`{text}` has no variable: it is the same at every moment.").format(text=text)
        )
    found = next_where(trace, index, condition, question.anew)
    so_far = _(" so far") if question.running else ""
    unknown = (
        _(" Not everywhere known: {unknown}.").format(unknown=found.unknown)
        if found.unknown
        else ""
    )
    if found.moment is None:
        raise QueryError(
            _("At no moment{so_far} is `{text}` true.{unknown}").format(
                so_far=so_far, text=text, unknown=unknown
            )
        )
    return _arrival(
        found.moment,
        question,
        _("`{text}` is true only here{so_far}.{unknown}").format(
            text=text, so_far=so_far, unknown=unknown
        ),
    )


def _arrival(found: int, question: Question, only_here: str) -> Arrival:
    """The moment that was found, unless that is the one where one is."""
    if found == question.moment:
        raise QueryError(only_here)
    return Arrival(found, AGAIN if found < question.moment else "")


def _form(pattern: str) -> re.Pattern[str]:
    """What is typed, and the same as the headline or an option has it: `moment 7/41`, `pass:3`."""
    of_all = r"(?:\s*/\s*[\d,]+|\s+of\s+[\d,]+)?"
    pattern = pattern.replace("SEP", r"(?:\s*:\s*|\s+)").replace("ALL", of_all)
    return re.compile(pattern, re.IGNORECASE | re.ASCII)


_FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], Question], Arrival]], ...] = (
    (_form(r"(?:momentSEP)?(\d{1,9})ALL"), _moment),
    (_form(r"turnSEP(\d{1,9}(?:[\s·.,/]+\d{1,9})*)"), _turn),
    (_form(r"turnSEP(\d{1,9})\s+of\s+[\d,]+(?:\s+\(.*\))?"), _turn),
    (_form(r"(?:lineSEP|:\s*)(\d{1,9})ALL(?:\s+(?:of|in)\s+(\S.*))?"), _line),
    (_form(r"(?:pass|backward|grad)SEP(\d{1,9})ALL(?:[\s,·]+nodeSEP(\d{1,9})ALL)?"), _pass),
    (_form(r"nodeSEP(\d{1,9})ALL"), _node),
    (_form(r"nan|inf"), _nonfinite),
)
