"""A finding as JSON."""

from __future__ import annotations

from typing import Any

from autograd_tutor.analysis.diagnosis.catalogue import LESSONS
from autograd_tutor.analysis.diagnosis.finding import Finding, Proof
from autograd_tutor.recording.trace import Recording
from autograd_tutor.render.findings.finding_words import words_of


def finding_fields(finding: Finding, recording: Recording) -> dict[str, Any]:
    """The object of one finding; lines are counted as the file counts, steps and moments from 0."""
    words, place, mend = words_of(finding), finding.place, finding.mend
    trace = recording.traces[place.step]
    return {
        "key": finding.key,
        "certainty": finding.certainty,
        "step": place.step,
        "line": trace.line_number(place.line),
        "what": words.what,
        "why": words.why,
        "mend": words.mend,
        "meant": words.meant,
        "about": list(finding.about),
        "facts": dict(finding.facts),
        "proofs": [_proof(each, recording) for each in finding.proofs],
        "change": None
        if mend is None
        else {
            "step": mend.step,
            "first": recording.traces[mend.step].line_number(mend.first),
            "remove": max(0, mend.last - mend.first + 1),
            "insert": mend.code,
        },
        "lesson": LESSONS[finding.key],
    }


def _proof(proof: Proof, recording: Recording) -> dict[str, int]:
    line = recording.traces[proof.step].line_number(proof.line)
    return {"step": proof.step, "moment": proof.at, "line": line}
