"""Wrappers: changes to environments from outside. Each module is loaded when it is first used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from plyo.wrappers import vector
    from plyo.wrappers.array_conversion import ArrayConversion
    from plyo.wrappers.atari_preprocessing import AtariPreprocessing
    from plyo.wrappers.common import (
        Autoreset,
        OrderEnforcing,
        PassiveEnvChecker,
        RecordEpisodeStatistics,
        TimeLimit,
    )
    from plyo.wrappers.episodes import RecordEpisodes
    from plyo.wrappers.jax_to_numpy import JaxToNumpy
    from plyo.wrappers.jax_to_torch import JaxToTorch
    from plyo.wrappers.legacy import EnvCompatibility, LegacyStep
    from plyo.wrappers.monitor import Monitor
    from plyo.wrappers.numpy_to_torch import NumpyToTorch
    from plyo.wrappers.rendering import (
        AddWhiteNoise,
        HumanRendering,
        ObstructView,
        RecordVideo,
        RenderCollection,
    )
    from plyo.wrappers.stateful_action import RepeatAction, StickyAction
    from plyo.wrappers.stateful_observation import (
        DelayObservation,
        FrameStackObservation,
        MaxAndSkipObservation,
        NormalizeObservation,
        TimeAwareObservation,
    )
    from plyo.wrappers.stateful_reward import NormalizeReward
    from plyo.wrappers.transform_action import ClipAction, DiscretizeAction, RescaleAction, TransformAction
    from plyo.wrappers.transform_observation import (
        AddRenderObservation,
        DiscretizeObservation,
        DtypeObservation,
        FilterObservation,
        FlattenObservation,
        GrayscaleObservation,
        RescaleObservation,
        ReshapeObservation,
        ResizeObservation,
        TransformObservation,
    )
    from plyo.wrappers.transform_reward import Affine, ClipReward, TransformReward

__all__ = [
    "AddRenderObservation",
    "AddWhiteNoise",
    "Affine",
    "ArrayConversion",
    "AtariPreprocessing",
    "Autoreset",
    "ClipAction",
    "ClipReward",
    "DelayObservation",
    "DiscretizeAction",
    "DiscretizeObservation",
    "DtypeObservation",
    "EnvCompatibility",
    "FilterObservation",
    "FlattenObservation",
    "FrameStackObservation",
    "GrayscaleObservation",
    "HumanRendering",
    "JaxToNumpy",
    "JaxToTorch",
    "LegacyStep",
    "MaxAndSkipObservation",
    "Monitor",
    "NormalizeObservation",
    "NormalizeReward",
    "NumpyToTorch",
    "ObstructView",
    "OrderEnforcing",
    "PassiveEnvChecker",
    "RecordEpisodeStatistics",
    "RecordEpisodes",
    "RecordVideo",
    "RenderCollection",
    "RepeatAction",
    "RescaleAction",
    "RescaleObservation",
    "ReshapeObservation",
    "ResizeObservation",
    "StickyAction",
    "TimeAwareObservation",
    "TimeLimit",
    "TransformAction",
    "TransformObservation",
    "TransformReward",
    "vector",
]

# The wrappers of each module.
_WRAPPERS = {
    "array_conversion": ("ArrayConversion",),
    "atari_preprocessing": ("AtariPreprocessing",),
    "common": ("Autoreset", "OrderEnforcing", "PassiveEnvChecker", "RecordEpisodeStatistics", "TimeLimit"),
    "episodes": ("RecordEpisodes",),
    "jax_to_numpy": ("JaxToNumpy",),
    "jax_to_torch": ("JaxToTorch",),
    "legacy": ("EnvCompatibility", "LegacyStep"),
    "monitor": ("Monitor",),
    "numpy_to_torch": ("NumpyToTorch",),
    "rendering": ("AddWhiteNoise", "HumanRendering", "ObstructView", "RecordVideo", "RenderCollection"),
    "stateful_action": ("RepeatAction", "StickyAction"),
    "stateful_observation": (
        "DelayObservation",
        "FrameStackObservation",
        "MaxAndSkipObservation",
        "NormalizeObservation",
        "TimeAwareObservation",
    ),
    "stateful_reward": ("NormalizeReward",),
    "transform_action": ("ClipAction", "DiscretizeAction", "RescaleAction", "TransformAction"),
    "transform_observation": (
        "AddRenderObservation",
        "DiscretizeObservation",
        "DtypeObservation",
        "FilterObservation",
        "FlattenObservation",
        "GrayscaleObservation",
        "RescaleObservation",
        "ReshapeObservation",
        "ResizeObservation",
        "TransformObservation",
    ),
    "transform_reward": ("Affine", "ClipReward", "TransformReward"),
    "utils": (),
    "vector": (),
}
_MODULE_OF = {name: module for module, names in _WRAPPERS.items() for name in names}

_RENAMED = {
    "AutoResetWrapper": "Autoreset",
    "FrameStack": "FrameStackObservation",
    "PixelObservationWrapper": "AddRenderObservation",
    "VectorListInfo": "vector.DictInfoToList",
}


def __getattr__(name: str) -> Any:
    """Loads the module of a wrapper.

    Raises:
        AttributeError: There is no such wrapper, or it has another name by now.
        plyo.error.DependencyNotInstalled: The wrapper needs a package that is not installed.
    """
    if name in _MODULE_OF:
        value = getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
        globals()[name] = value  # the next access does not come here
        return value
    if name in _WRAPPERS:
        return import_module(f"{__name__}.{name}")
    if name in _RENAMED:
        raise AttributeError(f"{name!r} has been renamed with `wrappers.{_RENAMED[name]}`")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """The names of all wrappers and modules."""
    return sorted({*globals(), *_WRAPPERS, *_MODULE_OF})
