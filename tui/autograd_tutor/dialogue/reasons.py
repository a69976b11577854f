"""The command that says what goes wrong in a step, and what there is to say of a tensor."""

from __future__ import annotations

from collections.abc import Iterator

from autograd_tutor.analysis.diagnosis.diagnose import diagnose
from autograd_tutor.analysis.diagnosis.finding import about, of_step
from autograd_tutor.analysis.diagnosis.run import Run
from autograd_tutor.analysis.variable_names import name_at
from autograd_tutor.messages import _
from autograd_tutor.playing import key_messages
from autograd_tutor.playing.walk import Walk
from autograd_tutor.render.findings.asked_view import asked_view
from autograd_tutor.render.findings.finding_rows import finding_rows
from autograd_tutor.render.rows import Row, row
from autograd_tutor.render.sanitize import sanitize_line
from autograd_tutor.render.spoken_checks import found_in_words


def rows(walk: Walk, name: str, width: int, settled: bool = True) -> Iterator[Row]:
    """The findings of the open step, or about one tensor. `settled`: no exercise is open."""
    run, trace = walk.run, walk.trace
    if run.lesson.steps[run.step].findings is False or not settled:
        yield row(key_messages.FINDINGS_HIDDEN)
        return
    name = name_at(trace, walk.timeline.index, name) if name and trace.snapshots else name
    base = name.removesuffix(".grad")
    if name and trace.tensor(walk.timeline.index, base) is None:
        text = _("There is no tensor {name} at this moment. tensors lists what there is.")
        yield row(text.format(name=sanitize_line(name)))
        return
    ended = {step for step, each in run.recording.traces.items() if each.done}
    known = Run(run.recording, ended)
    findings = of_step(diagnose(run.recording, ended, known), run.step)
    if name:
        asked = known if trace.done else Run(run.recording, {*ended, run.step})
        yield from asked_view(asked, trace, walk.timeline.index, base, width)
    for each in about(findings, name) if name else findings:
        yield from found_in_words(finding_rows(each, run.recording))
    if not findings and not name:
        yield row(key_messages.nothing_found("", trace) if trace.done else key_messages.NOT_ENDED)
