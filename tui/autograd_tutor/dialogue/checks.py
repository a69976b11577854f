"""The command that checks the gradients of a pass by running code."""

from __future__ import annotations

from autograd_tutor.dialogue.console import Console
from autograd_tutor.dialogue.looks import open_step
from autograd_tutor.dialogue.place import Place
from autograd_tutor.playing import key_messages
from autograd_tutor.playing.verification import call_at
from autograd_tutor.playing.walk import Walk
from autograd_tutor.render.checked_rows import checked_rows
from autograd_tutor.render.spoken_checks import checked_in_words


def verify(console: Console, walk: Walk, place: Place, settled: bool) -> None:
    """Check the pass at the moment, and say what came of it. `settled`: no exercise is open.

    Raises KeyboardInterrupt where the learner stops it.
    """
    run, step = walk.run.editable, open_step(walk.run)
    if run is None:
        console.say(key_messages.NOT_CHECKED)
        return
    if step.findings is False or not (settled and run.settled) or run.refused:
        console.say(key_messages.CHECK_LATER)
        return
    verification = run.verify(call_at(walk.trace, walk.timeline.index))
    try:
        place.wait_until(lambda: verification.done, verification.take)
    finally:
        if not verification.done:
            verification.close()
    for each in verification.results:
        rows = checked_rows(each.checked, step.first_line)
        console.say_all(checked_in_words(rows))
    if verification.problem:
        console.say(verification.problem)
