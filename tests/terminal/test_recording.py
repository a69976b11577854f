"""`record`, and recordings in the place of lessons, as a shell runs them."""

from __future__ import annotations

import gc
import os
import re
import signal
import subprocess
import sys
import threading
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest

from autograd_tutor.recording.recognition import RecordingError
from terminal.commands import FAILS, Run, one_step
from terminal.conftest import Start
from terminal.lessons import HOSTILE, SPIN, WALK, write
from terminal.program import PROGRAM, environment, left_behind, wait_until_gone


def with_torch(code: str, setup: str = "import torch", limits: str = "{}") -> str:
    return one_step(code, limits, setup)


PASSES = """\
w = torch.tensor([2.0, -1.0], requires_grad=True)
def loss(t):
    return (t * t).sum()
value = loss(w)
value.backward(retain_graph=True)
w.register_hook(lambda grad: grad * 2)
value.backward()
(g,) = torch.autograd.grad(loss(w), w)
big = torch.linspace(0, 1, 2000)
for turn in range(3):
    print("turn", turn)
"""
LESSONS = {
    "passes": (with_torch(PASSES), 0),
    "a failure": (FAILS, 1),
    "an error": (with_torch("x = torch.ones(2)\nx @ torch.ones(3)"), 1),
    "an error that ends with a full stop": (with_torch("raise ValueError('No, no.')"), 1),
    "a setup that fails": (with_torch("n = 1", setup="import torch\n1 / 0"), 1),
    "an exit": (with_torch("n = 1\nimport os\nos._exit(3)"), 1),
    "no end": (with_torch("n = 1\nwhile True: pass", limits="{seconds: 1.0}"), 1),
    "too many moments": (with_torch("for n in range(99): pass", limits="{snapshots: 9}"), 0),
    "escape sequences": (HOSTILE, 1),
}
SHORTFALLS = {
    "a failure": [
        "Step 1 is not as expected: n == 2.",
        "Step 2 failed at line 2: ZeroDivisionError: division by zero; the recording ends there.",
    ],
    "an error": ["Step 1 failed at line 2: RuntimeError: "],
    "an error that ends with a full stop": [
        "Step 1 failed at line 1: ValueError: No, no; the recording ends there."
    ],
    "a setup that fails": ["The lesson's setup failed: ZeroDivisionError: division by zero; no "],
    "an exit": ["Step 1 failed: The snippet ended its process with exit status 3."],
    "no end": ["Step 1 failed at line 2: TimeLimit: stopped after 1 s; "],
    "too many moments": ["Step 1: Recording stopped after 8 moments; the last one is"],
    "escape sequences": ["Step 1 failed"],
}


@pytest.fixture
def walk(home: Path, run: Run) -> str:
    """The path of the recording of WALK."""
    assert run("record", write(home, "walk", WALK), "-o", "walk.agt").returncode == 0
    return str(home / "walk.agt")


def without_times(output: str) -> str:
    """What was printed, less the durations."""
    output = re.sub(r"\d+\.\d\d s\b", "… s", output)
    return re.sub(r'"seconds": [-+.e\d]+', '"seconds": …', output)


def test_a_recording_is_written_and_said_in_a_line(home: Path, run: Run) -> None:
    done = run("record", write(home, "walk", WALK), "-o", "walk.agt")
    assert (done.returncode, done.stdout) == (0, "")
    size = (home / "walk.agt").stat().st_size
    assert done.stderr == f"walk.agt: 2 steps, 8 moments, {size} bytes.\n"
    wait_until_gone(home)


@pytest.mark.parametrize("name", LESSONS)
def test_a_recording_is_reported_and_judged_as_the_run_was(home: Path, run: Run, name: str) -> None:
    text, status = LESSONS[name]
    lesson = write(home, "lesson", text)
    recorded = run("record", lesson, "-o", "run.agt")
    assert recorded.returncode == status
    *shortfalls, summary = recorded.stderr.splitlines()
    assert summary.startswith("run.agt: ")
    assert bool(shortfalls) == (name in SHORTFALLS)
    for line, shown in zip(shortfalls, SHORTFALLS.get(name, ()), strict=True):
        assert line.startswith(shown)
    assert "\x1b" not in recorded.stderr
    for options in (("trace", "--backward"), ("trace", "--json"), ("check",)):
        live = run(*options, "lesson.yaml")
        again = run(*options, "run.agt")
        assert again.returncode == live.returncode
        assert without_times(again.stdout).replace(": in run.agt, ", ": ") == without_times(
            live.stdout
        )
        assert again.stderr == live.stderr
        assert "\x1b" not in again.stdout


def test_without_options_too(home: Path, run: Run, walk: str) -> None:
    live, again = run("trace", "walk.yaml"), run("trace", "walk.agt")
    assert without_times(again.stdout) == without_times(live.stdout)


