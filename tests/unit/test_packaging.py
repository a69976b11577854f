"""The program installs as a wheel, editable, and from an unpacked source archive."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
SOURCES = ("pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "Makefile", "constraints.txt")
LESSONS = sorted(path.name for path in (CHECKOUT / "lessons").glob("*.yaml"))


def run(*argv: str | Path, cwd: Path, **env: str) -> str:
    """Run a command; returns what it printed, fails with what it complained about."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        [str(part) for part in argv],
        cwd=cwd,
        env=clean | env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{argv}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what is built from, so that building leaves no trace in the checkout."""
    folder = tmp_path_factory.mktemp("sources") / "autograd-tutor"
    ignored = shutil.ignore_patterns("__pycache__", ".*")
    for name in ("tui", "lessons", "tests"):
        shutil.copytree(CHECKOUT / name, folder / name, ignore=ignored)
    for name in SOURCES:
        shutil.copy(CHECKOUT / name, folder)
    return folder


@pytest.fixture(scope="module")
def wheel(sources: Path) -> Path:
    """The wheel, built without a network."""
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", cwd=sources)
    (built,) = (sources / "dist").glob("*.whl")
    return built


def new_environment(folder: Path) -> Path:
    """Make a virtual environment that borrows the dependencies installed here; returns python.

    What those were installed with (an editable autograd-tutor above all) does not come along: path
    files are read in an environment's own folder only.
    """
    run(sys.executable, "-m", "venv", "--without-pip", folder, cwd=folder.parent)
    python = folder / "bin" / "python"
    where = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder)
    borrowed = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    Path(where.strip(), "borrowed.pth").write_text("\n".join(sorted(borrowed)) + "\n")
    return python


def install(python: Path, *what: str | Path) -> None:
    """Install into an environment, from the disk alone."""
    pip = (sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check")
    offline = ("--no-index", "--no-deps", "--no-build-isolation")
    run(*pip, "install", "--quiet", *offline, *what, cwd=python.parent)


def assert_works(command: tuple[str | Path, ...], empty: Path, **env: str) -> None:
    """The course is found and runs, from a folder with nothing in it."""
    listed = run(*command, "list", cwd=empty, **env)
    for lesson in ("parameters", "dynamic-graph", "automatic-gradients"):
        assert lesson in listed
    traced = run(*command, "trace", "parameters", cwd=empty, **env)
    assert "requires_grad=True" in traced
    assert run(*command, "--version", cwd=empty, **env).strip().endswith(_version())


def _version() -> str:
    import tomllib

    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
    return str(project["version"])


def _home(python: Path, empty: Path, **env: str) -> Path:
    """Where the package is imported from."""
    code = "import autograd_tutor; print(autograd_tutor.__file__)"
    return Path(run(python, "-c", code, cwd=empty, **env).strip()).resolve()


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    folder = tmp_path / "empty"
    folder.mkdir()
    return folder


def test_wheel_holds_the_package_and_the_lessons_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    package = [name for name in names if ".dist-info/" not in name]
    assert all(name.startswith("autograd_tutor/") for name in package)
    lessons = {Path(name).name for name in package if name.startswith("autograd_tutor/lessons/")}
    assert lessons == {*LESSONS, "index.jsonl", "index.de.jsonl"}
    assert LESSONS, "the checkout has no lessons"
    sources = {
        path.relative_to(CHECKOUT / "tui").as_posix()
        for path in (CHECKOUT / "tui").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert sources <= set(package)
    assert "autograd_tutor/ui/app.tcss" in package


def test_wheel_works_when_installed(wheel: Path, tmp_path: Path, empty: Path) -> None:
    python = new_environment(tmp_path / "venv")
    install(python, wheel)
    assert (tmp_path / "venv").resolve() in _home(python, empty).parents
    assert_works((python.with_name("autograd-tutor"),), empty)
    assert_works((python, "-m", "autograd_tutor"), empty)


def test_editable_install_works(sources: Path, tmp_path: Path, empty: Path) -> None:
    python = new_environment(tmp_path / "venv")
    install(python, "-e", sources)
    assert sources.resolve() in _home(python, empty).parents
    assert_works((python.with_name("autograd-tutor"),), empty)


def test_checkout_works_without_being_installed(sources: Path, tmp_path: Path, empty: Path) -> None:
    python = new_environment(tmp_path / "venv")
    path = {"PYTHONPATH": str(sources / "tui")}
    assert sources.resolve() in _home(python, empty, **path).parents
    assert_works((python, "-m", "autograd_tutor"), empty, **path)


def test_source_archive_builds_the_same_wheel(sources: Path, wheel: Path, tmp_path: Path) -> None:
    run(sys.executable, "-m", "hatchling", "build", "-t", "sdist", cwd=sources)
    (archive,) = (sources / "dist").glob("*.tar.gz")
    run("tar", "-xzf", archive, cwd=tmp_path)
    (unpacked,) = (path for path in tmp_path.iterdir() if path.is_dir())
    for name in SOURCES:
        assert (unpacked / name).is_file(), f"{name} is not in the source archive"
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", cwd=unpacked)
    (again,) = (unpacked / "dist").glob("*.whl")
    assert sorted(zipfile.ZipFile(again).namelist()) == sorted(zipfile.ZipFile(wheel).namelist())
