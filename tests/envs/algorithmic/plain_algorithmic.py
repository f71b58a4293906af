"""The algorithmic tasks beside their rules in plain Python (`benchmarks/python_tasks`), on the same random streams."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import replace
from typing import Any

import numpy as np

import plyo
from python_tasks.algorithmic import RULES, Algorithmic, Rules

Action = tuple[int, int, int]
#: Receives observations and yields actions, the first time a `START`, to be sent the first observation.
Player = Generator[Action, int, None]
START = (0, 0, 0)


class Plain(Algorithmic):
    """One environment, whose ``reset`` gives an observation and whose ``step`` an observation, a reward and the end."""

    def __init__(self, rules: Rules, seed: int) -> None:
        super().__init__(rules)
        self.np_random = np.random.default_rng(seed)

    def reset(self) -> int:
        return super().reset()[0]

    def step(self, action: Action) -> tuple[int, float, bool]:
        return super().step(action)[:3]

    def right_action(self, move: int = 1) -> Action:
        """The symbol that a player who knows the target writes."""
        return move, 1, self.target[min(self.write_head_position, len(self.target) - 1)]


def _actions(models: list[Plain], rng: np.random.Generator) -> list[Action]:
    """Actions of players in turn, from random players to perfect ones."""
    knowledge = (0.0, 0.5, 0.9, 0.99, 1.0)
    moves = 4 if models[0].rules.rows else 2
    drawn = rng.random(len(models))
    random = rng.integers((moves, 2, models[0].rules.base), size=(len(models), 3)).tolist()
    return [
        model.right_action(action[0]) if drawn[i] < knowledge[i % len(knowledge)] else tuple(action)
        for i, (model, action) in enumerate(zip(models, random, strict=True))
    ]


def assert_same_batch(task_id: str, num_lanes: int = 200, num_steps: int = 200) -> None:
    """Steps one lane a seed beside the plain rules: observations, rewards, flags, and that inputs grew."""
    for mode in ("same_step", "next_step"):
        models = [Plain(RULES[task_id], seed) for seed in range(num_lanes)]
        envs = plyo.make_vec(task_id, num_lanes, autoreset_mode=mode)
        first, _ = envs.reset(seed=0)
        assert first.tolist() == [model.reset() for model in models]
        rng = np.random.default_rng(7)
        waiting = [False] * num_lanes  # lanes whose step is a reset with any action
        for t in range(num_steps):
            actions = _actions(models, rng)
            batch = tuple(np.array(part) for part in zip(*actions, strict=True))
            observations, rewards, terminated, truncated, infos = envs.step(batch)
            assert envs.observation_space.contains(observations)
            results = [
                (model.reset(), 0.0, False) if waits else model.step(action)
                for model, action, waits in zip(models, actions, waiting, strict=True)
            ]
            assert rewards.tolist() == [reward for _, reward, _ in results], (mode, t)
            assert terminated.tolist() == [done for _, _, done in results], (mode, t)
            assert not truncated.any()
            expected = [observation for observation, _, _ in results]
            if mode == "next_step":
                waiting = terminated.tolist()
            for lane in np.flatnonzero(terminated) if mode == "same_step" else ():
                assert infos["final_obs"][lane] == expected[lane]
                expected[lane] = models[lane].reset()
            assert observations.tolist() == expected, (mode, t)
        assert max(model.min_length for model in models) > RULES[task_id].min_length


def assert_same_single(task_id: str, num_seeds: int = 5, num_steps: int = 300, **kwargs: Any) -> None:
    """The same for single environments, with the types and the random stream that is left."""
    rules = RULES[task_id]
    for name in kwargs:
        rules = replace(rules, **{name: kwargs[name]})
    for seed in range(num_seeds):
        model = Plain(rules, seed)
        env = plyo.make(task_id, **kwargs)
        assert env.reset(seed=seed)[0] == model.reset()
        rng = np.random.default_rng(seed)
        for _ in range(num_steps):
            action = _actions([model] * 5, rng)[seed % 5]
            result = env.step(action)
            assert (result[0], *result[1:]) == (*model.step(action), False, {})
            assert [type(part) for part in result[1:]] == [float, bool, bool, dict]
            unwrapped = env.unwrapped
            assert (unwrapped.time, unwrapped.time_limit) == (model.time, model.time_limit)
            assert (unwrapped.min_length, unwrapped.input_width) == (model.min_length, len(model.columns))
            assert (unwrapped.write_head_position, unwrapped.episode_total_reward) == (
                model.write_head_position,
                model.episode_total_reward,
            )
            if result[2]:
                assert env.reset()[0] == model.reset()
        assert env.np_random.bit_generator.state == model.np_random.bit_generator.state


def play(env: Any, observation: int, player: Player) -> float:
    """The return of an episode after its reset, played by a player who observes only the symbol at the head."""
    total, terminated, truncated = 0.0, False, False
    next(player)
    while not (terminated or truncated):
        observation, reward, terminated, truncated, _ = env.step(player.send(observation))
        total += reward
    return total


def assert_perfect(task_id: str, make_player: Callable[[], Player], num_episodes: int = 100) -> None:
    """A perfect player earns a point a symbol of the target, and inputs grow on the way."""
    env = plyo.make(task_id)
    model = Plain(RULES[task_id], 3)
    for episode in range(num_episodes):
        observation, _ = env.reset(seed=3 if episode == 0 else None)
        assert model.reset() == observation
        model.episode_total_reward = play(env, observation, make_player())
        assert model.episode_total_reward == len(model.target)


def assert_promotions(task_id: str) -> None:
    """Inputs grow after exactly so many episodes without a miss, from the least length to 30."""
    rules = RULES[task_id]
    env, model = plyo.make(task_id), Plain(rules, 11)
    observation, _ = env.reset(seed=11)
    assert observation == model.reset()
    assert env.unwrapped.min_length == rules.min_length

    def succeed() -> int:
        terminated = False
        while not terminated:
            action = model.right_action()
            _, reward, terminated, _, _ = env.step(action)
            model.step(action)
            assert reward == 1.0
        assert env.reset()[0] == model.reset()
        return env.unwrapped.min_length

    def fail() -> None:
        move, write, symbol = model.right_action()
        wrong = (move, write, (symbol + 1) % rules.base)
        assert env.step(wrong)[1:3] == (-0.5, True)
        model.step(wrong)
        assert env.reset()[0] == model.reset()

    # a miss is forgotten only when it is no longer among the last ones
    for _ in range(rules.window - 1):
        assert succeed() == rules.min_length
    fail()
    assert env.unwrapped.min_length == rules.min_length
    for expected in range(rules.min_length, 30):
        for _ in range(rules.window - 1):
            assert succeed() == expected
        assert succeed() == expected + 1
        # a new seed begins a new stream, not a new curriculum
        if expected == rules.min_length:
            env.reset(seed=12)
            model.np_random = np.random.default_rng(12)
            model.reset()
            assert env.unwrapped.min_length == expected + 1
            # the episode that was given up counts as missed, which a row of good ones makes up for
    for _ in range(rules.window + 1):
        assert succeed() == 30
    assert 30 <= env.unwrapped.input_width <= 32


def assert_overdue(task_id: str) -> None:
    """The task's own limit ends an episode with -1, for any symbol written in the last step."""
    for writes_last in (False, True):
        env, model = plyo.make(task_id), Plain(RULES[task_id], 5)
        env.reset(seed=5)
        model.reset()
        for _ in range(model.time_limit):
            assert env.step((0, 0, 0))[1:] == (0.0, False, False, {})
        action = model.right_action() if writes_last else (0, 0, 0)
        assert env.step(action)[1:] == (-1.0, True, False, {})
        assert env.unwrapped.episode_total_reward == -1.0
    assert plyo.spec(task_id).max_episode_steps == 200
    limited = plyo.make(task_id, max_episode_steps=2)
    limited.reset(seed=5)
    assert [limited.step((0, 0, 0))[2:4] for _ in range(2)] == [(False, False), (False, True)]
