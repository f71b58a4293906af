"""Programs as Gymnasium's documentation teaches them, run with either package as `gym`: the results are equal."""

from __future__ import annotations

import warnings
from collections import defaultdict, deque
from typing import Any

import gymnasium
import numpy as np
import pytest
from differential import assert_same, outcome

import plyo

EXAMPLES: dict[str, Any] = {}


def example(program: Any) -> Any:
    """Adds a program: a function of the package that returns its results."""
    EXAMPLES[program.__name__] = program
    return program


@pytest.mark.parametrize("name", EXAMPLES)
def test_example(name):
    results = []
    for gym in (plyo, gymnasium):
        before = dict(gym.registry)
        try:
            results.append(outcome(lambda gym=gym: EXAMPLES[name](gym)))
        finally:
            gym.registry.clear()
            gym.registry.update(before)
    assert results[1][0][0] == "returned", results[1]
    assert_same(*results)


def native(gym: Any, **kwargs: Any) -> dict[str, Any]:
    """The arguments with which a native task gives the bits of Gymnasium on this machine."""
    return kwargs | ({"math": "reference"} if gym is plyo else {})


# Basic usage


def rewards_of_episodes(env: Any, choose: Any, episodes: int, seed: int) -> list[Any]:
    """Plays, and returns the results: the loop that every tutorial begins with."""
    facts = []
    for episode in range(episodes):
        observation, info = env.reset(seed=seed if episode == 0 else None)
        total, over = 0.0, False
        while not over:
            observation, reward, terminated, truncated, info = env.step(choose(env, observation))
            total += float(reward)
            over = terminated or truncated
        facts.append((total, terminated, truncated, observation, info))
    env.close()
    return facts


def play_with(task: str, **kwargs: Any) -> None:
    def program(gym):
        env = gym.make(task, **native(gym, **kwargs))
        env.action_space.seed(7)
        return rewards_of_episodes(env, lambda e, _: e.action_space.sample(), 3, 42)

    EXAMPLES[f"play_{task}_{'_'.join(kwargs)}"] = program


play_with("CartPole-v1")
play_with("CartPole-v1", sutton_barto_reward=True)
play_with("MountainCar-v0", max_episode_steps=50)
play_with("MountainCarContinuous-v0", max_episode_steps=30)
play_with("Pendulum-v1", g=9.81)
play_with("Acrobot-v1", max_episode_steps=60)


@example
def balance_by_hand(gym):
    """A hand-made policy, statistics around it, and a look at the record."""
    env = gym.wrappers.RecordEpisodeStatistics(gym.make("CartPole-v1", **native(gym)), buffer_length=4)
    facts = rewards_of_episodes(env, lambda _, observation: int(observation[2] + observation[3] > 0), 5, 3)
    for fact in facts:
        assert fact[-1]["episode"].pop("t") >= 0
    return facts, list(env.return_queue), list(env.length_queue), len(env.time_queue)


@example
def options_of_reset(gym):
    env = gym.make("CartPole-v1", **native(gym))
    first = env.reset(seed=1, options={"low": -0.1, "high": 0.1})
    second = env.reset(options={"low": 0.0, "high": 0.0})
    return first, second, env.unwrapped.np_random.random(3), env.np_random_seed


@example
def look_around(gym):
    """Spaces, metadata, specs: the usual output at the start of a program."""
    env = gym.make("MountainCarContinuous-v0")
    spec = gym.spec("Acrobot-v1")
    return (
        str(env.observation_space), repr(env.action_space), env.action_space.shape, env.observation_space.dtype,
        env.spec.id, env.spec.max_episode_steps, env.spec.reward_threshold,
        hasattr(env, "reward_range"),
        str(env.unwrapped), spec.name, spec.version, spec.namespace, spec.pprint(disable_print=True), spec.entry_point,
        "CartPole-v1" in gym.registry, gym.spec("Pendulum-v1").kwargs, type(env.unwrapped).__name__,
    )  # fmt: skip


# A custom environment


