"""The long explanation of each mistake: `KEY.md`, with an example that runs and its mend.

Of the blocks of code the first is the mistake, the last the same without it; a test runs both.
"""

from __future__ import annotations

from importlib import resources

from autograd_tutor import messages
from autograd_tutor.messages import _


def explanation(key: str) -> str:
    """The Markdown of a key of the catalogue."""
    file = resources.files(__name__).joinpath(f"{key}.md")
    return file.read_text(encoding="utf-8") if file.is_file() else f"# {key}\n"


def in_whose_language(text: str) -> str:
    """The Markdown, with a line above that says so where it is not the learner's."""
    return text if messages.chosen() is None else f"*{_('This text is in English.')}*\n\n{text}"


def explained() -> list[str]:
    """The keys that have an explanation."""
    names = (each.name for each in resources.files(__name__).iterdir())
    return sorted(name.removesuffix(".md") for name in names if name.endswith(".md"))
