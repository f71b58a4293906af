"""Whole episodes under a policy, as replays."""

from __future__ import annotations

from copy import copy

import plyo
from plyo.train.evaluation import play_replays

#: CartPole's pole falls in some episodes, most of them after more than a hundred steps, and stays up in others.
MIDDLING = plyo.policies.Linear([[0.0, 0.0, 0.0, 0.0], [-0.03, -0.09, 0.41, 1.04]])


def test_episodes_of_different_lengths_are_played_to_their_ends() -> None:
    # more than one rollout: some episodes end in the first, some in the second
    replays = play_replays(plyo.spec("CartPole-v1"), MIDDLING, 5, 40)
    lengths = [len(replay) for replay in replays]
    assert min(lengths) < 256 < max(lengths)
    for replay in replays:
        assert replay.recorded is not None
        steps = list(replay)
        assert sum(step.reward for step in steps) == replay.episode_return == len(replay)
        assert [step.terminated or step.truncated for step in steps] == [False] * (len(replay) - 1) + [True]


def test_episodes_without_an_end_are_cut() -> None:
    spec = copy(plyo.spec("Pendulum-v1"))
    spec.max_episode_steps = None
    (endless,) = play_replays(spec, plyo.policies.Random(0), 0, 1)
    assert endless.recorded is None
    assert len(endless) == 1000
