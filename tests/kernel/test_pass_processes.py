"""Whatever happens inside of a pass, its process ends as it should and the next run works."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from process_session import PATIENT, Outcome, Session, in_time

HOOKED = (
    "import os, signal, sys, time, ctypes\nx = torch.ones(2, requires_grad=True)\nh = x.sin()\n"
    "def hook(g):\n    {body}\nh.register_hook(hook)\nh.exp().sum().backward()\n"
)


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    with Session() as session:
        session.wait_ready()
        yield session


@pytest.fixture(autouse=True)
def _the_next_run_works(session: Session) -> Iterator[None]:
    yield
    session.assert_works()


def nodes(outcome: Outcome) -> int:
    return sum(snapshot.backward is not None for snapshot in outcome.snapshots)


def test_a_pass_comes_over_the_wire(session: Session) -> None:
    outcome = session.execute(HOOKED.format(body="pass"), PATIENT)
    assert outcome.error is None
    assert nodes(outcome) == 4
    assert [each.nodes for each in outcome.snapshots[-1].passes] == [4]


@pytest.mark.parametrize(
    "body",
    ["while True: pass", "time.sleep(10**6)", "pow(7, 10**9)"],
    ids=["a loop", "sleep", "in C"],
)
def test_a_hook_that_does_not_return_is_stopped(session: Session, body: str) -> None:
    outcome = session.execute_until_stopped(
        HOOKED.format(body=body), reached=lambda outcome: nodes(outcome) >= 2
    )
    assert nodes(outcome) == 2
    if outcome.ended is not None:
        assert outcome.ended.cause == "deadline"
    else:
        assert outcome.error is not None
        assert outcome.error.type == "TimeLimit"


def test_an_endless_loop_of_passes_is_stopped(session: Session) -> None:
    code = "x = torch.ones(2, requires_grad=True)\nwhile True: (x * 2).sum().backward()\n"
    outcome = session.execute_until_stopped(
        code, reached=lambda outcome: in_time(outcome) and nodes(outcome) > 0
    )
    assert outcome.error is not None
    assert outcome.error.type == "TimeLimit"
    assert nodes(outcome) > 0


@pytest.mark.parametrize(
    ("body", "cause", "code"),
    [
        ("os._exit(3)", "exit", 3),
        ("os.kill(os.getpid(), 9)", "signal", 9),
        ("ctypes.string_at(0)", "signal", 11),
    ],
)
def test_a_process_that_ends_inside_of_a_pass(
    session: Session, body: str, cause: str, code: int
) -> None:
    outcome = session.execute(HOOKED.format(body=body), PATIENT)
    assert outcome.ended is not None
    assert (outcome.ended.cause, outcome.ended.code) == (cause, code)
    assert nodes(outcome) == 2


def test_what_a_hook_prints_is_recorded_with_its_node(session: Session) -> None:
    outcome = session.execute(HOOKED.format(body="print('here')"), PATIENT)
    shown = [snapshot for snapshot in outcome.snapshots if "here" in snapshot.stdout]
    assert outcome.stdout == "here\n"
    assert len(shown) == 1
    assert (shown[0].event, shown[0].function) == ("line", "hook")
    assert outcome.snapshots[shown[0].index - 1].backward is not None


def test_a_step_goes_on_after_one_that_was_stopped_inside_of_a_pass(session: Session) -> None:
    stopped = session.execute_until_stopped(
        HOOKED.format(body="time.sleep(10**6)"),
        reached=lambda outcome: in_time(outcome) and nodes(outcome) >= 2,
        keep=True,
    )
    assert stopped.error is not None
    again = session.step(stopped.run, "(x * 2).sum().backward()\nprint(x.grad)", 1, PATIENT)
    assert again.stdout == "tensor([2., 2.])\n"
    assert nodes(again) == 3
    session.kernel.kill(stopped.run)
