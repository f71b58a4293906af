"""RLlib on Plyo's batches: its own runner, and the one that takes episodes from native rollouts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from pages import run_examples

import plyo

pytestmark = [
    pytest.mark.trainers,
    # RLlib's own: parts of it that are deprecated, and an id that it registers again for every runner
    pytest.mark.filterwarnings("ignore:::ray|gymnasium"),
    # JAX, if another test has imported it, warns of the forks by which Ray starts its processes
    pytest.mark.filterwarnings("ignore:os.fork:RuntimeWarning"),
]

pytest.importorskip("ray.rllib", reason="needs RLlib, of the extra rllib")

import gymnasium  # noqa: E402  # after RLlib is known to be there
import ray  # noqa: E402  # as above
import torch  # noqa: E402  # as above
from ray.rllib.algorithms.dqn import DQNConfig  # noqa: E402  # as above
from ray.rllib.algorithms.ppo import PPOConfig  # noqa: E402  # as above
from ray.rllib.callbacks.callbacks import RLlibCallback  # noqa: E402  # as above
from ray.rllib.connectors.env_to_module import FlattenObservations  # noqa: E402  # as above
from ray.rllib.env.single_agent_env_runner import SingleAgentEnvRunner  # noqa: E402  # as above

from plyo.adapters.rllib import PlyoEnvRunner, register  # noqa: E402  # they need RLlib
from plyo.adapters.rllib.registration import Creator  # noqa: E402  # as above

NUM_ENVS = 5


@pytest.fixture(scope="module", autouse=True)
def cluster() -> Iterator[None]:
    torch.set_num_threads(1)  # small networks: threads that wait for each other take far longer
    ray.init(
        num_cpus=3,
        object_store_memory=100 * 2**20,
        include_dashboard=False,
        log_to_driver=False,
        logging_level="ERROR",
    )
    yield
    ray.shutdown()


def make_config(env: str, kind: Any = PPOConfig, **env_runners: Any) -> Any:
    settings = {
        "num_env_runners": 0,
        "num_envs_per_env_runner": NUM_ENVS,
        "rollout_fragment_length": 20,
        **env_runners,
    }
    config = kind().environment(env).env_runners(**settings).debugging(seed=3)
    if kind is PPOConfig:
        config.rl_module(model_config={"fcnet_hiddens": [16, 16], "vf_share_layers": False})
    return config


def make_runner(kind: Any, env: str, **env_runners: Any) -> Any:
    return kind(config=make_config(env, **env_runners), worker_index=0)


def theirs(env: str, **kwargs: Any) -> Any:
    """RLlib's own runner; its weights are those of ours, because both are seeded before."""
    return make_runner(SingleAgentEnvRunner, env, gym_env_vectorize_mode="vector_entry_point", **kwargs)


def sample(runner: Any, rounds: int) -> list[Any]:
    """The episodes of some samples; what the module draws is the same for every runner."""
    torch.manual_seed(0)
    return [episode for _ in range(rounds) for episode in runner.sample()]


def whole_episodes(runner: Any, samples: list[list[Any]]) -> list[list[dict[str, Any]]]:
    """The complete episodes of samples, joined from their chunks, in an order that does not depend on ids."""
    chunks = defaultdict(list)
    for sample in samples:
        for chunk in sample:
            chunks[chunk.id_].append(chunk)
    found = []
    for each in chunks.values():
        assert [chunk.t_started for chunk in each] == [0, *(chunk.t for chunk in each[:-1])]
        for before, after in pairwise(each):
            assert_looks_back(before, after, runner.config.episode_lookback_horizon)
        if not each[-1].is_done:
            continue
        found.append(
            {
                "observations": np.concatenate(
                    [
                        each[0].get_observations(slice(0, 1)),
                        *(c.get_observations(slice(1, None)) for c in each),
                    ]
                ),
                "actions": np.concatenate([c.get_actions() for c in each]),
                "rewards": np.concatenate([c.get_rewards() for c in each]),
                "flags": (each[-1].is_terminated, each[-1].is_truncated),
                **{
                    key: np.concatenate([c.get_extra_model_outputs(key) for c in each])
                    for key in each[0].extra_model_outputs
                },
            }
        )
    return sorted(found, key=lambda episode: episode["observations"][0].tolist())


