"""Custom Functions are held against finite differences. The oracle: derivatives by hand."""

from __future__ import annotations

import pytest
import torch
from verified import Verify, of_functions, sentences

from autograd_tutor.analysis.checked import agrees


def function(forward: str, backward: str, name: str = "F", inputs: str = "x") -> str:
    """A Function whose backward may use `g`, what comes in, and the inputs."""
    return f"""
class {name}(torch.autograd.Function):
    @staticmethod
    def forward(ctx, {inputs}):
        ctx.save_for_backward({inputs})
        return {forward}

    @staticmethod
    def backward(ctx, g):
        {inputs}{"" if "," in inputs else ","} = ctx.saved_tensors
        return {backward}

x = torch.tensor([3.0, -1.0], requires_grad=True)
"""


USE = "F.apply(x).sum().backward()\n"

RIGHT = {
    "exp": function("x.exp()", "g * x.exp()") + USE,
    "square": function("x * x", "2 * x * g") + USE,
    "vector to scalar": function("(x * x).sum()", "2 * x * g") + "F.apply(x).backward()\n",
    "linear": function("x @ w.T + b", "g @ w, g.T @ x, g.sum(0)", inputs="x, w, b")
    + "w = torch.randn(4, 3, requires_grad=True)\nb = torch.randn(4, requires_grad=True)\n"
    "F.apply(torch.randn(5, 3, requires_grad=True), w, b).pow(2).mean().backward()\n",
    "no gradient for an integer": """
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, n, rows):
        ctx.n, ctx.rows, ctx.shape = n, rows, x.shape
        return x[rows] * n

    @staticmethod
    def backward(ctx, g):
        return torch.zeros(ctx.shape, dtype=g.dtype).index_add(0, ctx.rows, g * ctx.n), None, None

x = torch.randn(4, requires_grad=True)
F.apply(x, 3, torch.tensor([0, 2, 2])).sum().backward()
""",
    "setup_context": """
class F(torch.autograd.Function):
    @staticmethod
    def forward(x):
        return x ** 3

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx, g):
        x, = ctx.saved_tensors
        return 3 * x ** 2 * g

x = torch.tensor([3.0, -1.0], requires_grad=True)
F.apply(x).sum().backward()
""",
}


@pytest.mark.parametrize("code", RIGHT.values(), ids=RIGHT)
def test_a_right_backward_agrees(verify: Verify, code: str) -> None:
    checked = verify(code)

    (inputs,) = of_functions(checked).values()
    assert {each.verdict for each in inputs} == {"agrees"}
    assert agrees(checked)


@pytest.mark.parametrize(
    ("forward", "backward", "off", "factor", "says"),
    [
        (
            "x * x", "x * g", "factor", 0.5,
            "backward gives 3 for `x[0]`, finite differences give 6: off by the factor 0.5.",
        ),
        (
            "x * x", "-2 * x * g", "sign", -1.0,
            "backward gives -6 for `x[0]`, finite differences give 6: the sign is wrong.",
        ),
        (
            "x * x", "2 * x", "unscaled", 1.0,
            "backward gives 6 for `x[0]` whatever gradient comes in: it is not multiplied by the "
            "incoming gradient.",
        ),
        (
            "x * 5", "None", "none", 0.0,
            "backward gives None for `x[0]`, finite differences give 5.",
        ),
        (
            "x.sin()", "g * x", "", 1.0,
            "backward gives 3 for `x[0]`, finite differences give -0.99.",
        ),
        (
            "x * torch.tensor([1, 2])", "g * torch.tensor([1, 5])", "factor", 2.5,
            "backward gives 5 for `x[1]`, finite differences give 2: off by the factor 2.5.",
        ),
    ],
    ids=["factor", "sign", "incoming gradient forgotten", "None", "a derivative", "one entry"],
)  # fmt: skip
def test_a_wrong_backward_is_named(
    verify: Verify, forward: str, backward: str, off: str, factor: float, says: str
) -> None:
    checked = verify(function(forward, backward, name="Mine") + "Mine.apply(x).sum().backward()\n")

    ((judged,),) = of_functions(checked).values()
    assert (judged.verdict, judged.off) == ("differs", off)
    assert judged.factor == pytest.approx(factor, rel=1e-3)
    assert says in sentences(checked)
    assert not agrees(checked)


