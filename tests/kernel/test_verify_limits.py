"""Where a check says that it does not know: never that a right gradient is wrong."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from verified import Verify, judged, leaf, of_functions, sentences, verdicts

from autograd_tutor.analysis.checked import agrees, worst_of

X = "x = torch.tensor([1.0, 2.0], requires_grad=True)\n"
EARLIER = {
    "the whole graph": (X + "h = 3 * x\ny = (h ** 2).sum()\n", "y.backward()\n"),
    "a part of it": (X + "h = 3 * x\n", "(h ** 2).sum().backward()\n"),
    "a view": (X + "h = (3 * x)[:1]\n", "(h * x).sum().backward()\n"),
    "grad": (X + "y = (x ** 3).sum()\n", "torch.autograd.grad(y, x)\n"),
}


@pytest.mark.parametrize("name", EARLIER)
def test_a_graph_of_an_earlier_step(verify: Verify, name: str) -> None:
    checked = verify(*EARLIER[name])

    assert verdicts(checked) == {"x": "unknown"}
    assert "the pass goes through nodes that an earlier step" in sentences(checked)
    assert worst_of(checked) == "unknown"


def test_a_leaf_that_only_this_step_reads_is_compared(verify: Verify) -> None:
    checked = verify(
        X + "w = torch.ones(2, requires_grad=True)\nu = torch.ones(2, requires_grad=True)\nh = 3*x",
        "(h * w).sum().backward()\n",
    )

    assert verdicts(checked) == {"x": "unknown", "w": "agrees", "u": "unknown"}


def test_a_wrong_gradient_of_a_leaf_that_only_this_step_reads(verify: Verify) -> None:
    checked = verify(
        X + "w = torch.ones(2, requires_grad=True)\nh = 3 * x\n",
        "w.register_hook(lambda g: 2 * g)\n(h * w).sum().backward()\n",
    )

    assert verdicts(checked) == {"x": "unknown", "w": "differs"}


def test_a_graph_that_another_thread_has_made(verify: Verify) -> None:
    checked = verify(
        X
        + """
import threading
def forward():
    global y
    y = (x ** 2).sum()
thread = threading.Thread(target=forward)
thread.start()
thread.join()
y.backward()
"""
    )

    assert verdicts(checked) == {"x": "unknown"}
    assert "another thread has made" in sentences(checked)


FORKS = {
    "fork": """
import os
if os.fork() == 0:
    (x ** 3).sum().backward()
    os._exit(0)
os.wait()
""",
    "a fork that goes on": """
import os
if os.fork() == 0:
    (x ** 3).sum()
else:
    os.wait()
""",
    "a process": """
import multiprocessing
def work():
    (x ** 3).sum().backward()
context = multiprocessing.get_context("fork")
process = context.Process(target=work)
process.start()
process.join()
""",
    "a pool": """
import multiprocessing
def work(at):
    return float((x[at] ** 3).exp())
with multiprocessing.get_context("fork").Pool(2) as pool:
    assert len(pool.map(work, [0, 1])) == 2
""",
    "a DataLoader": """
data = torch.utils.data.TensorDataset(torch.randn(8, 2))
loader = torch.utils.data.DataLoader(data, batch_size=4, num_workers=2)
for (batch,) in loader:
    assert batch.shape == (4, 2)
""",
    "one that is left alone": """
import os, time
if os.fork() == 0:
    time.sleep(20)
    os._exit(0)
""",
}


@pytest.mark.parametrize("name", FORKS)
def test_processes_of_the_script_check_nothing(verify: Verify, name: str) -> None:
    checked = verify(X + FORKS[name] + "\n(x ** 2).sum().backward()\n", seconds=15.0)

    assert verdicts(checked) == {"x": "agrees"}, sentences(checked)
    assert leaf(checked, "x").entries[0].slope == pytest.approx(4.0)


@pytest.mark.parametrize("call", [1, 2])
def test_a_pass_while_workers_load(verify: Verify, call: int) -> None:
    """Of the second pass it may be unknown, as a fork cannot wait for workers that are not its."""
    checked = verify(X + """
data = torch.utils.data.TensorDataset(torch.randn(8, 2))
for (batch,) in torch.utils.data.DataLoader(data, batch_size=4, num_workers=2):
    x.grad = None
    (batch * x).pow(2).sum().backward()
