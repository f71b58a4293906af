"""`np_random` of native tasks: a real generator over the environment's own stream, whoever draws from it."""

from __future__ import annotations

import copy
import pickle
import threading
from typing import Any

import numpy as np
import pytest
from contract_helpers import make_vec

import plyo


def cart_pole(seed: int | None = 0) -> Any:
    env = plyo.make("CartPole-v1").unwrapped
    env.reset(seed=seed)
    return env


# ---- one generator a lane ----


def test_the_generators_of_a_batch_are_made_when_they_are_asked_for() -> None:
    envs = make_vec("CartPole-v1", 2_000_000)
    generators = envs.np_random
    assert len(generators) == 2_000_000
    assert generators[1_999_999] is generators[-1] is envs.np_random[1_999_999]
    assert [g.random() for g in generators[3:5]] == [
        np.random.default_rng(envs._seed_of(lane)).random() for lane in (3, 4)
    ]
    with pytest.raises(IndexError):
        generators[2_000_000]
    assert isinstance(make_vec("CartPole-v1", 3).get_attr("np_random"), tuple)


def test_two_threads_that_draw_from_one_lane_take_turns() -> None:
    envs = make_vec("Blackjack-v1", 2)
    envs.reset(seed=0)
    count = 400_000
    expected = np.random.PCG64(0)
    expected.state = envs.np_random[0].bit_generator.state
    expected.advance(4 * count)
    draws = [
        lambda: envs.np_random[0].random(count),
        lambda: envs.np_random[0].random(count),
        lambda: [envs.np_random[0].bit_generator.advance(count // 400) for _ in range(400)],
        lambda: [envs.np_random[0].bit_generator.random_raw(count // 400) for _ in range(400)],
    ]
    threads = [threading.Thread(target=draw) for draw in draws]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert envs.np_random[0].bit_generator.state == expected.state


def test_the_lock_of_a_stream_may_be_held_around_draws() -> None:
    envs = make_vec("CartPole-v1", 2)
    envs.reset(seed=0)
    generator, other = envs.np_random
    with generator.bit_generator.lock:
        state = generator.bit_generator.state
        drawn = generator.random()
        other.random()  # all lanes of a batch share the lock
        with pytest.raises(RuntimeError, match="the call that this one interrupts"):
            envs.step(np.zeros(2, np.int64))
        generator.bit_generator.state = state
    assert generator.random() == drawn
    with pytest.raises(RuntimeError, match="does not hold the lock"):
        generator.bit_generator.lock.release()


def test_a_callback_of_a_draw_may_draw() -> None:
    generator = cart_pole().np_random
    twin = np.random.default_rng(0)
    twin.bit_generator.state = generator.bit_generator.state

    class Drawing(list):
        source: np.random.Generator

        def __setitem__(self, index: Any, value: Any) -> None:
            self.source.random()
            super().__setitem__(index, value)

    shuffled = []
    for source in (generator, twin):
        items = Drawing(range(10))
        items.source = source
        source.shuffle(items)
        shuffled.append((list(items), source.random()))
    assert shuffled[0] == shuffled[1]


# ---- generators that come of one ----


def test_children_are_those_of_numpys_generator() -> None:
    for seed in (0, 7, 2**70):
        ours = cart_pole(seed).np_random
        theirs = np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed)))
        for _ in range(2):
            for mine, other in zip(ours.spawn(2), theirs.spawn(2), strict=True):
                assert mine.random() == other.random()
        assert ours.bit_generator.spawn(1)[0].state == theirs.bit_generator.spawn(1)[0].state
        assert ours.bit_generator.seed_seq.entropy == seed
    envs = make_vec("CartPole-v1", 3)
    envs.reset(seed=[4, None, 9])
    assert envs.np_random[2].spawn(1)[0].random() == np.random.default_rng(9).spawn(1)[0].random()


def test_copies_and_pickles_stand_alone() -> None:
    env = cart_pole()
    generator = env.np_random
    for made in (copy.deepcopy(generator), pickle.loads(pickle.dumps(generator))):
        assert made.random() == copy.deepcopy(generator).random()
    before = env.get_state()
    copy.deepcopy(generator).random()
    assert env.get_state() == before


def test_interfaces_that_know_no_lock_are_refused() -> None:
    bit_generator = cart_pole().np_random.bit_generator
    for name in ("ctypes", "cffi"):
        with pytest.raises(NotImplementedError, match=f"no {name} interface"):
            getattr(bit_generator, name)


# ---- seeds ----


def test_a_generator_from_before_a_seed_goes_on_alone() -> None:
    env, twin = cart_pole(), cart_pole()
    old = env.np_random
    copied = copy.deepcopy(old)
    env.reset(seed=1)
    twin.reset(seed=1)
    assert old.random() == copied.random()
    old.bit_generator.advance(3)
    assert env.np_random is not old
    assert np.array_equal(env.reset()[0], twin.reset()[0])
    # without a seed it stays the environment's
    assert env.np_random is env.np_random
    kept = env.np_random
    env.reset()
    assert env.np_random is kept


def test_only_the_lanes_that_are_seeded_get_new_generators() -> None:
    envs, twin = (make_vec("CartPole-v1", 4, autoreset_mode="disabled") for _ in range(2))
    for e in (envs, twin):
        e.reset(seed=0)
    old = list(envs.np_random)
    mask = np.array([True, True, False, True])
    for e in (envs, twin):
        e.reset(seed=[5, None, 6, 7], options={"reset_mask": mask})
    now = list(envs.np_random)
    assert [a is b for a, b in zip(old, now, strict=True)] == [False, True, True, False]
    old[0].random()
    old[3].random()
    assert envs.get_state() == twin.get_state()
    old[1].random()
    assert envs.get_state() != twin.get_state()
    with pytest.raises(ValueError, match="unknown option"):
        envs.reset(seed=3, options={"wind": 1})  # changes nothing
    assert envs.np_random[1] is old[1]


# ---- generators that are assigned ----


def test_an_assigned_generator_is_the_environments_from_then_on() -> None:
    import gymnasium

    ours, theirs = cart_pole(), gymnasium.make("CartPole-v1").unwrapped
    mine, other = (np.random.default_rng(7) for _ in range(2))
    ours.np_random, theirs.np_random = mine, other
    assert ours.np_random is mine
    assert ours.np_random_seed == theirs.np_random_seed == -1
    for _ in range(3):
        assert np.array_equal(ours.reset()[0], theirs.reset()[0])
        assert mine.random() == other.random()
        assert mine.bit_generator.state == other.bit_generator.state
    # until it is seeded
    assert np.array_equal(ours.reset(seed=3)[0], theirs.reset(seed=3)[0])
    assert mine.random() == other.random()
    assert ours.np_random is not mine
    assert np.array_equal(ours.reset()[0], theirs.reset()[0])
    assert mine.random() == other.random()


def test_a_task_that_draws_in_its_steps_draws_from_an_assigned_generator() -> None:
    envs = [plyo.make("Blackjack-v1").unwrapped for _ in range(2)]
    rng, alone = np.random.default_rng(3), np.random.default_rng(3)
    envs[0].np_random = envs[1].np_random = rng
    plain = plyo.make("Blackjack-v1").unwrapped
    plain.np_random = alone
    for _ in range(20):  # one after the other, as one environment would
        for env in envs:
            assert env.reset()[0] == plain.reset()[0]
            assert env.step(1)[0] == plain.step(1)[0]
    assert rng.bit_generator.state == alone.bit_generator.state


def test_two_environments_share_the_stream_of_one() -> None:
    import gymnasium

    found = []
    for gym in (plyo, gymnasium):
        one, other = gym.make("CartPole-v1").unwrapped, gym.make("CartPole-v1").unwrapped
        one.reset(seed=5)
        other.np_random = one.np_random
        draws = [env.reset()[0].tolist() for env in (one, other, other, one)]
        one.reset(seed=6)  # the other one goes on with the stream alone
        draws += [env.reset()[0].tolist() for env in (other, one, other)]
        found.append(draws)
    assert found[0] == found[1]


def test_the_own_generator_may_be_assigned_again() -> None:
    env, twin = cart_pole(), cart_pole()
    env.np_random = env.np_random
    assert np.array_equal(env.reset()[0], twin.reset()[0])
    old = env.np_random
    env.np_random = np.random.default_rng(2)
    before = env.reset()[0]
    old.random()  # is not the environment's any more
    env.np_random = np.random.default_rng(2)
    assert np.array_equal(env.reset()[0], before)
    env.np_random = old
    assert env.np_random is old
    env.reset()


def test_snapshots_pickles_and_copies_of_an_environment_with_an_assigned_generator() -> None:
    env = cart_pole()
    rng = np.random.default_rng(7)
    env.np_random = rng
    env.reset()
    state = env.get_state()
    drawn = rng.random()
    env.set_state(state)
    assert rng.random() == drawn
    env.set_state(state)
    twins = [copy.deepcopy(env), pickle.loads(pickle.dumps(env))]
    pair = copy.deepcopy((env, rng))
    assert pair[0].np_random is pair[1]
    expected = env.reset()[0]
    for twin in [*twins, pair[0]]:
        assert twin.np_random is not rng
        assert np.array_equal(twin.reset()[0], expected)
    env.close()
    with pytest.raises(plyo.error.ClosedEnvironmentError):
        env.step(0)


def test_what_is_no_generator_over_a_pcg64_is_refused() -> None:
    env, twin = cart_pole(), cart_pole()
    for value in (None, 3, np.random.default_rng(1).bit_generator, np.random.Generator(np.random.MT19937(1))):
        with pytest.raises(TypeError, match="PCG64"):
            env.np_random = value
    assert np.array_equal(env.reset()[0], twin.reset()[0])
