"""to_gymnasium and from_gymnasium: environments, batches, wrappers, attributes, specs, pickles, elements of graphs."""

from __future__ import annotations

import pickle
from functools import partial

import gymnasium
import numpy as np
import pytest
from differential import assert_same
from gymnasium.spaces.graph import GraphInstance as GymnasiumGraph

import plyo
import plyo.gymnasium
from plyo.gymnasium import ForeignEnv, ForeignVectorEnv, GymnasiumEnv, GymnasiumVectorEnv
from plyo.spaces import GraphInstance
from plyo.utils.env_checker import check_env


def graph_env(package, instance):
    """The class of an environment whose observations and actions hold graphs."""
    spaces = package.spaces

    class GraphEnv(package.Env):
        metadata = {"render_modes": ["ansi"], "render_fps": 3}  # noqa: RUF012 - as users write it

        def __init__(self, render_mode=None, size=2):
            self.render_mode = render_mode
            self.size = size
            graph = spaces.Graph(spaces.Box(0, 1, (2,)), spaces.Discrete(3))
            self.observation_space = spaces.Dict(graph=graph, number=spaces.Discrete(9))
            self.action_space = spaces.Tuple([graph, spaces.Discrete(2)])

        def _look(self):
            nodes = np.ones((self.size, 2), np.float32)
            return {"graph": instance(nodes, np.array([1]), np.array([[0, 1]])), "number": self.size}

        def reset(self, *, seed=None, options=None):
            super().reset(seed=seed)
            return self._look(), {"drawn": self.np_random.random(), "options": options}

        def step(self, action):
            assert type(action[0]) is instance
            self.size += int(action[1])
            return self._look(), 1.0, self.size > 4, False, {}

        def render(self):
            return f"size {self.size}"

        def close(self):
            self.size = -1

    return GraphEnv


PlyoGraphEnv = graph_env(plyo, GraphInstance)
GymnasiumGraphEnv = graph_env(gymnasium, GymnasiumGraph)
for made in (PlyoGraphEnv, GymnasiumGraphEnv):
    made.__qualname__ = f"{'Plyo' if made is PlyoGraphEnv else 'Gymnasium'}GraphEnv"
    made.__name__ = made.__qualname__


@pytest.fixture
def registered():
    """Ids of the two environments, one in each library."""
    plyo.register("test/Graph-v0", entry_point=f"{__name__}:PlyoGraphEnv", max_episode_steps=3)
    gymnasium.register("test/Graph-v0", entry_point=f"{__name__}:GymnasiumGraphEnv", max_episode_steps=3)
    yield "test/Graph-v0"
    plyo.registry.pop("test/Graph-v0")
    gymnasium.registry.pop("test/Graph-v0")