AUDITED = """
import sys
started = []
FORBIDDEN = "subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn", "os.exec", "os.system"
sys.addaudithook(lambda event, _: started.append(event) if event in FORBIDDEN else None)
from autograd_tutor.__main__ import main
status = main(sys.argv[1:])
sys.stdout.flush()
assert not started, started
assert not {"torch", "numpy", "autograd_tutor.kernel"} & set(sys.modules)
sys.exit(status)
"""


@pytest.mark.parametrize(
    "arguments",
    [
        ["trace", "walk.agt"],
        ["trace", "walk.agt", "--backward"],
        ["trace", "walk.agt", "--json"],
        ["check", "walk.agt"],
        ["record", "walk.agt", "-o", "again.agt"],
    ],
)
def test_a_recording_needs_neither_torch_nor_a_kernel(
    home: Path, walk: str, arguments: list[str]
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", AUDITED, *arguments],
        env=environment(home), cwd=home, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr


def test_a_recording_is_known_by_what_it_is(home: Path, run: Run, walk: str) -> None:
    for name in ("walk", "walk.yaml", "walk.txt"):
        (home / name).write_bytes(Path(walk).read_bytes())
        assert "74., 148., 222." in run("trace", name).stdout


def test_a_lesson_comes_before_a_recording_with_its_name(home: Path, run: Run, walk: str) -> None:
    (home / "parameters").write_bytes(Path(walk).read_bytes())
    assert "Lesson parameters" in run("trace", "parameters").stdout
    assert "Lesson walk" in run("trace", "./parameters").stdout


def test_a_recording_of_a_recording_is_the_same(home: Path, run: Run, walk: str) -> None:
    done = run("record", "walk.agt", "-o", "again.agt")
    assert done.returncode == 0
    assert (home / "again.agt").read_bytes() == Path(walk).read_bytes()
    run("record", "walk.agt", "-o", "walk.agt")
    assert (home / "again.agt").read_bytes() == Path(walk).read_bytes()


def test_the_path_to_the_lesson_is_nobodys_business(home: Path, run: Run, walk: str) -> None:
    from autograd_tutor.recording.file import load

    origin = load(Path(walk)).origin
    assert origin is not None
    assert origin.lesson.file == "walk.yaml"


def test_lessons_are_listed_as_before(home: Path, run: Run, walk: str) -> None:
    assert "walk" not in run("list", "--json").stdout.replace("walking", "")


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (["record", "walk.yaml"], "autograd-tutor: name the file: -o walk.agt\n"),
        (["record", "walk.yaml", "-o", "-"], "name the file: -o walk.agt"),
        (["record", "./parameters", "-o", ""], "name the file: -o parameters.agt"),
        (["record", "walk", "-o", "a.agt"], 'did you mean "walk.yaml"?'),
        (["record", "walk.yaml", "-o", "walk.yaml"], "this is no recording, so it is not replaced"),
        (["record", ".", "-o", "a.agt"], "this is a folder"),
        (["trace", "."], "this is a folder"),
        (["recrod", "walk.yaml", "-o", "a.agt"], "no command recrod; did you mean record?"),
        (["walk.yaml", "-o", "a.agt"], "-o belongs to a command: autograd-tutor record TARGET -o"),
        (["record"], "name a script, a lesson or a recording"),
        (["record", "walk.yaml", "-o"], "-o"),
        (["record", "paramters", "-o", "a.agt"], 'did you mean "parameters"'),
        (["record", "none.yaml", "-o", "a.agt"], "none.yaml:1:1: "),
        (["trace", "none.agt"], "none.agt:1:1: there is no such file"),
    ],
)
def test_wrong_use_is_explained(home: Path, run: Run, arguments: list[str], shown: str) -> None:
    write(home, "walk", WALK)
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert shown in done.stderr
    assert 1 <= len(done.stderr.splitlines()) <= 2


@pytest.mark.parametrize(
    ("output", "shown"),
    [
        (".", "this is a folder"),
        ("none/a.agt", "there is no folder"),
        ("/dev/null", "no ordinary"),
        ("spin.yaml", "this is no recording"),
    ],
)
def test_a_file_that_cannot_be_written_is_refused_before_the_run(
    home: Path, run: Run, output: str, shown: str
) -> None:
    done = run("record", write(home, "spin", SPIN), "-o", output)
    assert (done.returncode, done.stdout) == (2, "")
    assert shown in done.stderr
    assert done.stderr.count("\n") == 1


DAMAGED = {
    "cut": lambda data: data[:200],
    "foreign": lambda _: b"format: 1\n",
    "empty": lambda _: b"",
    "newer": lambda data: data[:8] + b"\0\x09" + data[10:],
    "changed": lambda data: data[:150] + b"?" + data[151:],
    "longer": lambda data: data + b"more",
}


