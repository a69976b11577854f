"""Files are read in a process with limits: the same is read, and whatever a file holds, one true
line comes back, the process can be ended, and nothing of it stays."""

from __future__ import annotations

import errno
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from autograd_tutor.course import (
    lesson_file,
    library,
    packed,
    reader,
    reading,
    reading_process,
    translation_file,
)
from autograd_tutor.course.problem import LessonError, Unread
from autograd_tutor.limits.lessons import READ_MEMORY

ROOT = Path(__file__).parents[2]
SAMPLES = sorted(
    path for folder in ("lessons", "tests/ui/course", "tests/bench/snippets")
    for path in (ROOT / folder).iterdir() if path.suffix in {".py", ".yaml"}
)  # fmt: skip

QUADRATIC = f"x = f'{'{a}' * 85_000}'\n"
"""CPython 3.11 reads it for 10 seconds, and no faster machine in a tenth of one."""


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No process before, and none after.

    A program forks while it is small. The tests are not: so theirs may have as much more.
    """
    status = Path("/proc/self/status").read_text()
    for name, field in (("READ_MEMORY", "VmSize"), ("READER_MEMORY", "RssAnon")):
        held = re.search(rf"{field}:\s+(\d+) kB", status)  # a fork holds no files' pages
        assert held
        monkeypatch.setattr(reader, name, getattr(reader, name) + int(held[1]) * 1024)

    def end() -> None:
        reading_process._ready.clear()
        for process in tuple(reading_process._running):
            process.end()

    end()
    yield
    end()


@pytest.fixture(params=["_fork", "_spawn"])
def begun(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes are forks, or programs of their own: the same comes of it."""
    monkeypatch.setattr(reading_process, "_spawn", getattr(reading_process, request.param))


def outcome(read: Callable[[Path], object], path: Path) -> bytes:
    """All that reading a file gives, also what is not compared otherwise."""
    try:
        return packed.pack(read(path))
    except LessonError as error:
        return packed.pack(error.problems)


def why(path: Path, seconds: float = 30.0) -> str:
    with pytest.raises(LessonError) as caught:
        reading_process.read(path, seconds)
    return str(caught.value).removeprefix(f"{path}:")


def pids() -> list[int]:
    return [process._process.pid for process in reading_process._running]


@pytest.mark.usefixtures("begun")
@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_what_is_read_there_is_what_is_read_here(path: Path) -> None:
    assert outcome(reading_process.read, path) == outcome(translation_file.read, path)


def test_so_it_is_with_problems(tmp_path: Path) -> None:
    path = tmp_path / "many.yaml"
    path.write_text("format: 1\ntitle: no\nsteps:\n" + "  - {id: a b, code: '('}\n" * 100)
    assert outcome(reading_process.read, path) == outcome(translation_file.read, path)


HOSTILE: dict[str, tuple[bytes, str]] = {
    "parentheses.py": (b"(" * 10_000 + b")" * 10_000, "1:201: this is not Python: too many"),
    "minus.py": (b"x = " + b"-" * 200_000 + b"1\n", "1:1: this is not Python: too deeply nested"),
    "dots.py": (b"x" + b".a" * 100_000, "1:1: this is not Python: too deeply nested"),
    "integer.py": (b"x = " + b"9" * 200_000, "1:1: this is not Python: Exceeds the limit"),
    "nul.py": (b"x = 1\ny = '\0'\n", "2:6: the character U+0000, which does not show"),
    "latin.py": (b"x = 1\ny = '\xe9'\n", "2:6: the byte 0xe9 is not utf-8"),
    "undefined.py": (b"# coding: undefined\nx = 1\n", "1:1: decoding with 'undefined'"),
    "punycode.py": (b"# coding: punycode\n-99999999999999", "1:1: "),
    "nested.yaml": (b"[" * 10_000, "1:17: nested more than 16 levels deep"),
    "indented.yaml": (
        "\n".join(" " * at + "a:" for at in range(500)).encode(), "16:16: nested more than 16",
    ),
    "merge.yaml": (
        b"a: &a {x: 1}\n" + b"b: {<<: [*a, *a, *a]}\n" * 9_000, "1:4: the anchor &a: a lesson's",
    ),
    "integer.yaml": (b"format: 1\nseed: " + b"9" * 200_000, "1:1: the lesson has no steps"),
    "mark.yaml": (b"\xef\xbb\xbfformat: 1\n", "1:1: the file begins with a byte order mark"),
    "utf16.yaml": ("format: 1\n".encode("utf-16"), "1:1: the file is in UTF-16 or UTF-32"),
    "latin.yaml": (b"format: 1\r\ntitle: \xe9\r\n", "2:8: the byte 0xe9 is not UTF-8"),
}  # fmt: skip


