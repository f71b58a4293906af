"""step_compact, step_lanes, reset_lanes, fork and reward_dtype: arrays, options, errors. Their bits: tests/contract."""

from __future__ import annotations

import copy
import pickle
import threading
from typing import Any

import numpy as np
import pytest

import plyo
from plyo import error, policies, randomize
from plyo.vector import AutoresetMode, EndedEpisodes, StepResult

MODES = ["next_step", "same_step", "disabled"]
each_mode = pytest.mark.parametrize("mode", MODES)


def carts(num_envs: int = 6, **kwargs: Any) -> Any:
    envs = plyo.make_vec("CartPole-v1", num_envs, **kwargs)
    envs.reset(seed=0)
    return envs


def pushes(envs: Any, action: int = 1) -> Any:
    return np.full(envs.num_envs, action)


def buffers(envs: Any) -> list[Any]:
    n = envs.num_envs
    seen = [np.zeros((n, 4), np.float32) for _ in range(2)]
    return [seen[0], np.zeros(n), *(np.zeros(n, bool) for _ in range(3)), seen[1]]


# ---- compact steps ----


def test_fields_and_types() -> None:
    result = carts().step_compact(np.ones(6, int))
    assert isinstance(result, StepResult)
    assert isinstance(result.ended, EndedEpisodes)
    assert result.infos == result.ended.infos == {}
    assert result._fields[:7] == (
        "observations", "rewards", "terminated", "truncated", "dones", "next_observations", "ended",
    )  # fmt: skip
    assert result.ended._fields[:5] == ("ids", "final_observations", "returns", "lengths", "truncated")
    assert [a.dtype for a in result.ended[:1] + result.ended[2:5]] == [np.int64, np.float64, np.int64, bool]
    assert result.ended.final_observations.shape == (0, 4)
    assert pickle.loads(pickle.dumps(result)).ended.ids.shape == (0,)


@each_mode
def test_given_arrays_are_written_in_every_mode(mode: str) -> None:
    envs, twin = carts(autoreset_mode=mode), carts(autoreset_mode=mode)
    for _ in range(12):
        out = buffers(envs)
        result, expected = envs.step_compact(pushes(envs), out=out), twin.step_compact(pushes(envs))
        for given, field, wanted in zip(out, result[:6], expected[:6], strict=True):
            assert field is given
            assert (given == wanted).all()
        if result.dones.any() and mode == "disabled":
            envs.reset_lanes(result.ended.ids)
            twin.reset_lanes(result.ended.ids)


def test_observations_may_be_the_next_ones_where_nothing_is_reset_within_the_step() -> None:
    for mode in MODES:
        envs = carts(autoreset_mode=mode)
        seen = np.zeros((6, 4), np.float32)
        call = lambda envs=envs, seen=seen: envs.step_compact(  # noqa: E731 - called below
            pushes(envs), out=(seen, None, None, None, None, seen)
        )
        if mode == "same_step":
            with pytest.raises(ValueError, match="'observations' and 'next_observations' share memory"):
                call()
        else:
            result = call()
            assert result.next_observations is result.observations is seen


@each_mode
def test_next_observations_only_if_asked_for(mode: str) -> None:
    envs = carts(autoreset_mode=mode)
    assert envs.step_compact(pushes(envs), next_observations=False).next_observations is None
    with pytest.raises(TypeError, match="next_observations must be True or False, got 1"):
        envs.step_compact(pushes(envs), next_observations=1)


