"""Copy: "target: input"; and the rules of all algorithmic tasks, with this one as the example."""

from __future__ import annotations

import numpy as np
import plain_algorithmic as plain
import pytest

import plyo


def player() -> plain.Player:
    """Writes the symbol at the head, and moves to the right."""
    symbol = yield plain.START
    while True:
        symbol = yield (1, 1, symbol)


def test_rules_hold_for_200_seeds() -> None:
    plain.assert_same_batch("Copy-v0")
    plain.assert_same_single("Copy-v0")
    plain.assert_same_single("Copy-v0", base=16)


def test_spaces() -> None:
    """Action: Tuple(Discrete(moves), Discrete(2), Discrete(base)); observation: Discrete(base + 1)."""
    env = plyo.make("Copy-v0")
    discrete = plyo.spaces.Discrete
    assert env.action_space == plyo.spaces.Tuple((discrete(2), discrete(2), discrete(5)))
    assert env.observation_space == discrete(6)
    other = plyo.make("Copy-v0", base=3)
    assert other.action_space == plyo.spaces.Tuple((discrete(2), discrete(2), discrete(3)))
    assert other.observation_space == discrete(4)
    assert env.spec.reward_threshold == 25.0


def test_perfect_player() -> None:
    plain.assert_perfect("Copy-v0", player)


def test_curriculum() -> None:
    """The last 10 episodes, none of which missed more than 1 point."""
    plain.assert_promotions("Copy-v0")


def test_an_episode_given_up_one_symbol_early_counts_as_good() -> None:
    """The shortfall is the return less the length of the target: -1.0 is enough, -1.5 is not."""
    for wrong, promoted in ((False, True), (True, False)):
        env, model = plyo.make("Copy-v0"), plain.Plain(plain.RULES["Copy-v0"], 2)
        env.reset(seed=2)
        model.reset()
        for _ in range(10):
            for _ in range(len(model.target) - 1):
                env.step(model.right_action())
                model.step(model.right_action())
            if wrong:
                env.step((0, 1, (model.right_action()[2] + 1) % 5))
                model.step((0, 1, (model.right_action()[2] + 1) % 5))
            assert env.reset()[0] == model.reset()
        assert env.unwrapped.min_length == model.min_length == (3 if promoted else 2)


def test_every_lane_has_a_curriculum_of_its_own() -> None:
    envs = plyo.make_vec("Copy-v0", 2, autoreset_mode="same_step")
    observations, _ = envs.reset(seed=0)
    # the first reads and writes, the second always writes a 0
    for _ in range(300):
        symbols = np.array([min(observations[0], 4), 0])
        observations, *_ = envs.step((np.ones(2, int), np.ones(2, int), symbols))
    twins = [plyo.make("Copy-v0") for _ in range(2)]
    for lane, twin in enumerate(twins):
        observation, _ = twin.reset(seed=lane)
        for _ in range(300):
            symbol = 0 if lane == 1 else min(observation, 4)
            observation, _, terminated, _, _ = twin.step((1, 1, symbol))
            if terminated:
                observation, _ = twin.reset()
        assert observation == observations[lane]
    assert [twin.unwrapped.min_length for twin in twins] == [7, 2]


def test_time_limit() -> None:
    """Input + target + 4 steps; the step after them earns -1 and ends the episode."""
    plain.assert_overdue("Copy-v0")


def test_a_head_off_the_tape_reads_a_blank() -> None:
    env, model = plyo.make("Copy-v0"), plain.Plain(plain.RULES["Copy-v0"], 4)
    first, _ = env.reset(seed=4)
    model.reset()
    symbols = [column[0] for column in model.columns]
    assert first == symbols[0]
    length = len(symbols)
    assert [env.step((0, 0, 0))[0] for _ in range(2)] == [5, 5]
    assert [env.step((1, 0, 0))[0] for _ in range(length)] == [5, *symbols[:-1]]
    env.reset(seed=4)
    assert [env.step((1, 0, 0))[0] for _ in range(length + 1)] == [*symbols[1:], 5, 5]
    assert [env.step((0, 0, 0))[0] for _ in range(2)] == [5, symbols[-1]]


def test_writing_past_the_end() -> None:
    """ "Past the end: warn, counts as wrong"."""
    env, model = plyo.make("Copy-v0"), plain.Plain(plain.RULES["Copy-v0"], 4)
    env.reset(seed=4)
    model.reset()
    while not env.step(model.right_action())[2]:
        model.step(model.right_action())
    with pytest.warns(UserWarning, match="already returned terminated = True"):
        assert env.step((1, 1, 0))[1:3] == (-0.5, True)
    assert env.step((1, 1, 3))[1:3] == (-0.5, True)
    assert env.unwrapped.write_head_position == len(model.target) + 2


def test_bad_values() -> None:
    for base in (0, 17):
        with pytest.raises(ValueError, match=rf"base \({base}\) must be from 1 to 16"):
            plyo.make("Copy-v0", base=base)
    env = plyo.make("Copy-v0")
    env.reset(seed=0)
    for bad in ((2, 0, 0), (0, 2, 0), (0, 0, 5), (0, -1, 0), (0, 0), 1):
        with pytest.raises(plyo.error.InvalidAction):
            env.step(bad)
    assert env.unwrapped.time == 0


def test_text_is_gyms() -> None:
    env = plyo.make("Copy-v0", render_mode="ansi")
    env.reset(seed=1)
    rule = "=" * 42
    assert env.render() == (
        f"Total length of input instance: 3, step: 0\n{rule}\n"
        "Observation Tape    :   \x1b[42mC\x1b[0mDE  \n"
        "Output Tape         :   \n"
        "Targets             :   CDE  \n\n\n\n\n\n\n"
    )
    env.step((1, 1, 2))
    assert env.render() == (
        f"Total length of input instance: 3, step: 1\n{rule}\n"
        "Observation Tape    :   C\x1b[42mD\x1b[0mE  \n"
        "Output Tape         :   \x1b[42mC\x1b[0m\n"
        "Targets             :   CDE  \n\n"
        "Current reward      :   1.000\n"
        "Cumulative reward   :   1.000\n"
        "Action              :   Tuple(move over input: right,\n"
        "                              write to the output tape: True,\n"
        "                              prediction: C)\n"
    )
    env.step((0, 0, 2))
    assert "\nOutput Tape         :   C\n" in env.render()
    assert "write to the output tape: False,\n" in env.render()
    env.step((1, 1, 4))
    assert "\nOutput Tape         :   C\x1b[41mE\x1b[0m\n" in env.render()
    assert "\nCurrent reward      :   -0.500\nCumulative reward   :   0.500\n" in env.render()
    digits = plyo.make("Copy-v0", render_mode="ansi", chars=False)
    digits.reset(seed=1)
    assert "\nTargets             :   234  \n" in digits.render()
