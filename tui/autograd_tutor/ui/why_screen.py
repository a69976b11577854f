"""Findings, one at a time: what, why, the moments that prove it, the mend."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.binding import BindingType

from autograd_tutor.analysis.diagnosis.finding import Finding, Proof
from autograd_tutor.messages import _
from autograd_tutor.playing.key_messages import NOT_CHECKED, Hint
from autograd_tutor.recording.trace import Recording
from autograd_tutor.render.explanation import markdown_rows
from autograd_tutor.render.findings.explanations import explanation, in_whose_language
from autograd_tutor.render.findings.finding_view import finding_view
from autograd_tutor.render.rows import Listing, Row
from autograd_tutor.ui import keys
from autograd_tutor.ui.pane_screen import PaneScreen


class WhyScreen(PaneScreen):
    """Digits go to the moments that prove a finding; Enter tells all about its kind."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.FINDINGS, *keys.SCROLL]

    def __init__(
        self,
        recording: Recording,
        findings: Sequence[Finding],
        about: str,
        go: Callable[[Proof], None],
        asked: Callable[[int], list[Row]] | None = None,
        check: Callable[[], None] | None = None,
    ) -> None:
        """`about`: the tensor or node that was asked about, `` for the step; `go` to a moment.

        `check` what autograd gives by running code; None: that cannot be.

        `asked`: what there is to say of the tensor besides, which comes first.
        """
        super().__init__(_("Why"), "w", id="why")
        self._recording = recording
        self._pages: Sequence[Finding | None] = [*([None] if asked else []), *findings]
        """None: what there is to say of the tensor."""
        self._asked = asked
        self._about = about
        self._go = go
        self._check = check
        self._at = 0
        self._more = False
        """Whether the explanation of its kind is shown."""

    def on_mount(self) -> None:
        super().on_mount()
        self._fill()

    def action_finding(self, by: int) -> None:
        at = self._at + by
        if not 0 <= at < len(self._pages):
            self.say(_("There is no more.") if by > 0 else _("This is the first."))
            return
        self._at, self._more = at, False
        self._fill()
        self.say("")

    def action_proof(self, number: int) -> None:
        page = self._pages[self._at]
        proofs = () if page is None else page.proofs
        if number > len(proofs) or self._more:
            self.say(_("There is no moment {number} here.").format(number=number))
        else:
            self.dismiss()
            self._go(proofs[number - 1])

    def action_verify(self) -> None:
        if self._check is None:
            self.say(NOT_CHECKED)
        else:
            self.dismiss()
            self._check()

    def action_more(self) -> None:
        if self._pages[self._at] is None:
            self.say(_("There is no more."))
            return
        self._more = not self._more
        self._fill()
        self.say("")

    def action_leave(self) -> None:
        if self._more:
            self.action_more()
        else:
            self.dismiss()

    def action_help(self) -> None:
        self.app.help([(_("Why"), keys.FINDINGS), (_("Scroll"), keys.SCROLL)])

    @property
    def hints(self) -> list[Hint]:
        """The keys that matter here."""
        if self._more:
            return [Hint("j k", _("scroll"))]
        page = self._pages[self._at]
        onward = [Hint("→ ←", _("next"), True)] if len(self._pages) > 1 else []
        check = [] if self._check is None else [Hint("V", _("check gradients"))]
        if page is None:
            return [*onward, *check]
        digits = "1" if len(page.proofs) == 1 else f"1-{min(9, len(page.proofs))}"
        return [Hint(digits, _("to the moment"), True), *onward, Hint("Enter", _("more")), *check]

    def _fill(self) -> None:
        page, asked, at, count = self._pages[self._at], self._asked, self._at, len(self._pages)
        title = _("Why {about}").format(about=self._about).rstrip() + (
            _(" · {at} of {count}").format(at=at + 1, count=count) if count > 1 else ""
        )

        def listing(width: int) -> Listing:
            if page is None:
                return Listing([] if asked is None else asked(width), title=title)
            if self._more:
                return Listing(
                    markdown_rows(in_whose_language(explanation(page.key)), min(width, 72)),
                    title=title,
                )
            return Listing(finding_view(page, self._recording, width), title=title)

        self.pane.fill(listing, reset=True)