@pytest.mark.usefixtures("begun")
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_gets_one_true_line(tmp_path: Path, name: str) -> None:
    data, reason = HOSTILE[name]
    path = tmp_path / name
    path.write_bytes(data)
    first = why(path).splitlines()[0]
    assert first.startswith(reason)
    assert re.fullmatch(r"\d+:\d+: .+; .+", first)


@pytest.mark.parametrize("name", ["a.py", "a.yaml"])
def test_line_ends_of_other_systems_are_no_problem(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    text = "x = 1\n" if name == "a.py" else (ROOT / "lessons/01-parameters.yaml").read_text()
    path.write_bytes(text.replace("\n", "\r\n").encode())
    assert reading_process.read(path).steps[0].code.endswith("\n")
    assert "\r" not in reading_process.read(path).steps[0].code


@pytest.mark.usefixtures("begun")
@pytest.mark.parametrize("wrap", ["{}", "format: 1\nsteps:\n- code: |\n    {}"])
def test_what_takes_too_long_is_ended_and_the_next_file_read(tmp_path: Path, wrap: str) -> None:
    path = tmp_path / ("slow.py" if wrap == "{}" else "slow.yaml")
    path.write_text(wrap.format(QUADRATIC))
    with pytest.raises(Unread, match=r"reading the file takes longer than 0\.1 s; make it"):
        reading_process.read(path, 0.1)
    assert pids() == []
    assert reading_process.read(SAMPLES[0]).title


def test_what_takes_too_much_memory_is_said_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(path: Path) -> None:
        raise MemoryError

    monkeypatch.setattr(lesson_file, "read", read)
    reply = reader._reply(reader.Request(os.fsencode(tmp_path / "a.py"), b"", 1.0))
    assert reply.lesson is None
    assert reply.exhausted
    assert "takes more than 512 MiB of memory" in str(reply.problems[0])


@pytest.mark.usefixtures("begun")
def test_the_process_may_take_so_much_and_no_more() -> None:
    reading_process.read(SAMPLES[0])
    (process,) = reading_process._running
    limits = Path(f"/proc/{process._process.pid}/limits").read_text()
    is_fork = isinstance(process._process, reading_process._Fork)
    most = reader.READ_MEMORY if is_fork else READ_MEMORY
    assert re.search(rf"Max address space +{most} +{most}", limits)


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGKILL])
def test_a_crash_is_said_and_the_next_file_read(tmp_path: Path, number: signal.Signals) -> None:
    path = tmp_path / "slow.py"
    path.write_text(QUADRATIC)
    found: list[str] = []
    thread = threading.Thread(target=lambda: found.append(why(path, 300.0)))
    reading_process.prepare()
    (pid,) = pids()
    thread.start()
    os.kill(pid, number)
    thread.join(60)
    reason = "Python crashes over the file (SIGSEGV)" if number == signal.SIGSEGV else "more than"
    assert reason in found[0]
    assert reading_process.read(SAMPLES[0]).title


def test_a_large_program_has_a_small_process() -> None:
    large = b"x" * 300_000_000  # of the memory of the process that starts it none counts
    reading_process.read(SAMPLES[0])
    del large
    assert len(pids()) == 1


