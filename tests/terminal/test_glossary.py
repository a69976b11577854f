"""The glossary as a shell prints it, and at a real terminal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from autograd_tutor.course.glossary import glossary
from terminal.commands import Run
from terminal.conftest import Start
from terminal.lessons import skip_questions
from terminal.test_walk import quit_program


def test_without_a_term_all_are_listed_with_a_sentence(run: Run) -> None:
    done = run("glossary")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    for entry, line in zip(glossary().entries, lines, strict=False):
        assert line.split("  ")[0] == entry.term
        assert line.endswith(entry.short.replace("`", ""))
    assert "autograd-tutor glossary MulBackward0" in lines[-1]


@pytest.mark.parametrize(
    ("term", "first", "sentence"),
    [
        ("leaf", "leaf", "A tensor that no recorded operation has made"),
        ("Leaves", "leaf", "A tensor that no recorded operation has made"),
        ("saved tensor", "saved tensor", "A tensor that a node keeps from the forward pass"),
        ("TBackward0", "TBackward0", "The node of a matrix that was transposed"),
        ("mulbackward0", "MulBackward0", "The node of an operation: element-wise product."),
    ],
)
def test_a_term(run: Run, term: str, first: str, sentence: str) -> None:
    done = run("glossary", term)
    assert (done.returncode, done.stderr) == (0, "")
    assert first in done.stdout.splitlines()[0]
    assert sentence in done.stdout
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize(
    ("term", "words"),
    [
        ("gradent", 'did you mean "gradient"?'),
        ("MullBackward0", 'did you mean "MulBackward0"?'),
        ("qqqqqq", "lists all terms"),
        ("\x1b[31m", "The glossary has no \\x1b[31m"),
    ],
)
def test_an_unknown_term(run: Run, term: str, words: str) -> None:
    done = run("glossary", term)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_two_terms_are_wrong_use(run: Run) -> None:
    done = run("glossary", "leaf", "node")
    assert done.returncode == 2
    assert "autograd-tutor glossary --help" in done.stderr


def test_json(run: Run) -> None:
    every = json.loads(run("glossary", "--json").stdout)
    assert [each["term"] for each in every] == [each.term for each in glossary().entries]
    leaf = json.loads(run("glossary", "leaves", "--json").stdout)
    assert leaf in every
    assert leaf["name"] == "leaf"
    assert leaf["lesson"] == "leaves"
    assert "leaves" in leaf["also"]
    node = json.loads(run("glossary", "tanh", "--json").stdout)
    assert node["term"] == "TanhBackward0"
    assert "`grad · (1 − result²)`" in node["more"]
    assert node["example"] is None


def test_in_a_locale_without_utf8(run: Run) -> None:
    done = run("glossary", "PowBackward0", LC_ALL="C", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert done.stdout.isascii()


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_on_the_screen(start: Start, home: Path, size: tuple[int, int], theme: str) -> None:
    lesson = skip_questions(home, "leaves")
    terminal = start("--theme", theme, lesson, columns=size[0], rows=size[1])
    terminal.wait_for("step 1/")
    terminal.press("d")
    terminal.wait_for("in view")
    assert "▶ leaf" in terminal.text
    terminal.press(*"jacob", "enter")
    terminal.wait_for("It has a row for each output")
    terminal.press("1")
    terminal.wait_for("also: vjp")
    terminal.press("escape")
    terminal.wait_for("It has a row for each output")
    terminal.press("escape")
    terminal.wait_for("▶ Jacobian")
    terminal.press("escape")
    terminal.wait_for("step 1/")
    quit_program(terminal)


@pytest.mark.parametrize(
    ("arguments", "variables"),
    [(["--language", "de"], {}), ([], {"LC_ALL": "de_AT.UTF-8"})],
)
def test_in_german(run: Run, arguments: list[str], variables: dict[str, str]) -> None:
    done = run(*arguments, "glossary", "Blätter", **variables)
    assert done.returncode == 0
    assert done.stdout.startswith("Blatt (leaf)\n")
    assert "aufgezeichnete Operation" in done.stdout
    assert run(*arguments, "glossary", "vmap", **variables).stdout.startswith("vmap\n")
