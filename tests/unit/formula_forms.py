"""All forms of the formulas of the table: of each input the general one and its variants."""

from __future__ import annotations

from autograd_tutor.formulas import FORMULAS, Formula, Input


def forms_of(given: Input) -> list[Input]:
    plain = given._replace(variants=())
    return [plain] + [
        plain._replace(expression=each.expression, undefined=each.undefined)
        for each in given.variants
    ]


def forms(formula: Formula) -> list[Input]:
    return [form for given in formula.inputs for form in forms_of(given)]


def ordinary_forms(formula: Formula) -> list[Input]:
    """Those that are shown whatever the numbers are."""
    return [
        form
        for given in formula.inputs
        for form in forms_of(
            given._replace(variants=tuple(each for each in given.variants if not each.values))
        )
    ]


EACH = [(formula.node, form) for formula in FORMULAS.values() for form in forms(formula)]
"""Each with the name of its node."""
IDS = [f"{node}-{form.name}-{form.expression}" for node, form in EACH]
