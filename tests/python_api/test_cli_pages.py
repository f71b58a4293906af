"""The pages of help, the list of tasks, and tasks of the user's own."""

from __future__ import annotations

import json
import re
import sys

import pytest

import plyo
from plyo.cli.commands import app
from plyo.cli.help_pages import EXAMPLES
from plyo.cli.listing import _describe, _describe_spaces, _native

COMMANDS = sorted(set(EXAMPLES) - {""})


# Help.


@pytest.mark.parametrize("args", [(), ("--help",)], ids=["bare", "--help"])
def test_the_program_alone_helps(plyo_command, args) -> None:
    outcome = plyo_command(*args)
    assert (outcome.code, outcome.err) == (0, "")
    for command in COMMANDS:
        assert (f" {command} " in outcome.out) == (command != "doctor")
    assert "Exit codes: 0 done, 1 a task that was not solved, 2 bad input, 130 Ctrl-C." in outcome.out


@pytest.mark.parametrize("columns", [80, 44])
@pytest.mark.parametrize("command", COMMANDS)
def test_pages_have_plain_words_and_examples(plyo_command, monkeypatch, command, columns) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    outcome = plyo_command(command, "--help")
    assert outcome.code == 0
    for type_name in ("<bool>", "<int", "<str", "<float", "<list", "<path"):
        assert type_name not in outcome.out
    page, _, examples = outcome.out.partition("Example")
    assert max(map(len, page.splitlines())) <= columns
    assert [line.strip() for line in examples.splitlines()[1:] if line] == list(EXAMPLES[command])


def test_examples_name_options_and_tasks_that_exist(plyo_command) -> None:
    for command, examples in EXAMPLES.items():
        for example in examples:
            program, *words = example.split()
            assert program == "plyo"
            assert command in ("", words[0])
            page = plyo_command(words[0], "--help").out
            for option in re.findall(r" (--?[a-z][a-z-]*)", example):
                assert option in page, (example, option)
            for task in re.findall(r"(?<= )\w+-v\d+(?!\.)", example):
                assert task in plyo.registry


def test_commands_have_one_name_each() -> None:
    assert {command.name for command in app.registered_commands} == {*COMMANDS, "run"}


def test_errors_point_at_the_page(user_error) -> None:
    user_error(["train"], "ID", "(see plyo train --help)")
    user_error(["trian"], "(see plyo --help)")


@pytest.mark.parametrize(
    ("typed", "completed"), [("plyo roll", "rollout"), ("plyo train CartPole-v", "CartPole-v1")]
)
def test_shells_complete_commands_and_ids(plyo_command, monkeypatch, typed, completed) -> None:
    monkeypatch.setenv("_PLYO_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", typed)
    monkeypatch.setenv("COMP_CWORD", str(len(typed.split()) - 1))
    assert completed in plyo_command().out.split()


# plyo list.


def rows_of(outcome) -> dict[str, list[str]]:
    assert outcome.code == 0
    return {line.split("\t")[0]: line.split("\t")[1:] for line in outcome.out.splitlines()}


def test_a_piped_list_has_one_line_of_fields_a_task(plyo_command) -> None:
    rows = rows_of(plyo_command("list"))
    assert rows["CartPole-v1"] == ["classic_control", "Box(4,)", "Discrete(2)", "500", "475"]
    assert rows["Pendulum-v1"][2:] == ["Box(1,) of [-2, 2]", "200", "-"]
    assert rows["ALE/Pong-v5"] == ["atari", "Box(210, 160, 3) of [0, 255]", "Discrete(6)", "-", "-"]
    everything = rows_of(plyo_command("list", "--all"))
    assert set(everything) == set(plyo.registry)
    assert set(everything) - set(rows) == {i for i, row in everything.items() if row[0] == "moved"}
    assert "moved to the gymnasium-robotics project" in everything["Ant-v3"][1]


def test_known_spaces_are_those_of_the_task() -> None:
    for env_id in (
        "CartPole-v1",
        "FrozenLake8x8-v1",
        "Copy-v0",
        "Taxi-v4",
        "InvertedPendulum-v5",
        "FetchReachDense-v4",
        "ALE/AirRaid-v5",
    ):
        spec = plyo.spec(env_id)
        assert (_native(spec) is None) == (env_id[:4] == "ALE/")
        if env_id == "ALE/AirRaid-v5":
            pytest.importorskip("ale_py")
        if env_id in ("InvertedPendulum-v5", "FetchReachDense-v4"):
            pytest.importorskip("mujoco")
            pytest.importorskip("gymnasium_robotics")
        with plyo.make(spec) as env:
            expected = _describe(env.observation_space), _describe(env.action_space)
        assert _describe_spaces(spec) == expected


