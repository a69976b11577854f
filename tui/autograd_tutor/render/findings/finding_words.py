"""A finding in sentences."""

from __future__ import annotations

from autograd_tutor.analysis.diagnosis.finding import Finding
from autograd_tutor.messages import _, in_language
from autograd_tutor.render.findings.wording import Words
from autograd_tutor.render.findings.words import WORDS
from autograd_tutor.render.sanitize import sanitize_line

LEADS = {"finding": "", "suspicion": _("Perhaps: "), "note": _("Note: ")}


def words_of(finding: Finding) -> Words:
    """The sentences of a finding, with its facts put in."""
    words = WORDS.get(finding.spelled) or WORDS[finding.key]
    facts = {name: _clean(value) for name, value in finding.facts.items()}
    return Words._make([in_language(text).format(**facts) if text else "" for text in words])


def _clean(value: object) -> object:
    return sanitize_line(value) if isinstance(value, str) else value
