#!/usr/bin/env bash
# highway-env 1.12.1 with gymnasium 1.4.0: the seed of the action space lasts until the next reset, and resets report an action.
#
# Gymnasium's way to repeat a run of random actions is env.reset(seed=0) and env.action_space.seed(0), once. Here each reset makes
# new spaces, whose generators are seeded by the system: a seed given before the first reset does nothing, one given after
# it ends with the first episode. Nothing in the environment's own randomness is amiss, so a run with fixed actions
# repeats, and CartPole under the same lines does. Who keeps the space (`space = env.action_space`) keeps a seeded one.
#
# The info of a reset names an action that nobody has taken, drawn from that unseeded space: two resets with one seed differ in it.
#
# Output seen: the lines below. The script fails if they change.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet highway-env==1.12.1 gymnasium==1.4.0 numpy==2.4.6
"$work/venv/bin/python" -W ignore - > "$work/seen" 2> "$work/said" <<'END' || { cat "$work/said"; exit 1; }
import gymnasium
import highway_env  # registers the tasks

EPISODES, DRAWS, RUNS = 3, 20, 4


def actions(task, seed_after_reset, kept=False):
    env = gymnasium.make(task)
    env.reset(seed=0) if seed_after_reset else None
    space = env.action_space
    space.seed(0)
    runs = []
    for episode in range(EPISODES):
        if episode or not seed_after_reset:
            env.reset(seed=0)
        runs.append([int((space if kept else env.action_space).sample()) for _ in range(DRAWS)])
    return runs


def verdict(episodes):
    return "repeat" if all(run == episodes[0] for run in episodes) else "differ"


for task in ("CartPole-v1", "highway-fast-v0", "merge-v0"):
    for name, arguments in (("before", {"seed_after_reset": False}), ("after", {"seed_after_reset": True})):
        runs = [actions(task, **arguments) for _ in range(RUNS)]
        print(f"{task}, seeded {name} the first reset: episodes", *map(verdict, zip(*runs)))
    print(f"{task}, the space kept: episodes", *map(verdict, zip(*[actions(task, True, kept=True) for _ in range(RUNS)])))
env = gymnasium.make("highway-fast-v0")
observations, infos = zip(*[env.reset(seed=0) for _ in range(20)])
print("20 resets with one seed: observations", verdict([x.tolist() for x in observations]), end=", ")
print("actions in the info", verdict([int(info["action"]) for info in infos]))
END
cat "$work/seen"
diff "$work/seen" - <<'END'
CartPole-v1, seeded before the first reset: episodes repeat repeat repeat
CartPole-v1, seeded after the first reset: episodes repeat repeat repeat
CartPole-v1, the space kept: episodes repeat repeat repeat
highway-fast-v0, seeded before the first reset: episodes differ differ differ
highway-fast-v0, seeded after the first reset: episodes repeat differ differ
highway-fast-v0, the space kept: episodes repeat repeat repeat
merge-v0, seeded before the first reset: episodes differ differ differ
merge-v0, seeded after the first reset: episodes repeat differ differ
merge-v0, the space kept: episodes repeat repeat repeat
20 resets with one seed: observations repeat, actions in the info differ
END
