"""The gradients of a pass beside finite differences. The oracle: derivatives by hand."""

from __future__ import annotations

import pytest
from verified import Verify, judged, leaf, sentences, verdicts

from autograd_tutor.analysis.checked import agrees
from autograd_tutor.limits.checks import CHECKED_ENTRIES, CHECKED_LEAVES

RIGHT = {
    "MLP": """
model = torch.nn.Sequential(torch.nn.Linear(3, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1))
loss = (model(torch.randn(16, 3)) - torch.randn(16, 1)).pow(2).mean()
loss.backward()
""",
    "CNN": """
model = torch.nn.Sequential(
    torch.nn.Conv2d(1, 2, 3), torch.nn.ReLU(), torch.nn.MaxPool2d(2), torch.nn.Flatten(),
    torch.nn.Linear(18, 3))
images = torch.randn(2, 1, 8, 8)
torch.nn.functional.cross_entropy(model(images), torch.tensor([0, 2])).backward()
""",
    "RNN": """
rnn, out = torch.nn.LSTM(3, 4), torch.nn.Linear(4, 2)
outputs, _ = rnn(torch.randn(5, 2, 3))
out(outputs[-1]).pow(2).mean().backward()
""",
    "softmax": """
scores = torch.randn(4, 5, requires_grad=True)
torch.nn.functional.softmax(scores, 1)[:, 0].log().sum().backward()
""",
    "attention with dropout": """
layer = torch.nn.TransformerEncoderLayer(8, 2, 16, dropout=0.3, batch_first=True)
layer(torch.randn(2, 4, 8))[:, 0].tanh().sum().backward()
""",
    "batch norm": """
layer = torch.nn.Linear(3, 4, bias=False)
model = torch.nn.Sequential(layer, torch.nn.BatchNorm1d(4), torch.nn.Tanh())
model(torch.randn(6, 3)).pow(3).sum().backward()
""",
    "edited in place": """
w = torch.randn(3, requires_grad=True)
buffer = torch.zeros(6)
buffer[:3] = w * 2
buffer[3:].add_(w.exp())
(buffer * buffer).sum().backward()
""",
    "checkpointed": """
from torch.utils.checkpoint import checkpoint
x = torch.randn(3, requires_grad=True)
checkpoint(lambda t: t.sin().exp(), x, use_reentrant=False).sum().backward()
""",
    "a gradient penalty": """
x = torch.randn(3, requires_grad=True)
slope, = torch.autograd.grad(x.sin().sum(), x, create_graph=True)
loss = (slope ** 2).sum()
loss.backward()
""",
    "a vector with a gradient of its own": """
x = torch.randn(3, requires_grad=True)
x.exp().backward(torch.tensor([1.0, -2.0, 3.0]))
""",
    "vmap": """
w, rows = torch.randn(3, requires_grad=True), torch.randn(4, 3)
torch.vmap(lambda row: (row * w).sin().sum())(rows).sum().backward()
""",
    "a local of a function": """
def train(factor):
    w = torch.ones(3, requires_grad=True)
    loss = (w.exp() * factor).sum()
    loss.backward()
train(2.0)
""",
    "a numpy constant": """
w = torch.randn(3, requires_grad=True)
data = torch.from_numpy(torch.randn(3).numpy())
(data * w * w).sum().backward()
""",
}
CALLS = {"a gradient penalty": 2}


@pytest.mark.parametrize("name", RIGHT)
def test_the_gradients_of_right_scripts_agree(verify: Verify, name: str) -> None:
    checked = verify(RIGHT[name], call=CALLS.get(name, 1))

    assert set(verdicts(checked).values()) == {"agrees"}, sentences(checked)
    assert agrees(checked)


