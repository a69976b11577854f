"""What `check` finds when lessons are run: each fault at its place, with its mend."""

from __future__ import annotations

import shlex
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest
from made import result, snapshot

from autograd_tutor import check
from autograd_tutor.checking.findings import TRUNCATED_WORDS
from autograd_tutor.course import library
from autograd_tutor.course.catalogue import Catalogue
from autograd_tutor.course.location import Location
from autograd_tutor.course.model import Lesson, Locations, Step
from autograd_tutor.course.saved import origin_of
from autograd_tutor.course.target import Target
from autograd_tutor.listing import rows
from autograd_tutor.progress import Seen
from autograd_tutor.recording.kinds import Truncated
from autograd_tutor.recording.model import Error
from autograd_tutor.recording.trace import Recording
from autograd_tutor.recording.wire import ResultRecord
from autograd_tutor.render.outcome import TRUNCATED

HEAD = """\
format: 1
title: A title
summary: One line
setup: |
  import torch
steps:
"""


def step(code: str, *rest: str, step_id: str = "a") -> str:
    """A step; its code begins 5 lines below its first, at column 7."""
    lines = "".join(f"      {line}\n" for line in code.split("\n"))
    tail = "".join(f"    {line}\n" for line in rest)
    return f"  - id: {step_id}\n    title: t\n    explain: x\n\n    code: |\n{lines}{tail}"


LESSONS = {
    "good": HEAD + step("x = torch.ones(2)", "graph: x", "watch: [x]", "expect: [x.sum() == 2]"),
    "fails": HEAD + step("x = 1\ny = x / 0\nz = 3") + step("q = z", step_id="b"),
    "fails-in-function": HEAD + step("def f():\n    return 1 / 0\n\nx = 1\nx = f()"),
    "false": HEAD + step("x = 1", "expect:", "  - x == 1", "  - x == 2", '  - "x > 5"'),
    "unevaluable": HEAD + step("x = 1", "expect: [nope == 1]") + step("y", step_id="b"),
    "not-raised": HEAD + step("x = 1", "raises: ValueError"),
    "raised": HEAD + step("x = 1\n1 / 0", "raises: ArithmeticError", "expect: [x == 1]"),
    "raised-and-false": HEAD + step("1 / 0", "raises: ArithmeticError", "expect: [1 == 2]"),
    "raised-another": HEAD + step("int('x')", "raises: KeyError"),
    "no-such-names": HEAD
    + step("loss = torch.ones(2)\nlimit = 3", "graph: los", "watch: [loss, qqqqq]"),
    "graph-of-a-number": HEAD + step("x = 3", "graph: x"),
    "names-inside": HEAD
    + step(
        "m = torch.nn.Linear(2, 1)\nws = [torch.ones(2)]\ndef f():\n    t = m.weight * 2\n"
        "    return t\ny = f()",
        'watch: ["m", "m.weight", "ws[0]", ws, "f().t"]',
        'graph: "f().t"',
    ),
    "plots": HEAD
    + step(
        "w = torch.tensor([1.0], requires_grad=True)\nloss = (w * w).sum()\nlr = 0.5\n"
        "loss.backward()",
        "plot: {curve: [loss, w.grad, lr]}",
    )
    + step(
        "x = 1", 'plot: {function: "lambda t: t * w.sum()", at: w, from: -1, to: 1}', step_id="b"
    ),
    "no-such-curve": HEAD
    + step("loss = torch.ones(2)", "plot: {curve: [loss, los, loss.grad]}")
    + step("word = 'two'", "plot: {curve: word}", step_id="b"),
    "bad-function": HEAD
    + step("w = 1.0", 'plot: {function: "lambda t: t.nope", at: w, from: -1, to: 1}')
    + step("pass", "plot: {function: torch.sin, at: ww, from: -1, to: 1}", step_id="b")
    + step("pass", 'plot: {function: "lambda t: 3", at: w, from: -1, to: 1}', step_id="c"),
    "setup": HEAD.replace("import torch", "import torch\n\n  1 / 0") + step("x = 1"),
    "exits": HEAD + step("x = 1\nimport os\nos._exit(3)\ny = 2"),
    "endless": HEAD.replace("setup:", "limits: {seconds: 1.0}\nsetup:")
    + step("x = 1\nwhile True:\n    pass"),
    "truncated": HEAD.replace("setup:", "limits: {snapshots: 20}\nsetup:")
    + step("x = 0\nfor i in range(50):\n    x += 1", "expect: [x == 50]"),
    "floods": HEAD.replace("setup:", "limits: {output: 100}\nsetup:")
    + step("print('x' * 5000)", "expect: []"),
    "changed-in-place": HEAD
    + step(
        "w = torch.ones(2, requires_grad=True)\ny = w.exp()\nz = y.sum()\ny.mul_(2)\nz.backward()"
    ),
    "invalid": HEAD + "  - id: a\n",
}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], list[str]]:
    """All of LESSONS, checked in one go; called with a name it gives that lesson's problems."""
    folder = tmp_path_factory.mktemp("lessons")
    for name, text in LESSONS.items():
        (folder / f"{name}.yaml").write_text(text)
    count, problems = check.run([folder])
    assert count == len(LESSONS)

    def of(name: str) -> list[str]:
        path = folder / f"{name}.yaml"
        return [str(each).removeprefix(f"{path}:") for each in problems if each.path == path]

    return of


