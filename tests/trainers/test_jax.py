"""plyo.jax: batches inside compiled programs, beside the same batches stepped from NumPy."""

from __future__ import annotations

import copy
import gc
import os
import pickle
import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import plyo

jax = pytest.importorskip("jax", reason="JAX is an extra")
import jax.numpy as jnp  # noqa: E402 - after the check

import plyo.jax  # noqa: E402 - likewise

pytestmark = pytest.mark.trainers

MODES = ("next_step", "same_step", "disabled")
TASKS: list[tuple[str, dict[str, Any]]] = [
    ("CartPole-v1", {}),  # float32 and Discrete
    ("CartPole-v1", {"math": "reference"}),
    ("Pendulum-v1", {}),  # a Box action
    ("FrozenLake-v1", {}),  # an int64 observation, an info
    ("Taxi-v4", {}),  # an info of several values
    ("Blackjack-v1", {}),  # a Tuple
]


@pytest.fixture
def x64(request: pytest.FixtureRequest) -> Any:
    """Whether JAX has numbers of 64 bits."""
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", request.param)
    yield request.param
    jax.config.update("jax_enable_x64", before)


def leaves(observations: Any) -> list[np.ndarray]:
    """The arrays of an observation."""
    return [np.asarray(leaf) for leaf in jax.tree.leaves(observations)]


def assert_equal(ours: Any, theirs: Any, bits32: bool) -> None:
    """Arrays of a program beside NumPy's, which have 64 bits where they have 32."""
    for mine, other in zip(leaves(ours), leaves(theirs), strict=True):
        if bits32 and other.dtype == np.float64:
            other = other.astype(np.float32)
        if bits32 and other.dtype == np.int64:
            other = other.astype(np.int32)
        assert mine.dtype == other.dtype
        np.testing.assert_array_equal(mine, other)


def chosen(space: Any, num_steps: int) -> list[Any]:
    """Actions for each step, some of a Box beyond its bounds."""
    space.seed(7)
    actions = [space.sample() for _ in range(num_steps)]
    return [1.5 * action for action in actions] if space.dtype == np.float32 else actions


@pytest.mark.parametrize("x64", [False, True], indirect=True)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("task", "more"), TASKS)
def test_a_compiled_step_has_the_bits_of_a_step(
    task: str, more: dict[str, Any], mode: str, x64: bool
) -> None:
    n, bits32 = 6, not x64
    options: dict[str, Any] = {"max_episode_steps": 9, "autoreset_mode": mode, **more}
    envs = plyo.make_vec(task, n, record_episode_statistics=True, **options)
    batch = plyo.jax.make_vec(task, n, **options)
    step, reset = jax.jit(batch.step), jax.jit(batch.reset)
    expected, info = envs.reset(seed=11)
    handle, observations, infos = reset(batch.handle, seed=11)
    assert_equal(observations, expected, bits32)
    for name, values in infos.items():
        if name in info:  # numbers of steps alone are not in the info of a reset
            np.testing.assert_array_equal(values, info[name])
    ended = 0
    for actions in chosen(envs.action_space, 60):
        expected, rewards, terminated, truncated, info = envs.step(actions)
        handle, result = step(handle, actions)
        assert_equal(result.observations, expected, bits32)
        assert result.rewards.dtype == np.float32
        np.testing.assert_array_equal(result.rewards, rewards.astype(np.float32))
        np.testing.assert_array_equal(result.terminated, terminated)
        np.testing.assert_array_equal(result.truncated, truncated)
        done = terminated | truncated
        ended += done.sum()
        episode = info.get("episode", {"r": np.zeros(n), "l": np.zeros(n, int)})
        np.testing.assert_array_equal(result.episode_returns, episode["r"].astype(np.float32))
        np.testing.assert_array_equal(result.episode_lengths, episode["l"])
        for name, values in result.infos.items():
            assert_equal(values, info[name], bits32)
        following = [leaf.copy() for leaf in leaves(expected)]
        for i in np.flatnonzero(done) if mode == "same_step" else ():
            for leaf, final in zip(following, leaves(info["final_obs"][i]), strict=True):
                leaf[i] = final
        assert_equal(result.next_observations, following, bits32)
        if mode == "disabled" and done.any():
            expected, _ = envs.reset(options={"reset_mask": done})
        handle, observations, _ = reset(handle, mask=done & (mode == "disabled"))
        assert_equal(observations, expected, bits32)
    assert ended > 6
    assert batch.envs.get_state() == envs.get_state()