def grid_world(gym: Any) -> type:
    """An agent on a grid that looks for a target."""

    class GridWorld(gym.Env):
        metadata = {"render_modes": ["ansi"], "render_fps": 4}  # noqa: RUF012

        def __init__(self, render_mode=None, size=5):
            self.size, self.render_mode = size, render_mode
            corner = gym.spaces.Box(0, size - 1, shape=(2,), dtype=np.int64)
            self.observation_space = gym.spaces.Dict({"target": corner, "agent": corner})
            self.action_space = gym.spaces.Discrete(4)
            self.moves = np.array([[1, 0], [0, 1], [-1, 0], [0, -1]])

        def _facts(self):
            distance = np.abs(self.agent - self.target).sum()
            return {"agent": self.agent.copy(), "target": self.target.copy()}, {"distance": float(distance)}

        def reset(self, seed=None, options=None):
            super().reset(seed=seed)
            self.agent = self.np_random.integers(0, self.size, size=2, dtype=np.int64)
            self.target = self.agent.copy()
            while (self.target == self.agent).all():
                self.target = self.np_random.integers(0, self.size, size=2, dtype=np.int64)
            return self._facts()

        def step(self, action):
            self.agent = np.clip(self.agent + self.moves[action], 0, self.size - 1)
            observation, info = self._facts()
            found = bool((self.agent == self.target).all())
            return observation, 1.0 if found else -0.01, found, False, info

        def render(self):
            rows = [["."] * self.size for _ in range(self.size)]
            rows[self.target[1]][self.target[0]] = "T"
            rows[self.agent[1]][self.agent[0]] = "A"
            return "\n".join(map("".join, rows))

    return GridWorld


def register_grid(gym: Any, **kwargs: Any) -> None:
    gym.register(
        id="examples/Grid-v0", entry_point=grid_world(gym), max_episode_steps=40, reward_threshold=0.8,
        kwargs={"size": 4}, **kwargs,
    )  # fmt: skip


@example
def register_and_make(gym):
    register_grid(gym)
    env = gym.make("examples/Grid-v0", render_mode="ansi")
    env.action_space.seed(5)
    facts = rewards_of_episodes(env, lambda e, _: (e.render(), e.action_space.sample())[1], 4, 9)
    listed = gym.pprint_registry(
        {id: gym.registry[id] for id in ("examples/Grid-v0", "Pendulum-v1")}, disable_print=True
    )
    return (
        facts,
        str(env),
        env.spec.to_json() if isinstance(env.spec.entry_point, str) else env.spec.kwargs,
        listed,
    )


@example
def check_a_custom_environment(gym):
    from importlib import import_module

    register_grid(gym)
    checker = import_module(f"{gym.__name__}.utils.env_checker")
    checker.check_env(gym.make("examples/Grid-v0").unwrapped)
    checker.check_env(grid_world(gym)(size=3))


@example
def several_wrappers(gym):
    """Relative positions, flat, clipped rewards, and the spec that makes them all again."""
    register_grid(gym)

    class RelativePosition(gym.ObservationWrapper):
        def __init__(self, env):
            super().__init__(env)
            self.observation_space = gym.spaces.Box(-9.0, 9.0, shape=(2,), dtype=np.float64)

        def observation(self, observation):
            return (observation["target"] - observation["agent"]).astype(np.float64)

    class Shifted(gym.ActionWrapper):
        def action(self, action):
            return (action + 1) % 4

    class Doubled(gym.RewardWrapper):
        def reward(self, reward):
            return 2 * reward

    env = Doubled(Shifted(RelativePosition(gym.make("examples/Grid-v0"))))
    env.action_space.seed(1)
    facts = rewards_of_episodes(env, lambda e, _: e.action_space.sample(), 3, 2)
    return facts, str(env), env.has_wrapper_attr("size"), env.get_wrapper_attr("size"), env.unwrapped.size


@example
def wrappers_of_the_library(gym):
    register_grid(gym)
    wrappers = gym.wrappers
    env = gym.make("examples/Grid-v0")
    env = wrappers.FlattenObservation(wrappers.FilterObservation(env, ["agent"]))
    env = wrappers.TransformReward(wrappers.TimeAwareObservation(env), lambda reward: np.tanh(reward))
    env = wrappers.FrameStackObservation(env, 3)
    env.action_space.seed(3)
    facts = rewards_of_episodes(env, lambda e, _: e.action_space.sample(), 2, 8)
    pendulum = gym.make("Pendulum-v1", **native(gym))
    pendulum = wrappers.ClipAction(wrappers.RescaleAction(pendulum, -1.0, 1.0))
    pendulum = wrappers.NormalizeReward(wrappers.NormalizeObservation(pendulum))
    pendulum.action_space.seed(4)
    return (
        facts,
        str(env),
        rewards_of_episodes(pendulum, lambda e, _: e.action_space.sample(), 1, 5),
        pendulum.env.obs_rms.mean,
    )


@example
def made_again_from_its_spec(gym):
    env = gym.wrappers.TimeAwareObservation(gym.make("CartPole-v1", max_episode_steps=20, **native(gym)))
    again = gym.make(env.spec)
    again.action_space.seed(2)
    return rewards_of_episodes(
        again, lambda e, _: e.action_space.sample(), 2, 6
    ), again.spec.max_episode_steps


