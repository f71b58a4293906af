"""The models of Gymnasium that the tests of this folder load."""

from pathlib import Path

import gymnasium
import mujoco
import numpy as np

ASSETS = Path(gymnasium.__file__).parent / "envs/mujoco/assets"
#: Those of tasks.
NAMES = sorted({path.stem for path in ASSETS.glob("*.xml")} - {"point"})


def xml_path(name: str) -> str:
    return str(ASSETS / f"{name}.xml")


def load(name: str) -> mujoco.MjModel:
    return mujoco.MjModel.from_xml_path(xml_path(name))


def content(model: mujoco.MjModel) -> bytes:
    """Everything in the model."""
    buffer = np.empty(mujoco.mj_sizeModel(model), np.uint8)
    mujoco.mj_saveModel(model, None, buffer)
    return buffer.tobytes()
