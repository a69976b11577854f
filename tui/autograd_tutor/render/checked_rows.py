"""What a check of gradients has shown, as sentences and a small table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from autograd_tutor.analysis.checked import Verdict, judge_function, judge_leaf, place_of
from autograd_tutor.limits.checks import RELATIVE_TOLERANCE, STEP_SIZE
from autograd_tutor.messages import _, plural
from autograd_tutor.recording.checks import Checked, CheckedEntry
from autograd_tutor.recording.number_text import number_text
from autograd_tutor.render.checked_words import (
    entry_name,
    function_sentences,
    leaf_name,
    leaf_sentence,
    leaves,
    problem_sentence,
    rounding_sentences,
)
from autograd_tutor.render.explanation import MEASURE
from autograd_tutor.render.rows import Row, row, wrap
from autograd_tutor.render.sanitize import sanitize_line

SIGNS: dict[Verdict, tuple[str, str]] = {
    "agrees": ("✓", "done"),
    "rounding": ("≈", "changed"),
    "kink": ("?", "changed"),
    "cut": ("/", "changed"),
    "differs": ("✗", "failure"),
    "unknown": ("·", "dim"),
}


def checked_rows(checked: Checked, first_line: int) -> Iterator[Row]:
    """All that is said of a check. `first_line`: the number of the step's first line."""
    yield from _sentences(checked, first_line)
    if table := list(_table(checked)):
        yield from (row(), *table, row(), row((_method(), "dim")))


def checked_view(checked: Checked, first_line: int, width: int) -> list[Row]:
    """The same for the screen, its sentences wrapped."""
    measure = min(width, MEASURE)
    rows: list[Row] = []
    for each in _sentences(checked, first_line):
        rows += wrap(each.spans, measure, indent=2)
    if table := list(_table(checked)):
        rows += [row(), *table, row(), *wrap([(_method(), "dim")], measure)]
    return rows


def _sentences(checked: Checked, first_line: int) -> Iterator[Row]:
    if checked.problem:
        yield row((problem_sentence(checked, first_line), "failure"))
    else:
        yield _heading(checked, first_line)
    for function in checked.functions:
        line = place_of(function, first_line)
        for verdict, sentence in function_sentences(function, judge_function(function), line):
            yield _signed(verdict, sentence)
    if not checked.problem:
        yield from _slopes(checked)
        for verdict, sentence in rounding_sentences(checked):
            yield _signed(verdict, sentence)
        yield from _notes(checked)


def _heading(checked: Checked, first_line: int) -> Row:
    root = f"`{sanitize_line(checked.root)}`" if checked.root else _("its root")
    text = _("Pass {call}, line {line}: it begins at {root} = {value}.").format(
        call=checked.call,
        line=place_of(checked, first_line),
        root=root,
        value=number_text(checked.value),
    )
    return row((text, "strong"))


def _slopes(checked: Checked) -> Iterator[Row]:
    """What agrees, in one sentence; a sentence for each leaf that does not."""
    judged = [judge_leaf(each, checked) for each in checked.leaves]
    agreeing = sum(each.entries.count("agrees") for each in judged)
    if agreeing:
        number = sum("agrees" in each.entries for each in judged)
        entries = plural("{n} entry", "{n} entries", agreeing).format(n=agreeing)
        yield _signed(
            "agrees",
            _("`.grad` agrees with finite differences at {entries} of {leaves}.").format(
                entries=entries, leaves=leaves(number)
            ),
        )
    for leaf, each in zip(checked.leaves, judged, strict=True):
        sentence = leaf_sentence(leaf, each)
        if sentence:
            yield _signed(each.verdict, sentence)


def _notes(checked: Checked) -> Iterator[Row]:
    if checked.unchecked:
        text = _("Not looked at: {leaves} more, with smaller gradients.")
        yield row((text.format(leaves=leaves(checked.unchecked)), "dim"))
    if checked.single:
        names = sanitize_line(", ".join(checked.single))
        text = _("Not in float64, as torch does not have it there: {names}.")
        yield row((text.format(names=names), "dim"))
    if checked.left:
        text = _(
            "Numbers leave torch by {names}: what comes of them counts as constant in the "
            "finite differences."
        )
        yield row((text.format(names=", ".join(checked.left)), "dim"))


def _table(checked: Checked) -> Iterator[Row]:
    heads = ["", _("entry"), ".grad", "float64", _("differences")]
    judged = [judge_leaf(each, checked) for each in checked.leaves]
    lines = [
        [SIGNS[verdict][0], entry_name(leaf_name(leaf), entry), *_numbers(entry)]
        for leaf, each in zip(checked.leaves, judged, strict=True)
        for entry, verdict in zip(leaf.entries, each.entries, strict=False)
    ]
    if not lines:
        return
    widths = [max(map(len, column)) for column in zip(heads, *lines, strict=True)]
    yield row(("  ".join(_aligned(heads, widths)).rstrip(), "dim"))
    verdicts = [verdict for each in judged for verdict in each.entries]
    for cells, verdict in zip(lines, verdicts, strict=True):
        sign, *rest = _aligned(cells, widths)
        yield row((sign, SIGNS[verdict][1]), "  " + "  ".join(rest).rstrip())


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> list[str]:
    found = zip_longest(cells[:2], widths[:2], fillvalue="")
    left = [text.ljust(int(width)) for text, width in found]
    return left + [text.rjust(width) for text, width in zip(cells[2:], widths[2:], strict=True)]


def _numbers(entry: CheckedEntry) -> list[str]:
    return [
        _("None") if each is None and not at else "–" if each is None else _number(each)
        for at, each in enumerate((entry.grad, entry.double, entry.slope))
    ]


def _number(value: float) -> str:
    return f"{value:.6g}"


def _signed(verdict: Verdict, sentence: str) -> Row:
    sign, style = SIGNS[verdict]
    return row((f"{sign} ", style), sentence)


def _method() -> str:
    return _(
        "Central differences in float64, each entry moved by {step} (or by that times its size); "
        "to agree means within {tolerance} %, as in torch.autograd.gradcheck."
    ).format(step=f"{STEP_SIZE:g}", tolerance=f"{100 * RELATIVE_TOLERANCE:g}")
