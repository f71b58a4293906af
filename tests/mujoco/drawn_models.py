"""Models and states to draw, and whether this machine can draw."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

import gymnasium
import mujoco
import numpy as np
import pytest

from plyo.error import RenderContextError
from plyo.mujoco._contexts import DrawContext

ASSETS = Path(gymnasium.__file__).parent / "envs" / "mujoco" / "assets"

#: Two cameras, a texture, a light and two moving shapes.
ROOM = """
<mujoco>
  <asset>
    <texture name="sky" type="skybox" builtin="gradient" rgb1=".3 .5 .7" rgb2="0 0 0" width="64" height="64"/>
    <texture name="floor" type="2d" builtin="checker" rgb1=".2 .3 .4" rgb2=".1 .2 .3" width="64" height="64"/>
    <material name="floor" texture="floor" texrepeat="4 4" reflectance=".3"/>
  </asset>
  <worldbody>
    <light pos="0 0 3" dir=".2 0 -1"/>
    <camera name="side" pos="0 -3 1" xyaxes="1 0 0 0 .3 1"/>
    <camera name="above" pos="0 0 4"/>
    <geom type="plane" size="3 3 .1" material="floor"/>
    <body pos="0 0 .8"><freejoint/><geom type="capsule" size=".1 .3" rgba=".9 .2 .1 1"/></body>
    <body pos=".6 .2 .5"><freejoint/><geom type="box" size=".2 .1 .15" rgba=".1 .8 .3 1"/></body>
  </worldbody>
</mujoco>
"""


@cache
def why_nothing_is_drawn() -> str:
    """The reason why this machine cannot draw; empty where it can."""
    os.environ.setdefault("MUJOCO_GL", "egl")
    context = DrawContext(mujoco.MjModel.from_xml_string("<mujoco/>"), 8, 8)
    try:
        with context.current():
            return ""
    except RenderContextError as e:
        return str(e)
    finally:
        context.free()


needs_opengl = pytest.mark.skipif(
    bool(why_nothing_is_drawn()), reason=why_nothing_is_drawn() or "it can draw"
)


def load(name: str) -> Any:
    """The model of Gymnasium of that name, or the room."""
    if name == "room":
        model = mujoco.MjModel.from_xml_string(ROOM)
    else:
        model = mujoco.MjModel.from_xml_path(str(ASSETS / f"{name}.xml"))
    # shadows take most of the time of a small picture
    model.vis.quality.shadowsize = 256
    return model


def moved(model: Any, steps: int = 8) -> Any:
    """A state after some steps with random controls."""
    data = mujoco.MjData(model)
    rng = np.random.default_rng(3)
    for _ in range(steps):
        data.ctrl[:] = rng.uniform(-1, 1, model.nu)
        mujoco.mj_step(model, data)
    mujoco.mj_forward(model, data)
    return data
