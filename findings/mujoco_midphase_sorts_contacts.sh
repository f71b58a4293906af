#!/usr/bin/env bash
# mujoco 4.0.0: the midphase, which is there for speed, decides the order of contacts, and so the last bits of a step.
#
# The documentation calls the midphase a tree of boxes that finds the pairs of geoms of two bodies sooner; with the flag
# MIDPHASE off all pairs are tried. The contacts are the same either way, but not their order: without it that of the geoms in
# the model, one body's inside the other's; with it they are sorted afterwards, by the geom of the simpler type (sphere before
# capsule before box) and then by the other one. The walk through the tree leaves no trace, so the order is known from the
# model alone. Solvers add in the order of contacts, so turning the midphase off to save time, or listing the pairs in the
# order of the geoms, gives another trajectory. 3.3.7, 3.11.0 and 3.17.0 do the same.
#
# Output seen: the lines below. The script fails if they change.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet mujoco==4.0.0 numpy==2.4.6
"$work/venv/bin/python" - > "$work/seen" <<'END'
import mujoco

XML = """
<mujoco>
  <worldbody>
    <body><freejoint/>
      <geom name="a-capsule" type="capsule" size=".1" fromto="-.3 0 0 .3 0 0"/>
      <geom name="a-sphere" size=".15" pos="0 0 .1"/>
    </body>
    <body pos="0 0 .2"><freejoint/>
      <geom name="b-box" type="box" size=".2 .2 .02"/>
      <geom name="b-sphere" size=".12" pos=".05 0 0"/>
    </body>
  </worldbody>
</mujoco>
"""
model = mujoco.MjModel.from_xml_string(XML)
for flag, text in ((0, "on"), (int(mujoco.mjtDisableBit.mjDSBL_MIDPHASE), "off")):
    model.opt.disableflags = flag
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    pairs = ["+".join(model.geom(int(geom)).name for geom in pair) for pair in data.contact.geom]
    print(f"midphase {text}:", *dict.fromkeys(pairs))
    mujoco.mj_step(model, data, nstep=100)
    print("  height after 100 steps:", float(data.qpos[2]))
END
cat "$work/seen"
diff "$work/seen" - <<'END'
midphase on: a-sphere+b-box a-sphere+b-sphere b-sphere+a-capsule
  height after 100 steps: -0.3386845678149633
midphase off: b-sphere+a-capsule a-sphere+b-box a-sphere+b-sphere
  height after 100 steps: -0.33868456781496326
END
