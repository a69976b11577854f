"""The commands that say what there is at a moment. None of them moves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from autograd_tutor.analysis.code_state import shown_part
from autograd_tutor.analysis.comparison import Side, compare, corresponding
from autograd_tutor.analysis.contents import Contents, contents_at
from autograd_tutor.analysis.gradient_table import gradient_rows_at
from autograd_tutor.analysis.shown_graph import graph_of, shown_graph
from autograd_tutor.analysis.variable_names import name_at
from autograd_tutor.course.model import Step
from autograd_tutor.messages import _
from autograd_tutor.playing.key_messages import NOTHING
from autograd_tutor.playing.played import Played
from autograd_tutor.playing.walk import Walk
from autograd_tutor.render import narration, spoken, spoken_values
from autograd_tutor.render.explanation import explanation_listing
from autograd_tutor.render.graph import no_graph_of
from autograd_tutor.render.outcome import outcome
from autograd_tutor.render.rows import Row, row
from autograd_tutor.render.sanitize import sanitize_line
from autograd_tutor.render.sentences import block
from autograd_tutor.render.spoken_comparison import comparison_rows
from autograd_tutor.render.spoken_graph import graph_rows

Look = Callable[[Walk, str], Iterable[Row]]

_KEYS = (
    ("`\u2192`", "`next`"),
    ("`\u2190`", "`back`"),
    ("`\u2191`", "`up`"),
    ("`\u2193`", "`down`"),
)
"""Keys of the screen that lessons name, and their commands; the others are the same here."""


def open_step(run: Played) -> Step:
    """The step that is open."""
    return run.lesson.steps[run.step]


def markdown_rows(markdown: str, width: int, title: str = "") -> Iterator[Row]:
    """Markdown in lines; lines that only draw are left out."""
    for key, command in _KEYS:
        markdown = markdown.replace(key, command)
    for line in explanation_listing(title, markdown, width).rows[0 if title else 2 :]:
        if not line.text or line.text.strip(" \u2500\u253c\u2502\u258f"):
            yield line


def ended_text(walk: Walk, at_end: bool = False) -> str:
    """Why the step is not as it was meant to be; `` where it is.

    Seen from the moment, or from the end: from others it says only that it will fail.
    """
    run = walk.run
    index = len(run.trace) - 1 if at_end else walk.timeline.index
    return outcome(run.trace, run.problem, index).replace("the End key", "end")


def _show(walk: Walk, _argument: str) -> Iterator[Row]:
    run = walk.run
    step = open_step(run)
    yield row(
        sanitize_line(
            _("Step {step} of {count}: {title}").format(
                step=run.step + 1, count=len(run.lesson.steps), title=step.title
            )
        )
    )
    if walk.trace.snapshots:
        yield spoken.place_row(walk.timeline)
    code = run.codes[run.step]
    title = _("The code, as you have edited it:") if run.edited else _("The code:")
    if file := shown_part(walk.timeline).file:
        title = _("The code of {file}:").format(file=sanitize_line(file))
    yield row(title)
    yield from spoken.code_rows(code, step.first_line, walk.timeline)
    if text := ended_text(walk):
        yield row(text)


def _moment(walk: Walk, _argument: str) -> Iterator[Row]:
    yield from spoken.moment_rows(walk.timeline)


def _changed(walk: Walk, _argument: str) -> Iterator[Row]:
    timeline = walk.timeline
    since = max(0, min(timeline.previous, timeline.index - 1) + 1)
    rows = list(narration.snapshot_rows(walk.trace, timeline.index, since))
    yield from rows if len(rows) > 1 else [row(_("This moment has changed nothing."))]


def contents_of(walk: Walk) -> Contents:
    """What exists at the moment."""
    step, timeline = open_step(walk.run), walk.timeline
    previous = timeline.previous
    return contents_at(walk.trace, timeline.index, previous, step.watch, step.explain)


def _tensors(walk: Walk, _argument: str) -> Iterator[Row]:
    yield from spoken_values.tensors_rows(contents_of(walk))


def _tensor(walk: Walk, name: str) -> Iterator[Row]:
    if not name:
        yield row(_("Name it: tensor w. 3 lists the names."))
        return
    index = walk.timeline.index
    name = name_at(walk.trace, index, name).removesuffix(".grad")
    yield from spoken_values.tensor_rows(walk.trace, index, contents_of(walk), name)


def _graph(walk: Walk, name: str) -> Iterator[Row]:
    timeline, trace = walk.timeline, walk.trace
    index, previous = timeline.index, timeline.previous
    name = name_at(trace, index, name) if name else name
    if not name:
        shown = shown_graph(trace, index, previous, open_step(walk.run).graph)
        yield from graph_rows(trace, index, shown)
    elif (found := graph_of(trace, index, previous, name)) == "missing":
        text = _("There is no tensor {name} at this moment. tensors lists what there is.")
        yield row(text.format(name=sanitize_line(name)))
    elif isinstance(found, str):
        yield row(no_graph_of(trace, index, name, found))
    else:
        yield from graph_rows(trace, index, found)


def _gradients(walk: Walk, _argument: str) -> Iterator[Row]:
    timeline, watch = walk.timeline, open_step(walk.run).watch
    found = gradient_rows_at(walk.trace, timeline.index, timeline.previous, watch)
    yield from spoken_values.gradients_rows(found)


def _curve(walk: Walk, name: str) -> Iterator[Row]:
    step, timeline, trace = open_step(walk.run), walk.timeline, walk.trace
    in_pass = timeline.pass_position
    if in_pass is not None and not name and timeline.backward is not None:
        yield from spoken_values.pass_rows(trace, timeline.backward.call, timeline.index)
        return
    if step.plot is not None and step.plot.function and not name:
        yield from spoken_values.function_rows(trace, step.plot, timeline.index)
    plotted = () if step.plot is None else step.plot.curve
    names = (name_at(trace, timeline.index, name),) if name else plotted
    yield from spoken_values.curve_rows(trace, timeline.index, len(trace), names, step.watch)


def _output(walk: Walk, _argument: str) -> Iterator[Row]:
    printed = walk.trace.stdout(walk.timeline.index)
    yield from block(printed) if printed else [row(_("The step has printed nothing so far."))]


def _compare(walk: Walk, _argument: str) -> Iterator[Row]:
    run, timeline = walk.run, walk.timeline
    earlier, now = run.earlier, Side(run.trace, timeline.index)
    if earlier is None or not earlier.trace.snapshots:
        before = Side(run.trace, max(0, timeline.previous))
        titles = (
            _("moment {at:,}").format(at=before.at),
            _("moment {index:,}").format(index=timeline.index),
        )
    else:
        at = corresponding(earlier.trace, run.trace)[timeline.index]
        before = Side(earlier.trace, at)
        seed = run.lesson.seed
        by_seed = earlier.seed != seed
        titles = (
            (
                _("the run with seed {seed}").format(seed=earlier.seed),
                _("this one with seed {seed}").format(seed=seed),
            )
            if by_seed
            else (_("the run before"), _("this run"))
        )
    yield from comparison_rows(compare(before, now, open_step(run).graph), *titles)


_OF_MOMENTS: Mapping[str, Look] = {
    "moment": _moment,
    "tensors": _tensors,
    "tensor": _tensor,
    "changed": _changed,
    "graph": _graph,
    "gradients": _gradients,
    "curve": _curve,
    "output": _output,
    "compare": _compare,
}
LOOKS = ("show", *_OF_MOMENTS)


def look(command: str, walk: Walk, argument: str) -> Iterable[Row]:
    """What one of LOOKS says."""
    if command == "show":
        return _show(walk, argument)
    if not walk.trace.snapshots:
        return [row(NOTHING)]
    return _OF_MOMENTS[command](walk, argument)
