"""Workers of Ray: the episodes are those of one batch, whatever the number of workers and whoever of them dies."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pages import run_examples

import plyo
from plyo import error, policies

pytestmark = [
    pytest.mark.trainers,
    # JAX, if another test has imported it, warns of the forks by which Ray starts its processes
    pytest.mark.filterwarnings("ignore:os.fork:RuntimeWarning"),
]

ray = pytest.importorskip("ray", reason="needs Ray, of the extra ray")

from plyo.ray import Part, RolloutWorkers, concatenate  # noqa: E402  # they need Ray

TOTAL = 12
STEPS = 60
STRIDE = 2**64

Array = np.ndarray[Any, Any]


@pytest.fixture(scope="module", autouse=True)
def cluster() -> Iterator[None]:
    ray.init(
        num_cpus=3,
        object_store_memory=100 * 2**20,
        include_dashboard=False,
        log_to_driver=False,
        logging_level="ERROR",
    )
    yield
    ray.shutdown()


def make_workers(count: int, id: str = "CartPole-v1", **kwargs: Any) -> RolloutWorkers:
    return RolloutWorkers(id, count, TOTAL // count, **{"seed": 3, **kwargs})


class Whole:
    """A batch in this process with the environments of all workers; counts its rollouts as they do."""

    def __init__(self, id: str = "CartPole-v1", seed: int = 3, **kwargs: Any) -> None:
        self.envs: Any = plyo.make_vec(id, TOTAL, **kwargs)
        self.envs.reset(seed=seed)
        self.number = 0

    def rollout(self, policy: Any, num_steps: int = STEPS, **kwargs: Any) -> plyo.Trajectory:
        before = getattr(policy, "seed", None)
        if before is not None:
            policy.seed = before + self.number * STRIDE
        trajectory = self.envs.rollout(policy, num_steps, **kwargs)
        if before is not None:
            policy.seed = before
        self.number += 1
        return trajectory


def assert_same(ours: plyo.Trajectory, theirs: plyo.Trajectory) -> None:
    for name, value in vars(theirs).items():
        np.testing.assert_array_equal(getattr(ours, name), value, err_msg=name)


def ask(workers: RolloutWorkers, index: int, question: Callable[[Any], Any]) -> Any:
    """What a function of a worker's actor returns there."""
    return ray.get(workers._workers[index]._actor.__ray_call__.remote(question))


def pid_of(workers: RolloutWorkers, index: int) -> int:
    """The process of a worker."""
    return ask(workers, index, lambda actor: os.getpid())


def threads_of(workers: RolloutWorkers) -> int:
    return ask(workers, 0, lambda actor: actor._shard._envs._arguments["num_threads"])


def dying_once(flag: Path, step: int, lanes: int) -> Callable[[Array], Array]:
    """A policy that balances the pole; the first worker of ``lanes`` lanes that gets to a step of it is killed."""
    calls = 0

    def balance(observations: Array) -> Array:
        nonlocal calls
        calls += 1
        if calls == step and len(observations) == lanes:
            try:
                flag.touch(exist_ok=False)
            except FileExistsError:
                pass
            else:
                os.kill(os.getpid(), signal.SIGKILL)
        return (observations[:, 2] + observations[:, 3] > 0).astype(np.int64)

    return balance


