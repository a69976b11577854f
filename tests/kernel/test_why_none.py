"""Why a `.grad` is None: the reason, held against torch, and the line that it names."""

from __future__ import annotations

import pytest
from recorded import Record, Recorded

from autograd_tutor.analysis.diagnosis.run import Run
from autograd_tutor.analysis.why_none import why_none
from autograd_tutor.render.findings.why_none_words import why_none_sentences

W = "w = torch.ones(2, requires_grad=True)\n"
WB = W + "b = torch.ones(2, requires_grad=True)\n"
NO_PATH = "`w.grad` is None: no path leads from `loss` (line {}) to `w`."

CASES: dict[str, tuple[str, str, str, list[str]]] = {
    "made without": (
        "w = torch.ones(2)\nloss = (w * torch.ones(2, requires_grad=True)).sum()\nloss.backward()",
        "w",
        "requires no grad",
        [
            "`w.grad` is None: `w` does not require grad, so no pass fills it.",
            "Line 1 (`w = torch.ones(2)`) made it.",
        ],
    ),
    "a detached copy": (
        W + "v = w.detach()\nloss = (v * w).sum()\nloss.backward()",
        "v",
        "cut",
        [
            "`v.grad` is None: `v` does not require grad, as `w.detach()` in line 2 made it "
            "without a graph."
        ],
    ),
    "under no_grad": (
        WB + "with torch.no_grad():\n    h = w * 2\nloss = (h * b).sum()\nloss.backward()",
        "h",
        "cut",
        [
            "`h.grad` is None: `h` does not require grad, as line 4 (`h = w * 2`) ran without "
            "grad mode."
        ],
    ),
    "frozen": (
        "m = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 1))\n"
        "for p in m[0].parameters():\n    p.requires_grad_(False)\n"
        "loss = m(torch.ones(1, 2)).sum()\nloss.backward()",
        "m.0.bias",
        "frozen",
        [
            "`m.0.bias.grad` is None: `m.0.bias` does not require grad since line 3 "
            "(`p.requires_grad_(False)`)."
        ],
    ),
    "whole numbers": (
        "k = torch.arange(3)",
        "k",
        "integer",
        [
            "`k.grad` is None: `k` has dtype `torch.int64`, and only floating-point tensors have "
            "gradients."
        ],
    ),
    "computed": (
        W + "y = w * 2\nloss = y.sum()\nloss.backward()",
        "y",
        "no leaf",
        [
            "`y.grad` is None: `y` was computed, and a pass fills `.grad` of leaves only. "
            "`y.retain_grad()` before the pass keeps it.",
            "It was computed in line 2 (`y = w * 2`).",
        ],
    ),
    "an attribute that forward sets": (
        "class M(torch.nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.inner = torch.nn.Linear(2, 2)\n    def forward(self, x):\n"
        "        self.h = self.inner(x)\n        return self.h.sum()\n"
        "m = M()\nloss = m(torch.ones(1, 2))\nloss.backward()",
        "m.h",
        "no leaf",
        [
            "`m.h.grad` is None: `m.h` was computed, and a pass fills `.grad` of leaves only. "
            "`m.h.retain_grad()` before the pass keeps it.",
            "It was computed in line 6 (`self.h = self.inner(x)`).",
        ],
    ),
    "moved to another dtype": (
        W + "w = w.to(torch.float64)\nloss = w.sum()\nloss.backward()",
        "w",
        "no leaf",
        [
            "`w.grad` is None: `w` was computed, and a pass fills `.grad` of leaves only. "
            "`w.retain_grad()` before the pass keeps it.",
            "It was computed in line 2 (`w = w.to(torch.float64)`).",
            "Until line 2, `w` was another tensor, which has a `.grad` of its own.",
        ],
    ),
    "retained too late": (
        W + "y = w * 2\nloss = y.sum()\nloss.backward()\ny.retain_grad()",
        "y",
        "late",
        [
            "`y.grad` is None: `retain_grad()` came in line 5 (`y.retain_grad()`), after the pass "
            "of `loss` (line 4)."
        ],
    ),
    "another output of its node": (
        W + "h = w * 3\na, b = h.unbind()\na.retain_grad()\nc = b * 2\nc.backward()",
        "a",
        "no path",
        [
            "`a.grad` is None: no path leads from `c` (line 6) to `a`.",
            "No recorded operation has used it.",
        ],
    ),
    "a part that was split off and used elsewhere": (
        W + "a, b = w.split(1)\na.retain_grad()\nd = a * 2\nloss = (b * 2).sum()\nloss.backward()",
        "a",
        "no path",
        [
            "`a.grad` is None: no path leads from `loss` (line 6) to `a`.",
            "Line 4 (`d = a * 2`) used it, but the pass did not begin at what came of that.",
        ],
    ),
    "a pass that begins at another output": (
        W + "q, r = torch.linalg.qr(w.view(2, 1))\nq.retain_grad()\nr.backward()",
        "q",
        "no path",
        [
            "`q.grad` is None: no path leads from `r` (line 4) to `q`.",
            "No recorded operation has used it.",
        ],
    ),
    "no pass yet": (
        W + "loss = w.sum()",
        "w",
        "no pass",
        ["`w.grad` is None: no backward pass has run yet."],
    ),
    "a new tensor after the pass": (
        W + "loss = w.sum()\nloss.backward()\nw = torch.zeros(2, requires_grad=True)",
        "w",
        "no pass",
        [
            "`w.grad` is None: no backward pass has run since line 4 "
            "(`w = torch.zeros(2, requires_grad=True)`) made `w`.",
            "Until line 4, `w` was another tensor, which has a `.grad` of its own.",
        ],
    ),
    "only autograd.grad": (
        W + "loss = (w * w).sum()\n(g,) = torch.autograd.grad(loss, w)",
        "w",
        "returned",
        [
            "`w.grad` is None: autograd.grad in line 3 (`(g,) = torch.autograd.grad(loss, w)`) "
            "returned the gradient and stored nothing."
        ],
    ),
    "limited to other inputs": (
        WB + "loss = (w * b).sum()\nloss.backward(inputs=[b])",
        "w",
        "inputs",
        [
            "`w.grad` is None: the pass of line 4 (`loss.backward(inputs=[b])`) was limited to "
            "other inputs."
        ],
    ),
    "a pass that failed": (
        W + "y = w.exp()\nloss = y.sum()\nwith torch.no_grad():\n    y.zero_()\n"
        "try:\n    loss.backward()\nexcept RuntimeError:\n    pass\nn = 1",
        "w",
        "failed",
        [
            "`w.grad` is None: the pass of line 7 (`loss.backward()`) failed at `ExpBackward0` "
            "before it came to `w`."
        ],
    ),
    "a Function that sends None": (
        "class F(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, a, b):\n"
        "        return a * 2\n    @staticmethod\n    def backward(ctx, g):\n"
        "        return g * 2, None\n" + WB + "loss = F.apply(w, b).sum()\nloss.backward()",
        "b",
        "nothing sent",
        [
            "`b.grad` is None: in the pass of line 11 (`loss.backward()`), `FBackward` sent None "
            "to `b`."
        ],
    ),
    "a hook that clears": (
        W + "def clear(p):\n    p.grad = None\nw.register_post_accumulate_grad_hook(clear)\n"
        "loss = w.sum()\nloss.backward()",
        "w",
        "gone",
        [
            "`w.grad` is None: the pass of line 6 (`loss.backward()`) filled it, and code that it "
            "called cleared it again."
        ],
    ),
    "never used": (
        WB + "loss = b.sum()\nloss.backward()",
        "w",
        "no path",
        [NO_PATH.format(4), "No recorded operation has used it."],
    ),
    "a module of a list that is not called": (
        "m = torch.nn.ModuleList([torch.nn.Linear(2, 2) for _ in range(3)])\nx = torch.ones(1, 2)\n"
        "for layer in m[:2]:\n    x = layer(x)\nloss = x.sum()\nloss.backward()",
        "m.2.weight",
        "no path",
        [
            "`m.2.weight.grad` is None: no path leads from `loss` (line 6) to `m.2.weight`.",
            "No recorded operation has used it.",
        ],
    ),
    "used for something else": (
        WB + "c = w * 2\nloss = b.sum()\nloss.backward()",
        "w",
        "no path",
        [
            NO_PATH.format(5),
            "Line 3 (`c = w * 2`) used it, but the pass did not begin at what came of that.",
        ],
    ),
    "cut in a function": (
        "def f(x):\n    y = x * 2\n    return y.detach()\n" + WB + "loss = (f(w) + b).sum()\n"
        "loss.backward()",
        "w",
        "no path",
        [NO_PATH.format(7), "`y.detach()` in line 3 cut the path off."],
    ),
    "copied by torch.tensor": (
        WB + "t = torch.tensor([w[0].item(), 1.0])\nloss = (t * b).sum()\nloss.backward()",
        "w",
        "no path",
        [NO_PATH.format(5), "`w[0].item()` in line 3 cut the path off."],
    ),
    "used without grad mode": (
        "@torch.no_grad()\ndef f(x):\n    y = x * 2\n    return y\n" + WB + "h = f(w)\n"
        "loss = (h * b).sum()\nloss.backward()",
        "w",
        "no path",
        [
            NO_PATH.format(9),
            "Line 3 (`y = x * 2`) used it without grad mode, so that nothing was recorded.",
        ],
    ),
    "used since the pass alone": (
        WB + "loss = b.sum()\nloss.backward()\nc = w * 2\nd = c + 1",
        "w",
        "no path",
        [NO_PATH.format(4), "No pass has run since line 5 (`c = w * 2`) used it."],
    ),
    "a layer whose model has its turn later": (
        "d = torch.nn.Linear(2, 1)\ng = torch.nn.Linear(2, 2)\n"
        "d(torch.ones(1, 2)).sum().backward()\nfake = g(torch.ones(1, 2))\nerr = -d(fake).sum()",
        "g.weight",
        "no path",
        [
            "`g.weight.grad` is None: no path leads from its root (line 3) to `g.weight`.",
            "No pass has run since line 4 (`fake = g(torch.ones(1, 2))`) used it.",
        ],
    ),
    "used before the pass and after it": (
        WB + "c = w * 2\nloss = b.sum()\nloss.backward()\ne = w * 3",
        "w",
        "no path",
        [
            NO_PATH.format(5),
            "Line 3 (`c = w * 2`) used it, but the pass did not begin at what came of that.",
        ],
    ),
    "used without grad mode, in an earlier turn": (
        WB + "for turn in range(2):\n    with torch.no_grad():\n        h = w * 2\n"
        "    (h * b).sum().backward()\nloss = b.sum()\nloss.backward()",
        "w",
        "no path",
        [
            "`w.grad` is None: no path leads from its root (line 6) and `loss` (line 8) to `w`.",
            "Line 5 (`h = w * 2`) used it without grad mode, so that nothing was recorded.",
        ],
    ),
    "an argument, computed where the function is called": (
        W + "def f(h):\n    a, = h.shape\n    k = h\n    return k\nout = f(w * 2)",
        "out",
        "no leaf",
        [
            "`out.grad` is None: `out` was computed, and a pass fills `.grad` of leaves only. "
            "`out.retain_grad()` before the pass keeps it.",
            "It was computed in line 6 (`out = f(w * 2)`).",
        ],
    ),
    "an argument of a function in a function": (
        W + "def g(h):\n    n = 1\n    return h\ndef f(h):\n    return g(h)\nout = f(w * 2)",
        "out",
        "no leaf",
        [
            "`out.grad` is None: `out` was computed, and a pass fills `.grad` of leaves only. "
            "`out.retain_grad()` before the pass keeps it.",
            "It was computed in line 7 (`out = f(w * 2)`).",
        ],
    ),
    "an argument of a hook, at its second call": (
        "layers = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 1))\nkept = []\n"
        "def hook(module, args, output):\n    kept.append(output)\n"
        "for each in layers:\n    each.register_forward_hook(hook)\n"
        "loss = layers(torch.ones(1, 2)).sum()\nlast = kept[1]",
        "last",
        "no leaf",
        [
            "`last.grad` is None: `last` was computed, and a pass fills `.grad` of leaves only. "
            "`last.retain_grad()` before the pass keeps it.",
            "It was computed in line 7 (`loss = layers(torch.ones(1, 2)).sum()`).",
        ],
    ),
    "layers that were made where the model is called": (
        "class Net(torch.nn.Module):\n    def __init__(self, layer):\n        super().__init__()\n"
        "        self.layer = layer\ntorch.ones(1, requires_grad=True).sum().backward()\n"
        "net = Net(torch.nn.Linear(2, 1))",
        "net.layer.weight",
        "no pass",
        [
            "`net.layer.weight.grad` is None: no backward pass has run since line 6 "
            "(`net = Net(torch.nn.Linear(2, 1))`) made `net.layer.weight`.",
        ],
    ),
    "a parameter that was replaced": (
        "m = torch.nn.Linear(2, 1)\nloss = m(torch.ones(1, 2)).sum()\n"
        "m.weight = torch.nn.Parameter(torch.ones(1, 2))\nloss.backward()",
        "m.weight",
        "no path",
        [
            "`m.weight.grad` is None: no path leads from `loss` (line 4) to `m.weight`.",
            "Line 3 (`m.weight = torch.nn.Parameter(torch.ones(1, 2))`) made `m.weight` only after "
            "that was computed.",
            "Until line 3, `m.weight` was another tensor, which has a `.grad` of its own.",
        ],
    ),
    "two passes that do not lead there": (
        WB + "l1 = b.sum()\nl2 = (b * 2).sum()\nl1.backward()\nl2.backward()",
        "w",
        "no path",
        [
            "`w.grad` is None: no path leads from `l1` (line 5) and `l2` (line 6) to `w`.",
            "No recorded operation has used it.",
        ],
    ),
    "cleared": (
        W + "opt = torch.optim.SGD([w], 0.1)\nw.sum().backward()\n"
        "opt.zero_grad(set_to_none=True)\nn = 1",
        "w",
        "cleared",
        ["`w.grad` is None: it was cleared in line 4 (`opt.zero_grad(set_to_none=True)`)."],
    ),
    "cleared, then a pass elsewhere": (
        WB + "w.sum().backward()\nw.grad = None\nloss = b.sum()\nloss.backward()",
        "w",
        "no path",
        [
            "`w.grad` is None: it was cleared in line 4 (`w.grad = None`), and since then no path "
            "leads from `loss` (line 6) to `w`.",
            "Line 3 (`w.sum().backward()`) used it, but the pass did not begin at what came of "
            "that.",
        ],
    ),
}