""", call=call, seconds=5.0)  # fmt: skip

    assert verdicts(checked)["x"] in (("agrees",) if call == 1 else ("agrees", "unknown"))


HIDDEN = {
    "a factor": "lambda grad: -7 * grad",
    "nothing left": "lambda grad: 1e-11 * grad",
    "a little": "lambda grad: 1.1 * grad",
}


@pytest.mark.parametrize("name", HIDDEN)
@pytest.mark.parametrize("value", ["1e10", "1e13", "1e10 - 1e10", "1e13 - 1e13"])
def test_a_wrong_gradient_is_never_right_beside_a_large_value(
    verify: Verify, name: str, value: str
) -> None:
    first, *others = value.split(" - ")
    loss = f"(w ** 2).sum().double() + {first}" + "".join(f" - {each}" for each in others)
    checked = verify(f"""
w = torch.tensor([2.0, 0.1], requires_grad=True)
w.register_hook({HIDDEN[name]})
({loss}).backward()
""")

    assert "agrees" not in judged(checked)["w"].entries, sentences(checked)


@pytest.mark.parametrize("value", ["1e10", "1e13", "1e10 - 1e10", "1e13 - 1e13"])
@pytest.mark.parametrize("factor", ["1", "1e-3", "1e-9"])
def test_a_right_gradient_is_never_wrong_beside_a_large_value(
    verify: Verify, value: str, factor: str
) -> None:
    first, *others = value.split(" - ")
    loss = f"(w ** 2).sum().double() * {factor} + {first}"
    loss += "".join(f" - {each}" for each in others)
    checked = verify(f"w = torch.tensor([2.0, 0.1], requires_grad=True)\n({loss}).backward()\n")

    assert "differs" not in judged(checked)["w"].entries, sentences(checked)


def test_beside_what_value_a_gradient_is_too_small_is_said(verify: Verify) -> None:
    checked = verify(
        "w = torch.tensor([2.0], requires_grad=True)\n((w ** 2).sum() + 1e13).backward()"
    )

    assert "`w[0]` cannot be compared: 4 is too small beside the value" in sentences(checked)
    assert not agrees(checked)


PASSES = {
    "checkpoint": """
from torch.utils.checkpoint import checkpoint
checkpoint(lambda t: t.sin().exp(), x, use_reentrant=True).sum().backward()
""",
    "a hook": """
def hook(grad):
    with torch.enable_grad():
        v = torch.ones(2, requires_grad=True)
        (v ** 2).sum().backward()
h = x * 2
h.register_hook(hook)
(h * h).sum().backward()
""",
    "a Function": """
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, t):
        ctx.save_for_backward(t)
        return t ** 2
    @staticmethod
    def backward(ctx, g):
        with torch.enable_grad():
            t = ctx.saved_tensors[0].detach().requires_grad_()
            return torch.autograd.grad((t ** 2 * g).sum(), t)
F.apply(x).sum().backward()
""",
}


@pytest.mark.parametrize("name", PASSES)
def test_a_pass_has_its_number_whatever_runs_inside_of_it(verify: Verify, name: str) -> None:
    checked = verify(X + PASSES[name])

    assert verdicts(checked)["x"] == "agrees"
    assert checked.call == 1


ROOTS = {
    "ones": "torch.ones_like(z)",
    "a complex gradient": "torch.tensor([1 + 2j, -1j])",
    "of float64": "torch.ones(2, dtype=torch.complex64) * 1j",
}


@pytest.mark.parametrize("seed", ROOTS.values(), ids=list(ROOTS))
def test_a_complex_root(verify: Verify, seed: str) -> None:
    """What is differentiated is the real part of the product with the conjugate."""
    checked = verify(X + f"z = x * x * torch.tensor([1 - 1j, 3 + 2j])\nz.backward({seed})\n")

    assert verdicts(checked) == {"x": "agrees"}, sentences(checked)


BATCHED = {
    "eye": "torch.autograd.grad(x ** 2, x, torch.eye(2), is_grads_batched=True)",
    "one": "torch.autograd.grad((x ** 2).sum(), x, torch.ones(3), is_grads_batched=True)",
    "jacobian": "torch.autograd.functional.jacobian(lambda t: t ** 2, x, vectorize=True)",
}


@pytest.mark.parametrize("name", BATCHED)
def test_several_gradients_at_once(verify: Verify, name: str) -> None:
    checked = verify(X + BATCHED[name])

    assert checked.problem == "batched"
    assert "several gradients at once" in sentences(checked)


FAILING = {
    "raises": ("if x.sum().item() != 3.0: raise ValueError('moved')", "raises ValueError: moved"),
    "died": ("if x.sum().item() != 3.0: __import__('os')._exit(3)", "has ended"),
    "killed": ("if x.sum().item() != 3.0: __import__('os').abort()", "has ended"),
    "no pass": (
        "if x.sum().item() != 3.0: x = x.detach().requires_grad_(); backward = False",
        "same way",
    ),
    "exits": ("if x.sum().item() != 3.0: raise SystemExit", "ends the program"),
}


@pytest.mark.parametrize("name", FAILING)
def test_why_runs_with_moved_entries_have_no_value(verify: Verify, name: str) -> None:
    code, says = FAILING[name]
    checked = verify(f"{X}backward = True\n{code}\nif backward: (x ** 2).sum().backward()\n")

    assert verdicts(checked) == {"x": "unknown"}
    assert says in sentences(checked)


def of_outputs(outputs: str, backward: str, more: str = "") -> str:
    return f"""
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        size = x.abs().sum()
        {more or "pass"}
        return {outputs}

    @staticmethod
    def backward(ctx, g, *others):
        x, = ctx.saved_tensors
        return {backward}

