"""A finding as rows: what, why, the moments that prove it, the mend."""

from __future__ import annotations

from collections.abc import Iterator

from autograd_tutor.analysis.diagnosis.catalogue import LESSONS
from autograd_tutor.analysis.diagnosis.finding import Finding, Mend
from autograd_tutor.analysis.statements import code_line
from autograd_tutor.messages import _
from autograd_tutor.recording.trace import Recording
from autograd_tutor.render.findings.finding_words import LEADS, words_of
from autograd_tutor.render.rows import Row, row
from autograd_tutor.render.sanitize import sanitize_line

SIGNS = {"finding": ("✗", "failure"), "suspicion": ("?", "changed"), "note": ("·", "dim")}
MENDS = {"finding": _("Mend"), "suspicion": _("Mend"), "note": _("If that is not meant")}


def finding_rows(finding: Finding, recording: Recording) -> Iterator[Row]:
    """All that is said of a finding outside of the screen."""
    words = words_of(finding)
    sign, style = SIGNS[finding.certainty]
    trace = recording.traces[finding.place.step]
    text = _("line {line}") if len(recording.traces) == 1 else _("step {step}, line {line}")
    where = text.format(step=trace.step + 1, line=trace.place(finding.place.line))
    yield row((f"{sign} {where}: {LEADS[finding.certainty]}", style), f"{words.what}")
    yield row(f"  {words.why}")
    meant = [row(f"  {words.meant}")] if words.meant and finding.certainty != "finding" else []
    if finding.certainty == "note":
        yield from meant
    yield row((f"  {MENDS[finding.certainty]}: ", "strong"), words.mend)
    if finding.mend is not None and finding.certainty != "note":
        yield from mend_rows(finding.mend, recording)
    if finding.certainty != "note":
        yield from meant
    lesson = LESSONS[finding.key]
    more = _("more: autograd-tutor explain {key}").format(key=finding.key)
    parts = [finding.key, more, *([_("lesson: {id}").format(id=lesson)] if lesson else [])]
    yield row((f"  {' · '.join(parts)}", "dim"))


def mend_rows(mend: Mend, recording: Recording) -> Iterator[Row]:
    """The lines that go, and those that come in their place."""
    trace = recording.traces[mend.step]
    if file := trace.part(mend.first).file:
        yield row((f"  {sanitize_line(file)}", "dim"))
    for number in range(mend.first, mend.last + 1):
        old = sanitize_line(code_line(trace.source, number))
        yield row((f"  {trace.line_number(number):4} - {old}", "failure"))
    for text in mend.code.split("\n"):
        yield row((f"  {trace.line_number(mend.first):4} + {sanitize_line(text)}", "done"))
