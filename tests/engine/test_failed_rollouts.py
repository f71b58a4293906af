"""A rollout that fails, for memory too, moves nothing; policies follow their attributes."""

from __future__ import annotations

import copy
import pickle
import sys
from typing import Any

import numpy as np
import pytest
from bad_calls import assert_same_results
from contract_helpers import make_vec
from test_signals_and_forks import output_of

import plyo
from plyo import _native, policies


@pytest.mark.skipif(sys.platform != "linux", reason="limits the address space through /proc")
@pytest.mark.parametrize("mode", ["next_step", "same_step"])
def test_a_rollout_for_which_memory_ends_moves_nothing(mode: str) -> None:
    lines = output_of(
        """
        import resource
        envs = plyo.make_vec("CartPole-v1", 4096, num_threads=1, autoreset_mode=os.environ["MODE"])
        envs.reset(seed=1)
        policy = policies.Random(0)
        record = ["episodes", "final_observations"]
        envs.rollout(policy, 5, record=record)
        before = envs.get_state()
        failed = 0
        for megabytes in [*range(2, 90, 8), 4000]:
            size = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
            resource.setrlimit(resource.RLIMIT_AS, (size + megabytes * 2**20, resource.RLIM_INFINITY))
            try:
                envs.rollout(policy, 2000, record=record)
                break
            except MemoryError as e:
                assert "take fewer steps" in str(e)
                failed += 1
            finally:
                resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            assert envs.get_state() == before, megabytes
        twin = plyo.make_vec("CartPole-v1", 4096, num_threads=1, autoreset_mode=os.environ["MODE"])
        twin.reset(seed=1)
        other = policies.Random(0)
        twin.rollout(other, 5, record=[])
        twin.rollout(other, 2000, record=[])
        print(failed > 1, envs.get_state() == twin.get_state())
        """,
        MODE=mode,
    )
    assert lines == ["True", "True"]


def test_a_policy_that_failed_for_one_batch_serves_another() -> None:
    small, large = make_vec("CartPole-v1", 5), make_vec("CartPole-v1", 7)
    for e in (small, large):
        e.reset(seed=0)
    before = small.get_state()
    # clips nothing, so the first infinite action ends the rollout
    policy = policies.MLP(
        [(np.full((1, 3), 3e38), None), (np.full((1, 1), 3e38), None)],
        activation="relu",
        head="gaussian",
        log_std=[0.0],
        clip_actions=False,
        seed=1,
    )
    pendulums = [make_vec("Pendulum-v1", n) for n in (5, 7)]
    for e in pendulums:
        e.reset(seed=0)
        state = e.get_state()
        with pytest.raises(plyo.error.InvalidAction, match="must be finite"):
            e.rollout(policy, 50)
        assert e.get_state() == state
    assert small.get_state() == before


# ---- arrays that overlap ----


def overlapping(envs: Any) -> dict[str, dict[str, Any]]:
    memory = np.zeros(10_000)
    return {
        "rewards and terminated": {
            "rewards": memory[:12].reshape(3, 4),
            "terminated": memory[:2].view(bool)[:12].reshape(3, 4),
        },
        "terminated and truncated": dict.fromkeys(("terminated", "truncated"), np.zeros((3, 4), bool)),
        "observations and last_observations": {
            "observations": memory.view(np.float32)[:48].reshape(3, 4, 4),
            "last_observations": memory.view(np.float32)[32:48].reshape(4, 4),
        },
        "actions and rewards": {
            "actions": memory.view(np.int64)[:12].reshape(3, 4),
            "rewards": memory[11:23].reshape(3, 4),
        },
    }


@pytest.mark.parametrize("name", overlapping(None))
@pytest.mark.parametrize("policy", [policies.Constant(1), lambda _: np.ones(4, np.int64)])
def test_arrays_of_a_rollout_that_overlap_are_refused(name: str, policy: Any) -> None:
    envs = make_vec("CartPole-v1", 4)
    envs.reset(seed=0)
    before = envs.get_state()
    first, second = name.split(" and ")
    with pytest.raises(ValueError, match=f"'({first}|{second})' and '({first}|{second})' share memory"):
        envs.rollout(policy, 3, record=[], out=overlapping(envs)[name])
    assert envs.get_state() == before


