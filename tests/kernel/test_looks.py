"""Pictures that are asked for between steps, from a run in its own process."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import pytest
from process_session import PATIENT, Session

from autograd_tutor.client import Ended, KernelEvent, RunRecord
from autograd_tutor.recording.picture import Looked, LookRequest, Picture
from autograd_tutor.recording.wire import ResultRecord

CODE = """
import torch
t = torch.arange(24.0).reshape(2, 3, 4)
w = torch.arange(2000.0, requires_grad=True)
(w * w).sum().backward()
"""


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    with Session() as session:
        session.wait_ready()
        yield session


def ask(session: Session, run: int, number: int, name: str, *at: int) -> Looked:
    session.kernel.look(LookRequest(run, number, name, at, 64, 64))

    def is_answer(event: KernelEvent) -> bool:
        match event:
            case RunRecord(of, Looked(answered, _)):
                return (of, answered) == (run, number)
        return False

    event = session.wait(is_answer)
    assert isinstance(event, RunRecord)
    assert isinstance(event.record, Looked)
    return event.record


def numbers(picture: Picture | None) -> list[float]:
    assert picture is not None
    return list(struct.unpack(f"<{picture.rows * picture.columns}d", picture.means))


def test_a_matrix_of_more_dimensions_and_a_gradient(session: Session) -> None:
    run = session.start(PATIENT)
    session.ask(run, CODE)
    assert numbers(ask(session, run, 1, "t", 1).picture) == list(range(12, 24))
    found = ask(session, run, 2, "w.grad").picture
    assert found is not None
    assert (found.height, found.width, found.columns) == (1, 2000, 64)
    assert numbers(found)[0] == pytest.approx(sum(2 * i for i in range(31)) / 31)
    for number, name, at in ((3, "nothing", ()), (4, "t", ()), (5, "t", (2,)), (6, "t.grad", (0,))):
        assert ask(session, run, number, name, *at).picture is None
    assert session.step(run, "t += 1\nprint(t.sum())", 1).stdout == "tensor(300.)\n"
    assert numbers(ask(session, run, 7, "t", 0).picture) == list(range(1, 13))
    session.kernel.kill(run)


def test_a_look_waits_for_the_steps_that_were_asked_for_before(session: Session) -> None:
    run = session.start(PATIENT)
    session.ask(run, "import torch\nt = torch.zeros(2, 2)")
    session.ask(run, "for _ in range(200): t += 1", 1)
    assert numbers(ask(session, run, 1, "t").picture) == [200.0] * 4
    kinds = [
        type(event.record)
        for event in session.events
        if isinstance(event, RunRecord) and event.run == run
    ]
    assert kinds.index(Looked) > max(at for at, kind in enumerate(kinds) if kind is ResultRecord)
    session.kernel.kill(run)


def test_a_step_that_failed_can_be_looked_at(session: Session) -> None:
    run = session.start(PATIENT)
    session.ask(run, "import torch\nt = torch.ones(1, 2)\n1 / 0")
    assert numbers(ask(session, run, 1, "t").picture) == [1.0, 1.0]
    session.kernel.kill(run)


def test_a_picture_that_was_not_asked_for_ends_the_run(session: Session) -> None:
    code = """
import gc
from autograd_tutor.kernel.run import _StepServer
from autograd_tutor.recording.picture import Looked
server = next(each for each in gc.get_objects() if isinstance(each, _StepServer))
server._data.send(Looked(7, None))
"""
    outcome = session.execute(code)
    assert isinstance(outcome.ended, Ended)
    assert outcome.ended.cause == "protocol"
    session.assert_works()
