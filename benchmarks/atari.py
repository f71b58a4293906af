"""Atari batches beside ale-py's own, EnvPool and Gymnasium: processor time a step, building, and memory of rollouts.

    python benchmarks/atari.py                           # 8 and 64 environments, about three minutes on two cores
    python benchmarks/atari.py --quick                   # fewer rounds, less than two minutes
    python benchmarks/atari.py --sizes 8 --output atari.json

All play the same: 84 x 84 grey pictures, stacks of four, four frames a step, random actions. The contestants of a size
take turns in one process, in an order that is drawn for each round. A time is the processor time of this process, with
all its threads, and of the workers, over the steps of single environments; so it can be measured beside other programs.
The least and the median of the rounds are kept, and the median of the ratios of each round. The last lines say what
Plyo's engines are to the others.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import plyo
from plyo.envs.atari.stacked_frames import StackedFrames
from plyo.policies import Random

GAME = "Pong"
PLAIN: dict[str, Any] = {"reward_clipping": False, "repeat_action_probability": 0.0}
#: Engines of Plyo beside others, and what is aimed at: steps in the same processor time, each over the other's.
AIMS = (
    ("plyo threads", "ale-py", 1.0),
    ("plyo workers", "ale-py", 1.15),
    ("plyo workers", "envpool", 1.2),
    ("plyo workers", "gymnasium", 1.7),
)
#: The most that building 64 environments may take of ale-py's time, and the pictures of a rollout of whole stacks.
BUILDING_AIM, MEMORY_AIM = 0.6, 0.3
#: Gymnasium steps one environment after the other: a larger batch tells nothing new.
GYMNASIUM_SIZE = 8


def ale_py(num_envs: int, threads: int) -> Any:
    """ale-py's own batch."""
    import gymnasium
    from ale_py.vector_env import AtariVectorEnv

    assert gymnasium
    return AtariVectorEnv(GAME.lower(), num_envs, num_threads=threads, **PLAIN)


def plyo_threads(num_envs: int, threads: int) -> Any:
    """Plyo's batch over that of ale-py."""
    return plyo.make_vec(f"ALE/{GAME}-v5", num_envs, num_threads=threads, **PLAIN)


def plyo_workers(num_envs: int, threads: int) -> Any:
    """Plyo's lanes in processes."""
    return plyo.make_vec(f"ALE/{GAME}-v5", num_envs, num_workers=threads, **PLAIN)


def envpool(num_envs: int, threads: int) -> Any:
    """EnvPool."""
    import envpool as package

    return package.make(
        f"{GAME}-v5", env_type="gymnasium", num_envs=num_envs, num_threads=threads, seed=0, reward_clip=False
    )


def gymnasium(num_envs: int, threads: int) -> Any:
    """Gymnasium's wrappers around ale-py's single environment, one after the other."""
    import ale_py as package
    import gymnasium as gym

    gym.register_envs(package)

    def make() -> Any:
        env = gym.make(f"ALE/{GAME}-v5", frameskip=1, repeat_action_probability=0.0)
        return gym.wrappers.FrameStackObservation(gym.wrappers.AtariPreprocessing(env), 4)

    return gym.vector.SyncVectorEnv([make] * num_envs)


CONTESTANTS: dict[str, Callable[[int, int], Any]] = {
    "ale-py": ale_py,
    "plyo threads": plyo_threads,
    "plyo workers": plyo_workers,
    "envpool": envpool,
    "gymnasium": gymnasium,
}


def processor_seconds(envs: Any) -> float:
    """The processor time of this process and of the workers of a batch."""
    workers = getattr(getattr(envs, "_engine", None), "_workers", None)
    ids = [] if workers is None else [process.pid for process in workers._processes]
    return time.process_time() + sum(
        int(Path(f"/proc/{number}/schedstat").read_text().split()[0]) * 1e-9 for number in ids
    )


def build(name: str, num_envs: int, threads: int) -> tuple[Any, dict[str, float]]:
    """A batch that stands before its first step, and how long it took."""
    start, used = time.perf_counter(), time.process_time()
    envs = CONTESTANTS[name](num_envs, threads)
    constructed = time.perf_counter() - start
    # EnvPool takes its seed when it is made
    envs.reset(**({} if name == "envpool" else {"seed": 0}))
    ready = time.perf_counter() - start
    own = processor_seconds(envs) - used
    return envs, {"constructed": constructed, "first_observation": ready, "processor": own}


