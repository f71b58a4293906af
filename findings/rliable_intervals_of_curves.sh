#!/usr/bin/env bash
# rliable 1.2.0 with arch 7.2.0: intervals of whole curves are many times too narrow, and random_state makes none repeatable.
#
# Scores may have the shape (runs, tasks, evaluations), and the bootstrap is over runs. But each cell of the table draws a run of
# its own: for the tasks that is what "stratified" says, for the evaluations it tears the curves. As long as each evaluation has
# its own interval nothing is wrong; a number made of several of them (area under the curve, final gain) gets one for curves
# that nobody has trained. Here each of ten runs has one score at all of its evaluations, so the mean over a curve is that
# score and its interval has one width; it comes out smaller by the square root of the number of evaluations, 10 times
# for 100. Scores reduced to one number a run beforehand are right.
#
# The argument random_state, which by the documentation makes intervals reproducible, is handed to arch, whose generator the
# bootstrap does not use: it draws from NumPy's global one, which np.random.seed sets.
#
# Output seen: the lines below. The script fails if they change.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet rliable==1.2.0 arch==7.2.0 numpy==2.4.6 scipy==1.17.1 pandas==2.3.3
"$work/venv/bin/python" -W ignore - > "$work/seen" 2> "$work/said" <<'END' || { cat "$work/said"; exit 1; }
import numpy as np
from rliable import library


def interval(scores, reps=2000, **arguments):
    return library.get_interval_estimates({"agent": scores}, lambda x: np.array([x.mean()]), reps=reps, **arguments)[1]["agent"][:, 0]


scores = np.arange(10.0).reshape(10, 1, 1)
for evaluations in (1, 4, 25, 100):
    np.random.seed(0)
    curves = np.repeat(scores, evaluations, axis=2)
    torn, whole = (float(np.diff(interval(x))[0]) for x in (curves, curves.mean(axis=2)))
    print(f"{evaluations} evaluations: width {torn:.1f}, of the means of runs {whole:.1f}")


def repeats(generator):
    pair = [interval(scores[:, :, 0], reps=200, random_state=generator()) for _ in range(2)]
    return "equal" if (pair[0] == pair[1]).all() else "differ"


print("twice with random_state=RandomState(1):", repeats(lambda: np.random.RandomState(1)))
print("twice after np.random.seed(1):", repeats(lambda: np.random.seed(1)))
END
cat "$work/seen"
diff "$work/seen" - <<'END'
1 evaluations: width 3.6, of the means of runs 3.5
4 evaluations: width 1.7, of the means of runs 3.6
25 evaluations: width 0.7, of the means of runs 3.6
100 evaluations: width 0.4, of the means of runs 3.7
twice with random_state=RandomState(1): differ
twice after np.random.seed(1): equal
END
