"""Whatever variables a learner has, the program starts, walks and ends as ever."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from terminal.conftest import Start
from terminal.emulator import Terminal
from terminal.lessons import WALK, write
from terminal.program import PROGRAM, environment
from terminal.test_leaving import assert_restored

pytestmark = pytest.mark.starts

SITE = """\
import atexit, os, sys
with open(os.environ["SITE_RUNS"], "a") as runs:
    runs.write("once\\n")
atexit.register(print, "said by sitecustomize")
sys.settrace(lambda *_: None)
"""

OWN = """\
import torch
import learners_own
x = torch.ones(3) * learners_own.VALUE
"""


@pytest.fixture
def modules(home: Path) -> Path:
    """A folder for PYTHONPATH, with code that Python itself would run."""
    folder = home / "modules"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(SITE)
    (folder / "textual.py").write_text("raise RuntimeError('of the PYTHONPATH')")
    (folder / "learners_own.py").write_text("VALUE = 43")
    return folder


def walk_and_quit(terminal: Terminal) -> None:
    terminal.wait_for("The first explanation.")
    terminal.press("right")
    terminal.wait_for("111")
    terminal.press("ctrl+q")
    assert terminal.wait_end() == 0
    assert_restored(terminal)
    assert b"Traceback" not in terminal.raw
    assert b">>>" not in terminal.raw


def test_a_pythonpath_reaches_the_snippet_and_nothing_else(
    start: Start, home: Path, modules: Path
) -> None:
    script, runs = home / "own.py", home / "runs"
    script.write_text(OWN)
    terminal = start(str(script), PYTHONPATH=str(modules), PYTHONINSPECT="1", SITE_RUNS=str(runs))
    terminal.wait_for("learners_own.VALUE")
    terminal.press("end")
    terminal.wait_for("43, 43")
    terminal.press("ctrl+q")
    assert terminal.wait_end() == 0
    assert_restored(terminal)
    assert b"said by sitecustomize" not in terminal.raw
    assert b">>>" not in terminal.raw
    # In the Python that was started, before the program could begin anew, and nowhere else.
    assert runs.read_text() == "once\n"


@pytest.mark.parametrize("command", ["list", "trace"])
def test_commands_end_without_a_prompt(home: Path, modules: Path, command: str) -> None:
    script = home / "own.py"
    script.write_text(OWN)
    done = subprocess.run(
        [*PROGRAM, command, *([str(script)] if command == "trace" else [])],
        input="print('at the prompt')\n",
        capture_output=True,
        text=True,
        env=environment(
            home, PYTHONPATH=str(modules), PYTHONINSPECT="1", SITE_RUNS=str(home / "runs")
        ),
        cwd=home,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "at the prompt" not in done.stdout
    assert "said by sitecustomize" not in done.stdout
    assert ("learners_own.VALUE" in done.stdout) == (command == "trace")


PYTHONS = {
    "PYTHONWARNINGS": "error",
    "PYTHONOPTIMIZE": "2",
    "PYTHONMALLOC": "debug",
    "PYTHONDEBUG": "1",
    "PYTHONFAULTHANDLER": "1",
    "PYTHONASYNCIODEBUG": "1",
    "PYTHONDEVMODE": "1",
    "PYTHONINSPECT": "1",
    "PYTHONTRACEMALLOC": "5",
    "PYTHONHASHSEED": "7",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONSTARTUP": "/nowhere",
    "PYTHONBREAKPOINT": "nowhere.at_all",
}
TEXTUALS = {
    "TEXTUAL": "devtools,debug",
    "TEXTUAL_DRIVER": "nowhere:Driver",
    "TEXTUAL_PRESS": "q,q",
    "TEXTUAL_SCREENSHOT": "0",
    "TEXTUAL_THEME": "nonsense",
    "TEXTUAL_FILTERS": "nonsense",
    "TEXTUAL_FPS": "nonsense",
    "TEXTUAL_DIM_FACTOR": "nonsense",
    "TEXTUAL_SLOW_THRESHOLD": "nonsense",
    "ESCDELAY": "nonsense",
}
LOCALES = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "TERM": "nonsense"}
EMPTY = {"PATH": "", "HOME": "", "LANG": "", "TMPDIR": "/nowhere"}


@pytest.mark.parametrize(
    "variables",
    [PYTHONS, TEXTUALS, LOCALES, EMPTY],
    ids=["pythons", "textuals", "locales", "empty"],
)
def test_it_walks_whatever_the_variables_are(
    start: Start, home: Path, variables: dict[str, str]
) -> None:
    walk_and_quit(start(write(home, "walk", WALK), **variables))


def test_the_terminal_says_how_large_it_is_and_not_a_variable(start: Start, home: Path) -> None:
    terminal = start(write(home, "walk", WALK), columns=100, rows=30, COLUMNS="20", LINES="7")
    terminal.wait_for(lambda it: it.lines[-2].startswith("╰"))  # the whole of it
    frames = [line.rstrip() for line in terminal.lines if line.startswith(("╭", "│", "╰"))]
    assert len(frames) > 20
    assert {len(line) for line in frames} == {100}
    terminal.press("ctrl+q")
    assert terminal.wait_end() == 0


def test_a_state_folder_of_nobody_is_said_in_a_line(start: Start, home: Path) -> None:
    terminal = start(write(home, "walk", WALK), AUTOGRAD_TUTOR_STATE="~nobody-is-named-so/state")
    terminal.wait_for("no home folder is known; name a folder in AUTOGRAD_TUTOR_STATE")
    terminal.press("ctrl+q")
    assert terminal.wait_end() == 0
    assert not list(home.glob("~*"))