def test_listing_makes_no_native_task_whose_spaces_are_known(plyo_command, monkeypatch) -> None:
    made = []
    monkeypatch.setattr("plyo.cli.listing.plyo.make", lambda spec: made.append(spec.id) or 1 / 0)
    plyo_command("list", "classic_control", "mujoco", "robotics", "atari")
    assert made == []


@pytest.mark.parametrize(
    ("patterns", "ids"),
    [
        (["CartPole*"], {"CartPole-v0", "CartPole-v1"}),
        (["cartpole"], {"CartPole-v0", "CartPole-v1"}),
        (["*pole-v1"], {"CartPole-v1"}),
        (["klax"], {"ALE/Klax-v5"}),
        (["taxi", "Blackjack-v1"], {"Taxi-v4", "Blackjack-v1"}),
    ],
)
def test_list_filters(plyo_command, patterns, ids) -> None:
    assert set(rows_of(plyo_command("list", *patterns))) == ids


def test_list_of_a_family(plyo_command) -> None:
    rows = rows_of(plyo_command("list", "mujoco"))
    assert {row[0] for row in rows.values()} == {"mujoco"}
    assert "HalfCheetah-v5" in rows


def test_list_of_nothing(user_error) -> None:
    user_error(["list", "no-such"], "'no-such'", "classic_control", "toy_text")


def test_list_as_json(plyo_command) -> None:
    (task,) = json.loads(plyo_command("list", "Pendulum*", "--json").out)
    assert task["id"] == "Pendulum-v1"
    assert (task["max_episode_steps"], task["reward_threshold"]) == (200, None)


@pytest.mark.parametrize("columns", [200, 80, 44])
def test_the_list_fits_the_terminal(plyo_command, terminal, columns) -> None:
    terminal(columns)
    lines = plyo_command("list", "classic_control", "toy_text").out.splitlines()
    assert max(map(len, lines)) <= columns
    assert ("observation" in lines[1]) == (columns >= 80)
    assert any(line.split()[0] == "CartPole-v1" and "475" in line for line in lines)


def test_list_goes_on_past_a_task_that_cannot_be_made(plyo_command) -> None:
    def broken() -> plyo.Env:
        raise RuntimeError("no such\nmap")

    plyo.register("Broken-v0", entry_point=broken)
    try:
        rows = rows_of(plyo_command("list"))
    finally:
        del plyo.registry["Broken-v0"]
    assert rows["Broken-v0"][1] == "cannot be made here: no such map"
    assert "CartPole-v1" in rows


@pytest.mark.parametrize("columns", [80, 44])
def test_errors_are_broken_between_words(plyo_command, terminal, columns) -> None:
    terminal(columns)
    outcome = plyo_command("list", "Nonsense")
    lines = outcome.err.splitlines()
    assert outcome.code == 2
    assert max(map(len, lines)) <= columns
    text = " ".join(line.strip() for line in lines)
    assert text.startswith(
        "plyo: error: no task is meant by 'Nonsense': give a part of an id, a pattern such as "
    )


# Tasks of the user's own.


OWN = '''
import numpy as np
import plyo

class Counter(plyo.Env):
    metadata = {"render_modes": ["ansi"], "render_fps": 5}
    observation_space = plyo.spaces.Discrete(100)
    action_space = plyo.spaces.Discrete(2)

    def __init__(self, render_mode=None):
        self.render_mode = render_mode

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.number = 0
        return 0, {}

    def step(self, action):
        self.number += 1
        return self.number, 1.0, self.number == 9, False, {}

    def render(self):
        return f"this is number {self.number}"

class Line(Counter):
    """Rewards the second action where the observation is positive, else the first."""
    metadata = {"render_modes": ["rgb_array"], "render_fps": 5}
    observation_space = plyo.spaces.Box(-1, 1, (1,), np.float32)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        return self.place(), {}

    def place(self):
        self.x = self.np_random.uniform(-1, 1)
        return np.float32([self.x])

    def step(self, action):
        reward = float((self.x > 0) == action)
        self.number += 1
        return self.place(), reward, self.number == 9, False, {}

    def render(self):
        return np.full((4, 6, 3), 10 * self.number, np.uint8)

plyo.register("Counter-v0", entry_point=Counter)
plyo.register("Line-v0", entry_point=Line, max_episode_steps=20, reward_threshold=8.0)
plyo.register(
    "Short-v0",
    entry_point="plyo.envs.classic_control.cartpole:CartPoleEnv",
    vector_entry_point="plyo.envs.classic_control.cartpole:CartPoleVectorEnv",
    max_episode_steps=50,
)
'''


