"""All findings of a recording, those that do most harm first."""

from __future__ import annotations

from collections.abc import Collection

from autograd_tutor.analysis.diagnosis.catalogue import RANK
from autograd_tutor.analysis.diagnosis.finding import Finding
from autograd_tutor.analysis.diagnosis.rules import RULES
from autograd_tutor.analysis.diagnosis.run import Run
from autograd_tutor.recording.trace import Recording

EXPLAINED_BY: dict[str, tuple[str, ...]] = {
    "no-grad-fn/nothing": ("rebind", "scaled-leaf", "inference", "silenced"),
    "no-grad-fn": ("own-saved",),
    "no-grad-fn/mode": ("own-saved", "rebind"),
    "no-grad-fn/detach": ("own-saved", "rebind"),
    "no-grad-fn/late": ("rebind",),
    "kept-outputs/unused": ("no-grad-fn", "silenced", "cut"),
    "not-listed/leaf": ("silenced",),
    "cycle": ("second-by-sum",),
    "eval-mode/graph": ("history", "kept-outputs"),
    "non-leaf-grad": ("scaled-leaf", "rebind"),
    "second-time/shared": ("scaled-leaf",),
    "f32-check/error": ("own-factor",),
}
"""By key, or key and form: findings that say more exactly what it comes from, in whose presence it
is left out."""

_CERTAINTIES = ("finding", "suspicion", "note")


def diagnose(recording: Recording, steps: Collection[int] | None = None) -> tuple[Finding, ...]:
    """What goes wrong in a run: findings before suspicions before notes, in each by harm.

    `steps`: which may be looked at, None: all.

    Of a mistake that a line makes again and again (in the turns of a loop), the first counts.
    """
    run = Run(recording, steps)
    found: dict[tuple[object, ...], Finding] = {}
    for rule in RULES:
        for each in rule(run):
            place = each.place
            found.setdefault((each.key, each.form, place.step, place.line), each)
    known = {(each.key, each.place.step) for each in found.values()}
    causes = [
        each
        for each in found.values()
        if not any((key, each.place.step) in known for key in _explained_by(each))
    ]
    return tuple(sorted(causes, key=_rank))


def _explained_by(finding: Finding) -> set[str]:
    return {*EXPLAINED_BY.get(finding.key, ()), *EXPLAINED_BY.get(finding.spelled, ())}


def _rank(finding: Finding) -> tuple[object, ...]:
    return _CERTAINTIES.index(finding.certainty), RANK[finding.key], finding.place
