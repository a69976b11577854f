"""A finding on the screen: wrapped, its moments numbered."""

from __future__ import annotations

from autograd_tutor.analysis.diagnosis.catalogue import LESSONS
from autograd_tutor.analysis.diagnosis.finding import Finding
from autograd_tutor.analysis.statements import code_line
from autograd_tutor.messages import _
from autograd_tutor.recording.timeline import Timeline
from autograd_tutor.recording.trace import Recording
from autograd_tutor.render.explanation import MEASURE, markdown_rows
from autograd_tutor.render.findings.finding_rows import MENDS, SIGNS, mend_rows
from autograd_tutor.render.findings.finding_words import LEADS, words_of
from autograd_tutor.render.headline import place_text
from autograd_tutor.render.rows import Row, row, wrap
from autograd_tutor.render.sanitize import sanitize_line


def finding_view(finding: Finding, recording: Recording, width: int) -> list[Row]:
    """The rows of one finding, of at most `width` cells."""
    words, measure = words_of(finding), min(width, MEASURE)
    sign, style = SIGNS[finding.certainty]
    rows = _said(f"{LEADS[finding.certainty]}{words.what}", measure - 2)
    rows[0] = Row(((f"{sign} ", style), *rows[0].spans))
    rows[1:] = [Row((("  ", ""), *each.spans)) for each in rows[1:]]
    rows += [row(), *_said(words.why, measure), row(), row((_("The moments"), "dim"))]
    for number, proof in enumerate(finding.proofs, 1):
        trace = recording.traces[proof.step]
        code = code_line(trace.source, proof.line).strip()
        text = _("line {line}, moment {at}")
        if proof.step != finding.place.step:
            text = _("step {step}, line {line}, moment {at}")
        line = trace.place(proof.line)
        timeline = Timeline(trace, proof.at)
        if timeline.pass_position is not None:  # as the headline has it there
            text = f"{text} ({place_text(timeline)})"
        place = f" {text.format(step=proof.step + 1, line=line, at=proof.at)}  "
        rows += wrap(
            [(f"{number}", "key"), (place, "dim"), (sanitize_line(code), "")], width, indent=2
        )
    rows += [row(), row((MENDS[finding.certainty], "strong")), *_said(words.mend, measure)]
    if finding.mend is not None and finding.certainty != "note":
        rows += mend_rows(finding.mend, recording)
    if words.meant:
        rows += [row(), *_said(words.meant, measure, dim=True)]
    if LESSONS[finding.key]:
        rows += [row(), row((_("Lesson: {id}").format(id=LESSONS[finding.key]), "dim"))]
    return rows


def _said(text: str, width: int, dim: bool = False) -> list[Row]:
    rows = markdown_rows(text, width)
    if not dim:
        return rows
    return [Row(tuple((part, f"{style} dim") for part, style in each.spans)) for each in rows]
