"""What all tests share: the learner's own state stays untouched, and CI skips nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from autograd_tutor import language, messages

settings.register_profile("unhurried", deadline=None)  # a test is no measure of the machine
settings.load_profile("unhurried")

for _name in ("LANGUAGE", "LC_ALL", "LC_CTYPE", "LC_MESSAGES"):
    os.environ.pop(_name, None)
os.environ["LANG"] = "C.UTF-8"  # the language of what is tested is not the tester's
IN_CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}

_skipped = pytest.StashKey[list[str]]()


@pytest.fixture(autouse=True, scope="session")
def _own_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the tests, and programs they start, away from the tester's progress, lessons, locale."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUTOGRAD_TUTOR_STATE", str(tmp_path_factory.mktemp("state")))
        patch.setenv("AUTOGRAD_TUTOR_LESSONS", str(tmp_path_factory.mktemp("lessons")))
        patch.setenv("LC_ALL", "C.UTF-8")
        patch.delenv("LANGUAGE", raising=False)
        yield


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """What a test chooses is no other test's language."""
    yield
    language.use(())
    messages.choose(())


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_skipped] = []
    if IN_CI:
        config.pluginmanager.register(_NoSkips(config.stash[_skipped]), "no-skips")


class _NoSkips:
    """Where a skip would hide a missing tool, every skip fails the session, with its reason."""

    def __init__(self, skipped: list[str]) -> None:
        self._skipped = skipped

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped and not hasattr(report, "wasxfail"):
            self._note(report.nodeid, report.longrepr)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.skipped:
            self._note(report.nodeid, report.longrepr)

    def _note(self, nodeid: str, reason: object) -> None:
        text = reason[2] if isinstance(reason, tuple) else reason
        self._skipped.append(f"{nodeid}: {text}")

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self._skipped and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self._skipped:
            terminalreporter.section("skipped, which is a failure in CI", red=True, bold=True)
            for line in self._skipped:
                terminalreporter.write_line(line)
