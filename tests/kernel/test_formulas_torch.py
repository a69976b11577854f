"""Every formula gives what torch gives, for each input of every node in every case."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import formula_cases
import pytest
import torch
import torch.nn.functional as F
from formula_cases import CASES, Case
from torch import Tensor
from torch_records import record as record_of

from autograd_tutor.formulas import FORMULAS, Formula, Input, Variant, formula_of
from autograd_tutor.formulas import numbers_in as numbers_module
from autograd_tutor.formulas.evaluation import NotSimple
from autograd_tutor.formulas.numbers_in import Numbers, numbers_in
from autograd_tutor.formulas.writing import as_read
from autograd_tutor.recording.model import Backward, Saved

Shape = tuple[int, ...]


class Ran(NamedTuple):
    """A node that ran: what expressions are evaluated with, what it sent where, and its record."""

    names: list[dict[str, Any] | None]
    gradients: tuple[Tensor | None, ...]
    following: tuple[tuple[Any, int], ...]
    record: Backward


class Sent(NamedTuple):
    """What a node sent to one of its inputs, and what an expression is evaluated with."""

    place: int
    gradient: Tensor
    names: dict[str, Any]
    settings: dict[str, str]


def signed(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return tuple(map(signed, value))
    return value - 2**64 if type(value) is int and value >= 2**63 else value


def saved_of(node: Any) -> dict[str, Any]:
    names = [name.removeprefix("_saved_") for name in dir(node) if name.startswith("_saved_")]
    return {name: signed(getattr(node, f"_saved_{name}")) for name in names}


def settings_of(saved: dict[str, Any]) -> dict[str, str]:
    return {name: repr(value) for name, value in saved.items() if not isinstance(value, Tensor)}


def shape_of(following: tuple[Any, int]) -> Shape | None:
    node, place = following
    return None if node is None else tuple(node._input_metadata[place].shape)


def kept(value: Tensor, shape: Shape, saved: dict[str, Any]) -> Tensor:
    if saved.get("keepdim"):
        return value
    dims = saved.get("dim")
    dims = (dims,) if isinstance(dims, int) else dims or range(len(shape))
    gone = {dim % max(len(shape), 1) for dim in dims}
    return value.reshape([1 if dim in gone else size for dim, size in enumerate(shape)])


def names_for(node: Any, place: int, grads: tuple[Tensor, ...]) -> dict[str, Any]:
    saved = saved_of(node)
    shapes = [shape_of(following) for following in node.next_functions]
    shape = shapes[place]
    assert shape is not None
    names = {"shape": shape, "shapes": shapes, "i": place, "grads": grads, "grad": grads[0]}
    names |= {"n": math.prod(shape) / grads[0].numel(), "torch": torch, "math": math}
    return names | {"kept": lambda value: kept(value, shape, saved)} | saved


def recorded(node: Any, sent: tuple[Any, ...], received: tuple[Any, ...]) -> Backward:
    """The record of a node that ran; tensors in lists and undefined ones are left out."""
    saved = [
        Saved(name, record_of(value) if isinstance(value, Tensor) else repr(value))
        for name, value in saved_of(node).items()
    ]
    grads = [
        tuple(None if grad is None else record_of(grad) for grad in side)
        for side in (received, sent)
    ]
    return Backward(1, 1, grads[0], grads[1], None, tuple(saved))


def watched(name: str, case: Case) -> Iterator[Ran]:
    """Runs the case and its backward pass; gives what each node of that name saw."""
    torch.manual_seed(len(name))
    made = case()
    outputs = [made] if isinstance(made, Tensor) else list(made)
    outputs = [output for output in outputs if output.requires_grad]
    nodes, todo = {}, [output.grad_fn for output in outputs]
    while todo:
        node = todo.pop()
        if node is not None and node not in nodes:
            nodes[node] = node.name().rpartition("::")[2].removesuffix("_copy")
            todo += [following for following, _ in node.next_functions]
    seen: list[Ran] = []
    for node in [node for node, its in nodes.items() if its == name]:

        def note(inputs: Any, grads: Any, node: Any = node) -> None:
            record = recorded(node, inputs, grads)
            seen.append(Ran(saved_names(node, grads), inputs, node.next_functions, record))

        node.register_hook(note)
    torch.autograd.backward(outputs, [torch.randn_like(output) for output in outputs])
    yield from seen


def saved_names(node: Any, grads: tuple[Any, ...]) -> list[dict[str, Any] | None]:
    filled = tuple(
        torch.zeros(tuple(meta.shape), dtype=meta.dtype) if grad is None else grad.clone()
        for grad, meta in zip(grads, node._input_metadata, strict=True)
    )
    return [
        None if following is None else names_for(node, place, filled)
        for place, (following, _) in enumerate(node.next_functions)
    ]


@lru_cache
def sent_by(name: str) -> tuple[Sent, ...]:
    """All gradients that nodes of that name sent, in all cases."""
    sent = []
    for case in CASES[name]:
        before = len(sent)
        fired = False
        for names, gradients, following, _ in watched(name, case):
            fired = True
            for place, gradient in enumerate(gradients):
                there = names[place]
                assert gradient is not None or following[place][0] is None
                if there is not None and FORMULAS[name].inputs:
                    sent.append(Sent(place, gradient, there, settings_of(there)))
        assert fired, f"a case of {name} does not make it"
        assert len(sent) > before or not FORMULAS[name].inputs
    return tuple(sent)


def evaluated(expression: str, sent: Sent) -> Tensor:
    value = eval(expression, dict(sent.names))
    if value.is_complex() and not sent.gradient.is_complex():
        value = value.real
    return value.sum_to_size(sent.gradient.shape).to(sent.gradient.dtype)


def agrees(expression: str, sent: Sent) -> bool:
    try:
        value = evaluated(expression, sent)
    except (RuntimeError, TypeError) as error:
        raise AssertionError(f"{expression}: {error}") from error
    return torch.allclose(value, sent.gradient, rtol=1e-7, atol=1e-10, equal_nan=True)


def runs_and_agrees(expression: str, sent: Sent) -> bool:
    try:
        return agrees(expression, sent)
    except AssertionError:
        return False


def input_of(formula: Formula, sent: Sent) -> Input:
    found = formula.input_at(sent.place)
    assert found is not None, f"{formula.node} has no formula for input {sent.place}"
    return found


def expressions(formula: Formula) -> list[str]:
    return [each.expression for input_ in formula.inputs for each in (input_, *input_.variants)]


WITH_INPUTS = [name for name, formula in FORMULAS.items() if formula.inputs]


def test_every_formula_has_cases_and_there_are_two_hundred() -> None:
    assert set(FORMULAS) == set(CASES)
    assert len(FORMULAS) >= 200


@pytest.mark.parametrize("name", FORMULAS)
def test_the_formula_gives_what_torch_sends(name: str) -> None:
    for sent in sent_by(name):
        chosen = input_of(FORMULAS[name], sent).where(sent.settings)
        assert agrees(chosen.expression, sent), (chosen, sent)


@pytest.mark.parametrize("name", FORMULAS)
def test_the_general_formula_holds_whatever_was_saved(name: str) -> None:
    for sent in sent_by(name):
        general = input_of(FORMULAS[name], sent)
        if not takes_less(general, sent):
            assert agrees(general.expression, sent), (general, sent)


def takes_less(general: Input, sent: Sent) -> bool:
    """Whether a limit or threshold that the general formula names was not given."""
    fitting = general.where(sent.settings)
    return fitting is not general and any(
        value == "None" and name in ("min", "max", "eps")
        for variant in general.variants
        for name, value in variant.when
        if variant.expression == fitting.expression
    )


@pytest.mark.parametrize("name", WITH_INPUTS)
def test_each_input_and_each_variant_is_met_in_a_case(name: str) -> None:
    met: set[tuple[str, str]] = set()
    for sent in sent_by(name):
        chosen = input_of(FORMULAS[name], sent).where(sent.settings)
        met.add((chosen.name, chosen.text))
    for input_ in FORMULAS[name].inputs:
        for variant in input_.variants:
            assert (input_.name, variant.text) in met, variant
        assert any(each == input_.name for each, _ in met)


@pytest.mark.parametrize("name", WITH_INPUTS)
def test_a_wrong_sign_is_noticed(name: str) -> None:
    for place, input_ in enumerate(FORMULAS[name].inputs):
        if input_.text != "0":
            mine = [sent for sent in sent_by(name) if sent.place == place]
            assert any(sent.gradient.any() for sent in mine)
            wrong = [f"-({input_.where(sent.settings).expression})" for sent in mine]
            assert not all(map(agrees, wrong, mine)), input_


@pytest.mark.parametrize(
    "name",
    [name for name in WITH_INPUTS if any(" * " in each for each in expressions(FORMULAS[name]))],
)
def test_a_product_made_a_sum_is_noticed(name: str) -> None:
    formula = FORMULAS[name]
    outcomes = []
    for sent in sent_by(name):
        right = input_of(formula, sent).where(sent.settings).expression
        if " * " in right:
            outcomes.append(runs_and_agrees(right.replace(" * ", " + ", 1), sent))
    assert outcomes
    assert not all(outcomes)


def told_in_numbers(name: str, cases: Sequence[Case] = ()) -> list[Numbers]:
    """All calculations that can be shown for nodes of that name, in all cases."""
    told = [
        numbers_in(FORMULAS[name], place, ran.record)
        for case in cases or CASES[name]
        for ran in watched(name, case)
        for place in range(len(ran.following))
    ]
    return [numbers for numbers in told if numbers is not None]


def is_plain(formula: Formula) -> bool:
    """Whether some formula of the node can be written with numbers."""
    for input_ in formula.inputs:
        for each in (input_, *input_.variants):
            with contextlib.suppress(NotSimple):
                if as_read(each.expression) == each.text:
                    return True
    return False


BATCHES = {"BmmBackward0"}
NOT_IN_HALF = {"LinalgInvExBackward0", "RreluWithNoiseBackward0"}
PLAIN = {name for name, formula in FORMULAS.items() if is_plain(formula)} - BATCHES


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16, torch.bfloat16])
def test_the_numbers_put_in_give_what_torch_sent(
    dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(formula_cases, "D", dtype)
    monkeypatch.setattr(numbers_module, "MOST_ELEMENTS", 64)
    names = PLAIN if dtype.itemsize >= 4 else PLAIN - NOT_IN_HALF
    told = {name: told_in_numbers(name) for name in names}
    assert [name for name, its in told.items() if not its] == []
    assert [one for its in told.values() for one in its if not one.agrees] == []


ODD = (math.nan, math.inf, -math.inf, 0.0, -0.0, 60.0, -60.0, 200.0, 1e-40, 3e38, 0.1, -3.0)
UNARY = {
    "AbsBackward0": torch.abs,
    "ClampBackward1": lambda x: x.clamp(-3, 0.1),
    "CosBackward0": torch.cos,
    "EluBackward0": F.elu,
    "ExpBackward0": torch.exp,
    "HardshrinkBackward0": lambda x: F.hardshrink(x, 0.1),
    "HardtanhBackward0": lambda x: F.hardtanh(x, -3, 0.1),
    "HardsigmoidBackward0": F.hardsigmoid,
    "LeakyReluBackward0": F.leaky_relu,
    "LogBackward0": torch.log,
    "LogSigmoidBackward0": F.logsigmoid,
    "PowBackward0": lambda x: x**3,
    "ReciprocalBackward0": torch.reciprocal,
    "ReluBackward0": torch.relu,
    "SigmoidBackward0": torch.sigmoid,
    "SiluBackward0": F.silu,
    "SinBackward0": torch.sin,
    "SoftplusBackward0": F.softplus,
    "SoftshrinkBackward0": lambda x: F.softshrink(x, 0.1),
    "SqrtBackward0": torch.sqrt,
    "TanhBackward0": torch.tanh,
    "ThresholdBackward0": lambda x: F.threshold(x, 0.1, 20),
    "BinaryCrossEntropyWithLogitsBackward0": lambda x: F.binary_cross_entropy_with_logits(
        x, torch.ones_like(x)
    ),
}
BINARY = {
    "Atan2Backward0": torch.atan2,
    "DivBackward0": torch.div,
    "HypotBackward0": torch.hypot,
    "LogaddexpBackward0": torch.logaddexp,
    "MulBackward0": torch.mul,
    "PowBackward1": torch.pow,
    "XlogyBackward0": torch.xlogy,
}


def odd(value: float) -> Tensor:
    return torch.tensor([value], requires_grad=True)


ODD_CASES: dict[str, list[Case]] = {
    name: [lambda f=function, x=x: f(odd(x)) for x in ODD] for name, function in UNARY.items()
} | {
    name: [lambda f=function, x=x, y=y: f(odd(x), odd(y)) for x in ODD for y in ODD]
    for name, function in BINARY.items()
}


ODD_CASES["BinaryCrossEntropyBackward0"] = [
    lambda x=x, y=y: F.binary_cross_entropy(odd(x), torch.tensor([y]))
    for x in (0.0, 1e-30, 0.1, 1.0)
    for y in (0.0, 1.0)
]


@pytest.mark.parametrize("name", ODD_CASES)
def test_no_number_at_a_limit_is_put_down_to_a_hook(name: str) -> None:
    told = told_in_numbers(name, ODD_CASES[name])
    assert told
    assert [one for one in told if not one.agrees] == []


def test_a_product_of_matrices_that_loses_all_digits_is_not_put_down_to_a_hook() -> None:
    left = torch.tensor([[1e8, 1.0], [-1e8, 1.0]], requires_grad=True)
    right = torch.tensor([[0.1, 0.3], [0.2, 0.7]], requires_grad=True)
    told = told_in_numbers("MmBackward0", [lambda: left @ right])
    assert told
    assert all(one.agrees for one in told)


def test_more_than_a_hundred_operations_can_be_shown_with_numbers() -> None:
    assert len(PLAIN) > 100


def test_a_leaf_adds_up_what_arrives() -> None:
    leaf = torch.ones(2, requires_grad=True)
    for _ in range(2):
        (leaf * 3).sum().backward()
    assert leaf.grad is not None
    assert leaf.grad.tolist() == [6, 6]
    assert formula_of("torch::autograd::AccumulateGrad") is FORMULAS["AccumulateGrad"]


def test_a_variant_holds_only_where_all_it_asks_for_was_saved() -> None:
    variant = Variant((("a", "1"), ("b", "None")), "special", "1")
    general = Input("self", "general", "2", (variant,))
    assert general.where({"a": "1", "b": "None"}).text == "special"
    assert general.where({"a": "1", "b": "2"}).text == "general"
    assert general.where({}) is general