def assert_looks_back(before: Any, after: Any, horizon: int) -> None:
    """The chunk after another one holds the end of that for those who look back."""
    lookback = after.rewards.lookback
    assert lookback == min(horizon, len(before.rewards.data))
    rows = len(before.rewards.data)
    for name in ("actions", "rewards", "observations"):
        first, second = getattr(before, name).data, getattr(after, name).data
        more = name == "observations"
        np.testing.assert_array_equal(second[: lookback + more], first[rows - lookback :])


def assert_same_episodes(ours: list[Any], others: list[Any], least: int) -> None:
    """The episodes that both have are equal, in values and types; there are at least so many."""
    keyed = {episode["observations"][0].tobytes(): episode for episode in others}
    common = [(each, keyed[key]) for each in ours if (key := each["observations"][0].tobytes()) in keyed]
    assert len(common) >= least
    for mine, other in common:
        assert set(mine) == set(other)
        assert mine["flags"] == other["flags"]
        for key in set(mine) - {"flags"}:
            assert mine[key].dtype == other[key].dtype, key
            if key.startswith("action_"):
                np.testing.assert_allclose(mine[key], other[key], atol=1e-5, err_msg=key)
            else:
                np.testing.assert_array_equal(mine[key], other[key], err_msg=key)


# ---- registration ----


def test_rllib_gets_batches_and_environments_of_gymnasium() -> None:
    creator = Creator(plyo.spec("CartPole-v1"), {"max_episode_steps": 7})
    envs = creator({"num_envs": 4, "sutton_barto_reward": True})
    assert isinstance(envs, gymnasium.vector.VectorEnv)
    assert envs.metadata["autoreset_mode"] is gymnasium.vector.AutoresetMode.NEXT_STEP
    assert isinstance(envs.single_action_space, gymnasium.spaces.Discrete)
    envs.reset(seed=0)
    _, rewards, *_ = envs.step(np.zeros(4, int))
    assert rewards.tolist() == [0] * 4
    env = creator({})
    assert isinstance(env, gymnasium.Env)
    env.reset(seed=0)
    assert not any(env.step(0)[3] for _ in range(3))


def test_names_and_unknown_ids() -> None:
    assert register("CartPole-v1") == "plyo/CartPole-v1"
    assert register("CartPole-v1", "mine") == "mine"
    with pytest.raises(plyo.error.NameNotFound):
        register("NoSuchTask-v0")


@pytest.mark.parametrize("id", ["CartPole-v1", "Pendulum-v1"])
def test_the_own_runner_samples_as_from_gymnasiums_environments(id: str) -> None:
    ours = theirs(register(id, math="reference"))
    others = make_runner(SingleAgentEnvRunner, id)
    for mine, other in zip(sample(ours, 5), sample(others, 5), strict=True):
        np.testing.assert_array_equal(mine.get_observations(), other.get_observations())
        np.testing.assert_array_equal(mine.get_rewards(), other.get_rewards())


# ---- the runner of native rollouts ----


@pytest.mark.parametrize("samples", ["steps", "episodes"])
@pytest.mark.parametrize("horizon", [0, 1, 3])
def test_native_rollouts_give_the_episodes_of_the_own_runner(samples: str, horizon: int) -> None:
    name = register("CartPole-v1", max_episode_steps=40)
    runners = make_runner(PlyoEnvRunner, name, episode_lookback_horizon=horizon), theirs(name)
    count = {"num_timesteps": 20 * NUM_ENVS} if samples == "steps" else {"num_episodes": 9}
    found = []
    for runner in runners:
        rounds = [runner.sample(explore=False, **count) for _ in range(6 if samples == "steps" else 1)]
        if samples == "episodes":
            assert len(rounds[0]) == 9
            assert all(episode.is_done for episode in rounds[0])
        found.append(whole_episodes(runner, rounds))
    assert runners[0]._rollouts.is_native
    assert_same_episodes(*found, least=9)


def test_a_sample_has_the_steps_asked_for_and_counts_them() -> None:
    runner = make_runner(PlyoEnvRunner, register("CartPole-v1", max_episode_steps=12))
    sampled = [runner.sample(num_timesteps=33) for _ in range(5)]
    assert [sum(map(len, episodes)) for episodes in sampled] == [35] * 5  # seven steps of five environments
    assert runner.sample(num_timesteps=0) == []
    metrics = runner.get_metrics()
    ended = [episode for episodes in sampled for episode in episodes if episode.is_done]
    assert int(metrics["num_env_steps_sampled"].peek()) == 175
    assert int(metrics["num_episodes"].peek()) == len(ended)
    assert metrics["episode_return_mean"].peek() == metrics["episode_len_mean"].peek()
    assert metrics["episode_len_max"].peek() == 12
    # without arguments, those of the configuration
    assert sum(map(len, runner.sample())) == 100


