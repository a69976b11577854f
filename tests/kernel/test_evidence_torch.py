"""What a recording proves besides values, held against torch's and Python's own answers."""

from __future__ import annotations

import warnings

import pytest
from recorded import Record, Recorded

from autograd_tutor.recording.evidence import Kept, Modes, Stepped, Warned
from autograd_tutor.recording.model import Snapshot

pytestmark = pytest.mark.filterwarnings("default")
"""Warnings are what Python makes of them; pytest makes errors of them."""

LAYER = "layer = torch.nn.Linear(2, 1)\n"
OFF = Modes(grad=False)


def at_line(run: Recorded, line: int) -> list[Snapshot]:
    """The snapshots of a line, in their order."""
    trace = run.recording.traces[max(run.recording.traces)]
    return [each for each in trace.snapshots if each.line == line and each.event == "line"]


def modes(run: Recorded, line: int, time: int = 0) -> Modes:
    trace = run.recording.traces[max(run.recording.traces)]
    return trace.modes(at_line(run, line)[time].index)


def stepped(run: Recorded, line: int, time: int = 0) -> tuple[Stepped, ...]:
    found = at_line(run, line)[time].evidence
    return () if found is None else found.stepped


def warned(run: Recorded, line: int, time: int = 0) -> tuple[Warned, ...]:
    found = at_line(run, line)[time].evidence
    return () if found is None else found.warned


def kept(run: Recorded, name: str) -> dict[str, Kept]:
    """What the node of a variable has kept, by the name there."""
    trace = run.recording.traces[max(run.recording.traces)]
    for index in range(len(trace)):
        tensor = trace.tensor(index, name)
        if tensor is not None and tensor.grad_fn is not None:
            return {each.name: each for each in trace.kept(tensor.grad_fn)}
    raise AssertionError(name)


def identity(run: Recorded, name: str) -> int:
    trace = run.recording.traces[max(run.recording.traces)]
    tensor = trace.tensor(len(trace) - 1, name)
    assert tensor is not None
    assert tensor.identity is not None
    return tensor.identity


def test_grad_mode_in_a_with_statement(record: Record) -> None:
    run = record("with torch.no_grad():\n    a = torch.ones(1)\nb = a + 1\n")
    assert (modes(run, 1), modes(run, 2), modes(run, 3)) == (OFF, OFF, Modes())
    assert at_line(run, 3)[0].evidence is None


def test_grad_mode_of_a_decorated_function(record: Record) -> None:
    run = record("@torch.no_grad()\ndef f(a):\n    b = a * 2\n    return b\nc = f(torch.ones(1))\n")
    assert (modes(run, 3), modes(run, 4), modes(run, 5)) == (OFF, OFF, Modes())


def test_grad_mode_that_is_set_lasts_into_the_next_step(record: Record) -> None:
    run = record("torch.set_grad_enabled(False)\n")
    run.step("a = 1\ntorch.set_grad_enabled(True)\nb = 2\n")
    assert (modes(run, 1), modes(run, 2)) == (OFF, Modes())
    assert run.recording.traces[1].modes(-1) == OFF


def test_grad_mode_inside_of_others(record: Record) -> None:
    run = record(
        "with torch.no_grad():\n    with torch.enable_grad():\n        a = 1\n    b = 2\n"
        "with torch.inference_mode():\n    c = 3\n"
    )
    assert (modes(run, 3), modes(run, 4)) == (Modes(), OFF)
    assert modes(run, 6) == Modes(grad=False, inference=True)


def test_autocast_names_device_and_dtype(record: Record) -> None:
    run = record("with torch.autocast('cpu', torch.bfloat16):\n    a = 1\nb = 2\n")
    assert modes(run, 2).autocast == ("cpu torch.bfloat16",)
    assert modes(run, 3).autocast == ()


