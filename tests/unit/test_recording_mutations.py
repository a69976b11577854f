"""Recordings with random damage are refused in a line, or read, walked and reported."""

from __future__ import annotations

import copy
import io
import json
import random
import resource
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import msgspec
import pytest
from recording_files import (
    bodies_of,
    framed,
    packed,
    record,
    stream_of,
)
from walked import walk

from autograd_tutor import check, plain, record_command
from autograd_tutor.course import target
from autograd_tutor.playing.playthrough import Playthrough
from autograd_tutor.recording.file import load
from autograd_tutor.recording.model import (
    Error,
)
from autograd_tutor.recording.recognition import RecordingError
from autograd_tutor.recording.wire import (
    RunEnded,
    SetupFailed,
)

MUTATIONS = 800
"""Others each time: a failure says of which seed."""
PARTS = 2
"""Processes that share them: most machines that test have as many processors."""

MEBIBYTES = 256
FAILED = SetupFailed(Error("ValueError", "no", 1, ""))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The recording of a small lesson that has a little of everything."""
    return record(tmp_path_factory.mktemp("recorded"))


def mutated_bytes(data: bytes, chance: random.Random) -> bytes:
    """Bits turned over, or pieces cut, put in, or exchanged."""
    at, length = chance.randrange(len(data)), chance.randrange(1, 12)
    there = chance.randrange(len(data))
    match chance.randrange(5):
        case 0:
            turned = bytearray(data)
            for _ in range(chance.randrange(1, 4)):
                turned[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
            return bytes(turned)
        case 1:
            return data[:at] + data[at + length :]
        case 2:
            return data[:at] + chance.randbytes(length) + data[at:]
        case 3:
            return data[:at] + data[there : there + length] + data[at + length :]
        case _:
            return data[:at] + chance.choice((b"\xff", b"\x00", b"\x80", b"\xc0")) + data[at + 1 :]


INTEGERS = 0, 1, -1, 2, 7, 127, 2**31, 2**63 - 1, 2**64 - 1, -(2**63)
STRINGS = (
    "",
    "a",
    "\x1b[2J",
    "\n",
    "()",
    "(9999999,)",
    "nan",
    "-1",
    "AccumulateGrad",
    "w",
    "x" * 5000,
)
FLOATS = 0.0, -1.0, float("nan"), float("inf"), -float("inf"), 1e308, 5e-324


def mutated_value(value: Any, chance: random.Random) -> Any:
    """Something else of the same type, or now and then of another."""
    if chance.random() < 0.05:
        return chance.choice((None, 0, "", b"", [], {}, True, 1.5))
    match value:
        case bool():
            return not value
        case int():
            return chance.choice((*INTEGERS, value + 1, value - 1))
        case float():
            return chance.choice(FLOATS)
        case str():
            return chance.choice((*STRINGS, value + "x", value[:-1], value * 2))
        case bytes():
            return chance.choice((b"", value[:-1], value + b"\0", chance.randbytes(len(value))))
        case dict() if value:
            name = chance.choice(list(value))
            held = value.pop(name)
            return chance.choice((value, value | {chance.choice(STRINGS): held}))
        case list() if value:
            at = chance.randrange(len(value))
            other = copy.deepcopy(chance.choice(value))
            return chance.choice(
                (value[:at], value[at + 1 :], [*value[:at], other, *value[at:]],
                 [*value[:at], other, *value[at + 1 :]], value[::-1])
            )  # fmt: skip
        case _:
            return chance.choice((0, 1, "a", [], chance.choice(FLOATS)))


def positions_in(bodies: list[Any]) -> list[tuple[Any, Any]]:
    """Every container and key below the frames."""
    found: list[tuple[Any, Any]] = []
    waiting: list[Any] = [bodies]
    while waiting:
        held = waiting.pop()
        for key in held if isinstance(held, dict) else range(len(held)):
            found.append((held, key))
            if isinstance(held[key], (list, dict)):
                waiting.append(held[key])
    return found


def mutated_bodies(bodies: list[Any], chance: random.Random) -> list[Any]:
    """Frames of which one or two are others, are missing, or stand elsewhere."""
    changed = copy.deepcopy(bodies)
    for _ in range(chance.randrange(1, 3)):
        held, key = chance.choice(positions_in(changed))
        held[key] = mutated_value(held[key], chance)
    if chance.random() < 0.1:
        order = mutated_value(changed, chance)
        return order if isinstance(order, list) else changed
    return changed


def mutations(path: Path, count: int) -> list[tuple[str, Callable[[random.Random], bytes]]]:
    data, stream, bodies = path.read_bytes(), stream_of(path), bodies_of(path)
    kinds: list[tuple[str, Callable[[random.Random], bytes]]] = [
        ("file", lambda chance: mutated_bytes(data, chance)),
        ("frames", lambda chance: packed(mutated_bytes(stream, chance))),
        ("records", lambda chance: packed(framed(mutated_bodies(bodies, chance)))),
        ("records", lambda chance: packed(framed(mutated_bodies(bodies, chance)))),
    ]
    return [kinds[number % len(kinds)] for number in range(count)]


def broken_off(path: Path) -> list[Any]:
    """The frames of a recording of which the last step did not come to its end."""
    *frames, _ = bodies_of(path)
    return [*frames, msgspec.to_builtins(RunEnded("signal", 11, 0.5))]


def without_setup(path: Path) -> list[Any]:
    """The frames of a recording whose setup failed."""
    first, *_ = bodies_of(path)
    return [first, msgspec.to_builtins(FAILED)]


def play_and_report(path: Path) -> None:
    """All that the commands make of a recording."""
    found = target.load(path)
    check.examine([found])
    reporters = plain.TextReporter(found.lesson, backward=True), plain.JsonReporter(found.lesson)
    for reporter in reporters:
        with Playthrough() as playthrough:
            for happening in playthrough.play(found):
                record_command.shortfalls(happening)
                reporter.report(happening)


def mutate_all(path: Path, part: int, seed: int) -> None:
    """Read each mutation of a part and, if that is possible, walk it; many are reported, too.

    Prints how many of each kind were read and refused, and how many KiB of memory it took.
    """
    starts = [path]
    for name, make in (("broken.agt", broken_off), ("setup.agt", without_setup)):
        starts.append(path.with_name(name))
        starts[-1].write_bytes(packed(framed(make(path))))
        assert load(starts[-1]).end is not None
    kinds = [mutations(start, MUTATIONS) for start in starts]
    outcomes: dict[str, int] = {}
    mutated = path.with_name("mutated.agt")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number in range(part * MUTATIONS // PARTS, (part + 1) * MUTATIONS // PARTS):
        kind, mutate = kinds[0 if number % 3 else 1 + number % 2][number]
        drawn = f"{seed}:{number}"
        mutated.write_bytes(mutate(random.Random(drawn)))
        try:
            found = load(mutated)
        except RecordingError as error:
            shown = str(error)
            assert shown.isprintable(), drawn
            assert len(shown) < 500, drawn
            outcomes[f"{kind} refused"] = outcomes.get(f"{kind} refused", 0) + 1
            continue
        try:
            for _ in walk(found):
                pass
            if not number % 4:
                with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
                    play_and_report(mutated)
        except Exception as error:
            raise AssertionError(f"mutation {drawn} of the {kind}: {error!r}") from error
        outcomes[f"{kind} read"] = outcomes.get(f"{kind} read", 0) + 1
    outcomes["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory
    print(json.dumps(outcomes))


@pytest.mark.timeout(300)
def test_any_mutation_can_be_walked_or_is_refused_in_a_line(small: Path, tmp_path: Path) -> None:
    """In processes of their own: only so is their memory what this takes."""
    script = (
        "import sys, pathlib; import test_recording_mutations as tests; "
        "tests.mutate_all(pathlib.Path(sys.argv[1]), *map(int, sys.argv[2:]))"
    )
    parts, seed = [], random.randrange(2**32)
    for part in range(PARTS):
        path = tmp_path / str(part) / "small.agt"
        path.parent.mkdir()
        path.write_bytes(small.read_bytes())
        command = [sys.executable, "-c", script, str(path), str(part), str(seed)]
        pipe = subprocess.PIPE
        parts.append(
            subprocess.Popen(
                command, cwd=Path(__file__).parent, stdout=pipe, stderr=pipe, text=True
            )
        )
    outcomes: Counter[str] = Counter()
    for process in parts:
        printed, complaint = process.communicate()
        assert process.returncode == 0, complaint
        found = json.loads(printed)
        assert found.pop("memory") < MEBIBYTES * 1024
        outcomes.update(found)
    assert outcomes["records read"] > MUTATIONS / 20, "many of them reach the readers"
    assert outcomes["records refused"] > MUTATIONS / 20
    assert outcomes["frames refused"] > MUTATIONS / 20
