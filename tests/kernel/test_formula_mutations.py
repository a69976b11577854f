"""A formula that says anything else than it does is found out by what torch sends."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from itertools import islice

import pytest
from formula_forms import forms_of
from formula_mutants import text_mutants, tree_mutants
from formula_reading import Unreadable, tree_of
from formula_runs import Sent, agrees, expression_agrees, is_right, reading_agrees, sent_by, unmet

from autograd_tutor.formulas import FORMULAS, Formula, Input, Variant
from autograd_tutor.formulas.expression import parsed

Condition = tuple[str, tuple[str, ...]]
WITH_INPUTS = [name for name, formula in FORMULAS.items() if formula.inputs]


@cache
def shown_forms(name: str) -> tuple[tuple[Input, tuple[Sent, ...]], ...]:
    """Each form of each input's formula, with what torch sent where it is shown."""
    found = []
    for input_index, given in enumerate(FORMULAS[name].inputs):
        sent = [each for each in sent_by(name) if each.input_index == input_index]
        for form in forms_of(given):
            if form.undefined:
                continue
            there = [each for each in sent if each.chosen._replace(variants=()) == form]
            if not there and form.expression == given.expression:
                there = [each for each in sent if expression_agrees(form, each)]
            assert there, form
            found.append((form, tuple(there)))
    return tuple(found)


def survivors(name: str) -> Iterator[str]:
    for form, sent in shown_forms(name):
        for tree in tree_mutants(parsed(form.expression).whole):
            if all(agrees(tree, each.scope, each, form.broadcast) for each in sent):
                yield f"{form.name}: {form.expression} -> {ast.unparse(tree)}"
        for text in text_mutants(form.text):
            if text_agrees(form, text, sent):
                yield f"{form.name}: {form.text} -> {text}"


def text_agrees(form: Input, text: str, sent: tuple[Sent, ...]) -> bool:
    try:
        tree = tree_of(text)
    except (Unreadable, ValueError):
        return False
    return all(reading_agrees(form, tree, each) for each in sent)


EXTREME = (("==", ">="),)  # no element is larger than the largest
SIGN_OF_SELF = (  # the result has it
    ("self==0", "result==0"),
    ("self=0", "result=0"),
    ("abs(self)>0", "abs(result)>0"),
    ("|self|>0", "|result|>0"),
    ("sign(self)", "sign(result)"),
)
SAME = {
    "AmaxBackward0": EXTREME,
    "MaxBackward1": EXTREME,
    "EluBackward0": (("self<=0", "self<0"),),  # exp(0) is 1
    "CeluBackward0": (("self<=0", "self<0"),),
    "PreluKernelBackward0": ((">", ">="),),  # grad * 0 is 0
    "MaximumBackward0": (("<", "<="),),  # equal ones come first
    "MinimumBackward0": ((">", ">="),),
    "PowBackward2": (  # of a negative exponent the result is inf
        ("result*-inf", "result*-result"),
        ("result·(−inf)", "result·(−result)"),
    ),
    "Atan2Backward0": (  # of one 0 the rest is 0 too
        ("self==0", "self>=0"),
        ("other==0", "other>=0"),
        ("self=0", "self²=0"),
        ("other=0", "other²=0"),
    ),
    "AminmaxBackward0": EXTREME,
    "CdistBackward0": EXTREME,
    "RenormBackward0": EXTREME,  # the scale is at most 1
    "SgnBackward0": SIGN_OF_SELF,
    "CopysignBackward0": SIGN_OF_SELF,
    "CopysignBackward1": SIGN_OF_SELF,
    "SpecialI1Backward0": SIGN_OF_SELF,
    "SpecialI1EBackward0": SIGN_OF_SELF,
}
"""What can stand in a formula, and what in its place changes nothing."""


def changes_nothing(name: str, survivor: str) -> bool:
    before, after = survivor.split(": ")[1].replace(" ", "").split("->")
    return any(before == after.replace(other, there) for there, other in SAME.get(name, ()))


