"""plyo new, plyo check, plyo cache, the magic of notebooks, the guide, and the examples."""

from __future__ import annotations

import re
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from compile_helpers import ROOT, header

import plyo
from plyo.cli import main
from plyo.compile import notebook
from plyo.compile.checking import Report, check, describe, guess_reason
from plyo.compile.sources import read_source
from plyo.compile.templates import files_of, to_name, to_stem
from plyo.error import CompileError

EXAMPLES = ROOT / "examples" / "own_tasks"
pytestmark = pytest.mark.skipif(not EXAMPLES.is_dir(), reason="needs the source tree")


def call(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str]:
    """Runs `plyo`; its exit code and output."""
    with pytest.raises(SystemExit) as ended:
        main(args)
    code = ended.value.code
    assert isinstance(code, int)
    seen = capsys.readouterr()
    return code, seen.out + seen.err


def test_names_in_both_spellings() -> None:
    assert [to_stem(name) for name in ("PointMass", "point_mass")] == ["point_mass"] * 2
    assert to_name("point_mass") == "PointMass"
    with pytest.raises(ValueError, match="is no name for an environment"):
        to_stem("2fast")


@pytest.mark.slow  # compiles twice and starts three processes
def test_what_new_writes_is_checked_and_tested(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    code, said = call(capsys, "new", "hill_climb", "--scene")
    assert code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        *("hill_climb.hpp", "hill_climb_scene.hpp", "test_hill_climb.py"),
    ]
    assert call(capsys, "new", "hill_climb")[0] == 2  # nothing is overwritten
    code, said = call(capsys, "check", "hill_climb.hpp")
    assert code == 0, said
    assert re.search(
        r"HillClimb: compiled by .*\n.*same bits.*\n.*episodes.*\n.* ns a step.*\n  vectorised: yes", said
    )
    pytests = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(pytests, capture_output=True, text=True)
    assert "3 passed" in done.stdout, done.stdout
    code, said = call(capsys, "list", "hill_climb.hpp")
    assert said.splitlines()[0].split("\t")[:2] == ["HillClimb-v0", "user"]
    assert call(capsys, "train", "hill_climb.hpp", "--seed", "1", "--output", "hill.npz")[0] == 0
    code, said = call(capsys, "rollout", "hill_climb.hpp", "--policy", "hill.npz", "--seed", "0")
    assert code == 0, said


def test_a_project_has_all_files() -> None:
    files = files_of("PointMass", scene=True, wheel=True)
    assert sorted(files) == [
        *("README.md", "plyo_point_mass/__init__.py", "plyo_point_mass/point_mass.hpp"),
        *("plyo_point_mass/point_mass_scene.hpp", "pyproject.toml", "tests/test_point_mass.py"),
    ]
    assert not [
        path for path, text in files.items() if re.search(r"\b(NAME|STEM|PACKAGE|DISTRIBUTION|HEADER)", text)
    ]
    assert 'point_mass = "plyo_point_mass:register"' in files["pyproject.toml"]


@pytest.mark.slow  # compiles twice
def test_check_finds_what_random_steps_show(tmp_path: Path) -> None:
    bounds = 'box({{"position", "m", -kMaxPosition, kMaxPosition}'
    leaves = header("Leaves", (bounds, bounds.replace("kMaxPosition", "0.5")))
    (report,) = check(read_source(leaves))
    said = r"observation\[0\] of environment \d+ is -.* after the reset, and the space says -0\.5 to 0\.5"
    assert re.match(said, report.problem)


@pytest.mark.slow  # compiles twice
def test_check_names_what_stops_the_vectoriser() -> None:
    place = "    const double moved"
    loop = "    for (double k = 0; k * k < s.position; k += 1) s.position *= 0.5;\n"
    slow = header("Slow", (place, loop + place))
    line = next(i for i, text in enumerate(slow.splitlines(), 1) if "k * k" in text)
    (report,) = check(read_source(slow))
    assert report.vectorised is False
    assert report.hint.startswith(f"slow.hpp:{line}:")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("if (x > 0) return 1.0;", "`if` is a branch: write `cond ? a : b`, `&` and `|`"),
        ("const bool at_end = (k == 0) | (k == kEnd);", "`(k == 0) | (k == kEnd)`: GCC looks this up"),
    ],
)
def test_what_stops_the_vectoriser_is_looked_for_in_what_a_step_calls(line: str, said: str) -> None:
    step = "    const double acceleration = (action - 1) * params.force / params.mass;\n"
    helper = f"  static constexpr double helped(double x, int k) {{\n    {line}\n    return x;\n  }}\n"
    place = "  // One step: {reward, terminated}."
    unused = "  static constexpr void unused() {\n    while (true) {\n    }\n  }\n"
    text = header(
        "Helped", (step, step + "    s.velocity = helped(s.velocity, 1);\n"), (place, unused + helper + place)
    )
    number = next(i for i, each in enumerate(text.splitlines(), 1) if line in each)
    assert guess_reason(read_source(text)).startswith(f"helped.hpp:{number}: {said}")
    assert guess_reason(read_source(header("Plain"))).startswith("a step that draws random numbers")