def said(recorded: Recorded, name: str, index: int | None = None) -> tuple[str, list[str]]:
    """The reason and its sentences, at the end of the last step or at another moment."""
    trace = list(recorded.recording.traces.values())[-1]
    index = len(trace) - 1 if index is None else index
    found = why_none(Run(recorded.recording), trace, index, name)
    assert found is not None
    return found.reason, why_none_sentences(found, name, trace.step)


@pytest.mark.filterwarnings("ignore:The .grad attribute")
@pytest.mark.parametrize("case", CASES)
def test_the_reason_is_true_and_names_the_line(record: Record, case: str) -> None:
    code, name, reason, sentences = CASES[case]
    recorded = record(code)
    assert (
        eval(f"{name.replace('m.0', 'm[0]').replace('m.2', 'm[2]')}.grad", recorded.variables)
        is None
    )
    assert said(recorded, name) == (reason, sentences)


EARLIER: dict[str, tuple[list[str], str]] = {
    "no pass of another step": (
        [W, "n = 1"],
        "`w.grad` is None: no backward pass has run yet.",
    ),
    "a pass of an earlier step": (
        [WB + "loss = b.sum()\nloss.backward()", "n = 1"],
        "`w.grad` is None: no path leads from `loss` (line 4 of step 1) to `w`.",
    ),
    "cleared in an earlier step": (
        [W + "w.sum().backward()", "w.grad = None", "n = 1"],
        "`w.grad` is None: it was cleared in line 1 of step 2 (`w.grad = None`).",
    ),
    "made in an earlier step": (
        [W, "v = torch.ones(2, requires_grad=True)\nloss = v.sum()\nloss.backward()"],
        "`w.grad` is None: no path leads from `loss` (line 3) to `w`.",
    ),
}


@pytest.mark.parametrize("case", EARLIER)
def test_earlier_steps_are_looked_at(record: Record, case: str) -> None:
    (first, *others), sentence = EARLIER[case]
    recorded = record(first)
    for each in others:
        recorded.step(each)
    assert said(recorded, "w")[1][0] == sentence


def test_what_has_not_happened_at_a_moment_is_no_reason(record: Record) -> None:
    recorded = record(W + "loss = (w * w).sum()\nloss.backward()\nw.grad = None\n")
    trace = recorded.recording.traces[0]
    [at, *_] = trace.pass_snapshots[1]

    assert said(recorded, "w", 2)[1] == ["`w.grad` is None: no backward pass has run yet."]
    assert said(recorded, "w", at) == (
        "under way",
        ["`w.grad` is None: the pass has not come to it yet."],
    )


def test_the_gradient_that_is_there_needs_no_reason(record: Record) -> None:
    recorded = record(W + "loss = w.sum()\nloss.backward()\n")
    trace = recorded.recording.traces[0]
    assert why_none(Run(recorded.recording), trace, len(trace) - 1, "w") is None
