"""Where in a step a person wants to go, as typed at the prompt of `g`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from autograd_tutor.analysis.code_state import shown_part
from autograd_tutor.analysis.condition import QueryError, read_condition
from autograd_tutor.analysis.jumps import line_among, nonfinite_from
from autograd_tutor.analysis.moments_where import next_where
from autograd_tutor.analysis.statements import first_line
from autograd_tutor.analysis.turns import most_turns, turn_from
from autograd_tutor.limits.interface import LONGEST_QUERY
from autograd_tutor.messages import _
from autograd_tutor.playing.key_messages import NOTHING
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
    trace, number = question.trace, int(match[1])
    part = shown_part(Timeline(trace, question.moment))
    first, last = part.first, part.number(part.last_line)
    if not first <= number <= last:
        raise QueryError(
            _("There is no line {number}: the code has lines {first} to {last}.").format(
                number=number, first=first, last=last
            )
        )
    order = [*range(question.moment + 1, len(trace)), *range(question.moment + 1)]
    line = part.before + number - first + 1
    found = line_among(trace, first_line(trace.source, line), order)
    if found is None:
        yet = _(" yet") if question.running else _(" in this step")
        raise QueryError(_("Line {number} has not run{yet}.").format(number=number, yet=yet))
    return _arrival(found, question, _("Line {number} has run only here.").format(number=number))


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
    condition = read_condition(text, trace.names, question.running)
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


_FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], Question], Arrival]], ...] = (
    (re.compile(r"(?:moment\s+)?(\d{1,9})", re.IGNORECASE | re.ASCII), _moment),
    (re.compile(r"turn\s+(\d{1,9}(?:[\s·.,/]+\d{1,9})*)", re.IGNORECASE | re.ASCII), _turn),
    (re.compile(r"(?:line\s+|:\s*)(\d{1,9})", re.IGNORECASE | re.ASCII), _line),
    (re.compile(r"nan|inf", re.IGNORECASE | re.ASCII), _nonfinite),
)
