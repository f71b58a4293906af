"""The library where Python lacks what only Unix has, as on Windows; macOS has all that is hidden here."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

#: Hides what Python has on Unix only. The standard library's own modules and NumPy, which need it here, come first.
HIDE = """
import asyncio, concurrent.futures, getpass, multiprocessing.connection, multiprocessing.synchronize, numpy, os, pathlib
import select, selectors, signal, subprocess, sys, tempfile, zipfile
unix_modules = ["fcntl", "grp", "posix", "pty", "pwd", "readline", "resource", "syslog", "termios", "tty"]
sys.modules.update(dict.fromkeys(unix_modules))
hidden = {
    select: ["poll", "epoll", "EPOLLIN"] + [name for name in dir(select) if name.startswith("POLL")],
    signal: ["SIGALRM", "SIGCHLD", "SIGHUP", "SIGKILL", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGWINCH", "SIGTSTP",
             "alarm", "setitimer", "pthread_sigmask", "pthread_kill", "sigwait"],
    os: ["fork", "forkpty", "getuid", "geteuid", "getpgid", "killpg", "setsid", "mkfifo", "openpty", "sysconf",
         "uname", "sched_getaffinity", "register_at_fork", "posix_fadvise", "sendfile", "getloadavg", "chown"],
}
for module, names in hidden.items():
    for name in names:
        vars(module).pop(name, None)
"""


def run(code: str) -> str:
    """What a program prints where Unix is hidden; it must not fail."""
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [sys.executable, "-c", HIDE + code], capture_output=True, text=True, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_module_of_the_library_imports_without_unix() -> None:
    names = run("""
import contextlib, importlib, pkgutil
import plyo, plyo.cli, plyo.vector, plyo.wrappers, plyo.run, plyo.video, plyo.replay, plyo.utils
for package in (plyo.cli, plyo.vector, plyo.run, plyo.video, plyo.replay, plyo.utils):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if not module.name.startswith("plyo.run.startup."):
            with contextlib.suppress(plyo.error.DependencyNotInstalled):  # of another library
                importlib.import_module(module.name)
                print(module.name)
""").split()
    assert {"plyo.cli.terminal", "plyo.cli.play", "plyo.vector.async_vector_env", "plyo.vector._channel"} <= {
        *names
    }


def test_batches_and_commands_run_without_unix() -> None:
    printed = run("""
import numpy as np
import plyo
from plyo.cli.commands import run
for mode in (None, "sync"):
    envs = plyo.make_vec("CartPole-v1", 2, vectorization_mode=mode)
    envs.reset(seed=0)
    print(envs.step(np.array([0, 1]))[1].tolist())
    envs.close()
sys.exit(run(["list"]))
""")
    assert printed.startswith("[1.0, 1.0]\n[1.0, 1.0]\n")
    assert "FrozenLake-v1" in printed


@pytest.mark.parametrize(
    ("code", "what"),
    [
        (
            'plyo.make_vec("CartPole-v1", 2, vectorization_mode="async")',
            f'select.poll, which {sys.platform} does not have: make the batch with vectorization_mode="sync"',
        ),
        ("from plyo.cli.terminal import Terminal\n    Terminal()", "play in a window (--window)"),
    ],
)
def test_what_needs_unix_says_so(code: str, what: str) -> None:
    printed = run(f"""
import plyo
try:
    {code}
except NotImplementedError as error:
    print(error)
""")
    assert what in printed
