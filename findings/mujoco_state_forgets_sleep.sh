#!/usr/bin/env bash
# mujoco 4.0.0 and 3.17.0: who sleeps is in no state vector, and pickled data of a sleeping model cannot be stepped.
#
# With <flag sleep="enable"/> bodies at rest are left out of the computation until something touches them. Who sleeps decides the
# next step, so a careful user expects it in mjSTATE_INTEGRATION, the one state that repeats steps bit for bit. It is not there:
# put into another MjData, or into its own after mj_resetData, the state goes on with everybody awake. Velocities that sleep had
# cut off come back in the first step, and eight contacts, of which sleepers have none: contact forces and touch sensors differ
# too. Put into the MjData that it was read from, it is exact, so a test that restores in place sees nothing; a pool that steps
# several simulations in one MjData does.
#
# copy and deepcopy are exact. pickle keeps who sleeps but not the counts of those awake (read field by field), and the next step
# raises mujoco.FatalError. Data that travel to another process have to be made anew there, and then nobody sleeps.
#
# Output seen: the lines below. The script fails if they change.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for version in 3.17.0 4.0.0; do
  python3 -m venv "$work/$version"
  "$work/$version/bin/pip" install --quiet "mujoco==$version" numpy==2.4.6
  "$work/$version/bin/python" - >> "$work/seen" 2> /dev/null <<'END'
import copy
import pickle

import mujoco
import numpy as np

XML = """
<mujoco>
  <option timestep="0.005"><flag sleep="enable"/></option>
  <worldbody>
    <geom type="plane" size="5 5 .1"/>
    <body pos="0 0 .5"><freejoint/><geom type="box" size=".1 .1 .1"/></body>
    <body pos="1 0 .5"><freejoint/><geom type="box" size=".1 .1 .1"/></body>
  </worldbody>
</mujoco>
"""
STATE = mujoco.mjtState.mjSTATE_INTEGRATION
model = mujoco.MjModel.from_xml_string(XML)


def state_of(data):
    state = np.empty(mujoco.mj_stateSize(model, STATE))
    mujoco.mj_getState(model, data, state, STATE)
    return state


def put(data):
    mujoco.mj_setState(model, data, state, STATE)
    return data


def fallen():
    data = mujoco.MjData(model)
    mujoco.mj_step(model, data, nstep=2000)
    return data


def after_reset():
    data = fallen()
    mujoco.mj_resetData(model, data)
    return put(data)


asleep = fallen()
state = state_of(asleep)
mujoco.mj_step(model, asleep)
print(f"{mujoco.__version__}, asleep: {asleep.ncon} contacts, moving: {bool(asleep.qvel.any())}")
ways = {
    "the state into its own data": lambda: put(fallen()),
    "the state into new data": lambda: put(mujoco.MjData(model)),
    "the state after mj_resetData": after_reset,
    "copy": lambda: copy.copy(fallen()),
    "deepcopy": lambda: copy.deepcopy(fallen()),
    "pickle": lambda: pickle.loads(pickle.dumps(fallen())),
}
for name, way in ways.items():
    data = way()
    try:
        mujoco.mj_step(model, data)
    except mujoco.FatalError as e:
        print(f"  {name}: {type(e).__name__}: {e}")
        continue
    equal = "equal bits" if (state_of(data) == state_of(asleep)).all() else "other bits"
    print(f"  {name}: {equal}, {data.ncon} contacts, moving: {bool(data.qvel.any())}")
END
done
cat "$work/seen"
diff "$work/seen" - <<'END'
3.17.0, asleep: 0 contacts, moving: False
  the state into its own data: equal bits, 0 contacts, moving: False
  the state into new data: other bits, 8 contacts, moving: True
  the state after mj_resetData: other bits, 8 contacts, moving: True
  copy: equal bits, 0 contacts, moving: False
  deepcopy: equal bits, 0 contacts, moving: False
  pickle: FatalError: mj_sleep: found sleeping tree 0 in island 0
4.0.0, asleep: 0 contacts, moving: False
  the state into its own data: equal bits, 0 contacts, moving: False
  the state into new data: other bits, 8 contacts, moving: True
  the state after mj_resetData: other bits, 8 contacts, moving: True
  copy: equal bits, 0 contacts, moving: False
  deepcopy: equal bits, 0 contacts, moving: False
  pickle: FatalError: mj_sleep: found sleeping tree 0 in island 0
END
