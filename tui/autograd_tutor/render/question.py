"""The question that the learner has come to, and what was found of the answer, as rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rich.cells import cell_len

from autograd_tutor.course.tasks import Kind
from autograd_tutor.messages import _
from autograd_tutor.render import signs
from autograd_tutor.render.explanation import markdown_rows
from autograd_tutor.render.rows import Row, Span, clip, row, wrap
from autograd_tutor.render.sanitize import sanitize_line
from autograd_tutor.render.signs import spelled_formula

_MARGIN = 2
_GAP = 3
"""Cells between choices that share a row."""
_MEASURE = 100
"""Lines are not longer than this many cells."""

HINTS: dict[str, str] = {
    "number": _("a number: 0.25, -3, 2/3, 1e-3, sqrt(2)"),
    "text": _("a word, or a list: 2, 3"),
    "line": _("the number of a line"),
    "node": _("the name of a node, as Graph has it"),
}


class Card(NamedTuple):
    """What there is to show of a question."""

    heading: str
    ask: str
    kind: Kind
    sure: bool | None = None
    choices: tuple[str, ...] = ()
    at: int | None = None
    """The choice that the keys are at; None: at none."""
    marked: tuple[int, ...] = ()
    """Of several, those that are chosen; of an order, those that have their place, the first one
    first."""
    none: bool = False
    """Of several, that none of them is chosen is the answer."""
    typed: str = ""
    opens: str = "Enter"
    """The key that opens the field."""
    cursor: int | None = None
    """Where in `typed` the next character goes, while the field is open."""
    say: str = ""
    """What is said of the last answer, or why it was not taken."""
    refused: bool = False
    """Whether it was not taken."""
    may_say: tuple[str, ...] = ()
    """All that may be said: there is room for it from the beginning, so that nothing moves."""
    settled: bool = False
    right: bool = False
    guess: str = ""
    """What the learner answered; `` where it was skipped."""
    answer: str = ""
    """What the run says; `` where it gives no answer."""
    because: str = ""
    seen_in: str = ""
    """Where what it was about can be seen, in a sentence."""

    def spelled(self) -> Card:
        """The same for a terminal of ASCII, with formulas in words."""
        return self._replace(
            ask=spelled_formula(self.ask),
            because=spelled_formula(self.because),
            say=spelled_formula(self.say),
            may_say=tuple(map(spelled_formula, self.may_say)),
            choices=tuple(map(spelled_formula, self.choices)),
            guess=spelled_formula(self.guess),
            answer=spelled_formula(self.answer),
        )


def question_rows(card: Card, width: int, most: int) -> list[Row]:
    """The question in `most` rows at most, which are those that matter now."""
    room = max(8, min(width - 2 * _MARGIN, _MEASURE))
    rule = _rule(card, width)
    ask = markdown_rows(card.ask, room)
    if card.settled:
        found = _found_rows(card, room)
        ask = ask[: max(1, most - 1 - len(found))]
        return [rule, *map(_indented, [*ask, *found])][:most]
    say = _say_rows(card, room)
    answer, at = _answer_rows(card, room)
    fits = max(1, most - 1 - len(ask) - len(say))
    if len(answer) > fits:  # those around the one that the keys are at
        first = max(0, min(at - fits // 2, len(answer) - fits))
        answer = answer[first : first + fits]
    ask = ask[: max(1, most - 1 - len(answer) - len(say))]
    return [rule, *map(_indented, [*ask, *answer, *say])][:most]


def _indented(line: Row) -> Row:
    return Row(((" " * _MARGIN, ""), *line.spans), line.base)


def _rule(card: Card, width: int) -> Row:
    """The row on top: which question it is, and whether the learner is sure of the answer."""
    sure = {None: "", False: _(" unsure "), True: _(" sure ")}[card.sure]
    head: list[Span] = [("── ", "frame-focus"), (f"{sanitize_line(card.heading)} ", "title")]
    tail: list[Span] = [(sure, "strong"), ("──", "frame-focus")]
    used = sum(cell_len(text) for text, _ in (*head, *tail))
    middle = "─" * max(0, width - used)
    return clip(Row((*head, (middle, "frame-focus"), *tail)), width)


def _answer_rows(card: Card, room: int) -> tuple[list[Row], int]:
    """Where the answer is chosen or typed, and the row that the keys are at."""
    if not card.choices:
        return [_field(card, room)], 0
    texts = [_choice(card, index) for index in range(len(card.choices))]
    sizes = [line.width for line in texts]
    beside = sum(sizes) + _GAP * (len(texts) - 1) <= room
    rows = [_joined(texts)] if beside else [clip(line, room) for line in texts]
    at = 0 if beside else card.at or 0
    if card.kind == "order":
        order = [_plain(card.choices[index]) for index in card.marked]
        shown = f" {signs.ARROW} ".join([*order, "…"] if len(order) < len(texts) else order)
        rows.append(clip(row((_("Your order: "), "dim"), (shown, "strong")), room))
    if card.kind == "several":
        chosen = _("none of them") if card.none else ", ".join(card.choices[n] for n in card.marked)
        shown = _plain(chosen) or _("nothing yet; 0: none of them")
        style = "strong" if chosen else "dim"
        rows.append(clip(row((_("Your choice: "), "dim"), (shown, style)), room))
    return rows, at


def _spans(text: str, style: str = "") -> list[Span]:
    """The text, with what stands between backticks as code."""
    parts = enumerate(sanitize_line(" ".join(text.split())).split("`"))
    return [(part, f"{style} string".strip() if at % 2 else style) for at, part in parts if part]


def _plain(text: str) -> str:
    return "".join(part for part, _ in _spans(text))


def _joined(texts: Sequence[Row]) -> Row:
    spans: list[Span] = []
    for number, line in enumerate(texts):
        spans += [(" " * _GAP, "")] if number else []
        spans += line.spans
    return Row(tuple(spans))


def _choice(card: Card, index: int) -> Row:
    """`> 2 torch.float32`; of several with a box."""
    at, marked = card.at == index, index in card.marked
    box = "" if card.kind != "several" else "[x] " if marked else "[ ] "
    style = "chosen strong" if at else "dim" if card.kind == "order" and marked else ""
    return row(
        ("> " if at else "  ", "key"),
        (f"{index + 1} ", "key"),
        (box, ""),
        *_spans(card.choices[index], style),
    )


def _field(card: Card, room: int) -> Row:
    """What is being typed, with the cursor in it; as long as it is empty, a hint."""
    head = _("Your answer: ")
    hint = HINTS.get(card.kind, "")
    if card.cursor is None:  # many an answer begins with the letter of a key
        closed: Span = (_("{opens}, then {hint}").format(opens=card.opens, hint=hint), "dim")
        text: Span = (sanitize_line(card.typed), "strong")
        return clip(row((head, "dim"), text if card.typed else closed), room)
    if not card.typed:
        return clip(row((head, "dim"), (" ", "current"), (f" {hint}", "dim")), room)
    typed, cursor = sanitize_line(card.typed), len(sanitize_line(card.typed[: card.cursor]))
    before = typed[:cursor]
    while cell_len(before) > room - len(head) - 1:
        before = before[1:]
    at, behind = typed[cursor : cursor + 1] or " ", typed[cursor + 1 :]
    spans: list[Span] = [(before, "strong"), (at, "current"), (behind, "strong")]
    return clip(row((head, "dim"), *spans), room)


def _say_rows(card: Card, room: int) -> list[Row]:
    """What is said, with room for all that may be."""
    style = "failure" if card.refused else "strong"
    rows = wrap(_spans(card.say, style), room) if card.say else []
    longest = max([len(wrap(_spans(each), room)) for each in card.may_say] or [1])
    return [*rows, *([Row()] * (longest - len(rows)))]


def _found_rows(card: Card, room: int) -> list[Row]:
    """Guess and result beside each other, what is said of it, and why it is so."""
    guess, answer = _plain(card.guess), _plain(card.answer)
    spans: list[Span] = []
    if guess:
        sign: Span = (f"{signs.DONE} ", "done") if card.right else ("", "")
        spans += [sign, (_("You: "), "dim"), (guess, "strong"), ("    ", "")]
    twice = guess == answer and 3 * cell_len(answer) > 2 * room  # too long to be said again
    if answer and not twice:
        spans += [(_("The run: "), "dim"), (answer, "number strong"), ("    ", "")]
    said = _spans(card.say) if card.say else []
    if sum(cell_len(text) for text, _ in [*spans, *said]) <= room:
        rows = [row(*spans, *said)]
    else:
        rows = [*wrap(spans, room), *(wrap(said, room) if said else [])]
    rows += markdown_rows(card.because, room)
    if card.seen_in:
        rows += wrap([(sanitize_line(card.seen_in), "dim")], room)
    return rows