def test_wrong_arrays_change_nothing() -> None:
    envs = carts()
    before = envs.get_state()
    good = buffers(envs)
    for place, name in enumerate(
        ["observations", "rewards", "terminated", "truncated", "dones", "next_observations"]
    ):
        for bad, expected in [
            (good[place][:3], ValueError),
            (good[place].astype(np.int16), TypeError),
            (5, TypeError),
        ]:
            out = [*good[:place], bad, *good[place + 1 :]]
            with pytest.raises(expected, match=f"out: '{name}' must be"):
                envs.step_compact(pushes(envs), out=out)
    for out in (5, (), good[:4], [*good, None]):
        with pytest.raises(
            TypeError, match=r"out must be \(observations, rewards, terminated, truncated, dones"
        ):
            envs.step_compact(pushes(envs), out=out)
    with pytest.raises(ValueError, match="'truncated' and 'dones' share memory"):
        envs.step_compact(pushes(envs), out=[*good[:3], good[4], good[4], None])
    with pytest.raises(error.InvalidAction, match="action 9 of environment 0"):
        envs.step_compact(pushes(envs, 9))
    assert envs.get_state() == before


@each_mode
@pytest.mark.parametrize("wants_next", [True, False])
def test_rings_of_buffers(mode: str, wants_next: bool) -> None:
    ring, fresh = carts(autoreset_mode=mode, num_buffers=2), carts(autoreset_mode=mode)
    history = []
    for t in range(20):
        result = ring.step_compact(pushes(ring), next_observations=wants_next)
        expected = fresh.step_compact(pushes(ring), next_observations=wants_next)
        for ours, theirs in zip(result[:6], expected[:6], strict=True):
            assert ours is theirs is None or (ours == theirs).all()
        if t > 1:
            again = zip(result[:6], history[-2][:6], strict=True)
            assert all(ours is earlier for ours, earlier in again)
            assert all(a is not b for a, b in zip(result[:5], history[-1][:5], strict=True))
        history.append(result)
        if mode == "disabled" and result.dones.any():
            for envs in (ring, fresh):
                envs.reset_lanes(result.ended.ids)
        if t % 5 == 4:
            ring.step(pushes(ring, 0)) if mode != "disabled" else ring.step_compact(pushes(ring, 0))
            fresh.step(pushes(ring, 0)) if mode != "disabled" else fresh.step_compact(pushes(ring, 0))
            history.append(history[-2])


def test_pictures_and_tuples_and_infos() -> None:
    envs = carts(autoreset_mode="same_step", observation="pixels", size=(20, 30), stack=2)
    twin = carts(autoreset_mode="same_step", observation="pixels", size=(20, 30), stack=2)
    num_ended = 0
    for _ in range(30):
        observations, _, terminated, truncated, info = envs.step(pushes(envs))
        result = twin.step_compact(pushes(envs))
        assert (result.observations == observations).all()
        ids = np.flatnonzero(terminated | truncated)
        num_ended += len(ids)
        if len(ids):
            finals = np.stack(list(info["final_obs"][ids]))
            assert (result.ended.final_observations == finals).all()
            assert (result.next_observations[ids] == finals).all()
    assert num_ended > 6
    envs = plyo.make_vec("Taxi-v4", 4)
    _, info = envs.reset(seed=0)
    result = envs.step_compact(np.zeros(4, int))
    assert set(result.infos) == {key for key in info if not key.startswith("_")}
    assert result.infos["action_mask"].shape == (4, 6)
    assert result.ended.infos["action_mask"].shape == (0, 6)


# ---- some environments ----


def test_none_of_them() -> None:
    envs = carts()
    before = envs.get_state()
    observations, rewards, terminated, truncated, info = envs.step_lanes(np.zeros(0, int), [])
    assert observations.shape == (0, 4)
    assert rewards.shape == terminated.shape == truncated.shape == (0,)
    assert info == {}
    assert envs.reset_lanes(np.zeros(0, np.int32), seed=4)[0].shape == (0, 4)
    assert envs.get_state() == before


