"""What the messages of usual mistakes say: what is wrong, what is legal, and what to do.

The first thirty are those that a newcomer made, see also test_error_texts.py for what Gymnasium says too.
"""

from __future__ import annotations

import dataclasses
import re
import warnings
from collections.abc import Callable
from typing import Any

import gymnasium
import numpy as np
import pytest

import plyo
from plyo.envs.classic_control import CartPoleEnv
from plyo.tasks.options import EngineOptions
from plyo.tasks.unknown_names import BATCH_OPTIONS
from plyo.vector._batch_options import BatchOptions

policies = plyo.policies


class Own(plyo.Env):
    """An environment in Python."""

    observation_space = action_space = plyo.spaces.Discrete(2)

    def __init__(self, size: int = 3) -> None:
        self.size = size

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        super().reset(seed=seed)
        return 0, {}

    def step(self, action: Any) -> Any:
        return 0, 0.0, False, False, {}


class Plain(plyo.Env[Any, Any]):
    """An environment written in Python without a constructor."""

    observation_space = plyo.spaces.Discrete(2)
    action_space = plyo.spaces.Discrete(2)


@pytest.fixture(autouse=True)
def _own():
    plyo.register("messages/Own-v0", Own)
    plyo.register("messages/Plain-v0", Plain)
    yield
    plyo.registry.pop("messages/Own-v0")
    plyo.registry.pop("messages/Plain-v0")


def one(id: str = "CartPole-v1", **kwargs: Any) -> Any:
    env = plyo.make(id, **kwargs)
    env.reset(seed=0)
    return env


def batch(id: str = "CartPole-v1", **kwargs: Any) -> Any:
    envs = plyo.make_vec(id, 4, **kwargs)
    envs.reset(seed=0)
    return envs


def weights(*shape: int) -> Any:
    return np.ones(shape, np.float32)


def closed() -> Any:
    env = one()
    env.close()
    return env