Found = Callable[[str], list[str]]


class TestWhatIsFound:
    @pytest.mark.parametrize("name", ["good", "raised", "names-inside", "plots"])
    def test_nothing_where_nothing_is_wrong(self, found: Found, name: str) -> None:
        assert found(name) == []

    def test_a_failing_step_at_its_line_and_none_of_what_follows(self, found: Found) -> None:
        assert found("fails") == [
            "13:7: the step fails: ZeroDivisionError: division by zero; correct the code, "
            "or write raises: ZeroDivisionError if it is meant to fail"
        ]

    def test_a_function_that_fails_at_the_line_that_calls_it(self, found: Found) -> None:
        (only,) = found("fails-in-function")
        assert only.startswith("16:7: the step fails: ZeroDivisionError")

    def test_every_expectation_that_is_false_at_its_own_place(self, found: Found) -> None:
        assert found("false") == [
            "15:9: expect: x == 2 is False; correct it, or the code that it is about",
            "16:10: expect: x > 5 is False; correct it, or the code that it is about",
        ]

    def test_an_expectation_that_does_not_evaluate_and_the_steps_after_it(
        self, found: Found
    ) -> None:
        first, second = found("unevaluable")
        assert first.startswith("13:14: expect: nope == 1 does not evaluate: NameError: ")
        assert second.startswith("19:7: the step fails: NameError: name 'y' is not defined")

    def test_an_exception_that_is_not_raised(self, found: Found) -> None:
        assert found("not-raised") == [
            "13:13: the step did not raise ValueError; remove raises, or make the code fail so"
        ]

    def test_what_is_false_after_a_failure_that_is_meant(self, found: Found) -> None:
        (only,) = found("raised-and-false")
        assert only.startswith("14:14: expect: 1 == 2 is False;")

    def test_another_exception_than_the_one_meant(self, found: Found) -> None:
        (only,) = found("raised-another")
        assert only.startswith("12:7: the step raised ValueError: invalid literal")
        assert only.endswith("not KeyError; correct the code, or write raises: ValueError")

    def test_names_that_do_not_exist(self, found: Found) -> None:
        assert found("no-such-names") == [
            '14:12: graph: there is no "los" after the step; did you mean loss?',
            '15:19: watch: there is no "qqqqq" after the step; name a variable of the lesson',
        ]

    def test_a_graph_of_what_is_no_tensor(self, found: Found) -> None:
        (only,) = found("graph-of-a-number")
        assert only.startswith('13:12: graph: "x" is no tensor;')

    def test_a_curve_of_what_is_no_number(self, found: Found) -> None:
        assert found("no-such-curve") == [
            '13:26: curve: there is no "los" after the step; did you mean loss?',
            '13:31: curve: there is no "loss.grad" after the step; did you mean loss?',
            '20:19: curve: "word" is no number; name a variable of the lesson',
        ]

    def test_functions_that_cannot_be_drawn(self, found: Found) -> None:
        first, second, third = found("bad-function")
        assert first == (
            "13:23: plot: the function fails: AttributeError: 'Tensor' object has no attribute "
            "'nope'; write a function of one number that torch can differentiate"
        )
        assert second.startswith('20:37: plot: "ww" is no single number in the step;')
        assert third.startswith("27:23: plot: the function gives no tensor but int;")

    def test_setup_that_fails(self, found: Found) -> None:
        (only,) = found("setup")
        assert only == "7:3: setup fails: ZeroDivisionError: division by zero; correct it here"

    def test_a_process_that_ends_at_the_line_that_ended_it(self, found: Found) -> None:
        (only,) = found("exits")
        assert only.startswith("14:7: the snippet ended its process with exit status 3; take the")

    def test_a_loop_without_end(self, found: Found) -> None:
        (only,) = found("endless")
        place, _, reported = only.partition(": ")
        assert place in ("14:7", "15:7")
        assert reported.startswith("the step was stopped after 1 s; shorten the work")

    def test_a_recording_that_is_cut(self, found: Found) -> None:
        assert found("truncated") == [
            "13:7: the step has more snapshots than the limit of 20; "
            "do less in one step, so that all of it is recorded"
        ]

    def test_output_that_is_cut(self, found: Found) -> None:
        (only,) = found("floods")
        assert only.startswith("13:7: the step prints more than the limit of 100 bytes;")

    def test_a_long_message_of_torch_comes_to_its_point(self, found: Found) -> None:
        (only,) = found("changed-in-place")
        assert only.startswith("16:7: the step fails: RuntimeError: one of the variables needed")
        assert "is at version 1; expected version 0 instead" in only
        assert only.endswith("or write raises: RuntimeError if it is meant to fail")

    def test_a_file_that_cannot_be_loaded_is_not_run(self, found: Found) -> None:
        assert len(found("invalid")) == 3


