"""A lesson in another language: its texts, what is missing, what is wrong with them."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from autograd_tutor import language
from autograd_tutor.course import (
    format1,
    lesson_file,
    library,
    search,
    starter,
    summary_file,
    translation,
    translation_file,
)
from autograd_tutor.course.catalogue import Catalogue
from autograd_tutor.course.model import Lesson
from autograd_tutor.course.problem import LessonError
from autograd_tutor.course.starter import NotStarted
from autograd_tutor.course.texts import Place, fingerprints, texts_of
from autograd_tutor.playing import guesses, key_messages
from autograd_tutor.recording.questions import Answer

ORIGINAL = """\
format: 1
title: Squares
summary: What a square is
chapter: Numbers
setup: |
  import torch
steps:
  - id: first
    title: The first
    explain: |
      Two words.
    code: |
      x = 1
      z = x
    predict:
      - before: 1
        ask: Is it so?
        kind: choice
        choices: ["yes", "no"]
        answer: '"yes"'
        wrong: {"no": Look again.}
        because: It is so.
      - before: 2
        ask: How much?
        kind: number
        answer: x + 6
        wrong: {9: Too much.}
    then: Go on.
  - id: second
    title: The second
    explain: More words.
    code: y = 2
exercise:
  title: Do it
  task: Make x.
  starter: x = 0
  solution: x = 2
  check:
    - {that: x == 2, say: "x is {x}, not {2:d}."}
    - {that: x > 0, say: It is small.}
  hints: [Look., Write.]
  mistakes:
    - {id: one, when: x == 1, say: "{x} is 1.", like: x = 1}
  forbid: {data: It hides.}
  then: Done.
"""

GERMAN = """\
of: {0}
title: Quadrate
summary: Was ein Quadrat ist
steps:
  first:
    of: {1}
    title: Der erste
    explain: |
      Zwei Worte.
    predict:
      - ask: Ist es so?
        choices: [ja, nein]
        wrong: {{"no": Sieh noch einmal hin.}}
        because: Es ist so.
      - ask: Wie viel?
        wrong: {{9: Zu viel.}}
    then: Weiter.
  second:
    of: {2}
    title: Der zweite
    explain: Mehr Worte.
exercise:
  of: {3}
  title: Tu es
  task: Mach x.
  check:
    - "Nicht {{2:d}}: x ist {{x}}."
    - Es ist klein.
  hints: [Sieh hin., Schreib.]
  mistakes:
    one: "{{x}} ist 1."
  forbid: {{data: Es versteckt.}}
  then: Fertig.
