"""The MuJoCo tasks of Gymnasium with keyword arguments: each argument of each task, away from its default."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
from gymnasium.envs.mujoco import mujoco_env

ASSETS = Path(mujoco_env.__file__).parent / "assets"

#: Pusher-v4 refuses every MuJoCo that Plyo knows.
TASKS = (
    "Ant",
    "HalfCheetah",
    "Hopper",
    "Humanoid",
    "HumanoidStandup",
    "InvertedDoublePendulum",
    "InvertedPendulum",
    "Pusher",
    "Reacher",
    "Swimmer",
    "Walker2d",
)
IDS = tuple(
    f"{task}-{version}" for task in TASKS for version in ("v5", "v4") if (task, version) != ("Pusher", "v4")
)

#: Where `np.linalg.norm` of a vector is a BLAS dot product, whose last bit depends on the processor's kernel.
NORM_ULPS = {
    "Reacher": {1: 1, "reward_dist": 1},
    # the sum of two such numbers
    "Pusher": {1: 2, "reward_dist": 1, "reward_near": 1},
    "Ant": {"distance_from_origin": 1},
    "Humanoid": {"distance_from_origin": 1},
    "Swimmer": {"distance_from_origin": 1},
}


@dataclass(frozen=True)
class Case:
    """A task with keyword arguments.

    Attributes:
        task_id: The id in both packages.
        kwargs: Arguments of `make`; a value that is a `UserModel` stands for the path of its file.
        name: For pytest.
    """

    task_id: str
    kwargs: dict[str, Any] = field(default_factory=dict)
    name: str = "default"

    def __str__(self) -> str:
        return f"{self.task_id}-{self.name}"

    @property
    def ulps(self) -> dict[Any, int]:
        return NORM_ULPS.get(self.task_id.split("-")[0], {})

    def arguments(self, folder: Path) -> dict[str, Any]:
        """The arguments, with the user's models written to a folder."""
        return {k: v.write(folder) if isinstance(v, UserModel) else v for k, v in self.kwargs.items()}


@dataclass(frozen=True)
class UserModel:
    """A user's copy of one of Gymnasium's models, with pieces of its text replaced.

    Attributes:
        asset: The name of Gymnasium's file.
        changes: Pairs of a regular expression, which must match, and what comes in its place.
    """

    asset: str
    changes: tuple[tuple[str, str], ...]

    def write(self, folder: Path) -> str:
        """The path of the file."""
        text = (ASSETS / self.asset).read_text(encoding="utf-8")
        for pattern, replacement in self.changes:
            text, found = re.subn(pattern, replacement, text)
            assert found, (self.asset, pattern)
        path = folder / f"my_{self.asset}"
        path.write_text(text, encoding="utf-8")
        return str(path)


#: A finger that hangs on a body of the model: one more joint, body, geom and actuator.
FINGER = (
    '<body name="finger" pos="0 0 .3"><joint name="finger" type="hinge" axis="0 1 0" range="-40 40" '
    'armature=".1" damping=".5" limited="true"/><geom type="capsule" fromto="0 0 0 .1 0 .2" size=".03" '
    'density="300"/></body></body></worldbody>'
)
FINGER_MOTOR = '<motor joint="finger" gear="20" ctrllimited="true" ctrlrange="-.7 .9"/></actuator>'


def grown(asset: str) -> UserModel:
    """A model with a finger, and so with other sizes of everything."""
    return UserModel(asset, ((r"</body>\s*</worldbody>", FINGER), (r"</actuator>", FINGER_MOTOR)))


def slower(asset: str, timestep: str) -> UserModel:
    """A model with another time step and gravity."""
    return UserModel(
        asset, ((r"<option", '<option gravity="0 0 -7.3"'), (r'timestep="[\d.]+"', f'timestep="{timestep}"'))
    )


STIFF_CHEETAH = UserModel(
    "half_cheetah.xml", ((r'timestep="0.01"', 'timestep="0.004"'), (r'gear="120"', 'gear="70"'))
)
THICK_SWIMMER = UserModel("swimmer.xml", ((r'viscosity="0.1"', 'viscosity="0.4"'),))

