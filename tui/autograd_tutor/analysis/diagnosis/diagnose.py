"""All findings of a recording, those that do most harm first."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from autograd_tutor.analysis.diagnosis.catalogue import RANK
from autograd_tutor.analysis.diagnosis.caught import caught
from autograd_tutor.analysis.diagnosis.finding import Finding, Proof
from autograd_tutor.analysis.diagnosis.rules import RULES
from autograd_tutor.analysis.diagnosis.run import Run
from autograd_tutor.recording.trace import Recording

EXPLAINED_BY: dict[str, tuple[str, ...]] = {
    "no-grad-fn/nothing": ("rebind", "scaled-leaf", "inference", "silenced"),
    "no-grad-fn": ("own-saved", "checkpoint"),
    "cut": ("silenced/middle-cut", "silenced/middle-copy"),
    "no-slope/cut": ("silenced/middle-cut",),
    "cut/mode": ("checkpoint",),
    "no-grad-fn/mode": ("own-saved", "rebind"),
    "no-grad-fn/detach": ("own-saved", "rebind"),
    "no-grad-fn/late": ("rebind",),
    "kept-outputs/unused": ("no-grad-fn", "silenced", "cut"),
    "not-listed/leaf": ("silenced",),
    "cycle": ("second-by-sum",),
    "overflow": ("exploding/ruined",),
    "eval-mode/graph": ("history", "kept-outputs"),
    "non-leaf-grad": ("scaled-leaf", "rebind"),
    "second-time/shared": ("scaled-leaf",),
    "f32-check/error": ("own-factor",),
    "no-error/stale": ("retain-cure",),
    "vanishing": ("retain-cure",),
}
"""By key, or key and form: findings that say more exactly what it comes from, in whose presence it
is left out."""

_CERTAINTIES = ("finding", "suspicion", "note")


def diagnose(
    recording: Recording, steps: Collection[int] | None = None, known: Run | None = None
) -> tuple[Finding, ...]:
    """What goes wrong in a run: findings before suspicions before notes, in each what explains the
    error first, and then by harm.

    `steps`: which may be looked at, None: all. `known`: a run of these, which then knows what the
    rules have worked out.

    Of a mistake that a line makes again and again (in the turns of a loop), the first counts.
    """
    run = Run(recording, steps) if known is None else known
    found: dict[tuple[object, ...], Finding] = {}
    for rule in RULES:
        for each in rule(run):
            place = each.place
            found.setdefault((each.key, each.form, place.step, place.line), each)
    for each in _of_caught(run):
        found.setdefault((each.key, each.form, each.place.step, each.place.line), each)
    keys = {(name, each.place.step) for each in found.values() for name in (each.key, each.spelled)}
    causes = [
        each
        for each in found.values()
        if not any((key, each.place.step) in keys for key in _explained_by(each))
    ]
    failing = run.failure[0].proof if run.failure is not None else None
    return tuple(sorted(causes, key=lambda each: _rank(each, failing)))


def _of_caught(run: Run) -> Iterator[Finding]:
    """What explains errors that the script has caught, which most often is on purpose."""
    for failed in caught(run):
        proof = failed.failure[0].proof if failed.failure is not None else None
        for each in (finding for rule in RULES for finding in rule(failed)):
            if each.proofs[-1] == proof:
                yield each._replace(certainty="note")


def _explained_by(finding: Finding) -> set[str]:
    return {*EXPLAINED_BY.get(finding.key, ()), *EXPLAINED_BY.get(finding.spelled, ())}


def _rank(finding: Finding, failing: Proof | None) -> tuple[object, ...]:
    certainty = _CERTAINTIES.index(finding.certainty)
    is_other = failing is None or finding.proofs[-1] != failing
    return certainty, is_other, RANK[finding.key], finding.place
