"""Forged frames on the wire from a run: it is ended with words, or they are taken as they are.

Whatever arrives, decoding holds up no other thread for long, and the next run works.
"""

from __future__ import annotations

import atexit
import copy
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from process_session import Outcome, Session
from recording_files import bodies_of, framed, record
from test_recording_mutations import mutated_bodies, mutated_bytes
from walked import walk

from autograd_tutor.client import RunRecord, reason_of_end, step_bounds
from autograd_tutor.recording.picture import Looked
from autograd_tutor.recording.trace import Recording
from autograd_tutor.recording.wire import HEADER, MAGIC, Limits, SetupFailed
from soak.lateness import Lateness
from soak.trials import Measured, Part, folder

LIMITS = Limits(seconds=20.0)
MOST_ITEMS, MOST_TEXT = 120_000, 2**22
MOST_WALKED = 40
"""Moments of a forged recording that are walked: more would take minutes."""

_SEND = """\
import gc, time
from autograd_tutor.kernel.run import _StepServer
(server,) = (each for each in gc.get_objects() if type(each) is _StepServer)
with open({path!r}, 'rb') as file: data = file.read()
for _ in range({times}): server._data.send_bytes(data)
x = 1
{then}
"""
_THEN = ("", "", "y = 2", "import os; os._exit(0)", "1 / 0", "raise SystemExit")


def trial(number: int, chance: Random) -> Measured:
    """One forgery, and an innocent run after it."""
    session = _session()
    session.events.clear()
    kind, forge = KINDS[number % len(KINDS)]
    with folder() as home:
        path = home / "frames"
        path.write_bytes(forge(chance))
        times = 10_000 if kind == "endless" else 1
        code = _SEND.format(path=str(path), times=times, then=chance.choice(_THEN))
        with Lateness() as lateness:
            outcome = session.execute(code, LIMITS)
    ended = _show(session, outcome, code)
    session.assert_works()
    return {
        kind: 1,
        ended: 1,
        "held up, ms": 1000 * lateness.held,
        "late, ms": 1000 * lateness.most,
    }


def _show(session: Session, outcome: Outcome, code: str) -> str:
    """Make of what was taken what the interface would; how the step ended."""
    recording = Recording()
    recording.begin(0, code)
    for event in list(session.events):
        if not isinstance(event, RunRecord) or event.run != outcome.run:
            continue
        if isinstance(event.record, SetupFailed):  # then the screen shows nothing else
            break
        if not isinstance(event.record, Looked):
            recording.add(event.record)
    if len(recording.traces[0]) <= MOST_WALKED:
        for _ in walk(recording):
            pass
    if outcome.ended is None:
        return "result taken"
    words = reason_of_end(outcome.ended, LIMITS)
    assert words.isprintable(), words
    return f"ended: {outcome.ended.cause}"


@cache
def _session() -> Session:
    """One kernel for all trials of a process, and low bounds, so that they are soon reached."""
    session = Session()
    atexit.register(session.kernel.close)
    session.wait_ready()
    vars(step_bounds)["STEP_WIRE_BYTES"] = 80 * 2**20
    return session


@cache
def _genuine() -> tuple[Any, ...]:
    """Records of a first step, as a recorder sends them."""
    bodies = bodies_of(record(Path(tempfile.mkdtemp(prefix="soak-"))))
    return tuple(body for body in bodies[1:] if body[1][0] == 0)


def _copied() -> list[Any]:
    return copy.deepcopy(list(_genuine()))


def _numbers(chance: Random) -> bytes:
    return framed(mutated_bodies(_copied(), chance))


def _bytes(chance: Random) -> bytes:
    return mutated_bytes(framed(_copied()), chance)


def _truncated(chance: Random) -> bytes:
    data = framed(_copied())
    return data[: chance.randrange(len(data))]


def _order(chance: Random) -> bytes:
    bodies = _copied()
    match chance.randrange(4):
        case 0:
            chance.shuffle(bodies)
        case 1:
            bodies = bodies[::-1]
        case 2:
            bodies = [chance.choice(bodies) for _ in range(chance.randrange(1, 40))]
        case _:
            for body in chance.sample(bodies, 2):
                body[1][0] = chance.choice((-1, 1, 7, 2**31, 2**63))
    return framed(bodies)


def _large(chance: Random) -> bytes:
    """A moment with very much of one thing."""
    body = next(body for body in _copied() if body[0] == "SnapshotRecord")
    fields = body[1]
    at = chance.randrange(len(fields))
    count = chance.choice((2000, 15_999, 16_001, 99_999, MOST_ITEMS))
    match fields[at]:
        case str():
            fields[at] = "x" * chance.choice((count, MOST_TEXT, MOST_TEXT + 1, 2**24))
        case dict() as held:
            value = next(iter(held.values()), "x")
            fields[at] = {f"{number}": value for number in range(count)}
        case list() as held:
            fields[at] = [held[0] if held else chance.choice(("x", 1, [], None))] * count
        case _:
            fields[at] = chance.choice(([0] * count, "x" * count, {"x": 1}, 2**63))
    return framed([body])


def _deep(chance: Random) -> bytes:
    """Containers in containers, gradients of gradients."""
    levels = chance.choice((10, 17, 500, 1025, 100_000))
    if chance.random() < 0.5:
        data = chance.choice((b"\x91", b"\x81\xa1x")) * levels + b"\xc0"
        return MAGIC + len(data).to_bytes(4, "big") + data
    body = next(body for body in _copied() if body[0] == "SnapshotRecord" and body[1][8])
    name, tensor = next(iter(body[1][8].items()))
    spots = [at for at, value in enumerate(tensor) if value is None] or [0]
    nested: list[Any] = tensor
    for _ in range(min(levels, 500)):
        nested, inner = [*tensor], nested
        nested[chance.choice(spots)] = inner
    body[1][8] = {name: nested}
    return framed([body])


def _headers(chance: Random) -> bytes:
    size = chance.choice((0, 1, 2**20, 2**25, 2**25 + 1, 2**31, 2**32 - 1))
    start = chance.choice((MAGIC, MAGIC, MAGIC[::-1], b"", MAGIC[:1]))
    return (start + size.to_bytes(4, "big") + chance.randbytes(min(size, 2**20)))[: HEADER + 2**21]


def _endless(chance: Random) -> bytes:
    return chance.choice((_order, _large, _numbers))(chance)


_Forge = Callable[[Random], bytes]
KINDS: tuple[tuple[str, _Forge], ...] = (
    *(("numbers", _numbers),) * 8, *(("bytes", _bytes),) * 4, *(("truncated", _truncated),) * 2,
    *(("order", _order),) * 3, *(("large", _large),) * 4, ("deep", _deep), ("headers", _headers),
    ("endless", _endless),
)  # fmt: skip

PART = Part("frames", 2000, 4, trial, batch=25, most={"held up, ms": 20.0})
