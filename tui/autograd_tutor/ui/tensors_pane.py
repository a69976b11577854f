"""The pane of the tensors, or of one of them in full."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from autograd_tutor.analysis.contents import Contents, contents_at
from autograd_tutor.course.model import Step
from autograd_tutor.messages import _
from autograd_tutor.playing.key_messages import Hint
from autograd_tutor.recording.trace import Trace
from autograd_tutor.render.rows import Listing
from autograd_tutor.render.tensors import EARLIER, tensors_listing
from autograd_tutor.ui.item_pane import ItemPane


class TensorsPane(ItemPane):
    """Lists the tensors and other values of a moment; Enter opens the chosen one."""

    def __init__(self, title: str, number: int, *, id: str) -> None:
        super().__init__(title, number, id=id)
        self._unfolded = False
        """Whether what earlier steps have made is listed, too."""
        self._opened: str | None = None
        """The name of what is shown in full."""
        self._moment: Callable[[], tuple[Trace, int, Contents]] | None = None

    def show_moment(
        self, trace: Trace, index: int, previous: int, step: Step, *, reset: bool = False
    ) -> None:
        """Show what there is at a snapshot, or all about what is open."""

        def moment() -> tuple[Trace, int, Contents]:
            found = contents_at(trace, index, previous, step.watch, step.explain)
            return trace, index, found

        self._moment = moment
        self._show(reset=reset and self._opened is None)

    def forget(self) -> None:
        """Forget the moment and what is open."""
        self._moment = self._opened = None
        self._unfolded = False

    @property
    def opened(self) -> str | None:
        """The name of what is shown in full."""
        return self._opened

    def open_name(self, name: str) -> None:
        """Show all about what has this name."""
        self._opened = name
        self._show(reset=True)

    @property
    def chosen_name(self) -> str | None:
        """The name of the tensor or other value in the chosen row, if it is one."""
        return None if self.chosen_key == EARLIER else self.chosen_key

    def open_chosen(self) -> str:
        """List what earlier steps have made, or no longer."""
        if self.chosen_key is None:
            return _("There is nothing to open yet.")
        self._unfolded = not self._unfolded
        self._show()
        return ""

    def close_opened(self) -> bool:
        """From a tensor back to all of them; whether one was shown."""
        if self._opened is None:
            return False
        self._chosen_key, self._opened = self._opened, None
        self._show(reset=True)
        return True

    @property
    def hints(self) -> list[Hint]:
        """The keys that matter here, as the bar of keys has them."""
        self._catch_up()
        if self._opened is not None:
            return [Hint("Enter", _("tensors"), True), Hint("G", _("graph"))]
        folded = self._can_choose and self.chosen_key == EARLIER
        if not self._can_choose:
            return []
        if folded:
            return [Hint("Enter", _("fold") if self._unfolded else _("unfold"))]
        return [Hint("Enter", _("open")), Hint("G", _("graph"))]

    def _show(self, reset: bool = False) -> None:
        moment = self._moment
        if moment is None:
            return
        self.fill(
            partial(self._opened_listing, moment)
            if self._opened is not None
            else partial(self._all_listing, moment),
            reset=reset,
        )

    def _all_listing(
        self, moment: Callable[[], tuple[Trace, int, Contents]], width: int
    ) -> Listing:
        *_unused, contents = moment()
        listing = tensors_listing(contents, width, self._unfolded, self.app.heat_marks)
        return listing._replace(title=_("Tensors"))

    def _opened_listing(
        self, moment: Callable[[], tuple[Trace, int, Contents]], width: int
    ) -> Listing:
        from autograd_tutor.render.tensor_view import item_listing  # late: mostly not needed

        trace, index, contents = moment()
        return item_listing(trace, index, contents, self._opened or "", width, self.app.heat_marks)
