"""ReversedAddition of two and three rows: "per column sum + carry, append carry if > 0"."""

from __future__ import annotations

import plain_algorithmic as plain
import pytest

import plyo

IDS = ("ReversedAddition-v0", "ReversedAddition3-v0")


def player(rows: int) -> plain.Player:
    """Reads columns by turns downwards and upwards, and writes at the end of each."""
    carry, down = 0, True
    digit = yield plain.START
    while True:
        total = carry
        for row in range(rows):
            if digit == 3:  # the end of the input
                yield (0, 1, carry)
            total += digit
            digit = yield (1, 1, total % 3) if row == rows - 1 else (3 if down else 2, 0, 0)
        carry, down = total // 3, not down


@pytest.mark.parametrize("task_id", IDS)
def test_rules_hold_for_200_seeds(task_id: str) -> None:
    plain.assert_same_batch(task_id)
    plain.assert_same_single(task_id)
    plain.assert_same_single(task_id, rows=1)
    plain.assert_same_single(task_id, rows=4, base=16)


@pytest.mark.parametrize("task_id", IDS)
def test_curriculum(task_id: str) -> None:
    """The last 10 episodes, none of which missed more than 1 point."""
    plain.assert_promotions(task_id)


@pytest.mark.parametrize("task_id", IDS)
def test_time_limit(task_id: str) -> None:
    """2 * input + 4 steps, for any length of the target."""
    plain.assert_overdue(task_id)


def test_perfect_player_of_two_rows() -> None:
    plain.assert_perfect("ReversedAddition-v0", lambda: player(2))


def test_perfect_player_of_three_rows_has_time_for_short_inputs_only() -> None:
    """ "The limit may make it unsolvable": 3 steps a column, and 2 * input + 4 steps in all."""
    env = plyo.make("ReversedAddition3-v0")
    outcomes = set()
    for seed in range(100):
        model = plain.Plain(plain.RULES["ReversedAddition3-v0"], seed)
        model.reset()
        observation, _ = env.reset(seed=seed)
        total = plain.play(env, observation, player(3))
        needed = 3 * len(model.columns) + len(model.target) - len(model.columns)
        in_time = needed <= model.time_limit
        assert (total == len(model.target)) == in_time
        outcomes.add(in_time)
    assert outcomes == {False, True}


def test_a_head_off_the_grid_reads_a_blank() -> None:
    env, model = plyo.make(IDS[0]), plain.Plain(plain.RULES[IDS[0]], 1)
    model.reset()
    (top, bottom), *_ = model.columns
    last_top, last_bottom = model.columns[-1]
    left, right, up, down = 0, 1, 2, 3
    assert env.reset(seed=1)[0] == top
    for move, seen in (
        (left, 3),
        (right, top),
        (up, 3),
        (down, top),
        (down, bottom),
        (down, 3),
        (up, bottom),
    ):
        assert env.step((move, 0, 0))[0] == seen
    env.reset(seed=1)
    for _ in range(len(model.columns)):
        observation, *_ = env.step((right, 0, 0))
    assert observation == 3
    assert env.step((left, 0, 0))[0] == last_top
    assert env.step((down, 0, 0))[0] == last_bottom


def test_spaces() -> None:
    """Grid moves: left, right, up, down."""
    discrete = plyo.spaces.Discrete
    for task_id in IDS:
        env = plyo.make(task_id)
        assert env.action_space == plyo.spaces.Tuple((discrete(4), discrete(2), discrete(3)))
        assert env.observation_space == discrete(4)
        assert env.spec.reward_threshold == 25.0
    assert [plyo.spec(task_id).kwargs for task_id in IDS] == [{"rows": 2}, {"rows": 3}]


def test_bad_values() -> None:
    for rows in (0, 5):
        with pytest.raises(ValueError, match=rf"rows \({rows}\) must be from 1 to 4"):
            plyo.make("ReversedAddition-v0", rows=rows)
    for base in (2, 17):
        with pytest.raises(ValueError, match=rf"base \({base}\) must be from rows \(3\) to 16"):
            plyo.make("ReversedAddition3-v0", base=base)


def test_text_is_gyms() -> None:
    env = plyo.make("ReversedAddition-v0", render_mode="ansi")
    env.reset(seed=1)
    head = "Total length of input instance: 3, step: {}\n" + "=" * 42 + "\n"
    blank = " " * 7
    assert env.render() == (
        head.format(0) + f"Observation Grid    : {blank}\n"
        f"                        \x1b[42m1\x1b[0m20  \n"
        f"                        202  \n"
        f"                      {blank}\n"
        "Output Tape         :   \n"
        "Targets             :   0001  \n\n\n\n\n\n\n"
    )
    env.step((3, 0, 0))
    assert env.render() == (
        head.format(1) + f"Observation Grid    : {blank}\n"
        f"                        120  \n"
        f"                        \x1b[42m2\x1b[0m02  \n"
        f"                      {blank}\n"
        "Output Tape         :   \n"
        "Targets             :   0001  \n\n"
        "Current reward      :   0.000\n"
        "Cumulative reward   :   0.000\n"
        "Action              :   Tuple(move over input: down,\n"
        "                              write to the output tape: False,\n"
        "                              prediction: 0)\n"
    )