def run_scan(batch: plyo.jax.JaxBatch, num_steps: int) -> Any:
    """A compiled loop under a policy that draws."""

    def body(carry: Any, key: Any) -> Any:
        handle, _ = carry
        actions = jax.random.bernoulli(key, 0.5, (batch.num_envs,)).astype(jnp.int32)
        handle, result = batch.step(handle, actions)
        return (handle, result.observations), (
            actions,
            result.observations,
            result.rewards,
            result.terminated,
        )

    return jax.jit(
        lambda handle, observations, key: jax.lax.scan(
            body, (handle, observations), jax.random.split(key, num_steps)
        )
    )


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("num_envs", [1, 64, 3000])
def test_a_scan_is_the_loop(num_envs: int, threads: int) -> None:
    batch = plyo.jax.make_vec("CartPole-v1", num_envs, num_threads=threads)
    handle, observations, _ = batch.reset(batch.handle, seed=3)
    _, (actions, *found) = run_scan(batch, 100)(handle, observations, jax.random.key(0))
    envs = plyo.make_vec("CartPole-v1", num_envs)
    envs.reset(seed=3)
    for t in range(100):
        expected = envs.step(np.asarray(actions[t]))
        for mine, other in zip(found, expected[:3], strict=True):
            np.testing.assert_array_equal(mine[t], other)
    # the program leaves the batch where the loop does
    assert batch.envs.get_state() == envs.get_state()


def test_programs_may_branch_and_loop() -> None:
    batch = plyo.jax.make_vec("CartPole-v1", 4, autoreset_mode="disabled")

    @jax.jit
    def until_all_have_fallen(handle: Any, seed: Any) -> Any:
        handle, _, _ = batch.reset(handle, seed=seed)

        def body(carry: Any) -> Any:
            handle, lengths, done = carry
            handle, _, _ = jax.lax.cond(
                done.any(),
                lambda h: batch.reset(h, mask=done),
                lambda h: batch.reset(h, mask=jnp.zeros(4, bool)),
                handle,
            )
            handle, result = batch.step(handle, jnp.ones(4, int))
            return handle, jnp.maximum(lengths, result.episode_lengths), result.terminated

        start = (handle, jnp.zeros(4, jnp.int32), jnp.zeros(4, bool))
        return jax.lax.while_loop(lambda carry: (carry[1] == 0).any(), body, start)

    handle, lengths, _ = until_all_have_fallen(batch.handle, 5)
    assert ((lengths > 7) & (lengths < 13)).all()
    handle, _, _ = until_all_have_fallen(handle, 5)
    assert (np.asarray(handle) == np.asarray(batch.handle)).all()


# ---- handles ----


def test_a_handle_is_good_for_one_call() -> None:
    batch = plyo.jax.make_vec("CartPole-v1", 2)
    first = batch.handle
    handle, *_ = batch.reset(first, seed=0)
    state = batch.envs.get_state()
    with pytest.raises(jax.errors.JaxRuntimeError, match="this handle is old: it was returned by call 0"):
        jax.block_until_ready(batch.step(first, jnp.zeros(2, int)))
    assert batch.envs.get_state() == state
    jax.block_until_ready(batch.step(handle, jnp.zeros(2, int)))
    # direct calls in between are the caller's own
    batch.envs.step(np.ones(2, int))
    jax.block_until_ready(batch.step(batch.handle, jnp.zeros(2, int)))
    lasting = batch.lasting_handle
    for _ in range(3):
        jax.block_until_ready(batch.step(lasting, jnp.zeros(2, int)))