WRONG = {
    "an edit of .data": (
        """
x = torch.tensor([1.5, 2.0], requires_grad=True)
y = x ** 2
z = y * y
y.data.mul_(3)
z.sum().backward()
""",
        {"x[1]": (96.0, 32.0)},  # 2 y · 2 x, with y = 12 where it was 4
    ),
    "a hook that scales": (
        """
x = torch.tensor([1.5, 2.0], requires_grad=True)
x.register_hook(lambda grad: 10 * grad)
(x * x).sum().backward()
""",
        {"x[1]": (40.0, 4.0)},
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_gradients_differ(verify: Verify, name: str) -> None:
    code, expected = WRONG[name]
    checked = verify(code)

    found = judged(checked)["x"]
    assert found.verdict == "differs"
    for each in leaf(checked, "x").entries:
        name = f"x[{each.index[0]}]"
        if name in expected:
            grad, slope = expected[name]
            assert each.grad == pytest.approx(grad)
            assert each.slope == pytest.approx(slope, rel=1e-4)
    assert not agrees(checked)


CUT = {
    "detach": (
        """
x = torch.tensor([1.5, 2.0], requires_grad=True)
(x * x.detach()).sum().backward()
""",
        {"x[1]": (2.0, 4.0)},
    ),
    "item": (
        """
x = torch.tensor([1.5, 2.0], requires_grad=True)
(x.sum() * x.sum().item()).backward()
""",
        {"x[0]": (3.5, 7.0)},
    ),
    "tolist": (
        """
x = torch.tensor([1.5, 2.0], requires_grad=True)
(x.sum() * x.detach().tolist()[1]).backward()
""",
        {"x[1]": (2.0, 5.5)},
    ),
    "no_grad": (
        """
x = torch.tensor([1.5, 2.0], requires_grad=True)
with torch.no_grad():
    scale = x.max()
(x * scale).sum().backward()
""",
        {"x[1]": (2.0, 5.5)},
    ),
}


@pytest.mark.parametrize("name", CUT)
def test_what_is_cut_on_purpose_is_no_mistake(verify: Verify, name: str) -> None:
    code, expected = CUT[name]
    checked = verify(code)

    assert verdicts(checked) == {"x": "cut"}
    for each in leaf(checked, "x").entries:
        if f"x[{each.index[0]}]" in expected:
            grad, slope = expected[f"x[{each.index[0]}]"]
            assert (each.grad, each.cut) == (pytest.approx(grad), pytest.approx(grad, rel=1e-4))
            assert each.slope == pytest.approx(slope, rel=1e-4)
    assert "which is right if what it does not follow stays as it is" in sentences(checked)
    assert agrees(checked)


def test_a_leaf_without_a_path_is_named(verify: Verify) -> None:
    """`torch.tensor` copies numbers, also where these are tensors."""
    checked = verify("""
x = torch.tensor([1.5, 2.0], requires_grad=True)
b = torch.tensor(1.0, requires_grad=True)
loss = torch.tensor([(x ** 2)[0], (x * 3)[1]]).sum() + b
loss.backward()
""")

    assert verdicts(checked) == {"x": "differs", "b": "agrees"}
    assert judged(checked)["x"].off == "none"
    assert "`x[0]` gets no gradient (None), but finite differences give 3" in sentences(checked)


def test_a_leaf_that_has_no_part_in_it_agrees(verify: Verify) -> None:
    checked = verify("""
x = torch.tensor([1.5, 2.0], requires_grad=True)
unused = torch.ones(2, requires_grad=True)
(x * x).sum().backward()
""")

    assert verdicts(checked) == {"x": "agrees", "unused": "agrees"}


TURNS = """
w = torch.tensor([2.0, -1.0], requires_grad=True)
optimizer = torch.optim.SGD([w], lr=0.1)
for turn in range(4):
    optimizer.zero_grad()
    loss = (w ** 3).sum()
    loss.backward()
    optimizer.step()
"""


def test_any_pass_of_a_loop_is_checked_where_the_leaf_is_then(verify: Verify) -> None:
    """Three steps of w ← w - 0.1 · 3 w²; the slope is that of the last loss alone."""
    w = 2.0
    for _ in range(3):
        w -= 0.3 * w**2
    checked = verify(TURNS, call=4)

    assert verdicts(checked) == {"w": "agrees"}
    entry = next(each for each in leaf(checked, "w").entries if each.index == (0,))
    assert entry.slope == pytest.approx(3 * w**2, rel=1e-4)
    assert (checked.call, checked.line, checked.root) == (4, 8, "loss")


def test_a_change_after_the_graph_has_read_it_is_none_of_the_slope(verify: Verify) -> None:
    """What is multiplied keeps x alone: the gradient of w is right, whatever becomes of w."""
    checked = verify("""
x = torch.tensor([1.5, 2.0])
w = torch.tensor([2.0, -1.0], requires_grad=True)
loss = (w * x).sum()
w.data.fill_(7)
loss.backward()
""")

    assert verdicts(checked) == {"w": "agrees"}


def test_the_pass_of_a_line(verify: Verify) -> None:
    checked = verify("""
x = torch.tensor([1.5], requires_grad=True)
(x * 2).sum().backward()
(x ** 2).sum().backward()
""", line=5)  # fmt: skip

    assert (checked.call, checked.line) == (2, 5)
    assert leaf(checked, "x").entries[0].grad == 3.0


def test_a_kink(verify: Verify) -> None:
    checked = verify("""
x = torch.tensor([0.0, 2.0], requires_grad=True)
torch.relu(x).sum().backward()
""")

    assert verdicts(checked) == {"x": "kink"}
    says = "`x[0]` is at a kink: the slopes on its sides are 0 and 1. Autograd gives 0"
    assert says in sentences(checked)
    assert agrees(checked)


def test_dropout_has_the_same_mask_each_time(verify: Verify) -> None:
    checked = verify("""
x = torch.ones(20, requires_grad=True)
(torch.nn.functional.dropout(x, 0.5) ** 2).sum().backward()
""")

    assert verdicts(checked) == {"x": "agrees"}
    assert {each.slope for each in leaf(checked, "x").entries} != {0.0}


@pytest.mark.parametrize(
    "number", ["__import__('os').urandom(4)[0]", "__import__('time').perf_counter_ns() % 999"]
)
def test_what_the_seed_does_not_set_cannot_be_compared(verify: Verify, number: str) -> None:
    checked = verify(
        f"x = torch.ones(2, requires_grad=True)\n(x ** 2 * ({number} + 1)).sum().backward()"
    )

    assert verdicts(checked) == {"x": "unknown"}
    assert "two runs with the same seed give different values" in sentences(checked)
    assert not agrees(checked)


def test_numbers_that_leave_by_numpy_are_said_not_to_be_followed(verify: Verify) -> None:
    checked = verify("""
x = torch.ones(2, requires_grad=True)
scale = torch.from_numpy(x.detach().numpy() * 2)
(x * scale).sum().backward()
""")

    assert checked.left == ("Tensor.numpy",)
    assert "Numbers leave torch by Tensor.numpy" in sentences(checked)


def test_there_are_bounds(verify: Verify) -> None:
    checked = verify("""
ws = [torch.full((3,), i + 1.0, requires_grad=True) for i in range(40)]
sum((w ** 2).sum() for w in ws).backward()
""")

    assert len(checked.leaves) == CHECKED_LEAVES
    assert checked.unchecked == 40 - CHECKED_LEAVES
    assert sum(len(each.entries) for each in checked.leaves) <= CHECKED_ENTRIES
    assert "ws[39]" in {each.name for each in checked.leaves}  # the largest gradients
    assert "ws[0]" not in {each.name for each in checked.leaves}


def test_the_largest_entry_is_among_those_compared(verify: Verify) -> None:
    checked = verify("""
x = torch.linspace(0, 1, 999).requires_grad_()
weights = torch.ones(999)
weights[700] = 50
(x * weights).sum().backward()
""")

    (entry, *_others) = leaf(checked, "x").entries
    assert (entry.index, entry.grad) == ((700,), 50.0)


def test_complex_leaves_are_left_out(verify: Verify) -> None:
    checked = verify("""
z = torch.ones(2, dtype=torch.complex64, requires_grad=True)
w = torch.ones(2, requires_grad=True)
(z * w).abs().pow(2).sum().backward()
""")

    assert verdicts(checked) == {"z": "unknown", "w": "agrees"}
    assert "`z` cannot be compared: it is complex." in sentences(checked)


def test_a_script_that_fails_before_the_pass(verify: Verify) -> None:
    checked = verify("x = torch.ones(2, requires_grad=True)\nraise ValueError('no data')")

    assert checked.problem == "raises"
    assert "The step fails before the pass has ended: it raises ValueError: no data." in sentences(
        checked
    )


def test_a_pass_that_fails(verify: Verify) -> None:
    checked = verify("""
x = torch.ones(2, requires_grad=True)
y = x.exp()
y.mul_(2)
y.sum().backward()
""")

    assert checked.problem == "raises"
    assert "modified by an inplace operation" in checked.detail


def test_a_script_without_a_pass(verify: Verify) -> None:
    assert verify("x = torch.ones(2)").problem == "no-pass"
    assert verify(TURNS, call=5).problem == "no-pass"


def test_a_script_that_hangs_is_given_up(verify: Verify) -> None:
    checked = verify("while True: pass", seconds=1.0)

    assert checked.problem == "time"
    assert "takes too long" in sentences(checked)


def test_a_script_that_hangs_when_an_entry_moves(verify: Verify) -> None:
    """Only the runs with moved entries do: they are given up, and the others said."""
    checked = verify("""
x = torch.tensor([2.0], requires_grad=True)
while x.sum().item() != 2.0: pass
(x * x).sum().backward()
""", seconds=4.0)  # fmt: skip

    assert verdicts(checked) == {"x": "unknown"}
    assert "`x` cannot be compared: the runs with moved entries take too long" in sentences(checked)


def test_what_a_check_does_leaves_no_trace_in_the_run(verify: Verify) -> None:
    """The step after it finds what the steps before have left, and draws the same numbers."""
    first = "x = torch.ones(2, requires_grad=True)\nprint('hello')\n"
    plain = verify(first, "(x * torch.rand(2)).sum().backward()")
    again = verify(first, "(x * torch.rand(2)).sum().backward()")

    assert plain == again


def test_names_of_any_length_are_sent(verify: Verify) -> None:
    long = "n" * 5_000
    checked = verify(f"{long} = torch.ones(2, requires_grad=True)\n({long} ** 2).sum().backward()")

    (found,) = checked.leaves
    assert long.startswith(found.name)
    assert found.reached


def test_numbers_that_python_draws_are_the_same_each_time(verify: Verify) -> None:
    """Python seeds its generator anew in a fork."""
    checked = verify("""
import random
x = torch.ones(2, requires_grad=True)
(x ** 2 * random.random()).sum().backward()
""")

    assert verdicts(checked) == {"x": "agrees"}


def test_a_pass_of_a_transform(verify: Verify) -> None:
    checked = verify("torch.func.grad(lambda x: (x ** 2).sum())(torch.ones(2))")

    assert checked.problem == "transform"