@pytest.mark.parametrize("count", [1, 2, 3])
def test_the_episodes_do_not_depend_on_the_workers_or_on_a_death(count: int, tmp_path: Path) -> None:
    whole = Whole(autoreset_mode="same_step")
    random = policies.Random(seed=8)
    with make_workers(count, autoreset_mode="same_step") as workers:
        assert_same(concatenate(workers.rollout(random, STEPS)), whole.rollout(random))
        # one is killed in the middle of a rollout, the next one between two
        flag = tmp_path / "died"
        dying = dying_once(flag, STEPS // 2, TOTAL // count)
        alive = dying_once(flag, -1, 0)
        assert_same(concatenate(workers.rollout(dying, STEPS)), whole.rollout(alive))
        assert flag.exists()
        os.kill(pid_of(workers, count - 1), signal.SIGKILL)
        for _ in range(2):
            assert_same(concatenate(workers.rollout(random, STEPS)), whole.rollout(random))


def test_a_native_rollout_of_a_killed_worker_is_repeated() -> None:
    whole = Whole("Acrobot-v1", max_episode_steps=50)
    random = policies.Random(seed=1)
    with make_workers(2, "Acrobot-v1", max_episode_steps=50) as workers:
        pid = pid_of(workers, 0)
        assert workers.rollout_async(random, 40_000, record=["episodes"]) == 2
        os.kill(pid, signal.SIGKILL)
        parts = sorted((workers.rollout_wait() for _ in range(2)), key=lambda part: part.worker)
        assert_same(concatenate(parts), whole.rollout(random, 40_000, record=["episodes"]))
        assert pid_of(workers, 0) != pid


def test_arrays_lie_in_shared_memory_and_parts_say_whose_they_are() -> None:
    with make_workers(3, autoreset_mode="same_step") as workers:
        parts = workers.rollout(policies.Random(seed=0), STEPS)
        parts = workers.rollout(policies.Random(seed=0), STEPS)
    assert [(part.worker, part.first_lane, part.num_lanes, part.number) for part in parts] == [
        (0, 0, 4, 1),
        (1, 4, 4, 1),
        (2, 8, 4, 1),
    ]
    for part in parts:
        for array in filter(lambda field: field is not None, vars(part.trajectory).values()):
            assert not array.flags.writeable
            assert not array.flags.owndata
    joined = concatenate(parts)
    assert joined.observations.flags.writeable
    joined.observations[:] = 0
    assert parts[0].trajectory.observations.any()


def test_a_dead_worker_begins_anew_where_that_is_asked_for(tmp_path: Path) -> None:
    whole = Whole()
    with make_workers(2, on_death="reseed") as workers:
        alive = dying_once(tmp_path, -1, 0)
        assert_same(concatenate(workers.rollout(alive, STEPS)), whole.rollout(alive))
        os.kill(pid_of(workers, 1), signal.SIGKILL)
        first, second = workers.rollout(alive, STEPS)
        expected = whole.rollout(alive)
        np.testing.assert_array_equal(first.trajectory.observations, expected.observations[:, :6])
        fresh: Any = plyo.make_vec("CartPole-v1", 6)
        fresh.reset(seed=3 + STRIDE + 6)
        assert_same(second.trajectory, fresh.rollout(alive, STEPS))


def test_a_worker_that_dies_too_often_is_reported_and_changes_nothing(tmp_path: Path) -> None:
    whole = Whole()
    random = policies.Random(seed=0)

    def dies(observations: Array) -> Array:
        if len(observations) == 6 and observations[0, 0] == start:
            os._exit(1)
        return np.zeros(len(observations), int)

    with make_workers(2, max_restarts=1) as workers:
        parts = workers.rollout(random, STEPS)
        start = parts[1].trajectory.last_observations[0, 0]
        whole.rollout(random)
        with pytest.raises(
            error.WorkerDiedError,
            match=r"worker 1, of environments 6 to 11, has died 2 times in one call, and max_restarts=1",
        ):
            workers.rollout(dies, STEPS)
        # both of them go on from where they were
        assert_same(concatenate(workers.rollout(random, STEPS)), whole.rollout(random))


def test_errors_come_as_their_own_types_and_leave_all_workers_as_they_were() -> None:
    whole = Whole(autoreset_mode="disabled")
    random = policies.Random(seed=0)
    actions = np.zeros((STEPS, TOTAL), int)
    actions[0, 10] = 7
    with make_workers(2, autoreset_mode="disabled") as workers:
        with pytest.raises(error.InvalidAction, match=r"^action 7 of environment 10 is out of range") as bad:
            workers.rollout(policies.Sequence(actions), STEPS)
        assert type(bad.value) is error.InvalidAction
        assert isinstance(bad.value.__cause__, ray.exceptions.RayTaskError)  # with the worker's traceback
        for policy, steps, kind in ((random, 0, ValueError), (lambda observations: None, 1, Exception)):
            with pytest.raises(kind):
                workers.rollout(policy, steps)
        assert_same(concatenate(workers.rollout(random, STEPS)), whole.rollout(random))


def test_ctrl_c_takes_a_rollout_back(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Whole()
    random = policies.Random(seed=0)
    with make_workers(2) as workers:
        wait = ray.wait

        def interrupted(*args: Any, **kwargs: Any) -> Any:
            monkeypatch.setattr(ray, "wait", wait)
            wait(*args, **kwargs)
            raise KeyboardInterrupt

        monkeypatch.setattr(ray, "wait", interrupted)
        with pytest.raises(KeyboardInterrupt):
            workers.rollout(random, STEPS)
        assert_same(concatenate(workers.rollout(random, STEPS)), whole.rollout(random))


def test_workers_go_on_one_by_one() -> None:
    whole = Whole()
    random = policies.Random(seed=5)
    parts: list[list[Part]] = [[], []]

    def slow(observations: Array) -> Array:
        time.sleep(0.5)
        return np.zeros(len(observations), int)

    with make_workers(2) as workers:
        with pytest.raises(error.NoAsyncCallError):
            workers.rollout_wait()
        assert workers.rollout_async(random, STEPS) == 2
        assert workers.rollout_async(random, STEPS) == 0
        for call in (lambda: workers.rollout(random, STEPS), workers.reset):
            with pytest.raises(error.AlreadyPendingCallError, match="2 rollouts"):
                call()
        reference = ray.put(random)
        while min(map(len, parts)) < 3:
            part = workers.rollout_wait()
            assert part.number == len(parts[part.worker])
            parts[part.worker].append(part)
            assert workers.rollout_async(reference, STEPS) == 1
        while workers.num_pending:
            workers.rollout_wait()
        workers.rollout_async(slow, 1)
        with pytest.raises(TimeoutError, match=r"after 0\.01 seconds"):
            workers.rollout_wait(timeout=0.01)
        assert workers.num_pending == 2
        assert {workers.rollout_wait(timeout=60).worker for _ in range(2)} == {0, 1}
    for together in zip(*parts, strict=False):
        assert_same(concatenate(together), whole.rollout(random))


def test_an_error_of_one_worker_leaves_the_others_pending() -> None:
    whole = Whole()
    random = policies.Random(seed=0)
    actions = np.zeros((1, TOTAL), int)
    actions[0, 0] = 2
    with make_workers(2) as workers:
        workers.rollout_async(policies.Sequence(actions), 1)
        parts, errors = [], []
        for _ in range(2):
            try:
                parts.append(workers.rollout_wait())
            except error.InvalidAction as e:
                errors.append(str(e))
        assert len(errors) == 1
        assert "environment 0" in errors[0]
        assert [part.worker for part in parts] == [1]
        # the first worker has not moved: its next rollout is its first
        first, second = workers.rollout(random, STEPS)
        assert (first.number, second.number) == (0, 1)
        expected = whole.rollout(random)
        np.testing.assert_array_equal(first.trajectory.observations, expected.observations[:, :6])


def test_resets_count_rollouts_anew() -> None:
    random = policies.Random(seed=0)
    with make_workers(2) as workers:
        first = concatenate(workers.rollout(random, STEPS))
        second = concatenate(workers.rollout(random, STEPS))
        workers.reset(seed=3)
        assert_same(concatenate(workers.rollout(random, STEPS)), first)
        assert_same(concatenate(workers.rollout(random, STEPS)), second)
        mask = np.zeros(TOTAL, bool)
        mask[7] = True
        last = second.last_observations
        workers.reset(options={"reset_mask": mask})
        os.kill(pid_of(workers, 1), signal.SIGKILL)  # the snapshot is that after the reset
        begun = concatenate(workers.rollout(random, 1)).observations[0]
        assert ((begun != last).any(axis=1) == mask).all()
        with pytest.raises(ValueError, match="must have shape"):
            workers.reset(options={"reset_mask": mask[:6]})
        with pytest.raises(error.Error, match="Seed must be greater"):
            workers.reset(seed=-1)


def test_actors_get_their_processors_and_threads() -> None:
    with make_workers(1, actor_options={"num_cpus": 2}) as workers:
        assert threads_of(workers) == 2
        assert ray.available_resources().get("CPU") == 1
    with make_workers(1, num_threads=1, actor_options={"num_cpus": 0.5}) as workers:
        assert threads_of(workers) == 1


def test_arguments_that_do_not_fit_are_refused() -> None:
    for kwargs, kind, text in (
        ({"no_such": 1}, TypeError, "no_such"),
        ({"on_death": "mourn"}, ValueError, "'restore' or 'reseed'"),
        ({"seed": -1}, error.Error, "Seed must be greater"),
        ({"seed": "a"}, error.Error, "Seed must be a python integer"),
        ({"num_threads": 0}, ValueError, "num_threads"),
        ({"max_restarts": -1}, ValueError, "max_restarts"),
        ({"actor_options": {"max_restarts": 1}}, ValueError, "actor_options cannot have 'max_restarts'"),
    ):
        with pytest.raises(kind, match=text):
            make_workers(1, **kwargs)
    with pytest.raises(error.NameNotFound):
        make_workers(1, "NoSuchTask-v0")
    with pytest.raises(ValueError, match="num_workers"):
        RolloutWorkers("CartPole-v1", 0, 1)


def test_closed_workers_say_so() -> None:
    workers = make_workers(1)
    assert workers.single_action_space == plyo.make("CartPole-v1").action_space
    with pytest.raises(TypeError, match="takes no out"):
        workers.rollout(policies.Random(), 1, out={})
    with pytest.raises(TypeError, match="policy must be a policy"):
        workers.rollout(7, 1)
    workers.close()
    workers.close()
    assert workers.closed
    for call in (lambda: workers.rollout(policies.Random(), 1), workers.reset, workers.rollout_wait):
        with pytest.raises(error.ClosedEnvironmentError):
            call()


def test_the_examples_of_the_guide_run() -> None:
    ray.shutdown()  # the page starts one
    assert run_examples("many_machines")["workers"].closed