def test_one_program_serves_batches_of_one_kind() -> None:
    one, two = (plyo.jax.make_vec("CartPole-v1", 3) for _ in range(2))
    step = jax.jit(one.step)
    handles = [batch.reset(batch.handle, seed=9)[0] for batch in (one, two)]
    results = [step(handle, jnp.ones(3, int))[1] for handle in handles]
    np.testing.assert_array_equal(results[0].observations, results[1].observations)
    assert step._cache_size() == 1


@pytest.mark.parametrize(
    "other", [("CartPole-v1", 4), ("Acrobot-v1", 3), ("Taxi-v4", 3), ("Pendulum-v1", 3), ("Blackjack-v1", 3)]
)
def test_the_handle_of_another_batch_is_refused(other: tuple[str, int]) -> None:
    batch, strange = plyo.jax.make_vec("CartPole-v1", 3), plyo.jax.make_vec(*other)
    strange.reset(strange.handle, seed=0)
    with pytest.raises(jax.errors.JaxRuntimeError, match="pass every batch its own handle"):
        jax.block_until_ready(batch.step(strange.handle, jnp.zeros(3, int)))


def test_what_is_no_handle_is_refused_by_the_trace() -> None:
    batch = plyo.jax.make_vec("CartPole-v1", 3)
    for handle in (jnp.zeros(4), jnp.zeros(3, jnp.uint32), [1, 2, 3, 4], None):
        with pytest.raises(TypeError, match="the first argument must be a handle"):
            batch.step(handle, jnp.zeros(3, int))
    with pytest.raises(jax.errors.JaxRuntimeError, match="closed, or belongs to another process"):
        jax.block_until_ready(batch.step(jnp.zeros(4, jnp.uint32), jnp.zeros(3, int)))


# ---- errors ----


def test_an_illegal_action_in_a_scan_is_an_error_and_the_batch_stays() -> None:
    batch = plyo.jax.make_vec("CartPole-v1", 3)
    handle, *_ = batch.reset(batch.handle, seed=0)

    @jax.jit
    def run(handle: Any, actions: Any) -> Any:
        return jax.lax.scan(
            lambda h, a: (lambda out: (out[0], out[1].rewards))(batch.step(h, a)), handle, actions
        )

    actions = jnp.zeros((5, 3), int).at[3, 1].set(2)
    with pytest.raises(jax.errors.JaxRuntimeError, match="action 2 of environment 1 is out of range"):
        jax.block_until_ready(run(handle, actions))
    # three steps were taken
    assert batch.envs.get_attr("_elapsed_steps") == (3, 3, 3)
    jax.block_until_ready(run(batch.handle, actions.at[3, 1].set(1)))


def test_actions_that_are_not_finite_and_steps_before_a_reset() -> None:
    batch = plyo.jax.make_vec("Pendulum-v1", 2)
    with pytest.raises(jax.errors.JaxRuntimeError, match="reset"):
        jax.block_until_ready(batch.step(batch.handle, jnp.zeros((2, 1))))
    batch.reset(batch.handle, seed=0)
    with pytest.raises(jax.errors.JaxRuntimeError, match="nan"):
        jax.block_until_ready(batch.step(batch.handle, jnp.array([[0.0], [jnp.nan]])))


def test_disabled_mode_needs_resets() -> None:
    batch = plyo.jax.make_vec("CartPole-v1", 1, autoreset_mode="disabled", max_episode_steps=1)
    handle, *_ = batch.reset(batch.handle, seed=0)
    handle, _ = batch.step(handle, jnp.zeros(1, int))
    with pytest.raises(jax.errors.JaxRuntimeError, match="reset"):
        jax.block_until_ready(batch.step(handle, jnp.zeros(1, int)))


