"""The ids of MuJoCo tasks that Gymnasium registers only to say why there is no such environment any more."""

from __future__ import annotations

from typing import Any, NoReturn

from plyo.envs.registration import register

#: The versions on mujoco-py, by task.
_MOVED = {
    "Reacher": (2,),
    "Pusher": (2,),
    "InvertedPendulum": (2,),
    "InvertedDoublePendulum": (2,),
    "HalfCheetah": (2, 3),
    "Hopper": (2, 3),
    "Swimmer": (2, 3),
    "Walker2d": (2, 3),
    "Ant": (2, 3),
    "Humanoid": (2, 3),
    "HumanoidStandup": (2,),
}


def _raise_moved(*args: Any, **kwargs: Any) -> NoReturn:
    """Refuses to make an environment on mujoco-py."""
    raise ImportError(
        "The mujoco v2 and v3 based environments have been moved to the gymnasium-robotics project "
        "(https://github.com/Farama-Foundation/gymnasium-robotics)."
    )


def _raise_pusher_v4(*args: Any, **kwargs: Any) -> NoReturn:
    """Refuses to make Pusher-v4, whose model every MuJoCo that Plyo knows understands differently."""
    from plyo.mujoco.library import load_mujoco

    load_mujoco()
    raise ImportError(
        "`Pusher-v4` is only supported on `mujoco<3`, for more information "
        "https://github.com/Farama-Foundation/Gymnasium/issues/950"
    )


def register_old_mujoco_tasks() -> None:
    """Registers these ids."""
    for name, versions in _MOVED.items():
        for version in versions:
            register(id=f"{name}-v{version}", entry_point=_raise_moved, vector_entry_point=_raise_moved)
    register(
        id="Pusher-v4",
        entry_point=_raise_pusher_v4,
        vector_entry_point=_raise_pusher_v4,
        max_episode_steps=100,
        reward_threshold=0.0,
    )
