"""The view of numbers over time, which fills the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograd_tutor.course.model import Step
from autograd_tutor.messages import _
from autograd_tutor.playing.key_messages import NOTHING, Hint
from autograd_tutor.recording.trace import Trace
from autograd_tutor.render.rows import Listing
from autograd_tutor.ui.pane import Pane

if TYPE_CHECKING:
    from autograd_tutor.render.picture_view import Moment, PictureChoice, View

# What draws is imported when something is drawn: no first screen needs it.

_VIEWS = {"function": _("function"), "pass": _("the pass"), "curves": _("curves")}


class PicturePane(Pane):
    """Draws curves, a pass or a lesson's function, as the learner has chosen.

    Its keys answer with a sentence for the learner where they did nothing, else with ``.
    """

    def __init__(self) -> None:
        super().__init__(_("Over time"), "v", id="picture")
        self._moment: Moment | None = None
        self._choice: PictureChoice | None = None

    def show_moment(self, trace: Trace, index: int, step: Step) -> None:
        """Show a moment, with the same choice as before."""

        def content(width: int) -> Listing:
            from autograd_tutor.render.picture_view import Moment, picture_listing

            self._moment = Moment(trace, index, step.plot, step.watch)
            return picture_listing(self._moment, self._chosen, width, self.page)

        self._moment = None
        self.fill(content)

    def forget(self) -> None:
        """Forget the step; the scale stays as the learner has chosen it."""
        if self._choice is not None:
            self._choice = self._choice._replace(view=None, shown=None, chosen=None)
        self._moment = None
        self.fill(lambda _: Listing(()))

    def next_view(self) -> bool:
        """From one view to the next that there is at this moment; False after the last one."""
        following = self._next_view
        self._choose(self._chosen._replace(view=following))
        return following is not None

    def scroll_rows(self, rows: int) -> bool:
        """Choose another curve of the list."""
        from autograd_tutor.render.picture_view import names_at, view_at

        moment = self._known
        if moment is None or view_at(moment, self._chosen) != "curves":
            return False
        names = [each.name for each in names_at(moment)]
        chosen = self._chosen.chosen
        at = names.index(chosen) if chosen in names else 0
        to = max(0, min(at + rows, len(names) - 1))
        if to == at:
            return False
        self._choose(self._chosen._replace(chosen=names[to]))
        return True

    def show_or_hide(self) -> str:
        """Draw the chosen curve, or take it away."""
        from autograd_tutor.render.curves import LETTERS
        from autograd_tutor.render.picture_view import names_at, shown_names, view_at

        moment = self._known
        if moment is None:
            return NOTHING
        names = [each.name for each in names_at(moment)]
        if view_at(moment, self._chosen) != "curves" or not names:
            return _("There is no curve to choose here.")
        name = self._chosen.chosen if self._chosen.chosen in names else names[0]
        shown = shown_names(moment, self._chosen)
        if name not in shown and len(shown) == len(LETTERS):
            return _("No more than {count} curves are drawn at once: take one away first.").format(
                count=len(LETTERS)
            )
        others = tuple([each for each in shown if each != name])
        now = others if name in shown else (*shown, name)
        self._choose(self._chosen._replace(shown=now, chosen=name))
        return ""

    def change_scale(self) -> str:
        """From a scale of equal distances to one of powers of ten, or back."""
        from autograd_tutor.render.picture_view import view_at

        moment = self._known
        if moment is None:
            return NOTHING
        if view_at(moment, self._chosen) == "function":
            return _("A function is drawn in equal distances, so that its tangent is straight.")
        self._choose(self._chosen._replace(log=not self._chosen.log))
        return ""

    @property
    def hints(self) -> list[Hint]:
        """The keys that matter here, as the bar of keys has them."""
        from autograd_tutor.render.picture_view import view_at

        moment = self._known
        following = self._next_view
        if moment is None or following is None:
            found = [Hint("v", _("close"), True)]
        else:
            found = [Hint("Enter", _("close"), True), Hint("v", _VIEWS[following])]
        if moment is None:
            return found
        view = view_at(moment, self._chosen)
        if view == "curves":
            found += [Hint("j k", _("choose")), Hint("x", _("show, hide"))]
        if view != "function":
            is_log = self._chosen.log is (view == "curves")
            found.append(Hint("y", _("linear") if is_log else _("log scale")))
        return found

    @property
    def _next_view(self) -> View | None:
        """What `v` leads to from here."""
        from autograd_tutor.render.picture_view import view_at, views

        moment = self._known
        if moment is None:
            return None
        possible = views(moment)
        at = possible.index(view_at(moment, self._chosen)) + 1
        return possible[at] if at < len(possible) else None

    @property
    def _chosen(self) -> PictureChoice:
        if self._choice is None:
            from autograd_tutor.render.picture_view import PictureChoice

            self._choice = PictureChoice()
        return self._choice

    @property
    def _known(self) -> Moment | None:
        """The moment, known before there is room for it: a key may come before that."""
        if self._moment is None and self._stale:
            self._listing = self._content(self.inner_width)
        return self._moment

    def _choose(self, choice: PictureChoice) -> None:
        self._choice = choice
        self._lay_out()