@pytest.mark.parametrize(
    ("ids", "expected", "text"),
    [
        ([6], IndexError, "environment 6 is out of range: the batch has environments 0 to 5"),
        ([-1], IndexError, "environment -1 is out of range"),
        ([2**63 - 1], IndexError, "environment 9223372036854775807 is out of range"),
        ([2, 3, 2], ValueError, "environment 2 is listed twice"),
        ([0.0], TypeError, "ids must be integers.*got dtype float64"),
        ([[1]], ValueError, r"one dimension, got shape \(1, 1\)"),
        (3, ValueError, r"one dimension, got shape \(\)"),
        (np.ones(6, bool), TypeError, "got dtype bool; np.flatnonzero"),
        (None, TypeError, "got None"),
        ("12", TypeError, "got '12'"),
    ],
)
def test_wrong_ids_change_nothing(ids: Any, expected: type[Exception], text: str) -> None:
    envs = carts()
    before = envs.get_state(), envs.np_random_seed
    size = np.size(ids)
    with pytest.raises(expected, match=text):
        envs.step_lanes(np.zeros(size, int), ids)
    with pytest.raises(expected, match=text):
        envs.reset_lanes(ids, seed=3)
    assert (envs.get_state(), envs.np_random_seed) == before
    # and the next list is not the worse for it
    assert envs.step_lanes([0, 1], [2, 3])[0].shape == (2, 4)


def test_wrong_actions_name_environment_and_value() -> None:
    envs = carts()
    before = envs.get_state()
    for dtype in (np.int64, np.int8):
        with pytest.raises(error.InvalidAction, match=r"^action 7 of environment 4 is out of range"):
            envs.step_lanes(np.array([0, 7], dtype), [1, 4])
    with pytest.raises(error.InvalidAction, match=r"integers of shape \(2,\), got shape \(3,\)"):
        envs.step_lanes([0, 0, 0], [1, 4])
    pendulums = plyo.make_vec("Pendulum-v1", 4)
    pendulums.reset(seed=0)
    with pytest.raises(error.InvalidAction, match="action element 0 of environment 3 is nan"):
        pendulums.step_lanes([[0.0], [np.nan]], [2, 3])
    assert envs.get_state() == before


def test_only_listed_environments_must_have_been_reset() -> None:
    envs = plyo.make_vec("CartPole-v1", 4, autoreset_mode="disabled", max_episode_steps=2)
    envs.reset_lanes([2, 0], seed=5)
    assert envs.get_attr("has_reset") == (True, False, True, False)
    with pytest.raises(error.ResetNeeded, match="environment 1 has not been reset"):
        envs.step_lanes([0, 0], [2, 1])
    for _ in range(2):
        *_, truncated, _ = envs.step_lanes([0], [2])
    assert truncated.all()
    with pytest.raises(error.ResetNeeded, match="the episode of environment 2 has ended"):
        envs.step_lanes([0, 0], [0, 2])
    envs.step_lanes([0], [0])
    with pytest.raises(error.ResetNeeded, match="environment 1 has not been reset"):
        envs.step([0] * 4)


def test_actions_of_environments_that_are_reset_are_ignored() -> None:
    envs = carts(max_episode_steps=1)
    envs.step_lanes([0], [3])
    observations, rewards, *_ = envs.step_lanes([99, 1], [3, 2])
    assert rewards.tolist() == [0, 1]
    assert (np.abs(observations[0]) <= 0.05).all()
    assert envs.get_attr("_elapsed_steps") == (0, 0, 1, 0, 0, 0)


def test_options_and_parameters_of_a_reset_of_some() -> None:
    envs = carts()
    observations, _ = envs.reset_lanes([4, 1], seed=[7, None], options={"low": 0.2, "high": 0.3})
    assert ((observations >= 0.2) & (observations <= 0.3)).all()
    assert envs.np_random_seed == (0, 1, 2, 3, 7, 5)
    envs.reset_lanes([4, 1], options={"params": {"length": np.array([0.7, 0.9])}})
    assert envs.get_params()["length"].tolist() == [0.5, 0.9, 0.5, 0.5, 0.7, 0.5]
    before = envs.get_state()
    for options, text in [
        ({"reset_mask": np.ones(6, bool)}, "reset_lanes takes ids in place of"),
        ({"wobble": 1}, "unknown option 'wobble'"),
        ({"params": {"length": np.array([0.7])}}, "length"),
        ({"params": {"wobble": 1}}, "wobble"),
    ]:
        with pytest.raises(ValueError, match=text):
            envs.reset_lanes([4, 1], options=options)
    for seed, expected, text in [
        ([1], ValueError, "the number of ids=2 but got length=1"),
        (-1, error.Error, "greater or equal to zero"),
        ("x", error.Error, "must be a python integer"),
    ]:
        with pytest.raises(expected, match=text):
            envs.reset_lanes([4, 1], seed=seed)
    assert envs.get_state() == before
    copied = pickle.loads(pickle.dumps(envs))
    assert (copied.reset(seed=1)[0] == envs.reset(seed=1)[0]).all()


