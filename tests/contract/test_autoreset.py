"""The three autoreset modes, seeds and episode statistics beside Gymnasium's SyncVectorEnv."""

from __future__ import annotations

import time
import warnings
from typing import Any

import gymnasium
import numpy as np
import pytest
from contract_helpers import (
    action_tape,
    is_reference_platform,
    make,
    make_vec,
    same_bits,
    task_of,
)
from gymnasium.wrappers.vector import RecordEpisodeStatistics

from plyo import error
from plyo.vector import AutoresetMode

#: Compared with Gymnasium in floats; test_leaves.py and tests/envs have all tasks.
pytestmark = pytest.mark.tasks("floats")

NUM_ENVS = 6
#: Short, so that every task ends episodes.
LIMIT = 11
NUM_STEPS = 60


def worlds_of(task_id: str) -> dict[str, Any]:
    """What makes environments keep their worlds between episodes, where Gymnasium's do."""
    return {"reuse_world": True} if task_id.startswith("BipedalWalker") else {}


def make_pair(task_id: str, mode: str, num_envs: int = NUM_ENVS, **ours: Any) -> tuple[Any, Any]:
    """Our batch and Gymnasium's, both under the time limit."""
    if task_id not in gymnasium.registry:
        pytest.skip(f"gymnasium has no {task_id}")

    def make_one() -> gymnasium.Env:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            return gymnasium.make(task_id, max_episode_steps=LIMIT, disable_env_checker=True)

    theirs = gymnasium.vector.SyncVectorEnv(
        [make_one] * num_envs, autoreset_mode=gymnasium.vector.AutoresetMode[mode.upper()]
    )
    ours |= worlds_of(task_id)
    envs = make_vec(task_id, num_envs, max_episode_steps=LIMIT, autoreset_mode=mode, math="reference", **ours)
    return envs, theirs


def assert_same_array(ours: Any, theirs: Any) -> None:
    """Every bit where Gymnasium's libm is ours, else float32 rounding."""
    assert isinstance(ours, np.ndarray)
    assert ours.dtype == theirs.dtype
    assert ours.shape == theirs.shape
    if is_reference_platform() or theirs.dtype.kind != "f":
        assert same_bits(ours, theirs), (ours, theirs)
    else:
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)


