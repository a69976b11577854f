"""The lines at the top and the bottom: where one is, what keys there are, what went wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made import doubled, result, snapshot, trace

from autograd_tutor.recording.model import Error, FailedExpectation
from autograd_tutor.recording.timeline import Timeline
from autograd_tutor.render.headline import headline, position_texts
from autograd_tutor.render.keybar import PINNED, keybar, notice
from autograd_tutor.render.outcome import TRUNCATED, outcome

EVIL = "\x1b]0;x\x07\u202e"
KEYS = [
    ("→", "next", True),
    ("←", "back", False),
    ("N", "next step", False),
    ("q", "course", False),
    ("?", "help", False),
]


def position_text(step: int, steps: int, timeline: Timeline | None, running: bool) -> str:
    """The longest form."""
    return position_texts(step, steps, timeline, running)[0]


def test_the_headline_names_the_lesson_and_the_place() -> None:
    line = headline("Gradients", "step 1/2", 60)
    assert line.width == 60
    assert line.text.startswith(" autograd-tutor  Gradients ")
    assert line.text.endswith("step 1/2 ")
    assert (" Gradients", "title") in line.spans


def test_in_a_narrow_headline_the_place_stays_whole() -> None:
    line = headline("A title that is far too long for this", "step 1/2", 30)
    assert line.width == 30
    assert line.text.endswith("… step 1/2 ")


def test_a_title_cannot_steer_the_terminal() -> None:
    assert "␛]0;x␇\\u202e" in headline(EVIL, "", 60).text


def test_the_place_at_each_moment() -> None:
    made = trace(snapshot(0), snapshot(1, line=2, depth=1, function="f"), snapshot(2, line=3))
    assert position_text(0, 4, Timeline(made, 0), False) == "step 1/4 · start · moment 0/2"
    assert (
        position_text(0, 4, Timeline(made, 1), False) == "step 1/4 · in f · line 2/3 · moment 1/2"
    )
    assert (
        position_text(3, 4, Timeline(made, 2), True)
        == "step 4/4 · line 3/3 · moment 2/2 · still running"
    )


def test_the_place_in_a_backward_pass() -> None:
    assert position_text(1, 4, Timeline(doubled(), 5), False) == (
        "step 2/4 · backward 1 of 1 · node 2 of 3"
    )
    assert position_text(1, 4, Timeline(doubled(), 7), False) == "step 2/4 · line 4/4 · moment 7/7"


def test_the_place_before_anything_was_recorded() -> None:
    assert position_text(1, 4, None, True) == "step 2/4"
    assert position_text(1, 4, Timeline(trace()), True) == "step 2/4"


def test_a_function_name_cannot_steer_the_terminal() -> None:
    made = trace(snapshot(0), snapshot(1, depth=1, function=EVIL))
    assert "in ␛]0;x␇\\u202e" in position_text(0, 1, Timeline(made, 1), False)


def test_all_keys_stand_in_their_order() -> None:
    assert keybar(KEYS, 60).text == " → next  ← back  N next step  q course  ? help "


@given(st.integers(0, 80))
def test_what_does_not_fit_is_left_out_whole(width: int) -> None:
    line = keybar(KEYS, width)
    pieces = [f" {key} {does} " for key, does, _ in KEYS]
    rest = line.text
    for piece in pieces:
        rest = rest.removeprefix(piece)
    assert rest == ""
    pinned = "".join(pieces[-PINNED:])
    assert line.text.endswith(pinned)
    assert line.width <= max(width, len(pinned))


def test_the_key_that_matters_now_stands_out() -> None:
    spans = dict(keybar(KEYS, 60).spans)
    assert spans[" next "] == "strong"
    assert spans[" back "] == ""


def test_a_notice_of_a_failure_looks_like_one() -> None:
    assert notice("No.", failure=True).spans == ((" No.", "failure strong"),)
    assert notice("No.", failure=False).spans == ((" No.", "strong"),)


def ended(problem: str | None = None, **changes: object) -> str:
    made = trace(snapshot(0))
    made.finish(result(**changes))
    return outcome(made, problem, 0)


def test_nothing_to_say_of_a_step_that_is_as_it_was_meant_to_be() -> None:
    assert ended() == ""
    assert ended(error=Error("RuntimeError", "no", 2, "")) == ""
    assert outcome(trace(snapshot(0)), None, 0) == ""


@pytest.mark.parametrize(
    ("threads", "shown"),
    [
        (0, ""),
        (1, "Lines that ran in 1 other thread are not recorded."),
        (3, "Lines that ran in 3 other threads are not recorded."),
    ],
)
def test_lines_that_ran_in_other_threads_are_not_recorded(threads: int, shown: str) -> None:
    assert ended(threads=threads) == shown


def test_why_a_step_has_no_end() -> None:
    assert outcome(trace(), f"It went. {EVIL}", 0) == "✗ It went. ␛]0;x␇\\u202e"


def test_a_step_that_had_ended_does_not_care_what_became_of_the_run() -> None:
    assert ended("The run has ended.") == ""


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        (Error("RuntimeError", "no", 2, ""), "✗ Line 2: RuntimeError: no"),
        (Error("KeyboardInterrupt", "", 0, ""), "✗ KeyboardInterrupt"),
        (Error(EVIL, "a\nb", 1, ""), "✗ Line 1: ␛]0;x␇\\u202e: a␊b"),
    ],
)
def test_a_step_that_failed(error: Error, shown: str) -> None:
    assert ended(ok=False, error=error) == shown


def test_the_end_of_a_step_is_not_shown_before_it_is_reached() -> None:
    made = trace(snapshot(0), snapshot(1))
    made.finish(result(ok=False, error=Error("RuntimeError", "no", 1, "")))
    assert outcome(made, None, 0) == "✗ This step fails in line 1; the End key goes there."
    assert outcome(made, None, 1) == "✗ Line 1: RuntimeError: no"


def test_a_step_without_an_error_is_never_said_to_fail_in_a_line() -> None:
    made = trace(snapshot(0), snapshot(1))
    made.finish(result(ok=False, failed=(FailedExpectation(0, "x == 1", "is False"),)))
    assert outcome(made, None, 0) == "✗ Not as expected: x == 1: is False"


def test_a_step_that_is_not_as_expected() -> None:
    failed = (FailedExpectation(0, "x == 1", EVIL), FailedExpectation(1, "y", "it is 0"))
    assert ended(ok=False, failed=failed) == "✗ Not as expected: x == 1: ␛]0;x␇\\u202e"


def test_a_step_that_was_meant_to_fail() -> None:
    assert "meant to fail" in ended(ok=False)


@pytest.mark.parametrize("limit", TRUNCATED)
def test_every_limit_says_what_it_did(limit: str) -> None:
    shown = ended(truncated=limit, snapshots=10_001, nodes=100_000)
    assert shown == TRUNCATED[limit].format(moments=10_000, nodes=100_000)
    assert "{" not in shown
    assert not shown.startswith("✗")