@example
def subclass_of_a_task(gym):
    """A task of the library with another reward, registered under an id of its own."""
    from importlib import import_module

    cartpole = import_module(f"{gym.__name__}.envs.classic_control.cartpole")

    class Centred(cartpole.CartPoleEnv):
        def __init__(self, weight=1.0, render_mode=None):
            super().__init__(render_mode=render_mode, **native(gym))
            self.weight = weight

        def step(self, action):
            observation, _, terminated, truncated, info = super().step(action)
            return observation, -self.weight * abs(float(observation[0])), terminated, truncated, info

    gym.register("examples/Centred-v0", Centred, max_episode_steps=15, kwargs={"weight": 2.0})
    env = gym.make("examples/Centred-v0")
    env.action_space.seed(1)
    facts = rewards_of_episodes(env, lambda e, _: e.action_space.sample(), 3, 5)
    bare = Centred(3.0)
    bare.reset(seed=1)
    bare.state = np.array([0.1, 0.2, 0.03, -0.4])
    return (
        facts,
        str(env),
        env.spec.max_episode_steps,
        bare.step(1),
        str(bare),
        env.get_wrapper_attr("weight"),
    )


# Training


@example
def q_learning(gym):
    """Tables on the grid, with an epsilon that decays and statistics of the last episodes."""
    register_grid(gym)
    env = gym.wrappers.RecordEpisodeStatistics(gym.make("examples/Grid-v0"), buffer_length=50)
    values: dict[Any, np.ndarray] = defaultdict(lambda: np.zeros(env.action_space.n))
    generator = np.random.default_rng(0)
    errors: deque[float] = deque(maxlen=200)
    epsilon = 1.0

    def key(observation):
        return (*observation["agent"].tolist(), *observation["target"].tolist())

    env.action_space.seed(0)
    for episode in range(60):
        observation, _ = env.reset(seed=episode)
        over = False
        while not over:
            state = key(observation)
            explore = generator.random() < epsilon
            action = env.action_space.sample() if explore else int(np.argmax(values[state]))
            observation, reward, terminated, truncated, _ = env.step(action)
            future = 0.0 if terminated else values[key(observation)].max()
            error = reward + 0.95 * future - values[state][action]
            values[state][action] += 0.2 * error
            errors.append(float(error))
            over = terminated or truncated
        epsilon = max(0.1, epsilon - 0.02)
    return (
        list(env.return_queue),
        list(env.length_queue),
        list(errors),
        {k: v.tolist() for k, v in values.items()},
    )


@example
def policy_gradient(gym):
    """REINFORCE with a linear policy on CartPole."""
    env = gym.make("CartPole-v1", **native(gym))
    weights, generator, lengths = np.zeros(4), np.random.default_rng(1), []
    for episode in range(25):
        observation, _ = env.reset(seed=episode)
        gradients, rewards, over = [], [], False
        while not over:
            probability = 1 / (1 + np.exp(-(weights @ observation)))
            action = int(generator.random() < probability)
            gradients.append((action - probability) * observation)
            observation, reward, terminated, truncated, _ = env.step(action)
            rewards.append(reward)
            over = terminated or truncated
        returns = np.cumsum(rewards[::-1])[::-1]
        weights += 0.01 * (np.array(gradients) * (returns - returns.mean())[:, None]).sum(0)
        lengths.append(len(rewards))
    return weights, lengths


# Batches


def drive(envs: Any, steps: int, seed: int) -> list[Any]:
    """Steps a batch with random actions and returns everything."""
    envs.action_space.seed(seed)
    facts = [envs.reset(seed=seed)]
    for _ in range(steps):
        facts.append(envs.step(envs.action_space.sample()))
    envs.close()
    return facts


@example
def a_batch_of_grids(gym):
    register_grid(gym)
    envs = gym.make_vec("examples/Grid-v0", num_envs=3)
    return (
        drive(envs, 90, 4),
        str(envs.observation_space),
        str(envs.single_action_space),
        envs.num_envs,
        repr(envs),
    )


@example
def a_batch_of_native_tasks(gym):
    """Gymnasium's own vectorised CartPole has one random stream for all, so both are asked for the same kind."""
    envs = gym.make_vec("CartPole-v1", num_envs=4, vectorization_mode="sync", **native(gym))
    return drive(envs, 120, 11), envs.metadata["autoreset_mode"].value