MISTAKES: list[tuple[str, Callable[[], Any], type[BaseException], tuple[str, ...]]] = [
    # ids
    ("old lunar", lambda: plyo.make("LunarLander-v2"), plyo.error.DeprecatedEnv, ("LunarLander-v3",)),
    ("old walker", lambda: plyo.make("BipedalWalker-v2"), plyo.error.DeprecatedEnv, ("BipedalWalker-v3",)),
    ("old car", lambda: plyo.make("CarRacing-v2"), plyo.error.DeprecatedEnv, ("CarRacing-v3",)),
    ("pong of EnvPool", lambda: plyo.make("Pong-v5"), plyo.error.VersionNotFound,
     ("[ `v0`, `v4` ]", "Did you mean: `ALE/Pong-v5`?")),
    ("new game of EnvPool", lambda: plyo.make("Tetris-v5"), plyo.error.NameNotFound,
     ('In place of Tetris-v5, use plyo.make("ALE/Tetris-v5").',)),
    ("memory of pong", lambda: plyo.make("Pong-ram-v4"), plyo.error.NameNotFound,
     ('In place of Pong-ram-v4, use plyo.make("Pong-v4", obs_type="ram").',)),
    ("memory of a version", lambda: plyo.make("ALE/Pong-ram-v5"), plyo.error.NameNotFound,
     ('use plyo.make("ALE/Pong-v5", obs_type="ram").',)),
    ("deterministic pong", lambda: plyo.make_vec("PongDeterministic-v0"), plyo.error.NameNotFound,
     ('use plyo.make("Pong-v0", frameskip=4).',)),
    ("memory of each frame", lambda: plyo.make("Pong-ramNoFrameskip-v4"), plyo.error.NameNotFound,
     ('use plyo.make("PongNoFrameskip-v4", obs_type="ram").',)),
    ("deterministic memory", lambda: plyo.spec("Pong-ramDeterministic-v4"), plyo.error.NameNotFound,
     ('use plyo.make("Pong-v4", obs_type="ram", frameskip=4).',)),
    ("each frame of a version", lambda: plyo.make("ALE/PongNoFrameskip-v5"), plyo.error.NameNotFound,
     ('use plyo.make("ALE/Pong-v5", frameskip=1).',)),
    ("old version of ALE", lambda: plyo.make("ALE/Pong-v4"), plyo.error.DeprecatedEnv,
     ("Please use `ALE/Pong-v5` instead.",)),
    ("misspelt pong", lambda: plyo.make("ALE/Pnog-v5"), plyo.error.NameNotFound, ("Did you mean: `Pong`?",)),
    ("old misspelt pong", lambda: plyo.make("pong-v4"), plyo.error.NameNotFound, ("nearest to 'pong-v4' are: Pong-v",)),
    ("maze", lambda: plyo.make("AntMaze_UMaze-v5"), plyo.error.NameNotFound,
     ("one of Gymnasium-Robotics'", "`import gymnasium_robotics`", "pip install gymnasium-robotics", "Ant-v5")),
    ("functional", lambda: plyo.make("phys2d/CartPole-v1"), plyo.error.NamespaceNotFound,
     ('pip install "gymnasium[jax]"', "In Plyo, CartPole-v1 is the same task")),
    ("minigrid", lambda: plyo.make("MiniGrid-Empty-5x5-v0"), plyo.error.NameNotFound, ("pip install minigrid",)),
    ("lower case", lambda: plyo.make("cartpole-v1"), plyo.error.NameNotFound,
     ("Did you mean: `CartPole`?", "The ids nearest to 'cartpole-v1' are: CartPole-v1, CartPole-v0.")),
    ("letter missing", lambda: plyo.make("MountainCarContinous-v0"), plyo.error.NameNotFound,
     ("nearest to 'MountainCarContinous-v0' are: MountainCarContinuous-v0",)),
    ("nothing like it", lambda: plyo.make("Quux-v0"), plyo.error.NameNotFound, ("All ids: `plyo list`",)),
    ("no such version", lambda: plyo.make("CartPole-v2"), plyo.error.VersionNotFound, ("[ `v0`, `v1` ]",)),
    ("empty id", lambda: plyo.make(""), plyo.error.Error, ("Malformed environment ID", "(env-name)-v(version)")),
    ("no id", lambda: plyo.make(None), TypeError, ("Expected id to be a string or EnvSpec", "NoneType")),
    # keyword arguments
    ("constant", lambda: plyo.make("CartPole-v1", gravity=5), TypeError,
     ("unexpected keyword argument 'gravity'", "pass params={'gravity': ...}", "sutton_barto_reward", "render_mode")),
    ("misspelt constant", lambda: batch(masspol=5), TypeError, ("Did you mean params={'masspole': ...}?",)),
    ("render mode", lambda: plyo.make("CartPole-v1", rendermode="rgb_array"), TypeError,
     ("Did you mean 'render_mode'?", "make takes for every task: max_episode_steps, math")),
    ("threads of one", lambda: plyo.make("CartPole-v1", num_threads=2), TypeError, ("make_vec(...) takes it",)),
    ("misspelt threads of one", lambda: plyo.make("CartPole-v1", num_treads=2), TypeError,
     ("Did you mean 'num_threads' of make_vec?",)),
    ("number of one", lambda: plyo.make("CartPole-v1", num_envs=2), TypeError, ("make_vec(..., num_envs=...)",)),
    ("misspelt threads", lambda: batch(num_treads=2), TypeError,
     ("Did you mean 'num_threads'?", "make_vec takes for every task:", "autoreset_mode", "vectorization_mode")),
    ("workers", lambda: batch(num_worker=2), TypeError, ("Did you mean 'num_threads'?",)),
    ("number of SB3", lambda: plyo.make_vec("CartPole-v1", n_envs=2), TypeError, ("Did you mean 'num_envs'?",)),
    ("type of EnvPool", lambda: batch(env_type="gymnasium"), TypeError,
     ("'env_type': there is one API", "leave it out")),
    ("seed of EnvPool", lambda: batch(seed=3), TypeError, ("reset(seed=...) takes it; environment i of a batch gets",)),
    ("batch of EnvPool", lambda: batch(batch_size=2), TypeError, ("step_lanes(actions, ids)",)),
    ("video of CleanRL", lambda: batch(capture_video=True), TypeError, ("plyo.wrappers.RecordVideo",)),
    ("discount of CleanRL", lambda: plyo.make("CartPole-v1", gamma=0.9), TypeError, ("NormalizeReward",)),
    ("frames of a game", lambda: plyo.make("ALE/Pong-v5", frame_skip=4), TypeError,
     ("unexpected keyword argument 'frame_skip'", "'frame_skip': frameskip=... is", "obs_type, frameskip, repeat_")),
    ("no-ops of a game", lambda: plyo.make("Pong-v4", noop_max=3), TypeError, ("AtariPreprocessing", "make_vec(")),
    ("misspelt option of a game", lambda: plyo.make("ALE/Pong-v5", obstype="ram"), TypeError,
     ("Did you mean 'obs_type'? The keyword arguments of a game are: mode, difficulty,",)),
    ("number of games", lambda: plyo.make("ALE/Pong-v5", num_envs=2), TypeError, ("make_vec(..., num_envs=...)",)),
    ("mode of a game", lambda: plyo.make("ALE/Pong-v5", mode=7), ValueError,
     ("mode of pong must be one of [0, 1] or None, got 7",)),
    ("option of a task", lambda: plyo.make("FrozenLake-v1", is_slipery=False), TypeError,
     ("Did you mean 'is_slippery'?", "FrozenLake: its keyword arguments are: desc, map_name, is_slippery")),
    ("option of another's class", lambda: plyo.make_vec("messages/Own-v0", 2, num_threads=2), TypeError,
     ("'num_threads' is an option of native tasks",)),
    ("resets of another's class", lambda: plyo.make_vec("messages/Own-v0", 2, autoreset_mode="same_step"), TypeError,
     ("'autoreset_mode' is an argument of the batch", "make_vec(..., vector_kwargs={'autoreset_mode': ...})")),
    ("memory of another's class", lambda: plyo.make_vec("messages/Plain-v0", 2, "async", shared_memory=False),
     TypeError, ("Plain() takes no arguments", "make_vec(..., vector_kwargs={'shared_memory': ...})")),
    ("option of a class without a constructor",
     lambda: plyo.make_vec("messages/Plain-v0", 2, width=3, math="fast"), TypeError,
     ("Plain() takes no arguments", "'math' is an option of native tasks",)),
    ("resets of games", lambda: plyo.make_vec("Pong-v4", 2, autoreset_mode="same_step"), TypeError,
     ("make_vec(..., vector_kwargs={'autoreset_mode': ...}). The keyword arguments of a game are: mode,",)),
    ("threads of games", lambda: plyo.make_vec("Pong-v4", 2, num_threads=2), TypeError,
     ("'num_threads': batches of ids with ALE/ have it",)),
    ("mode of resets", lambda: batch(autoreset_mode="samestep"), ValueError,
     ("'next_step', 'same_step' or 'disabled'",)),
    ("mathematics", lambda: plyo.make("CartPole-v1", math="exact"), ValueError,
     ("'fast' or 'reference', got 'exact'",)),
    ("number of environments", lambda: plyo.make_vec("CartPole-v1", 0), ValueError, ("integer of at least 1, got 0",)),
    ("mode of batches", lambda: batch(vectorization_mode="nativ"), ValueError, ("'nativ'", "'sync'", "'native'")),
    ("parameter", lambda: batch(params={"gravty": 3}), ValueError,
     ("no parameter 'gravty'", "masscart", "Did you mean 'gravity'?")),
    ("value of a parameter", lambda: batch(params={"masscart": "heavy"}), TypeError,
     ("'masscart' must be a number", "'heavy'")),
    # resets and steps
    ("step before reset", lambda: plyo.make("CartPole-v1").step(0), plyo.error.ResetNeeded, ("env.reset()",)),
    ("step after close", lambda: closed().step(0), plyo.error.ClosedEnvironmentError, ("CartPoleEnv",)),
    ("action", lambda: one().step(2), plyo.error.InvalidAction, ("2", "an integer from 0 to 1")),
    ("action of a batch", lambda: batch().step([0, 0, 7, 0]), plyo.error.InvalidAction,
     ("action 7 of environment 2", "legal actions are 0 to 1")),
    ("shape", lambda: one("Pendulum-v1").step(0.5), plyo.error.InvalidAction, ("shape (1,)", "float32")),
    ("NaN", lambda: one("Pendulum-v1").step(np.array([np.nan], np.float32)), plyo.error.InvalidAction,
     ("is nan", "must be finite as a float32, in [-2, 2]")),
    ("logits", lambda: batch().step(weights(4, 2)), ValueError, ("integers of shape (4,)",)),
    ("seed", lambda: one().reset(seed="a"), plyo.error.Error, ("Seed must be a python integer",)),
    ("option", lambda: one().reset(options={"hihg": 1}), ValueError,
     ("unknown option 'hihg'", "the options of CartPole are: low, high", "Did you mean 'high'?")),
    ("option of a batch", lambda: batch().reset(options={"lo": 1}), ValueError, ("reset_mask", "Did you mean 'low'?")),
    ("dead attribute", lambda: batch().set_attr("state_space", 3), AttributeError, ("only 'state', the time limit",)),
    ("dead parameter", lambda: batch("FrozenLake-v1").set_attr("is_slippery", 3), AttributeError,
     ("set_params({'is_slippery': ...})", "params={'is_slippery': ...} to make_vec")),
    # what is not there
    ("seed of Gym", lambda: one().seed(0), AttributeError, ("no attribute 'seed': reset(seed=...)",)),
    ("seed of a batch", lambda: batch().seed(0), AttributeError, ("environment i with seed + i",)),
    ("rollout of one", lambda: one().rollout, AttributeError, ("make_vec(id, num_envs).rollout",)),
    ("copy of one", lambda: one().fork(), AttributeError, ("make_vec(id, 1).fork()", "copy.deepcopy")),
    ("profile of one", lambda: one().profile(), AttributeError, ("make_vec(id, 1).profile()",)),
    ("profile in Python", lambda: batch(vectorization_mode="sync").profile(), AttributeError,
     ("batches of native tasks have it",)),
    ("mask of copies", lambda: batch().fork(np.array([True, False, True, False])), TypeError,
     ("ids must be a list of environments by number", "numpy.flatnonzero(mask)")),
    ("half an environment", lambda: batch().get_params(ids=[1.7]), TypeError, ("by number, got [1.7]",)),
    ("mask of parameters", lambda: batch().set_params({"gravity": 3.0}, ids=[True] * 4), TypeError,
     ("numpy.flatnonzero(mask)",)),
    ("mask of a snapshot", lambda: batch().get_state(np.array([True] * 4)), TypeError, ("lanes", "numpy.flatnonzero")),
    ("rollout in Python", lambda: batch(vectorization_mode="sync").rollout, AttributeError,
     ("'SyncVectorEnv' object has no attribute 'rollout'", "vectorization_mode='sync'")),
    ("copy of a wrapped batch", lambda: plyo.wrappers.vector.ClipReward(batch(), -1, 1).fork(), AttributeError,
     ("wrappers around them do not: `envs.unwrapped` is the batch",)),
    ("lanes in Python", lambda: batch(vectorization_mode="sync").reset_lanes([0]), AttributeError,
     ("A batch without it steps its environments in Python",)),
    ("state in Python", lambda: batch("messages/Own-v0").get_state(), AttributeError, ("written in Python",)),
    ("make of Gym", lambda: plyo.vector.make, AttributeError, ("plyo.make_vec makes batches",)),
    ("functional API", lambda: plyo.experimental, AttributeError, ("functional environments are not there",)),
    ("renamed wrapper", lambda: plyo.wrappers.FrameStack, AttributeError, ("wrappers.FrameStackObservation",)),
    # wrappers
    ("wrapper around a batch", lambda: plyo.wrappers.TimeLimit(batch(), 5), TypeError,
     ("It is a batch: plyo.wrappers.vector has the wrappers of batches",)),
    ("wrapper of batches", lambda: plyo.wrappers.vector.ClipReward(one()), TypeError,
     ("It is a single environment: plyo.wrappers",)),
    ("wrapper around Gymnasium's", lambda: plyo.wrappers.TimeLimit(gymnasium.make("CartPole-v1"), 5), TypeError,
     ("plyo.from_gymnasium(env)",)),
    ("wrapper around a class", lambda: plyo.wrappers.TimeLimit(CartPoleEnv, 5), TypeError, ("It is a class",)),
    # policies and rollouts
    ("policy by name", lambda: batch().rollout("random", 5), TypeError, ("a policy of plyo.policies or a function",)),
    ("policy as a class", lambda: batch().rollout(policies.Random, 5), TypeError,
     ("got the class Random: make one, for example plyo.policies.Random(...)",)),
    ("field", lambda: batch().rollout(policies.Random(0), 5, record=["observation"]), ValueError,
     ("unknown field 'observation'", "Did you mean 'observations'?")),
    ("layers without bias", lambda: policies.MLP([weights(2, 4)]), TypeError,
     ("a list of pairs (weights, bias)", "layer 0 is an array of shape (2, 4)")),
    ("layers as a number", lambda: policies.MLP(3), TypeError, ("a list of pairs (weights, bias)", "got 3")),
    ("layers that do not fit", lambda: policies.MLP([(weights(3, 4), None), (weights(2, 5), None)]), ValueError,
     ("layer 1 is of 1 networks with 5 inputs", "3 outputs")),
    ("network of another task", lambda: batch().rollout(policies.Linear(weights(2, 6), head="argmax"), 5), ValueError,
     ("6 inputs", "4")),
    ("head", lambda: policies.Linear(weights(2, 4), head="softmax"), ValueError, ("'categorical'", "'softmax'")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("call", "kind", "texts"), [case[1:] for case in MISTAKES], ids=[case[0] for case in MISTAKES]
)
def test_the_message_says(call: Callable[[], Any], kind: type[BaseException], texts: tuple[str, ...]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(kind) as raised:
            call()
    for text in texts:
        assert text in str(raised.value)
    # one sentence after another, each ended once (arrays have spaces of their own)
    assert not re.search(
        r"\.\.|\. \.|[^\n]  +[^\n]|\?\.", str(raised.value).split("array(")[0].replace("...", "")
    ), raised.value


def test_the_options_of_batches_are_known() -> None:
    own = {field.name for field in dataclasses.fields(EngineOptions)}
    assert {*BATCH_OPTIONS} == {field.name for field in dataclasses.fields(BatchOptions)} - own


def test_gymnasiums_ids_are_told_where_they_are() -> None:
    """Every id of Gymnasium and Gymnasium-Robotics that Plyo does not have, except those that make old ones."""
    import gymnasium_robotics

    gymnasium.register_envs(gymnasium_robotics)
    names = {spec.name for spec in plyo.registry.values() if spec.namespace is None}
    absent = [
        id
        for id, spec in gymnasium.registry.items()
        if (spec.namespace is None and spec.name not in names and not spec.name.startswith("GymV2"))
        or spec.namespace in ("phys2d", "tabular")
    ]
    assert len(absent) > 90
    for id in absent:
        with pytest.raises(plyo.error.UnregisteredEnv) as raised:
            plyo.make(id)
        assert f"{id} is not part of Plyo" in str(raised.value)
        assert f"gymnasium.make({id!r}) has it" in str(raised.value)


def test_what_is_not_there_may_be_defined() -> None:
    class Seeded(Own):
        def seed(self, seed: int) -> int:
            return seed

    assert Seeded().seed(3) == 3
    env = Own()
    assert not hasattr(env, "seed")
    env.seed = 5
    assert env.seed == 5
    with pytest.raises(AttributeError, match="type object 'Own' has no attribute 'rollout'"):
        Own.rollout  # noqa: B018 - it raises


def test_texts_of_objects_are_short() -> None:
    assert repr(policies.Random(3)) == "Random(seed=3)"
    assert repr(policies.Sequence(np.zeros((5, 2), int))) == "Sequence(actions=5x2)"
    network = policies.MLP(
        [(weights(8, 4), None), (weights(2, 8), None)], value=[(weights(1, 4), None)], head="categorical"
    )
    assert repr(network) == "<MLP layers: 4 -> 8 -> 2; value: 4 -> 1; head='categorical', activation='tanh'>"


def test_completion_offers_only_what_is_there() -> None:
    env, envs = plyo.make("CartPole-v1"), plyo.make_vec("CartPole-v1", 2)
    python = plyo.make_vec("CartPole-v1", 2, "sync")
    assert "reset" in dir(env)
    assert not {"seed", "rollout"} & {*dir(env), *dir(env.unwrapped), *dir(python)}
    assert {"rollout", "get_state"} <= {*dir(envs)}
    env.seed = 3
    assert "seed" in dir(env)
