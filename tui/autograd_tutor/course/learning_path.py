"""A path through the course: some of its lessons in an order, for people with a purpose."""

from __future__ import annotations

from msgspec import Struct


class LearningPath(Struct, frozen=True, forbid_unknown_fields=True, rename={"audience": "for"}):
    """One path, as the file of paths has it."""

    id: str
    title: str
    summary: str
    """One sentence."""
    audience: str
    """For whom it is: the rest of "For …"."""
    lessons: dict[str, str]
    """Ids of lessons in their order, each with why it is there."""
