"""The command line of ``plyo run``, and that a program runs as in a plain interpreter."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time

import pytest
from programs import Run

from plyo.run.command import Request, UsageError, environment, main, parse


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (["a.py"], Request(["a.py"])),
        (["a.py", "--math", "fast", "--", "-h"], Request(["a.py", "--math", "fast", "--", "-h"])),
        (["--math", "fast", "a.py"], Request(["a.py"], "fast")),
        (["--math=reference", "--report", "a.py", "x"], Request(["a.py", "x"], "reference", True)),
        (["--report", "-m", "pkg.mod", "--report"], Request(["-m", "pkg.mod", "--report"], report=True)),
        (["-mpkg.mod", "-c"], Request(["-mpkg.mod", "-c"])),
        (["-c", "print(1)", "-m"], Request(["-c", "print(1)", "-m"])),
        (["-"], Request(["-"])),
        (["--", "-odd.py"], Request(["-odd.py"])),
        (["-h"], None),
        (["--report", "--help", "a.py"], None),
    ],
)
def test_options_end_where_the_program_begins(args, expected):
    assert parse(args) == expected


@pytest.mark.parametrize(
    ("args", "text"),
    [
        ([], "name a program"),
        (["--report"], "name a program"),
        (["--"], "name a program"),
        (["--math"], "--math needs a value"),
        (["--math", "exact", "a.py"], "must be reference or fast, got 'exact'"),
        (["--math=", "a.py"], "got ''"),
        (["-m"], "-m needs a value: a module"),
        (["-c"], "-c needs a value: code"),
        (["--fast", "a.py"], "no such option: --fast"),
        (["--report=yes", "a.py"], "no such option: --report=yes"),
        (["-x", "a.py"], "no such option: -x"),
    ],
)
def test_faulty_command_lines(args, text, capsys):
    with pytest.raises(UsageError, match=re.escape(text)):
        parse(args)
    with pytest.raises(SystemExit) as exit_info:
        main(args)
    assert exit_info.value.code == 2
    assert capsys.readouterr().err == f"plyo run: error: {exit_info.value.__context__}\n"


def test_help_is_shown_by_every_way_in():
    for way in (["-m", "plyo.run", "--help"], ["-m", "plyo.cli", "run", "-h"]):
        done = subprocess.run([sys.executable, *way], capture_output=True, text=True, check=True)
        assert done.stdout.startswith("usage: plyo run [--math {reference,fast}] [--report] script.py")
    done = subprocess.run(
        [sys.executable, "-m", "plyo.cli", "--help"], capture_output=True, text=True, check=True
    )
    assert re.search(r"\brun\b.*Python program", done.stdout)


def test_the_environment_is_made_once(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", f"/a{os.pathsep}/b")
    monkeypatch.setenv("PLYO_RUN_REPORT", "of the program around this one")
    first = environment(Request(["a.py"], "fast"))
    startup, *others = first["PYTHONPATH"].split(os.pathsep)
    assert others == ["/a", "/b"]
    assert (first["PLYO_MATH"], first["PLYO_RUN"]) == ("fast", sys.implementation.cache_tag)
    assert "PLYO_RUN_REPORT" not in first
    monkeypatch.setenv("PYTHONPATH", first["PYTHONPATH"])
    assert environment(Request(["a.py"]))["PYTHONPATH"].split(os.pathsep) == [startup, "/a", "/b"]


@pytest.mark.parametrize("flag", ["-E", "-I", "-S"])
def test_interpreters_that_would_not_load_the_hook_are_refused(flag, monkeypatch, capsys):
    class Flags:
        ignore_environment, no_site = flag in ("-E", "-I"), flag == "-S"

    monkeypatch.setattr(sys, "flags", Flags)
    with pytest.raises(SystemExit) as exit_info:
        main(["a.py"])
    assert exit_info.value.code == 2
    assert "run it without -E, -I and -S" in capsys.readouterr().err


FACTS = """
import json, os, pickle, sys

class Own:
    pass

print(json.dumps({
    "argv": sys.argv,
    "path": [p for p in sys.path],
    "name": __name__,
    "file": __file__,
    "main": sys.modules["__main__"].__dict__ is globals(),
    "pickle": pickle.dumps(Own()).hex(),
    "flags": [sys.flags.optimize, sys.flags.dev_mode, sys.flags.utf8_mode, sys.dont_write_bytecode, __debug__,
              sys.stdout.write_through],
    "unknown": sorted(m for m in sys.modules if m.split(".")[0] in ("plyo", "plyo_command", "gymnasium", "numpy")),
}))
"""


def test_a_program_sees_a_plain_interpreter(run: Run):
    flags = ("-O", "-X", "utf8", "-B", "-u")
    plain, ours = (
        run(FACTS, "-x", "--math", "fast", "--", plain=p, interpreter=flags) for p in (True, False)
    )
    assert ours.stdout == plain.stdout
    assert ours.stderr == plain.stderr


def test_tracebacks_exit_codes_and_input_are_plain(run: Run, tmp_path):
    failing = "def f():\n    raise ValueError('no')\n\nf()\n"
    plain, ours = (run(failing, plain=p, expected=1).stderr for p in (True, False))
    assert ours == plain
    assert run("import sys; sys.exit(7)", expected=7).stderr == ""
    package = tmp_path / "pkg"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "mod.py").write_text("import sys; print(__name__, __package__, sys.argv[1:], sys.path[0])")
    for way in (
        ["-m", "pkg.mod", "--report", "-h"],
        ["-c", "import sys; print(sys.argv, repr(sys.path[0]))", "-x"],
        ["-"],
    ):
        outputs = [
            subprocess.run(
                [sys.executable, *runner, *way],
                input="import sys; print(sys.argv, repr(sys.path[0]))",
                cwd=tmp_path, capture_output=True, text=True, check=True,
            ).stdout
            for runner in ([], ["-m", "plyo.run"])
        ]  # fmt: skip
        assert outputs[0] == outputs[1] != ""
    missing = subprocess.run(
        [sys.executable, "-m", "plyo.cli", "run", str(tmp_path / "absent.py")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (missing.returncode, missing.stderr.count("\n")) == (2, 1)
    assert "can't open file" in missing.stderr


def test_an_interrupt_reaches_the_program(tmp_path):
    script = tmp_path / "program.py"
    script.write_text(
        "import time, gymnasium\nprint('ready', flush=True)\ntry:\n    time.sleep(60)\n"
        "except KeyboardInterrupt:\n    print('stopped')\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "plyo.cli", "run", str(script)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "ready\n"
    time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=60)[0] == "stopped\n"
    assert process.returncode == 0
