"""What a name in the graph means, by a rule: nodes by their formulas, and what nodes keep."""

from __future__ import annotations

import re
from collections.abc import Iterator

from autograd_tutor.course.glossary import Entry, folded
from autograd_tutor.formulas import FORMULAS, Formula, Input, formula_of
from autograd_tutor.formulas.expression import parsed
from autograd_tutor.messages import _

_GENERATED = re.compile(r"(?P<operation>[A-Z]\w*?)Backward(?P<number>\d+)")
_OWN = re.compile(r"\w+Backward")
_MOST_OPERATIONS = 3
"""Operations that are named as examples."""
_SEE = ("node", "Backward0", "vector-Jacobian product")
_LESSON = "inside-backward"

_OF_CUSTOM = ["custom Function", "ctx"]
_OF_SAVED = ["saved tensor", "self"]


def known_node(text: str) -> Entry | None:
    """The entry of a node that formulas are known for, by its name or its operation's (`tanh`)."""
    name = folded(text).rpartition(".")[2].replace(" ", "").rstrip("_")
    by_name = _by_folded_name()
    tries = (name, f"{name}0", f"{name}backward0")
    found = next((by_name[each] for each in tries if each in by_name), None)
    return None if found is None else _of_formula(found, FORMULAS[found])


def node_entry(name: str) -> Entry:
    """The entry of any node of a graph, whatever its name."""
    name = name.rpartition("::")[2]
    formula = formula_of(name)
    if formula is not None:
        return _of_formula(name, formula)
    generated = _GENERATED.fullmatch(name)
    if generated is not None:
        short = _("The node that autograd records for the operation {operation}.")
        more = f"{_('No formula is known here for it.')} {_number()}"
        return Entry(name, short.format(operation=generated["operation"]), more, see=_SEE)
    if _OWN.fullmatch(name):
        short = _("The node of a Function of your own, called after its class.")
        more = _("In the pass it runs the `backward` of that class, with the `ctx` of this call.")
        return Entry(name, short, more, see=tuple(_OF_CUSTOM), lesson="function")
    short, more = _("A node of the graph."), _("No formula is known here for it.")
    return Entry(name, short, more, see=("node",))


def saved_entry(name: str) -> Entry:
    """The entry of what a node keeps under a name that has no entry of its own."""
    operations = [each.operation for each in FORMULAS.values() if _has_input(each, name)]
    if operations:
        of = "; ".join(operations[:_MOST_OPERATIONS])
        short = _("torch's name for an input of an operation, such as: {of}.").format(of=of)
    else:
        short = _("What a node keeps under torch's name for an input, a result or a setting.")
    more = _("The node keeps it from the forward pass, as its backward needs it.")
    return Entry(name, short, more, code=True, see=tuple(_OF_SAVED), lesson=_LESSON)


def known_names() -> list[str]:
    """The names of all nodes that formulas are known for."""
    return list(FORMULAS)


def matching_nodes(query: str) -> list[Entry]:
    """The nodes with all words of a query; first those whose name begins with it."""
    words = query.casefold().split()
    found = [
        name
        for name, formula in FORMULAS.items()
        if words and all(word in f"{name} {formula.operation}".casefold() for word in words)
    ]
    found.sort(key=lambda name: not name.casefold().startswith(query.strip().casefold()))
    return [_of_formula(name, FORMULAS[name]) for name in found]


def _by_folded_name() -> dict[str, str]:
    return {folded(name): name for name in FORMULAS}


def _number() -> str:
    return _(
        "The number at the end of the name says which form of the operation this is: torch "
        "numbers them from 0."
    )


def _of_formula(name: str, formula: Formula) -> Entry:
    more = "\n\n".join(
        filter(None, (_forward(formula), *_sends(formula), _needed(formula), _forms(name)))
    )
    short = _("The node of an operation: {operation}.").format(operation=formula.operation)
    return Entry(name, short, more, see=_SEE, lesson=_LESSON)


def _forward(formula: Formula) -> str:
    return _("It computes: {code}.").format(code=_code(formula.forward)) if formula.forward else ""


def _sends(formula: Formula) -> Iterator[str]:
    """What the node sends on, and what there is to know of these formulas."""
    if formula.sentence:
        yield f"{_('There is no simple formula for what it sends on.')} {formula.sentence}"
    elif not formula.inputs:
        yield _("It has no formula for what it sends on.")
    else:
        to = _("- to each of {name}: {grad}") if formula.repeated else _("- to {name}: {grad}")
        lines = [to.format(name=_code(one.name), grad=_code(one.text)) for one in formula.inputs]
        yield _("In a pass `grad` arrives. It sends on:") + "\n\n" + "\n".join(lines)
    notes = []
    if any(one.broadcast for one in formula.inputs):
        notes.append(_("An input that was broadcast gets the sum over its copies."))
    if any(one.leaves_out_conjugates for one in formula.inputs):
        notes.append(_("Of complex numbers, the conjugates of the factors of grad are meant."))
    if any(one.variants for one in formula.inputs):
        notes.append(_("For some settings or values another form holds; the node's view shows it."))
    yield " ".join(notes)


def _needed(formula: Formula) -> str:
    """Which of the values of the forward pass the formulas have in them."""
    names = [*(one.name for one in formula.inputs), "result"]
    used = {name for one in formula.inputs for name in _names(one)}
    needed = [_code(name) for name in dict.fromkeys(names) if name in used]
    if not needed:
        return ""
    several = _("It keeps what is needed for the inputs that require gradients.")
    text = _("For that it needs from the forward pass: {names}.").format(names=", ".join(needed))
    return f"{text} {several}" if len(formula.inputs) > 1 else text


def _names(one: Input) -> frozenset[str]:
    """The names in all forms of an input's formula."""
    expressions = [one.expression, *(each.expression for each in one.variants)]
    return frozenset().union(*(parsed(each).names for each in expressions if each))


def _forms(name: str) -> str:
    generated = _GENERATED.fullmatch(name)
    if generated is None:
        return ""
    stem = name.removesuffix(generated["number"])
    others = [
        f"{_code(other)} ({FORMULAS[other].operation})"
        for other in FORMULAS
        if other != name and other.rstrip("0123456789") == stem
    ]
    if not others:
        return _number()
    return _("{number} Others: {others}.").format(number=_number(), others="; ".join(others))


def _has_input(formula: Formula, name: str) -> bool:
    return any(one.name == name for one in formula.inputs)


def _code(text: str) -> str:
    return f"`{text}`"
