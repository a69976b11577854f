"""The documents name files that exist, and the packages that there are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from autograd_tutor.formulas import FORMULAS

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "tui" / "autograd_tutor"
DOCUMENTS = ("docs/architecture.md", "CONTRIBUTING.md")

_FILE = re.compile(r"`([\w./-]+(?:\.py|\.tcss|\.yaml|\.toml|/))`")


def named_files(document: str) -> list[str]:
    """The paths in backticks: files with a suffix, and folders that end in a slash."""
    return _FILE.findall((ROOT / document).read_text(encoding="utf-8"))


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_file_that_a_document_names_exists(document: str) -> None:
    named = named_files(document)

    assert len(named) > 3
    missing = [name for name in named if not any((at / name).exists() for at in (ROOT, PACKAGE))]
    assert missing == []


def test_the_readme_counts_the_operations() -> None:
    text = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    known = FORMULAS.values()

    assert f"{len(known)} operations are known" in text
    assert f"{sum(bool(each.inputs) for each in known)} with a formula" in text


@pytest.mark.parametrize("document", ["docs/architecture.md", "README.md"])
def test_every_package_is_in_the_picture(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    packages = [each.parent.name for each in PACKAGE.glob("*/__init__.py")]

    assert len(packages) > 5
    assert [name for name in packages if f"{name}/" not in text] == []