def test_an_optimizer_holds_its_tensors_and_changes_them(record: Record) -> None:
    run = record(
        LAYER + "opt = torch.optim.SGD(layer.parameters(), lr=0.1)\n"
        "layer(torch.ones(1, 2)).sum().backward()\nopt.step()\nopt.zero_grad()\nlayer.zero_grad()\n"
    )
    both = identity(run, "layer.weight"), identity(run, "layer.bias")
    assert run.recording.traces[0].optimizers(2)["opt"].held == both
    assert run.recording.traces[0].optimizers(2)["opt"].kind == "SGD"
    assert stepped(run, 4) == (Stepped("opt", both, both),)
    for line, owner in ((5, "opt"), (6, "layer")):
        evidence = at_line(run, line)[0].evidence
        assert evidence is not None
        assert [(each.owner, each.held) for each in evidence.cleared] == [(owner, both)]


def test_two_optimizers_and_one_without_gradients(record: Record) -> None:
    run = record(
        "a = torch.ones(1, requires_grad=True)\nb = torch.ones(1, requires_grad=True)\n"
        "d = torch.optim.SGD([a], lr=1)\ng = torch.optim.Adam([b])\n(a * 2).backward()\n"
        "d.step(); g.step()\n"
    )
    a, b = identity(run, "a"), identity(run, "b")
    assert stepped(run, 6) == (Stepped("d", (a,), (a,)), Stepped("g", (b,), ()))


def test_a_group_that_is_added_later(record: Record) -> None:
    run = record(
        "a = torch.ones(1, requires_grad=True)\nb = torch.ones(1, requires_grad=True)\n"
        "opt = torch.optim.SGD([a], lr=1)\nopt.add_param_group({'params': [b]})\n"
        "del opt\n"
    )
    trace = run.recording.traces[0]
    held = [trace.optimizers(at_line(run, line)[0].index) for line in (3, 4, 5)]
    a, b = identity(run, "a"), identity(run, "b")
    assert [each["opt"].held for each in held[:2]] == [(a,), (a, b)]
    assert not held[2]


def test_optimizers_in_objects_dicts_and_functions_have_their_names(record: Record) -> None:
    run = record(
        "w = torch.ones(1, requires_grad=True)\nw.grad = torch.ones(1)\n"
        "class Trainer:\n    def __init__(self):\n        self.opt = torch.optim.SGD([w], lr=1)\n"
        "    def turn(self):\n        self.opt.step()\n"
        "trainer = Trainer()\ntrainer.turn()\nopts = {'d': torch.optim.SGD([w], lr=1)}\n"
        "for opt in opts.values(): opt.step()\ntorch.optim.SGD([w], lr=1).step()\n"
    )
    assert [each.optimizer for each in stepped(run, 7)] == ["trainer.opt"]
    assert not stepped(run, 9)
    assert {"trainer.opt", 'opts["d"]'} <= set(
        run.recording.traces[0].optimizers(len(run.snapshots))
    )
    assert [each.optimizer for each in stepped(run, 12)] == [None]
    assert stepped(run, 12)[0].changed == (identity(run, "w"),)


def test_an_optimizer_of_the_snippet_that_edits_data(record: Record) -> None:
    """`p.data` has a version counter of its own."""
    run = record(
        "class Mine(torch.optim.Optimizer):\n    def __init__(self, params):\n"
        "        super().__init__(params, {})\n    def step(self):\n"
        "        for group in self.param_groups:\n            for p in group['params']:\n"
        "                p.data.sub_(p.grad)\n"
        "w = torch.ones(2, requires_grad=True)\nopt = Mine([w])\nw.grad = torch.ones(2)\n"
        "opt.step()\n"
    )
    w = identity(run, "w")
    assert stepped(run, 11) == (Stepped("opt", (w,), (w,)),)


def test_a_closure_steps_once_around_its_lines(record: Record) -> None:
    run = record(
        "w = torch.full((2,), 2.0, requires_grad=True)\nopt = torch.optim.LBFGS([w], max_iter=3)\n"
        "def closure():\n    opt.zero_grad()\n    loss = w.pow(2).sum()\n    loss.backward()\n"
        "    return loss\nopt.step(closure)\n"
    )
    w = identity(run, "w")
    assert stepped(run, 8) == (Stepped("opt", (w,), (w,)),)
    assert not stepped(run, 5)


