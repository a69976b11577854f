"""What a finding says, in the learner's language."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from autograd_tutor import messages
from autograd_tutor.analysis.diagnosis.finding import Fact, Finding, Proof
from autograd_tutor.render.findings.finding_words import fact_words, words_of

PROOF = Proof(0, 0, 1)


@pytest.fixture
def german() -> Iterator[None]:
    messages.choose(["de"])
    yield
    messages.choose([])


ENGLISH = [
    "the loss",
    "3 times",
    "several times",
    "the pass in line 7",
    "an earlier pass in line 7 of net.py",
    "input is 0",
    "`a`, `b`, `c` and 2 more",
    "loss",
    "times(3)",
]


@pytest.mark.parametrize("fact", ENGLISH)
def test_a_fact_stays_as_it_is_in_english(fact: str) -> None:
    assert fact_words(fact) == fact


@pytest.mark.usefixtures("german")
@pytest.mark.parametrize(
    ("fact", "words"),
    [
        ("the loss", "der Verlust"),
        ("3 times", "3-mal"),
        ("an earlier pass in line 7", "ein früherer Durchlauf in Zeile 7"),
        ("divisor is -0", "der Divisor -0 ist"),
        ("`a`, `b`, `c` and 2 more", "`a`, `b`, `c` und 2 weitere"),
    ],
)
def test_a_fact_that_is_words_is_translated(fact: str, words: str) -> None:
    assert fact_words(fact) == words


@pytest.mark.usefixtures("german")
@pytest.mark.parametrize("fact", ["loss", "`a`, `b`", "x = the_loss", "(3, 4)", "inf", "times"])
def test_code_names_and_numbers_are_not(fact: str) -> None:
    assert fact_words(fact) == fact


@pytest.mark.usefixtures("german")
def test_the_sentences_of_a_finding_have_their_facts_in_german() -> None:
    facts: dict[str, Fact] = {"line": 4, "name": "y", "earlier": "the pass in line 3"}

    words = words_of(Finding("second-time", (PROOF,), facts, "same"))

    assert words.why.count("der Durchlauf in Zeile 3") == 1
    assert "the pass" not in " ".join(words)