{X}out = F.apply(x)
out = out if isinstance(out, torch.Tensor) else out[0]
out.sum().backward()
"""


MARKED = {
    "the second": of_outputs("x ** 2, size", "2 * x * g", "ctx.mark_non_differentiable(size)"),
    "a mask": of_outputs("x ** 2, x > 0", "2 * x * g"),
    "a vector": of_outputs(
        "x ** 2, size", "2 * x * g", "size = x * 3; ctx.mark_non_differentiable(size)"
    ),
}


@pytest.mark.parametrize("name", MARKED)
def test_outputs_that_are_not_differentiated_are_left_out(verify: Verify, name: str) -> None:
    checked = verify(MARKED[name])

    assert [each.verdict for each in of_functions(checked)["F"]] == ["agrees"], sentences(checked)


TINY = {"nonsense": "g * 77e-6", "twice": "4e-6 * x * g", "nothing": "g * 0"}


@pytest.mark.parametrize("name", TINY)
def test_a_wrong_backward_with_small_outputs(verify: Verify, name: str) -> None:
    checked = verify(of_outputs("x ** 2 * 1e-6", TINY[name]))

    assert [each.verdict for each in of_functions(checked)["F"]] == ["differs"]


@pytest.mark.parametrize(
    ("outputs", "backward"),
    [
        ("x ** 2 * 1e-6", "2e-6 * x * g"),
        ("(x - 1) ** 3", "3 * (x - 1) ** 2 * g"),
        ("(x * 1e-9).sin()", "1e-9 * (x * 1e-9).cos() * g"),
        ("x.softmax(0)", "x.softmax(0) * (g - (g * x.softmax(0)).sum())"),
    ],
)
def test_a_right_backward_with_small_outputs(verify: Verify, outputs: str, backward: str) -> None:
    checked = verify(of_outputs(outputs, backward))

    assert [each.verdict for each in of_functions(checked)["F"]] == ["agrees"], sentences(checked)


FILES = {
    "a file": "tempfile.NamedTemporaryFile(delete=False)",
    "a folder": "tempfile.mkdtemp()",
    "by the environment": "open(os.path.join(os.environ.get('TMPDIR', '/tmp'), 'left'), 'w')",
}


@pytest.mark.parametrize("name", FILES)
def test_temporary_files_are_removed(verify: Verify, tmp_path: Path, name: str) -> None:
    """Each fork makes them again, and is killed before it could remove them."""
    checked = verify(f"""
import os, tempfile
kept = {FILES[name]}
path = kept if isinstance(kept, str) else kept.name
with open({str(tmp_path / "paths")!r}, "a") as file:
    file.write(path + "\\n")
{X}(x ** 2).sum().backward()
""")

    assert verdicts(checked) == {"x": "agrees"}
    paths = (tmp_path / "paths").read_text().split()
    assert len(paths) > 1
    assert not [path for path in paths if os.path.exists(path)]
