"""An Atari game beside ale-py's own environment: arguments, spaces, infos, errors and episodes."""

from __future__ import annotations

import copy
import os
import pickle
import threading
from typing import Any

import ale_py
import gymnasium
import numpy as np
import pytest

import plyo
from plyo.envs.atari import AtariEnv, guard, loading
from plyo.envs.atari.games import GAMES, ids_of, name_of
from plyo.error import ClosedEnvironmentError, Error, ResetNeeded

ale_py.ALEInterface.setLoggerMode(ale_py.LoggerMode.Error)


def assert_equal(ours: Any, theirs: Any) -> None:
    """The same values of the same types, also inside dictionaries and tuples."""
    assert type(ours) is type(theirs)
    if isinstance(theirs, dict):
        assert list(ours) == list(theirs)
        for key in theirs:
            assert_equal(ours[key], theirs[key])
    elif isinstance(theirs, tuple):
        assert len(ours) == len(theirs)
        for one, other in zip(ours, theirs, strict=True):
            assert_equal(one, other)
    elif isinstance(theirs, np.ndarray):
        assert ours.dtype == theirs.dtype
        np.testing.assert_array_equal(ours, theirs)
    else:
        assert ours == theirs


def actions_for(env: Any, seed: int, steps: int) -> Any:
    space = env.action_space
    space.seed(seed)
    return [space.sample() for _ in range(steps)]


def play_both(ours: Any, theirs: Any, steps: int, seed: int = 3) -> int:
    """Plays the same actions in both, the first episode seeded; the number of episodes."""
    assert repr(ours.observation_space) == repr(theirs.observation_space)
    assert repr(ours.action_space) == repr(theirs.action_space)
    assert_equal(ours.reset(seed=seed), theirs.reset(seed=seed))
    assert ours.unwrapped.np_random_seed == theirs.unwrapped.np_random_seed == seed
    episodes = 1
    for action in actions_for(theirs, seed, steps):
        result = ours.step(action)
        assert_equal(result, theirs.step(action))
        if result[2] or result[3]:
            assert_equal(ours.reset(), theirs.reset())
            episodes += 1
    return episodes


ARGUMENTS = {
    "defaults": {},
    "grey": {"obs_type": "grayscale", "mode": 12, "difficulty": 1},
    "sound": {"sound_obs": True, "frameskip": 2, "max_num_frames_per_episode": 0},
    "skipping": {"frameskip": (2, 5), "repeat_action_probability": 0.0, "full_action_space": True},
    "continuous": {"continuous": True, "continuous_action_threshold": 0.3, "obs_type": "ram"},
    "short": {"max_num_frames_per_episode": 150, "frameskip": 3, "obs_type": "ram"},
}


@pytest.mark.parametrize("arguments", ARGUMENTS.values(), ids=ARGUMENTS)
def test_arguments(arguments):
    ours, theirs = AtariEnv("breakout", **arguments), ale_py.AtariEnv("breakout", **arguments)
    episodes = play_both(ours, theirs, 200 if not arguments else 60)
    # by the end of the game, and by the limit of frames
    assert episodes > 1 or (arguments and arguments is not ARGUMENTS["short"])


@pytest.mark.parametrize("env_id", ["ALE/Skiing-v5", "Breakout-v4"])
def test_ids(env_id):
    play_both(plyo.make(env_id), gymnasium.make(env_id), 100)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*out of date:DeprecationWarning")