@pytest.mark.parametrize(
    "groups", ["None", "[None, {}, {'params': (w,)}]", "[{'params': [1, 'x', None]}]", "{1: 2}"]
)
def test_odd_param_groups_are_no_harm(record: Record, groups: str) -> None:
    run = record(
        "w = torch.ones(1, requires_grad=True)\nopt = torch.optim.SGD([w], lr=1)\n"
        f"opt.param_groups = {groups}\nx = 1\n"
    )
    assert run.results[0].error is None
    assert run.results[0].fault is None
    assert run.recording.traces[0].optimizers(4)["opt"].held == ()


def test_training_flags(record: Record) -> None:
    run = record(
        "model = torch.nn.Sequential(torch.nn.Linear(1, 1), torch.nn.Dropout())\nmodel.eval()\n"
        "model[1].train()\nmodel.train(False)\nmodel.training = 'yes'\ndel model\n"
    )
    trace = run.recording.traces[0]
    flags = [trace.training(at_line(run, line)[0].index) for line in (1, 2, 3, 4, 5, 6)]
    names = "model", "model.0", "model.1"
    assert flags[0] == dict.fromkeys(names, True)
    assert flags[1] == dict.fromkeys(names, False)
    assert flags[2] == {"model": False, "model.0": False, "model.1": True}
    assert flags[3] == dict.fromkeys(names, False)
    assert flags[4] == {"model.0": False, "model.1": False}
    assert flags[5] == {}


def test_objects_with_several_names(record: Record) -> None:
    run = record(
        "class Trainer:\n    def __init__(self, net):\n        self.net = net\n"
        "    def turn(self):\n        self.net.train()\n"
        "def fit(trainer, part):\n    other = part\n    trainer.turn()\n    def inner():\n"
        "        return part.bias\n    inner()\n"
        "model = torch.nn.Sequential(torch.nn.Linear(1, 1))\nmade = Trainer(model)\n"
        "fit(made, model[0])\n"
    )
    trace = run.recording.traces[0]
    at = {line: at_line(run, line)[0].index for line in (3, 5, 7, 10, 13, 14)}
    assert trace.alias(at[3], "Trainer.__init__().net") == "model"
    assert trace.alias(at[5], "Trainer.turn().self") == "made"
    assert trace.alias(at[5], "made.net") == "model"
    assert trace.alias(at[7], "fit().other") == "model.0"
    inner = trace.snapshots[at[10]].function
    assert trace.alias(at[10], f"{inner}().part") == "model.0"
    assert trace.alias(at[13], "made.net") == "model"
    assert trace.alias(at[14], "fit().trainer") is None
    assert trace.alias(at[14], "model") is None


def test_warnings_have_their_line(record: Record) -> None:
    run = record(
        "import warnings\na = torch.ones(2, requires_grad=True) * 2\na.grad\n"
        "warnings.warn('plain')\n"
        "try:\n    with warnings.catch_warnings():\n        warnings.simplefilter('error')\n"
        "        warnings.warn('an error', FutureWarning)\nexcept FutureWarning:\n    pass\n"
        "with warnings.catch_warnings(record=True) as caught:\n"
        "    warnings.simplefilter('always')\n    warnings.warn('caught')\n"
        "with warnings.catch_warnings():\n    warnings.simplefilter('ignore')\n"
        "    warnings.warn('ignored')\n"
    )
    assert warned(run, 3)[0].message.startswith(
        "The .grad attribute of a Tensor that is not a leaf"
    )
    assert warned(run, 4) == (Warned("UserWarning", "plain", 4),)
    assert warned(run, 8) == (Warned("FutureWarning", "an error", 8),)
    assert warned(run, 13) == (Warned("UserWarning", "caught", 13),)
    assert not warned(run, 16)


def test_a_warning_that_python_shows_once_is_recorded_again(record: Record) -> None:
    run = record(
        "import torch.nn.functional as F\nloss = torch.nn.MSELoss()\na = torch.ones(2, 1)\n"
        "b = torch.ones(2)\nloss(a, b)\nloss(a, b)\n"
    )
    first, again = warned(run, 5), warned(run, 6)
    assert [each.shown for each in (*first, *again)] == [True, False]
    assert first[0].message == again[0].message
    assert run.recording.traces[0].stdout(len(run.snapshots)).count("Using a target") <= 1


