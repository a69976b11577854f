"""What a check of gradients has shown, as sentences and a small table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.cells import cell_len

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
    if table := list(_table(checked, width)):
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


def _table(checked: Checked, width: int | None = None) -> Iterator[Row]:
    """A row for each entry. Where these are too wide, without float64, or else in two rows each."""
    heads = ["", _("entry"), ".grad", "float64", _("differences")]
    judged = [judge_leaf(each, checked) for each in checked.leaves]
    lines = [
        [SIGNS[verdict][0], entry_name(leaf_name(leaf), entry), *_numbers(entry)]
        for leaf, each in zip(checked.leaves, judged, strict=True)
        for entry, verdict in zip(leaf.entries, each.entries, strict=False)
    ]
    if not lines:
        return
    columns = [_aligned(at, each) for at, each in enumerate(zip(heads, *lines, strict=True))]
    if width is not None and _width(columns) > width:
        del columns[3]
    styles = ["dim", *(SIGNS[verdict][1] for each in judged for verdict in each.entries)]
    is_split = width is not None and _width(columns) > width
    for style, (sign, name, *numbers) in zip(styles, zip(*columns, strict=True), strict=True):
        text, of_text = "  ".join(numbers), "dim" if style == "dim" else ""
        if is_split and width is not None:
            yield from wrap([(name.strip(), of_text)], width, row((f"{sign} ", style)), 2)
            yield row((f"  {text}", of_text))
        else:
            yield row((sign, style), (f"  {name}  {text}".rstrip(), of_text))


def _aligned(at: int, column: Sequence[str]) -> list[str]:
    """The cells of a column in one width: of numbers at its right edge."""
    width = max(map(cell_len, column))
    blanks = [" " * (width - cell_len(each)) for each in column]
    return [
        f"{each}{blank}" if at < 2 else f"{blank}{each}"
        for each, blank in zip(column, blanks, strict=True)
    ]


def _width(columns: Sequence[Sequence[str]]) -> int:
    """The cells that a row of them takes, two between each."""
    return sum(cell_len(each[0]) + 2 for each in columns) - 2


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