@pytest.mark.parametrize("how", DAMAGED)
def test_a_damaged_recording_gets_one_line(home: Path, run: Run, walk: str, how: str) -> None:
    (home / "bad.agt").write_bytes(DAMAGED[how](Path(walk).read_bytes()))
    for arguments in (["trace", "bad.agt"], ["record", "bad.agt", "-o", "a.agt"]):
        done = run(*arguments)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith("autograd-tutor: bad.agt: ")
        assert done.stderr.count("\n") == 1
    checked = run("check", "bad.agt")
    assert checked.returncode == 1
    assert checked.stdout.startswith("bad.agt:1:1: ")
    assert checked.stdout.count("\n") == 1


def test_problems_of_a_recording_name_it_and_stand_where_it_does(
    home: Path, run: Run, walk: str
) -> None:
    write(home, "fails", FAILS)
    run("record", "fails.yaml", "-o", "a.agt")
    (home / "b.agt").write_bytes(b"")
    done = run("check", "a.agt", "walk.yaml", "walk.agt", "fails.yaml", "b.agt")
    lines = done.stdout.splitlines()
    assert [line.startswith("fails.yaml:") for line in lines] == [True] * 4 + [False]
    assert [": in a.agt, " in line for line in lines] == [True, True, False, False, False]
    assert [line.replace(": in a.agt, ", ": ") for line in lines[:2]] == lines[2:4]
    assert lines[4].startswith("b.agt:1:1: ")
    assert done.stderr == "5 files checked: 5 problems.\n"


def test_a_lesson_beside_its_recording_has_no_rival(home: Path, run: Run, walk: str) -> None:
    done = run("check", "walk.yaml", "walk.agt")
    assert (done.returncode, done.stderr) == (0, "2 files checked: all well.\n")


def test_a_small_recording_is_measured_in_bytes(home: Path, run: Run) -> None:
    done = run("record", write(home, "one", with_torch("n = 1", setup="n = 0")), "-o", "one.agt")
    size = (home / "one.agt").stat().st_size
    assert size < 1000
    assert done.stderr == f"one.agt: 1 step, 1 moment, {size} bytes.\n"


def test_a_script_whose_name_is_no_text_is_recorded(home: Path, run: Run) -> None:
    script = home / os.fsdecode(b"\xff.py")
    script.write_text("n = 1\n")
    assert run("record", str(script), "-o", "a.agt").returncode == 0
    assert run("check", "a.agt").returncode == 0


def test_an_interrupted_record_leaves_nothing_behind(home: Path) -> None:
    code = "from pathlib import Path\nPath('begun').touch()\nwhile True: pass"
    spin = write(home, "spin", with_torch(code))
    with subprocess.Popen(
        [*PROGRAM, "record", "--no-sandbox", spin, "-o", "spin.agt"],
        env=environment(home), cwd=home, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        pause = threading.Event()
        while not (home / "begun").exists():
            assert process.poll() is None
            pause.wait(0.02)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
    wait_until_gone(home)
    assert not list(home.glob("*.agt")) + list(home.glob(".*.agt"))


@pytest.mark.starts
def test_a_recording_is_walked_on_the_screen_without_a_kernel(
    home: Path, walk: str, start: Start
) -> None:
    terminal = start(walk)
    terminal.wait_for("The first explanation.")
    terminal.press("end")
    terminal.wait_for("148")
    assert len(set(left_behind(home).values())) == 1  # itself, and forks of it
    terminal.press("e")
    terminal.wait_for("saved recording")
    terminal.press("N")
    terminal.wait_for("The second explanation.")
    assert len(set(left_behind(home).values())) == 1  # itself, and forks of it


@pytest.mark.parametrize("how", ["cut", "foreign", "changed"])
def test_a_damaged_recording_opens_no_screen_and_no_kernel(
    home: Path, walk: str, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from autograd_tutor.ui import start
    from autograd_tutor.ui.options import Options

    (home / "bad.agt").write_bytes(DAMAGED[how](Path(walk).read_bytes()))
    kernels: list[object] = []
    monkeypatch.setattr(start, "Kernel", kernels.append)
    monkeypatch.setattr(start, "_bound_memory", lambda: None)  # it would be that of the tests
    terminal = SimpleNamespace(survive_kill=lambda: None)
    monkeypatch.setattr(start, "Terminal", lambda: terminal)
    monkeypatch.setattr(start, "Signals", nullcontext)
    with pytest.raises(RecordingError):
        start.open_course(str(home / "bad.agt"), Options(False, False, None))
    gc.enable()
    assert not kernels


def test_a_damaged_recording_is_reported_on_the_terminal(
    home: Path, walk: str, start: Start
) -> None:
    (home / "bad.agt").write_bytes(Path(walk).read_bytes()[:200])
    terminal = start("bad.agt")
    assert terminal.wait_end() == 1
    assert "bad.agt: the recording is damaged: it is cut short" in " ".join(terminal.text.split())
