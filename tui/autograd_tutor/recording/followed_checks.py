"""Whether files that a step follows are such as the recorder follows."""

from __future__ import annotations

from collections.abc import Iterable

from autograd_tutor.recording.followed import (
    Followed,
    Sources,
    Unfollowed,
    count_lines,
    is_followed,
    shown_path,
)
from autograd_tutor.recording.invocation import Invocation
from autograd_tutor.recording.value_checks import check_name, require


def check_followed(
    followed: Iterable[Followed], sources: Sources, invocation: Invocation, lines: int
) -> int:
    """How many lines there are with these files. Raise Invalid for one that was not asked for."""
    for each in followed:
        check_name(each.module)
        check_name(each.file)
        asked = is_followed(each.module, invocation.follow)
        require(asked, f"it follows {each.module!a:.80}, which was not asked for")
        plain = each.file == shown_path(each.module, each.file)
        require(plain, f"it follows {each.module!a:.80} in a file that has no plain name")
        part = sources.add(each)
        require(part is not None, "it follows a file twice, or too many files")
        lines = lines if part is None else part.before + count_lines(part.code)
    return lines


def check_unfollowed(unfollowed: Iterable[Unfollowed], invocation: Invocation) -> None:
    """Raise Invalid unless each was asked for."""
    for each in unfollowed:
        check_name(each.module)
        asked = is_followed(each.module, invocation.follow)
        require(asked, f"it does not follow {each.module!a:.80}, which was not asked for")