RUNNER = [
    {"forward_reward_weight": 1.7},
    {"ctrl_cost_weight": 0.33},
    {"reset_noise_scale": 0.037},
    {"exclude_current_positions_from_observation": False},
    {"forward_reward_weight": 0, "ctrl_cost_weight": 2, "reset_noise_scale": 0},
]
HEALTHY = [
    {"healthy_reward": 0.3},
    {"terminate_when_unhealthy": False},
    {
        "terminate_when_unhealthy": False,
        "healthy_reward": -1.25,
        "exclude_current_positions_from_observation": False,
    },
]
BODY_FLAGS = [
    {f"include_{part}_in_observation": False} for part in ("cinert", "cvel", "qfrc_actuator", "cfrc_ext")
] + [
    {
        "include_cinert_in_observation": False,
        "include_qfrc_actuator_in_observation": False,
        "exclude_current_positions_from_observation": False,
    }
]

#: By id: the arguments to try, one case each.
VARIANTS: dict[str, list[dict[str, Any]]] = {
    "HalfCheetah-v5": [
        *RUNNER,
        {"frame_skip": 3},
        {"xml_file": STIFF_CHEETAH},
        {"xml_file": grown("half_cheetah.xml")},
    ],
    "HalfCheetah-v4": RUNNER,
    "Hopper-v5": [
        *RUNNER,
        *HEALTHY,
        {"healthy_state_range": (-1.5, 2.0)},
        {"healthy_z_range": (1.0, 1.3)},
        {"healthy_angle_range": (-0.05, 0.08)},
        {"frame_skip": 7},
        {"xml_file": slower("hopper.xml", "0.003")},
        {"xml_file": grown("hopper.xml")},
    ],
    "Hopper-v4": [
        *RUNNER,
        *HEALTHY,
        {"healthy_state_range": (-1.5, 2.0)},
        {"healthy_z_range": (1.0, 1.3)},
        {"healthy_angle_range": (-0.05, 0.08)},
    ],
    "Walker2d-v5": [
        *RUNNER,
        *HEALTHY,
        {"healthy_z_range": (1.0, 1.3)},
        {"healthy_angle_range": (-0.1, 0.2)},
        {"frame_skip": 2},
        {"xml_file": slower("walker2d_v5.xml", "0.0025")},
        {"xml_file": "walker2d.xml"},
        {"xml_file": grown("walker2d_v5.xml")},
    ],
    "Walker2d-v4": [*RUNNER, *HEALTHY, {"healthy_z_range": (1.0, 1.3)}, {"healthy_angle_range": (-0.1, 0.2)}],
    "Ant-v5": [
        *RUNNER,
        *HEALTHY,
        {"contact_cost_weight": 0.02},
        {"main_body": 5},
        {"main_body": "aux_2"},
        {"healthy_z_range": (0.4, 0.9)},
        {"contact_force_range": (-0.2, 0.4)},
        {"include_cfrc_ext_in_observation": False},
        {"include_cfrc_ext_in_observation": False, "exclude_current_positions_from_observation": False},
        {"frame_skip": 2},
        {"xml_file": slower("ant.xml", "0.006")},
        {"xml_file": grown("ant.xml")},
    ],
    "Ant-v4": [
        *RUNNER[1:4],
        *HEALTHY,
        {"use_contact_forces": True},
        {"use_contact_forces": True, "contact_cost_weight": 0.02, "contact_force_range": (-0.2, 0.4)},
        {"healthy_z_range": (0.4, 0.9)},
        {"xml_file": slower("ant.xml", "0.01")},
    ],
    "Humanoid-v5": [
        *RUNNER,
        *HEALTHY,
        *BODY_FLAGS,
        {"contact_cost_weight": 1e-3},
        {"contact_cost_weight": 0.1, "contact_cost_range": (0.5, 2.0)},
        {"healthy_z_range": (1.2, 1.45)},
        {"frame_skip": 2},
        {"xml_file": slower("humanoid.xml", "0.004")},
        {"xml_file": grown("humanoid.xml")},
    ],
    "Humanoid-v4": [*RUNNER, *HEALTHY, {"healthy_z_range": (1.2, 1.45)}],
    "HumanoidStandup-v5": [
        *RUNNER[1:4],
        *BODY_FLAGS,
        {"uph_cost_weight": 3.0},
        {"impact_cost_weight": 1e-3},
        {"impact_cost_weight": 0.1, "impact_cost_range": (0.5, 2.0)},
        {"frame_skip": 2},
        {"xml_file": slower("humanoidstandup.xml", "0.004")},
        {"xml_file": grown("humanoidstandup.xml")},
    ],
    "HumanoidStandup-v4": [],
    "Swimmer-v5": [*RUNNER, {"frame_skip": 3}, {"xml_file": THICK_SWIMMER}],
    "Swimmer-v4": RUNNER,
    "Reacher-v5": [
        {"reward_dist_weight": 2.5},
        {"reward_control_weight": 0.25},
        {"frame_skip": 3},
        {"xml_file": UserModel("reacher.xml", ((r'gear="200.0"', 'gear="120.0"'),))},
    ],
    "Reacher-v4": [],
    "Pusher-v5": [
        {"reward_near_weight": 1.25},
        {"reward_dist_weight": 2.5},
        {"reward_control_weight": 0.4},
        {"frame_skip": 3},
        {"xml_file": UserModel("pusher_v5.xml", ((r'timestep="0.01"', 'timestep="0.007"'),))},
    ],
    "InvertedPendulum-v5": [
        {"reset_noise_scale": 0.12},
        {"frame_skip": 5},
        {"xml_file": UserModel("inverted_pendulum.xml", ((r'gear="100"', 'gear="30"'),))},
    ],
    "InvertedPendulum-v4": [],
    "InvertedDoublePendulum-v5": [
        {"healthy_reward": 3.75},
        {"reset_noise_scale": 0.3},
        {"frame_skip": 2},
        {"xml_file": UserModel("inverted_double_pendulum.xml", ((r'gear="500"', 'gear="200"'),))},
    ],
    "InvertedDoublePendulum-v4": [],
}  # fmt: skip

