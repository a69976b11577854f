"""What autograd does not follow on purpose, and what cannot be followed in float64."""

from __future__ import annotations

import pytest
from verified import Verify, of_functions, sentences, verdicts

from autograd_tutor.analysis.checked import agrees

TWICE = """
online, x = torch.nn.Linear(3, 1), torch.randn(4, 3)
"""
CUT = {
    "running statistics": (
        """
model = torch.nn.Sequential(
    torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2), torch.nn.Flatten(), torch.nn.Linear(72, 1))
x = torch.randn(4, 1, 8, 8)
model(x)
model(x)
model.eval()
model(x).pow(2).mean().backward()
""",
        {"model.0.weight", "model.0.bias"},
    ),
    "a copy": (
        TWICE
        + """
import copy
target = copy.deepcopy(online)
(online(x) - (target(x) + 1)).pow(2).mean().backward()
""",
        {"online.weight", "online.bias"},
    ),
    "load_state_dict": (
        TWICE
        + """
other = torch.nn.Linear(3, 1)
other.load_state_dict(online.state_dict())
(online(x) * other(x)).pow(2).mean().backward()
""",
        {"online.weight", "online.bias"},
    ),
    "weight_norm": (
        """
layer = torch.nn.utils.parametrizations.weight_norm(torch.nn.Linear(3, 2))
layer(torch.randn(4, 3)).pow(2).mean().backward()
""",
        {"layer.parametrizations.weight.original1"},
    ),
    "the generator of a GAN": (
        """
fakes, judge = torch.nn.Linear(2, 2), torch.nn.Linear(2, 1)
judge(fakes(torch.randn(4, 2)).detach()).pow(2).mean().backward()
""",
        {"fakes.weight", "fakes.bias"},
    ),
    "straight through": (
        """
x = torch.tensor([1.3, 2.4], requires_grad=True)
y = x + (x.round() - x).detach()
(y ** 2).sum().backward()
""",
        {"x"},
    ),
    "beside a Function": (
        """
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        twice = x * 2
        return twice * twice / 4

    @staticmethod
    def backward(ctx, grad):
        return 2 * grad * ctx.saved_tensors[0]

x = torch.tensor([1.3, 2.4], requires_grad=True)
(Square.apply(x) * x.detach()).sum().backward()
""",
        {"x"},
    ),
}


@pytest.mark.parametrize("name", CUT)
def test_what_is_cut_on_purpose_is_said_and_is_no_mistake(verify: Verify, name: str) -> None:
    code, cut = CUT[name]
    checked = verify(code)
    found = verdicts(checked)

    assert {each for each, verdict in found.items() if verdict == "cut"} == cut
    assert set(found.values()) <= {"agrees", "cut"}, sentences(checked)
    assert agrees(checked)


WRONG = {
    "a hook": """
x = torch.tensor([1.3, 2.4], requires_grad=True)
x.register_hook(lambda grad: 3 * grad)
(x * x.detach()).sum().backward()
""",
    "an edit of .data": """
x = torch.tensor([1.3, 2.4], requires_grad=True)
y = x ** 2
z = y * y
y.data.mul_(3)
(z * x.detach()).sum().backward()
""",
    "a backward that gives 0": """
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        twice = x * 2
        return twice * twice

    @staticmethod
    def backward(ctx, grad):
        return grad * 0

x = torch.tensor([1.3, 2.4], requires_grad=True)
Square.apply(x).sum().backward()
""",
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_beside_a_cut_stays_wrong(verify: Verify, name: str) -> None:
    checked = verify(WRONG[name])

    assert verdicts(checked) == {"x": "differs"}
    assert not agrees(checked)


SINGLE = """
@torch.library.custom_op("verified::{name}", mutates_args=())
def operation(x: torch.Tensor) -> torch.Tensor:
    {refuses}
    return x * 3

operation.register_autograd(lambda ctx, grad: grad * 3)
x, b = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
"""
REFUSES = {
    "TypeError": "if x.dtype != torch.float32: raise TypeError('float32 only')",
    "AssertionError": "assert x.dtype == torch.float32",
    "LookupError": "{torch.float32: 1}[x.dtype]",
}


@pytest.mark.parametrize("name", REFUSES)
def test_what_is_not_done_in_float64_is_not_known(verify: Verify, name: str) -> None:
    code = SINGLE.format(name=name, refuses=REFUSES[name])
    checked = verify(code + "(operation(x) ** 2 + b ** 2).sum().backward()")

    assert verdicts(checked) == {"x": "unknown", "b": "agrees"}
    assert checked.single == (name,)
    assert "`x` cannot be compared: an operation on the way" in sentences(checked)
    assert agrees(checked)


def test_what_such_an_operation_makes_of_constants_is_compared(verify: Verify) -> None:
    code = SINGLE.format(name="constants", refuses=REFUSES["AssertionError"])
    checked = verify(code + "(operation(torch.ones(2)) * x * b * b).sum().backward()")

    assert verdicts(checked) == {"x": "agrees", "b": "agrees"}


UNKNOWN = {
    "fake quantization": "torch.fake_quantize_per_tensor_affine(x, 0.1, 0, 0, 255)",
    "a gamma distribution": "torch.distributions.Gamma(x, 1.0).rsample()",
    "a Dirichlet distribution": "torch.distributions.Dirichlet(x).rsample()[:1]",
    "a sparse tensor": "torch.sparse.mm(x.diag().to_sparse(), torch.ones(2, 2))",
    "a number of such a one": "torch.distributions.Gamma(x, 1.0).rsample().sum().item() * x",
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_cannot_be_followed_is_not_known(verify: Verify, name: str) -> None:
    checked = verify(f"""
x = torch.tensor([2.0, 3.0], requires_grad=True)
({UNKNOWN[name]} ** 2).sum().backward()
""")

    assert verdicts(checked) == {"x": "unknown"}, sentences(checked)
    assert not agrees(checked)  # nothing was compared


def test_a_function_whose_backward_is_right_beside_one_that_is_lost(verify: Verify) -> None:
    checked = verify(CUT["beside a Function"][0])

    assert [each.verdict for each in of_functions(checked)["Square"]] == ["agrees"]
