"""Wrappers of batches. A module is loaded when one of its wrappers is first asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from plyo.wrappers.vector._fusing import unfused
    from plyo.wrappers.vector.array_conversion import ArrayConversion
    from plyo.wrappers.vector.common import RecordEpisodeStatistics
    from plyo.wrappers.vector.dict_info_to_list import DictInfoToList
    from plyo.wrappers.vector.episodes import RecordEpisodes
    from plyo.wrappers.vector.frame_stack import FrameStackObservation
    from plyo.wrappers.vector.jax_to_numpy import JaxToNumpy
    from plyo.wrappers.vector.jax_to_torch import JaxToTorch
    from plyo.wrappers.vector.numpy_to_torch import NumpyToTorch
    from plyo.wrappers.vector.rendering import HumanRendering, RecordVideo
    from plyo.wrappers.vector.repeated_steps import MaxAndSkipObservation, RepeatAction
    from plyo.wrappers.vector.stateful_observation import NormalizeObservation
    from plyo.wrappers.vector.stateful_reward import NormalizeReward
    from plyo.wrappers.vector.sticky_action import StickyAction
    from plyo.wrappers.vector.time_aware import TimeAwareObservation
    from plyo.wrappers.vector.time_limit import TimeLimit
    from plyo.wrappers.vector.vectorize_action import (
        ClipAction,
        RescaleAction,
        TransformAction,
        VectorizeTransformAction,
    )
    from plyo.wrappers.vector.vectorize_observation import (
        DtypeObservation,
        FilterObservation,
        FlattenObservation,
        GrayscaleObservation,
        RescaleObservation,
        ReshapeObservation,
        ResizeObservation,
        TransformObservation,
        VectorizeTransformObservation,
    )
    from plyo.wrappers.vector.vectorize_reward import ClipReward, TransformReward, VectorizeTransformReward

__all__ = [
    "ArrayConversion",
    "ClipAction",
    "ClipReward",
    "DictInfoToList",
    "DtypeObservation",
    "FilterObservation",
    "FlattenObservation",
    "FrameStackObservation",
    "GrayscaleObservation",
    "HumanRendering",
    "JaxToNumpy",
    "JaxToTorch",
    "MaxAndSkipObservation",
    "NormalizeObservation",
    "NormalizeReward",
    "NumpyToTorch",
    "RecordEpisodeStatistics",
    "RecordEpisodes",
    "RecordVideo",
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
    "VectorizeTransformAction",
    "VectorizeTransformObservation",
    "VectorizeTransformReward",
    "unfused",
]

#: The names of each module.
_MODULES = {
    "_fusing": ("unfused",),
    "array_conversion": ("ArrayConversion",),
    "common": ("RecordEpisodeStatistics",),
    "dict_info_to_list": ("DictInfoToList",),
    "episodes": ("RecordEpisodes",),
    "frame_stack": ("FrameStackObservation",),
    "jax_to_numpy": ("JaxToNumpy",),
    "jax_to_torch": ("JaxToTorch",),
    "numpy_to_torch": ("NumpyToTorch",),
    "rendering": ("HumanRendering", "RecordVideo"),
    "repeated_steps": ("MaxAndSkipObservation", "RepeatAction"),
    "stateful_observation": ("NormalizeObservation",),
    "stateful_reward": ("NormalizeReward",),
    "sticky_action": ("StickyAction",),
    "time_aware": ("TimeAwareObservation",),
    "time_limit": ("TimeLimit",),
    "vectorize_action": ("ClipAction", "RescaleAction", "TransformAction", "VectorizeTransformAction"),
    "vectorize_observation": (
        "DtypeObservation",
        "FilterObservation",
        "FlattenObservation",
        "GrayscaleObservation",
        "RescaleObservation",
        "ReshapeObservation",
        "ResizeObservation",
        "TransformObservation",
        "VectorizeTransformObservation",
    ),
    "vectorize_reward": ("ClipReward", "TransformReward", "VectorizeTransformReward"),
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Loads the module of a wrapper, or a module itself.

    Raises:
        AttributeError: There is no wrapper of that name.
        plyo.error.DependencyNotInstalled, ImportError: A wrapper that converts arrays lacks its library.
    """
    from importlib import import_module

    if name in _HOMES:
        value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
        globals()[name] = value
        return value
    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """The wrappers, loaded or not."""
    return sorted({*globals(), *__all__})