class TestPaths:
    def test_a_path_that_does_not_exist(self, tmp_path: Path) -> None:
        count, problems = check.run([tmp_path / "none.yaml"])
        assert count == 0
        assert [str(each) for each in problems] == [
            f"{tmp_path}/none.yaml:1:1: there is no such file; check its path"
        ]

    def test_a_folder_without_lessons(self, tmp_path: Path) -> None:
        count, problems = check.run([str(tmp_path)])
        assert count == 0
        assert [str(each) for each in problems] == [
            f"{tmp_path}:1:1: there is no lesson in this folder; a lesson's file ends in .yaml"
        ]

    def test_folders_are_searched_in_order_and_hidden_ones_are_not(self, tmp_path: Path) -> None:
        for name in ("b/2.yaml", "b/1.yaml", "a/3.yaml", ".venv/4.yaml", "b/notes.txt"):
            path = tmp_path / name
            path.parent.mkdir(exist_ok=True)
            path.write_text("")
        count, problems = check.run([tmp_path, tmp_path / "b" / "1.yaml"])
        assert count == 3
        names = [each.path.relative_to(tmp_path).as_posix() for each in problems]
        assert names == ["a/3.yaml", "b/1.yaml", "b/2.yaml"]

    def test_two_files_of_one_id(self, tmp_path: Path) -> None:
        for name in ("01-same.yaml", "02-same.yaml"):
            (tmp_path / name).write_text("")
        _, problems = check.run([tmp_path])
        assert f'{tmp_path}/02-same.yaml:1:1: its id "same" is taken by 01-same.yaml' in str(
            [str(each) for each in problems]
        )

    def test_a_script_can_be_checked(self, tmp_path: Path) -> None:
        path = tmp_path / "script.py"
        path.write_text("# %% One\nx = 1\n# %% Two\n# About it.\n\ny = x / 0\n")
        count, problems = check.run([path])
        assert count == 1
        assert [(each.line, each.column) for each in problems] == [(6, 1)]
        assert problems[0].mend == "correct the code"  # a script has no place for raises

    def test_without_a_path_the_course_is_checked(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(library, "bundled_folder", lambda: tmp_path / "nowhere")
        count, problems = check.run()
        assert count == 0
        assert problems[0].message == "there is no such file"

    @pytest.fixture
    def own(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """The learner's own folder with a broken lesson, besides a course of one lesson."""
        course, own = tmp_path / "course", tmp_path / "own"
        for folder, name, text in (
            (course, "01-sums.yaml", LESSONS["good"]),
            (own, "02-broken.yaml", LESSONS["invalid"]),
            (own, "sums.yaml", LESSONS["good"]),
        ):
            folder.mkdir(exist_ok=True)
            (folder / name).write_text(text)
        monkeypatch.setattr(library, "bundled_folder", lambda: course)
        monkeypatch.setenv("AUTOGRAD_TUTOR_LESSONS", str(own))
        (tmp_path / "broken").mkdir()  # a lesson is meant by its id, whatever else has the name
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("HOME", str(tmp_path))
        return own

    def test_without_a_path_the_own_lessons_are_checked_too(self, own: Path) -> None:
        count, problems = check.run()
        assert count == 3
        assert {each.path for each in problems} == {own / "02-broken.yaml", own / "sums.yaml"}

    @pytest.mark.parametrize(
        "target",
        ["broken", "02-broken", "02-broken.yaml", "own/02-broken.yaml", "~/own/02-broken.yaml"],
    )
    def test_every_way_to_name_a_lesson(self, own: Path, target: str) -> None:
        count, problems = check.run([target])
        assert count == 1
        assert [each.path.resolve() for each in problems] == [own / "02-broken.yaml"] * 3

    @pytest.mark.parametrize("target", ["sums", "own/sums.yaml", "~/own/../own/sums.yaml"])
    def test_an_id_that_the_course_has_taken(self, own: Path, target: str) -> None:
        _, (clash,) = check.run([target])
        assert clash.path.resolve() == own / "sums.yaml"
        assert clash.message == 'its id "sums" is taken by 01-sums.yaml'

    def test_what_the_list_says_of_a_lesson_that_cannot_be_opened_is_found(self, own: Path) -> None:
        (own / "d.py.yaml").write_text("")
        (own / "two words.yaml").write_text("")
        summaries = Catalogue().summaries()
        listed = [line.text for line in rows(summaries, defaultdict(Seen), None, None)]
        commands = [line.partition("autograd-tutor ")[2] for line in listed if "says more" in line]
        assert len(commands) == 4
        for command in commands:
            _, *paths = shlex.split(command.removesuffix(" says more"))
            assert paths
            assert check.run(paths)[1], command

    def test_a_name_of_nothing(self, own: Path) -> None:
        count, (problem,) = check.run(["brokem"])
        assert count == 0
        assert str(problem).startswith(
            "brokem:1:1: there is no lesson, file or folder of this name; did you mean"
        )


def test_every_limit_has_its_words() -> None:
    assert TRUNCATED_WORDS.keys() == TRUNCATED.keys() == set(get_args(Truncated))


class TestEditedCode:
    """Nothing that the lesson says is expected of code that was edited before it was recorded."""

    @staticmethod
    def examined(**ended: object) -> list[str]:
        at = Location(9, 7)
        locations = Locations(Location(5), at, at, at, (at,), (at,))
        own = Step(
            id="a", title="A", explain="", code="w = 1\n", graph="w", watch=("v",),
            expect=("w == 1",), raises="ValueError", first_line=11, locations=locations,
        )  # fmt: skip
        lesson = Lesson("made", Path("made.yaml"), "Made up", "", "", (own,))
        recording = Recording(origin_of(lesson, "2.13.0", ("b = 1\nb / 0\n",)))
        recording.begin(0, "b = 1\nb / 0\n", own.first_line).add(snapshot(0))
        recording.add(ResultRecord(result(**ended)))
        return [str(problem) for problem in check.examine([Target(lesson, recording)])]

    def test_it_may_do_something_else(self) -> None:
        assert self.examined() == []

    def test_where_it_fails_is_no_line_of_the_lessons_file(self) -> None:
        error = Error("ZeroDivisionError", "division by zero", 2, "")
        assert self.examined(ok=False, error=error) == [
            "made.yaml:9:7: in made.yaml, the edited code of the step fails in line 12: "
            "ZeroDivisionError: division by zero; correct that code and record it again"
        ]