@pytest.mark.parametrize(
    ("task", "actions", "kind", "text"),
    [
        ("CartPole-v1", np.zeros(2, np.float32), TypeError, "integers"),
        ("CartPole-v1", np.zeros((2, 1), np.int32), ValueError, r"the shape \(2,\)"),
        ("CartPole-v1", np.zeros(3, np.int32), ValueError, r"the shape \(2,\)"),
        ("Pendulum-v1", np.zeros(2, np.float32), ValueError, r"the shape \(2, 1\)"),
        ("Pendulum-v1", np.zeros((2, 1), np.complex64), TypeError, "real numbers"),
    ],
)
def test_actions_that_do_not_fit_are_refused_by_the_trace(
    task: str, actions: Any, kind: type[Exception], text: str
) -> None:
    batch = plyo.jax.make_vec(task, 2)
    with pytest.raises(kind, match=text):
        jax.jit(batch.step)(batch.handle, actions)


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint8", "uint16", "int32", "uint32"])
def test_integers_of_any_type_are_actions(dtype: str) -> None:
    batch, other = plyo.jax.make_vec("CartPole-v1", 2), plyo.make_vec("CartPole-v1", 2)
    handle, *_ = batch.reset(batch.handle, seed=0)
    other.reset(seed=0)
    _, result = batch.step(handle, jnp.array([0, 1], dtype))
    np.testing.assert_array_equal(result.observations, other.step(np.array([0, 1]))[0])


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "int32"])
def test_numbers_of_any_type_are_box_actions(dtype: str) -> None:
    batch, other = plyo.jax.make_vec("Pendulum-v1", 2), plyo.make_vec("Pendulum-v1", 2)
    handle, *_ = batch.reset(batch.handle, seed=0)
    other.reset(seed=0)
    _, result = batch.step(handle, jnp.array([[1], [-2]], dtype))
    np.testing.assert_array_equal(result.observations, other.step(np.array([[1], [-2]], np.float32))[0])


# ---- seeds and masks ----


@pytest.mark.parametrize("dtype", ["uint8", "int32", "uint32"])
def test_a_program_may_compute_seeds(dtype: str) -> None:
    batch, envs = plyo.jax.make_vec("CartPole-v1", 3), plyo.make_vec("CartPole-v1", 3)
    reset = jax.jit(lambda handle, seed: batch.reset(handle, seed=seed))
    handle, observations, _ = reset(batch.handle, jnp.asarray(41, dtype))
    np.testing.assert_array_equal(observations, envs.reset(seed=41)[0])
    _, observations, _ = reset(handle, jnp.asarray([5, 1, 5], dtype))
    np.testing.assert_array_equal(observations, envs.reset(seed=[5, 1, 5])[0])


def test_seeds_that_do_not_fit() -> None:
    batch = plyo.jax.make_vec("CartPole-v1", 3)
    handle = batch.handle
    for seed in (True, 1.5, "1", [1, 2, None], jnp.zeros(3)):
        with pytest.raises(TypeError, match="seed must be an integer"):
            batch.reset(handle, seed=seed)
    for seed in (-1, 2**32, [0, 1, -2]):
        with pytest.raises(ValueError, match="inside JAX a seed is an integer from 0 to 4294967295"):
            batch.reset(handle, seed=seed)
    with pytest.raises(ValueError, match="seed must be one integer or 3 of them"):
        batch.reset(handle, seed=[1, 2])
    with pytest.raises(jax.errors.JaxRuntimeError, match="a seed must be a non-negative integer, got -4"):
        jax.block_until_ready(batch.reset(handle, seed=jnp.asarray(-4)))
    for seed in (2**32 - 1, np.uint8(3), np.array([1, 2, 3])):
        handle, *_ = batch.reset(handle, seed=seed)


@pytest.mark.parametrize("x64", [True], indirect=True)
def test_large_seeds(x64: bool) -> None:
    batch, envs = plyo.jax.make_vec("CartPole-v1", 2), plyo.make_vec("CartPole-v1", 2)
    _, observations, _ = batch.reset(batch.handle, seed=2**63 + 5)
    np.testing.assert_array_equal(observations, envs.reset(seed=2**63 + 5)[0])


def test_masks_that_do_not_fit() -> None:
    batch = plyo.jax.make_vec("CartPole-v1", 3)
    for mask in (np.ones(3, int), np.ones(2, bool), True):
        with pytest.raises(ValueError, match=r"mask must be bool of shape \(3,\)"):
            batch.reset(batch.handle, mask=mask)