def test_a_replaced_showwarning_is_called_as_before(record: Record) -> None:
    shown = warnings.showwarning
    try:
        run = record(
            "import warnings\ngot = []\nwarnings.showwarning = lambda *args: got.append(args[0])\n"
            "warnings.warn('one')\nn = len(got)\n"
        )
    finally:
        warnings.showwarning = shown
    assert warned(run, 4) == (Warned("UserWarning", "one", 4),)
    assert run.recording.traces[0].value(len(run.snapshots), "n") == "1"


def test_what_nodes_keep(record: Record) -> None:
    run = record(
        "x = torch.ones(2, requires_grad=True)\nw = torch.ones(2, requires_grad=True)\n"
        "a = x * w\nb = a.exp()\nc = a[:1] * b[:1]\nd = torch.cat([a, b])\ne = a + b\n"
    )
    product, power = kept(run, "a"), kept(run, "b")
    assert product["self"].identity == identity(run, "x")
    assert product["other"].identity == identity(run, "w")
    assert product["self"].version == 0
    trace = run.recording.traces[0]
    b = trace.tensor(len(trace) - 1, "b")
    assert b is not None
    assert power["result"] == Kept(b.grad_fn or 0, "result", None, b.storage, 0)
    a = trace.tensor(len(trace) - 1, "a")
    assert a is not None
    assert {each.storage for each in kept(run, "c").values()} == {a.storage, b.storage}
    assert kept(run, "e") == {}


def test_the_version_when_kept_and_after(record: Record) -> None:
    run = record(
        "x = torch.ones(2, requires_grad=True)\nt = torch.ones(2)\nt.add_(1)\na = x * t\n"
        "t.add_(1)\n"
    )
    assert kept(run, "a")["other"].version == 1
    trace = run.recording.traces[0]
    t = trace.tensor(len(trace) - 1, "t")
    assert t is not None
    assert t.version == 2


def test_what_was_changed_on_the_same_line_has_no_version(record: Record) -> None:
    run = record("x = torch.ones(2, requires_grad=True)\ny = x.exp(); y.add_(1); z = y * 1\n")
    trace = run.recording.traces[0]
    exp = next(node for node in trace.nodes.values() if node.name == "ExpBackward0")
    assert [each.version for each in trace.kept(exp.id)] == [None]


def test_what_a_function_saves(record: Record) -> None:
    run = record(
        "class Double(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, x):\n"
        "        ctx.save_for_backward(x)\n        ctx.mine = object()\n        return x * 2\n"
        "    @staticmethod\n    def backward(ctx, g):\n        return g * 2\n"
        "x = torch.ones(2, requires_grad=True)\ny = Double.apply(x)\n"
    )
    found = kept(run, "y")
    assert list(found) == ["saved_tensors[0]"]
    assert found["saved_tensors[0]"].identity == identity(run, "x")


def test_hooks_of_saved_tensors_are_not_run(record: Record) -> None:
    run = record(
        "from torch.utils.checkpoint import checkpoint\nx = torch.ones(2, requires_grad=True)\n"
        "runs = []\ndef f(x):\n    runs.append(1)\n    return x.exp() * x\n"
        "y = checkpoint(f, x, use_reentrant=False)\nn = len(runs)\n"
        "with torch.autograd.graph.saved_tensors_hooks(lambda t: t, lambda t: runs.append(2)):\n"
        "    z = x * x\nm = len(runs)\n"
    )
    assert kept(run, "y") == {}
    assert kept(run, "z") == {}
    trace = run.recording.traces[0]
    assert trace.value(len(trace) - 1, "m") == "1"


def test_nothing_is_kept_alive(record: Record) -> None:
    run = record(
        "import gc, weakref\nw = torch.ones(3, requires_grad=True)\n"
        "opt = torch.optim.SGD([w], lr=1)\ny = (w * 2).exp()\n"
        "gone = weakref.ref(y), weakref.ref(opt)\n"
        "opt.step()\ndel y, opt\ngc.collect()\nalive = [each() is not None for each in gone]\n"
    )
    assert run.recording.traces[0].value(len(run.snapshots), "alive") == "[False, False]"
