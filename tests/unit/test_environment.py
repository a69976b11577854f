"""Variables that are Python's own are kept from the program and its kernel, not from snippets."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from autograd_tutor import environment
from autograd_tutor.course import library
from autograd_tutor.progress import Progress, state_folder

ASIDE = "AUTOGRAD_TUTOR_ASIDE_"


@pytest.mark.parametrize(
    "name",
    [
        "PYTHONPATH", "PYTHONINSPECT", "PYTHONDEBUG", "PYTHONWARNINGS", "PYTHONOPTIMIZE",
        "PYTHONMALLOC", "PYTHONPROFILEIMPORTTIME", "PYTHONASYNCIODEBUG", "PYTHONDEVMODE",
        "PYTHONTRACEMALLOC", "PYTHONVERBOSE", "PYTHONUTF8", "PYTHONOFTHEFUTURE",
    ],
)  # fmt: skip
def test_what_python_takes_orders_from_is_set_aside(name: str) -> None:
    variables = {"HOME": "/h", name: "1"}
    assert environment.cleaned(variables) == {"HOME": "/h", f"{ASIDE}{name}": "1"}
    assert environment.cleaned(environment.cleaned(variables)) == environment.cleaned(variables)


@pytest.mark.parametrize(
    "name", ["PYTHONHOME", "PYTHONUSERBASE", "PYTHONDONTWRITEBYTECODE", "PYTHONIOENCODING", "PATH"]
)
def test_where_python_is_and_how_it_writes_stays(name: str) -> None:
    assert environment.cleaned({name: "1"}) == {name: "1"}


def test_a_python_that_begins_anew_has_the_variables_of_the_first(tmp_path: Path) -> None:
    """And finds modules of its PYTHONPATH, after all others."""
    (tmp_path / "only_there.py").write_text("VALUE = 41")
    (tmp_path / "json.py").write_text("raise RuntimeError")
    code = (
        "from autograd_tutor import environment; environment.give_back();"
        "import os, json, only_there; print(only_there.VALUE, os.environ['PYTHONPATH'],"
        f"[name for name in os.environ if name.startswith({ASIDE!r})])"
    )
    boot = environment.boot("autograd_tutor.kernel.__main__")
    begin = boot[3].split("from ")[0] + code
    ran = subprocess.run(
        [*boot[:3], begin, boot[4]],
        env=environment.cleaned({**os.environ, "PYTHONPATH": str(tmp_path)}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.stdout, ran.stderr) == (f"41 {tmp_path} []\n", "")


def test_a_run_finds_modules_of_a_pythonpath_first(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "path", ["/lib/a", str(tmp_path), "/lib/b"])
    monkeypatch.chdir(tmp_path)
    environment.find_first(f"/more{os.pathsep}{os.pathsep}/more")
    assert sys.path == ["/more", str(tmp_path), "/lib/a", "/lib/b"]
    environment.find_first("")
    assert sys.path == ["/more", str(tmp_path), "/lib/a", "/lib/b"]


@pytest.mark.parametrize("text", ["~nobody-is-named-so/x", "~nobody-is-named-so"])
def test_a_home_that_is_not_known(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AUTOGRAD_TUTOR_STATE", text)
    monkeypatch.setenv("AUTOGRAD_TUTOR_LESSONS", text)
    assert str(state_folder()) == str(library.own_folder()) == text
    progress = Progress.open()
    progress.close()
    assert "no home folder is known; name a folder in AUTOGRAD_TUTOR_STATE" in (
        progress.notice or ""
    )
    assert os.listdir(tmp_path) == []