CASES = {
    "to": (
        plyo,
        gymnasium,
        plyo.gymnasium.to_gymnasium,
        plyo.gymnasium.from_gymnasium,
        GymnasiumEnv,
        GymnasiumGraph,
    ),
    "from": (
        gymnasium,
        plyo,
        plyo.gymnasium.from_gymnasium,
        plyo.gymnasium.to_gymnasium,
        ForeignEnv,
        GraphInstance,
    ),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.filterwarnings("ignore:.*is not within the observation space")
def test_a_python_environment_crosses(case, registered):
    source, target, convert, back, kind, instance = CASES[case]
    inside = source.make(registered, render_mode="ansi")
    env = convert(inside)
    assert type(env) is kind
    assert isinstance(env, target.Env)
    assert env.unwrapped is env
    assert back(env) is inside
    assert convert(env) is env
    assert isinstance(env.observation_space, target.spaces.Dict)

    observation, info = env.reset(seed=5, options={"a": 1})
    assert observation in env.observation_space
    assert type(observation["graph"]) is instance
    assert info == {"drawn": np.random.default_rng(5).random(), "options": {"a": 1}}
    assert env.np_random is inside.np_random
    assert env.np_random_seed == 5
    action = (instance(np.zeros((1, 2), np.float32), None, None), 1)
    observation, reward, terminated, truncated, _ = env.step(action)
    assert (observation["number"], reward, terminated, truncated) == (3, 1.0, False, False)
    assert env.render() == "size 3"
    assert env.render_mode == "ansi"
    assert env.metadata == {"render_modes": ["ansi"], "render_fps": 3}

    assert env.size == env.get_wrapper_attr("size") == 3
    env.size = 0
    assert inside.unwrapped.size == 0
    env.set_wrapper_attr("size", 1)
    assert inside.unwrapped.size == 1
    assert env.set_wrapper_attr("absent", 1, force=False) is False
    assert not env.has_wrapper_attr("absent")
    env.own = 3
    assert env.own == 3
    assert not inside.has_wrapper_attr("own")
    with pytest.raises(AttributeError, match="absent"):
        env.absent  # noqa: B018
    generator = np.random.default_rng(1)
    env.np_random = generator
    assert inside.np_random is generator
    env.close()
    assert inside.unwrapped.size == -1


@pytest.mark.parametrize("case", CASES)
def test_its_spec_makes_another(case, registered):
    source, target, convert, _, kind, _ = CASES[case]
    env = convert(source.make(registered, size=3))
    assert isinstance(env.spec, target.envs.registration.EnvSpec)
    assert (env.spec.id, env.spec.max_episode_steps) == (registered, 3)
    again = target.make(env.spec, render_mode="ansi")
    assert isinstance(again.unwrapped, kind)
    assert again.unwrapped.size == 3
    again.reset(seed=0)
    assert again.render() == "size 3"
    assert target.envs.registration.EnvSpec.from_json(env.spec.to_json()) == env.spec
    assert convert(source.make(registered).unwrapped).spec.max_episode_steps is None
    envs = target.make_vec(env.spec, num_envs=2, vectorization_mode="sync")
    assert envs.reset(seed=0)[0]["number"].tolist() == [3, 3]
    batch = target.make_vec(convert(source.make_vec(registered, 2, vectorization_mode="sync")).spec)
    assert (batch.num_envs, batch.reset()[0]["number"].tolist()) == (2, [2, 2])


@pytest.mark.parametrize("case", CASES)
def test_a_copy_is_independent(case):
    _, _, convert, _, _, instance = CASES[case]
    env = convert({"to": PlyoGraphEnv, "from": GymnasiumGraphEnv}[case]())
    env.reset(seed=1)
    copied = pickle.loads(pickle.dumps(env))
    copied.step((instance(np.zeros((1, 2), np.float32), None, None), 1))
    assert (copied.size, env.size) == (3, 2)
    assert copied.observation_space == env.observation_space


@pytest.mark.parametrize("case", CASES)
def test_final_observations_of_a_batch_cross_too(case, registered):
    source, target, convert, _, _, instance = CASES[case]
    inside = source.make_vec(
        registered, 2, vectorization_mode="sync",
        vector_kwargs={"autoreset_mode": source.vector.AutoresetMode.SAME_STEP},
    )  # fmt: skip
    envs = convert(inside)
    assert type(envs) in (GymnasiumVectorEnv, ForeignVectorEnv)
    assert isinstance(envs, target.vector.VectorEnv)
    assert envs.metadata["autoreset_mode"] is target.vector.AutoresetMode.SAME_STEP
    assert isinstance(envs.observation_space, target.spaces.Dict)
    observations, _ = envs.reset(seed=3)
    graph = instance(np.zeros((1, 2), np.float32), None, None)
    actions = ((graph, graph), np.array([1, 1]))
    for _ in range(3):
        assert [type(g) for g in observations["graph"]] == [instance, instance]
        observations, _, terminated, truncated, infos = envs.step(actions)
    assert (terminated | truncated).all()
    assert [type(final["graph"]) for final in infos["final_obs"]] == [instance, instance]
    assert envs.get_attr("size") == (5, 5)
    copied = pickle.loads(
        pickle.dumps(convert(source.vector.SyncVectorEnv([partial(source.make, "CartPole-v1")] * 2)))
    )
    assert copied.num_envs == 2
    envs.close()
    assert envs.closed
    assert inside.closed


def test_native_tasks_keep_what_is_plyos():
    env = plyo.to_gymnasium(plyo.make("CartPole-v1", render_mode="rgb_array"))
    env = gymnasium.wrappers.RecordEpisodeStatistics(env)
    env.reset(seed=0)
    env.unwrapped.state = [0.0, 0.0, 0.1, 0.0]
    assert env.unwrapped.env.unwrapped.state.tolist() == [0.0, 0.0, 0.1, 0.0]
    assert env.render().shape == (400, 600, 3)
    envs = plyo.to_gymnasium(plyo.make_vec("CartPole-v1", 3))
    own = plyo.make_vec("CartPole-v1", 3)
    assert_same(envs.reset(seed=1), own.reset(seed=1))
    out = (np.zeros((3, 4), np.float32), None, None, None)
    observations = envs.step(np.zeros(3, int), out=out)[0]
    assert observations is out[0]
    assert_same(observations, own.step(np.zeros(3, int))[0])
    assert envs.rollout(plyo.policies.Random(seed=3), 5).rewards.shape == (5, 3)
    assert gymnasium.wrappers.vector.NormalizeReward(envs).num_envs == 3
    assert gymnasium.make_vec(envs.spec).num_envs == 3


@pytest.mark.filterwarnings("ignore:.*A Box observation space m..imum value")
def test_gymnasiums_tasks_run_inside_plyo():
    env = plyo.from_gymnasium(gymnasium.make("CartPole-v1"))
    check_env(env, skip_render_check=True)
    native = plyo.make("CartPole-v1", math="reference")
    wrapped = plyo.wrappers.TimeLimit(plyo.wrappers.RecordEpisodeStatistics(env), 20)
    assert_same(wrapped.reset(seed=4)[0], native.reset(seed=4)[0])
    for _ in range(8):
        assert_same(wrapped.step(1)[:2], native.step(1)[:2])
    envs = plyo.vector.SyncVectorEnv([lambda: plyo.from_gymnasium(gymnasium.make("CartPole-v1"))] * 2)
    assert envs.reset(seed=0)[0].shape == (2, 4)
    batch = plyo.from_gymnasium(gymnasium.make_vec("CartPole-v1", 2, vectorization_mode="sync"))
    batch = plyo.wrappers.vector.RecordEpisodeStatistics(batch)
    batch.reset(seed=0)
    assert any("episode" in batch.step(np.ones(2, int))[4] for _ in range(30))


def test_a_registered_task_is_both():
    env = gymnasium.make("plyo/CartPole-v1")
    assert plyo.to_gymnasium(env) is env
    inside = plyo.from_gymnasium(env)
    assert type(inside) is ForeignEnv
    assert isinstance(inside.observation_space, plyo.spaces.Box)
    bare = plyo.from_gymnasium(env.unwrapped)
    assert isinstance(bare.observation_space, plyo.spaces.Box)


@pytest.mark.parametrize("convert", [plyo.to_gymnasium, plyo.from_gymnasium])
def test_anything_else_is_refused(convert):
    for wrong in (None, "CartPole-v1", plyo.spaces.Discrete(2), plyo.Env):
        with pytest.raises(TypeError, match=r"Expected a (plyo|gymnasium)\.Env or a"):
            convert(wrong)