def test_reports_in_words() -> None:
    assert describe(Report("A", 1.0, "g++ 12", problem="it fell over")) == [
        *("A: compiled by g++ 12 in 1.00 s", "  wrong: it fell over"),
    ]


def test_check_of_a_wrong_struct(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "wrong.hpp"
    path.write_text(header("Wrong", ("s.velocity + kTimeStep", "s.velocity + kTimeStp")))
    code, said = call(capsys, "check", str(path))
    assert code == 2
    assert re.match(rf"{path}:\d+:\d+: .*kTimeStp.*\n$", said)


def test_check_of_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("PointMass", "."):
        advice = f"{name} is no file: name a header, such as point_mass.hpp, which plyo new writes"
        assert call(capsys, "check", name) == (2, f"plyo: error: {advice}\n")


def test_the_cache_is_listed_and_cleared(
    env_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = call(capsys, "cache")
    assert code == 0
    assert re.search(r"^PointMass\t\S+ [\d.]+\t\d+ kB$", said, re.MULTILINE)
    folder = tmp_path / "other"
    monkeypatch.setenv("PLYO_CACHE_DIR", str(folder))
    assert "0 modules, 0.0 MB" in call(capsys, "cache")[1]
    (folder / "sources" / "x.json").write_text("{}")
    assert call(capsys, "cache", "--clear")[0] == 0
    assert list(folder.iterdir()) == []


def test_cells_of_notebooks(capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):  # without a warning
        notebook.plyo_env("", header("PointMass"))
    assert re.match(r"PointMass-v0 \([\d.]+ s\)\n", capsys.readouterr().out)
    notebook.plyo_env("", "struct Nothing {};\n")
    assert "has no environment" in capsys.readouterr().out
    with pytest.raises(ValueError, match="got '--fast'"):
        notebook.plyo_env("--fast", "")

    class Shell:
        def register_magic_function(self, function: object, kind: str, name: str) -> None:
            assert (function, kind, name) == (notebook.plyo_env, "cell", "plyo_env")

    notebook.load_ipython_extension(Shell())


@pytest.mark.slow  # compiles more tasks
def test_the_guide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (ROOT / "docs" / "guide" / "compiled_environments.md").read_text()
    monkeypatch.chdir(tmp_path)
    for path, text in files_of("point_mass", scene=True, wheel=False).items():
        (tmp_path / path).write_text(text)
    names: dict[str, object] = {}
    for block in re.findall(r"^```py\n(.*?)^```", page, re.MULTILINE | re.DOTALL):
        exec(compile(block, "the guide", "exec"), names)
    assert names["trajectory"].rewards.shape == (100, 4096)  # type: ignore[attr-defined]  # of the page
    (coin,) = re.findall(r"^```cpp\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    (coin_id,) = plyo.compile(coin)
    env = plyo.make(coin_id)
    side, _ = env.reset(seed=0)
    for _ in range(5):
        side, reward, *_ = env.step(side)
        assert reward == 1.0


def door_key_state(snapshot: bytes, place: int = 64) -> tuple[int, ...]:
    """The state of DoorKey at a place of a snapshot, with the coordinates of its cells."""
    agent, direction, key, door, stage, _ = struct.unpack_from("<6i", snapshot, place)
    (x, y), (key_x, key_y), (wall_x, door_y) = ((cell % 16, cell // 16) for cell in (agent, key, door))
    return x, y, direction, key_x, key_y, wall_x, door_y, int(stage >= 1), int(stage == 2)


def expected_view(state: tuple[int, ...]) -> np.ndarray:
    """What the agent of DoorKey looks at, cell by cell."""
    x, y, direction, key_x, key_y, wall_x, door_y, has_key, is_open = state
    dx, dy = (direction == 0) - (direction == 2), (direction == 1) - (direction == 3)
    view = np.zeros((7, 7, 3), np.uint8)
    for row in range(7):
        for column in range(7):
            ahead, right = 6 - row, column - 3
            at = (x + ahead * dx - right * dy, y + ahead * dy + right * dx)
            if not (0 < at[0] < 7 and 0 < at[1] < 7) or (at[0] == wall_x and at[1] != door_y):
                view[row, column] = (2, 5, 0)
            elif at == (wall_x, door_y):
                view[row, column] = (4, 4, 0 if is_open else 2)
            elif at == (6, 6):
                view[row, column] = (8, 1, 0)
            elif at == (key_x, key_y) and not has_key:
                view[row, column] = (5, 4, 0)
            else:
                view[row, column] = (1, 0, 0)
    return view


@pytest.mark.slow  # compiles more tasks
def test_door_key_is_looked_at_from_the_agent() -> None:
    (env_id,) = plyo.compile(EXAMPLES / "door_key.hpp")
    envs = plyo.make_vec(env_id, 60)
    observations, _ = envs.reset(seed=0)
    envs.action_space.seed(0)
    for _ in range(40):
        snapshot = envs.get_state()
        size = (len(snapshot) - 64) // 60
        for lane in range(0, 60, 7):
            state = door_key_state(snapshot, 64 + lane * size)
            assert np.array_equal(observations[lane], expected_view(state)), state
        observations, *_ = envs.step(envs.action_space.sample())
    assert plyo.make(env_id, render_mode="rgb_array").metadata["render_modes"] == ["human", "rgb_array"]
    # tables are read at places that a state names
    for field, value in enumerate((-1, 4, 1 << 20, 9)):
        wrong = bytearray(snapshot)
        struct.pack_into("<i", wrong, 64 + 4 * field, value)
        with pytest.raises(ValueError, match="the state is none that DoorKey"):
            envs.set_state(bytes(wrong))


@pytest.mark.slow  # compiles more tasks
def test_door_key_can_be_solved() -> None:
    """The agent goes to the key, the door and the goal by the shortest way."""
    (env_id,) = plyo.compile(EXAMPLES / "door_key.hpp")
    env = plyo.make(env_id)
    env.reset(seed=1)
    for target, last in ((lambda s: (s[3], s[4]), 3), (lambda s: (s[5], s[6]), 4), (lambda s: (6, 6), 2)):
        walk_to(env, target, last)
    assert env.ended == (True, pytest.approx(1.0 - 0.9 * env.unwrapped._elapsed_steps / 640))  # type: ignore[attr-defined]  # below


def walk_to(env: plyo.Env, target: object, last: int) -> None:
    """Walks until the agent faces a cell, and takes the last action."""
    moves = ((1, 0), (0, 1), (-1, 0), (0, -1))

    def state() -> tuple[int, ...]:
        return door_key_state(env.unwrapped.get_state())

    x, y, direction, key_x, key_y, wall_x, door_y, has_key, is_open = state()
    goal = target(state())  # type: ignore[operator]  # a function
    queue, came = [(x, y, direction)], {(x, y, direction): ((), -1)}
    for at in queue:
        ahead = (at[0] + moves[at[2]][0], at[1] + moves[at[2]][1])
        if ahead == goal:
            break
        blocked = not (0 < ahead[0] < 7 and 0 < ahead[1] < 7)
        blocked |= ahead[0] == wall_x and not (ahead[1] == door_y and is_open)
        blocked |= ahead == (key_x, key_y) and not has_key
        following = [((at[0], at[1], (at[2] + turn) % 4), action) for turn, action in ((3, 0), (1, 1))]
        for new, action in [*following, *([] if blocked else [((*ahead, at[2]), 2)])]:
            if new not in came:
                came[new] = (at, action)
                queue.append(new)
    actions = [last]
    while came[at][1] >= 0:
        at, action = came[at]
        actions.append(action)
    for action in reversed(actions):
        _, reward, terminated, *_ = env.step(action)
    env.ended = (terminated, reward)  # type: ignore[attr-defined]  # for the caller


@pytest.mark.slow  # compiles more tasks
def test_rockets_land_by_a_controller() -> None:
    (env_id,) = plyo.compile(EXAMPLES / "rocket_landing.hpp")
    envs = plyo.make_vec(env_id, 100, autoreset_mode="disabled")
    observations, _ = envs.reset(seed=0)
    returns, running = np.zeros(100), np.ones(100, bool)
    while running.any():
        x, y, speed_x, speed_y, angle, turn_rate, _ = observations.astype(np.float64).T
        wanted = -np.sqrt(np.maximum(6 * (y - 0.3), 0)) - 1
        throttle = np.clip((9.81 + 5 * (wanted - speed_y)) / 25, 0, 1)
        turn = 3 * (angle - np.clip(0.02 * x + 0.06 * speed_x, -0.25, 0.25)) + 2.5 * turn_rate
        steering = np.clip(turn / (0.35 * np.maximum(throttle * 25, 3)) / 0.2, -1, 1)
        actions = np.stack([2 * throttle - 1, steering], axis=1).astype(np.float32)
        observations, rewards, terminated, truncated, _ = envs.step(actions)
        returns += rewards * running
        running &= ~(terminated | truncated)
        if (terminated | truncated).any():
            observations, _ = envs.reset(options={"reset_mask": terminated | truncated})
    assert returns.mean() > 50
    with pytest.raises(ValueError, match="thrust"):
        plyo.make(env_id, thrust=5.0)


def test_headers_and_cmake_files_are_there() -> None:
    assert (Path(plyo.get_include()) / "plyo" / "environment.hpp").is_file()
    assert (Path(plyo.get_cmake_dir()) / "plyo-config.cmake").is_file()
    with pytest.raises(CompileError):
        plyo.compile("#include <plyo/nothing.hpp>\nstruct A { static constexpr EnvInfo info{}; };\n")
