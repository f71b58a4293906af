"""TensorBoard's file of events, by the package tensorboard, which needs neither torch nor TensorFlow for that."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from plyo.basics.install import is_installed

__all__ = ["EventFile", "has_tensorboard"]


def has_tensorboard() -> bool:
    """Whether such files can be written."""
    return is_installed("tensorboard")


class EventFile:
    """A file of numbers and texts over environment steps, which ``tensorboard --logdir`` shows.

    Args:
        folder: The folder that the file is in; it is made.
    """

    def __init__(self, folder: Path) -> None:
        from tensorboard.compat.proto import event_pb2, summary_pb2, tensor_pb2, types_pb2
        from tensorboard.summary.writer.event_file_writer import EventFileWriter

        self._events, self._summaries = event_pb2, summary_pb2
        self._tensors, self._types = tensor_pb2, types_pb2
        self._writer = EventFileWriter(str(folder))

    def add_scalar(self, name: str, value: float, step: int) -> None:
        """Adds a number."""
        self._add(self._summaries.Summary.Value(tag=name, simple_value=value), step)

    def add_text(self, name: str, text: str, step: int = 0) -> None:
        """Adds a text in Markdown."""
        metadata = self._summaries.SummaryMetadata(
            plugin_data=self._summaries.SummaryMetadata.PluginData(plugin_name="text")
        )
        tensor = self._tensors.TensorProto(dtype=self._types.DT_STRING, string_val=[text.encode()])
        self._add(self._summaries.Summary.Value(tag=name, metadata=metadata, tensor=tensor), step)

    def add_settings(self, settings: Mapping[str, Any]) -> None:
        """Adds a table of what the training was told."""
        rows = "\n".join(f"|{name}|{value}|" for name, value in settings.items())
        self.add_text("settings", f"|setting|value|\n|-|-|\n{rows}")

    def close(self) -> None:
        """Completes the file."""
        self._writer.close()

    def _add(self, value: Any, step: int) -> None:
        summary = self._summaries.Summary(value=[value])
        self._writer.add_event(self._events.Event(step=step, wall_time=time.time(), summary=summary))
