"""The program's own messages: every one can be translated, and the German ones fit the English."""

from __future__ import annotations

import ast
import json
import re
import string
import subprocess
import sys
from collections.abc import Iterator

import pytest
from found_messages import FOLDER, PACKAGE, all_messages, catalogue, found_in, missing

from autograd_tutor import messages
from autograd_tutor.messages import _, count, plural
from autograd_tutor.render.styles import HEAT_PARTS, STYLES

MESSAGES = all_messages()
LANGUAGES = messages.languages()

STYLE_NAMES = {*STYLES, "strong", *HEAT_PARTS}

COLOURS = re.compile(r"[0-9a-f]{6}( [0-9a-f]{6})+")

WHOLE = ("ui", "playing", "render", "dialogue")
"""The packages in which everything that a learner reads is a message."""

NO_MESSAGES = {
    "dialogue/looks.py": {"the End key"},
    "dialogue/review.py": {"not asked"},
    "dialogue/session.py": {"autograd-tutor: {}"},
    "playing/exercises.py": {"not yet"},
    "playing/guesses.py": {"none of them"},
    "playing/happenings.py": {"recording failed"},
    "playing/question_words.py": {r"\bgrad_fn\b|\bnext_functions\b|\bgraph of\b|Backward\d"},
    "playing/review.py": {"not asked"},
    "playing/saved_run.py": {"no recording, or one without an origin"},
    "render/explanation.py": {"<br */?>"},
    "render/findings/asked_view.py": {"no graph"},
    "render/findings/finding_words.py": {
        "the loss",
        "the optimizer",
        "a leaf",
        "a view",
        "a tensor",
        "an input",
        "its root",
        "its result",
        "several times",
        r"(?P<count>\d+) times",
        "the pass in line (?P<line>.+)",
        "an earlier pass in line (?P<line>.+)",
        r"input is (?P<value>\S+)",
        r"divisor is (?P<value>\S+)",
        r"result is (?P<value>\S+)",
        r"(?P<names>`.+`) and (?P<count>\d+) more",
    },
    "render/findings/why_none_words.py": {
        "in transforms",
        "no leaf",
        "no pass",
        "nothing sent",
        "under way",
        "no path",
        "requires no grad",
    },
    "render/glossary.py": {"shape of ", "shape of self"},
    "render/headline.py": {" autograd-tutor "},
    "render/identity_words.py": {"earlier "},
    "render/operation_entry.py": {"custom Function", "saved tensor", "vector-Jacobian product"},
    "render/outcome.py": {"builtins changed", "recording failed", "tracing replaced"},
    "render/phrases.py": {
        "its saved tensors are not read: that would run saved_tensors_hooks, as checkpointing has",
        "its saved tensors are not read: that might run saved_tensors_hooks",
        "its saved tensors were freed, or changed in place since they were saved",
        r"(?P<names>.+) was changed in place since it was saved; shown is what it holds now",
    },
    "render/spoken.py": {
        r"(?<![^ (])! (?=[\d,]+ |nan|inf|makes |the |a hook |adding )",
        "`{}` to {}",
    },
    "render/spoken_values.py": {"{}, {}, requires_grad={}{}"},
    "render/tensor_words.py": {
        "(?<=,) (?=(?:size|layout|device|dtype|requires_grad|grad_fn|tangent)=)"
    },
    "ui/edit_screen.py": {"Ctrl-Up Ctrl-Down", "Ctrl-↑ ↓"},
    "ui/help_screen.py": {"Ctrl-Q Ctrl-C"},
    "ui/review_screen.py": {"not asked"},
    "ui/reviewing.py": {"not asked"},
    "ui/session.py": {"autograd-tutor: {}"},
}
"""Texts of two words that a program reads, or names of keys, by module."""

FIRST_SEEN = (
    "ui/keys.py", "ui/lesson_bars.py", "ui/lesson_panes.py", "ui/course_screen.py",
    "ui/help_screen.py", "ui/question_card.py", "ui/edit_screen.py",
    "playing/key_messages.py", "playing/question_words.py", "playing/exercises.py",
    "playing/guessing.py",
    "render/headline.py", "render/sentence.py",
    "render/effect_words.py", "render/statement_words.py", "render/code.py", "render/question.py",
    "render/course.py", "render/tensors.py", "render/graph.py", "render/gradients.py",
)  # fmt: skip
"""What a learner of the first lessons reads comes from these."""


@pytest.fixture
def german() -> Iterator[None]:
    messages.choose(["de"])
    yield
    messages.choose([])


def test_without_a_language_a_text_is_itself() -> None:
    text = "Right."

    assert _(text) is text
    assert plural("one", "many", 1) == "one"
    assert plural("one", "many", 0) == "many"
    assert count(1_000, "node") == "1,000 nodes"
    assert messages.chosen() is None


@pytest.mark.usefixtures("german")
def test_a_language_has_its_own_texts_and_forms() -> None:
    assert _("Right.") == "Richtig."
    assert _("Line {line_number} ran.").format(line_number=3) == "Zeile 3 ist gelaufen."
    assert [count(number, "step") for number in (0, 1, 2)] == [
        "0 Schritte",
        "1 Schritt",
        "2 Schritte",
    ]
    assert messages.chosen() == "de"


