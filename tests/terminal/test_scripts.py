"""A script as Python runs it: its own arguments, a module, what it may use."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from terminal.commands import Run, of_type
from terminal.conftest import Start

SHOWS = """\
import sys
import torch
found = repr(sys.argv[1:])
threads = torch.get_num_threads()
x = torch.rand(1)
"""
PACKAGED = """\
import sys
from .. import beside
from pkg.sub import near
if __name__ == "__main__":
    found = repr((__package__, __spec__.name, sys.path[0], __file__, sys.argv[1:]))
    values = beside.VALUE, near.VALUE
"""


@pytest.fixture(autouse=True)
def _files(home: Path) -> None:
    (home / "pkg" / "sub").mkdir(parents=True)
    for name, text in (
        ("shows.py", SHOWS),
        ("helper.py", "VALUE = 7\n"),
        ("pkg/__init__.py", "BEGAN = True\n"),
        ("pkg/beside.py", "VALUE = 3\n"),
        ("pkg/sub/__init__.py", ""),
        ("pkg/sub/near.py", "VALUE = 4\n"),
        ("pkg/sub/mod.py", PACKAGED),
        ("pkg/sub/__main__.py", "found = repr(__spec__.name)\n"),
        ("broken/__init__.py", "1 / 0\n"),
        ("broken/mod.py", "x = 1\n"),
        ("plain/within/mod.py", "found = repr(__spec__.name)\n"),
    ):
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def values(output: str) -> dict[str, str]:
    """The last text of each variable that is no tensor."""
    found: dict[str, str] = {}
    for snapshot in of_type(output, "snapshot"):
        found |= snapshot.get("values", {})
    return found


@pytest.mark.parametrize(
    ("words", "own"),
    [
        (("shows.py", "--", "--lr", "0.1"), ["--lr", "0.1"]),
        (("shows.py", "--", "--", "list", "--language", "x"), ["--", "list", "--language", "x"]),
        (("--", "shows.py"), []),
        (("--", "shows.py", "--", "-x"), ["-x"]),
        (("shows.py", "--"), []),
        (("--seed", "3", "shows.py", "--", "", "ü b"), ["", "ü b"]),
    ],
)
def test_what_stands_after_two_dashes_is_the_scripts(
    run: Run, words: tuple[str, ...], own: list[str]
) -> None:
    traced = run("trace", "--json", *words)
    assert traced.returncode == 0, traced.stderr
    assert values(traced.stdout)["found"] == repr(repr(own))


def test_arguments_are_kept_in_a_recording(run: Run, home: Path) -> None:
    assert run("record", "shows.py", "-o", "a.agt", "--", "--lr", "0.1").returncode == 0
    from autograd_tutor.recording import file

    origin = file.load(home / "a.agt").origin
    assert origin is not None
    assert origin.lesson.invocation.arguments == ("--lr", "0.1")
    assert values(run("trace", "a.agt", "--json").stdout)["found"] == repr("['--lr', '0.1']")


def test_explain_takes_them_too(run: Run, home: Path) -> None:
    (home / "fails.py").write_text("import sys\nif sys.argv[1:] == ['--bad']:\n    1 / 0\n")
    assert "ZeroDivisionError" in run("explain", "fails.py", "--", "--bad").stderr
    assert "ZeroDivisionError" not in run("explain", "fails.py", "--", "--good").stderr


@pytest.mark.parametrize("option", [(), ("--plain",)])
def test_a_script_that_is_opened_has_them(start: Start, option: tuple[str, ...]) -> None:
    with start(*option, "shows.py", "--threads", "2", "--", "--lr", "0.1") as terminal:
        if option:
            terminal.wait_for(">")
            terminal.send(b"\r\r\r")
            terminal.wait_for("['--lr', '0.1']")
            return
        terminal.wait_for("found")
        terminal.send(b"\x1b[F")
        terminal.wait_for("['--lr', '0.1']")


@pytest.mark.parametrize("option", ["-m", "--module"])
def test_a_module_runs_as_python_runs_it(run: Run, home: Path, option: str) -> None:
    (home / "pkg" / "sub" / "mod.py").write_text(PACKAGED + "    print(found)\n")
    plain = subprocess.run(
        [sys.executable, "-m", "pkg.sub.mod", "--a"],
        capture_output=True, encoding="utf-8", cwd=home, check=True,
    ).stdout  # fmt: skip
    traced = run("trace", "--json", option, "pkg.sub.mod", "--", "--a")
    assert traced.returncode == 0, traced.stderr
    printed = "".join(each["stdout"] for each in of_type(traced.stdout, "snapshot"))
    assert printed == plain
    assert values(traced.stdout)["values"] == "(3, 4)"


def test_a_package_stands_for_its_main(run: Run) -> None:
    assert values(run("trace", "--json", "-m", "pkg.sub").stdout)["found"] == repr(
        "'pkg.sub.__main__'"
    )


def test_packages_need_no_init(run: Run) -> None:
    assert values(run("trace", "--json", "-m", "plain.within.mod").stdout)["found"] == repr(
        "'plain.within.mod'"
    )
    refused = run("trace", "-m", "plain.within")
    assert "plain.within is a package, and has no __main__ to be run." in refused.stderr


def test_a_module_is_looked_for_in_a_folder_that_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from autograd_tutor.course.asked import UnfitOptions, find_module

    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(UnfitOptions, match="the current folder, which is not there any more"):
        find_module("pkg.sub")


def test_a_script_is_main_and_finds_what_lies_beside_it(run: Run, home: Path) -> None:
    folder = home / "elsewhere"
    folder.mkdir()
    (folder / "near.py").write_text("VALUE = 9\n")
    (folder / "script.py").write_text(
        'import near\nif __name__ == "__main__":\n    value = near.VALUE\n'
    )
    assert values(run("trace", "--json", "elsewhere/script.py").stdout)["value"] == "9"


def test_what_cannot_be_imported_or_is_no_device_is_said_in_one_sentence(run: Run) -> None:
    broken = run("trace", "-m", "broken.mod")
    assert broken.returncode == 1
    assert "The package broken cannot be imported: ZeroDivisionError" in broken.stdout
    absent = run("trace", "shows.py", "--device", "cuda:99")
    assert absent.returncode == 1
    assert "There is no device cuda:99 here: " in absent.stdout
    assert "setup" not in absent.stdout
    assert "There is no device cuda:99 here: " in (
        run("record", "shows.py", "-o", "x.agt", "--device", "cuda:99").stderr
    )


def test_threads_seed_and_device(run: Run) -> None:
    of_seeds = set()
    for seed in ("1", "1", "2"):
        output = run("trace", "shows.py", "--json", "--seed", seed, "--threads=2").stdout
        assert values(output)["threads"] == "2"
        of_seeds.add(of_type(output, "snapshot")[-1]["tensors"]["x"]["text"])
        assert of_type(output, "lesson")[0]["seed"] == int(seed)
    assert len(of_seeds) == 2
    on_meta = of_type(run("trace", "shows.py", "--json", "--device", "meta").stdout, "snapshot")[-1]
    assert on_meta["tensors"]["x"]["device"] == "meta"


def test_limits(run: Run, home: Path) -> None:
    (home / "loop.py").write_text("n = 0\nwhile n < 6000:\n    n += 1\n")
    (few,) = of_type(run("trace", "loop.py", "--json", "--moments", "100").stdout, "result")
    assert (few["truncated"], few["snapshots"]) == ("snapshots", 101)
    (usual,) = of_type(run("trace", "loop.py", "--json").stdout, "result")
    assert usual["truncated"] == "snapshots"
    recorded = run("record", "loop.py", "-o", "loop.agt", "--moments", "20000")
    assert "12,002 moments" in recorded.stderr
    from autograd_tutor.recording import file

    assert len(file.load(home / "loop.agt").traces[0]) == 12_003

    (home / "slow.py").write_text("n = 0\nwhile True:\n    n += 1\n")
    slow = run("trace", "slow.py", "--seconds", "0.5")
    assert slow.returncode == 1
    assert "0.5 s" in slow.stdout

    (home / "big.py").write_text("b = bytearray(300 * 2**20)\nn = len(b)\n")
    assert run("trace", "big.py").returncode == 0
    assert run("trace", "big.py", "--memory", "200").returncode == 1


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (
            ("parameters", "--", "--lr"),
            "Only a script takes arguments of its own after --: a lesson says in its own file",
        ),
        (("parameters", "--seconds", "3"), "--seconds is for scripts: a lesson says"),
        (("a.agt", "--seed", "3"), "--seed is for scripts: a recording does not run again"),
        (("a.agt", "--", "x"), "after --: a recording does not run again"),
        (("--seconds", "3"), "--seconds needs a script: name its file"),
        (("shows.py", "--seconds", "0"), "--seconds needs a number of seconds over 0"),
        (("shows.py", "--seconds", "nan"), "up to 86,400, not 'nan'"),
        (("shows.py", "--moments", "50001"), "--moments needs a whole number from 1 to 50,000"),
        (("shows.py", "--moments", "-1"), "not '-1'"),
        (("shows.py", "--memory", "1e3"), "--memory needs a whole number from 1 to 1,048,576 MiB"),
        (("shows.py", "--threads", "0"), "--threads needs a whole number from 1 to 1,024"),
        (("shows.py", "--seed", "x"), "--seed needs a whole number"),
        (("shows.py", "--device", "cuda:"), "--device needs the name of a device"),
        (("-m", "nothing.here"), "There is no module nothing.here: nothing is neither here"),
        (("-m", "pkg.nothing"), "There is no module pkg.nothing: pkg.nothing is neither"),
        (("-m", "pkg..x"), "There is no module pkg..x"),
        (("-m", "pkg"), "pkg is a package, and has no __main__ to be run."),
        (("-m", "sys"), "There is no module sys"),
        (("shows.py", "--", "a", os.fsdecode(b"\xff")), "in UTF-8 only, not '\\udcff'"),
        (("-m", "pkg.sub.mod", "shows.py"), "--module pkg.sub.mod is what runs, so shows.py"),
    ],
)
@pytest.mark.parametrize("command", ["trace", ""])
def test_wrong_use(run: Run, command: str, words: tuple[str, ...], reason: str) -> None:
    if words[0] == "a.agt":
        assert run("record", "shows.py", "-o", "a.agt").returncode == 0
    refused = run(*filter(None, (command or "--plain",)), *words)
    assert reason in refused.stderr
    assert refused.returncode == 2


def test_an_option_without_a_value(run: Run) -> None:
    assert "--seed needs a value" in run("--plain", "shows.py", "--seed").stderr
    assert "--seed needs a value" in run("--plain", "shows.py", "--seed", "--", "x").stderr
    refused = run("trace", "shows.py", "--seed")
    assert "requires an argument" in refused.stderr
    assert refused.returncode == 2
    assert run("review", "--seed", "3").returncode == 2


def test_two_scripts_before_their_arguments_are_one_too_many(run: Run) -> None:
    for command in ("trace", "--plain"):
        assert run(command, "shows.py", "helper.py", "--", "x").returncode == 2


def test_the_help_names_them(run: Run) -> None:
    for words in (("--help",), ("trace", "--help"), ("record", "--help"), ("explain", "--help")):
        text = run(*words).stdout
        for option in ("--module", "--seconds", "--moments", "--memory", "--threads", "--device"):
            assert option in text


LONG = """\
import torch
w = torch.ones(2, requires_grad=True)
for step in range(300):
    loss = (w * w).sum()
    loss.backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
        w.grad = None
