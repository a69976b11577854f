"""English in records, in the learner's language."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from autograd_tutor import messages
from autograd_tutor.kernel import saved
from autograd_tutor.render.phrases import note_words

NOTES = [saved.HOOKED, saved.PERHAPS_HOOKED, saved.FREED, saved.CHANGED.format(names="self")]


@pytest.fixture
def german() -> Iterator[None]:
    messages.choose(["de"])
    yield
    messages.choose([])


@pytest.mark.parametrize("note", NOTES)
def test_a_note_stays_as_it_is_in_english(note: str) -> None:
    assert note_words(note) == note


@pytest.mark.usefixtures("german")
@pytest.mark.parametrize("note", NOTES)
def test_all_that_a_recorder_notes_is_translated(note: str) -> None:
    assert note_words(note) != note


@pytest.mark.usefixtures("german")
def test_names_stay() -> None:
    assert note_words(NOTES[-1]).startswith("self wurde in-place geändert")