def test_streams_of_numpy_go_on_alone_after_a_seed() -> None:
    envs = carts()
    generators = [envs.np_random[lane] for lane in range(6)]
    envs.reset_lanes([2], seed=1)
    twin = carts()
    twin.reset_lanes([2], seed=1)
    generators[2].random()
    generators[2].random()
    assert envs.get_state() == twin.get_state()
    generators[3].random()
    assert envs.get_state() != twin.get_state()


def test_large_sets_on_many_threads() -> None:
    envs, twin = (
        plyo.make_vec(
            "Acrobot-v1", 3000, autoreset_mode="same_step", max_episode_steps=3, num_threads=threads
        )
        for threads in (1, 4)
    )
    for each in (envs, twin):
        each.reset(seed=0)
    rng = np.random.default_rng(0)
    for _ in range(6):
        ids = rng.permutation(3000)[:2500]
        actions = rng.integers(0, 3, 2500)
        one, other = envs.step_lanes(actions, ids), twin.step_lanes(actions, ids)
        assert (one[0] == other[0]).all()
        assert one[4].keys() == other[4].keys()
        envs.reset_lanes(ids[:2000])
        twin.reset_lanes(ids[:2000])
    assert envs.get_state() == twin.get_state()


def test_a_batch_in_use_refuses() -> None:
    envs = plyo.make_vec("CartPole-v1", 4096, num_threads=1)
    envs.reset(seed=0)
    worker = threading.Thread(target=lambda: envs.rollout(policies.Random(seed=0), 3000, record=["episodes"]))
    worker.start()
    refused = 0
    while worker.is_alive():
        try:
            envs.step_lanes([0], [1])
        except RuntimeError:
            refused += 1
    worker.join()
    assert refused > 0


# ---- rewards ----


@pytest.mark.parametrize("dtype", ["float32", np.float32, np.dtype("float32")])
def test_rewards_in_float32(dtype: Any) -> None:
    envs = plyo.make_vec("Pendulum-v1", 5, reward_dtype=dtype, record_episode_statistics=True, num_buffers=2)
    exact = plyo.make_vec("Pendulum-v1", 5, record_episode_statistics=True)
    for each in (envs, exact):
        each.reset(seed=0)
    for _ in range(201):
        actions = np.ones((5, 1), np.float32)
        result, expected = envs.step(actions), exact.step(actions)
        assert result[1].dtype == np.float32
        assert (result[1] == expected[1].astype(np.float32)).all()
        if "episode" in expected[4]:
            assert (result[4]["episode"]["r"] == expected[4]["episode"]["r"]).all()
    out = np.zeros(5, np.float32)
    assert envs.step(actions, out=(None, out, None, None))[1] is out
    with pytest.raises(TypeError, match=r"'rewards' must be .* of float32 .* got dtype float64"):
        envs.step(actions, out=(None, np.zeros(5), None, None))
    assert copy.deepcopy(envs).step(actions)[1].dtype == np.float32
    assert envs.step_lanes(actions[:2], [3, 1])[1].dtype == np.float32


