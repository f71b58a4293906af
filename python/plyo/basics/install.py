"""Advice to install packages that are missing. Plyo is on no index, so the advice names the packages themselves."""

from __future__ import annotations

from importlib.util import find_spec

#: What the extras in pyproject.toml install, by extra.
_PACKAGES = {
    "atari": ("ale-py",),
    "bench": ("gymnasium", "gymnasium-robotics", "mujoco", "envpool", "imageio", "matplotlib"),
    "classic-control": ("pygame-ce",),
    "compile": ("ziglang",),
    "examples": ("torch", "tensorboard", "matplotlib", "imageio-ffmpeg", "pillow"),
    "gymnasium": ("gymnasium",),
    "jax": ("jax",),
    "mujoco": ("mujoco", "gymnasium"),
    "plot": ("matplotlib",),
    "ray": ("ray",),
    "rllib": ("ray[rllib]", "torch"),
    "robotics": ("mujoco", "gymnasium-robotics"),
    "sb3": ("stable-baselines3",),
    "skrl": ("skrl[torch]",),
    "tianshou": ("tianshou",),
    "torch": ("torch",),
    "torchrl": ("torchrl",),
    "video": ("imageio-ffmpeg", "pillow"),
}


def is_installed(package: str) -> bool:
    """Whether a package can be imported. A plain folder of its name, in the current one say, is no package."""
    return origin_of(package) is not None


def origin_of(package: str) -> str | None:
    """The file that a package is loaded from, without loading it; None for a package that is not installed."""
    try:
        spec = find_spec(package)
    # somebody hides the package: by a finder that raises, or by a None among the modules
    except (ImportError, ValueError):
        return None
    return None if spec is None else spec.origin


def pip_install(extra: str) -> str:
    """The command that installs what an extra of Plyo stands for.

    Args:
        extra: The extra, such as ``"video"``.

    Returns:
        ``pip install imageio-ffmpeg pillow``.
    """
    names = (f'"{name}"' if "[" in name else name for name in _PACKAGES[extra])
    return f"pip install {' '.join(names)}"
