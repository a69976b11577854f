"""The long explanation of each mistake: `KEY.md`, with an example that runs and its mend.

Of the blocks of code the first is the mistake, the last the same without it; a test runs both.
"""

from __future__ import annotations

from importlib import resources


def explanation(key: str) -> str:
    """The Markdown of a key of the catalogue."""
    file = resources.files(__name__).joinpath(f"{key}.md")
    return file.read_text(encoding="utf-8") if file.is_file() else f"# {key}\n"


def explained() -> list[str]:
    """The keys that have an explanation."""
    names = (each.name for each in resources.files(__name__).iterdir())
    return sorted(name.removesuffix(".md") for name in names if name.endswith(".md"))
