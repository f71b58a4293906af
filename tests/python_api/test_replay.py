"""Replays: past episodes, simulated and drawn again."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from contract_helpers import parts
from task_choice import each_id

import plyo
from plyo import Replay
from plyo.replay import Ending


class Drift(plyo.Env):
    """Draws random numbers, takes dictionaries and draws itself."""

    metadata = {"render_modes": ["rgb_array"], "render_fps": 20}  # noqa: RUF012
    observation_space = plyo.spaces.Box(-np.inf, np.inf, (1,), np.float64)
    action_space = plyo.spaces.Dict(
        push=plyo.spaces.Box(-1, 1, (2,)), label=plyo.spaces.Text(5), level=plyo.spaces.Discrete(3, start=-1)
    )

    def __init__(self, scale=1.0, render_mode=None):
        self.scale, self.render_mode = scale, render_mode

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.x = (options or {}).get("x", 0.0)
        return np.array([self.x]), {}

    def step(self, action):
        self.x += self.np_random.random() * self.scale * float(action["push"].sum()) + action["level"]
        self.x += len(action["label"])
        return np.array([self.x]), self.x, self.x > 12, False, {}

    def render(self):
        return np.full((8, 10, 3), int(self.x) % 256, dtype=np.uint8)


@pytest.fixture(autouse=True)
def registered():
    plyo.register("Drift-v0", entry_point=Drift, max_episode_steps=30)
    yield
    del plyo.registry["Drift-v0"]


def play(env, seed, **options):
    """An episode under random actions: the actions and the results, observations hashed."""
    env.reset(seed=seed, **options)
    env.action_space.seed(seed)
    actions, steps, ended = [], [], False
    while not ended and len(actions) < 300:
        actions.append(env.action_space.sample())
        observation, reward, terminated, truncated, _ = env.step(actions[-1])
        steps.append((hashed(observation), reward, terminated, truncated))
        ended = terminated or truncated
    return actions, steps


def hashed(observation):
    return hashlib.sha256(b"".join(np.asarray(part).tobytes() for part in parts(observation))).hexdigest()


def count_frames(path):
    if path.endswith(".mp4"):
        return pytest.importorskip("imageio_ffmpeg").count_frames_and_secs(path)[0]
    with pytest.importorskip("PIL.Image").open(path) as file:
        return file.n_frames


def outcomes(replay):
    return [(hashed(s.observation), s.reward, s.terminated, s.truncated) for s in replay]


@pytest.mark.filterwarnings("ignore:.*is out of date:DeprecationWarning")
@pytest.mark.parametrize("id", each_id())
def test_an_episode_comes_again_from_its_seed_from_a_snapshot_and_from_a_file(id, tmp_path):
    env = plyo.make(id)
    env.reset(seed=5)
    snapshot = env.get_state()
    actions, steps = play(env, 5)
    assert outcomes(Replay(id, 5, actions)) == steps
    replay = Replay(id, snapshot=snapshot, actions=actions)
    assert outcomes(replay) == steps
    assert replay.episode_return == sum(step[1] for step in steps)

    path = tmp_path / "episode.npz"
    assert replay.save(path) == str(path)
    loaded = Replay.load(path)
    assert outcomes(loaded) == steps
    assert len(loaded) == len(actions)
    assert all(np.array_equal(a, b) for a, b in zip(loaded.actions, actions, strict=True))
    assert path.stat().st_size < 2000 + loaded.nbytes


def test_the_arguments_of_make_belong_to_it(tmp_path):
    env = plyo.make("CartPole-v1", sutton_barto_reward=True, max_episode_steps=7)
    actions, steps = play(env, 3, options={"low": -0.01, "high": 0.01})
    replay = Replay(
        "CartPole-v1",
        3,
        actions,
        options={"low": -0.01, "high": 0.01},
        sutton_barto_reward=True,
        max_episode_steps=7,
    )
    assert outcomes(replay) == steps
    assert len(replay) == 7
    replay.save(tmp_path / "episode.npz")
    assert outcomes(Replay.load(tmp_path / "episode.npz")) == steps


def test_an_environment_in_python_with_any_actions(tmp_path):
    actions, steps = play(plyo.make("Drift-v0", scale=3.0), 8, options={"x": 1.5})
    replay = Replay("Drift-v0", 8, actions, options={"x": 1.5}, scale=3.0)
    assert outcomes(replay) == steps
    replay.save(tmp_path / "episode.npz")
    assert outcomes(Replay.load(tmp_path / "episode.npz")) == steps
    frames = list(replay.frames())
    assert len(frames) == len(actions) + 1
    with pytest.raises(ValueError, match=r"size is for native tasks, and Drift-v0 is none.*got \(4, 4\)"):
        list(replay.frames(size=(4, 4)))
    with pytest.raises(ValueError, match=r"style is for native tasks, and Drift-v0 is none.*got 'smooth'"):
        list(replay.frames(style="smooth"))


def test_wrappers_of_a_spec_take_part():
    env = plyo.wrappers.FlattenObservation(plyo.make("FrozenLake-v1"))
    actions, steps = play(env, 2)
    assert outcomes(Replay(env.spec, 2, actions)) == steps


def test_the_end_is_checked():
    actions, _ = play(plyo.make("CartPole-v1"), 1)
    long = Replay("CartPole-v1", 1, [*actions, 0])
    with pytest.raises(
        ValueError, match=f"CartPole-v1 is over after {len(actions)} steps, but there are {len(actions) + 1}"
    ):
        list(long)
    with pytest.raises(ValueError, match="over after"):
        _ = long.episode_return
    ending = Ending(float(len(actions)), True, False)
    assert len(list(Replay("CartPole-v1", 1, actions, recorded=ending))) == len(actions)
    for other in (Ending(3.0, True, False), Ending(float(len(actions)), False, True)):
        with pytest.raises(ValueError, match=r"replay of CartPole-v1 ends with .*; recorded was"):
            list(Replay("CartPole-v1", 1, actions, recorded=other))
    assert Replay("CartPole-v1", 1, actions[:3]).ending == Ending(3.0, False, False)
    assert Replay("CartPole-v1", 1).ending == Ending(0.0, False, False)


def test_frames_are_those_of_the_episode():
    env = plyo.make("CartPole-v1", render_mode="rgb_array")
    env.reset(seed=4)
    expected = [env.render()]
    for action in (0, 1, 1, 0):
        env.step(action)
        expected.append(env.render())
    replay = Replay("CartPole-v1", 4, [0, 1, 1, 0])
    assert all(np.array_equal(a, b) for a, b in zip(replay.frames(), expected, strict=True))
    small = list(replay.frames(size=(20, 30)))
    assert [frame.shape for frame in small] == [(20, 30, 3)] * 5
    smooth = list(replay.frames(size=(20, 30), style="smooth"))
    assert not np.array_equal(small, smooth)


@pytest.mark.parametrize("ending", [".png", ".gif", ".mp4"])
def test_videos(ending, tmp_path):
    replay = Replay("CartPole-v1", 4, [0, 1, 1, 0])
    path = replay.save(tmp_path / f"episode{ending}", fps=25, size=(20, 30))
    assert count_frames(path) == 5


def test_a_video_that_fails_leaves_no_file(tmp_path):
    with pytest.raises(ValueError, match="over after"):
        Replay("CartPole-v1", 4, [0] * 100).save(tmp_path / "episode.png")
    with pytest.raises(plyo.error.InvalidAction):
        Replay("CartPole-v1", 4, [0, 7]).save(tmp_path / "episode.png")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ({}, ValueError, "from a seed or from a snapshot.*got seed=None and no snapshot"),
        ({"seed": 1, "snapshot": b"x"}, ValueError, "give one of them, got seed=1 and a snapshot"),
        ({"snapshot": "text"}, TypeError, "snapshot must be the bytes"),
        ({"seed": "1"}, TypeError, "seed must be an integer, got '1'"),
        ({"seed": 1, "actions": 3}, TypeError, "actions must be a sequence"),
    ],
)
def test_bad_arguments(arguments, error, text):
    with pytest.raises(error, match=text):
        Replay("CartPole-v1", **arguments)


def test_bad_environments_and_files(tmp_path):
    with pytest.raises(plyo.error.NameNotFound):
        Replay("CartPol-v1", 1, [0])
    with pytest.raises(ValueError, match="Drift-v0 is no native task: its replay needs a seed"):
        list(Replay("Drift-v0", snapshot=b"x"))
    with pytest.raises(ValueError, match="7 bytes are no state"):
        list(Replay("CartPole-v1", snapshot=b"nothing", actions=[0]))
    with pytest.raises(ValueError, match="fps is for videos"):
        Replay("CartPole-v1", 1, [0]).save(tmp_path / "x.npz", fps=3)
    with pytest.raises(ValueError, match="has to end in"):
        Replay("CartPole-v1", 1, [0]).save(tmp_path / "x.avi")
    with pytest.raises(FileNotFoundError):
        Replay.load(tmp_path / "none.npz")
    np.savez(tmp_path / "other.npz", a=np.zeros(3))
    (tmp_path / "text.npz").write_text("text")
    for name in ("other.npz", "text.npz"):
        with pytest.raises(ValueError, match="holds no replay that Plyo saved"):
            Replay.load(tmp_path / name)
    with pytest.raises(TypeError, match="cannot be saved as JSON"):
        Replay("CartPole-v1", 1, [0], options={"low": object()}).save(tmp_path / "x.npz")


def test_numbers_keep_their_types(tmp_path):
    """An action that does not fit the small type of its space is kept all the same."""
    for actions in ([0, 1], [np.int64(1), np.int64(0)], [True, False]):
        Replay("CartPole-v1", 1, actions).save(tmp_path / "x.npz")
        loaded = Replay.load(tmp_path / "x.npz")
        assert [type(action) for action in loaded.actions] == [type(action) for action in actions]
        assert list(loaded.actions) == actions
    given = [np.array([0.1]), np.array([0.2])]  # not exact in float32
    Replay("Pendulum-v1", 1, given).save(tmp_path / "x.npz")
    assert list(Replay.load(tmp_path / "x.npz").actions) == given
