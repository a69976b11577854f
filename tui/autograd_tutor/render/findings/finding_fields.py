"""A finding as JSON."""

from __future__ import annotations

from typing import Any

from autograd_tutor.analysis.diagnosis.catalogue import LESSONS
from autograd_tutor.analysis.diagnosis.finding import Finding, Proof
from autograd_tutor.recording.followed import Place
from autograd_tutor.recording.trace import Recording, Trace
from autograd_tutor.render.findings.finding_words import words_of


def finding_fields(finding: Finding, recording: Recording) -> dict[str, Any]:
    """The object of one finding; lines are counted as the file counts, steps and moments from 0."""
    words, place, mend = words_of(finding), finding.place, finding.mend
    trace = recording.traces[place.step]
    return {
        "key": finding.key,
        "certainty": finding.certainty,
        "step": place.step,
        **_place(trace, place.line),
        "what": words.what,
        "why": words.why,
        "mend": words.mend,
        "meant": words.meant,
        "about": list(finding.about),
        "facts": {
            name: fact.line if isinstance(fact, Place) else fact
            for name, fact in finding.facts.items()
        },
        "proofs": [_proof(each, recording) for each in finding.proofs],
        "change": None
        if mend is None
        else {
            "step": mend.step,
            "first": recording.traces[mend.step].line_number(mend.first),
            **_file(recording.traces[mend.step], mend.first),
            "remove": max(0, mend.last - mend.first + 1),
            "insert": mend.code,
        },
        "lesson": LESSONS[finding.key],
    }


def _proof(proof: Proof, recording: Recording) -> dict[str, int | str]:
    trace = recording.traces[proof.step]
    return {"step": proof.step, "moment": proof.at, **_place(trace, proof.line)}


def _place(trace: Trace, line: int) -> dict[str, int | str]:
    return {"line": trace.line_number(line), **_file(trace, line)}


def _file(trace: Trace, line: int) -> dict[str, str]:
    """Of a file that is followed its name."""
    file = trace.part(line).file
    return {"file": file} if file else {}
