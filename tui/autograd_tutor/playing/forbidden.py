"""Why code is not run: it uses a name that its exercise does without."""

from __future__ import annotations

from functools import lru_cache

from autograd_tutor.limits.interface import MOST_PARSED
from autograd_tutor.messages import _


@lru_cache(maxsize=16)
def refusal(forbid: tuple[tuple[str, str], ...], code: str) -> str:
    """A sentence for people; `` where the code may be run.

    `forbid`: names, each with the reason. What Python cannot parse may be run: then it says so.
    """
    if not forbid:
        return ""
    if len(code) > MOST_PARSED:
        return _("Not run: it has more than {most_parsed:,} characters.").format(
            most_parsed=MOST_PARSED
        )
    from autograd_tutor.course.forbidden import first_forbidden  # for few exercises

    found = first_forbidden(code, forbid)
    if found is None:
        return ""
    return _("Not run: line {line} uses `{name}`. {reason}").format(
        line=found.line, name=found.name, reason=found.reason.strip()
    )
