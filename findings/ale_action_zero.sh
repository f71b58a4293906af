#!/usr/bin/env bash
# ale-py 0.12.1 with gymnasium 1.4.0: action 0 is FIRE in two games, and full_action_space=True gives 9 actions in two others.
#
# Of the 104 games that are registered, Backgammon and VideoCheckers have no NOOP in their minimal actions (the default). So
# "action 0 waits", which warm-ups and idle agents build on, presses a button there. Gymnasium's AtariPreprocessing refuses both
# games with its defaults (noop_max=30), while ale-py's own vector environment, with the same preprocessing and the same
# default, takes them. And full_action_space=True, made for one network that plays every game, gives 18 actions in all games
# but Skiing and LostLuggage: those have 9, numbered otherwise (action 1 is UP instead of FIRE, action 2 RIGHT instead of UP).
#
# Output seen: the lines below. The script fails if they change.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet "ale-py==0.12.1" "gymnasium==1.4.0" "opencv-python-headless==5.0.0.93"
"$work/venv/bin/python" -W ignore - > "$work/seen" 2> /dev/null <<'END'
import ale_py
import gymnasium
from ale_py import AtariVectorEnv
from gymnasium.wrappers import AtariPreprocessing

gymnasium.register_envs(ale_py)
games = sorted(spec.name for spec in gymnasium.registry.values() if spec.namespace == "ALE" and spec.version == 5)
for game in games:
    for full in (False, True):
        env = gymnasium.make(f"ALE/{game}-v5", full_action_space=full)
        meanings = env.unwrapped.get_action_meanings()
        if meanings[0] != "NOOP" or (full and len(meanings) != 18):
            print(game, "full" if full else "minimal", env.action_space.n, *meanings[:3])
        env.close()
print("of", len(games), "games")
for game, rom in (("Backgammon", "backgammon"), ("VideoCheckers", "video_checkers"), ("Pong", "pong")):
    env = gymnasium.make(f"ALE/{game}-v5", frameskip=1)
    try:
        AtariPreprocessing(env)
        print(game, "AtariPreprocessing: made")
    except ValueError as e:
        print(game, "AtariPreprocessing:", e)
    vector = AtariVectorEnv(rom, num_envs=2)
    print(game, "AtariVectorEnv:", vector.reset(seed=1)[0].shape)
    vector.close()
END
cat "$work/seen"
diff "$work/seen" - <<'END'
Backgammon minimal 3 FIRE RIGHT LEFT
LostLuggage full 9 NOOP UP RIGHT
Skiing full 9 NOOP UP RIGHT
VideoCheckers minimal 5 FIRE UPRIGHT UPLEFT
of 104 games
Backgammon AtariPreprocessing: When noop_max > 0, the first action meaning must be 'NOOP'
Backgammon AtariVectorEnv: (2, 4, 84, 84)
VideoCheckers AtariPreprocessing: When noop_max > 0, the first action meaning must be 'NOOP'
VideoCheckers AtariVectorEnv: (2, 4, 84, 84)
Pong AtariPreprocessing: made
Pong AtariVectorEnv: (2, 4, 84, 84)
END
