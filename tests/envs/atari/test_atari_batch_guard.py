"""Everything invalid is refused before ale-py hears of it, and changes nothing."""

from __future__ import annotations

import numpy as np
import pytest

from plyo.envs.atari import lane_engine, thread_engine
from plyo.envs.atari.batch_options import BatchOptions
from plyo.envs.atari.vector_env import AtariVectorEnv
from plyo.error import ClosedEnvironmentError, Error, InvalidAction, ResetNeeded

NAN = float("nan")
#: Arguments that are refused, and what the error says.
REFUSED = [
    ({"stack_num": 0}, ValueError, "stack_num"),
    ({"stack_num": 2.0}, TypeError, "stack_num"),
    ({"img_height": 0}, ValueError, "img_height"),
    ({"img_width": -84}, ValueError, "img_width"),
    ({"img_width": 10**9}, ValueError, "img_width"),
    ({"frameskip": 0}, Error, "positive"),
    ({"frameskip": -4}, Error, "positive"),
    ({"frameskip": 4.0}, Error, "type"),
    ({"frameskip": 10**6}, ValueError, "frameskip"),
    ({"frameskip": (4, 2)}, Error, "lower bound"),
    ({"frameskip": (2, 10**7)}, ValueError, "frameskip"),
    ({"noop_max": -1}, ValueError, "noop_max"),
    ({"noop_max": 10**9}, ValueError, "noop_max"),
    ({"noop_max": True}, TypeError, "noop_max"),
    ({"num_threads": -1}, ValueError, "num_threads"),
    ({"num_workers": -1}, ValueError, "num_workers"),
    ({"thread_affinity_offset": -2}, ValueError, "thread_affinity_offset"),
    ({"batch_size": 1}, ValueError, "batch_size"),
    ({"batch_size": 3}, ValueError, "batch_size"),
    ({"batch_size": -1}, ValueError, "batch_size"),
    ({"max_num_frames_per_episode": 0}, ValueError, "max_num_frames_per_episode"),
    ({"max_num_frames_per_episode": 2**31 - 1}, ValueError, "max_num_frames_per_episode"),
    ({"max_episode_steps": 0}, ValueError, "max_episode_steps"),
    ({"repeat_action_probability": 2.0}, ValueError, "repeat_action_probability"),
    ({"repeat_action_probability": NAN}, ValueError, "repeat_action_probability"),
    ({"repeat_action_probability": "0.25"}, TypeError, "repeat_action_probability"),
    ({"continuous_action_threshold": NAN}, ValueError, "continuous_action_threshold"),
    ({"grayscale": 1}, TypeError, "grayscale"),
    ({"reward_clipping": None}, TypeError, "reward_clipping"),
    ({"episodic_life": 1}, ValueError, "episodic_life"),
    ({"episodic_life": "restart"}, ValueError, "episodic_life"),
    ({"autoreset_mode": "never"}, ValueError, "'next_step', 'same_step' or 'disabled', got 'never'"),
    ({"engine": "process"}, ValueError, "engine"),
    ({"engine": "threads", "mode": 0}, ValueError, "mode=0"),
    ({"engine": "lanes", "num_threads": 2}, ValueError, "num_threads: for engine='threads' only"),
    ({"mode": 7}, ValueError, "mode"),
    ({"difficulty": 9}, ValueError, "difficulty"),
    ({"mode": "0"}, TypeError, "mode"),
    ({"obs_type": "ascii"}, Error, "ascii"),
    ({"obs_type": "rgb", "grayscale": False}, TypeError, "obs_type"),
    ({"obs_type": "ram", "stack_num": 4}, ValueError, "stack_num"),
    ({"style": "raw", "img_height": 84}, ValueError, "img_height"),
    ({"style": "rainbow"}, ValueError, "style"),
    ({"parity": "envpool"}, ValueError, "parity"),
    ({"render_mode": "human"}, ValueError, "opens no windows"),
    ({"render_mode": "ansi"}, ValueError, "render_mode must be one of None, 'rgb_array'"),
    ({"gray": True}, TypeError, "Did you mean 'grayscale'"),
    ({"frame_skip": 4, "frameskip": 4}, TypeError, "'frameskip'"),
    ({"gray_scale": True, "grayscale_obs": True}, TypeError, "'grayscale_obs'"),
    ({"screen_size": 84, "img_width": 84}, TypeError, "'img_width'"),
    ({"screen_size": "84"}, TypeError, "screen_size"),
    ({"frame_stack": 4}, TypeError, "stack_num=... is"),
    ({"seed": 1}, TypeError, r"batches\. reset\(seed=\.\.\.\) takes it; .* The arguments are: batch_size"),
    ({"frame_skp": 4}, TypeError, "batches. Did you mean 'frame_skip'. The arguments are"),
]


@pytest.fixture
def no_library(monkeypatch):
    """Fails where an argument comes as far as the library."""

    def fail(*args: object) -> None:
        pytest.fail("the library was called")

    for module in (lane_engine, thread_engine):
        monkeypatch.setattr(module, "load_ale", fail)
        monkeypatch.setattr(module, "rom_path", fail)


@pytest.mark.parametrize(("arguments", "error", "match"), REFUSED, ids=[str(case[0]) for case in REFUSED])
def test_arguments_are_refused(arguments, error, match, no_library):
    with pytest.raises(error, match=match):
        AtariVectorEnv("pong", 2, **arguments)


@pytest.mark.parametrize("num_envs", [0, -1, 2**40, 1.0, True, "2"])
def test_numbers_of_environments_are_refused(num_envs, no_library):
    with pytest.raises((TypeError, ValueError), match="num_envs"):
        AtariVectorEnv("pong", num_envs)