def test_streams_are_the_batch_s_own() -> None:
    state = np.random.get_state()[1].copy()  # noqa: NPY002 - that nobody draws from it
    batch, envs = plyo.jax.make_vec("CartPole-v1", 2), plyo.make_vec("CartPole-v1", 2)
    generator = batch.envs.np_random[0]
    batch.reset(batch.handle, seed=4)
    envs.reset(seed=4)
    # a generator from before the seed goes on alone, as with a reset from Python
    generator.random()
    assert batch.envs.np_random[0].random() == envs.np_random[0].random()
    np.testing.assert_array_equal(state, np.random.get_state()[1])  # noqa: NPY002 - likewise


# ---- what JAX does with functions ----


def test_gradients_stop_at_a_step() -> None:
    batch = plyo.jax.make_vec("Pendulum-v1", 2)
    handle, observations, _ = batch.reset(batch.handle, seed=0)

    def loss(weight: Any, handle: Any, observations: Any) -> Any:
        def body(carry: Any, _: None) -> Any:
            handle, observations = carry
            actions = weight * observations[:, :1]
            handle, result = batch.step(handle, actions)
            return (handle, result.observations), (actions**2).sum() + result.rewards.sum()

        carry, costs = jax.lax.scan(body, (handle, observations), None, 3)
        return costs.sum(), carry

    (_, _), gradient = jax.jit(jax.value_and_grad(loss, has_aux=True))(1.0, handle, observations)
    assert np.isfinite(gradient)
    assert gradient > 0


def test_mapping_over_a_batch_is_refused() -> None:
    batch = plyo.jax.make_vec("CartPole-v1", 2)
    with pytest.raises(NotImplementedError, match="vmap"):
        jax.vmap(batch.step, in_axes=(None, 0))(batch.handle, jnp.zeros((3, 2), int))


# ---- the life of a batch ----


def test_closed_and_collected_batches() -> None:
    batch = plyo.jax.make_vec("CartPole-v1", 2)
    step = jax.jit(batch.step)
    handle, *_ = batch.reset(batch.handle, seed=0)
    handle, _ = step(handle, jnp.zeros(2, int))
    batch.close()
    batch.close()
    with pytest.raises(jax.errors.JaxRuntimeError, match="the batch of this handle is closed"):
        jax.block_until_ready(step(handle, jnp.zeros(2, int)))
    for call in (
        lambda: batch.handle,
        lambda: batch.step(handle, jnp.zeros(2, int)),
        lambda: batch.reset(handle),
    ):
        with pytest.raises(plyo.error.ClosedEnvironmentError, match="is closed"):
            call()
    with pytest.raises(plyo.error.ClosedEnvironmentError, match="is closed"):
        plyo.jax.JaxBatch(batch.envs)
    # a compiled program outlives the batch that it was made with
    one, two = (plyo.jax.make_vec("CartPole-v1", 2) for _ in range(2))
    step = jax.jit(one.step)
    handle = one.reset(one.handle, seed=0)[0]
    compiled = step.lower(handle, jnp.zeros(2, int)).compile()
    del one, step
    gc.collect()
    with pytest.raises(jax.errors.JaxRuntimeError, match="the batch of this handle is closed"):
        jax.block_until_ready(compiled(handle, jnp.zeros(2, int)))
    jax.block_until_ready(compiled(two.reset(two.handle, seed=0)[0], jnp.zeros(2, int)))


@pytest.mark.parametrize("clone", [copy.deepcopy, lambda batch: pickle.loads(pickle.dumps(batch))])
def test_copies_have_handles_of_their_own(clone: Any) -> None:
    batch = plyo.jax.make_vec("CartPole-v1", 2, autoreset_mode="same_step")
    batch.reset(batch.handle, seed=0)
    twin = clone(batch)
    assert not np.array_equal(twin.handle, batch.handle)
    results = [b.step(b.handle, jnp.ones(2, int))[1] for b in (batch, twin)]
    np.testing.assert_array_equal(results[0].observations, results[1].observations)
    assert "CartPole" in repr(twin)