@pytest.fixture
def own_module(plyo_command, tmp_path, monkeypatch):
    """A module in the current folder, which the path does not name."""
    monkeypatch.setattr(sys, "path", [path for path in sys.path if path])
    (tmp_path / "own_tasks.py").write_text(OWN)
    yield
    sys.modules.pop("own_tasks", None)
    for env_id in ("Counter-v0", "Line-v0", "Short-v0"):
        plyo.registry.pop(env_id, None)


@pytest.mark.usefixtures("own_module")
def test_tasks_of_a_module_in_this_folder(plyo_command) -> None:
    rows = rows_of(plyo_command("list", "own_tasks:"))
    assert rows == {
        "Counter-v0": ["own_tasks", "Discrete(100)", "Discrete(2)", "-", "-"],
        "Line-v0": ["own_tasks", "Box(1,) of [-1, 1]", "Discrete(2)", "20", "8"],
        "Short-v0": ["classic_control", "Box(4,)", "Discrete(2)", "50", "-"],
    }
    assert plyo_command("show", "own_tasks:Counter-v0", "--steps", "3").out == "this is number 3\n"


@pytest.mark.usefixtures("own_module")
def test_a_task_in_python_is_learnt_shown_and_recorded(plyo_command, user_error) -> None:
    task = "own_tasks:Line-v0"
    quick = ("--population", "8", "--episodes-per-candidate", "4", "--generations", "9", "--hidden", "none")
    outcome = plyo_command("train", task, "--seed", "0", *quick, "--video", "a.png")
    assert outcome.code == 0, outcome.err
    assert "Line-v0      solved (seed 0)" in outcome.out
    assert re.search(r"video +a.png, return \d in 9 steps", outcome.out)
    outcome = plyo_command("rollout", task, "--policy", "Line-v0.npz", "--steps", "90", "--seed", "1")
    (mean,) = re.findall(r"return +mean ([\d.]+)", outcome.out)
    assert float(mean) > 7.5
    assert "episodes  80\n" in outcome.out
    outcome = plyo_command("record", task, "--policy", "Line-v0.npz", "--episodes", "2", "-o", "b.png")
    assert "b.png, 20 frames" in outcome.out
    assert plyo_command("show", task, "--policy", "Line-v0.npz", "--steps", "12", "-o", "c.png").code == 0
    user_error(["train", task, "--algo", "q-learning"], "Line-v0 is stepped in Python", "--algo cem")
    user_error(["rollout", task, "--math", "reference"], "--math does not apply")
    user_error(
        ["rollout", "own_tasks:Counter-v0", "--policy", "Line-v0.npz"], "it is no policy for Counter-v0"
    )


@pytest.mark.usefixtures("own_module")
def test_a_native_task_with_other_settings_is_learnt_natively(plyo_command) -> None:
    quick = ("--population", "16", "--episodes-per-candidate", "4", "--generations", "1")
    assert plyo_command("train", "own_tasks:Short-v0", *quick).code == 0
    outcome = plyo_command("rollout", "own_tasks:Short-v0", "--policy", "Short-v0.npz", "--steps", "99")
    assert "1024 environments" in outcome.out


def test_a_module_that_is_not_there(user_error) -> None:
    user_error(["list", "no_such:"], "No module named 'no_such'", "this folder")
    user_error(["show", "no_such:X-v0"], "No module named 'no_such'", "this folder")
    user_error(["show", ":X-v0"], "Malformed environment ID: :X-v0")
    plyo.register("Nowhere-v0", entry_point="no_such:Env")
    try:
        user_error(["train", "Nowhere-v0"], "No module named 'no_such'")
    finally:
        del plyo.registry["Nowhere-v0"]
    user_error(["show", "a:b:X-v0"], "Malformed environment ID: a:b:X-v0")


def test_an_import_that_fails_within_a_module_of_ones_own(user_error, tmp_path) -> None:
    (tmp_path / "needs_more.py").write_text("import no_such_library")
    user_error(["show", "needs_more:X-v0"], "No module named 'no_such_library'")
