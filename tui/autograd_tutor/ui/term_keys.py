"""The key that explains terms: of the thing that is open, or those that are in view first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograd_tutor.course.model import Step
from autograd_tutor.ui.jump_keys import JumpKeys

if TYPE_CHECKING:
    from autograd_tutor.analysis.terms import Names
    from autograd_tutor.course.glossary import Entry, Glossary
    from autograd_tutor.playing.played import Played


class TermKeys(JumpKeys):
    """A lesson whose terms can be looked up."""

    run: Played

    @property
    def _step(self) -> Step:
        raise NotImplementedError

    def action_define(self) -> None:
        # Late: no first screen needs it.
        from autograd_tutor.course.glossary import glossary
        from autograd_tutor.render.glossary import entries_of
        from autograd_tutor.ui.glossary_screen import EntryScreen, GlossaryScreen

        known, opened = glossary(), self._names_of_opened()
        if opened is None:
            self.app.push_screen(GlossaryScreen(known, self._entries_in_view(known)))
        else:
            self.app.push_screen(EntryScreen(known, entries_of(known, opened)[0]))

    def _names_of_opened(self) -> Names | None:
        """Those of the node or tensor whose own view is shown, where one is."""
        from autograd_tutor.analysis.terms import names_of_node, names_of_tensor

        trace, index = self.walk.trace, self.walk.timeline.index
        tensor, node = self._panes.tensors.opened, self._panes.graph.opened
        names = None
        if tensor is not None:
            names = names_of_tensor(trace, index, tensor)
        elif node is not None and self._panes.graph.display:
            names = names_of_node(trace, index, node)
        return names if names and any(names) else None

    def _entries_in_view(self, known: Glossary) -> list[Entry]:
        """Those of what is chosen, of the node that has just run, of the text, of the graph."""
        from autograd_tutor.analysis.terms import names_of_node, names_of_pass, names_of_tensor
        from autograd_tutor.render.glossary import each_once, entries_of

        trace, index = self.walk.trace, self.walk.timeline.index
        graph, chosen = self._panes.graph, self._panes.chosen_tensor
        nodes = graph.nodes_in_view if graph.display else []
        first = [] if chosen is None else [names_of_tensor(trace, index, chosen)]
        first += [names_of_node(trace, index, each) for each in nodes[:1] if graph.has_focus]
        first.append(names_of_pass(trace, index))
        text = self._panes.task_text or self._step.explained(self.run.settled)
        drawn = [names_of_node(trace, index, each)._replace(saved=()) for each in nodes]
        return each_once(
            [
                *(entry for names in first for entry in entries_of(known, names)),
                *known.mentioned(text),
                *(entry for names in drawn for entry in entries_of(known, names)),
            ]
        )
