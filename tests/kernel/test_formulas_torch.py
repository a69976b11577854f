"""Every formula gives what torch gives, for each input of every node in every case."""

from __future__ import annotations

import ast
import math
from collections.abc import Sequence

import formula_cases
import pytest
import torch
import torch.nn.functional as F
from formula_cases import Case
from formula_forms import EACH as FORMS
from formula_forms import IDS as FORM_IDS
from formula_forms import forms
from formula_reading import tree_of
from formula_runs import (
    Sent,
    expression_agrees,
    first_that_fits,
    is_right,
    reading_agrees,
    sent_by,
    unmet,
    watched,
)
from formula_scope import OWN_NAMES
from surveyed_cases import CASES
from torch import Tensor

from autograd_tutor.formulas import FORMULAS, Formula, Input, Variant, formula_of
from autograd_tutor.formulas import numbers_in as numbers_module
from autograd_tutor.formulas.expression import parsed
from autograd_tutor.formulas.numbers_in import Numbers, numbers_in

WITH_INPUTS = [name for name, formula in FORMULAS.items() if formula.inputs]


def test_every_formula_has_cases_and_there_are_two_hundred() -> None:
    assert set(FORMULAS) == set(CASES)
    assert len(FORMULAS) >= 200


@pytest.mark.parametrize("name", FORMULAS)
def test_the_formula_gives_what_torch_sends(name: str) -> None:
    for sent in sent_by(name):
        assert is_right(sent.general, sent), (sent.chosen, sent)


@pytest.mark.parametrize("name", FORMULAS)
def test_what_the_learner_reads_gives_what_torch_sends(name: str) -> None:
    for sent in sent_by(name):
        shown = sent.chosen
        assert shown.undefined or reading_agrees(shown, tree_of(shown.text), sent), (shown, sent)


@pytest.mark.parametrize("name", FORMULAS)
def test_the_general_formula_holds_whatever_was_saved(name: str) -> None:
    for sent in sent_by(name):
        if not is_another_there(sent):
            assert expression_agrees(sent.general, sent), (sent.general, sent)
            assert reading_agrees(sent.general, tree_of(sent.general.text), sent), sent.general


@pytest.mark.parametrize(("node", "form"), FORMS, ids=FORM_IDS)
def test_what_is_read_is_built_as_the_expression_is(node: str, form: Input) -> None:
    if not form.undefined:
        built = Read().visit(anew(parsed(form.expression).whole))
        assert ast.unparse(anew(tree_of(form.text))) == ast.unparse(anew(built))


def anew(tree: ast.expr) -> ast.expr:
    """The same tree, without parts that stand in it twice."""
    return ast.parse(ast.unparse(tree), mode="eval").body


def has_grad(tree: ast.expr) -> bool:
    return any(isinstance(node, ast.Name) and node.id == "grad" for node in ast.walk(tree))


class Read(ast.NodeTransformer):
    """Leaves out of a tree what is not read."""

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        match node:
            case ast.Call(func=ast.Name(id="conj"), args=[inner]) if has_grad(inner):
                return node
            case ast.Call(func=ast.Name(id="conj" | "keepdim" | "per_matrix"), args=[inner]):
                return inner
            case ast.Call(func=ast.Name(id="t"), args=[inner]):
                return ast.Attribute(inner, "mT", ast.Load())
            case ast.Call(func=ast.Name(id="total")):
                return ast.Call(ast.Name("sum", ast.Load()), node.args, [])
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        self.generic_visit(node)
        attribute = "mT" if node.attr == "mH" else node.attr
        return ast.Attribute(node.value, attribute, ast.Load())


OTHERS = {
    "min": ("None",),
    "max": ("None",),
    "eps": ("None",),
    "p": ("inf", "-inf", "1", "1.0", "0.0"),
    "ord": ("inf", "-inf", "1", "1.0"),
    "left": ("False",),
    "upper": ("True",),
    "transpose": ("True",),
    "mode": ("1", "2"),
    "reduce": ("'mean'", "'prod'", "'amax'", "'amin'", "'max'", "'min'"),
    "training": ("False",),
    "transposed": ("True",),
    "approximate": ("'tanh'",),
}
"""Settings for which a variant is not a simpler form of the general formula, but another.

Of a norm for 1: where an element is 0.
"""


