"""Atari games where other packages are missing, after a fork, and under `plyo run`: each in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

#: Plays a wrapped game and prints what identifies it.
PLAY = """
import hashlib, plyo
env = plyo.make("ALE/Breakout-v5", frameskip=1)
env = plyo.wrappers.FrameStackObservation(plyo.wrappers.AtariPreprocessing(env), 4)
seen = hashlib.sha256(env.reset(seed=3)[0].tobytes())
for action in (1, 2, 3, 0) * 4:
    observation, reward, *_ = env.step(action)
    seen.update(observation.tobytes() + str(reward).encode())
env.close()
print(seen.hexdigest(), "ale_py" in sys.modules)
"""
MISSING = """
import plyo
assert plyo.spec("ALE/Pong-v5").kwargs["game"] == "pong"
assert len([id for id in plyo.registry if "Pong" in id]) == 5
assert "ALE/Tetris-v5" in plyo.pprint_registry(disable_print=True)
for make in (plyo.make, plyo.make_vec):
    for id in ("ALE/Pong-v5", "PongNoFrameskip-v4"):
        try:
            make(id)
        except plyo.error.DependencyNotInstalled as e:
            assert "the game pong needs ale-py" in str(e) and "`pip install ale-py`" in str(e), e
            assert '"plyo[atari]"' in str(e)
        else:
            raise AssertionError(id)
try:
    plyo.make("ALE/Pnog-v5")
except plyo.error.NameNotFound as e:
    assert "Did you mean: `Pong`?" in str(e)
from plyo.cli.listing import _describe_task
assert _describe_task(plyo.spec("ALE/Pong-v5")).action == "Discrete(6)"
"""


def run(code: str, *blocked: str) -> str:
    """Runs a program that cannot import some packages, and prints nothing but to its output; the output."""
    block = f"import sys; sys.modules.update(dict.fromkeys({blocked!r}))\n"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", block + code], capture_output=True, text=True, timeout=120
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_without_gymnasium_and_opencv():
    expected = run(PLAY)
    assert expected.count("\n") == 1
    assert expected.endswith(" True\n")
    assert run(PLAY, "gymnasium", "cv2") == expected


@pytest.mark.parametrize("blocked", [("ale_py",), ("ale_py", "gymnasium")])
def test_without_ale_py(blocked):
    assert run(MISSING, *blocked) == ""


def test_nothing_is_loaded_before_the_first_game():
    code = """
import plyo
plyo.spec("ALE/Pong-v5"), plyo.pprint_registry(disable_print=True)
assert not {"ale_py", "cv2", "gymnasium", "plyo.envs.atari.env"} & set(sys.modules)
plyo.make("ALE/Pong-v5")
assert "ale_py" in sys.modules and "cv2" not in sys.modules
"""
    assert run(code) == ""


def test_a_forked_child_goes_on():
    code = """
import os, plyo
env = plyo.make("ALE/Pong-v5", obs_type="ram")
env.reset(seed=1)
read, write = os.pipe()
child = os.fork()
result = [env.step(action)[0].tobytes() for action in (2, 3, 2, 0)]
if not child:
    os.write(write, b"".join(result))
    os._exit(0)
os.waitpid(child, 0)
assert os.read(read, 10_000) == b"".join(result)
assert env.reset(seed=1)[0].any()
"""
    if not hasattr(sys, "getwindowsversion"):
        assert run(code) == ""


def test_under_plyo_run(tmp_path: Path):
    program = tmp_path / "program.py"
    program.write_text(
        "import gymnasium, ale_py\n"
        "gymnasium.register_envs(ale_py)\n"
        "env = gymnasium.make('ALE/Pong-v5')\n"
        "env.reset(seed=0)\n"
        "print(type(env.unwrapped).__module__, env.spec.entry_point, len(env.step(2)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "plyo.cli", "run", str(program)], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("plyo.envs.atari.env plyo.envs.atari:AtariEnv 5")
