"""Ways to step the MuJoCo tasks, each in a process of its own, which mujoco_tasks.py starts and tells when to step.

MuJoCo's clock and handlers belong to the process: a peer in Plyo's process would run without the clock that it has
elsewhere. So nothing here imports Plyo but Plyo's own contestants.

    mujoco_contestants.py race CONTESTANT TASK NUM_ENVS NUM_THREADS LENGTHS   says how long a call takes, then takes as
                                                                              many calls as each line says
    mujoco_contestants.py memory TASK NUM_ENVS                                the memory of Plyo's batch
    mujoco_contestants.py lengths TASK                                        lengths of episodes with random actions
"""

from __future__ import annotations

import json
import os
import sys
import types
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

#: Marks the lines that are meant for the parent; libraries print lines of their own.
MARK = "@ "
ROWS = 64
Run = Callable[[int], int]  # calls to agent steps


def make_gymnasium(task: str) -> Any:
    """Gymnasium's environment; that of Gymnasium-Robotics with its test of joint types mended from outside."""
    import gymnasium

    if task.startswith(("Fetch", "Hand")):
        import gymnasium_robotics
        import mujoco
        from gymnasium_robotics.utils import mujoco_utils

        gymnasium.register_envs(gymnasium_robotics)
        joints = {name: int(value) for name, value in mujoco.mjtJoint.__members__.items()}
        integers = types.ModuleType("mujoco")
        integers.__dict__.update(vars(mujoco), mjtJoint=types.SimpleNamespace(**joints))
        mujoco_utils.mujoco = integers
    return gymnasium.make(task)


def random_actions(task: str, num_envs: int) -> Any:
    """Actions ``(ROWS, num_envs, n)`` within the bounds, the same for all contestants."""
    space = make_gymnasium(task).action_space
    rows = np.random.default_rng(0).uniform(space.low, space.high, (ROWS, num_envs, *space.shape))
    return rows.astype(np.float32)


def single(env: Any, actions: Any) -> Run:
    """A loop of `step`, with `reset` at the end of an episode, which counts no step."""
    rows = cycle(actions[:, 0])
    env.reset(seed=0)

    def run(calls: int) -> int:
        for _ in range(calls):
            _, _, terminated, truncated, _ = env.step(next(rows))
            if terminated or truncated:
                env.reset()
        return calls

    return run


def batch(envs: Any, actions: Any) -> Run:
    """A loop of `step` of a batch that resets by itself."""
    rows = cycle(actions)
    last: list[Any] = [None]

    def run(calls: int) -> int:
        for _ in range(calls):
            last[0] = envs.step(next(rows))
        return calls * actions.shape[1]

    return run


def plyo_batch(task: str, num_envs: int, num_threads: int, **kwargs: Any) -> Run:
    """Plyo's batch."""
    import plyo

    envs = plyo.make_vec(task, num_envs, num_threads=num_threads, **kwargs)
    envs.reset(seed=0)
    return batch(envs, random_actions(task, num_envs))


def envpool_batch(task: str, num_envs: int, num_threads: int) -> Run:
    """EnvPool in synchronous mode, with actions of the type that it asks for."""
    import envpool

    envs = envpool.make(task, env_type="gymnasium", num_envs=num_envs, num_threads=num_threads, seed=0)
    envs.reset()
    return batch(envs, random_actions(task, num_envs).astype(envs.action_space.dtype))


class _Lanes:
    """The episodes of a loop over MuJoCo itself: initial states, and when each lane starts again.

    The lengths are those of Gymnasium's episodes with random actions, so that lanes lie on the floor no more often
    than those of an environment.
    """

    def __init__(self, task: str, num_envs: int, lengths: list[int]) -> None:
        self.env = make_gymnasium(task).unwrapped
        self.model, self.frame_skip = self.env.model, self.env.frame_skip
        self.starts = []
        for seed in range(32):
            self.env.reset(seed=seed)
            self.starts.append((self.env.data.qpos.copy(), self.env.data.qvel.copy()))
        self._rng = np.random.default_rng(1)
        self._lengths = lengths
        # lanes begin in the midst of their episodes
        self.left = [int(self._rng.integers(1, length + 1)) for length in self._draw(num_envs)]

    def _draw(self, count: int) -> Any:
        return self._rng.choice(self._lengths, count)

    def again(self) -> tuple[Any, Any]:
        """Positions and velocities of a start."""
        return self.starts[int(self._rng.integers(len(self.starts)))]

    def length(self) -> int:
        """The length of the next episode."""
        return int(self._draw(1)[0])