@example
def wrapped_batches(gym):
    register_grid(gym)
    mode = gym.vector.AutoresetMode.SAME_STEP
    envs = gym.make_vec(
        "examples/Grid-v0", num_envs=2, vectorization_mode="sync", vector_kwargs={"autoreset_mode": mode},
        wrappers=[gym.wrappers.FlattenObservation, lambda env: gym.wrappers.ClipReward(env, 0.0, 0.5)],
    )  # fmt: skip
    envs = gym.wrappers.vector.RecordEpisodeStatistics(envs)
    facts = drive(envs, 100, 6)
    for *_, info in facts:
        if "episode" in info:
            info["episode"].pop("t"), info["episode"].pop("_t", None)
    return facts, list(envs.return_queue), list(envs.length_queue)


@example
def reset_where_episodes_ended(gym):
    envs = gym.vector.SyncVectorEnv(
        [lambda: gym.make("CartPole-v1", **native(gym))] * 3, autoreset_mode=gym.vector.AutoresetMode.DISABLED
    )
    envs.action_space.seed(0)
    facts = [envs.reset(seed=[1, 2, 3])]
    for _ in range(60):
        facts.append(envs.step(envs.action_space.sample()))
        done = np.logical_or(*facts[-1][2:4])
        if done.any():
            facts.append(envs.reset(options={"reset_mask": done}))
    return facts, envs.get_attr("spec")[0].id, envs.call("has_wrapper_attr", "np_random")


@example
def a_custom_batch(gym):
    """A vector environment of one's own, registered by its entry point."""

    class Walkers(gym.vector.VectorEnv):
        metadata = {"autoreset_mode": gym.vector.AutoresetMode.NEXT_STEP}  # noqa: RUF012

        def __init__(self, num_envs=1, max_episode_steps=10, drift=0.0):
            self.num_envs, self.limit, self.drift = num_envs, max_episode_steps, drift
            self.single_observation_space = gym.spaces.Box(-np.inf, np.inf, (1,), np.float64)
            self.single_action_space = gym.spaces.Discrete(3)
            self.observation_space = gym.vector.utils.batch_space(self.single_observation_space, num_envs)
            self.action_space = gym.vector.utils.batch_space(self.single_action_space, num_envs)

        def reset(self, *, seed=None, options=None):
            super().reset(seed=seed)
            self.positions, self.elapsed = self.np_random.normal(size=(self.num_envs, 1)), 0
            return self.positions.copy(), {}

        def step(self, actions):
            self.elapsed += 1
            self.positions = self.positions + (np.asarray(actions)[:, None] - 1) + self.drift
            far = np.abs(self.positions[:, 0]) > 3
            info = {}
            for lane in range(self.num_envs):
                info = self._add_info(info, {"position": float(self.positions[lane, 0])}, lane)
            truncated = np.full(self.num_envs, self.elapsed >= self.limit)
            return self.positions.copy(), -np.abs(self.positions[:, 0]), far, truncated, info

    gym.register("examples/Walkers-v0", vector_entry_point=Walkers, max_episode_steps=12)
    envs = gym.make_vec("examples/Walkers-v0", num_envs=3, drift=0.1)
    spec = envs.spec
    facts = drive(envs, 15, 2)
    return facts, spec.kwargs, gym.make_vec(spec).num_envs, repr(envs), envs.np_random_seed, envs.closed


@example
def plain_helpers(gym):
    """Spaces and their helpers by hand, as the documentation of spaces shows them."""
    spaces = gym.spaces
    space = spaces.Dict(
        {
            "camera": spaces.Box(0, 255, (2, 2), np.uint8),
            "joints": spaces.Tuple((spaces.MultiDiscrete([3, 2]), spaces.MultiBinary(3))),
            "word": spaces.Text(4),
        },
        seed=3,
    )
    samples = [space.sample() for _ in range(3)]
    flat = [spaces.flatten(space, sample) for sample in samples]
    back = [spaces.unflatten(space, row) for row in flat]
    masked = spaces.Discrete(4, seed=1).sample(mask=np.array([0, 1, 0, 1], np.int8))
    batched = gym.vector.utils.batch_space(space["camera"], 3)
    return (
        samples,
        flat,
        back,
        spaces.flatdim(space),
        str(spaces.flatten_space(space)),
        int(masked),
        str(batched),
    )


def test_silence():
    """A plain program gives no warning at all."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        register_grid(plyo)
        try:
            for id in ("examples/Grid-v0", "CartPole-v1"):
                with plyo.make(id) as env:
                    env.reset(seed=1)
                    env.step(env.action_space.sample())
                plyo.make_vec(id, 2).reset(seed=1)
        finally:
            plyo.registry.pop("examples/Grid-v0")
