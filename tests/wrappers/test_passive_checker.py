"""PassiveEnvChecker beside Gymnasium's: the time of its checks, and its messages."""

from __future__ import annotations

import gymnasium
import numpy as np
from differential import assert_same, outcome
from wrapper_cases import TASKS, make

import plyo


def test_passive_checker_around_wrapped_environments():
    """The text about an environment that returns one buffer twice."""

    def facts(p):
        class Reusing(TASKS[p]):
            def observe(self):
                return self.observations[0]

        env = p.wrappers.PassiveEnvChecker(Reusing())
        values = [env.checked_reset, env.checked_step, env.checked_render, env.close_called]
        values += [outcome(lambda: env.reset(seed=1)), env.checked_reset]
        action = np.float32([0, 1])
        values += [outcome(lambda: env.step(action)), env.checked_step, env.checked_data_reuse]
        values += [outcome(lambda: env.step(action)), env.checked_data_reuse]
        values += [outcome(lambda: env.step(action)), outcome(env.render), env.checked_render]
        values += [outcome(env.render), outcome(env.close), env.close_called, outcome(env.close)]
        return values

    ours = facts(plyo)
    assert "share an object" in str(ours)
    assert_same(ours, facts(gymnasium))


def test_passive_checker_of_spaces_and_closing():
    def attempts(p):
        class Bare(p.Env):
            def close(self):
                if hasattr(self, "is_closed"):
                    raise RuntimeError("closed")
                self.is_closed = True

        results = [outcome(lambda: p.wrappers.PassiveEnvChecker(Bare()))]
        env = Bare()
        env.action_space = p.spaces.Discrete(2)
        results.append(outcome(lambda: p.wrappers.PassiveEnvChecker(env)))
        env.observation_space = "no space"
        results.append(outcome(lambda: p.wrappers.PassiveEnvChecker(env))[0][:2])
        env.observation_space = p.spaces.Box(0, 0)
        checked = outcome(lambda: p.wrappers.PassiveEnvChecker(env))
        wrapper = checked[0][1]
        return [*results, checked[1], outcome(wrapper.close), outcome(wrapper.close)]

    ours = attempts(plyo)
    assert "should be allowed, but it raised" in str(ours)
    assert_same(ours, attempts(gymnasium))


def test_passive_checker_before_reset():
    """Gymnasium's checker ends in an accidental TypeError here."""
    env = make(plyo, "box")
    env.reset(seed=0)
    checker = plyo.wrappers.PassiveEnvChecker(env)
    assert len(checker.step(np.float32([0, 1]))) == 5