final = loss.item()
"""


def recorded_turns(output: str) -> list[int]:
    steps = [each["values"].get("step") for each in of_type(output, "snapshot")]
    return [int(each) for each in steps if each is not None]


@pytest.mark.parametrize(
    ("words", "steps"),
    [
        (("--every", "100"), [0, 100, 200, 299]),
        (("--from", "turn:299"), [298, 299]),
        (("--from", "turn:2", "--to", "turn:3"), [1, 2, 299]),
        (("--from=turn:50", "--every=100"), [49, 149, 249, 299]),
        (("--from", "pass:300"), [298, 299]),
        (("--from", "pass:10", "--to", "pass:10"), [8, 9, 299]),
        (("--from", "9"), [299]),
        (("--to", "2"), [299]),
        (("--to", "turn:2"), [0, 1, 299]),
    ],
)
def test_a_window_of_a_long_run(
    run: Run, home: Path, words: tuple[str, ...], steps: list[int]
) -> None:
    (home / "long.py").write_text(LONG)
    traced = run("trace", "long.py", "--json", *words)
    assert traced.returncode == 0, traced.stderr
    assert recorded_turns(traced.stdout) == steps
    whole = subprocess.run(
        [sys.executable, "-c", f"{LONG}print(w, final)"],
        capture_output=True, encoding="utf-8", cwd=home, check=True,
    ).stdout  # fmt: skip
    texts: dict[str, str] = {}
    for snapshot in of_type(traced.stdout, "snapshot"):
        texts |= {name: each["text"] for name, each in snapshot["tensors"].items()}
    assert f"{texts['w']} {values(traced.stdout)['final']}\n" == whole


@pytest.mark.parametrize("words", [("--every", "100"), ("--from", "5", "--to", "5")])
def test_a_window_is_explained_and_kept(run: Run, home: Path, words: tuple[str, ...]) -> None:
    (home / "long.py").write_text(LONG)
    traced = run("trace", "long.py", "--json", *words)
    explained = run("explain", "long.py", *words)
    assert explained.returncode == 0, explained.stdout
    kept = run("record", "long.py", "-o", "long.agt", *words)
    assert kept.returncode == 0
    again = run("trace", "long.agt", "--json").stdout
    assert of_type(again, "snapshot") == of_type(traced.stdout, "snapshot")


def test_what_a_window_leaves_out_is_said(run: Run, home: Path) -> None:
    (home / "long.py").write_text(LONG)
    text = run("trace", "long.py", "--every", "100").stdout
    for first, last in ((2, 100), (102, 200), (202, 300)):
        assert (
            f"Turns {first} to {last} of the loop in line 3, with 99 backward passes, are not "
            "recorded; what they changed shows here.\nLine 3: for step in range(300):" in text
        )
    left_out = [
        each["left_out"]
        for each in of_type(run("trace", "long.py", "--json", "--every", "299").stdout, "snapshot")
        if "left_out" in each
    ]
    assert left_out == [{"loop": 3, "turn": 300, "ended": False, "passes": 298}]


def test_a_window_on_the_screen(start: Start, home: Path) -> None:
    (home / "long.py").write_text(LONG)
    with start("long.py", "--every", "100") as terminal:
        terminal.wait_for("final = loss.item()")
        terminal.wait_for("moment 0/34")
        terminal.send(b"lll")
        terminal.wait_for("turn 1 of 300")
        terminal.send(b"]")
        terminal.wait_for("turn 101 of 300")
        terminal.wait_for("Turns 2 to 100 are not recorded. `for step in")
        terminal.wait_for(lambda it: all(number in it.text for number in ("··1·", "201")))
        terminal.send(b"gturn 50\r")
        terminal.wait_for("Turn 50 is not recorded.")


def test_a_window_in_lines(start: Start, home: Path) -> None:
    (home / "long.py").write_text(LONG)
    with start("--plain", "long.py", "--from", "turn:300") as terminal:
        terminal.wait_for(">")
        terminal.send(b"\r\r\r")
        terminal.wait_for("Turns 1 to 299 of the loop in line 3")
        assert terminal.text.count("are not recorded") == 1


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--from", "x"), "--from needs a place, as 12 (a line), turn:300 or pass:5, not 'x'"),
        (("--from", "turn:0"), "not 'turn:0'"),
        (("--to", "step:3"), "not 'step:3'"),
        (("--from", "3", "--to", "turn:5"), "--from 3 and --to turn:5 have to be of one kind"),
        (("--from", "turn:5", "--to", "turn:3"), "--to comes before --from: turn:3"),
        (("--every", "0"), "--every needs a whole number from 1"),
    ],
)
@pytest.mark.parametrize("command", ["record", "--plain"])
def test_windows_that_make_no_sense(
    run: Run, command: str, words: tuple[str, ...], reason: str
) -> None:
    more = ("-o", "x.agt") if command == "record" else ()
    refused = run(command, "shows.py", *more, *words)
    assert reason in refused.stderr
    assert refused.returncode == 2
    refused = run(command, "parameters", *more, "--every", "2")
    assert "--every is for scripts" in refused.stderr
