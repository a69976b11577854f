"""Why the `.grad` of a tensor is None, over all steps of a run, and the lines that prove it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import islice
from typing import Literal, NamedTuple

from autograd_tutor.analysis.diagnosis.cutting import Cut, cut_facts, cut_in
from autograd_tutor.analysis.diagnosis.provenance import lines_behind, outside
from autograd_tutor.analysis.diagnosis.run import Change, Line, Moment, Run, RunPass, spoken
from autograd_tutor.analysis.identity import rebound
from autograd_tutor.analysis.outputs import Output, coming, outputs_of, reachable, users_of
from autograd_tutor.analysis.pass_state import PassState
from autograd_tutor.limits.interface import MOST_ASKED_LINES, MOST_ASKED_PASSES
from autograd_tutor.recording.followed import Place
from autograd_tutor.recording.model import Tensor
from autograd_tutor.recording.numbers import is_complex, is_floating
from autograd_tutor.recording.trace import Trace

Reason = Literal[
    "requires no grad", "frozen", "cut", "integer", "no leaf", "no pass", "cleared", "under way",
    "returned", "inputs", "failed", "late", "nothing sent", "gone", "no path", "in transforms",
    "unknown",
]  # fmt: skip
"""Why a `.grad` is None.

The tensor requires none: as it was made, since it was frozen, as the line that made it cut the
graph, or as its dtype has no gradient. It is no leaf. No pass has run, or none since it was
cleared; one is on its way; `autograd.grad` returned the gradient; the pass was limited to other
`inputs`; it failed before; `retain_grad()` came after it; what leads to the tensor sent nothing;
the same line, a hook of it, has cleared it again; no path leads to it.
"""
Missing = Literal["", "later", "cut", "mode", "unused", "since", "elsewhere"]
"""Why no path leads to a tensor: it is newer than where the pass began; a line cut the path, or ran
without grad mode; no recorded operation has used it; one has only since the pass; others than those
of the pass have."""


class At(NamedTuple):
    """A line that proves something."""

    line: int | Place
    """As its file counts."""
    step: int
    text: str = ""

    @classmethod
    def of(cls, line: Line) -> At:
        """The same of a line that has run."""
        return cls(line.in_file, line.trace.step, line.text)


class Began(NamedTuple):
    """Where a pass began."""

    root: str
    """The name of its root; `` where that has none."""
    at: At


class WhyNone(NamedTuple):
    """Why a `.grad` is None at a moment."""

    reason: Reason
    at: At | None = None
    """The line that made it so: of a tensor that is no leaf the one that computed it, of one that
    no pass has run for the one that made it, if passes ran before."""
    cleared: At | None = None
    """The line that has cleared what was there before."""
    began: tuple[Began, ...] = ()
    """The passes that did not fill it."""
    missing: Missing = ""
    names: tuple[str, ...] = ()
    """Nodes that failed or sent nothing; what was computed from it instead; what was cut, or cut
    it; its dtype."""
    rebound: At | None = None
    """The line since which its name stands for it, where it stood for a leaf before."""


def why_none(run: Run, trace: Trace, index: int, name: str) -> WhyNone | None:
    """Why the `.grad` of a tensor is None at a snapshot of a step; None where it is not."""
    tensor = trace.tensor(index, name)
    if tensor is None or tensor.grad is not None:
        return None
    if tensor.wrappers:
        return WhyNone("in transforms")
    asked = _Asked(run, trace, index, tensor)
    found = asked.without_grad() if not tensor.requires_grad else asked.unfilled()
    earlier = rebound(trace, index, name, trace.state(index))
    at = asked.line_at(Moment(trace.step, earlier.since)) if earlier is not None else None
    if at is None or (found.reason not in ("no leaf", "no pass") and found.missing != "later"):
        return found
    return found._replace(rebound=At.of(at))


class _Asked:
    """A tensor that is asked about at a moment, and its story until then."""

    def __init__(self, run: Run, trace: Trace, index: int, tensor: Tensor) -> None:
        self.run = run
        self.trace = trace
        self.tensor = tensor
        self.now = Moment(trace.step, index)
        story = run.stories.get(tensor.identity or 0, ())
        self.story: Sequence[Change] = [each for each in story if each.moment <= self.now]

    def line_at(self, moment: Moment) -> Line | None:
        """The line that ended at a moment, or was the next to end; None before the first one."""
        trace = self.run.recording.traces.get(moment.step)
        if trace is None or moment.at < 0 or not trace.snapshots[moment.at].line:
            return None
        return self.run.line_of(moment)

    def without_grad(self) -> WhyNone:
        """Why it does not require grad."""
        after = [
            now.moment
            for was, now in zip(self.story, self.story[1:], strict=False)
            if was.tensor.requires_grad and not now.tensor.requires_grad
        ]
        if after:
            return WhyNone("frozen", _at(self.line_at(after[-1])))
        dtype = self.tensor.dtype
        if not is_floating(dtype) and not is_complex(dtype):
            return WhyNone("integer", names=(dtype,))
        maker = self._maker
        cut = cut_in(self.run, maker) if maker is not None else None
        if maker is not None and cut is not None:
            made = (maker.after(spoken(name)) for name in cut.made)
            if any(each and each.identity == self.tensor.identity for each in made):
                return WhyNone("cut", _at(maker), names=_cut_names(cut), missing=_how(cut))
        return WhyNone("requires no grad", _at(maker))

    def unfilled(self) -> WhyNone:
        """Why no pass has filled it, though it requires grad."""
        if not self.tensor.is_leaf and not self.tensor.retains_grad:
            return WhyNone("no leaf", _at(self._maker))
        cleared = self._cleared
        since = cleared or (self.story[0].moment if self.story else Moment(-1, 0))
        passes = [each for each in self.run.passes if since < each.line.moment <= self.now]
        found = self._of_passes(passes[-MOST_ASKED_PASSES:])
        if found.reason == "no pass" and self._is_under_way():
            found = WhyNone("under way")
        elif found.reason == "no pass" and not cleared:
            ran = any(each.line.moment <= since for each in self.run.passes)
            found = found._replace(at=_at(self._maker) if ran else None)
        if cleared and found.reason == "no pass":
            found = WhyNone("cleared")
        return found._replace(cleared=_at(self.line_at(cleared)) if cleared else None)

    @property
    def _maker(self) -> Line | None:
        """The line that made it: of an argument the one that called the function."""
        line = self.line_at(self.story[0].moment) if self.story else None
        return outside(self.run, line, self.tensor.identity)

    @property
    def _cleared(self) -> Moment | None:
        """When its last `.grad` went."""
        had = [at for at, each in enumerate(self.story) if each.tensor.grad is not None]
        return self.story[had[-1] + 1].moment if had and had[-1] + 1 < len(self.story) else None

    def _is_under_way(self) -> bool:
        """Whether this moment is inside of a pass that comes to the tensor later."""
        backward = self.trace.snapshots[self.now.at].backward
        if backward is None:
            return False
        state = PassState(self.trace, backward.call, self.now.at)
        ahead = [each for each in self._outputs if state.ran.get(each[0], -1) > self.now.at]
        return any(any(coming(state, each)) for each in ahead)

    def _of_passes(self, passes: Sequence[RunPass]) -> WhyNone:
        """Why none of the passes has filled it; of the last that could have, where one could."""
        began: dict[Began, RunPass] = {}
        for each in reversed(passes):
            found = self._of_pass(each)
            if found is not None and found.reason != "no path":
                return found
            if found is not None:
                began.setdefault(_began(each), each)
        if not began:
            return WhyNone("no pass")
        last = next(iter(began.values()))
        return self._without_path(last)._replace(began=tuple(reversed(list(began)[:3])))

    def _of_pass(self, each: RunPass) -> WhyNone | None:
        """Why a pass has not filled it; None of `grad`, where it has nothing to do with it."""
        ended, began = each.ended, (_began(each),)
        if ended.left_out or not each.roots:
            return WhyNone("unknown", _at(each.line))
        roots = [(root.node, root.output_nr) for root in ended.roots if root.node is not None]
        reaches = self._outputs_at(each) & reachable(self.run.nodes, roots)
        if ended.function == "grad":
            return WhyNone("returned", _at(each.line), began=began) if reaches else None
        if not reaches:
            return WhyNone("no path")
        if ended.failed is not None:
            return WhyNone("failed", _at(each.line), names=self._called([ended.failed]))
        ran = [output for output in reaches if output[0] in each.nodes]
        if not ran:
            if ended.inputs is None:
                return WhyNone("unknown")
            return WhyNone("inputs", _at(each.line), began=began)
        return self._arrived(each, ran[0])

    def _arrived(self, each: RunPass, output: Output) -> WhyNone:
        """Why there is no `.grad` though the pass came to the tensor's node."""
        retained = [change.moment for change in self.story if change.tensor.retains_grad]
        if not self.tensor.is_leaf and retained and retained[0] > each.line.moment:
            return WhyNone("late", _at(self.line_at(retained[0])), began=(_began(each),))
        state = PassState(each.trace, each.ended.call, each.nodes[output[0]])
        parts = list(coming(state, output))
        if parts and all(part.grad is None and part.arrived for part in parts):
            sources = [part.source for part in parts if part.source is not None]
            return WhyNone("nothing sent", _at(each.line), names=self._called(sources))
        came = any(part.grad is not None for part in parts)
        return WhyNone("gone", _at(each.line)) if came else WhyNone("unknown")

    def _without_path(self, each: RunPass) -> WhyNone:
        """What there is instead of a path from where a pass began."""
        found = WhyNone("no path")
        roots = [self.run.found.get(root, Moment(-1, 0)) for root in each.roots]
        made = self.story[0].moment if self.story else None
        if made is not None and made > max(roots) and (maker := self._maker) is not None:
            return found._replace(missing="later", at=_at(maker))
        for line in islice(lines_behind(self.run, each.line), MOST_ASKED_LINES):
            cut = cut_in(self.run, line)
            if cut is not None and self._is_behind(cut):
                return found._replace(missing=_how(cut), at=_at(line), names=_cut_names(cut))
        users = users_of(self.run.nodes, self.run.users, self._outputs)
        used, first = min(((self.run.found[user], user) for user in users), default=(self.now, 0))
        if not first or used > self.now:
            return self._unused()
        at = _at(self.run.line_of(used))
        if used > each.line.moment:
            return found._replace(missing="since", at=at)
        node = self.run.nodes[first]
        names = (spoken(node.variable),) if node.variable else ()
        return found._replace(missing="elsewhere", at=at, names=names)

    def _unused(self) -> WhyNone:
        """No recorded operation has used it: one that was not recorded may have."""
        end = bisect_right(self.run.lines, self.now, key=lambda line: line.moment)
        for line in self.run.lines[max(end - MOST_ASKED_LINES, 0) : end]:
            cut = cut_in(self.run, line) if not line.grad_mode else None
            if cut is not None and _how(cut) == "mode" and self._is_behind(cut):
                return WhyNone("no path", missing="mode", at=_at(line), names=_cut_names(cut))
        return WhyNone("no path", missing="unused")

    def _is_behind(self, cut: Cut) -> bool:
        """Whether what a line has cut off leads to the tensor."""
        read = cut.line.tensors_read()
        those = [read[name] for name in cut.names if name in read]
        roots = frozenset[Output]().union(*(outputs_of({}, each) for each in those))
        return any(each.identity == self.tensor.identity for each in those) or bool(
            self._outputs & reachable(self.run.nodes, roots)
        )

    @cached_property
    def _outputs(self) -> frozenset[Output]:
        """Where gradients for the tensor arrive."""
        return outputs_of(self.run.nodes, self.tensor)

    def _outputs_at(self, each: RunPass) -> frozenset[Output]:
        """The same at the time of a pass: it may have been changed in place since."""
        if self.tensor.is_leaf:
            return self._outputs
        before = Moment(each.trace.step, each.line.since - 1)
        return outputs_of({}, self.run.at(self.tensor.identity or 0, before) or self.tensor)

    def _called(self, numbers: Iterable[int]) -> tuple[str, ...]:
        found = (self.run.nodes.get(number) for number in numbers)
        return tuple(dict.fromkeys(node.name for node in found if node is not None))


def _began(each: RunPass) -> Began:
    root = next((root.name for root in each.ended.roots if root.name), None)
    return Began(spoken(root or ""), At.of(each.line))


def _at(line: Line | None) -> At | None:
    return None if line is None else At.of(line)


def _how(cut: Cut) -> Missing:
    return "mode" if cut.how == "mode" else "cut"


def _cut_names(cut: Cut) -> tuple[str, ...]:
    return (str(cut_facts(cut)["call"]),)