@pytest.mark.parametrize("name", WITH_INPUTS)
def test_every_change_of_a_formula_is_noticed(name: str) -> None:
    assert [each for each in survivors(name) if not changes_nothing(name, each)] == []


def is_noticed(formula: Formula) -> bool:
    """Whether a formula with another choice of variants, or other inputs, is found out."""
    for sent in sent_by(formula.node):
        given = formula.inputs[0 if formula.repeated else sent.input_index]
        if not is_right(given, sent):
            return True
    return bool(unmet(formula))


def with_input(formula: Formula, at: int, given: Input) -> Formula:
    inputs = formula.inputs
    return formula._replace(inputs=(*inputs[:at], given, *inputs[at + 1 :]))


def variant_mutants(given: Input) -> Iterator[Input]:
    """An input with one condition of a variant left out or never true."""
    for at, each in enumerate(given.variants):
        changed = [each._replace(values="0 == 1")]
        if each.values:
            changed.append(each._replace(values="0 == 0"))
            changed += [each._replace(values=text) for text in condition_mutants(each.values)]
        for dropped in each.when:
            rest = tuple(condition for condition in each.when if condition != dropped)
            if not is_all_that_is_left(given.variants[:at], dropped, rest):
                changed.append(each._replace(when=rest))
        for other in changed:
            variants = (*given.variants[:at], other, *given.variants[at + 1 :])
            yield given._replace(variants=variants)


def condition_mutants(condition: str) -> Iterator[str]:
    """A condition with one part changed; its sign is none."""
    for tree in islice(tree_mutants(parsed(condition).whole), 1, None):
        text = ast.unparse(tree)
        if text not in SAME_CONDITIONS.get(condition, ()):
            yield text


SAME_CONDITIONS = {
    "p > 0 and sent == grad and not grad == 0 and is_finite(grad)": (
        "p > 0 and sent == grad and (not grad == 0) and is_finite(sent)",
        "p > 0 and sent == grad and (not sent == 0) and is_finite(grad)",
    ),
}
"""Conditions that hold where another does, by that."""


SETTINGS = {
    "rounding_mode": {"None", "'floor'", "'trunc'"},
    "approximate": {"'none'", "'tanh'"},
    "training": {"True", "False"},
    "accumulate": {"True", "False"},
    "reduction": {"0", "1", "2"},
}
"""All texts of the settings that have few."""


def is_all_that_is_left(
    earlier: tuple[Variant, ...], condition: Condition, others: tuple[Condition, ...]
) -> bool:
    """Whether, under the other conditions, earlier variants are taken for all other texts."""
    name, texts = condition
    taken = {
        text
        for variant in earlier
        for its, values in variant.when
        if its == name and {*variant.when} - {(its, values)} <= {*others}
        for text in values
    }
    return name in SETTINGS and SETTINGS[name] - {*texts} <= taken


@pytest.mark.parametrize("name", WITH_INPUTS)
def test_every_change_of_a_variant_is_noticed(name: str) -> None:
    formula = FORMULAS[name]
    assert not is_noticed(formula)
    unnoticed = [
        mutant
        for at, given in enumerate(formula.inputs)
        for mutant in variant_mutants(given)
        if not is_noticed(with_input(formula, at, mutant))
    ]
    assert unnoticed == []


@pytest.mark.parametrize("name", WITH_INPUTS)
def test_an_input_is_said_to_be_broadcast_where_it_is(name: str) -> None:
    formula = FORMULAS[name]
    for at, given in enumerate(formula.inputs):
        if given.broadcast:
            assert is_noticed(with_input(formula, at, given._replace(broadcast=False))), given


@pytest.mark.parametrize(
    "text", ["grad · (1 − result²)", "grad · (1 + result)", "grad times 1 + result²", "grad"]
)
def test_a_sabotaged_tangent_is_noticed(text: str) -> None:
    ((form, sent),) = shown_forms("TanBackward0")
    assert form.text == "grad · (1 + result²)"
    assert text_agrees(form, form.text, sent)
    assert not text_agrees(form, text, sent)
