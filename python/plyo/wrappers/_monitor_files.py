"""The files of the monitor of Gym 0.21, written and read."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from plyo import error
from plyo.video.files import temporary_name

PREFIX = "openaigym"


class Statistics:
    """The episodes of a monitor, and the two files that tell of them.

    Attributes:
        total_steps: All steps.
        episode_lengths: The steps of the episodes that have ended.
        episode_rewards: Their returns.
    """

    def __init__(self, directory: Path, infix: str, env_info: dict[str, Any]) -> None:
        """Begins without episodes.

        Args:
            directory: The folder of the files.
            infix: The part of their names that no other monitor has.
            env_info: Facts about the environment.
        """
        self.stats_file = directory / f"{PREFIX}.episode_batch.{infix}.stats.json"
        self.manifest_file = directory / f"{PREFIX}.manifest.{infix}.manifest.json"
        self.env_info = env_info
        self.initial_reset_timestamp: float | None = None
        self.timestamps: list[float] = []
        self.episode_lengths: list[int] = []
        self.episode_rewards: list[float] = []
        self.episode_types: list[str] = []
        self.videos: list[tuple[str, str]] = []
        self.total_steps = 0

    def write(self) -> None:
        """Writes both files; a reader sees the old ones or the new ones, whole."""
        names = (
            "initial_reset_timestamp",
            "timestamps",
            "episode_lengths",
            "episode_rewards",
            "episode_types",
        )
        _write(self.stats_file, {name: getattr(self, name) for name in names})
        names_of_videos = [[os.path.basename(name) for name in pair] for pair in self.videos]  # noqa: PTH119 - texts
        _write(
            self.manifest_file,
            {"stats": self.stats_file.name, "videos": names_of_videos, "env_info": self.env_info},
        )


def _write(path: Path, content: dict[str, Any]) -> None:
    temporary = Path(temporary_name(str(path)))
    temporary.write_text(json.dumps(content))
    temporary.replace(path)


def monitor_files(directory: str | os.PathLike[str]) -> list[Path]:
    """All files of monitors in a folder.

    Args:
        directory: The folder.
    """
    return sorted(path for path in Path(directory).iterdir() if path.name.startswith(f"{PREFIX}."))


def manifests_in(directory: str | os.PathLike[str]) -> list[Path]:
    """The manifests of monitors in a folder.

    Args:
        directory: The folder.
    """
    return [path for path in monitor_files(directory) if path.name.startswith(f"{PREFIX}.manifest.")]


def load_results(training_dir: str | os.PathLike[str]) -> dict[str, Any] | None:
    """Reads what monitors have written into a folder, in the order of time.

    Args:
        training_dir: The folder.

    Returns:
        ``"episode_lengths"``, ``"episode_rewards"``, ``"timestamps"`` (seconds since 1970), ``"episode_types"``
        (``"t"`` for training, ``"e"`` for evaluation), ``"data_sources"`` (the number of the manifest of each episode),
        ``"initial_reset_timestamps"`` and the smallest of them, ``"videos"`` (pairs of a video and its facts),
        ``"manifests"`` and ``"env_info"``. None if there is no manifest.

    Raises:
        plyo.error.Error: The monitors were around different environments.
        OSError: There is no such folder, or a file cannot be read.
    """
    folder = Path(training_dir)
    manifests = manifests_in(folder)
    if not manifests:
        return None
    contents = [json.loads(path.read_text()) for path in manifests]
    env_info = contents[0]["env_info"]
    for content in contents:
        if content["env_info"] != env_info:
            raise error.Error(
                f"Found two unequal env_infos: {env_info} and {content['env_info']}. This usually indicates that "
                f"your training directory {folder} has commingled results from multiple runs."
            )
    videos = [
        tuple(str(folder / name) for name in pair) for content in contents for pair in content["videos"]
    ]
    stats = (json.loads((folder / content["stats"]).read_text()) for content in contents)
    return {
        "manifests": [str(path) for path in manifests],
        "env_info": env_info,
        "videos": videos,
        **_merged(stats),
    }


def _merged(stats: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """The episodes of several monitors, in the order of their ends."""
    columns: dict[str, list[Any]] = {
        name: []
        for name in ("data_sources", "timestamps", "episode_lengths", "episode_rewards", "episode_types")
    }
    begins = []
    for source, content in enumerate(stats):
        count = len(content["timestamps"])
        if not count:
            continue
        begins.append(content["initial_reset_timestamp"])
        columns["data_sources"] += [source] * count
        for name in ("timestamps", "episode_lengths", "episode_rewards", "episode_types"):
            columns[name] += content[name][:count]  # the last episode may have begun and not ended
    order = np.argsort(columns["timestamps"], kind="stable")
    ordered = {name: [values[i] for i in order] for name, values in columns.items()}
    return {
        **ordered,
        "initial_reset_timestamps": begins,
        "initial_reset_timestamp": min(begins, default=0),
    }