def test_exploration_draws_from_the_module() -> None:
    runner = make_runner(PlyoEnvRunner, register("CartPole-v1"))
    episodes = [episode for _ in range(20) for episode in runner.sample()]
    logits = np.concatenate([episode.get_extra_model_outputs("action_dist_inputs") for episode in episodes])
    log_probs = np.concatenate([episode.get_extra_model_outputs("action_logp") for episode in episodes])
    actions = np.concatenate([episode.get_actions() for episode in episodes])
    log_all = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    np.testing.assert_allclose(log_probs, log_all[np.arange(len(actions)), actions], atol=1e-5)
    # 2000 draws: the standard deviation of this mean is at most 0.011
    assert abs(actions.mean() - np.exp(log_all[:, 1]).mean()) < 0.05
    again = make_runner(PlyoEnvRunner, register("CartPole-v1"))
    same = [episode for _ in range(20) for episode in again.sample()]
    assert [episode.get_return() for episode in same] == [episode.get_return() for episode in episodes]


def test_new_weights_are_followed() -> None:
    runner = make_runner(PlyoEnvRunner, register("CartPole-v1"))
    runner.sample()
    state = runner.get_state()
    head = next(key for key in state["rl_module"] if key.startswith("pi.") and key.endswith("bias"))
    state["rl_module"][head] = np.array([-50, 50], np.float32)
    state["weights_seq_no"] = 7
    runner.set_state(state)
    episodes = runner.sample()
    for episode in episodes:
        assert (episode.get_actions() == 1).all()
        assert (episode.get_extra_model_outputs("weights_seq_no") == 7).all()


def test_modules_that_are_no_plain_network_run_once_a_step() -> None:
    """A Gaussian whose scale depends on the observation, and actions that are stretched to their space."""
    name = register("Pendulum-v1")
    ours, other = make_runner(PlyoEnvRunner, name), theirs(name)
    for mine, expected in zip(sample(ours, 3), sample(other, 3), strict=True):
        assert len(mine) == 20
        assert mine.get_actions().dtype == expected.get_actions().dtype
        np.testing.assert_array_equal(mine.get_observations(), expected.get_observations())
        np.testing.assert_array_equal(mine.get_actions(), expected.get_actions())
        np.testing.assert_array_equal(mine.get_rewards(), expected.get_rewards())
        for key in expected.extra_model_outputs:
            np.testing.assert_array_equal(
                mine.get_extra_model_outputs(key), expected.get_extra_model_outputs(key)
            )
    assert not ours._rollouts.is_native


@pytest.mark.parametrize("id", ["CartPole-v1", "Pendulum-v1"])
def test_random_actions(id: str) -> None:
    runner = make_runner(PlyoEnvRunner, register(id))
    actions = np.concatenate([episode.get_actions() for episode in runner.sample(random_actions=True)])
    assert len(np.unique(actions)) == (2 if id == "CartPole-v1" else 100)