def test_rollouts_have_rewards_in_float32_too() -> None:
    envs, exact = (plyo.make_vec("Pendulum-v1", 3, reward_dtype=d) for d in ("float32", "float64"))
    for each in (envs, exact):
        each.reset(seed=0)
    ours, theirs = (each.rollout(policies.Random(seed=0), 9) for each in (envs, exact))
    assert ours.rewards.dtype == np.float32
    assert (ours.rewards == theirs.rewards.astype(np.float32)).all()
    room = np.zeros((9, 3), np.float32)
    ours = envs.rollout(policies.Random(seed=1), 9, out={"rewards": room})
    assert ours.rewards is room
    assert (room == exact.rollout(policies.Random(seed=1), 9).rewards.astype(np.float32)).all()
    assert envs.rollout(policies.Random(seed=2), 9, record=["actions"]).rewards is None
    for bad, expected, text in [
        (np.zeros((9, 3)), TypeError, "got dtype float64"),
        (np.zeros((8, 3), np.float32), ValueError, r"got shape \(8, 3\)"),
        (np.zeros((3, 9), np.float32).T, ValueError, "read-only or strided"),
        ([0], TypeError, "list"),
    ]:
        before = envs.get_state()
        with pytest.raises(expected, match=text):
            envs.rollout(policies.Random(seed=1), 9, out={"rewards": bad})
        assert envs.get_state() == before


@pytest.mark.parametrize("dtype", ["float16", "int64", np.int8, None, 5, "x", object()])
def test_other_types_of_rewards_are_refused(dtype: Any) -> None:
    with pytest.raises(ValueError, match="reward_dtype must be 'float64' or 'float32', got"):
        plyo.make_vec("CartPole-v1", 2, reward_dtype=dtype)


# ---- forks ----


def test_copies_stand_together_and_draw_alike() -> None:
    envs = carts()
    twin = envs.fork([4, 2], 3)
    assert twin.num_envs == 6
    assert twin.np_random_seed == (4, 4, 4, 2, 2, 2)
    first = twin.reset()[0]
    expected = envs.reset()[0]
    assert (first == expected[[4, 4, 4, 2, 2, 2]]).all()
    assert envs.fork().num_envs == envs.num_envs
    assert envs.fork(copies=2).num_envs == 12


def test_streams_of_their_own() -> None:
    envs = carts()
    before = envs.get_state()
    twin = envs.fork([1, 1], 2, seed=40)
    assert twin.np_random_seed == (40, 41, 42, 43)
    assert twin.get_attr("state")[0].tolist() == envs.get_attr("state")[1].tolist()  # the episodes go on
    assert (twin.reset()[0] == plyo.make_vec("CartPole-v1", 4).reset(seed=40)[0]).all()
    some = envs.fork([1, 1], seed=[None, 9])
    assert some.np_random_seed == (1, 9)
    assert envs.get_state() == before


def test_forks_of_environments_that_were_never_reset() -> None:
    envs = plyo.make_vec("CartPole-v1", 3)
    twin = envs.fork([2, 0])
    assert twin.get_attr("has_reset") == (False, False)
    assert twin.np_random_seed == (envs.np_random_seed[2], envs.np_random_seed[0])
    assert (twin.reset()[0] == envs.reset()[0][[2, 0]]).all()


def test_parameters_and_distributions_are_copied() -> None:
    envs = carts()
    envs.set_params({"length": np.arange(1.0, 7.0)})
    envs.set_params({"gravity": randomize.Uniform(np.arange(6.0), np.arange(6.0) + 0.5)})
    envs.set_params({"masspole": randomize.Choice([0.2, 0.3])}, ids=[1, 4])
    envs.reset(seed=3)
    lanes = [4, 4, 0, 1]
    twin = envs.fork([4, 4, 0, 1])
    for name, values in envs.get_params().items():
        if isinstance(values, np.ndarray):
            assert (twin.get_params()[name] == values[lanes]).all()
    for each in (twin, pickle.loads(pickle.dumps(twin))):
        source = copy.deepcopy(envs)
        source.reset()
        each.reset()
        for name in ("length", "gravity", "masspole"):
            assert (each.get_params()[name] == source.get_params()[name][lanes]).all()
    assert set(twin.get_params([2])["masspole"]) == {0.1}