"""

PATH = Path("01-squares.de.yaml")


def original(text: str = ORIGINAL) -> Lesson:
    return format1.read(text.encode(), Path("01-squares.yaml"), "squares")


def german(lesson: Lesson | None = None) -> str:
    lesson = original() if lesson is None else lesson
    return GERMAN.format(*[fingerprint(lesson, unit) for unit in units(lesson)])


def units(lesson: Lesson) -> list[Place]:
    return list(fingerprints(texts_of(lesson)))


def fingerprint(lesson: Lesson, unit: Place) -> str:
    return fingerprints(texts_of(lesson))[unit]


def read(text: str, lesson: Lesson | None = None) -> Lesson:
    return translation.read(text.encode(), PATH, original() if lesson is None else lesson)


def changed(old: str, new: str) -> str:
    text = german()
    assert text.count(old) == 1, old
    return text.replace(old, new)


def problems(text: str) -> list[str]:
    with pytest.raises(LessonError) as caught:
        read(text)
    return [str(each).removeprefix("01-squares.de.yaml:") for each in caught.value.problems]


def gaps(text: str, lesson: Lesson | None = None) -> list[str]:
    found = read(text, lesson).gaps
    return [str(each).removeprefix("01-squares.de.yaml:") for each in found]


def place_of(words: str, text: str) -> str:
    """The line and the column of these words, which are there once."""
    assert text.count(words) == 1, words
    before = text[: text.index(words)]
    return f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"


class TestTexts:
    def test_every_text_is_another_and_nothing_else(self) -> None:
        lesson, own = read(german()), original()
        assert (lesson.title, lesson.summary) == ("Quadrate", "Was ein Quadrat ist")
        first, second, exercise = lesson.steps
        assert (first.title, first.explain, first.then) == ("Der erste", "Zwei Worte.\n", "Weiter.")
        so, much = first.predictions
        assert (so.ask, so.choices, so.because) == ("Ist es so?", ("ja", "nein"), "Es ist so.")
        assert so.wrong == (("no", "Sieh noch einmal hin."),)
        assert (much.ask, much.wrong) == ("Wie viel?", (("9", "Zu viel."),))
        assert (second.title, second.explain) == ("Der zweite", "Mehr Worte.")
        assert (exercise.title, exercise.explain) == ("Tu es", "Mach x.")
        task = exercise.exercise
        assert task is not None
        assert [each.say for each in task.check] == ["Nicht {2:d}: x ist {x}.", "Es ist klein."]
        assert task.hints == ("Sieh hin.", "Schreib.")
        assert [each.say for each in task.mistakes] == ["{x} ist 1."]
        assert (task.forbid, task.then) == ((("data", "Es versteckt."),), "Fertig.")
        assert lesson.gaps == ()
        assert lesson.translation == PATH
        # All code is the original's, and the file that it is of.
        assert (lesson.id, lesson.path) == (own.id, own.path)
        assert [step.code for step in lesson.steps] == [step.code for step in own.steps]
        assert [each.that for each in task.check] == ["x == 2", "x > 0"]
        assert [each.answer for each in first.predictions] == ['"yes"', "x + 6"]

    def test_places_are_those_in_the_translation(self) -> None:
        text = german()
        step = read(text).steps[0]
        lines = text.split("\n")
        for (line, column, *_), words in (
            (step.locations.explain, "Zwei Worte."),
            (step.predictions[1].ask_location, "Wie viel?"),
        ):
            assert lines[line - 1][column - 1 :] == words

    def test_a_choice_is_right_or_wrong_in_any_language(self) -> None:
        asked = read(german()).steps[0].predictions[0]
        yes, no = Answer(0, ("yes",)), Answer(0, ("no",))
        for typed in ("ja", "1"):
            guess = guesses.read(asked, typed)
            assert guess.text == "ja"
            assert guesses.judge(asked, guess, yes) == "right"
            assert guesses.judge(asked, guess, no) == "wrong"
        wrong = guesses.read(asked, "nein")
        assert guesses.message_for(asked, wrong) == "Sieh noch einmal hin."
        assert guesses.answer_text(asked, yes) == "ja"
        assert guesses.texts_shown(asked, no) == ("nein",)

    def test_choices_may_change_places_in_the_other_language(self) -> None:
        """What is `no` in one language is a word of another kind in the other."""
        asked = read(changed("[ja, nein]", '["no", "yes"]')).steps[0].predictions[0]
        guess = guesses.read(asked, "no")
        assert guesses.judge(asked, guess, Answer(0, ("yes",))) == "right"
        assert guesses.answer_text(asked, Answer(0, ("no",))) == "yes"

    def test_several_and_ordered_choices_are_mapped_by_their_places(self) -> None:
        asked = original().steps[0].predictions[0]
        asked = replace(
            asked,
            kind="order",
            choices=("eins", "zwei", "drei"),
            given_choices=("one", "two", "three"),
            wrong=(("one, two, three", "As they stand."),),
        )
        right = guesses.read(asked, "3 1 2")
        assert right.text == "drei, eins, zwei"
        assert guesses.judge(asked, right, Answer(0, ("three", "one", "two"))) == "right"
        known = guesses.read(asked, "1 2 3")
        assert guesses.message_for(asked, known) == "As they stand."
        asked = replace(asked, kind="several")
        assert guesses.judge(asked, guesses.read(asked, "1 3"), Answer(0, ("three", "one"))) == (
            "right"
        )

    def test_several_exercises_are_a_list(self) -> None:
        begin, _, task = ORIGINAL.partition("exercise:\n")
        item = "  - " + task.replace("\n  ", "\n    ").strip() + "\n"
        lesson = original(f"{begin}exercise:\n{item}{item.replace('Do it', 'Again')}")
        begin, _, task = german(original()).partition("exercise:\n")
        prints = [fingerprint(lesson, unit) for unit in units(lesson)]
        item = "  - " + task.replace("\n  ", "\n    ").strip() + "\n"
        own = fingerprint(original(), ("exercise",))
        both = item.replace(own, prints[3]) + item.replace(own, prints[4]).replace("Tu es", "Noch")
        found = read(f"{begin}exercise:\n{both}", lesson)
        assert found.gaps == ()
        assert [step.title for step in found.steps[2:]] == ["Tu es", "Noch"]


class TestWhatIsMissing:
    @pytest.mark.parametrize(
        ("removed", "at", "missing"),
        [
            ("    then: Weiter.\n", "of: {1}", "steps.first.then"),
            ("        because: Es ist so.\n", "ask: Ist", "steps.first.predict[0].because"),
            ("        choices: [ja, nein]\n", "ask: Ist", "steps.first.predict[0].choices"),
            ("      - ask: Wie viel?\n        wrong: {9: Zu viel.}\n", "- ask: Ist",
             "steps.first.predict[1]"),
            ("    - Es ist klein.\n", '- "Nicht', "exercise.check[1]"),
            ("  mistakes:\n    one: \"{x} ist 1.\"\n", "of: {3}", "exercise.mistakes"),
            ("summary: Was ein Quadrat ist\n", "of: {0}", "summary"),
        ],
    )  # fmt: skip
    def test_a_missing_text_is_the_original_and_check_says_so(
        self, removed: str, at: str, missing: str
    ) -> None:
        """Where those are that are there."""
        text = changed(removed, "")
        if at.startswith("of"):
            unit = units(original())[int(at[5])]
            at = f"of: {fingerprint(original(), unit)}"
        assert gaps(text) == [
            f"{place_of(at, text)}: {missing} is not translated, so the original is shown; "
            "translate it"
        ]

    def test_the_rest_stays_translated(self) -> None:
        lesson = read(changed("    title: Der zweite\n", ""))
        assert (lesson.steps[1].title, lesson.steps[1].explain) == ("The second", "Mehr Worte.")

    def test_a_missing_step_is_the_original(self) -> None:
        text = german()
        begin, end = text.index("  second:"), text.index("exercise:")
        lesson = read(text[:begin] + text[end:])
        assert lesson.steps[1] == original().steps[1]
        assert [each.message for each in lesson.gaps] == [
            "steps.second is not translated, so the original is shown"
        ]


class TestOutOfDate:
    @pytest.mark.parametrize(
        ("old", "new", "unit"),
        [
            ("title: Squares", "title: Cubes", ()),
            ("summary: What a", "summary: Where a", ()),
            ("Two words.", "Three words.", ("steps", "first")),
            ("Look again.", "Look closer.", ("steps", "first")),
            ('["yes", "no"]', '["yes", "no", "or"]', ("steps", "first")),
            ("then: Go on.", "then: Wait.", ("steps", "first")),
            ("More words.", "Fewer words.", ("steps", "second")),
            ("say: It is small.", "say: It is tiny.", ("exercise",)),
            ("hints: [Look., Write.]", "hints: [See., Write.]", ("exercise",)),
            ("forbid: {data: It hides.}", "forbid: {data: It lies.}", ("exercise",)),
        ],
    )
    def test_a_changed_original_is_shown_instead(self, old: str, new: str, unit: Place) -> None:
        assert ORIGINAL.count(old) == 1
        text, lesson = german(), original(ORIGINAL.replace(old, new))
        if "or" in new.split('"'):
            text = text.replace("[ja, nein]", "[ja, nein, oder]")
        (gap,) = gaps(text, lesson)
        before, now = (fingerprint(each, unit) for each in (original(), lesson))
        name = ".".join(map(str, unit)) or "title and summary"
        assert gap == (
            f"{place_of(before, text)}: {name}: the original has changed since, so it is shown "
            f"instead; compare the two, then write of: {now}"
        )

    def test_only_the_changed_part_is_the_original(self) -> None:
        lesson = original(ORIGINAL.replace("Two words.", "Three words."))
        found = read(german(), lesson)
        assert found.steps[0] == lesson.steps[0]
        assert found.steps[1].title == "Der zweite"
        assert found.title == "Quadrate"

    def test_code_and_line_breaks_may_change(self) -> None:
        text = ORIGINAL.replace("Two words.", "Two\n      words.").replace("y = 2", "y = 3")
        assert gaps(german(), original(text)) == []

    def test_without_a_fingerprint_the_original_is_shown(self) -> None:
        now = fingerprint(original(), ("steps", "second"))
        text = changed(f"    of: {now}\n", "")
        (gap,) = gaps(text)
        at = place_of("title: Der zweite", text)
        assert gap == (
            f"{at}: steps.second: there is no of, so the original is shown; "
            f"once it is translated, write of: {now}"
        )
        assert read(text).steps[1].title == "The second"

    def test_yaml_takes_a_fingerprint_for_a_text(self) -> None:
        """Whatever the texts are: no digits, and no vowels of true, yes or null."""
        for number in range(200):
            lesson = replace(original(), title=f"Title {number}")
            assert set(fingerprint(lesson, ())) <= set("bcdfghjklmnpqrst")


class TestProblems:
    @pytest.mark.parametrize(
        ("old", "new", "at", "problem"),
        [
            ("title: Quadrate", "titel: Quadrate", "titel",
             'the translation has an unknown key "titel"; did you mean title?'),
            ("  second:", "  secnd:", "secnd",
             'steps has an unknown key "secnd"; did you mean second?'),
            ("  second:", "  second: {}\n  second:", "second:\n",
             "second is there twice, first at line 18; remove one of the two"),
            ("    explain: Mehr", "    explan: Mehr", "explan:",
             'steps.second has an unknown key "explan"; did you mean explain?'),
            ("    explain: Mehr Worte.", "    code: y = 3", "code",
             'steps.second has an unknown key "code"; known are of, title, explain'),
            ("    one: ", "    ones: ", "ones",
             'exercise.mistakes has an unknown key "ones"; did you mean one?'),
            ("forbid: {data:", "forbid: {date:", "date",
             'exercise.forbid has an unknown key "date"; did you mean data?'),
            ("wrong: {9:", "wrong: {8:", "8:",
             'steps.first.predict[1].wrong has an unknown key "8"; known are 9'),
            ("    - Es ist klein.", "    - Es ist klein.\n    - Noch einer.", "Noch einer",
             "exercise.check has more items than the 2 of the original; remove this one"),
            ("[ja, nein]", "[ja]", "[ja]",
             "steps.first.predict[0].choices: 1 of 2 choices are translated; "
             "translate all of them, in their order"),
            ("[ja, nein]", "[ja, ja]", "[ja, ja]",
             'steps.first.predict[0].choices has "ja" twice; choices differ: use other words'),
            ("x ist {x}.", "x ist {y}.", '"Nicht',
             "exercise.check[0] fills in {y}, which the original does not; "
             "leave what stands in { } as it is in the original"),
            ("x ist {x}.", "fehlt.", '"Nicht',
             "exercise.check[0] does not fill in {x}, which the original does; "
             "leave what stands in { } as it is in the original"),
            ("x ist {x}.", "x ist {x}, ja, {x}.", '"Nicht',
             "exercise.check[0] fills in {x}, which the original does not; "
             "leave what stands in { } as it is in the original"),
            ("{2:d}", "{2:f}", '"Nicht',
             "exercise.check[0] fills in {2:f}, which the original does not; "
             "leave what stands in { } as it is in the original"),
            ('"{x} ist 1."', '"{x ist 1."', "{x ist",
             "exercise.mistakes.one cannot be filled in: expecting '}'; "
             "correct what stands in { }, or write {{ and }} for braces"),
            ("title: Der zweite", "title: 2", "2\n    explain",
             'steps.second.title is 2, which YAML takes for a number; put it in quotes: "2"'),
            ("title: Der zweite", "title: |\n      Der\n      zweite", "|\n      Der",
             "steps.second.title is longer than one line; write it on one line"),
            ("explain: Mehr Worte.", "explain: ''", "''",
             "steps.second.explain is empty; write something, or remove the key"),
            ("hints: [Sieh hin., Schreib.]", "hints: Sieh hin.", "Sieh hin.",
             'exercise.hints is a text, not a list; put "- " before each item'),
            ("forbid: {data: Es versteckt.}", "forbid: nichts", "nichts",
             "exercise.forbid is a text, not a set of fields; write fields such as data: …"),
        ],
    )  # fmt: skip
    def test_each_is_reported_where_it_is(self, old: str, new: str, at: str, problem: str) -> None:
        text = changed(old, new)
        assert f"{place_of(at, text)}: {problem}" in problems(text)

    def test_all_are_reported_at_once(self) -> None:
        text = german().replace("title: Q", "titel: Q").replace("[ja, nein]", "[ja]")
        assert len(problems(text)) == 2

    def test_an_empty_file_is_a_problem(self) -> None:
        assert problems("# nothing\n") == [
            "1:1: there is nothing in the file; begin it with: title: …"
        ]

    def test_a_list_is_no_translation(self) -> None:
        (problem,) = problems("- a\n")
        assert problem.startswith("1:1: the translation is a list, not a set of fields")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The learner's own folder, with a lesson in two languages and one in English alone."""
    folder = tmp_path / "own"
    folder.mkdir()
    monkeypatch.setenv(library.OWN_FOLDER_VARIABLE, str(folder))
    (folder / "01-squares.yaml").write_text(ORIGINAL)
    (folder / "01-squares.de.yaml").write_text(german())
    (folder / "02-other.yaml").write_text(ORIGINAL.replace("Squares", "Others"))
    (folder / "chapters.de.yaml").write_text("Numbers: Zahlen\n")
    return folder