def test_many_games():
    """The newest ids of some games; PLYO_SOAK_GAMES=104 takes all ids of all, four minutes."""
    number = int(os.environ.get("PLYO_SOAK_GAMES", "13"))
    for game in GAMES[:: len(GAMES) // number]:
        for env_id, _ in list(ids_of(game))[: None if number == len(GAMES) else 1]:
            play_both(plyo.make(env_id), gymnasium.make(env_id), 12 if env_id[:4] == "ALE/" else 4)


def test_paddle_strength_counts():
    """How far a paddle turns: the radius of a continuous action."""
    rams = []
    for radius in (0.6, 1.0):
        env = AtariEnv("breakout", continuous=True, obs_type="ram", repeat_action_probability=0)
        env.reset(seed=0)
        for _ in range(2):
            ram = env.step(np.array([radius, 0.0, 1.0], np.float32))[0]
        rams.append(ram.tolist())
    assert rams[0] != rams[1]


def test_members_are_ale_pys():
    for arguments in ({}, {"full_action_space": True}):
        ours, theirs = AtariEnv("lost_luggage", **arguments), ale_py.AtariEnv("lost_luggage", **arguments)
        assert ours.get_action_meanings() == theirs.get_action_meanings()
        assert ours.get_keys_to_action() == theirs.get_keys_to_action()
        assert ours._action_set == theirs._action_set
    assert ours.metadata == theirs.metadata
    assert isinstance(ours.ale, ale_py.ALEInterface)
    assert set(dir(theirs)) - set(dir(ours)) - {"_abc_impl"} == set()
    for x in (-1, 0, 1):
        for y in (-1, 0, 1):
            for fire in (False, True):
                assert ours.map_action_idx(x, y, fire) is theirs.map_action_idx(x, y, fire)
    for env in (ours, theirs):
        with pytest.raises(LookupError):
            env.map_action_idx(2, 0, False)
    for env in (AtariEnv("pong", continuous=True), ale_py.AtariEnv("pong", continuous=True)):
        with pytest.raises(AttributeError, match="can't be provided for this Atari environment"):
            env.get_keys_to_action()


def test_registry_and_spec():
    spec = plyo.spec("ALE/Pong-v5")
    theirs = gymnasium.spec("ALE/Pong-v5")
    assert spec.kwargs == theirs.kwargs
    env = plyo.make("ALE/Pong-v5", mode=1)
    assert env.spec.kwargs == spec.kwargs | {"mode": 1}
    assert repr(env) == repr(gymnasium.make("ALE/Pong-v5"))
    again = plyo.make(plyo.envs.registration.EnvSpec.from_json(plyo.make("Pong-v4").spec.to_json()))
    assert again.unwrapped._frameskip == (2, 5)
    assert type(env.unwrapped) is AtariEnv is plyo.envs.atari.env.AtariEnv
    assert plyo.make("ALE/Pong-v5", max_episode_steps=2).spec.max_episode_steps == 2
    with pytest.warns(DeprecationWarning, match="Pong-v0 is out of date"):
        plyo.make("Pong-v0")
    with pytest.raises(AttributeError, match=r"module 'plyo\.envs\.atari' has no attribute 'nothing'"):
        plyo.envs.atari.nothing  # noqa: B018 - reading it raises


def test_render_modes():
    ours = AtariEnv("pong", render_mode="rgb_array", obs_type="ram", repeat_action_probability=0)
    theirs = ale_py.AtariEnv("pong", render_mode="rgb_array", obs_type="ram", repeat_action_probability=0)
    for env in (ours, theirs):
        env.reset()
        env.step(3)
    assert_equal(ours.render(), theirs.render())
    ours, theirs = AtariEnv("pong"), ale_py.AtariEnv("pong")
    for env, kind in ((ours, Error), (theirs, gymnasium.error.Error)):
        env.reset()
        with pytest.raises(
            kind, match=r"Invalid render mode `None`\. Supported modes: `human`, `rgb_array`\."
        ):
            env.render()


def test_window(monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    from plyo.envs.atari import window

    screens = []
    monkeypatch.setattr(
        window, "show", lambda pygame, window, picture, clock, fps: screens.append((picture, fps))
    )
    env = plyo.make("ALE/Pong-v5", render_mode="human")
    assert type(env.unwrapped) is AtariEnv
    env.reset(seed=0)
    env.step(3)
    assert env.render() is None
    # the reset, and every frame of the step
    assert [fps for _, fps in screens] == [60] * 5
    assert all(picture.shape == (480, 630, 3) for picture, _ in screens)
    np.testing.assert_array_equal(screens[-1][0][::3, ::3].swapaxes(0, 1), env.unwrapped.ale.getScreenRGB())
    env.close()
    env.close()


# ---- errors ----


class Untouchable:
    """Stands in for the emulator: nothing may be called."""

    def __getattr__(self, name: str) -> Any:
        pytest.fail(f"{name} was called")


REFUSED = {
    "game": (None, "pnog"), "mode": (7, 0.0), "difficulty": (5, "0"), "obs_type": ("gray", None),
    "frameskip": (0, 4.0, (5, 2)), "repeat_action_probability": (-0.1, 1.5, float("nan"), "0"),
    "full_action_space": (None, 1), "continuous": ("yes",), "continuous_action_threshold": (2, float("nan")),
    "max_num_frames_per_episode": (-1, 2**40, 1.5), "render_mode": ("ansi",), "sound_obs": (2,),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refused_arguments(name, monkeypatch):
    monkeypatch.setattr(plyo.envs.atari.env, "load_ale", lambda game: pytest.fail("ale-py was asked"))
    monkeypatch.setattr(plyo.envs.atari.env, "rom_path", lambda game: pytest.fail("ale-py was asked"))
    for bad in REFUSED[name]:
        with pytest.raises((TypeError, ValueError, Error)) as raised:
            AtariEnv(**{"game": "pong"} | {name: bad})
        assert str(bad) in str(raised.value) or name == "frameskip"


def test_refused_calls(monkeypatch):
    env, twin = AtariEnv("pong", obs_type="ram"), AtariEnv("pong", obs_type="ram")
    for call in (lambda: env.step(0), env.render, env.clone_state, lambda: env.restore_state(None)):
        with pytest.raises((ResetNeeded, Error)):
            call()
    for each in (env, twin):
        each.reset(seed=4)
    state = env.clone_state()
    ale = env.ale
    before = env.np_random.bit_generator.state
    env.ale = Untouchable()
    for bad in (6, -1, 1.0, None, "0", [0], np.array([1, 2]), 2**70):
        with pytest.raises(plyo.error.InvalidAction):
            env.step(bad)
    for bad in (-1, 1.5, "1", [1]):
        with pytest.raises(Error):
            env.reset(seed=bad)
    for bad in (None, b"", "state", ale):
        with pytest.raises(TypeError, match=r"a state is an ale_py\.ALEState"):
            env.restore_state(bad)
    other = AtariEnv("breakout", obs_type="ram")
    other.reset()
    with pytest.raises(ValueError, match="the state is none of pong"):
        env.restore_state(other.clone_state())
    with pytest.raises(TypeError, match="include_rng"):
        env.clone_state(include_rng=2)
    assert env.np_random.bit_generator.state == before
    env.ale = ale
    assert state.equals(env.clone_state())
    for action in (0, 1, 5):
        assert_equal(env.step(action), twin.step(action))
    env.close()
    for call in (lambda: env.step(0), env.clone_state, lambda: env.restore_state(state)):
        with pytest.raises(ClosedEnvironmentError, match="AtariEnv"):
            call()
    assert_equal(env.reset(seed=9), twin.reset(seed=9))
    assert_equal(env.step(0), twin.step(0))


def test_a_missing_file_changes_nothing(monkeypatch, tmp_path):
    env, twin = AtariEnv("pong", obs_type="ram"), AtariEnv("pong", obs_type="ram")
    for each in (env, twin):
        each.reset(seed=4)
    monkeypatch.setenv("ALE_ROMS_DIR", str(tmp_path))
    for call in (lambda: env.reset(seed=5), env.load_game, lambda: AtariEnv("pong")):
        with pytest.raises(FileNotFoundError, match="the file of pong is missing"):
            call()
    assert (env.np_random_seed, env.np_random.random()) == (twin.np_random_seed, twin.np_random.random())
    assert_equal(env.step(2), twin.step(2))
    assert_equal(env.reset(), twin.reset())


def test_one_thread_at_a_time():
    env = AtariEnv("pong", obs_type="ram")
    env.reset(seed=0)
    refused = []

    def step() -> None:
        try:
            env.step(0)
        except RuntimeError as e:
            refused.append(str(e))

    with env._usage("reset"):
        thread = threading.Thread(target=step)
        thread.start()
        thread.join()
    assert len(refused) == 1
    assert "the environment is in use by another call" in refused[0]
    step()
    assert len(refused) == 1


# ---- copies and states ----


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda env: pickle.loads(pickle.dumps(env))])
def test_copies_are_new_games(copied):
    env = AtariEnv("pong", mode=1, obs_type="ram", frameskip=(2, 4))
    env.reset(seed=0)
    env.step(2)
    twin = copied(env)
    assert twin._ezpickle_kwargs == env._ezpickle_kwargs
    assert twin.ale.getFrameNumber() == 0
    assert_equal(env.reset(seed=5), twin.reset(seed=5))
    assert_equal(env.step(1), twin.step(1))


def test_states():
    env = AtariEnv("breakout", repeat_action_probability=0.0)
    env.reset(seed=0)
    for action in (1, 2, 2, 3):
        env.step(action)
    state = pickle.loads(pickle.dumps(env.clone_state(include_rng=True)))
    first = [env.step(action) for action in (3, 3, 0, 2)]
    env.restore_state(state)
    assert state.equals(env.clone_state(include_rng=True))
    for action, result in zip((3, 3, 0, 2), first, strict=True):
        assert_equal(env.step(action), result)


@pytest.mark.filterwarnings("ignore:.*out of date:DeprecationWarning")
def test_replays(tmp_path):
    """Episodes of a used game, sticky and with drawn frames, are simulated again in a fresh one."""
    env = plyo.wrappers.RecordEpisodes(
        plyo.make("Breakout-v0", obs_type="ram", max_num_frames_per_episode=60, disable_env_checker=True),
        keep=2,
    )
    seen = []
    for episode in range(2):
        env.reset(seed=5 if episode == 0 else None)
        ended = False
        while not ended:
            result = env.step(2 + len(seen) % 2)
            seen.append((result[0].tobytes(), *result[1:4]))
            ended = result[2] or result[3]
    replays = list(env.episodes)
    replays[1].save(tmp_path / "second.npz")
    replays[1] = plyo.Replay.load(tmp_path / "second.npz")
    again = [
        (s.observation.tobytes(), s.reward, s.terminated, s.truncated) for replay in replays for s in replay
    ]
    assert sorted(again) == sorted(seen)
    assert len(replays) == 2


def test_every_game_has_a_name():
    assert {name_of(game) for game in GAMES} == {
        spec.name for spec in plyo.registry.values() if spec.namespace == "ALE"
    }
    assert guard.check_game("pong") == "pong"
    assert loading.rom_path("pong").name == "pong.bin"