#: Arguments of pictures, which change no step.
PICTURES = {
    "width": 200,
    "height": 100,
    "camera_id": -1,
    "max_geom": 500,
    "visual_options": {0: True},
    "render_mode": "rgb_array",
}


def cases() -> list[Case]:
    """All cases: each id by itself, with each variant, with the arguments of pictures."""
    found = []
    for task_id in IDS:
        found.append(Case(task_id))
        for kwargs in VARIANTS[task_id]:
            found.append(Case(task_id, kwargs, _name(kwargs)))
    for task_id in ("HalfCheetah-v4", "Humanoid-v5"):
        found.append(Case(task_id, PICTURES, "pictures"))
    found.append(
        Case("Ant-v5", {"camera_name": "track", "default_camera_config": {"distance": 2.0}}, "camera")
    )
    return found


def _name(kwargs: dict[str, Any]) -> str:
    words = []
    for key, value in kwargs.items():
        if isinstance(value, UserModel):
            value = "grown" if FINGER_MOTOR in [new for _, new in value.changes] else "mine"
        words.append(f"{key}={value}")
    return ",".join(words).replace("_in_observation", "").replace("_from_observation", "")


def keywords(task_id: str) -> dict[str, Any]:
    """The keyword arguments of Gymnasium's class for an id, with their defaults."""
    cls = gymnasium.envs.registration.load_env_creator(gymnasium.spec(task_id).entry_point)
    parameters = [
        p for c in (cls, mujoco_env.MujocoEnv) for p in inspect.signature(c.__init__).parameters.values()
    ]
    return {p.name: p.default for p in reversed(parameters) if p.default is not p.empty}


def is_default(task_id: str, key: str, value: Any) -> bool:
    """Whether an argument has the default value of the task."""
    default = keywords(task_id)[key]
    return type(value) is type(default) and bool(np.all(value == default))
