"""Steps an environment beside Gymnasium's, for tests of a single task."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import gymnasium
import numpy as np
from contract_helpers import is_reference_platform

import plyo

#: float32 rounding of numbers that differ in the last bits of a float64.
CLOSE = 1e-5


def side_by_side(
    task_id: str,
    actions: Sequence[Any] | Callable[[Any], Any],
    num_steps: int | None = None,
    *,
    seed: int = 0,
    options: dict[str, Any] | None = None,
    **kwargs: Any,
) -> tuple[Any, Any, Any]:
    """Asserts that ``math="reference"`` gives Gymnasium's bits and ``math="fast"`` nearly so.

    Args:
        task_id: The id in both.
        actions: One a step, or a function of the observation.
        num_steps: For a function; steps continue after an episode has ended.
        seed: For the reset.
        options: For the reset.
        **kwargs: For both `make`.

    Returns:
        Gymnasium's observations ``(T + 1, ...)`` with that of the reset, rewards ``(T,)``, terminated ``(T,)``.
    """
    theirs = gymnasium.make(task_id, disable_env_checker=True, **kwargs)
    fast = plyo.make(task_id, **kwargs)
    exact = plyo.make(task_id, math="reference", **kwargs) if is_reference_platform() else None
    observation, _ = theirs.reset(seed=seed, options=options)
    observations, rewards, terminated = [observation.copy()], [], []
    np.testing.assert_allclose(fast.reset(seed=seed, options=options)[0], observation, CLOSE, CLOSE)
    if exact is not None:
        assert exact.reset(seed=seed, options=options)[0].tobytes() == observation.tobytes()

    for t in range(len(actions) if num_steps is None else num_steps):
        action = actions(observation) if callable(actions) else actions[t]
        observation, *outcome = theirs.step(action)
        close, reward, *flags = fast.step(action)
        np.testing.assert_allclose(close, observation, CLOSE, CLOSE, err_msg=f"step {t}")
        np.testing.assert_allclose(reward, outcome[0], CLOSE, CLOSE, err_msg=f"step {t}")
        assert flags == outcome[1:], f"step {t}"
        if exact is not None:
            equal, *rest = exact.step(action)
            assert equal.tobytes() == observation.tobytes(), f"step {t}: {equal} != {observation}"
            assert rest == outcome, f"step {t}"
            assert type(rest[0]) is type(outcome[0])
        observations.append(observation.copy())
        rewards.append(outcome[0])
        terminated.append(outcome[1])
    return np.array(observations), np.array(rewards), np.array(terminated)
