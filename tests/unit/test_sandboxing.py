"""Which lessons run in a sandbox, and what is said of it and of what it refused."""

from __future__ import annotations

import os
from contextlib import nullcontext
from pathlib import Path

import msgspec
import pytest
from made import snapshot, trace
from test_playthrough import lesson as made_lesson
from test_playthrough import play_with

from autograd_tutor import check, linux, opening, plain, record_command
from autograd_tutor.client.refusals import refused_by, refused_in
from autograd_tutor.course import library, trust
from autograd_tutor.course.target import Target
from autograd_tutor.course.trust import NoSandbox, Sandboxing, is_foreign, sandboxing
from autograd_tutor.playing.happenings import Began, SetupRaised
from autograd_tutor.playing.playthrough import Playthrough
from autograd_tutor.recording import export
from autograd_tutor.recording.kinds import Refused
from autograd_tutor.recording.model import Error, StepResult
from autograd_tutor.render import narration
from autograd_tutor.render.outcome import outcome

WHY = "this system does not offer Landlock, which Linux has since 5.13"


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "own"
    folder.mkdir()
    monkeypatch.setenv(library.OWN_FOLDER_VARIABLE, str(folder))
    return folder


@pytest.fixture
def available(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linux, "why_no_sandbox", lambda: None)


@pytest.fixture
def unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linux, "why_no_sandbox", lambda: WHY)


class TestWhose:
    """Whose lesson a file is."""

    def test_those_of_the_course_and_the_learners_own_are_not_foreign(self, own: Path) -> None:
        course = library.bundled_folder()
        assert not is_foreign(next(iter(library.course_files())))
        assert not is_foreign(course / "new.yaml")
        assert not is_foreign(own / "mine.yaml")

    def test_by_whatever_way_they_are_named(
        self, own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "link").symlink_to(own)
        monkeypatch.chdir(tmp_path)
        for name in ("own/mine.yaml", "link/mine.yaml", "./own/../own/mine.yaml"):
            assert not is_foreign(Path(name)), name
        monkeypatch.chdir(library.bundled_folder().parent)
        assert not is_foreign(Path(os.path.relpath(library.course_files()[0])))

    @pytest.mark.parametrize("name", ["x.yaml", "own/deep/x.yaml", "own.yaml", "../x.yml"])
    def test_all_others_are(self, own: Path, tmp_path: Path, name: str) -> None:
        assert is_foreign(tmp_path / name)

    def test_a_script_is_for_who_opens_it_to_judge(self, own: Path, tmp_path: Path) -> None:
        assert not is_foreign(tmp_path / "train.py")
        assert not is_foreign(tmp_path / "TRAIN.PY")


class TestRule:
    """Whether it runs in one."""

    @pytest.mark.usefixtures("available", "own")
    @pytest.mark.parametrize(
        ("name", "chosen", "on"),
        [
            ("x.yaml", None, True),
            ("x.yaml", True, True),
            ("x.yaml", False, False),
            ("train.py", None, False),
            ("train.py", True, True),
            ("own/x.yaml", None, False),
            ("own/x.yaml", True, True),
        ],
    )
    def test_where_there_can_be_one(
        self, tmp_path: Path, name: str, chosen: bool | None, on: bool
    ) -> None:
        assert sandboxing(tmp_path / name, chosen) == Sandboxing(on)

    @pytest.mark.usefixtures("unavailable", "own")
    def test_where_there_can_be_none(self, tmp_path: Path) -> None:
        assert sandboxing(tmp_path / "x.yaml") == Sandboxing(False, WHY)
        assert sandboxing(tmp_path / "x.yaml", False) == Sandboxing()
        assert sandboxing(tmp_path / "own" / "x.yaml") == Sandboxing()
        with pytest.raises(NoSandbox, match="no sandbox here: this system"):
            sandboxing(tmp_path / "x.yaml", True)


@pytest.mark.parametrize(
    ("system", "machine", "abi", "why"),
    [
        ("darwin", "arm64", 0, "only Linux"),
        ("linux", "riscv64", 7, "not for riscv64"),
        ("linux", "x86_64", -1, "Landlock"),
        ("linux", "aarch64", -1, "Landlock"),
    ],
)
def test_why_a_system_has_none(
    monkeypatch: pytest.MonkeyPatch, system: str, machine: str, abi: int, why: str
) -> None:
    monkeypatch.setattr(linux.sys, "platform", system)
    monkeypatch.setattr(linux.os, "uname", lambda: os.uname_result(("", "", "", "", machine)))
    monkeypatch.setattr(linux, "landlock_abi", lambda: abi)
    assert why in str(linux.why_no_sandbox())


