"""The key that says what goes wrong, and the marks at the lines where it does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from textual.message import Message

from autograd_tutor.playing import key_messages
from autograd_tutor.playing.exercise_work import ExerciseWork
from autograd_tutor.ui.soon import aside
from autograd_tutor.ui.term_keys import TermKeys

if TYPE_CHECKING:
    from autograd_tutor.analysis.diagnosis.finding import Finding, Proof
    from autograd_tutor.analysis.diagnosis.run import Run
    from autograd_tutor.recording.trace import Recording
    from autograd_tutor.render.rows import Row

Done = tuple["Recording", frozenset[int]]
"""What has been diagnosed: which steps of a recording."""


class WhyKeys(TermKeys):
    """A lesson whose steps are diagnosed when they have ended, on a thread."""

    class Diagnosed(Message):
        """What goes wrong in the steps that have ended is known."""

        def __init__(self, of: Done, findings: Sequence[Finding] | None, known: Run) -> None:
            """`findings`: None where looking for them failed; `known`: what they were found in."""
            super().__init__()
            self.of = of
            self.findings = findings
            self.known = known

    def __init__(self) -> None:
        super().__init__()
        self._findings: Sequence[Finding] = ()
        self._failed = False
        """Whether looking for them failed."""
        self._diagnosed: Done | None = None
        self._known: Run | None = None
        """The run as far as it is diagnosed, with what was worked out for that."""
        self._asked: Done | None = None
        """What is being diagnosed, or was last."""
        self._waits = False
        """Whether the key was pressed before it was known."""

    @property
    def work(self) -> ExerciseWork | None:
        """Of an exercise, what was done in it."""
        raise NotImplementedError

    def diagnose(self) -> None:
        """Find out what goes wrong, if a step has ended since the last time."""
        self.forget_findings()
        recording = self.run.recording
        ended = frozenset(step for step, each in list(recording.traces.items()) if each.done)
        of = recording, ended
        if ended and of != self._asked:
            self._asked = of
            aside(lambda: self._diagnose(of))

    def forget_findings(self) -> None:
        """Forget what was found in another run than the one that is shown."""
        if self._asked is not None and self._asked[0] is not self.run.recording:
            self._findings, self._asked, self._diagnosed, self._waits = (), None, None, False
            self._known = None

    def _diagnose(self, of: Done) -> None:
        from autograd_tutor.analysis.diagnosis.diagnose import diagnose
        from autograd_tutor.analysis.diagnosis.run import Run

        known = Run(*of)
        findings: Sequence[Finding] | None = None
        with suppress(Exception):  # a recording that rules trip over can still be walked
            findings = diagnose(*of, known)
        with suppress(RuntimeError):  # the program has ended
            self.post_message(self.Diagnosed(of, findings, known))

    def on_why_keys_diagnosed(self, message: Diagnosed) -> None:
        if message.of != self._asked:
            return
        self._findings, self._failed = message.findings or (), message.findings is None
        self._diagnosed, self._known = message.of, message.known
        self.show_marks()
        if self._waits:
            self._waits = False
            self.action_why()

    def show_marks(self) -> None:
        """Show at which lines there is something to be explained."""
        raise NotImplementedError

    @property
    def _may_explain(self) -> bool:
        return self._step.findings is not False and (self.work is None or self.work.settled)

    @property
    def _marks_lines(self) -> bool:
        return self._step.marks_findings and self._may_explain

    @property
    def marks(self) -> dict[int, tuple[Finding, ...]]:
        """By line of the open step the findings to be marked there."""
        found: dict[int, tuple[Finding, ...]] = {}
        if self._marks_lines and self._diagnosed is not None:
            for each in self._findings:
                if each.place.step == self.run.step and each.certainty != "note":
                    found[each.place.line] = (*found.get(each.place.line, ()), each)
        return found

    @property
    def failure_words(self) -> str:
        """What the failure that is shown comes from, where that was found and may be said."""
        index = self.walk.timeline.index
        if not self._marks_lines or self._diagnosed is None:
            return ""
        failed = [
            each
            for each in self._findings
            if each.certainty == "finding" and each.proofs[-1][:2] == (self.run.step, index)
        ]
        if not failed or self.walk.trace.snapshots[index].error is None:
            return ""
        from autograd_tutor.render.findings.finding_words import words_of

        return f"{words_of(failed[0]).why}  w: {failed[0].key}"

    def action_why(self) -> None:
        if not self._may_explain:
            self.say(key_messages.FINDINGS_HIDDEN)
            return
        self.diagnose()
        if self._diagnosed is None or self._diagnosed != self._asked:
            self._waits = self._asked is not None
            self.say(key_messages.DIAGNOSING if self._waits else key_messages.NOT_ENDED)
            return
        about, findings = self._asked_about()
        asked = self._asked_view()
        if not findings and asked is None:
            nothing = key_messages.nothing_found(about, self.run.trace)
            self.say(key_messages.DIAGNOSIS_FAILED if self._failed else nothing)
            return
        from autograd_tutor.ui.why_screen import WhyScreen

        recording = self.run.recording
        check = None if self.run.editable is None else self.action_verify
        self.app.push_screen(WhyScreen(recording, findings, about, self._go_to_proof, asked, check))

    def action_verify(self) -> None:
        """Check the gradients of the pass by running code."""
        raise NotImplementedError

    def _asked_view(self) -> Callable[[int], list[Row]] | None:
        """What there is to say of the chosen tensor at this moment, where one is chosen."""
        trace, index, name = self.walk.trace, self.walk.timeline.index, self._panes.chosen_tensor
        tensor = name and trace.tensor(index, name.removesuffix(".grad"))
        if not name or not tensor:
            return None
        from autograd_tutor.analysis.diagnosis.run import Run
        from autograd_tutor.render.findings.asked_view import asked_view

        known, done = self._known, self._diagnosed
        if known is None or done is None or trace.step not in done[1]:
            steps = frozenset() if done is None else done[1]
            known = Run(self.run.recording, {*steps, trace.step})
        return lambda width: asked_view(known, trace, index, name, width)

    def _asked_about(self) -> tuple[str, list[Finding]]:
        """What is chosen, and what there is to say of it; of nothing chosen, all of the step."""
        from autograd_tutor.analysis.diagnosis.finding import about, of_step

        name = self._panes.chosen_tensor
        graph = self._panes.graph
        node = next(iter(graph.nodes_in_view), None) if graph.has_focus else None
        findings = of_step(self._findings, self.run.step)
        if name is not None:
            return name, about(findings, name)
        if chosen := [each for each in findings if node in each.nodes]:
            return self.run.trace.nodes[node or 0].name, chosen
        return "", findings

    def _go_to_proof(self, proof: Proof) -> None:
        if proof.step != self.run.step:
            self.open_step(proof.step)
        self.entered(self.walk.jump_to(proof.at))

    def open_step(self, step: int) -> None:
        """Open any step of the lesson."""
        raise NotImplementedError