def titles() -> list[str]:
    return [each.title for each in Catalogue().summaries() if each.own]


class TestFiles:
    def test_a_translation_is_no_lesson_of_its_own(self, folder: Path) -> None:
        (folder / "03-alone.de.yaml").write_text(ORIGINAL)
        names = [path.name for path in library.lesson_files(folder)]
        assert names == ["01-squares.yaml", "02-other.yaml", "03-alone.de.yaml"]

    def test_the_lesson_is_read_in_the_first_language_that_it_is_there_in(
        self, folder: Path
    ) -> None:
        path = folder / "01-squares.yaml"
        assert library.load(path).title == "Squares"
        for codes in (("de",), ("de_AT", "de"), ("fr", "de"), ("de", "fr")):
            language.use(codes)
            lesson = library.load(path)
            assert (lesson.title, lesson.chapter) == ("Quadrate", "Zahlen")
            assert (lesson.id, lesson.path) == ("squares", path)
            assert library.progress_key(lesson) == "squares"
        language.use(("fr",))
        assert library.load(path).title == "Squares"

    def test_what_is_not_translated_has_its_chapter_at_least(self, folder: Path) -> None:
        language.use(("de",))
        lesson = library.load(folder / "02-other.yaml")
        assert (lesson.title, lesson.chapter, lesson.unfit_translation) == ("Others", "Zahlen", "")

    def test_no_other_file_is_looked_for_in_english(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = folder / "01-squares.yaml"
        monkeypatch.setattr(library, "in_course", lambda _: True)  # read it here
        asked: list[str] = []
        for name in ("stat", "open", "listdir", "scandir"):
            real = getattr(os, name)

            def noting(what: object, *rest: object, _real: object = real, **more: object) -> object:
                asked.append(os.path.basename(os.fspath(what)))  # type: ignore[call-overload]
                return _real(what, *rest, **more)  # type: ignore[operator]

            monkeypatch.setattr(os, name, noting)
        assert library.load(path).title == "Squares"
        assert set(asked) == {"01-squares.yaml"}
        asked.clear()
        language.use(("de",))
        assert library.load(path).title == "Quadrate"
        assert "01-squares.de.yaml" in asked

    def test_the_version_is_another_when_a_translation_is(self, folder: Path) -> None:
        path, beside = folder / "01-squares.yaml", folder / "01-squares.de.yaml"
        plain = library.version(path)
        language.use(("de",))
        lesson = library.load(path)
        assert lesson.version == library.version(path) == library.version(beside) != plain
        assert not library.changed(lesson)
        beside.write_text(german().replace("Quadrate", "Vierecke"))
        assert library.changed(lesson)
        lesson = library.load(path)
        assert lesson.title == "Vierecke"
        beside.unlink()
        assert library.changed(lesson)

    def test_a_translation_with_problems_is_left_out_and_the_lesson_says_so(
        self, folder: Path
    ) -> None:
        (folder / "01-squares.de.yaml").write_text("titel: Quadrate\n")
        language.use(("de",))
        lesson = library.load(folder / "01-squares.yaml")
        assert lesson.title == "Squares"
        assert key_messages.untranslated(lesson) == (
            "01-squares.de.yaml has problems, so this is the original: "
            "autograd-tutor check 01-squares.de.yaml"
        )

    def test_named_itself_its_problems_are_problems(self, folder: Path) -> None:
        path = folder / "01-squares.de.yaml"
        assert library.load(path).title == "Quadrate"
        path.write_text("titel: Quadrate\n")
        with pytest.raises(LessonError) as caught:
            library.load(path)
        assert caught.value.problems[0].path == path
        (folder / "01-squares.yaml").write_text("format: 2\n")
        with pytest.raises(LessonError) as caught:
            library.load(path)
        assert caught.value.problems[0].path == folder / "01-squares.yaml"

    def test_names_of_chapters_with_problems_are_left_out(self, folder: Path) -> None:
        (folder / "chapters.de.yaml").write_text("- Numbers\n")
        language.use(("de",))
        assert library.load(folder / "01-squares.yaml").chapter == "Numbers"
        (gap,) = library.load(folder / "01-squares.de.yaml").gaps
        assert gap.path == folder / "chapters.de.yaml"

    def test_a_chapter_without_a_name_is_missing(self, folder: Path) -> None:
        (folder / "chapters.de.yaml").write_text("Figures: Figuren\n")
        (gap,) = library.load(folder / "01-squares.de.yaml").gaps
        assert str(gap).endswith(
            '01-squares.de.yaml:1:1: the chapter "Numbers" has no name in this language; '
            "write it into chapters.de.yaml, beside this file: Numbers: …"
        )

    def test_a_script_has_no_translation(self, folder: Path) -> None:
        (folder / "a.py").write_text("x = 1\n")
        (folder / "a.py.de.yaml").write_text("title: A\n")
        language.use(("de",))
        assert library.load(folder / "a.py").title == lesson_file.read(folder / "a.py").title

    def test_all_translations_of_a_lesson_are_found(self, folder: Path) -> None:
        (folder / "01-squares.fr.yaml").write_text("")
        (folder / "01-squares.old.yaml.bak").write_text("")
        found = translation_file.translations_of(folder / "01-squares.yaml")
        assert [path.name for path in found] == ["01-squares.de.yaml", "01-squares.fr.yaml"]


class TestLists:
    def test_titles_summaries_and_chapters_are_translated(self, folder: Path) -> None:
        language.use(("de",))
        first, second = (each for each in Catalogue().summaries() if each.own)
        assert (first.title, first.summary) == ("Quadrate", "Was ein Quadrat ist")
        assert first.chapter == second.chapter == "Zahlen"
        assert second.title == "Others"

    def test_translated_words_are_found(self, folder: Path) -> None:
        language.use(("de",))
        hits = search.search(Catalogue().summaries(), "mehr worte")
        assert [(hit.lesson.id, hit.step_id) for hit in hits] == [("squares", "second")]

    def test_each_language_has_its_kept_summaries(self, folder: Path, tmp_path: Path) -> None:
        state = tmp_path / "state"

        def read() -> tuple[list[str], list[str]]:
            catalogue = Catalogue(state)
            read = [path.name for path in catalogue.read() if path.parent == folder]
            return read, [each.title for each in catalogue.listed() if each.own]

        files = ["01-squares.yaml", "02-other.yaml"]
        assert read() == (files, ["Squares", "Others"])
        language.use(("de",))
        assert read() == (files, ["Quadrate", "Others"])
        assert read() == ([], ["Quadrate", "Others"])
        language.use(())
        assert read() == ([], ["Squares", "Others"])
        assert sorted(path.name for path in state.iterdir()) == [
            summary_file.FILE_NAME,
            f"{summary_file.FILE_NAME}.de",
        ]

    def test_a_changed_translation_is_read_again(self, folder: Path, tmp_path: Path) -> None:
        language.use(("de",))
        state = tmp_path / "state"
        Catalogue(state).summaries()
        (folder / "01-squares.de.yaml").write_text(german().replace("Quadrate", "Vierecke"))
        catalogue = Catalogue(state)
        assert [path.name for path in catalogue.read()] == ["01-squares.yaml"]
        assert [each.title for each in catalogue.listed() if each.own] == ["Vierecke", "Others"]


def paragraphs(text: str) -> list[list[str]]:
    return [each.split() for each in text.strip().split("\n\n")]


class TestStarter:
    def test_it_has_every_text_and_shows_the_original_until_it_is_translated(
        self, folder: Path
    ) -> None:
        path = folder / "02-other.de.yaml"
        starter.start(path)
        lesson = library.load(path)
        assert [each.message for each in lesson.gaps] == [
            "title and summary: there is no of, so the original is shown",
            "steps.first: there is no of, so the original is shown",
            "steps.second: there is no of, so the original is shown",
            "exercise: there is no of, so the original is shown",
        ]
        path.write_text(path.read_text().replace("# of: ", "of: "))
        done = library.load(path)
        assert done.gaps == ()
        own = library.load(folder / "02-other.yaml", languages=())
        assert texts_of(done).keys() == texts_of(own).keys()
        for place, text in texts_of(own).items():
            assert texts_of(done)[place].text.split() == text.text.split(), place

    @pytest.mark.parametrize("source", library.course_files(), ids=lambda path: path.stem)
    def test_so_it_is_for_every_lesson(self, source: Path) -> None:
        own = library.load(source, languages=())
        path = source.with_name(language.translated_name(source.name, "nl"))
        from autograd_tutor.course.translation_starter import skeleton

        text = skeleton(own, path).replace("# of: ", "of: ")
        assert max(map(len, text.split("\n"))) <= 120
        done = translation.read(text.encode(), path, own)
        assert done.gaps == ()
        for place, each in texts_of(own).items():
            assert paragraphs(texts_of(done)[place].text) == paragraphs(each.text), place

    def test_one_that_is_there_is_left_as_it_is(self, folder: Path) -> None:
        before = (folder / "01-squares.de.yaml").read_text()
        with pytest.raises(NotStarted, match="It is there already"):
            starter.start(folder / "01-squares.de.yaml")
        assert (folder / "01-squares.de.yaml").read_text() == before

    def test_without_an_original_it_is_a_lesson(self, folder: Path) -> None:
        starter.start(folder / "09-new.de.yaml")
        assert library.load(folder / "09-new.de.yaml").steps