def test_neighbours_in_memory_do_not_overlap() -> None:
    envs, twin = make_vec("CartPole-v1", 4), make_vec("CartPole-v1", 4)
    for e in (envs, twin):
        e.reset(seed=0)
    memory = np.zeros(100)
    out = {
        "rewards": memory[:12].reshape(3, 4),
        "terminated": memory[12:].view(bool)[:12].reshape(3, 4),
        "truncated": memory[12:].view(bool)[12:24].reshape(3, 4),
        "actions": memory.view(np.int64)[15:27].reshape(3, 4),
    }
    ours = envs.rollout(policies.Random(1), 3, out=out)
    theirs = twin.rollout(policies.Random(1), 3)
    for name in ("rewards", "terminated", "truncated", "actions", "observations"):
        assert_same_results(getattr(ours, name), getattr(theirs, name))


def test_the_actions_of_a_sequence_are_not_written_over() -> None:
    envs = make_vec("CartPole-v1", 4)
    envs.reset(seed=0)
    before = envs.get_state()
    actions = np.zeros((5, 4), np.int64)
    with pytest.raises(ValueError, match="'rewards' and the actions of the Sequence share memory"):
        envs.rollout(policies.Sequence(actions), 3, record=[], out={"rewards": actions.view(np.float64)[1:4]})
    assert envs.get_state() == before


def test_a_reset_does_not_write_over_its_mask() -> None:
    envs = make_vec("CartPole-v1", 4)
    envs.reset(seed=0)
    before = envs.get_state()
    out = np.zeros((4, 4), np.float32)
    mask = out.view(bool).reshape(-1)[:4]
    mask[:] = True
    with pytest.raises(ValueError, match="'observations' and 'reset_mask' share memory"):
        envs.reset(options={"reset_mask": mask}, out=out)
    assert mask.all()
    assert envs.get_state() == before


def test_arrays_of_a_rollout_that_somebody_writes_are_not_read_back() -> None:
    """The observations for the policy and the actions for the kernel are out of reach for other code."""
    lines = output_of(
        """
        envs = plyo.make_vec("Taxi-v4", 2000, num_threads=1)
        envs.reset(seed=0)
        out = {"actions": np.zeros((200, 2000), np.int64), "observations": np.zeros((200, 2000), np.int64),
               "rewards": np.zeros((200, 2000)), "terminated": np.zeros((200, 2000), bool)}
        stop = False
        def spoil():
            while not stop:
                for name, bad in (("actions", 10**8), ("observations", -10**8), ("terminated", True)):
                    out[name][...] = bad
        threading.Thread(target=spoil, daemon=True).start()
        table = policies.Tabular(np.zeros(500, np.int64), epsilon=0.3, seed=1)
        end = time.time() + 1.0
        while time.time() < end:
            last = envs.rollout(table, 200, out=out).last_observations
            assert ((0 <= last) & (last < 500)).all()
        stop = True
        print("whole")
        """
    )
    assert lines == ["whole"]


# ---- attributes of policies ----


def test_a_network_follows_what_its_layers_say_now() -> None:
    envs, twin = make_vec("CartPole-v1", 6), make_vec("CartPole-v1", 6)
    for e in (envs, twin):
        e.reset(seed=0)
    weights = np.zeros((2, 4), np.float32)
    policy = policies.Linear(weights, np.array([1.0, 0.0], np.float32))
    assert not envs.rollout(policy, 2).actions.any()
    policy.layers[0][1][:] = [[0.0, 1.0]]
    assert envs.rollout(policy, 2).actions.all()
    policy.layers = policies.Linear(weights, [2.0, 0.0]).layers
    assert not envs.rollout(policy, 2).actions.any()
    state = envs.get_state()
    policy.layers[0][0][0, 0, 0] = np.nan
    with pytest.raises(ValueError, match="the weights of layer 0 must be finite, got"):
        envs.rollout(policy, 2)
    policy.layers = [(np.zeros((1, 2, 4)), np.zeros((1, 3)))]
    with pytest.raises(ValueError, match="layer 0 must have weights"):
        envs.rollout(policy, 2)
    assert envs.get_state() == state


def test_the_head_that_is_not_named_is_that_of_each_batch() -> None:
    discrete, box = make_vec("CartPole-v1", 3), make_vec("MountainCarContinuous-v0", 3)
    for e in (discrete, box):
        e.reset(seed=0)
    policy = policies.Linear(np.ones((2, 4)))
    discrete.rollout(policy, 2)
    policy.layers = policies.Linear(np.ones((1, 2))).layers
    assert box.rollout(policy, 2).actions.dtype == np.float32


