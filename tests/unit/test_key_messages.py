"""Which keys the bar offers, and in which order."""

from __future__ import annotations

import pytest
from made import doubled, result

from autograd_tutor.playing import key_messages
from autograd_tutor.playing.key_messages import AfterLastMoment, Hint
from autograd_tutor.recording.timeline import Timeline
from autograd_tutor.render.keybar import keybar


@pytest.mark.parametrize("solved", [True, False])
def test_the_way_to_the_next_lesson_has_room_once_the_exercise_is_solved(solved: bool) -> None:
    trace = doubled()
    trace.result = result()
    timeline = Timeline(trace, len(trace) - 1)
    assert timeline.can_enter
    after = AfterLastMoment(running=False, lost=False, last_step=True, next_lesson="Next")
    of_task = (Hint("e", "edit"), Hint("H", "solution", solved), Hint("R", "starter"))
    hints = key_messages.hints(timeline, after, True, (Hint("4", "Graph", True),), False, of_task)
    shown = keybar(hints, 80).text
    assert ("N next lesson" in shown) is solved
    assert "i into" in "".join(f"{each.key} {each.does}" for each in hints)
