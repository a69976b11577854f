"""All findings of a recording, those that do most harm first."""

from __future__ import annotations

from autograd_tutor.analysis.diagnosis.catalogue import RANK
from autograd_tutor.analysis.diagnosis.finding import Finding
from autograd_tutor.analysis.diagnosis.rules import RULES
from autograd_tutor.analysis.diagnosis.run import Run
from autograd_tutor.recording.trace import Recording

_CERTAINTIES = ("finding", "suspicion", "note")


def diagnose(recording: Recording) -> tuple[Finding, ...]:
    """What goes wrong in a run: findings before suspicions before notes, in each by harm.

    Of a mistake that a line makes again and again (in the turns of a loop), the first counts.
    """
    run = Run(recording)
    found: dict[tuple[object, ...], Finding] = {}
    for rule in RULES:
        for each in rule(run):
            place = each.place
            found.setdefault((each.key, each.form, place.step, place.line), each)
    return tuple(sorted(found.values(), key=_rank))


def _rank(finding: Finding) -> tuple[object, ...]:
    return _CERTAINTIES.index(finding.certainty), RANK[finding.key], finding.place