def is_another_there(sent: Sent) -> bool:
    at = first_that_fits(sent.general, sent)
    if at is not None and sent.general.variants[at].values:
        return True
    return any(
        sent.settings.get(name) in texts
        for variant in sent.general.variants
        for name, _ in variant.when
        for texts in [OTHERS.get(name, ())]
    )


@pytest.mark.parametrize("name", WITH_INPUTS)
def test_each_input_and_each_variant_is_met_in_a_case(name: str) -> None:
    assert unmet(FORMULAS[name]) == []


def numbers_shown(name: str, cases: Sequence[Case] = ()) -> list[Numbers]:
    """All calculations that can be shown for nodes of that name, in all cases."""
    shown = [
        numbers_in(FORMULAS[name], place, ran.record)
        for case in cases or CASES[name]
        for ran in watched(name, case)
        for place in range(len(ran.following))
    ]
    return [numbers for numbers in shown if numbers is not None]


COMPUTED = {"abs", "sign", "sqrt", "exp", "log", "sin", "cos", "sinh", "cosh", "tanh", "sigmoid"}
COMPUTED |= {"trunc", "clamp", "max", "outer", "conj", "keepdim", "sum", "t"}
COMPUTED |= {"expand", "reshape", "sum_to", "shared", "others", "xlogy", "is_nan", "is_finite"}
"""What is computed without torch."""


def is_plain(formula: Formula) -> bool:
    """Whether some formula of the node can be written with numbers."""
    return formula.node not in OWN_NAMES and any(
        words_in(each.expression) <= COMPUTED and "grad" in parsed(each.expression).names
        for each in forms(formula)
        if each.expression
    )


def words_in(expression: str) -> set[str]:
    nodes = ast.walk(parsed(expression).whole)
    calls = {ast.unparse(node.func) for node in nodes if isinstance(node, ast.Call)}
    return calls | ({"grads"} & parsed(expression).names)


BATCHES = {"BmmBackward0"}
COMPLEX = {"ConjBackward0", "ConjPhysicalBackward0"}
NOT_IN_HALF = {"LinalgInvExBackward0", "RreluWithNoiseBackward0"}
NOT_IN_HALF |= {"SpecialNdtriBackward0", "SpecialErfcxBackward0", "SpecialLogNdtrBackward0"}
NOT_IN_HALF |= {"CholeskyInverseBackward0"}
PLAIN = {name for name, formula in FORMULAS.items() if is_plain(formula)} - BATCHES - COMPLEX


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16, torch.bfloat16])
def test_the_numbers_put_in_give_what_torch_sent(
    dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(formula_cases, "D", dtype)
    monkeypatch.setattr(numbers_module, "MOST_ELEMENTS", 64)
    names = PLAIN if dtype.itemsize >= 4 else PLAIN - NOT_IN_HALF
    shown = {name: numbers_shown(name) for name in names}
    assert [name for name, its in shown.items() if not its] == []
    assert [one for its in shown.values() for one in its if not one.agrees] == []


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
    shown = numbers_shown(name, ODD_CASES[name])
    assert shown
    assert [one for one in shown if not one.agrees] == []


def test_a_product_of_matrices_that_loses_all_digits_is_not_put_down_to_a_hook() -> None:
    left = torch.tensor([[1e8, 1.0], [-1e8, 1.0]], requires_grad=True)
    right = torch.tensor([[0.1, 0.3], [0.2, 0.7]], requires_grad=True)
    shown = numbers_shown("MmBackward0", [lambda: left @ right])
    assert shown
    assert all(one.agrees for one in shown)


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
    variant = Variant("1", (("a", ("1", "2")), ("b", ("None",))))
    general = Input("self", "2", (variant,))
    assert general.where({"a": "1", "b": "None"}).text == "1"
    assert general.where({"a": "2", "b": "None"}).text == "1"
    assert general.where({"a": "1", "b": "2"}).text == "2"
    assert general.where({}) is general