def test_a_fork_has_nothing_of_the_program_but_its_modules(tmp_path: Path) -> None:
    with (tmp_path / "open").open("w") as file:
        os.set_inheritable(file.fileno(), True)
        reading_process.prepare()
        (pid,) = pids()
        reading_process.read(SAMPLES[0])
        left = {os.readlink(link) for link in Path(f"/proc/{pid}/fd").iterdir()}
    assert pids() == [pid]
    assert {name.partition(":")[0] for name in left} == {os.devnull, "socket"}
    assert os.getpgid(pid) == pid
    assert os.getsid(pid) == os.getsid(0)  # so that it is found as the program's own


def test_a_process_that_is_gone_is_not_asked() -> None:
    reading_process.read(SAMPLES[0])
    (process,) = reading_process._running
    process._process.kill()
    process._process.wait()
    assert reading_process.read(SAMPLES[0]).title


def test_a_process_is_kept_for_the_next_file() -> None:
    reading_process.prepare()
    before = pids()
    for path in SAMPLES[:5]:
        outcome(reading_process.read, path)
    assert pids() == before
    assert len(before) == 1


@pytest.mark.usefixtures("begun")
def test_one_that_has_grown_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A fork of the tests reads this in memory that they have left: there, less is allowed.
    monkeypatch.setattr(reader, "READER_MEMORY", 2**20)
    path = tmp_path / "long.py"
    path.write_text(f"x = [{'1,' * 130_000}]\n")
    assert len(reading_process.read(path, 60.0).steps) == 1
    assert pids() == []


def test_a_file_is_read_while_another_is_stuck(tmp_path: Path) -> None:
    path = tmp_path / "slow.py"
    path.write_text(QUADRATIC)
    found: list[str] = []
    reading_process.prepare()
    (stuck,) = reading_process._running
    thread = threading.Thread(target=lambda: found.append(why(path, 300.0)))
    thread.start()
    while reading_process._ready:  # until it is asked
        thread.join(0.001)
    assert reading_process.read(SAMPLES[0]).title
    stuck._process.kill()
    thread.join(60)
    assert found


@pytest.mark.usefixtures("begun")
def test_a_process_that_is_stuck_ends_with_its_connection(tmp_path: Path) -> None:
    path = tmp_path / "slow.py"
    path.write_text(QUADRATIC)
    process = reading_process._Process(reading_process._spawn)
    process._await_start()
    request = reader.Request(os.fsencode(path), b"/", 300.0)
    packed.send(process._connection, packed.pack(request))
    stat = Path(f"/proc/{process._process.pid}/stat")
    while "R" not in stat.read_text().rpartition(")")[2].split()[0]:  # until it reads
        pass
    process._connection.close()
    assert process._process.wait(60) in {0, -signal.SIGIO}
    process.end()


@pytest.mark.parametrize("end", ["pass", "os._exit(0)", "os.kill(os.getpid(), signal.SIGKILL)"])
def test_nothing_is_left_of_a_program_that_ends(tmp_path: Path, end: str) -> None:
    path = tmp_path / "slow.py"
    path.write_text(QUADRATIC)
    script = f"""
import os, signal, threading, time
from pathlib import Path
from autograd_tutor.course import reading_process
reading_process.prepare()
(pid,) = (process._process.pid for process in reading_process._running)
read = lambda: reading_process.read(Path({str(path)!r}), 300.0)
threading.Thread(target=read, daemon=True).start()
while reading_process._ready:
    time.sleep(0.001)
reading_process.prepare()
print(*(process._process.pid for process in reading_process._running), flush=True)
{end}
"""
    done = subprocess.run(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, timeout=60, check=False,
    )  # fmt: skip
    left = [int(pid) for pid in done.stdout.split()]
    assert len(left) == 2
    while any(Path(f"/proc/{pid}").exists() and not zombie(pid) for pid in left):
        pass  # the test's own limit of time ends this


def zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True