@pytest.mark.usefixtures("german")
def test_what_a_language_lacks_is_english() -> None:
    assert _("No such text is in any catalogue.") == "No such text is in any catalogue."
    assert count(2, "zebra") == "2 zebras"


@pytest.mark.parametrize(
    ("codes", "expected"),
    [(["de_AT", "de"], "de"), (["xx", "de"], "de"), (["xx"], None), ([], None)],
)
def test_the_first_language_that_there_is_is_chosen(codes: list[str], expected: str | None) -> None:
    messages.choose(codes)
    try:
        assert messages.chosen() == expected
    finally:
        messages.choose([])


def test_english_reads_no_file_and_imports_nothing() -> None:
    script = (
        "import __future__, collections.abc, os, sys; before = set(sys.modules)\n"
        "from autograd_tutor import messages\n"
        "messages.choose([]); messages._('Right.')\n"
        "print(sorted(set(sys.modules) - before))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert done.stdout == "['autograd_tutor', 'autograd_tutor.messages']\n"


def test_there_are_many_messages_and_german_ones() -> None:
    assert len(MESSAGES) > 1_000
    assert LANGUAGES == ["de"]


@pytest.mark.parametrize("code", LANGUAGES)
def test_no_catalogue_has_a_text_that_the_program_does_not_say(code: str) -> None:
    texts, forms = catalogue(code)

    assert sorted(text for text in texts if text not in MESSAGES) == []
    assert sorted(text for text in forms if MESSAGES[text].many is None) == []
    assert sorted(text for text in texts if MESSAGES[text].many is not None) == []


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_translation_has_the_fields_of_its_text(code: str) -> None:
    texts, forms = catalogue(code)
    pairs = [*texts.items(), *((one, each) for one, forms in forms.items() for each in forms)]

    assert [pair for pair in pairs if _fields(pair[0]) != _fields(pair[1])] == []
    edges = [pair for pair in pairs if _edges(pair[0]) != _edges(pair[1])]
    assert edges == []


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_language_has_a_form_for_each_number(code: str) -> None:
    rule = messages.PLURAL_RULES[json.loads((FOLDER / f"{code}.json").read_text("utf-8"))["plural"]]
    number = 1 + max(map(rule, range(200)))

    assert {len(forms) for forms in catalogue(code)[1].values()} == {number}


def test_what_a_learner_of_the_first_lessons_reads_is_german() -> None:
    left = {text: found.place.partition(":")[0] for text, found in missing("de").items()}

    assert {text for text, module in left.items() if module in FIRST_SEEN} == set()


def test_a_message_is_a_literal() -> None:
    with pytest.raises(ValueError, match="has to be a literal"):
        list(found_in("_(f'{name} is gone')", "a.py"))


@pytest.mark.parametrize("package", WHOLE)
def test_no_text_that_a_learner_reads_is_left_out(package: str) -> None:
    for path in sorted((PACKAGE / package).rglob("*.py")):
        name = str(path.relative_to(PACKAGE))
        found = set(_left_out(path.read_text("utf-8")))

        assert found == NO_MESSAGES.get(name, set()), name


def test_a_text_that_is_left_out_is_found() -> None:
    assert list(_left_out("def f():\n    '''It says so.'''\n    return 'This is said.'")) == [
        "This is said."
    ]
    assert list(_left_out("say(f'Line {number} ran.')")) == ["Line {} ran."]
    assert list(_left_out("say(_('This is said.'), style='failure')")) == []


def _fields(text: str) -> list[tuple[str, str | None, str | None]]:
    parsed = string.Formatter().parse(text)
    return sorted((name, spec, how) for _text, name, spec, how in parsed if name is not None)


def _edges(text: str) -> tuple[str, str]:
    """Blanks at both ends: a text may be set between others."""
    bare = text.strip()
    return text.partition(bare)[0], text.rpartition(bare)[2]


def _left_out(source: str) -> Iterator[str]:
    """Texts of two words and more that are no messages, docstrings or names of styles."""
    tree = ast.parse(source)
    known: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            known.add(node.value)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id in ("_", "plural", "count", "noun", "Words"):
                values = [*node.args, *(each.value for each in node.keywords)]
                known.update(each for value in values for each in ast.walk(value))
        elif isinstance(node, ast.JoinedStr):
            known.update(each for each in node.values if isinstance(each, ast.Constant))
    for node in ast.walk(tree):
        if node in known:
            continue
        if isinstance(node, ast.JoinedStr):
            parts = [each.value if isinstance(each, ast.Constant) else "{}" for each in node.values]
            text = "".join(map(str, parts))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        else:
            continue
        words = text.replace("{}", "").split()
        is_text = " " in text and re.search(r"[A-Za-z]{2}", text) is not None
        if is_text and not (STYLE_NAMES.issuperset(words) or COLOURS.fullmatch(text)):
            yield text
