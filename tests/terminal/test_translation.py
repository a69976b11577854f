"""The program in another language: chosen by the option or by the locale; what is missing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from terminal.commands import Run
from terminal.conftest import Start
from terminal.test_preview import at, save
from terminal.test_walk import quit_program

GERMAN = {"LANG": "de_DE.UTF-8"}

# Texts are looked up when modules are imported: each program is a start of its own.
pytestmark = pytest.mark.starts


@pytest.mark.parametrize(
    ("arguments", "variables"),
    [
        (("--language", "de"), {}),
        (("--language=de_AT",), {"LANG": "en_US.UTF-8"}),
        ((), GERMAN),
        ((), {"LANG": "en_US.UTF-8", "LC_MESSAGES": "de_CH.UTF-8"}),
        ((), {"LANG": "en_US.UTF-8", "LANGUAGE": "nl:de"}),
    ],
)
def test_a_lesson_in_german(
    start: Start, arguments: tuple[str, ...], variables: dict[str, str]
) -> None:
    terminal = start("parameters", *arguments, columns=80, rows=24, **variables)
    terminal.wait_for("Vier Zahlen in zwei Zeilen und zwei Spalten")
    assert "Parameter" in terminal.lines[0]
    quit_program(terminal)


@pytest.mark.parametrize(
    ("arguments", "variables"),
    [
        ((), {}),
        ((), {"LANG": "nl_NL.UTF-8"}),
        (("--language", "en"), GERMAN),
        ((), {"LANG": "C", "LANGUAGE": "de"}),
    ],
)
def test_what_there_is_no_translation_for_is_english(
    start: Start, arguments: tuple[str, ...], variables: dict[str, str]
) -> None:
    terminal = start("parameters", *arguments, **variables)
    terminal.wait_for("Four numbers, two rows, two columns")
    quit_program(terminal)


def test_a_question_with_translated_choices_is_answered(start: Start) -> None:
    terminal = start("leaves", "--language", "de")
    terminal.wait_for("Zwei Arten von Tensoren")
    for key, answer in (("Was ist x.grad[1]", "s"), ("Was wird ausgegeben?", "s")):
        terminal.press("N", "end")
        terminal.wait_for(key)
        terminal.press(answer, "enter")
    terminal.press("N")
    terminal.wait_for("seinen Gradienten zu behalten")
    terminal.press("N")
    terminal.wait_for("Kleine Startwerte")
    terminal.press("end")
    terminal.wait_for("Wird w ein Blatt sein?")
    terminal.press("1", "enter")
    terminal.wait_for("Welcher Tensor hat Gradienten verlangt")
    terminal.press("2", "enter")
    terminal.wait_for("nein")
    terminal.wait_for("Verlangt ein Faktor Gradienten")
    quit_program(terminal)


def test_the_list_is_translated_and_kept_for_each_language(run: Run) -> None:
    for _ in range(2):
        lessons = json.loads(run("list", "--json", **GERMAN).stdout)
        assert [each["title"] for each in lessons[:3]] == [
            "Parameter",
            "Der dynamische Graph",
            "Blätter und der Rest",
        ]
        assert lessons[0]["chapter"] == "Parameter und Graphen"
        assert lessons[-1]["chapter"] == "Die Klinik"
        assert lessons[0]["path"].endswith("01-parameters.yaml")
        english = json.loads(run("list", "--json", "--language", "en", **GERMAN).stdout)
        assert english[2]["title"] == "Leaves and the rest"
        assert [each["id"] for each in english] == [each["id"] for each in lessons]


def test_a_lesson_is_traced_in_german(run: Run) -> None:
    done = run("trace", "parameters", "--language", "de")
    assert done.returncode == 0
    assert "Dieselben Zahlen als Parameter" in done.stdout
    assert done.stderr == ""


def test_an_exercise_is_graded_in_german(run: Run, home: Path) -> None:
    code = (
        "class Affine(torch.nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.scale = torch.nn.Parameter(torch.ones(1))\n"
        "        self.shift = torch.zeros(1)\nm = Affine()\n"
    )
    (home / "mine.py").write_text(code)
    done = run("grade", "parameters", "mine.py", "--json", **GERMAN)
    assert json.loads(done.stdout)["say"] == "`state_dict` enthält ['scale']: `shift` fehlt."


@pytest.fixture
def lesson(run: Run, home: Path) -> Path:
    """A lesson, and its translation to start with."""
    assert run("new", "made.yaml").returncode == 0
    done = run("new", "made.de.yaml")
    assert done.returncode == 0
    assert "autograd-tutor preview made.de.yaml" in done.stdout
    return home / "made.de.yaml"


def test_a_translator_begins_sees_and_tests_a_translation(
    run: Run, start: Start, lesson: Path
) -> None:
    done = run("check", "made.de.yaml")
    assert done.returncode == 1
    assert "made.de.yaml:11:1: title and summary: there is no of, so the original is shown" in (
        done.stdout
    )
    text = lesson.read_text().replace("# of: ", "of: ")
    lesson.write_text(text.replace('"The slope of a square"', '"Die Steigung"'))
    terminal = start("preview", "made.de.yaml")
    terminal.wait_for("Die Steigung")
    save(lesson, '"Die Steigung"', '"Wie steil"')
    terminal.wait_for("Wie steil")
    save(lesson, 'title: "Wie steil"', 'titel: "Wie steil"')
    terminal.wait_for("did you mean title?")
    terminal.wait_for("1 Fehler")
    save(lesson, "titel:", "title:")
    terminal.wait_for(lambda it: "Fehler" not in it.text and "Wie steil" in it.text)
    at(terminal, "Schritt 1/2")
    quit_program(terminal)
    assert run("check", "made.de.yaml").returncode == 0


def test_a_translation_with_problems(run: Run, start: Start, lesson: Path) -> None:
    lesson.write_text("titel: Nein\n")
    done = run("check", "made.yaml")
    assert done.returncode == 1
    assert done.stdout == (
        'made.de.yaml:1:1: the translation has an unknown key "titel"; did you mean title?\n'
    )
    assert "2 files checked: 1 problem." in done.stderr
    done = run("trace", "made.yaml", **GERMAN)
    assert "made.de.yaml hat Fehler, darum siehst du das Original" in done.stderr
    assert "The slope of a square" in done.stdout
    done = run("trace", "made.de.yaml")
    assert done.returncode == 1
    assert "did you mean title?" in done.stderr
    terminal = start("--plain", "made.yaml", **GERMAN)
    terminal.wait_for("made.de.yaml hat Fehler, darum siehst du das Original")
    terminal.send(b"quit\r")
    terminal.wait_end()


def test_the_language_has_to_be_one(run: Run) -> None:
    done = run("list", "--language", "German")
    assert done.returncode == 2
    assert done.stderr == (
        "autograd-tutor: --language needs a language's code, as de, not 'German'\n"
    )
