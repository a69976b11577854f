"""The table of formulas: looked up by node, short, and readable without Unicode."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest

from autograd_tutor.formulas import FORMULAS, Formula, formula_of
from autograd_tutor.formulas.evaluation import NotSimple
from autograd_tutor.formulas.formula import Input
from autograd_tutor.formulas.table import _FAMILIES
from autograd_tutor.formulas.writing import as_read
from autograd_tutor.render.signs import spelled_out, to_ascii

EACH = [
    (formula.node, each.text, each.expression)
    for formula in FORMULAS.values()
    for input_ in formula.inputs
    for each in (input_, *input_.variants)
]


def test_a_node_is_found_with_or_without_a_namespace() -> None:
    found = formula_of("MulBackward0")
    assert found is not None
    assert found.inputs[0].text == "grad · other"
    assert formula_of("torch::autograd::CopyBackwards") is FORMULAS["CopyBackwards"]


def test_the_copying_form_of_a_view_has_the_formula_of_the_view() -> None:
    assert formula_of("DiagonalBackward0_copy") is FORMULAS["DiagonalBackward0"]


def test_of_an_unknown_node_nothing_is_told() -> None:
    assert formula_of("MyFunctionBackward") is None
    assert formula_of("") is None


def test_no_node_has_two_formulas() -> None:
    assert sum(len(family.FORMULAS) for family in _FAMILIES) == len(FORMULAS)


@pytest.mark.parametrize("formula", FORMULAS.values(), ids=list(FORMULAS))
def test_a_formula_says_what_the_operation_is(formula: Formula) -> None:
    assert formula.operation
    assert formula.forward
    names = [each.name for each in formula.inputs]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(("node", "text", "expression"), EACH)
def test_an_expression_is_python(node: str, text: str, expression: str) -> None:
    ast.parse(expression, mode="eval")
    assert text


@pytest.mark.parametrize("formula", FORMULAS.values(), ids=list(FORMULAS))
def test_every_character_has_a_form_in_ascii(formula: Formula) -> None:
    texts = [text for node, text, _ in EACH if node == formula.node]
    for text in (formula.operation, formula.forward, *texts):
        assert "?" not in to_ascii(spelled_out(text)), text


def test_most_texts_fit_beside_a_node() -> None:
    short = [text for _, text, _ in EACH if len(text) <= 34]
    assert len(short) > 0.75 * len(EACH)
    assert max(len(text) for _, text, _ in EACH) <= 100


def test_what_is_written_with_numbers_is_written_as_in_the_table() -> None:
    same, other = [], []
    for _, text, expression in EACH:
        try:
            (same if as_read(expression) == text else other).append(text)
        except NotSimple:
            continue
    assert len(same) > 200
    assert len(other) < 30


def test_each_tensor_of_a_list_has_the_one_formula() -> None:
    cat = FORMULAS["CatBackward0"]
    assert cat.input_at(0) is cat.input_at(5) is cat.inputs[0]
    assert cat.input_at(-1) is None


def test_beyond_the_known_inputs_there_is_none() -> None:
    mul = FORMULAS["MulBackward0"]
    assert mul.input_at(1) is mul.inputs[1]
    assert mul.input_at(2) is None
    assert FORMULAS["AccumulateGrad"].input_at(0) is None


def test_a_factor_of_one_is_left_out() -> None:
    other = FORMULAS["AddBackward0"].inputs[1]
    assert other.where({"alpha": "1"}) == Input("other", "grad", "grad")
    assert other.where({"alpha": "2"}) is other


def test_the_formulas_load_without_torch_numpy_rich_and_textual() -> None:
    code = (
        "import sys, autograd_tutor.formulas.numbers_in\n"
        "print(*sorted({'torch', 'numpy', 'rich', 'textual'} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == ""


@pytest.mark.parametrize(
    ("expression", "read"),
    [
        ("grad * other.conj()", "grad · other"),
        ("grad * (a * b)", "grad · (a · b)"),
        ("a - (b - c)", "a − (b − c)"),
        ("a - b - c", "a − b − c"),
        ("a / (b * c)", "a / (b · c)"),
        ("a * b / c", "a · b / c"),
        ("-(a + b)**2", "−(a + b)²"),
        ("(-a)**2", "(−a)²"),
        ("a**(b - 1)", "a^(b − 1)"),
        ("a**-0.5", "a^(−0.5)"),
        ("a * -b", "a · (−b)"),
        ("(a + b).mT @ c", "(a + b)ᵀ @ c"),
        ("grad * ((low <= x) & (x < high))", "grad · (low ≤ x < high)"),
        ("grad * ((x > a) | (a < b))", "grad · (x > a or a < b)"),
        ("torch.where(x > 0, a, b * c)", "a if x > 0 else b · c"),
        ("(x / math.sqrt(math.pi)).abs()", "|x / √(π)|"),
        ("kept(grad).expand(shape)", "grad, expanded to shape"),
        ("x * y.sum(dim, True)", "x · Σ(y)"),
    ],
)
def test_an_expression_is_written_as_it_is_read(expression: str, read: str) -> None:
    assert as_read(expression) == read


@pytest.mark.parametrize(
    "expression",
    ["grad.narrow(dim, 0, 1)", "[x for x in y]", "f'{grad}'", "grads[0]", "x.sum()", "f(x=1)"],
)
def test_what_is_no_plain_arithmetic_is_not_written(expression: str) -> None:
    with pytest.raises(NotSimple):
        as_read(expression)
