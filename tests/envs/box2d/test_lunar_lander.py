"""LunarLander: Gymnasium's episodes, wind, both kinds of actions, arguments, members, lanes solved together."""

from __future__ import annotations

import os
import pickle
from typing import Any

import gymnasium
import numpy as np
import pytest
from box2d_parity import assert_same_episode, needs_reference_platform, random_pilot
from gymnasium.envs.box2d import lunar_lander as theirs

import plyo
from plyo.bench import Case
from plyo.bench.contestant import make_actions
from plyo.envs.box2d import lunar_lander as ours

IDS = ("LunarLander-v3", "LunarLanderContinuous-v3")


def heuristic_pilot(env: Any, observation: Any, step: int) -> Any:
    action = theirs.heuristic(env, observation)
    return np.asarray(action, np.float32) if np.ndim(action) else action


def pilot_of(task_id: str, kind: str, seed: int) -> Any:
    if kind == "heuristic":
        return heuristic_pilot
    space = gymnasium.make(task_id).action_space
    return random_pilot(space, seed, hold=1 if kind == "random" else 12)


# ---- Gymnasium's bits ----


@needs_reference_platform
@pytest.mark.parametrize("task_id", IDS)
@pytest.mark.parametrize("enable_wind", [False, True])
@pytest.mark.parametrize("kind", ["random", "held", "heuristic"])
def test_episodes(task_id: str, enable_wind: bool, kind: str) -> None:
    ends = set()
    for seed in range(6):
        pilot = pilot_of(task_id, kind, seed)
        rewards, terminated = assert_same_episode(
            task_id, pilot, seed, 1000, past_end=40, enable_wind=enable_wind
        )
        ends.add((terminated, *{r for r in rewards if r in (-100.0, 100.0)}))
    assert len(ends) > 0
    if kind == "random":
        assert any(-100.0 in end for end in ends)
    if kind == "heuristic" and not enable_wind:
        assert any(100.0 in end for end in ends), "the heuristic lands and the lander falls asleep"


@needs_reference_platform
@pytest.mark.parametrize(
    "kwargs", [{"gravity": -1.62}, {"gravity": -11.99, "enable_wind": True, "wind_power": 20.0},
               {"enable_wind": True, "wind_power": 0.0, "turbulence_power": 2.0}]
)  # fmt: skip
def test_arguments_are_gymnasiums(kwargs: dict[str, Any]) -> None:
    for seed in range(3):
        assert_same_episode(IDS[0], pilot_of(IDS[0], "held", seed), seed, 300, **kwargs)


@pytest.mark.slow
@needs_reference_platform
@pytest.mark.parametrize("task_id", IDS)
def test_episodes_soak(task_id: str) -> None:
    for seed in range(1000, 1000 + int(os.environ.get("PLYO_SOAK_SEEDS", "10"))):
        for kind in ("random", "held", "heuristic"):
            for wind in (False, True):
                assert_same_episode(
                    task_id, pilot_of(task_id, kind, seed), seed, 1000, past_end=60, enable_wind=wind
                )


def test_fast_math_is_near_gymnasium_step_by_step() -> None:
    # a difference in a last bit grows after a landing, so each step starts from the state of math="reference"
    num_envs, num_steps = 64, 300
    exact = plyo.make_vec(IDS[0], num_envs, math="reference", autoreset_mode="disabled")
    fast = plyo.make_vec(IDS[0], num_envs, autoreset_mode="disabled")
    rng = np.random.default_rng(3)
    exact.reset(seed=3)
    np.testing.assert_allclose(fast.reset(seed=3)[0], exact.reset(seed=3)[0], atol=1e-5)
    worst = []
    for _ in range(num_steps):
        for lane in range(num_envs):
            fast._engine.set_state_words(lane, exact._engine.state_words(lane))
        actions = rng.integers(0, 4, num_envs)
        seen, _, terminated, truncated, _ = exact.step(actions)
        near, _, near_terminated, _, _ = fast.step(actions)
        assert (near_terminated == terminated).mean() > 0.98
        worst.append(np.abs(near - seen).max(axis=1))
        ended = terminated | truncated
        if ended.any():
            exact.reset(options={"reset_mask": ended})
            fast.reset(options={"reset_mask": ended})
    # 180 iterations on 60 Hz contacts enlarge a last bit in few steps
    assert np.quantile(np.concatenate(worst), 0.99) < 1e-4


# ---- lanes solved together ----


