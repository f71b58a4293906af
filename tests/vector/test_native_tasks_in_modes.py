"""Native tasks give the same episodes in all vectorization modes: lane i of the engine is environment i of a batch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from differential import outcome
from vector_envs import assert_same_results

import plyo
from plyo.envs.registration import VectorizeMode
from plyo.vector import AsyncVectorEnv, AutoresetMode, NativeVectorEnv, SyncVectorEnv

MODES = list(AutoresetMode)

pytestmark = pytest.mark.filterwarnings("ignore:.*is out of date:DeprecationWarning")


class Doubled(plyo.RewardWrapper, plyo.utils.RecordConstructorArgs):
    """A wrapper that specs tell of."""

    def __init__(self, env: Any) -> None:
        plyo.utils.RecordConstructorArgs.__init__(self)
        plyo.RewardWrapper.__init__(self, env)

    def reward(self, reward: Any) -> Any:
        return 2 * reward


def episodes(vectorization: str, task_id: str, mode: AutoresetMode, steps: int = 90) -> list[Any]:
    """The results of a batch while episodes end, by a short time limit or by themselves."""
    envs = plyo.make_vec(
        task_id, 4, vectorization, vector_kwargs={"autoreset_mode": mode}, max_episode_steps=23
    )
    results = [envs.reset(seed=11)]
    envs.action_space.seed(2)
    for step in range(steps):
        if mode is AutoresetMode.DISABLED and step and (done := results[-1][2] | results[-1][3]).any():
            results.append(envs.reset(options={"reset_mask": done}))
        results.append(envs.step(envs.action_space.sample()))
        if step == 40 and mode is not AutoresetMode.DISABLED:
            results.append(envs.reset(seed=[5, None, 6, None]))
    results.append(envs.np_random_seed)
    results.append([rng.random() for rng in envs.np_random])
    envs.close()
    return results


def sorted_infos(results: list[Any]) -> list[Any]:
    """Results with the infos in the order of their names."""
    return [
        (*result[:-1], dict(sorted(result[-1].items())))
        if isinstance(result, tuple) and isinstance(result[-1], dict)
        else result
        for result in results
    ]


def equal_types_of_probabilities(native: Any, sync: Any) -> None:
    """Makes floats of all probabilities: where a step resets all environments, those in Python report integers."""
    if not (isinstance(native, tuple) and isinstance(native[-1], dict)):  # the seeds
        return
    for infos in (native[-1], sync[-1]):
        for info in (infos, infos.get("final_info", {})):
            if "prob" in info:
                info["prob"] = info["prob"].astype(np.float64)


@pytest.mark.parametrize("mode", MODES, ids=str)
def test_same_episodes(task_id, mode):
    native = sorted_infos(episodes("native", task_id, mode))
    sync = sorted_infos(episodes("sync", task_id, mode))
    for result, other in zip(native, sync, strict=True):
        equal_types_of_probabilities(result, other)
    assert_same_results(sync, native)
    if task_id in ("CartPole-v1", "Pendulum-v1"):  # the processes get the same environments
        assert_same_results(sorted_infos(episodes("async", task_id, mode)), native)
    if mode is AutoresetMode.SAME_STEP:
        assert any("final_obs" in result[-1] for result in native[:-2])


def test_attributes_of_lanes(task_id):
    """Programs that ask the environments of a batch find the same in a native one."""
    native, sync = (plyo.make_vec(task_id, 3, mode) for mode in ("native", "sync"))
    names = ["has_reset", "np_random_seed", "render_mode"]
    if plyo.spec(task_id).max_episode_steps is not None:
        names += ["_elapsed_steps", "_max_episode_steps"]
    has_state = hasattr(sync.envs[0].unwrapped, "state")
    names += ["state"] if has_state else []
    seen = []
    for envs in (native, sync):
        found = [envs.get_attr(name) for name in names if name != "np_random_seed"]
        envs.reset(seed=4)
        envs.action_space.seed(1)
        envs.step(envs.action_space.sample())
        found += [envs.get_attr(name) for name in names]
        found.append([str(space) for space in envs.call("action_space")])
        found.append([rng.random() for rng in envs.get_attr("np_random")])
        found.append(outcome(lambda envs=envs: envs.get_attr("nonsense")))
        if has_state:
            states = envs.get_attr("state")
            envs.set_attr("state", list(reversed(states)))
            found += [envs.get_attr("state"), envs.step(envs.action_space.sample())]
            envs.set_attr("state", states[0])
            found.append(envs.call("state"))
            found.append(outcome(lambda envs=envs, states=states: envs.set_attr("state", states[:2])))
        seen.append(found)
    assert_same_results(*seen)
    with pytest.raises(AttributeError, match="'nonsense' cannot be set in a native batch"):
        native.set_attr("nonsense", 3)


def test_the_mode_that_is_chosen(task_id):
    for mode, kind in [
        (None, NativeVectorEnv),
        ("native", NativeVectorEnv),
        ("vector_entry_point", NativeVectorEnv),
        (VectorizeMode.VECTOR_ENTRY_POINT, NativeVectorEnv),
        ("sync", SyncVectorEnv),
        (VectorizeMode.SYNC, SyncVectorEnv),
    ]:
        envs = plyo.make_vec(task_id, 2, mode)
        assert isinstance(envs, kind)
        again = plyo.make_vec(envs.spec)
        assert type(again) is type(envs)
        assert again.spec == envs.spec
        assert again.num_envs == 2
    # arguments that need single environments get them
    for kwargs in ({"wrappers": [Doubled]}, {"vector_kwargs": {"copy": False}}):
        envs = plyo.make_vec(task_id, 2, **kwargs)
        assert isinstance(envs, SyncVectorEnv)
        assert isinstance(plyo.make_vec(envs.spec), SyncVectorEnv)
    envs = plyo.make_vec(Doubled(plyo.make(task_id)).spec, 2)
    assert isinstance(envs, SyncVectorEnv)
    assert [type(env).__name__ for env in envs.envs] == ["Doubled"] * 2
    for mode in ("native", "vector_entry_point"):
        with pytest.raises(plyo.error.Error, match=r"Cannot use `vector_entry_point` .* wrappers argument"):
            plyo.make_vec(task_id, 2, mode, wrappers=[Doubled])


@pytest.mark.parametrize("context", ["fork", pytest.param("spawn", marks=pytest.mark.slow)])
def test_async_batches_of_native_tasks(context):
    kwargs = {"vector_kwargs": {"context": context}, "wrappers": [Doubled], "sutton_barto_reward": True}
    envs = plyo.make_vec("CartPole-v1", 2, "async", **kwargs)
    assert isinstance(envs, AsyncVectorEnv)
    assert repr(envs) == "AsyncVectorEnv(CartPole-v1, num_envs=2)"
    envs.reset(seed=1)
    assert envs.step(np.array([0, 1]))[1].tolist() == [0.0, 0.0]
    assert envs.get_attr("class_name") == ("Doubled", "Doubled")
    assert envs.spec.kwargs == {**kwargs, "num_envs": 2, "vectorization_mode": "async"}
    envs.close()


@pytest.mark.parametrize("mode", [None, "sync"])
def test_the_autoreset_mode_of_a_native_task_is_the_batches(mode: str | None) -> None:
    envs = plyo.make_vec(
        "CartPole-v1",
        num_envs=2,
        vectorization_mode=mode,
        wrappers=[lambda env: plyo.wrappers.TimeLimit(env, 3)],
        autoreset_mode="same_step",
    )
    again = plyo.make_vec(envs.spec)
    for batch in (envs, again):
        assert batch.metadata["autoreset_mode"] is AutoresetMode.SAME_STEP
        batch.reset(seed=0)
        batch.step(np.ones(2, dtype=np.int64))
        batch.step(np.zeros(2, dtype=np.int64))
        assert "final_obs" in batch.step(np.ones(2, dtype=np.int64))[4]
        batch.close()