def test_snapshots_go_back_inside_a_program_s_life() -> None:
    batch = plyo.jax.make_vec("CartPole-v1", 4)
    handle, observations, _ = batch.reset(batch.handle, seed=0)
    run = run_scan(batch, 50)
    state = batch.envs.get_state()
    (handle, _), first = run(handle, observations, jax.random.key(1))
    jax.block_until_ready(first)
    batch.envs.set_state(state)
    _, second = run(handle, observations, jax.random.key(1))
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_forked_process_may_use_and_free_the_batch() -> None:
    batch = plyo.jax.make_vec("CartPole-v1", 4)
    jax.block_until_ready(batch.reset(batch.handle, seed=0))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # JAX warns of every fork
        child = os.fork()
    if child == 0:
        code = 1
        try:
            batch.envs.step(np.zeros(4, int))
            batch.close()
            code = 0
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    jax.block_until_ready(batch.step(batch.handle, jnp.zeros(4, int)))


# ---- what is no batch for JAX ----


def test_other_batches_are_refused() -> None:
    wrapped = plyo.wrappers.vector.ClipReward(plyo.make_vec("CartPole-v1", 2), -1, 1)
    for envs in (
        wrapped,
        plyo.make_vec("CartPole-v1", 2, vectorization_mode="sync"),
        plyo.make("CartPole-v1"),
    ):
        with pytest.raises(TypeError, match="without wrappers"):
            plyo.jax.JaxBatch(envs)


def test_batches_with_steps_in_python_are_refused() -> None:
    class Louder(type(plyo.make_vec("CartPole-v1", 1))):  # type: ignore[misc]  # a class made at run time
        def step(self, actions: Any, out: Any = None) -> Any:
            return super().step(actions, out)

    with pytest.raises(TypeError, match="Louder has a step or reset of its own in Python"):
        plyo.jax.JaxBatch(Louder(2))
    with pytest.raises(plyo.error.Error, match="NoSuchTask"):
        plyo.jax.make_vec("NoSuchTask-v0", 2)
    pytest.importorskip("mujoco", reason="MuJoCo is an extra")
    with pytest.raises(TypeError, match="draws them in Python"):
        plyo.jax.make_vec("HalfCheetah-v5", 1, observation="pixels")


@pytest.mark.parametrize("task", ["HalfCheetah-v5", "FetchReach-v4"])
@pytest.mark.parametrize("mode", ["next_step", "same_step"])
def test_simulated_tasks(task: str, mode: str) -> None:
    pytest.importorskip("mujoco", reason="MuJoCo is an extra")
    options = {"max_episode_steps": 3, "autoreset_mode": mode, "num_threads": 2}
    envs, batch = plyo.make_vec(task, 3, **options), plyo.jax.make_vec(task, 3, **options)
    expected, _ = envs.reset(seed=1)
    handle, observations, _ = batch.reset(batch.handle, seed=1)
    assert_equal(observations, expected, bits32=True)
    step = jax.jit(batch.step)
    for actions in chosen(envs.action_space, 8):
        expected, rewards, _, truncated, info = envs.step(actions)
        handle, result = step(handle, actions)
        assert_equal(result.observations, expected, bits32=True)
        np.testing.assert_array_equal(result.rewards, rewards.astype(np.float32))
        np.testing.assert_array_equal(result.truncated, truncated)
        for name, values in result.infos.items():
            # a step that resets reports none of those of steps
            np.testing.assert_array_equal(values, np.asarray(info.get(name, 0)).astype(values.dtype))


# ---- the guide ----


def test_the_examples_of_the_guide_run() -> None:
    page = Path(__file__).parents[2] / "docs" / "guide" / "jax.md"
    blocks = re.findall(r"^```py\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)
    assert len(blocks) == 3
    names: dict[str, Any] = {}
    for block in blocks:
        exec(block, names)
