"""A lesson in another language on the screen, in the list and in a preview."""

from __future__ import annotations

from pathlib import Path

import pytest
from played_kernel import PlayedKernel
from recordings import plain
from sitting import sitting

from autograd_tutor import language
from autograd_tutor.course import format1, library
from autograd_tutor.course.texts import fingerprints, texts_of
from autograd_tutor.ui import preview
from autograd_tutor.ui.options import Options

LESSON = """\
format: 1
title: A sum
summary: What a sum is
chapter: Numbers
steps:
  - id: one
    title: The one
    explain: Some words of the one.
    code: |
      a = 1
  - id: two
    title: The two
    explain: Some words of the two.
    code: |
      b = 2
"""
GERMAN = """\
of: {0}
title: Eine Summe
summary: Was eine Summe ist
steps:
  one:
    of: {1}
    title: Das Erste
    explain: Ein paar Worte zum Ersten.
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A lesson of the learner's own, whose first step is translated."""
    library.own_folder().mkdir(exist_ok=True)
    path = library.own_folder() / "01-sum.yaml"
    path.write_text(LESSON)
    lesson = format1.read(path.read_bytes(), path, "sum")
    words = fingerprints(texts_of(lesson)).values()
    path.with_name("01-sum.de.yaml").write_text(GERMAN.format(*words))
    path.with_name("chapters.de.yaml").write_text("Numbers: Zahlen\n")
    return path


async def test_what_is_translated_is_shown_and_the_rest_is_the_original(path: Path) -> None:
    language.use(("de",))
    async with sitting(library.load(path), kernel=PlayedKernel(plain)) as sat:
        await sat.until("Das Erste")
        assert "Ein paar Worte zum Ersten." in sat.text
        assert "Eine Summe" in sat.headline
        await sat.press("N")
        await sat.until("The two")
        assert "Some words of the two." in sat.text


async def test_the_list_and_the_search_are_translated(path: Path) -> None:
    language.use(("de",))
    async with sitting(None) as sat:
        await sat.until("Eine Summe  2 steps")
        assert "Zahlen" in [row.strip() for row in sat.pane("lessons")]
        await sat.press("/")
        await sat.press(*"paar worte")
        await sat.until("Eine Summe")
        await sat.press("enter")
        await sat.until("Ein paar Worte zum Ersten.")


async def test_a_translation_with_problems_is_the_original_with_a_word_on_it(path: Path) -> None:
    path.with_name("01-sum.de.yaml").write_text("titel: Eine Summe\n")
    language.use(("de",))
    async with sitting(library.load(path), kernel=PlayedKernel(plain)) as sat:
        await sat.until("01-sum.de.yaml has problems, so this is the original")
        assert "Some words of the one." in sat.text


async def test_a_preview_watches_the_translation(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preview, "PREVIEW_SECONDS", 0.02)
    beside = path.with_name("01-sum.de.yaml")
    text = beside.read_text()
    language.use(("de",))
    options = Options(preview=True)
    first = library.load(beside)
    async with sitting(first, kernel=PlayedKernel(plain), options=options) as sat:
        await sat.until("Ein paar Worte zum Ersten.")
        beside.write_text(text.replace("Ein paar Worte", "Viele Worte"))
        await sat.until("Viele Worte zum Ersten.")
        beside.write_text(text.replace("explain:", "explan:"))
        await sat.until('steps.one has an unknown key "explan"')
        assert "did you mean explain?" in sat.text
        beside.write_text(text)
        await sat.until("Ein paar Worte zum Ersten.")
        path.write_text(LESSON.replace("Some words of the one", "Other words of the one"))
        await sat.until("Other words of the one.")
