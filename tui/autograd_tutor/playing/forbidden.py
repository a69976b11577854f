"""Why code is not run: it uses a name that its exercise does without."""

from __future__ import annotations

from functools import lru_cache

from autograd_tutor.limits.interface import MOST_PARSED


@lru_cache(maxsize=16)
def refusal(forbid: tuple[tuple[str, str], ...], code: str) -> str:
    """A sentence for people; `` where the code may be run.

    `forbid`: names, each with the reason. What Python cannot parse may be run: then it says so.
    """
    if not forbid:
        return ""
    if len(code) > MOST_PARSED:
        return f"Not run: it has more than {MOST_PARSED:,} characters."
    from autograd_tutor.course.forbidden import first_forbidden  # for few exercises

    found = first_forbidden(code, forbid)
    if found is None:
        return ""
    return f"Not run: line {found.line} uses `{found.name}`. {found.reason.strip()}"
