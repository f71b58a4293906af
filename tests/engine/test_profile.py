"""The counters of where the time of a batch goes."""

import pickle
import threading

import numpy as np
import pytest

import plyo
from plyo.vector.profile import PHASES

_MODES = ("next_step", "same_step", "disabled")


def _batch(num_envs=512, task_id="CartPole-v1", **options):
    envs = plyo.make_vec(task_id, num_envs, **options)
    envs.reset(seed=0)
    return envs


def _act(envs):
    envs.action_space.seed(0)
    return envs.action_space.sample()


def test_counts_calls_and_steps():
    envs = _batch(300)
    actions = _act(envs)
    envs.step(actions)
    with envs.profile() as profile:
        for _ in range(20):
            envs.step(actions)
        envs.rollout(plyo.policies.Random(0), 10)
        envs.reset(seed=1)
        assert profile.num_calls == 22
    envs.step(actions)
    assert profile.num_calls == 22
    assert profile.num_steps == 300 * 30
    assert 0 < profile.native <= profile.elapsed
    assert profile.outside == pytest.approx(profile.elapsed - profile.native)


@pytest.mark.parametrize("num_threads", [1, 2])
def test_phases_are_those_of_the_work(num_threads):
    envs = _batch(20000, autoreset_mode="same_step", num_threads=num_threads)
    actions = _act(envs)
    with envs.profile() as profile:
        for _ in range(30):
            envs.step(actions)
        stepped = profile.phases
        envs.rollout(plyo.policies.Random(0), 50)
    assert set(profile.phases) == set(PHASES)
    for name in ("actions", "kernel", "episodes", "resets", "observations", "infos"):
        assert 0 < stepped[name] <= profile.phases[name]
    assert stepped["policy"] == 0 < profile.phases["policy"]
    assert stepped["records"] == 0 < profile.phases["records"]
    assert (profile.phases["waiting"] == 0) or num_threads == 2


def test_short_calls_count_for_those_not_measured():
    envs = _batch(1)
    actions = _act(envs)
    with envs.profile() as profile:
        for _ in range(1000):
            envs.step(actions)
    assert profile.num_calls == profile.num_steps == 1000
    assert profile.native > 0
    assert profile.phases["kernel"] > 0


@pytest.mark.parametrize("mode", _MODES)
def test_results_are_the_same_with_and_without(mode):
    def run(profiled):
        envs = _batch(700, autoreset_mode=mode)
        results = []

        def work():
            for _ in range(40):
                results.append(envs.step(_act(envs)))
                ended = np.logical_or(*results[-1][2:4])
                if mode == "disabled" and ended.any():
                    envs.reset(options={"reset_mask": ended})
            results.append(envs.step_lanes(_act(envs)[:3], [5, 1, 7]))
            results.append(vars(envs.rollout(plyo.policies.Random(3), 60)))

        if profiled:
            with envs.profile():
                work()
        else:
            work()
        return pickle.dumps((results, envs.get_state()))

    assert run(profiled=True) == run(profiled=False)


def test_steps_of_some_lanes_count():
    envs = _batch(4096, "Pendulum-v1")
    actions = _act(envs)
    with envs.profile() as profile:
        for _ in range(40):
            envs.step_lanes(actions[:1000], np.arange(1000))
        envs.reset_lanes([1, 2], seed=5)
    assert profile.num_calls == 41
    assert profile.num_steps == 40000
    assert profile.phases["kernel"] > 0
    assert profile.phases["resets"] > 0


def test_wrappers_of_rollouts_count():
    envs = plyo.wrappers.vector.NormalizeReward(_batch(4096))
    envs.reset(seed=0)
    with envs.profile() as profile:
        envs.rollout(plyo.policies.Random(0), 20)
    assert profile.num_steps == 4096 * 20
    assert profile.phases["wrappers"] > 0
    assert profile.phases["policy"] > 0


def test_text_has_a_line_for_each_phase():
    envs = _batch(20000)
    with envs.profile() as profile:
        envs.rollout(plyo.policies.Random(0), 50)
    lines = str(profile).splitlines()
    assert "1 calls, 1000000 steps" in lines[0]
    assert [line.split()[0] for line in lines[1:3]] == ["outside", "native"]
    named = {line.split()[0] for line in lines[3:]}
    assert named == {name for name, seconds in profile.phases.items() if seconds > 0}
    assert profile.read()["num_calls"] == 1


def test_text_says_that_no_call_was_measured():
    envs = _batch(20000)
    with envs.profile() as profile:
        pass
    assert "outside" in str(profile)
    profile._reading = profile.read() | {"num_calls": 3, "native": 0.0}
    head, reason = str(profile).splitlines()
    assert "3 calls" in head
    assert reason.startswith("none of these calls was measured")


@pytest.mark.parametrize(
    "wrapper", [plyo.wrappers.vector.NormalizeReward, plyo.wrappers.vector.DictInfoToList]
)
def test_wrapped_batches_have_profiles(wrapper):
    envs = wrapper(plyo.wrappers.vector.RecordEpisodeStatistics(_batch(2)))
    envs.reset(seed=0)
    with envs.profile() as profile:
        envs.step(_act(envs))
    assert profile.num_steps == 2
    python = wrapper(_batch(2, vectorization_mode="sync"))
    with pytest.raises(
        AttributeError, match="'SyncVectorEnv' object has no attribute 'profile': batches of native"
    ):
        python.profile()


def test_a_profile_counts_once():
    envs = _batch(2)
    profile = envs.profile()
    with pytest.raises(RuntimeError, match="has not begun"):
        profile.read()
    with profile:
        pass
    with pytest.raises(RuntimeError, match="counts once"), profile:
        pass


def test_two_profiles_at_a_time_are_refused():
    envs = _batch(2)
    with envs.profile() as first:
        with (
            pytest.raises(RuntimeError, match="this batch of environments is profiled already"),
            envs.profile(),
        ):
            pass
        envs.step(_act(envs))
    assert first.num_calls == 1


def test_a_closed_batch_has_no_profile():
    envs = _batch(2)
    with envs.profile() as profile:
        envs.step(_act(envs))
        envs.close()
    assert profile.num_calls == 1
    with pytest.raises(plyo.error.ClosedEnvironmentError):
        envs.profile()


def test_another_thread_reads_meanwhile():
    envs = _batch(20000)
    with envs.profile() as profile:
        thread = threading.Thread(target=envs.rollout, args=(plyo.policies.Random(0), 500))
        thread.start()
        while thread.is_alive():
            assert profile.num_calls <= 1
        thread.join()
    assert profile.num_steps == 20000 * 500