def play(envs: Any, actions: np.ndarray) -> float:
    """The processor time of a step of one environment, in microseconds."""
    start = processor_seconds(envs)
    for each in actions:
        envs.step(each)
    return (processor_seconds(envs) - start) / actions.size * 1e6


def race(num_envs: int, threads: int, rounds: int, steps: int) -> dict[str, Any]:
    """All contestants of a size."""
    chosen = [name for name in CONTESTANTS if name != "gymnasium" or num_envs <= GYMNASIUM_SIZE]
    batches, building = {}, {}
    for name in chosen:
        batches[name], building[name] = build(name, num_envs, threads)
    random = np.random.default_rng(0)
    times: dict[str, list[float]] = {name: [] for name in chosen}
    for round_ in range(rounds + 1):
        for name in random.permutation(chosen).tolist():
            envs = batches[name]
            dtype = np.int32 if name == "envpool" else np.int64
            spent = play(envs, random.integers(0, 6, size=(steps, num_envs)).astype(dtype))
            if round_ > 0:  # the first one warms up
                times[name].append(spent)
    for envs in batches.values():
        envs.close()
    return {
        name: {
            "least_us": round(min(spent), 1),
            "median_us": round(statistics.median(spent), 1),
            "steps_over": {
                other: round(statistics.median(b / a for a, b in zip(spent, times[other], strict=True)), 3)
                for other in chosen
                if other != name
            },
            "building": {key: round(value, 2) for key, value in building[name].items()},
        }
        for name, spent in times.items()
    }


def memory_of_rollouts() -> dict[str, float]:
    """The memory of the observations of a rollout over that of whole stacks: measured, and of 1000 steps of 64."""
    envs = plyo.make_vec(f"ALE/{GAME}-v5", 2)
    envs.reset(seed=0)
    held = envs.rollout(Random(0), 40).observations
    envs.close()
    rows = np.broadcast_to(np.uint8(0), (3 + 1000, 64, 84, 84))
    long = StackedFrames(rows, np.broadcast_to(np.uint16(0), (1000, 64)), 4, False)
    return {
        "40 steps of 2": round(held.nbytes / np.asarray(held).nbytes, 3),
        "1000 steps of 64": round(long.nbytes / long.size, 3),
    }


def summary(figures: dict[str, Any]) -> list[str]:
    """What Plyo's engines are to the others, a line for each aim."""
    lines = []
    for size, contestants in figures.items():
        if not size.endswith(" environments"):
            continue
        for own, other, aim in AIMS:
            if other in contestants:
                ratio = contestants[own]["steps_over"][other]
                lines.append(f"{size}: {own} over {other}: {ratio:.2f} (at least {aim})")
        times = {name: contestants[name]["building"]["first_observation"] for name in contestants}
        ratio = times["plyo workers"] / times["ale-py"]
        lines.append(
            f"{size}: built and reset in {ratio:.2f} of ale-py's time by workers, "
            f"{times['plyo threads'] / times['ale-py']:.2f} by threads (at most {BUILDING_AIM}, of 64)"
        )
    kept = figures["memory"]["1000 steps of 64"]
    lines.append(f"pictures of a rollout: {kept} of the memory of whole stacks (at most {MEMORY_AIM})")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=[8, 64], help="the numbers of environments")
    parser.add_argument("--threads", type=int, default=2, help="threads or workers of each contestant")
    parser.add_argument("--rounds", type=int, default=31)
    parser.add_argument("--quick", action="store_true", help="only 11 rounds")
    parser.add_argument("--lane-steps", type=int, default=256, help="of each contestant in a round")
    parser.add_argument(
        "--print", action="store_true", help="print all figures, as is done without --output too"
    )
    parser.add_argument("--output", type=Path, help="a JSON file for the figures")
    arguments = parser.parse_args()
    rounds = 11 if arguments.quick else arguments.rounds
    figures: dict[str, Any] = {"game": GAME, "threads": arguments.threads}
    for size in arguments.sizes:
        steps = max(arguments.lane_steps // size, 1)
        figures[f"{size} environments"] = race(size, arguments.threads, rounds, steps)
    figures["memory"] = memory_of_rollouts()
    text = json.dumps(figures, indent=1)
    if arguments.print or arguments.output is None:
        print(text)
    if arguments.output is not None:
        arguments.output.write_text(text + "\n", encoding="utf-8")
    print("\n".join(summary(figures)))


if __name__ == "__main__":
    main()
