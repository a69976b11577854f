"""The pane of the graph, or of one node of it in full."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from autograd_tutor.messages import _
from autograd_tutor.playing.key_messages import Hint
from autograd_tutor.recording.trace import Trace
from autograd_tutor.render.graph_choice import Choice
from autograd_tutor.render.rows import Listing
from autograd_tutor.render.sanitize import sanitize_line
from autograd_tutor.ui.choice_pane import ChoicePane

if TYPE_CHECKING:
    from autograd_tutor.analysis.goal_graph import GoalGraph
    from autograd_tutor.render.graph_rows import Drawing


class GraphPane(ChoicePane):
    """The graph of one moment as the learner has chosen: as lanes or a tree, folded or not."""

    def __init__(self, title: str, number: int, *, id: str) -> None:
        super().__init__(title, number, id=id)
        self._arrived = False
        """Whether there is a new moment, which chooses the row: another size does not."""
        self._choose_next: int | None = None
        """The node that the next listing of a graph is to choose the row of."""
        self._choice = Choice()
        self._node: int | None = None
        """The node whose own view is shown."""
        self._follows = False
        """Whether that is always the node that has just run."""
        self._graph: Callable[[int], Listing] | None = None
        self._trace: Trace | None = None
        self._index = 0

    def show_moment(
        self,
        trace: Trace,
        index: int,
        previous: int,
        tensor_name: str | None,
        *,
        reset: bool = False,
        goal: GoalGraph | None = None,
    ) -> None:
        """Show the graph at a snapshot, as `graph_listing` has it, or what is known of a node.

        `goal`: the graph that is to be built, drawn with it.
        """
        self._trace, self._index, self._arrived = trace, index, True
        backward = trace.snapshots[index].backward
        if self._node is not None and self._follows and backward is not None:
            self._node = backward.node
        # Late: it takes much, and there is no graph on the first screen.
        from autograd_tutor.render.goal import with_goal
        from autograd_tutor.render.graph import graph_listing

        def graph(width: int) -> Listing:
            moment = trace, index, previous, tensor_name, width, self._choice
            return graph_listing(*moment) if goal is None else with_goal(*moment, goal)

        self._graph = graph
        self._show(reset=reset)

    def forget(self, new: bool) -> None:
        """Forget the moment, of a `new` step the chosen tensor too; how graphs are drawn stays."""
        self._node = self._graph = self._trace = self._choose_next = None
        if new:
            self._choice = self._choice._replace(of=None)

    @property
    def tensor(self) -> str | None:
        """The name of the tensor whose graph the learner has chosen."""
        return self._choice.of

    def choose_tensor(self, name: str | None) -> str:
        """Show the graph of a tensor from now on; None: of that which each moment is about."""
        trace, index = self._trace, self._index
        if trace is None:
            return _("There is no graph to draw yet.")
        if name is not None:
            from autograd_tutor.analysis.shown_graph import graph_of
            from autograd_tutor.render.graph import no_graph_of

            found = graph_of(trace, index, index, name)
            if found == "gradient":  # few have one; else that of the tensor is meant
                name = name.removesuffix(".grad")
            elif found in ("value", "missing"):
                return no_graph_of(trace, index, name, found)
        self._choice, self._node = self._choice._replace(of=name), None
        self._arrived = True
        self._show(reset=True)
        if name is None or trace.snapshots[index].backward is None:
            return ""
        return _("Inside the pass its own graph is shown; outside, that of {name}.").format(
            name=sanitize_line(name)
        )

    def close_opened(self) -> bool:
        """From a node back to the graph; whether a node was shown."""
        if self._node is None:
            return False
        self._choose_next, self._node = self._node, None
        self._show(reset=True)
        return True

    def open_chosen(self) -> str:
        """Show all about the chosen node, or unfold the chosen repeat; from a node, go back."""
        if self.close_opened():
            return ""
        self._catch_up()
        number = self._node_chosen
        if self.drawing is None or self._trace is None:
            return _("There is no node to open yet.")
        if number is None:
            return self.fold(of_chosen=True)
        backward = self._trace.snapshots[self._index].backward
        self._node = number
        self._follows = backward is not None and backward.node == number
        self._show(reset=True)
        return ""

    def turn(self) -> str:
        """From lanes to a tree, or back."""
        if self._graph is None:
            return _("There is no graph to draw yet.")
        self._catch_up()
        self._choose_next = self._node_chosen if self._node is None else self._node
        self._node = None
        self._choice = self._choice._replace(as_tree=not self._choice.as_tree)
        self._show(reset=True)
        return ""

    def fold(self, of_chosen: bool) -> str:
        """Fold or unfold the chosen repeat; all of them, where none is chosen."""
        self._catch_up()
        drawing = self.drawing
        if self._node is not None:
            return _("This is one node. Enter goes back to the graph.")
        if drawing is None:
            return _("There is no graph to fold yet.")
        if self._choice.as_tree:
            return _("Blocks are folded where the graph is drawn as lanes; t goes there.")
        if not drawing.repeats:
            return _("No block of this graph is long enough and repeats three times or more.")
        repeat = drawing.repeat_at(self._chosen) if of_chosen else None
        self._choose_next = self._node_of_row(drawing)
        every = frozenset(each.first for each in drawing.repeats)
        chosen = every if repeat is None else frozenset((repeat.first,))
        folded = self._choice.folded
        self._choice = self._choice._replace(
            folded=folded - chosen if chosen <= folded else folded | chosen
        )
        self._show()
        return ""

    def _node_of_row(self, drawing: Drawing) -> int | None:
        """The node of the chosen row; of a folded repeat the one that just ran, or the first."""
        backward = None if self._trace is None else self._trace.snapshots[self._index].backward
        if backward is not None and drawing.row_of(backward.node) == self._chosen:
            return backward.node
        repeat = drawing.repeat_at(self._chosen)
        number = drawing.node_at(self._chosen)
        return repeat.first if number is None and repeat is not None else number

    @property
    def opened(self) -> int | None:
        """The id of the node whose own view is shown."""
        return self._node

    @property
    def nodes_in_view(self) -> list[int]:
        """The ids of the nodes in the rows that are in view; that of the chosen row first."""
        drawing = self.drawing
        if drawing is None:
            return []
        rows = range(self._top, min(self._top + self.page, len(self._listing.rows)))
        found = map(drawing.node_at, (self._chosen, *rows))
        return [number for number in dict.fromkeys(found) if number is not None]

    @property
    def hints(self) -> list[Hint]:
        """The keys that matter here, as the bar of keys has them."""
        if self._node is not None:
            return [Hint("Enter", _("graph"), True)]
        other = Hint("t", _("lanes") if self._choice.as_tree else _("tree"))
        automatic = [] if self._choice.of is None else [Hint("G", _("automatic"))]
        if self.drawing is None and automatic:
            return automatic
        if self.drawing is not None and self._node_chosen is None:
            return [Hint("Enter", _("unfold")), other, *automatic]
        found = [Hint("Enter", _("node")), other]
        if self.drawing is not None and self.drawing.repeats:
            found.append(Hint("f", _("fold")))
        return [*found, *automatic]

    @property
    def _node_chosen(self) -> int | None:
        """The id of the node in the chosen row; None where that is a folded repeat, or no row."""
        return None if self.drawing is None else self.drawing.node_at(self._chosen)

    @property
    def drawing(self) -> Drawing | None:
        """The graph that it shows; None while it shows something else."""
        if self._graph is None:
            return None
        from autograd_tutor.render.graph_rows import Drawing

        rows = self._listing.rows
        return rows if isinstance(rows, Drawing) else None

    @property
    def _can_choose(self) -> bool:
        return self.drawing is not None

    @property
    def _follows_choice(self) -> bool:
        return True

    def _row_towards(self, row: int, by: int) -> int | None:
        rows = range(len(self._listing.rows)) if self.drawing is None else self.drawing.chosen_from
        beyond = row not in rows and rows[-1] + 1 < len(self._listing.rows) and by > 0
        return None if beyond else max(rows[0], min(row, rows[-1]))

    def _show(self, reset: bool = False) -> None:
        trace, index, node = self._trace, self._index, self._node
        if node is not None and trace is not None:
            # Late, as the formulas in it are many.
            from autograd_tutor.render.node_view import node_listing

            spelled = self.app.ascii_only
            self.fill(lambda width: node_listing(trace, index, node, width, spelled), reset=reset)
        elif self._graph is not None:
            self.fill(self._graph, reset=reset)

    def _keep_choice(self) -> None:
        """Choose what a new moment is about, else the row that was chosen before."""
        if self._listing.scroll_to and self._arrived:
            self._chosen = self._listing.scroll_to[-1]
        number, self._choose_next = self._choose_next, None
        row = self.drawing.row_of(number) if self.drawing and number is not None else None
        if row is not None:
            self._chosen = row
        self._arrived = False
        rows = range(len(self._listing.rows)) if self.drawing is None else self.drawing.chosen_from
        self._chosen = max(rows[0], min(self._chosen, rows[-1]))