class Counting(RLlibCallback):
    """Counts callbacks, and keeps a number in each episode."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str]] = []

    def on_episode_created(self, *, episode: Any, **kwargs: Any) -> None:
        self.calls.append(("created", episode.id_))
        episode.custom_data["number"] = len(self.calls)

    def on_episode_start(self, *, episode: Any, **kwargs: Any) -> None:
        self.calls.append(("start", episode.id_))

    def on_episode_end(self, *, episode: Any, prev_episode_chunks: Any, **kwargs: Any) -> None:
        self.calls.append(("end", episode.id_))
        assert sum(map(len, prev_episode_chunks)) == episode.t_started
        assert "number" in episode.custom_data


def test_callbacks_are_called_once_an_episode() -> None:
    config = make_config(register("CartPole-v1")).callbacks(Counting)
    runner = PlyoEnvRunner(config=config, worker_index=0)
    episodes = [episode for _ in range(10) for episode in runner.sample()]
    calls = runner._callbacks[0].calls
    assert len(calls) == len(set(calls))
    begun = {episode.id_ for episode in episodes}
    assert {id for what, id in calls if what == "created"} == begun
    assert {id for what, id in calls if what == "start"} == begun
    assert {id for what, id in calls if what == "end"} == {e.id_ for e in episodes if e.is_done}


class EveryStep(RLlibCallback):
    def on_episode_step(self, **kwargs: Any) -> None:
        pass


def test_what_native_rollouts_cannot_do_is_refused() -> None:
    name = register("CartPole-v1")
    with pytest.raises(ValueError, match="no connectors besides RLlib's own, got FlattenObs"):
        make_runner(
            PlyoEnvRunner, name, env_to_module_connector=lambda env, spaces, device: FlattenObservations()
        )
    with pytest.raises(ValueError, match="does not call on_episode_step"):
        PlyoEnvRunner(config=make_config(name).callbacks(EveryStep), worker_index=0)
    with pytest.raises(ValueError, match="does not call on_episode_step"):
        PlyoEnvRunner(
            config=make_config(name).callbacks(on_episode_step=lambda **kwargs: None), worker_index=0
        )
    recurrent = make_config(name)
    recurrent.rl_module(model_config={"use_lstm": True, "max_seq_len": 5})
    with pytest.raises(ValueError, match="has no states for the module"):
        PlyoEnvRunner(config=recurrent, worker_index=0)
    with pytest.raises(ValueError, match="got the id 'CartPole-v1' of Gymnasium"):
        make_runner(PlyoEnvRunner, "CartPole-v1")
    with pytest.raises(ValueError, match="episodes of arrays"):
        make_runner(PlyoEnvRunner, name, episodes_to_numpy=False)


# ---- training ----


def test_ppo_learns_cart_pole(record_property: Any) -> None:
    record_property("release", f"ray {ray.__version__}")
    config = (
        make_config(
            register("CartPole-v1"),
            env_runner_cls=PlyoEnvRunner,
            num_envs_per_env_runner=16,
            rollout_fragment_length=128,
        )
        .rl_module(model_config={"fcnet_hiddens": [64, 64], "vf_share_layers": False})
        .training(
            train_batch_size_per_learner=2048,
            minibatch_size=256,
            num_epochs=8,
            lr=1e-3,
            gamma=0.99,
            lambda_=0.95,
            vf_loss_coeff=0.5,
            entropy_coeff=0.01,
            vf_clip_param=10_000.0,
        )
    )
    algorithm = config.build_algo()
    try:
        best = 0.0
        for _ in range(50):
            best = max(best, algorithm.train()["env_runners"]["episode_return_mean"])
            if best >= 475:
                break
        assert best >= 475
        assert algorithm.env_runner._rollouts.is_native
    finally:
        algorithm.stop()


def test_remote_runners_and_evaluation_train() -> None:
    config = (
        make_config(register("CartPole-v1"), env_runner_cls=PlyoEnvRunner, num_env_runners=1)
        .training(train_batch_size_per_learner=200, minibatch_size=100, num_epochs=1)
        .evaluation(evaluation_interval=1, evaluation_duration=4, evaluation_num_env_runners=0)
    )
    algorithm = config.build_algo()
    try:
        result = algorithm.train()
        assert result["env_runners"]["num_env_steps_sampled"] == 200
        assert result["evaluation"]["env_runners"]["num_episodes"] == 4
        (threads,) = algorithm.env_runner_group.foreach_env_runner(
            lambda runner: runner._envs._arguments["num_threads"], local_env_runner=False
        )
        assert threads == 1
    finally:
        algorithm.stop()


def test_dqn_trains() -> None:
    config = make_config(register("CartPole-v1"), DQNConfig, env_runner_cls=PlyoEnvRunner).training(
        num_steps_sampled_before_learning_starts=100, train_batch_size_per_learner=32
    )
    algorithm = config.build_algo()
    try:
        for _ in range(2):
            result = algorithm.train()
        assert result["learners"]["default_policy"]["qf_mean"] != 0
        assert not algorithm.env_runner._rollouts.is_native
    finally:
        algorithm.stop()


def test_the_examples_of_the_guide_run() -> None:
    ray.shutdown()  # the page starts one
    names = run_examples("rllib")
    assert names["algorithm"].iteration == 0
