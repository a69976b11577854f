"""A finding in sentences."""

from __future__ import annotations

from autograd_tutor.analysis.diagnosis.finding import Finding
from autograd_tutor.messages import _, in_language
from autograd_tutor.render.findings.wording import Words
from autograd_tutor.render.findings.words import WORDS
from autograd_tutor.render.phrases import phrase
from autograd_tutor.render.sanitize import sanitize_line

LEADS = {"finding": "", "suspicion": _("Perhaps: "), "note": _("Note: ")}


def words_of(finding: Finding) -> Words:
    """The sentences of a finding, with its facts put in."""
    words = WORDS.get(finding.spelled) or WORDS[finding.key]
    facts = {name: _clean(value) for name, value in finding.facts.items()}
    return Words._make([in_language(text).format(**facts) if text else "" for text in words])


def _clean(value: object) -> object:
    return fact_words(sanitize_line(value)) if isinstance(value, str) else value


def fact_words(fact: str) -> str:
    """A fact in the learner's language, where it is words and no code: `several times`."""
    return phrase(fact, _phrases())


def _phrases() -> dict[str, str]:
    """What facts hold besides names, numbers and code."""
    return {
        "the loss": _("the loss"),
        "the optimizer": _("the optimizer"),
        "a leaf": _("a leaf"),
        "a view": _("a view"),
        "a tensor": _("a tensor"),
        "an input": _("an input"),
        "its root": _("its root"),
        "its result": _("its result"),
        "several times": _("several times"),
        r"(?P<count>\d+) times": _("{count} times"),
        r"the pass in line (?P<line>.+)": _("the pass in line {line}"),
        r"an earlier pass in line (?P<line>.+)": _("an earlier pass in line {line}"),
        r"input is (?P<value>\S+)": _("input is {value}"),
        r"divisor is (?P<value>\S+)": _("divisor is {value}"),
        r"result is (?P<value>\S+)": _("result is {value}"),
        r"(?P<names>`.+`) and (?P<count>\d+) more": _("{names} and {count} more"),
    }
