"""What nodes are called in rows and sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from autograd_tutor.analysis.names import NodeName, name_of, node_names, output_names
from autograd_tutor.messages import _
from autograd_tutor.recording.model import Node
from autograd_tutor.recording.trace import State
from autograd_tutor.render.node_sign import node_sign
from autograd_tutor.render.rows import Row, Span, row, wrap
from autograd_tutor.render.sanitize import sanitize_line
from autograd_tutor.render.signs import spelled_formula


def name_text(name: NodeName) -> str:
    """The variable that a node is called after."""
    return sanitize_line(
        _("earlier {variable}").format(variable=name.variable) if name.is_earlier else name.variable
    )


class NodeNamer(NamedTuple):
    """The nodes of a graph, what their outputs are called, and how formulas are spelled."""

    nodes: Mapping[int, Node]
    state: State
    names: Mapping[int, str]
    outputs: Mapping[tuple[int, int], str]
    ascii_only: bool = False

    def formula(self, text: str) -> str:
        """A formula as it is to be laid out."""
        return spelled_formula(text) if self.ascii_only else text

    def node(self, number: int) -> str:
        """The variable of a node's output, or the operation where it has none."""
        node = self.nodes.get(number)
        if node is None:
            return _("a node that was not recorded")
        name = name_of(node, self.names, self.state.tensors)
        return sanitize_line(node.name) if name is None else name_text(name)

    def output(self, edge: tuple[int, int]) -> str:
        """The same of what an edge leads to: of a node with several outputs, one of them."""
        number, output_nr = edge
        name, node = self.outputs.get(edge), self.nodes.get(number)
        if name is not None:
            return sanitize_line(name)
        if node is not None and (output_nr or number in self.names):
            return sanitize_line(
                _("output {output_nr} of {name}").format(output_nr=output_nr, name=node.name)
            )
        return self.node(number)

    def span(self, number: int, output_nr: int | None = None) -> Span:
        """The node's name, or that of its output, in the style of the node."""
        node = self.nodes.get(number)
        name = self.node(number) if output_nr is None else self.output((number, output_nr))
        return name, "dim" if node is None else node_sign(node)[1]


def namer_at(nodes: Mapping[int, Node], state: State, ascii_only: bool = False) -> NodeNamer:
    """What nodes are called where `state` is what exists."""
    return NodeNamer(nodes, state, node_names(state), output_names(state), ascii_only)


def heading(node: Node, namer: NodeNamer, width: int) -> list[Row]:
    """The node: its sign, what its output is called, and the operation."""
    sign, style = node_sign(node)
    name = namer.node(node.id)
    spans: list[Span] = []
    if name != node.name:
        spans.append((f"{name}  ", f"{style} strong"))
    spans.append((sanitize_line(node.name), "dim" if name != node.name else f"{style} strong"))
    return wrap(spans, width, row((f"{sign} ", style)), 2)


def called(node: Node, namer: NodeNamer) -> str:
    """The operation and, if it has one, the name of its output: `ExpBackward0 of y`."""
    name, operation = namer.node(node.id), sanitize_line(node.name)
    return (
        operation
        if name == operation
        else _("{operation} of {name}").format(operation=operation, name=name)
    )


def origin(node: Node) -> str:
    """What a line has to do with a node: the node of a leaf is made when the leaf is first used."""
    return _("first used by") if node.name == "AccumulateGrad" else _("made by")


def no_formula(node: Node) -> str | None:
    """Says that there is no formula for a node, and what its backward does if that is known.

    None where there is one.
    """
    name = sanitize_line(node.name)
    # Late, as the formulas in it are many.
    from autograd_tutor.analysis.local_derivative import operation_of

    operation = operation_of(node)
    if operation is not None:
        sentence = operation.sentence
        return (
            _("There is no simple formula. {sentence}").format(sentence=sentence)
            if sentence
            else None
        )
    if node.custom:
        return _(
            "{name} is a Function written in Python; its backward() is the formula, which V "
            "(verify) checks."
        ).format(name=name)
    return _("No formula is known here for {name}.").format(name=name)


def no_formula_rows(node: Node, width: int) -> list[Row]:
    """The same in rows."""
    text = no_formula(node)
    return [] if text is None else wrap([(text, "dim")], width)