def test_unknown_games_are_refused(no_library):
    with pytest.raises(ValueError, match="ms_pacman"):
        AtariVectorEnv("MsPacman", 1)


def test_memory_is_counted_first(no_library):
    with pytest.raises(MemoryError, match="65536 environments"):
        AtariVectorEnv("pong", 65536, stack_num=1024, img_height=4096, img_width=4096)


@pytest.mark.parametrize(
    ("spelling", "name", "value"),
    [
        ("frame_skip", "frameskip", 2),
        ("reward_clip", "reward_clipping", False),
        ("gray_scale", "grayscale", False),
        ("stack_size", "stack_num", 3),
        ("terminal_on_life_loss", "episodic_life", True),
    ],
)
def test_other_names_mean_the_same(spelling, name, value):
    assert BatchOptions("pong", {spelling: value}).values[name] == value


def test_screen_sizes_have_the_width_first():
    lane = BatchOptions("pong", {"screen_size": (84, 110)}).lane
    assert lane.shape == (4, 110, 84)


def test_styles():
    dqn = BatchOptions("breakout", {"style": "dqn"})
    assert (dqn.lane.life_ends, dqn.lane.noop_max, dqn.lane.fires_after_life) == ("continue", 30, True)
    assert dqn.values["reward_clipping"] is True
    assert BatchOptions("breakout", {"style": "dqn", "noop_max": 0}).lane.noop_max == 0
    machado = BatchOptions("breakout", {"style": "machado"})
    assert (machado.lane.sticky, len(machado.lane.actions), machado.engine) == (0.25, 18, "threads")
    raw = BatchOptions("air_raid", {"style": "raw"})
    assert (raw.lane.shape, raw.engine) == ((250, 160, 3), "lanes")


def test_steps_are_frames_of_the_limit():
    options = BatchOptions("pong", {"max_episode_steps": 100, "frameskip": 3})
    assert (options.lane.max_frames, options.lane.max_steps, options.engine) == (300, None, "threads")
    drawn = BatchOptions("pong", {"max_episode_steps": 100, "frameskip": [2, 5]})
    assert (drawn.lane.max_steps, drawn.lane.frameskip, drawn.engine) == (100, (2, 5), "lanes")


@pytest.fixture(scope="module", params=["threads", "lanes"])
def envs(request):
    made = AtariVectorEnv("pong", 2, engine=request.param)
    made.reset(seed=0)
    yield made
    made.close()


class Untouched:
    """Stands for an engine that must not be called."""

    def __getattr__(self, name: str) -> None:
        pytest.fail(f"{name} of the engine was called")


@pytest.mark.parametrize(
    "actions",
    [
        [6, 0],
        [0, -1],
        [0],
        [[0, 0]],
        [0.0, 1.0],
        None,
        "ab",
        [2**40, 0],
        np.zeros((2, 1), dtype=int),
        ["0", "1"],
    ],
)
def test_actions_are_refused(envs, actions, monkeypatch):
    monkeypatch.setattr(envs, "_engine", Untouched())
    with pytest.raises(InvalidAction):
        envs.step(actions)
    assert envs._is_reset


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"seed": -1}, Error),
        ({"seed": 0.0}, Error),
        ({"seed": [0]}, ValueError),
        ({"seed": [0, -1]}, Error),
        ({"seed": [0, "1"]}, Error),
        ({"seed": np.array([0.0, 1.0])}, Error),
        ({"options": {"noop_max": 3}}, ValueError),
        ({"options": []}, TypeError),
        ({"options": 3}, TypeError),
        ({"options": {"reset_mask": [True, False]}}, TypeError),
        ({"options": {"reset_mask": np.array([1, 0])}}, TypeError),
        ({"options": {"reset_mask": np.array([True])}}, ValueError),
        ({"options": {"reset_mask": np.array([False, False])}}, ValueError),
    ],
)
def test_resets_are_refused(envs, arguments, error, monkeypatch):
    monkeypatch.setattr(envs, "_engine", Untouched())
    with pytest.raises(error):
        envs.reset(**arguments)
    assert envs._is_reset


def test_great_seeds_are_for_lanes_only():
    threads = AtariVectorEnv("pong", 2)
    with pytest.raises(ValueError, match='engine="lanes"'):
        threads.reset(seed=2**31 - 1)
    lanes = AtariVectorEnv("pong", 1, engine="lanes")
    _, infos = lanes.reset(seed=2**70)
    assert lanes.reset(seed=2**70)[1]["episode_frame_number"] == infos["episode_frame_number"]


def test_the_order_of_calls():
    envs = AtariVectorEnv("pong", 2)
    with pytest.raises(ResetNeeded):
        envs.step([0, 0])
    with pytest.raises(ResetNeeded):
        envs.reset(options={"reset_mask": np.array([True, False])})
    envs.close()
    for call in (lambda: envs.step([0, 0]), envs.reset, lambda: envs.rollout(lambda _: [0, 0], 1)):
        with pytest.raises(ClosedEnvironmentError):
            call()


def test_unseeded_lanes_differ():
    """The library seeds lanes of the same second alike."""
    envs = AtariVectorEnv("breakout", 2, noop_max=0, repeat_action_probability=0.5)
    envs.reset()
    same = True
    for action in (1, 2, 2, 3, 3, 2, 2, 3) * 4:
        observations = envs.step([action, action])[0]
        same = same and (observations[0] == observations[1]).all()
    assert not same