def test_streams_go_on_when_the_table_changes_and_begin_anew_with_a_seed() -> None:
    def actions(policy: Any, *steps: int) -> list[Any]:
        envs = make_vec("CliffWalking-v1", 5)
        envs.reset(seed=0)
        return [envs.rollout(policy, n, record=["actions"]).actions.tolist() for n in steps]

    table = np.zeros(48, np.int64)
    whole = actions(policies.Tabular(table, epsilon=1.0, seed=3), 8)[0]
    policy = policies.Tabular(table, epsilon=1.0, seed=3)
    assert actions(policy, 3)[0] == whole[:3]
    policy.actions = np.ones(48, np.int64)
    assert actions(policy, 5)[0] == whole[3:]
    policy.epsilon = 0.0
    assert np.all(np.array(actions(policy, 4)) == 1)
    policy.epsilon, policy.seed = 1.0, 3
    policy.actions = table
    assert actions(policy, 2)[0] != whole[:2]
    policy.seed = 4
    assert actions(policy, 2) == actions(policies.Tabular(table, epsilon=1.0, seed=4), 2)
    policy.epsilon = np.nan
    with pytest.raises(ValueError, match="epsilon must be from 0 to 1"):
        actions(policy, 1)


def test_copies_of_random_policies_begin_their_streams_anew() -> None:
    def actions(policy: Any) -> Any:
        envs = make_vec("CartPole-v1", 5)
        envs.reset(seed=0)
        return envs.rollout(policy, 6, record=["actions"]).actions.tolist()

    policy = policies.Random(seed=5)
    first = actions(policy)
    copies = [copy.copy(policy), copy.deepcopy(policy), pickle.loads(pickle.dumps(policy))]
    second = actions(policy)
    assert first != second
    for made in copies:
        assert actions(made) == first
        assert actions(made) == second
    unseeded = policies.Random()
    assert actions(copy.deepcopy(unseeded)) == actions(unseeded)


@pytest.mark.parametrize(
    ("argument", "value", "said"),
    [
        (
            "head",
            "softmax",
            r"head must be one of 'argmax', 'categorical', 'mean', 'gaussian', 'squashed_mean', "
            r"'squashed_gaussian', got 'softmax'",
        ),
        ("activation", "Tanh", r"activation must be one of 'tanh', 'relu', 'silu', got 'Tanh'"),
        ("value_activation", "elu", r"value_activation must be one of 'tanh', 'relu', 'silu', got 'elu'"),
        ("value", [(np.zeros((1, 2, 4)), np.zeros((1, 2)))], r"a value network has one output, got 2"),
        ("value", [(np.zeros((1, 1, 3)), np.zeros((1, 1)))], r"the value network takes 3 inputs"),
        ("value", [(np.zeros((2, 1, 4)), np.zeros((2, 1)))], r"value layer 0 must have weights"),
        ("trunk", [(np.zeros((1, 3, 4)), np.zeros((1, 3)))], r"the policy takes 4 inputs, the trunk has 3"),
        ("trunk", [(np.zeros((1, 4, 4)), np.zeros((1, 3)))], r"trunk layer 0 must have weights"),
        ("log_std", np.zeros(1, np.float32), r"log_std must have 2 elements"),
        ("log_std_range", (0, 1), r"log_std belongs to heads for Box actions"),
    ],
)
def test_native_networks_refuse_names_that_they_do_not_know(argument: str, value: Any, said: str) -> None:
    arguments: dict[str, Any] = {
        "layers": [(np.zeros((1, 2, 4), np.float32), np.zeros((1, 2), np.float32))],
        "trunk": [],
        "value": [],
        "gru_inputs": [],
        "gru_states": [],
        "initial_hidden": np.zeros(0, np.float32),
        "activation": "tanh",
        "value_activation": "tanh",
        "head": "gaussian" if argument == "log_std" else "argmax",
        "log_std": np.zeros(2 if argument != "head" else 0, np.float32),
        "log_std_range": None,
        "clip_actions": True,
        "seed": 1,
    }
    policy = _native.NetworkPolicy(_native.NetworkConfig(**arguments))
    arguments[argument] = value
    with pytest.raises(ValueError, match=said):
        _native.NetworkPolicy(_native.NetworkConfig(**arguments))
    with pytest.raises(ValueError, match=said):
        policy.configure(_native.NetworkConfig(**arguments))