def test_the_incoming_gradient_is_forgotten_where_it_is_not_one(verify: Verify) -> None:
    """Only the second incoming gradient shows it, and the loss, whose slope is another."""
    checked = verify(function("x * x", "2 * x") + "(F.apply(x) * 3).sum().backward()\n")

    assert "it is not multiplied by the incoming gradient" in sentences(checked)
    assert "`x[0]`: autograd gives 6, finite differences give 18" in sentences(checked)


def test_only_the_input_that_is_off_is_named(verify: Verify) -> None:
    code = function("x * w", "g * w, g", inputs="x, w").replace("class F", "class F")
    checked = verify(code + "w = torch.tensor([2.0, 4.0], requires_grad=True)\n"
                     "F.apply(x, w).sum().backward()\n")  # fmt: skip

    first, second = of_functions(checked)["F"]
    assert (first.verdict, second.verdict) == ("agrees", "differs")
    assert "backward gives what finite differences give for `x`" in sentences(checked)


def test_it_is_as_gradcheck_says(verify: Verify) -> None:
    """At random Functions, right and wrong by turns."""
    for forward, backward in [("x.tanh()", "g * (1 - x.tanh() ** 2)"), ("x.tanh()", "g * (1 - x)")]:
        code = function(forward, backward)
        names: dict[str, object] = {"torch": torch}
        exec(code, names)
        double = torch.tensor([3.0, -1.0], dtype=torch.float64, requires_grad=True)
        right = torch.autograd.gradcheck(names["F"].apply, double, raise_exception=False)  # type: ignore[attr-defined]

        ((judged,),) = of_functions(verify(code + USE)).values()
        assert (judged.verdict == "agrees") == right


def test_a_straight_through_estimator_is_shown_as_it_is(verify: Verify) -> None:
    checked = verify(function("(x * 3).round()", "g * 3") + "x = x.detach() + 0.1\n"
                     "x.requires_grad_()\n" + USE)  # fmt: skip

    ((judged,),) = of_functions(checked).values()
    assert judged.verdict == "differs"
    assert "backward gives 3 for `x[0]`, finite differences give 0." in sentences(checked)


def test_a_kink_is_no_mistake(verify: Verify) -> None:
    code = (
        function("x.clamp(min=0)", "g * (x > 0)") + "x = torch.tensor([0.0], requires_grad=True)\n"
    )
    checked = verify(code + USE)

    ((judged,),) = of_functions(checked).values()
    assert judged.verdict == "kink"
    assert "the slopes on its sides are 0 and 1, and backward gives 0" in sentences(checked)
    assert agrees(checked) is True


FIXES_DTYPE = function("x.float() * 2", "g * 2")
DRAWS = function("x * torch.rand(2) * __import__('os').urandom(1)[0]", "g")
FAILS = function("x * 2", "g[:1, None, None]")
LEAVES = function("(__import__('os')._exit(0), x)[1] if x.dtype.itemsize == 8 else x * 2", "2 * g")


@pytest.mark.parametrize(
    ("code", "problem", "says"),
    [
        (FIXES_DTYPE, "dtype", "given float64, it gives another dtype"),
        (DRAWS, "random", "with the same seed it gives different outputs"),
        (LEAVES, "died", "that has ended its process"),
    ],
)
def test_what_cannot_be_checked_says_why(
    verify: Verify, code: str, problem: str, says: str
) -> None:
    checked = verify(code + USE)

    assert [each.problem for each in checked.functions] == [problem]
    assert says in sentences(checked)


def test_a_backward_that_fails_is_reported_with_torchs_words(verify: Verify) -> None:
    checked = verify(FAILS + USE)

    assert [each.problem for each in checked.functions] == ["raises"]
    assert "returned an invalid gradient at index 0" in checked.functions[0].detail


def test_functions_of_other_steps_and_those_bound_before(verify: Verify) -> None:
    """`F.apply` was taken in the step before."""
    checked = verify(function("x * x", "x * g") + "f = F.apply\n", "f(x).sum().backward()\n")

    assert list(of_functions(checked)) == ["F"]
    assert checked.functions[0].line == 2


def test_without_a_pass_functions_are_checked_all_the_same(verify: Verify) -> None:
    checked = verify(function("x * x", "x * g") + "F.apply(x)\n")

    assert checked.problem == "no-pass"
    assert "off by the factor 0.5" in sentences(checked)
