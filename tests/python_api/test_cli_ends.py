"""The ends of commands whose output cannot be written, or that are interrupted early."""

from __future__ import annotations

import functools
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path

import numpy as np
import pytest

import plyo

#: The code of the console script.
PROGRAM = [sys.executable, "-c", "import sys; from plyo_command import main; sys.exit(main())"]
MODULE = [sys.executable, "-m", "plyo"]


def run(*args, command=PROGRAM, **kwargs):
    return subprocess.run([*command, *args], stderr=subprocess.PIPE, text=True, check=False, **kwargs)


# A full disk.


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
@pytest.mark.parametrize(
    "args",
    [
        ["list"], ["info"], ["rollout", "CartPole-v1", "--num-envs", "4", "--steps", "10"], ["--version"],
        ["train", "--help"], ["show", "NChain-v0"], ["train", "FrozenLake-v1", "--steps", "3000"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_output_that_cannot_be_written_is_one_line(args, tmp_path):
    with Path("/dev/full").open("w") as full:
        done = run(*args, command=MODULE if args == ["list"] else PROGRAM, stdout=full, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("plyo: error: ")
    assert done.stderr.count("\n") == 1
    if args[0] != "show":  # `show` fails without a terminal
        assert "No space left on device" in done.stderr


# An encoding without the letters.


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
@pytest.mark.parametrize(
    "args", [["--help"], ["train", "--help"], ["train", "CartPole-v1", "--generations", "1"]], ids=" ".join
)
def test_letters_that_the_output_lacks_are_question_marks(args, encoding, tmp_path):
    environment = os.environ | {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    done = run(*args, stdout=subprocess.PIPE, cwd=tmp_path, encoding=encoding, env=environment)
    assert done.returncode == (0 if "--help" in args else 1)  # a generation does not solve the task
    assert "Error" not in done.stderr
    assert "error" not in done.stderr
    if args[0] == "train":
        assert "Szita & L?rincz" in done.stdout
    if "--generations" in args:
        assert "at most 1 generation\n" in done.stdout
        assert "s, 1 generation\n" in done.stdout


def test_errors_that_cannot_be_written_are_none():
    with Path(os.devnull).open("w") as null:
        done = subprocess.run(
            [*PROGRAM, "list"],
            stdout=null,
            stderr=null,
            check=False,
            pass_fds=(),
            preexec_fn=lambda: os.close(2),
        )
    assert done.returncode == 0


def test_a_closed_output_and_a_reader_that_leaves():
    assert run("list", preexec_fn=lambda: os.close(1)).returncode == 0
    reader, writer = os.pipe()
    os.close(reader)
    done = run("list", stdout=writer)
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, "")


# Ctrl-C while a command imports.


def interrupted(delay, args):
    """The exit code and the last words of a program that gets Ctrl-C some seconds after Python has loaded it."""
    begin = "import sys; from plyo_command import main; print(file=sys.stderr, flush=True); sys.exit(main())"
    process = subprocess.Popen(
        [sys.executable, "-c", begin, *args], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    assert process.stderr.readline() == "\n"
    time.sleep(delay)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    return process.returncode, said


def test_ctrl_c_at_any_time_is_quiet():
    rng = random.Random(0)
    for _ in range(6):
        code, said = interrupted(rng.uniform(0.1, 1.0), ["rollout", "CartPole-v1", "--steps", "100000000"])
        assert code in (130, -signal.SIGINT), said
        assert "Traceback" not in said


@pytest.mark.parametrize(
    "module", ["numpy", "typer", "plyo", "plyo._native", "rich.console", "plyo.cli.train"]
)
def test_ctrl_c_in_the_middle_of_an_import(module, tmp_path):
    """The signal comes when a certain module is looked for."""
    code = f"""
import os, signal, sys
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Finder())
from plyo_command import main
main(["list"])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr, done.stdout) == (130, "", "")


def test_the_handler_of_the_caller_stays():
    code = """
import signal
from plyo_command import main
signal.signal(signal.SIGINT, own := lambda *_: None)
try:
    main(["--version"])
except SystemExit as e:
    print(e.code, signal.getsignal(signal.SIGINT) is own)
signal.signal(signal.SIGINT, signal.default_int_handler)
try:
    main(["--version"])
except SystemExit as e:
    print(e.code, signal.getsignal(signal.SIGINT) is signal.default_int_handler)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[1::2] == ["0 True", "0 True"]


# Files that cannot be written are noticed before the work.


@pytest.fixture
def locked():
    """Runs a command in a folder without write permission, as a user without privileges."""
    pytest.importorskip("matplotlib")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "old.npz").write_bytes(b"old")
        (folder / "old.npz").chmod(0o444)
        (folder / "old.mp4").write_bytes(b"old")
        folder.chmod(0o555)
        yield functools.partial(run_locked, folder)
        folder.chmod(0o755)


def run_locked(folder, args):
    """The exit code and the output. The process has imported everything before it gives its rights up."""
    from plyo.cli.commands import run as run_command

    run_command([*args, "--nonsense"])
    for other in (["train", "CartPole-v1"], ["train", "FrozenLake-v1"], ["record", "CartPole-v1"]):
        run_command([*other, "--output", "none/x.mp4"])  # this does the late imports
    output = folder.with_suffix(".txt").open("w+")
    output_file = Path(output.name)
    child = os.fork()
    if child == 0:
        code = 99
        try:
            os.dup2(output.fileno(), 1)
            os.dup2(output.fileno(), 2)
            sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w")
            os.chdir(folder)
            if os.getuid() == 0:
                os.setgroups([])
                os.setgid(65534)
                os.setuid(65534)
            code = run_command(args)
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(code)
    _, status = os.waitpid(child, 0)
    output.close()
    text = output_file.read_text()
    output_file.unlink()
    return os.waitstatus_to_exitcode(status), text


COMMANDS = {
    "train": ["train", "FrozenLake-v1"],
    "train onto a file": ["train", "FrozenLake-v1", "--output", "old.npz", "--force"],
    "bench, plot": ["bench", "CartPole-v1", "--plot", "a.png"],
    "train, video": ["train", "FrozenLake-v1", "--output", "/dev/null", "--video", "a.mp4"],
    "train a network": ["train", "CartPole-v1", "--output", "./x.npz"],
    "record": ["record", "CartPole-v1", "--output", "a.mp4"],
    "record onto a file": ["record", "CartPole-v1", "--output", "old.mp4"],
    "show": ["show", "CartPole-v1", "--output", "a.png"],
    "bench": ["bench", "CartPole-v1", "--json", "a.json"],
}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_folder_that_cannot_be_written_is_noticed_first(name, locked):
    code, said = locked(COMMANDS[name])
    assert code == 2, said
    assert re.fullmatch("plyo: error: --[a-z]+ .* cannot be written: Permission denied\n", said)


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["train", "FrozenLake-v1", "--output", "/dev/full"], "No space left on device"),
        (["train", "FrozenLake-v1", "--output", "folder"], "name a file in an existing folder"),
        (["train", "FrozenLake-v1", "--output", "none/x.npz"], "name a file in an existing folder"),
        (["train", "FrozenLake-v1", "--output", "a" * 300], "File name too long"),
        (["train", "FrozenLake-v1", "--video", "/dev/null.mp4/x"], "name a file in an existing folder"),
        (["record", "CartPole-v1", "--output", "fifo.mp4"], "no regular file"),
        (["record", "CartPole-v1", "--output", "a" * 300 + ".mp4"], "File name too long"),
    ],
)
def test_targets_that_are_none_are_noticed_first(args, said, tmp_path):
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "fifo.mp4")
    done = run(*args, cwd=tmp_path, stdout=subprocess.PIPE)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fifo.mp4", "folder"]


