"""A learner's variables reach the snippet, and nothing of them the kernel before it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from process_session import Session

from autograd_tutor.recording.wire import Broken


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Session]:
    """A kernel for a learner with a PYTHONPATH and other variables of Python's own."""
    folder = tmp_path / "modules"
    folder.mkdir()
    for name in ("sitecustomize", "usercustomize", "torch", "numpy", "msgspec"):
        (folder / f"{name}.py").write_text(f"open({str(tmp_path / name)!r}, 'w').close()")
    (folder / "learners_own.py").write_text("VALUE = 41")
    (folder / "tabnanny.py").write_text("VALUE = 43  # of the standard library otherwise")
    monkeypatch.setenv("PYTHONPATH", str(folder))
    monkeypatch.setenv("PYTHONINSPECT", "1")
    monkeypatch.setenv("PYTHONWARNINGS", "error")
    monkeypatch.setenv("PYTHONOPTIMIZE", "2")
    with Session() as session:
        yield session


def printed(session: Session, code: str, path: Path | None = None) -> str:
    run = session.start(path=path)
    result = session.step(run, code)
    assert result.result is not None
    assert result.result.ok, result.result.error
    return result.stdout


def test_modules_of_a_pythonpath_are_imported_and_none_before_the_run(
    session: Session, tmp_path: Path
) -> None:
    code = "import learners_own, tabnanny, torch\nprint(learners_own.VALUE, tabnanny.VALUE)"
    assert printed(session, f"{code}\nprint(torch.ones(1).item())") == "41 43\n1.0\n"
    assert os.listdir(tmp_path) == ["modules"]


def test_modules_beside_a_script_come_first(session: Session, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    (tmp_path / "learners_own.py").write_text("VALUE = 42")
    (tmp_path / "beside.py").write_text("VALUE = 44")
    code = "import beside, learners_own, tabnanny\n"
    code += "print(beside.VALUE, learners_own.VALUE, tabnanny.VALUE)"
    assert printed(session, code, script) == "44 42 43\n"


def test_a_snippet_has_the_learners_variables(session: Session, tmp_path: Path) -> None:
    code = "import os\nnames = sorted(n for n in os.environ if 'ASIDE' in n)\n"
    code += "print(names, os.environ['PYTHONPATH'], os.environ['PYTHONINSPECT'])"
    assert printed(session, code) == f"[] {tmp_path / 'modules'} 1\n"


def test_the_kernels_python_takes_no_orders(session: Session) -> None:
    code = "import sys\nprint(sys.flags.inspect, sys.flags.optimize, sys.warnoptions, hash('a'))"
    plain = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert printed(session, code) == plain.stdout
    assert plain.stdout.startswith("0 0 [] ")


def test_a_folder_that_is_gone_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with Session() as session:
        broken = session.wait(lambda event: isinstance(event, Broken))
    assert isinstance(broken, Broken)
    assert broken.reason.startswith("The folder that the program was started in is gone.")
