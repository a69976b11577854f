"""The table of formulas: looked up by node, short, and readable without Unicode."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib import import_module

import pytest
from formula_forms import EACH, IDS, forms, ordinary_forms

from autograd_tutor.formulas import FORMULAS, Formula, Variant, formula_of
from autograd_tutor.formulas.expression import NotSimple, parsed
from autograd_tutor.formulas.formula import Input, either, op, times, when
from autograd_tutor.formulas.table import _FAMILIES
from autograd_tutor.formulas.words import CONDITIONS, FUNCTIONS, NAMES, PHRASES, SIGNS, UNREAD
from autograd_tutor.formulas.writing import as_read
from autograd_tutor.render.signs import spelled_out, to_ascii


def test_a_node_is_found_with_or_without_a_namespace() -> None:
    found = formula_of("MulBackward0")
    assert found is not None
    assert found.inputs[0].text == "grad · other"
    assert formula_of("torch::autograd::CopyBackwards") is FORMULAS["CopyBackwards"]


def test_the_copying_form_of_a_view_has_the_formula_of_the_view() -> None:
    assert formula_of("DiagonalBackward0_copy") is FORMULAS["DiagonalBackward0"]


def test_of_an_unknown_node_there_is_no_formula() -> None:
    assert formula_of("MyFunctionBackward") is None
    assert formula_of("") is None


def test_no_node_has_two_formulas() -> None:
    modules = [import_module(f"autograd_tutor.formulas.{name}") for name in _FAMILIES]
    assert sum(len(family.FORMULAS) for family in modules) == len(FORMULAS)
    assert len(FORMULAS) >= 390


@pytest.mark.parametrize("formula", FORMULAS.values(), ids=list(FORMULAS))
def test_a_formula_says_what_the_operation_is(formula: Formula) -> None:
    assert formula.operation
    assert formula.forward
    names = [each.name for each in formula.inputs]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(("node", "form"), EACH, ids=IDS)
def test_a_formula_is_written_once_and_read_from_that(node: str, form: Input) -> None:
    assert bool(form.expression) != bool(form.undefined)
    assert form.text == (form.undefined or as_read(form.expression))


@pytest.mark.parametrize("formula", FORMULAS.values(), ids=list(FORMULAS))
def test_every_character_has_a_form_in_ascii(formula: Formula) -> None:
    texts = [form.text for form in forms(formula)]
    for text in (formula.operation, formula.forward, *texts):
        assert "?" not in to_ascii(spelled_out(text)), text


def test_most_texts_fit_beside_a_node() -> None:
    ordinary = [form for formula in FORMULAS.values() for form in ordinary_forms(formula)]
    short = [form.text for form in ordinary if len(form.text) <= 34]
    assert len(short) > 0.75 * len(ordinary)
    assert max(len(form.text) for _, form in EACH) <= 100


def test_every_word_is_used() -> None:
    trees = [parsed(form.expression).whole for _, form in EACH if form.expression]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    used = {node.id for node in nodes if isinstance(node, ast.Name)}
    assert {*UNREAD, *SIGNS, *NAMES, *FUNCTIONS, *PHRASES, *CONDITIONS} <= used


def test_where_no_formula_is_simple_a_sentence_says_what_is_done() -> None:
    described = [formula for formula in FORMULAS.values() if formula.sentence]
    assert len(described) >= 15
    for formula in described:
        assert not formula.inputs
        assert formula.sentence.endswith(".")
        assert "?" not in to_ascii(spelled_out(formula.sentence))


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
    assert other.where({"alpha": "1"}) == Input("other", "grad", broadcast=True)
    assert other.where({"alpha": "2"}) is other


def test_the_formulas_load_without_torch_numpy_rich_and_textual() -> None:
    code = (
        "import sys, autograd_tutor.formulas.numbers_in\n"
        "print(*sorted({'torch', 'numpy', 'rich', 'textual'} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == ""


def test_the_families_are_loaded_at_the_first_look_up() -> None:
    code = (
        "import sys, autograd_tutor.formulas as formulas\n"
        "losses = lambda: 'autograd_tutor.formulas.losses' in sys.modules\n"
        "before = losses()\n"
        "formulas.formula_of('MulBackward0')\n"
        "print(before, losses())"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["False", "True"]


@pytest.mark.parametrize(
    ("expression", "read"),
    [
        ("grad * conj(other)", "grad · other"),
        ("conj(grad) * other", "conj(grad) · other"),
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
        ("(a + b).mT @ c.mH", "(a + b)ᵀ @ cᵀ"),
        ("grad * (low <= x < high)", "grad · (low ≤ x < high)"),
        ("grad * (x > a or a < b)", "grad · (x > a or a < b)"),
        ("a if x > 0 else b * c", "a if x > 0 else b · c"),
        ("(a if x else b) * c", "(a if x else b) · c"),
        ("abs(x / sqrt(pi))", "|x / √(π)|"),
        ("a.H @ b", "aᴴ @ b"),
        ("conj(grad * a) * b", "conj(grad · a) · b"),
        ("real(at(grad, index))", "real(grad at index)"),
        ("real(averaged(grad))", "real((grad, / n for a mean))"),
        ("expand(keepdim(grad), shape)", "grad, expanded to shape"),
        ("x * sum(y)", "x · Σ(y)"),
        ("grads[0] + grads[1] / n", "grad₀ + grad₁ / n"),
        ("grad * d**2; d = a - b", "grad · d², d = a − b"),
        ("at(grad, index) * alpha", "(grad at index) · alpha"),
        ("averaged(placed(-grad * w, target))", "−grad · w at target, 0 elsewhere, / n for a mean"),
        ("grad if is_nan(self) else 0", "grad if self is nan else 0"),
    ],
)
def test_an_expression_is_written_as_it_is_read(expression: str, read: str) -> None:
    assert as_read(expression) == read


@pytest.mark.parametrize(
    "expression",
    ["grad.narrow(dim, 0, 1)", "[x for x in y]", "f'{grad}'", "shapes[0]", "f(x)", "exp(x=1)"],
)
def test_what_is_no_plain_arithmetic_is_not_written(expression: str) -> None:
    with pytest.raises(NotSimple):
        as_read(expression)


def test_an_operation_is_made_of_expressions() -> None:
    made = op("XBackward0", "x", "self · a", self="grad * a", a=times("grad", "alpha"))
    assert [(each.name, each.text) for each in made.inputs] == [
        ("self", "grad · a"),
        ("a", "grad · alpha"),
    ]


def test_a_variant_may_ask_for_values() -> None:
    there = when("0", ord="2")._replace(values="result == 0")
    given = either("grad / result", there)
    assert given.where({"ord": "2"}, lambda condition: condition == "result == 0").text == "0"
    assert given.where({"ord": "2"}, lambda _: False) is given
    assert given.where({"ord": "3"}, lambda _: True) is given
    assert given.where({"ord": "2"}) is given


def test_a_variant_may_say_that_no_formula_holds() -> None:
    nothing = Variant("", values="self == 0", undefined="no slope where self = 0: torch sends 0")
    given = either("grad / self", nothing)
    assert given.where({}, lambda _: True).text == "no slope where self = 0: torch sends 0"
    assert given.text == "grad / self"
