"""Why functions that were asked for with --follow were not stepped into."""

from __future__ import annotations

from autograd_tutor.limits.records import MOST_FOLLOWED
from autograd_tutor.limits.scripts import FOLLOWED_CHARACTERS
from autograd_tutor.messages import _
from autograd_tutor.recording.followed import Unfollowed
from autograd_tutor.recording.model import StepResult
from autograd_tutor.render.sanitize import sanitize_line

_REASONS = {
    "unimported": _("Nothing has imported {module}, which --follow names."),
    "uncalled": _("No function of {module} has run where lines are recorded."),
    "unreadable": _("{module} was not stepped into: its source cannot be read."),
    "large": _("{module} was not stepped into: its file has more than {kib} KiB."),
    "changed": _("{module} was not stepped into: what runs is not what its file says."),
    "many": _("{module} was not stepped into: {most} other files were."),
    "edited": _("Not all of {module} was stepped into: its file has changed during the run."),
    "namesake": _("Not all of {module} was stepped into: there is another file of its name."),
}


def unfollowed_text(result: StepResult) -> str:
    """A sentence for each module; `` where all that was asked for was stepped into."""
    return sanitize_line(" ".join(map(_sentence, result.unfollowed)))


def _sentence(each: Unfollowed) -> str:
    text = _REASONS.get(each.why, _REASONS["uncalled"])
    return text.format(module=each.module, kib=FOLLOWED_CHARACTERS // 2**10, most=MOST_FOLLOWED)