def test_forks_keep_options_and_clocks() -> None:
    envs = plyo.make_vec(
        "CartPole-v1", 3, autoreset_mode="same_step", max_episode_steps=5, record_episode_statistics=True,
        num_threads=2, num_buffers=3, reward_dtype="float32", render_mode="rgb_array", sutton_barto_reward=True,
    )  # fmt: skip
    envs.reset(seed=0)
    for _ in range(3):
        envs.step(pushes(envs))
    envs.set_attr("_max_episode_steps", 4)
    twin = envs.fork([0], 2)
    assert twin.autoreset_mode is AutoresetMode.SAME_STEP
    assert twin.metadata == envs.metadata
    assert twin.spec == envs.spec
    assert twin.spec is not envs.spec
    assert twin.single_action_space is not envs.single_action_space
    assert twin.action_space == plyo.vector.utils.batch_space(envs.single_action_space, 2)
    *_, truncated, info = twin.step(pushes(twin))
    assert truncated.all()
    assert info["episode"]["l"].tolist() == [4, 4]
    assert twin.step(pushes(twin))[1].dtype == np.float32
    assert len(twin.render()) == 2
    assert twin.fork([1], 2).num_envs == 2


def test_forks_live_on_without_their_source() -> None:
    envs = carts()
    twin, other = envs.fork([0]), envs.fork([0])
    envs.close()
    twin.close()
    assert other.step([1])[0].shape == (1, 4)
    for closed in (envs, twin):
        with pytest.raises(error.ClosedEnvironmentError):
            closed.fork([0])


def test_pictures_are_copied() -> None:
    envs = carts(observation="pixels", size=(20, 30), stack=3)
    for _ in range(4):
        envs.step(pushes(envs))
    twin = envs.fork([3, 3])
    assert (twin.step([0, 0])[0] == envs.step(pushes(envs, 0))[0][[3, 3]]).all()


@pytest.mark.parametrize(
    ("arguments", "expected", "text"),
    [
        (([],), ValueError, "at least one environment"),
        (([6],), IndexError, "environment 6 is out of range"),
        (([-1],), IndexError, "environment -1 is out of range"),
        (([0], 0), ValueError, "copies must be an integer of at least 1, got 0"),
        (([0], 1.5), TypeError, "copies must be an integer"),
    ],
)
def test_wrong_forks(arguments: Any, expected: type[Exception], text: str) -> None:
    with pytest.raises(expected, match=text):
        carts().fork(*arguments)


def test_wrong_seeds_of_forks() -> None:
    envs = carts()
    with pytest.raises(ValueError, match="num_envs=2 but got length=3"):
        envs.fork([0, 1], seed=[1, 2, 3])
    with pytest.raises(error.Error, match="greater or equal to zero"):
        envs.fork([0, 1], seed=-1)


def test_mujoco_environments() -> None:
    pytest.importorskip("mujoco")
    envs = plyo.make_vec("InvertedPendulum-v5", 3, num_threads=1, autoreset_mode="same_step")
    envs.reset(seed=0)
    actions = np.ones((3, 1), np.float32)
    for _ in range(3):
        envs.step(actions)
    twin = envs.fork([2, 0], 2)
    lanes = [2, 2, 0, 0]
    for _ in range(30):
        result, expected = twin.step_compact(actions[[0] * 4]), envs.step_compact(actions)
        assert (result.observations == expected.observations[lanes]).all()
        assert (result.next_observations == expected.next_observations[lanes]).all()
        kept = np.isin(expected.ended.ids, [0, 2])
        assert len(result.ended.ids) == 2 * kept.sum()
    assert twin.get_state() == envs.get_state(lanes=lanes)
    some = envs.step_lanes(actions[:2], [2, 1])
    assert some[0].shape == (2, 4)