@pytest.mark.parametrize("math", ["fast", "reference"])
def test_neighbours_and_threads_change_nothing(math: str) -> None:
    num_envs, num_steps = 61, 150
    rng = np.random.default_rng(0)
    actions = rng.integers(0, 4, (num_steps, num_envs))
    batch = plyo.make_vec(IDS[0], num_envs, math=math, autoreset_mode="same_step")
    threaded = plyo.make_vec(IDS[0], num_envs, math=math, autoreset_mode="same_step", num_threads=3)
    batch.reset(seed=5)
    threaded.reset(seed=5)
    logs = []
    for step in actions:
        one, other = batch.step(step), threaded.step(step)
        for a, b in zip(one[:4], other[:4], strict=True):
            assert np.asarray(a).tobytes() == np.asarray(b).tobytes()
        logs.append(one[:4])
    for lane in (0, 17, 60):
        single = plyo.make_vec(IDS[0], 1, math=math, autoreset_mode="same_step")
        single.reset(seed=5 + lane)
        for t, step in enumerate(actions):
            results = single.step(step[lane : lane + 1])
            for own, all_lanes in zip(results[:4], logs[t], strict=True):
                assert own[0].tobytes() == all_lanes[lane].tobytes(), (lane, t)


def test_a_lane_has_its_own_parameters() -> None:
    envs = plyo.make_vec(IDS[0], 8, enable_wind=True)
    gravities = np.linspace(-11, -1, 8)
    envs.set_params({"gravity": gravities})
    envs.reset(seed=0)
    zeros = np.zeros(8, np.int64)
    for _ in range(20):
        batch = envs.step(zeros)[0]
    for lane in range(8):
        env = plyo.make(IDS[0], enable_wind=True, gravity=float(gravities[lane]))
        env.reset(seed=lane)
        for _ in range(20):
            alone = env.step(0)[0]
        assert alone.tobytes() == batch[lane].tobytes()


def test_an_edited_snapshot_is_refused() -> None:
    env = plyo.make(IDS[0])
    env.reset(seed=1)
    words = bytearray(env.unwrapped._engine.state_words(0))
    before = bytes(words)
    words[0:4] = np.float32(np.nan).tobytes()
    with pytest.raises(ValueError, match="LunarLander"):
        env.unwrapped._engine.set_state_words(0, bytes(words))
    assert bytes(env.unwrapped._engine.state_words(0)) == before


def test_a_lane_is_small() -> None:
    engine = plyo.make_vec(IDS[0], 1)._engine
    assert len(engine.state_words(0)) <= 8192


# ---- arguments and members ----


@pytest.mark.parametrize("gravity", [0.0, -12.0, 3, -100.5])
def test_an_illegal_gravity(gravity: float) -> None:
    with pytest.raises(AssertionError) as expected:
        gymnasium.make(IDS[0], gravity=gravity)
    for make in (plyo.make, lambda i, **kw: plyo.make_vec(i, 2, **kw)):
        with pytest.raises(AssertionError) as raised:
            make(IDS[0], gravity=gravity)
        assert str(raised.value) == str(expected.value)


@pytest.mark.parametrize(
    "kwargs",
    [{"wind_power": 25.0}, {"wind_power": -1}, {"turbulence_power": 2.5}, {"turbulence_power": -0.1}],
)
def test_unusual_winds_are_warned_of(kwargs: dict[str, float]) -> None:
    with pytest.warns(UserWarning, match="is recommended to be between") as expected:
        gymnasium.make(IDS[0], **kwargs)
    with pytest.warns(UserWarning, match="is recommended to be between") as raised:
        plyo.make(IDS[0], **kwargs)
    (text,) = {str(w.message).replace("\x1b[33mWARN: ", "") for w in raised}
    assert text in {str(w.message).replace("\x1b[33mWARN: ", "") for w in expected}