def bare(task: str, num_envs: int, num_threads: int, lengths: list[int]) -> Run:
    """A Python loop of `mj_step` over one `MjData` a lane, without observations, rewards or infos."""
    import mujoco

    lanes = _Lanes(task, num_envs, lengths)
    model, skip = lanes.model, lanes.frame_skip
    rows = cycle(random_actions(task, num_envs).astype(np.float64))
    datas = [mujoco.MjData(model) for _ in range(num_envs)]

    def start(lane: int) -> None:
        data = datas[lane]
        mujoco.mj_resetData(model, data)
        data.qpos[:], data.qvel[:] = lanes.again()
        mujoco.mj_forward(model, data)

    def step(actions: Any, part: range) -> None:
        for lane in part:
            lanes.left[lane] -= 1
            if lanes.left[lane] <= 0:
                lanes.left[lane] = lanes.length()
                start(lane)
            datas[lane].ctrl[:] = actions[lane]
            mujoco.mj_step(model, datas[lane], nstep=skip)

    for lane in range(num_envs):
        start(lane)
    pool = ThreadPoolExecutor(num_threads) if num_threads > 1 else None
    parts = [range(k, num_envs, num_threads) for k in range(num_threads)]

    def run(calls: int) -> int:
        for _ in range(calls):
            actions = next(rows)
            if pool is None:
                step(actions, range(num_envs))
            else:
                list(pool.map(step, [actions] * num_threads, parts))
        return calls * num_envs

    return run


def mujoco_batch(task: str, num_envs: int, num_threads: int, lengths: list[int]) -> Run:
    """`mujoco.batch.Batch`, without observations, rewards or infos."""
    import mujoco.batch

    lanes = _Lanes(task, num_envs, lengths)
    sims = mujoco.batch.Batch(lanes.model, num_envs, num_threads)
    rows = cycle(random_actions(task, num_envs).astype(np.float64))
    left = np.array(lanes.left)

    def start(ids: Any) -> None:
        sims.reset(ids, stage=int(mujoco.mjtStage.mjSTAGE_NONE))
        for lane in ids:
            sims.qpos[lane], sims.qvel[lane] = lanes.again()
            left[lane] = lanes.length()

    for lane in range(num_envs):
        sims.qpos[lane], sims.qvel[lane] = lanes.again()

    def run(calls: int) -> int:
        nonlocal left
        for _ in range(calls):
            left -= 1
            ended = np.flatnonzero(left <= 0)
            if len(ended):
                start(ended)
            sims.ctrl[:] = next(rows)
            sims.step(nstep=lanes.frame_skip)
        return calls * num_envs

    return run


def contestant(name: str, task: str, num_envs: int, num_threads: int, lengths: list[int]) -> Run:
    """A contestant by its name."""
    if name == "plyo single":
        import plyo

        return single(plyo.make(task), random_actions(task, 1))
    if name == "gymnasium single":
        return single(make_gymnasium(task), random_actions(task, 1))
    if name == "plyo":
        return plyo_batch(task, num_envs, num_threads)
    if name == "plyo by mujoco":
        return plyo_batch(task, num_envs, num_threads, acceleration=False)
    if name in ("plyo avx2", "plyo two threads"):
        if name == "plyo avx2":
            os.environ["PLYO_ISA"] = "avx2"  # which is read when Plyo is imported
        return plyo_batch(task, num_envs, 2 if name == "plyo two threads" else num_threads)
    if name == "plyo single by mujoco":
        import plyo

        return single(plyo.make(task, acceleration=False), random_actions(task, 1))
    if name == "plyo untuned":
        return plyo_batch(task, num_envs, num_threads, tuned=False)
    if name == "envpool":
        return envpool_batch(task, num_envs, num_threads)
    return {"bare mj_step": bare, "mujoco.batch": mujoco_batch}[name](task, num_envs, num_threads, lengths)


def race(name: str, task: str, num_envs: str, num_threads: str, lengths: str) -> None:
    """Answers the seconds of a call, then each line, a number of calls, with their agent steps and seconds."""
    run = contestant(name, task, int(num_envs), int(num_threads), json.loads(lengths))
    # single environments begin the race at the same step
    calls, seconds, enough = (256, 0.0, 0.0) if num_envs == "1" else (1, 0.0, 0.1)
    while seconds <= enough:
        calls *= 2
        begin = perf_counter()
        run(calls)
        seconds = perf_counter() - begin
    answer(seconds / calls)
    for line in sys.stdin:
        begin = perf_counter()
        steps = run(int(line))
        answer((steps, perf_counter() - begin))


def lengths(task: str) -> None:
    """The lengths of episodes of Gymnasium's environment with random actions: 30, or as many as 3000 steps hold."""
    env = make_gymnasium(task)
    env.reset(seed=0)
    env.action_space.seed(0)
    found, length = [], 0
    for _ in range(3000):
        length += 1
        _, _, terminated, truncated, _ = env.step(env.action_space.sample())
        if terminated or truncated:
            found.append(length)
            length = 0
            env.reset()
            if len(found) == 30:
                break
    answer(found)


def memory(task: str, num_envs: str) -> None:
    """The growth of resident memory by a batch, beside MuJoCo and a batch of one that loads all there is to load."""
    import plyo

    def resident() -> int:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def make(count: int) -> tuple[Any, Any]:
        envs = plyo.make_vec(task, count)
        envs.reset(seed=0)
        actions = np.zeros((count, *envs.single_action_space.shape), np.float32)
        return envs, [envs.step(actions) for _ in range(3)][-1]

    one = make(1)
    before = resident()
    many = make(int(num_envs))
    answer({"num_envs": int(num_envs), "bytes": resident() - before})
    del one, many


def answer(value: Any) -> None:
    """Writes a line for the parent."""
    print(MARK + json.dumps(value), flush=True)


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # peers warn of their own spaces
    {"race": race, "memory": memory, "lengths": lengths}[sys.argv[1]](*sys.argv[2:])