def test_looking_leaves_files_as_they_are(tmp_path):
    from plyo.cli.common import check_writable

    old, link = tmp_path / "old.npz", tmp_path / "link.npz"
    old.write_bytes(b"old")
    link.symlink_to(tmp_path / "new.npz")
    for path in (old, link, tmp_path / "new.npz", tmp_path / ("a" * 255), Path(os.devnull)):
        check_writable("--output", path)
    for path in (old, link, tmp_path / "new.mp4"):
        check_writable("--output", path, replaced=True)
    assert old.read_bytes() == b"old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.npz", "old.npz"]


def test_a_policy_that_cannot_be_saved_at_the_end_is_saved_elsewhere(tmp_path, monkeypatch, capsys):
    """The disk has become full during the training."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    save = plyo.policies.Tabular.save

    def full(policy, path):
        if Path(path).name == "FrozenLake-v1.npz":
            raise OSError(28, "No space left on device")
        save(policy, path)

    monkeypatch.setattr(plyo.policies.Tabular, "save", full)
    from plyo.cli import main

    with pytest.raises(SystemExit) as ended:
        main(["train", "FrozenLake-v1", "--steps", "3000", "--seed", "1"])
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert "FrozenLake-v1.npz cannot be written: No space left on device; the policy is saved as" in said
    assert np.shape(plyo.policies.load(said.split()[-1]).actions) == (16,)