def test_members_show_what_gymnasiums_do() -> None:
    env, other = plyo.make(IDS[0], math="reference").unwrapped, gymnasium.make(IDS[0]).unwrapped
    env.reset(seed=2)
    other.reset(seed=2)
    for step in range(40):
        env.step(step % 4)
        other.step(step % 4)
    for name in ("helipad_x1", "helipad_x2", "helipad_y", "game_over", "prev_shaping", "continuous", "gravity",
                 "enable_wind", "wind_power", "turbulence_power"):  # fmt: skip
        assert getattr(env, name) == getattr(other, name), name
    bodies = [(env.lander, other.lander), *zip(env.legs, other.legs, strict=True)]
    for ours_body, their_body in bodies:
        for name in ("position", "linearVelocity", "worldCenter"):
            assert tuple(getattr(ours_body, name)) == tuple(getattr(their_body, name)), name
        for name in ("angle", "angularVelocity", "awake", "mass"):
            assert getattr(ours_body, name) == getattr(their_body, name), name
        assert ours_body.inertia == pytest.approx(their_body.inertia, rel=1e-6)
    for ours_leg, their_leg in bodies[1:]:
        assert ours_leg.ground_contact == their_leg.ground_contact
        assert ours_leg.joint.angle == pytest.approx(their_leg.joint.angle, abs=1e-6)
        assert ours_leg.joint.motorSpeed == their_leg.joint.motorSpeed
        assert ours_leg.joint.limits == their_leg.joint.limits
    assert env.lander == env.drawlist[0]
    assert env.lander.position.x == env.lander.position[0]
    with pytest.raises(AttributeError):
        env.lander = None


def test_a_changed_gravity_holds_from_the_next_reset() -> None:
    env, other = plyo.make(IDS[0], math="reference"), gymnasium.make(IDS[0])
    for each in (env, other):
        each.reset(seed=4)
        each.unwrapped.gravity = -3.0
        each.unwrapped.wind_power = 5.0
    for seed in (None, 5):
        for _ in range(10):
            assert (env.step(0)[0] == other.step(0)[0]).all()
        env.reset(seed=seed)
        other.reset(seed=seed)


def test_a_pickled_environment_goes_on() -> None:
    env = plyo.make(IDS[1], enable_wind=True)
    env.reset(seed=1)
    for _ in range(30):
        env.step(np.array([0.5, -0.7], np.float32))
    copy = pickle.loads(pickle.dumps(env))
    for _ in range(60):
        a, b = (e.step(np.array([0.1, 0.9], np.float32)) for e in (env, copy))
        assert a[0].tobytes() == b[0].tobytes()
        assert a[1:4] == b[1:4]


@pytest.mark.parametrize(("task_id", "outputs", "dtype"), [(IDS[0], 4, np.int64), (IDS[1], 2, np.float32)])
def test_a_network_without_a_head_has_that_of_the_action_space(
    task_id: str, outputs: int, dtype: Any
) -> None:
    envs = plyo.make_vec(task_id, 5)
    envs.reset(seed=0)
    weights = np.random.default_rng(0).normal(size=(outputs, 8)).astype(np.float32)
    policy = plyo.policies.MLP([(weights, np.zeros(outputs, np.float32))])
    trajectory = envs.rollout(policy, 20)
    assert trajectory.actions.dtype == dtype
    expected = trajectory.observations @ weights.T
    if outputs == 4:
        assert (trajectory.actions == expected.argmax(axis=-1)).all()
    else:
        np.testing.assert_allclose(trajectory.actions, expected.clip(-1, 1), rtol=1e-4, atol=1e-5)


def test_benchmarks_take_the_actions_of_an_id() -> None:
    assert [make_actions(Case(task_id, 3))[0].shape for task_id in IDS] == [(3,), (3, 2)]


# ---- beside the class ----


def test_the_heuristic_is_gymnasiums() -> None:
    rng = np.random.default_rng(0)
    for task_id in IDS:
        env, other = plyo.make(task_id), gymnasium.make(task_id)
        for _ in range(300):
            seen = rng.normal(0, 0.5, 8)
            seen[6:] = rng.integers(0, 2, 2) * (rng.random() < 0.3)
            assert np.array_equal(ours.heuristic(env, seen), theirs.heuristic(other, seen))


def test_the_demonstration_prints_what_gymnasiums_does(capsys: pytest.CaptureFixture[str]) -> None:
    total = ours.demo_heuristic_lander(plyo.make(IDS[0], math="reference"), seed=7)
    mine = capsys.readouterr().out
    assert total == theirs.demo_heuristic_lander(gymnasium.make(IDS[0]), seed=7)
    assert capsys.readouterr().out == mine


def test_constants_are_gymnasiums() -> None:
    for name in ours.__all__:
        if name.isupper():
            assert getattr(ours, name) == getattr(theirs, name), name


def test_the_name_of_the_continuous_one_says_what_to_do() -> None:
    with pytest.raises(gymnasium.error.Error) as expected:
        theirs.LunarLanderContinuous()
    with pytest.raises(plyo.error.Error) as raised:
        ours.LunarLanderContinuous()
    assert str(raised.value) == str(expected.value)