class TestPlayed:
    """Lessons without a screen."""

    @pytest.mark.usefixtures("available", "own")
    @pytest.mark.parametrize("chosen", [None, True, False])
    def test_every_run_is_asked_for_so(
        self, monkeypatch: pytest.MonkeyPatch, chosen: bool | None
    ) -> None:
        kernels = play_with(monkeypatch)
        with Playthrough(chosen) as opened:
            began = next(opened.play(Target(made_lesson())))
        on = chosen is not False
        assert began == Began("2.13.0", on)
        assert kernels[0].sandboxed == [on]
        assert opened.recording is not None
        assert opened.recording.origin is not None
        assert opened.recording.origin.sandboxed is on

    @pytest.mark.usefixtures("unavailable", "own")
    def test_a_want_of_it_is_said_and_it_runs(self, monkeypatch: pytest.MonkeyPatch) -> None:
        kernels = play_with(monkeypatch)
        with Playthrough() as opened:
            began = next(opened.play(Target(made_lesson())))
        said = f"Not sandboxed: {WHY}. What it runs has your rights."
        assert began == Began("2.13.0", False, said)
        assert kernels[0].sandboxed == [False]
        assert record_command.shortfalls(began) == [f"autograd-tutor: {said}"]

    @pytest.mark.usefixtures("unavailable", "own")
    def test_asked_for_in_vain_nothing_is_run(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        kernels = play_with(monkeypatch)
        monkeypatch.setattr(plain.targets, "find", lambda name: Target(made_lesson()))
        monkeypatch.setattr(check.targets, "load", lambda path, **_: Target(made_lesson()))
        for attempt in (
            lambda: plain.trace("x", False, sandbox=True),
            lambda: record_command.record("x", tmp_path / "x.agt", True),
            lambda: check.run([tmp_path / "x.yaml"], True),
            trust.require_sandbox,
        ):
            with pytest.raises(NoSandbox):
                attempt()
        assert kernels == []
        assert opening.refuse(NoSandbox("none")) == opening.WRONG_USE


MEANT: dict[Refused, str] = {
    "network": "This lesson may not use the network.",
    "programs": "This lesson may not start other programs.",
    "reading": "This lesson may not read files outside of its folder.",
    "signals": "This lesson may not signal other processes.",
}


def result(error: Refused | None = None, *noted: Refused, fails: bool = False) -> StepResult:
    raised = Error("PermissionError", "[Errno 1] no", 1, "Traceback: no", error)
    shown = raised if error or fails else None
    return StepResult(0, shown is None, 2, 0, None, (), shown, 0.1, refused=noted)


class TestWords:
    """What is said of a refusal."""

    @pytest.mark.parametrize("kind", MEANT)
    def test_each_kind(self, kind: Refused) -> None:
        assert refused_by([kind]) == MEANT[kind]

    def test_every_kind_has_its_own(self) -> None:
        kinds = Refused.__args__  # type: ignore[attr-defined]
        texts = [refused_by([kind]) for kind in kinds]
        assert len(set(texts)) == len(kinds)
        assert all(texts)

    def test_several_are_said_once_each_and_how_to_open_it_without(self) -> None:
        text = refused_in(result("network", "network", "programs"))
        assert text == (
            "This lesson may not use the network. This lesson may not start other programs. "
            "It is sandboxed; --no-sandbox opens it without."
        )
        assert refused_in(result()) == ""
        assert refused_in(result(fails=True)) == ""

    def test_in_the_outcome_of_a_step(self) -> None:
        raised = result("network")
        failed = trace(snapshot(0), snapshot(1, event="error", error=raised.error))
        failed.result = raised
        assert outcome(failed, None, 1).startswith(
            "✗ Line 1: PermissionError: [Errno 1] no. This lesson may not use the network. It is"
        )
        assert "network" not in outcome(failed, None, 0)
        silent = trace(snapshot(0), snapshot(1))
        silent.result = result(None, "programs")
        assert outcome(silent, None, 1).startswith("✗ This lesson may not start other programs.")

    def test_in_plain_text(self) -> None:
        for each in (result("reading"), result(None, "reading")):
            texts = [row.text for row in narration.result_rows(each, None, 0)]
            assert any(text.startswith(MEANT["reading"]) for text in texts)
        setup = result("signals").error
        assert setup is not None
        rows = [row.text for row in narration.setup_rows(setup)]
        assert any(text.startswith(MEANT["signals"]) for text in rows)
        assert MEANT["signals"] in SetupRaised(setup).reason

    def test_a_kind_that_there_is_not_is_not_decoded(self) -> None:
        for kind, fits in (("network", True), (None, True), ("anything", False)):
            data = msgspec.msgpack.encode(["OSError", "no", 1, "", kind])
            with nullcontext() if fits else pytest.raises(msgspec.ValidationError):
                assert msgspec.msgpack.decode(data, type=Error).refused == kind

    def test_in_json(self) -> None:
        found = export.result(result("network", "programs"))
        assert found["refused"] == ["programs"]
        assert found["error"]["refused"] == "network"
        assert export.result(result())["refused"] == []