@pytest.mark.usefixtures("begun")
def test_a_relative_path_is_that_of_the_folder_one_is_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "ab":
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.py").write_text(f"{name} = 1\n")
        monkeypatch.chdir(tmp_path / name)
        lesson = reading_process.read(Path("x.py"))
        assert (lesson.path, lesson.steps[0].code) == (Path("x.py"), f"{name} = 1\n")


@pytest.mark.usefixtures("begun")
def test_a_name_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"\xff.py")
    path.write_text("x = 1\n")
    assert reading_process.read(path).path == path


def test_a_file_that_grows_while_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.py"
    path.write_text("#" * 300_000)
    monkeypatch.setattr(reading, "_refusal", lambda path, info: None)  # it was small before
    with pytest.raises(LessonError, match="the script is larger than 256 KiB"):
        reading.read_bytes(path)


def test_a_file_that_changes_while_it_is_read_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.py"
    path.write_text("x = 1\n")
    read = reading_process.read

    def changing(path: Path, *rest: Any) -> object:
        path.write_text("x = 100\n")
        return read(path, *rest)

    monkeypatch.setattr(reading_process, "read", changing)
    assert library.changed(library.load(path))


def test_it_imports_neither_the_screen_nor_torch() -> None:
    script = "import sys, autograd_tutor.course.reader; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], stdout=subprocess.PIPE, check=True)
    assert not set(done.stdout.decode().split()) & {"torch", "numpy", "textual", "rich", "click"}


@pytest.mark.usefixtures("begun")
def test_one_that_is_stopped_is_ended_from_here(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text("x = 1\n")
    reading_process.read(path)
    (pid,) = pids()
    os.kill(pid, signal.SIGSTOP)
    assert "takes longer than 0.1 s" in why(path, 0.1)
    assert pids() == []
    assert reading_process.read(path).steps


def test_where_no_process_can_be_started_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")

    monkeypatch.setattr(subprocess, "Popen", refuse)
    monkeypatch.setattr(os, "fork", refuse)
    reading_process.prepare()
    reason = "1:1: the process that reads it cannot be started: Resource temporarily unavailable; "
    assert why(tmp_path / "a.py").startswith(reason)
    assert pids() == []


def test_one_that_does_not_start_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_process, "_BOOT", "import signal; signal.pause()")
    monkeypatch.setattr(reading_process, "READER_START_SECONDS", 0.01)
    assert why(tmp_path / "a.py").startswith("1:1: the process that reads it does not start; ")
    assert pids() == []


def test_one_that_fails_is_a_fault_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_process, "_BOOT", "raise SystemExit(3)")
    assert "which is a fault of autograd-tutor" in why(tmp_path / "a.py")


def test_what_lies_beside_a_lesson_is_not_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "yaml.py").write_text("raise SystemExit(3)\n")
    (tmp_path / "sitecustomize.py").write_text("raise SystemExit(3)\n")
    path = tmp_path / "a.yaml"
    path.write_bytes(SAMPLES[0].read_bytes() if SAMPLES[0].suffix == ".yaml" else b"")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert outcome(reading_process.read, path) == outcome(translation_file.read, path)


@pytest.mark.parametrize(
    "locale",
    [
        {"LC_ALL": "C"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"LC_ALL": "C", "PYTHONUTF8": "1"},
        {"LC_ALL": "C.UTF-8", "PYTHONUTF8": "0"},
    ],
)
def test_names_are_read_as_they_are_here(tmp_path: Path, locale: dict[str, str]) -> None:
    (tmp_path / "é.py").write_text("x = 1\n")
    script = """
from pathlib import Path
from autograd_tutor.course import reading_process, translation_file
(path,) = Path().glob("*.py")
assert repr(reading_process.read(path)) == repr(translation_file.read(path))
print("alike")
"""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LC_")}
    done = subprocess.run(
        [sys.executable, "-c", script], env=kept | locale, cwd=tmp_path, stdout=subprocess.PIPE,
        check=True,
    )  # fmt: skip
    assert done.stdout == b"alike\n"
