#!/usr/bin/env bash
# mujoco 3.12.0 against 3.13.0: a warm start within one last bit of the free acceleration is kept by one, dropped by the other.
#
# Where constraints exist but do not push (a joint limit that the body leaves by itself), the acceleration is `a` = qacc_smooth.
# The solver begins with the cheaper of `a` and `w` = qacc_warmstart, and takes no iteration if that is good enough. Up to 3.12
# `w` costs (M w - f)(w - a) / 2 more (read in its source): next to `a` the first factor is nothing but rounding, so the cost comes out negative for
# about a sixth of such `w`, and `w` is the result. 3.13 never takes `w`, as a cost of (w - a) M (w - a) / 2 would have it.
# All else has equal bits in both: the accelerations without a warm start, the Jacobians, the references (the digests). So a
# state restored with its warm start, as mjSTATE_INTEGRATION has it, may part from the other release in the last bits.
#
# Output seen: the lines below. The script fails if they change.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for version in 3.12.0 3.13.0; do
  python3 -m venv "$work/$version"
  "$work/$version/bin/pip" install --quiet "gymnasium==1.4.0" "mujoco==$version" "numpy==2.4.6"
  "$work/$version/bin/python" - > "$work/seen $version" 2> /dev/null <<'END'
import hashlib
from pathlib import Path

import gymnasium
import mujoco
import numpy as np

assets = Path(gymnasium.__file__).parent / "envs" / "mujoco" / "assets"
for asset in ("walker2d_v5.xml", "hopper.xml", "half_cheetah.xml", "ant.xml"):
    model = mujoco.MjModel.from_xml_path(str(assets / asset))
    data, probe = mujoco.MjData(model), mujoco.MjData(model)
    rng = np.random.default_rng(0)
    seen = hashlib.sha256()
    free = warm = other = 0
    for _ in range(40):
        mujoco.mj_resetData(model, data)
        data.qpos[:] += rng.uniform(-0.1, 0.1, model.nq)
        data.qvel[:] = rng.normal(0, 2, model.nv)
        for _ in range(50):
            mujoco.mj_resetData(model, probe)
            probe.qpos[:], probe.qvel[:] = data.qpos, data.qvel
            mujoco.mj_forward(model, probe)
            smooth = probe.qacc_smooth.copy()
            start = smooth + rng.integers(-1, 2, model.nv) * np.spacing(smooth)
            if probe.nefc and not probe.solver_niter[0] and (probe.qacc == smooth).all() and (start != smooth).any():
                for bits in (smooth, probe.qacc, probe.efc_J, probe.efc_aref):
                    seen.update(bits.tobytes())
                probe.qacc_warmstart[:] = start
                mujoco.mj_forward(model, probe)
                result = probe.qacc.tobytes()
                free += result == smooth.tobytes()
                warm += result == start.tobytes()
                other += result not in (smooth.tobytes(), start.tobytes())
            mujoco.mj_step(model, data)
    print(asset, "free acceleration", free, "warm start", warm, "neither", other)
    print("digest", seen.hexdigest())
END
done
for version in 3.12.0 3.13.0; do
  echo "$version"
  grep -v digest "$work/seen $version"
done > "$work/seen"
cat "$work/seen"
diff "$work/seen" - <<'END'
3.12.0
walker2d_v5.xml free acceleration 319 warm start 56 neither 0
hopper.xml free acceleration 311 warm start 82 neither 0
half_cheetah.xml free acceleration 21 warm start 1 neither 0
ant.xml free acceleration 338 warm start 50 neither 0
3.13.0
walker2d_v5.xml free acceleration 375 warm start 0 neither 0
hopper.xml free acceleration 393 warm start 0 neither 0
half_cheetah.xml free acceleration 22 warm start 0 neither 0
ant.xml free acceleration 388 warm start 0 neither 0
END
diff <(grep digest "$work/seen 3.12.0") <(grep digest "$work/seen 3.13.0") && echo "equal inputs in both"
