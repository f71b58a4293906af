"""How adapters make batches, of native tasks and of environments in Python."""

from __future__ import annotations

import pytest

import plyo
from plyo.adapters._making import make_batch
from plyo.envs.making_vec import vectorization_of
from plyo.vector import AutoresetMode, NativeVectorEnv, SyncVectorEnv

MODES = [AutoresetMode.SAME_STEP, AutoresetMode.DISABLED]


class Corridor(plyo.Env):
    """Ends after ``length`` steps."""

    observation_space = plyo.spaces.Discrete(100)
    action_space = plyo.spaces.Discrete(2)

    def __init__(self, length=3):
        self.length = length

    def reset(self, *, seed=None, options=None):
        self.position = 0
        return 0, {}

    def step(self, action):
        self.position += 1
        return self.position, 1.0, self.position == self.length, False, {}


@pytest.fixture
def corridor():
    plyo.register("Corridor-v0", Corridor)
    yield "Corridor-v0"
    del plyo.registry["Corridor-v0"]


@pytest.mark.parametrize("mode", MODES)
def test_native_batches(mode):
    envs = make_batch("CartPole-v1", 3, mode, {"max_episode_steps": 7})
    assert isinstance(envs, NativeVectorEnv)
    assert envs.autoreset_mode is mode
    envs.reset(seed=0)
    assert envs.step([0, 1, 0])[1].dtype == "float32"
    asked = {"autoreset_mode": "next_step", "reward_dtype": "float64"}
    envs = make_batch("CartPole-v1", 3, mode, asked)
    assert envs.autoreset_mode is AutoresetMode.NEXT_STEP
    envs.reset(seed=0)
    assert envs.step([0, 1, 0])[1].dtype == "float64"


@pytest.mark.parametrize("mode", MODES)
def test_batches_of_single_environments(mode, corridor):
    for id in (corridor, plyo.spec(corridor)):
        arguments = {"length": 2}
        envs = make_batch(id, 2, mode, arguments)
        assert isinstance(envs, SyncVectorEnv)
        assert envs.metadata["autoreset_mode"] is mode
        assert envs.envs[0].unwrapped.length == 2
        assert arguments == {"length": 2}
    envs = make_batch(corridor, 2, mode, {"autoreset_mode": AutoresetMode.NEXT_STEP})
    assert envs.metadata["autoreset_mode"] is AutoresetMode.NEXT_STEP
    envs = make_batch("CartPole-v1", 2, mode, {"vectorization_mode": "sync"})
    assert envs.metadata["autoreset_mode"] is mode


KINDS = [
    ("native", {}),
    ("native", {"vectorization_mode": "native"}),
    ("native", {"vectorization_mode": plyo.VectorizeMode.VECTOR_ENTRY_POINT}),
    ("native", {"vector_kwargs": {"num_threads": 1}}),
    ("sync", {"vectorization_mode": "sync"}),
    ("async", {"vectorization_mode": "async"}),
    ("sync", {"wrappers": [plyo.wrappers.RecordEpisodeStatistics]}),
    ("sync", {"wrappers": [plyo.wrappers.FlattenObservation, plyo.wrappers.RecordEpisodeStatistics]}),
    ("sync", {"wrappers": [plyo.wrappers.FlattenObservation], "vectorization_mode": "sync"}),
    ("sync", {"wrappers": [plyo.wrappers.FlattenObservation], "render_mode": "human"}),
    ("native", {"wrappers": [plyo.wrappers.FlattenObservation]}),
    ("native", {"wrappers": [(plyo.wrappers.ClipReward, {"min_reward": -1.0})]}),
    ("sync", {"vector_kwargs": {"copy": False}}),
    ("sync", {"render_mode": "human"}),
    ("native", {"render_mode": "rgb_array"}),
]


@pytest.mark.parametrize(("kind", "arguments"), KINDS)
def test_the_kind_of_a_batch(kind, arguments):
    assert vectorization_of("CartPole-v1", **arguments) == kind
    spec = plyo.spec("CartPole-v1")
    assert vectorization_of(spec, **arguments) == kind
    if arguments.get("render_mode") != "human":
        envs = plyo.make_vec(spec, 2, **arguments)
        assert isinstance(envs.unwrapped, NativeVectorEnv) == (kind == "native")
        assert vectorization_of(envs.spec) == kind
        envs.close()


@pytest.mark.parametrize("mode", MODES)
def test_wrappers_that_leave_a_batch_native(mode):
    wrappers = [(plyo.wrappers.ClipReward, {"max_reward": 0.5}), plyo.wrappers.FlattenObservation]
    asked = {"wrappers": wrappers}
    for id, arguments in (("CartPole-v1", asked), (plyo.make_vec("CartPole-v1", 3, **asked).spec, {})):
        envs = make_batch(id, 3, mode, arguments)
        assert isinstance(envs.unwrapped, NativeVectorEnv)
        assert envs.unwrapped.autoreset_mode is mode
        envs.reset(seed=0)
        rewards = envs.step([0, 1, 0])[1]
        assert rewards.dtype == "float32"
        assert rewards.tolist() == [0.5] * 3


def test_the_kind_that_a_spec_asks_for(corridor):
    spec = plyo.make_vec("CartPole-v1", 2, vectorization_mode="sync").spec
    assert vectorization_of(spec) == "sync"
    assert vectorization_of(corridor) == "sync"
    with pytest.raises(ValueError, match="Invalid vectorization mode: 'nothing'"):
        vectorization_of(corridor, vectorization_mode="nothing")
    with pytest.raises(plyo.error.NameNotFound):
        vectorization_of("Nothing-v0")