def assert_same_info(ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    """The same keys in the same order, arrays, object arrays of arrays and None, and nested dictionaries."""
    assert type(ours) is dict
    assert list(ours) == list(theirs)
    for key, their in theirs.items():
        our = ours[key]
        if isinstance(their, dict):
            assert_same_info(our, their)
        elif their.dtype == object:
            assert our.dtype == object
            assert our.shape == their.shape
            for our_entry, their_entry in zip(our, their, strict=True):
                if their_entry is None:
                    assert our_entry is None
                else:
                    assert_same_array(our_entry, their_entry)
        else:
            assert_same_array(our, their)


def assert_same_step(ours: Any, theirs: Any) -> None:
    assert len(ours) == len(theirs) == 5
    for our, their in zip(ours[:4], theirs[:4], strict=True):
        assert_same_array(our, their)
    assert_same_info(ours[4], theirs[4])


def assert_same_reset(ours: Any, theirs: Any) -> None:
    assert_same_array(ours[0], theirs[0])
    assert_same_info(ours[1], theirs[1])


def put_out_of_phase(envs: Any, theirs: Any, tape: Any) -> None:
    """Resets half the lanes after a few steps, so that not all of them meet the time limit together."""
    for row in tape[:4]:
        assert_same_step(envs.step(row), theirs.step(row))
    mask = np.arange(NUM_ENVS) % 2 == 0
    assert_same_reset(envs.reset(options={"reset_mask": mask}), theirs.reset(options={"reset_mask": mask}))


@pytest.mark.parametrize("mode", ["next_step", "same_step"])
def test_autoreset(task_id: str, mode: str) -> None:
    envs, theirs = make_pair(task_id, mode)
    assert_same_reset(envs.reset(seed=42), theirs.reset(seed=42))
    tape = action_tape(task_id, NUM_STEPS, NUM_ENVS, seed=2)
    put_out_of_phase(envs, theirs, tape)
    num_ended = num_partly = 0
    for row in tape:
        ours = envs.step(row)
        assert_same_step(ours, theirs.step(row))
        ended = ours[2] | ours[3]
        num_ended += ended.sum()
        num_partly += 0 < ended.sum() < NUM_ENVS
        assert ("final_obs" in ours[4]) == (mode == "same_step" and ended.any())
    assert num_ended > 3 * NUM_ENVS
    assert num_partly > 5


def test_disabled(task_id: str) -> None:
    envs, theirs = make_pair(task_id, "disabled")
    assert_same_reset(envs.reset(seed=42), theirs.reset(seed=42))
    tape = action_tape(task_id, NUM_STEPS, NUM_ENVS, seed=2)
    put_out_of_phase(envs, theirs, tape)
    num_masked = 0
    for t, row in enumerate(tape):
        ours = envs.step(row)
        assert_same_step(ours, theirs.step(row))
        mask = ours[2] | ours[3]
        if not mask.any():
            continue
        num_masked += not mask.all()
        # now and then with a seed, which only the lanes of the mask take
        seed = t if t % 2 else None
        result = envs.reset(seed=seed, options={"reset_mask": mask.copy()})
        assert_same_reset(result, theirs.reset(seed=seed, options={"reset_mask": mask.copy()}))
    assert num_masked > 5
    streams = [generator.random() for generator in envs.np_random]
    assert streams == [generator.random() for generator in theirs.np_random]


def test_disabled_refuses_to_step_what_has_ended(task_id: str) -> None:
    envs, theirs = make_pair(task_id, "disabled")
    envs.reset(seed=1)
    theirs.reset(seed=1)
    tape = action_tape(task_id, NUM_STEPS, NUM_ENVS, seed=2)
    for row in tape:
        _, _, terminated, truncated, _ = envs.step(row)
        theirs.step(row)
        ended = terminated | truncated
        if ended.any():
            break
    before = envs.get_state()
    with pytest.raises(AssertionError):
        theirs.step(row)
    with pytest.raises(error.ResetNeeded, match=f"environment {np.argmax(ended)} has ended.*reset_mask"):
        envs.step(row)
    assert envs.get_state() == before
    envs.reset(options={"reset_mask": ended})
    envs.step(row)


def test_a_mask_is_the_callers_own(task_id: str, mode: str) -> None:
    envs = make_vec(task_id, NUM_ENVS, autoreset_mode=mode)
    envs.reset(seed=3)
    mask = np.array([True, False, False, True, False, False])
    extra = {option["name"]: option["default"] for option in task_of(task_id)["reset_options"]}
    options = {"reset_mask": mask, **extra}
    envs.reset(options=options)
    assert list(options) == ["reset_mask", *extra]
    assert options["reset_mask"] is mask
    assert mask.tolist() == [True, False, False, True, False, False]
    # a read-only one and one that is no plain row of memory are as good
    mask.flags.writeable = False
    envs.reset(options={"reset_mask": mask})
    envs.reset(options={"reset_mask": np.repeat(mask, 2)[::2]})


@pytest.mark.parametrize("lanes", [[0], [5], [1, 2, 4], list(range(NUM_ENVS))])
def test_masks_reset_what_they_name(task_id: str, mode: str, lanes: list[int]) -> None:
    envs, theirs = make_pair(task_id, mode)
    envs.reset(seed=8)
    theirs.reset(seed=8)
    tape = action_tape(task_id, NUM_STEPS, NUM_ENVS, seed=3)
    for row in tape[:5]:
        assert_same_step(envs.step(row), theirs.step(row))
    mask = np.isin(np.arange(NUM_ENVS), lanes)
    assert_same_reset(
        envs.reset(options={"reset_mask": mask}), theirs.reset(options={"reset_mask": mask.copy()})
    )
    num_ended = 0
    for row in tape[5:]:
        ours = envs.step(row)
        assert_same_step(ours, theirs.step(row))
        num_ended += (ours[2] | ours[3]).sum()
        if mode == "disabled" and num_ended:
            break
    assert num_ended


@pytest.mark.parametrize(
    "mask",
    [
        [True, False],
        np.ones(5, bool),
        np.ones((6, 1), bool),
        np.ones(6, np.int64),
        np.zeros(6, bool),
        None,
    ],
    ids=["list", "length", "shape", "dtype", "empty", "none"],
)
def test_bad_masks_get_the_same_errors(task_id: str, mask: Any) -> None:
    envs, theirs = make_pair(task_id, "disabled")
    envs.reset(seed=3)
    theirs.reset(seed=3)
    with pytest.raises((TypeError, ValueError)) as expected:
        theirs.reset(options={"reset_mask": mask})
    before = envs.get_state()
    with pytest.raises(expected.type) as raised:
        envs.reset(seed=1, options={"reset_mask": mask})
    assert str(raised.value) == str(expected.value)
    assert envs.get_state() == before


def test_mode_is_named_twice(task_id: str, mode: str) -> None:
    for argument in (mode, AutoresetMode[mode.upper()], AutoresetMode[mode.upper()].value):
        envs = make_vec(task_id, 2, autoreset_mode=argument)
        assert envs.autoreset_mode is AutoresetMode[mode.upper()]
        assert envs.metadata["autoreset_mode"] is envs.autoreset_mode
    assert make_vec(task_id, 2).autoreset_mode is AutoresetMode.NEXT_STEP
    theirs = gymnasium.vector.AutoresetMode
    assert [(m.name, m.value) for m in AutoresetMode] == [(m.name, m.value) for m in theirs]
    with pytest.raises(ValueError, match="'sometimes'"):
        make_vec(task_id, 2, autoreset_mode="sometimes")


# ---- statistics ----


@pytest.mark.parametrize("mode", ["next_step", "same_step"])
def test_episode_statistics(task_id: str, mode: str) -> None:
    envs, theirs = make_pair(task_id, mode, record_episode_statistics=True)
    theirs = RecordEpisodeStatistics(theirs)
    start = time.perf_counter()
    envs.reset(seed=5)
    theirs.reset(seed=5)
    num_ended = 0
    for row in action_tape(task_id, NUM_STEPS, NUM_ENVS, seed=6):
        ours, expected = envs.step(row), theirs.step(row)
        info, their_info = ours[4], expected[4]
        assert list(info) == list(their_info)
        ended = ours[2] | ours[3]
        assert ("episode" in info) == ended.any()
        if not ended.any():
            continue
        num_ended += ended.sum()
        episode, their_episode = info.pop("episode"), their_info.pop("episode")
        assert_same_info(info, their_info)
        assert list(episode) == list(their_episode)
        assert_same_array(episode["r"], their_episode["r"])
        assert_same_array(episode["l"], their_episode["l"])
        seconds = episode["t"]
        assert (seconds.dtype, seconds.shape) == (their_episode["t"].dtype, their_episode["t"].shape)
        assert (seconds[~ended] == 0).all()
        assert (seconds[ended] >= 0).all()
        assert (seconds[ended] <= time.perf_counter() - start + 1e-5).all()
        assert (episode["l"][ended] <= LIMIT).all()
    assert num_ended > 3 * NUM_ENVS


def test_episode_time_is_that_of_the_episode() -> None:
    envs = make_vec("CartPole-v1", 2, max_episode_steps=2, record_episode_statistics=True)
    envs.reset(seed=0)
    actions = np.zeros(2, int)
    times = []
    for _ in range(2):  # two episodes of two steps and a reset, each with a nap
        time.sleep(0.05)
        envs.step(actions)
        info = envs.step(actions)[4]
        times.append(info["episode"]["t"].copy())
        envs.step(actions)
    assert (np.array(times) >= 0.05).all()
    assert (np.array(times) < 5).all()
    assert (np.round(times, 6) == times).all()


def test_statistics_of_masked_resets(task_id: str) -> None:
    # Gymnasium's wrapper forgets every lane when a mask resets some (its SyncVectorEnv takes the mask out of
    # the options before the wrapper looks), so the expectation is counted here
    envs = make_vec(
        task_id, NUM_ENVS, autoreset_mode="disabled", max_episode_steps=LIMIT, record_episode_statistics=True
    )
    envs.reset(seed=9)
    returns, lengths = np.zeros(NUM_ENVS), np.zeros(NUM_ENVS, np.int64)
    rng = np.random.default_rng(0)
    num_ended = num_cut = 0
    for row in action_tape(task_id, 80, NUM_ENVS, seed=1):
        _, rewards, terminated, truncated, info = envs.step(row)
        returns += rewards
        lengths += 1
        ended = terminated | truncated
        assert ("episode" in info) == ended.any()
        if ended.any():
            assert (info["_episode"] == ended).all()
            assert (info["episode"]["r"] == np.where(ended, returns, 0)).all()
            assert (info["episode"]["l"] == np.where(ended, lengths, 0)).all()
        num_ended += ended.sum()
        cut = rng.random(NUM_ENVS) < 0.05
        num_cut += (cut & ~ended).sum()
        mask = ended | cut
        if mask.any():
            envs.reset(options={"reset_mask": mask})
            returns[mask] = lengths[mask] = 0
    assert num_ended > 10
    assert num_cut > 3


def test_statistics_of_a_single_environment(task_id: str) -> None:
    if task_id not in gymnasium.registry:
        pytest.skip(f"gymnasium has no {task_id}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        theirs = gymnasium.make(task_id, max_episode_steps=LIMIT, disable_env_checker=True)
    theirs = gymnasium.wrappers.RecordEpisodeStatistics(theirs)
    env = make(
        task_id,
        max_episode_steps=LIMIT,
        math="reference",
        record_episode_statistics=True,
        **worlds_of(task_id),
    )
    env.reset(seed=1)
    theirs.reset(seed=1)
    num_ended = 0
    for action in action_tape(task_id, NUM_STEPS, 1)[:, 0]:
        *_, terminated, truncated, info = env.step(action)
        their_info = theirs.step(action)[4]
        assert list(info) == list(their_info)
        if terminated or truncated:
            num_ended += 1
            episode, expected = info["episode"], their_info["episode"]
            assert list(episode) == list(expected)
            # Gymnasium adds up BipedalWalker's rewards, which are float32, in float32
            is_exact = is_reference_platform() and not task_id.startswith("BipedalWalker")
            bound = 0 if is_exact else 1e-4
            assert episode["r"] == pytest.approx(float(expected["r"]), rel=0, abs=bound)
            assert episode["l"] == expected["l"]
            assert type(episode["l"]) is type(expected["l"])
            assert type(episode["t"]) is type(expected["t"])
            assert 0 <= episode["t"] < 60
            env.reset()
            theirs.reset()
    assert num_ended > 3


# ---- seeds and streams ----


@pytest.mark.parametrize(
    "seed",
    [
        0,
        7,
        2**31 - 3,
        2**32 - 2,  # lanes on both sides of a word
        2**64 - 3,
        2**128 + 5,
        [5, 4, 3, 2, 1, 0],
        [9, 9, 9, 2**70, 0, 1],
        (1, 2, 3, 4, 5, 6),
    ],
    ids=str,
)
def test_seeds(task_id: str, seed: Any) -> None:
    envs, theirs = make_pair(task_id, "next_step")
    assert_same_reset(envs.reset(seed=seed), theirs.reset(seed=seed))
    assert envs.np_random_seed == theirs.np_random_seed
    # None continues the streams
    assert_same_reset(envs.reset(), theirs.reset())
    assert envs.np_random_seed == theirs.np_random_seed
    # and so does a None in a list
    mixed = [None, 3, None, 2**40, None, None]
    first, _ = envs.reset(seed=mixed)
    assert_same_array(first, theirs.reset(seed=mixed)[0])
    assert envs.np_random_seed == theirs.np_random_seed
    # the mask takes some of them
    mask = np.array([True, True, False, False, False, True])
    ours = envs.reset(seed=11, options={"reset_mask": mask})
    assert_same_reset(ours, theirs.reset(seed=11, options={"reset_mask": mask.copy()}))
    assert envs.np_random_seed == theirs.np_random_seed == (11, 12, *theirs.np_random_seed[2:5], 16)


def test_numpy_integers_are_seeds(task_id: str) -> None:
    envs = make_vec(task_id, 3)
    expected, _ = envs.reset(seed=5)
    for seed in (np.int64(5), np.uint8(5), np.array([5, 6, 7])):
        observations, _ = envs.reset(seed=seed)
        assert same_bits(observations, expected)
        assert envs.np_random_seed == (5, 6, 7)


def test_no_seed_means_a_different_one_each_time(task_id: str) -> None:
    batches = [make_vec(task_id, 4) for _ in range(2)]
    first = [envs.reset()[0] for envs in batches]
    assert len(np.unique(np.concatenate(first), axis=0)) == 8
    for envs, observations in zip(batches, first, strict=True):
        # the reported entropy gives the same again
        seeds = envs.np_random_seed
        assert len(set(seeds)) == 4
        assert same_bits(make_vec(task_id, 4).reset(seed=list(seeds))[0], observations)


def draw_everything(generator: Any) -> list[Any]:
    """Draws of all the kinds that use a bit generator differently."""
    return [
        generator.random(),
        generator.integers(10),  # half a word: the other half stays in the buffer
        generator.standard_normal(3).tolist(),
        generator.integers(0, 2**40),
        generator.integers(7, size=3).tolist(),
        generator.choice(5),
        generator.random(2).tolist(),
    ]


def test_np_random_of_lanes_shares_the_stream(task_id: str) -> None:
    envs, theirs = make_pair(task_id, "next_step")
    envs.reset(seed=21)
    theirs.reset(seed=21)
    untouched = make_vec(task_id, NUM_ENVS, math="reference")
    untouched.reset(seed=21)
    for lane in (0, 3):
        ours = envs.np_random[lane]
        assert isinstance(ours, np.random.Generator)
        assert draw_everything(ours) == draw_everything(theirs.np_random[lane])
    # the draws are gone from the lane's stream, and the draws of the reset from the generator's
    after = envs.reset()
    assert_same_reset(after, theirs.reset())
    different = (after[0] != untouched.reset()[0]).any(axis=1)
    assert different.tolist() == [True, False, False, True, False, False]
    for ours, their in zip(envs.np_random, theirs.np_random, strict=True):
        assert ours.bit_generator.state == their.bit_generator.state
        assert draw_everything(ours) == draw_everything(their)


def test_np_random_before_the_first_reset(task_id: str) -> None:
    env = make(task_id)
    plain = np.random.default_rng(env.unwrapped.np_random_seed)
    assert draw_everything(env.np_random) == draw_everything(plain)
    envs = make_vec(task_id, 3)
    for generator, seed in zip(envs.np_random, envs.np_random_seed, strict=True):
        assert draw_everything(generator) == draw_everything(np.random.default_rng(seed))


def test_np_random_of_a_single_environment(task_id: str) -> None:
    if task_id not in gymnasium.registry:
        pytest.skip(f"gymnasium has no {task_id}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        theirs = gymnasium.make(task_id, disable_env_checker=True)
    env = make(task_id, math="reference")
    env.reset(seed=6)
    theirs.reset(seed=6)
    assert env.np_random_seed == theirs.np_random_seed == 6
    assert draw_everything(env.np_random) == draw_everything(theirs.np_random)
    assert_same_array(env.reset()[0], theirs.reset()[0])
    assert draw_everything(env.np_random) == draw_everything(theirs.np_random)

    # a generator of the user's own
    env.np_random, theirs.unwrapped.np_random = np.random.default_rng(99), np.random.default_rng(99)
    assert env.np_random_seed == theirs.np_random_seed == -1
    assert_same_array(env.reset()[0], theirs.reset()[0])
    assert draw_everything(env.np_random) == draw_everything(theirs.np_random)
    with pytest.raises(TypeError, match="PCG64"):
        env.np_random = np.random.RandomState(3)


def test_a_generator_survives_its_environment(task_id: str) -> None:
    envs = make_vec(task_id, 2)
    envs.reset(seed=4)
    generator = envs.np_random[1]
    expected = make_vec(task_id, 2)
    expected.reset(seed=4)
    envs.close()
    del envs
    assert draw_everything(generator) == draw_everything(expected.np_random[1])
