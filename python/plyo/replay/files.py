"""Replays as files: NumPy's ``.npz`` with the actions, the snapshot and a description in JSON."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from plyo._registry.specs import EnvSpec
from plyo.replay.action_log import ActionLog, ArrayColumn, Column, ObjectColumn, leaves
from plyo.replay.episode import Ending, Episode

_EpisodeT = TypeVar("_EpisodeT", bound=Episode)

_FORMAT = 1


def write_replay(replay: Episode, path: str) -> None:
    """Writes a replay; see :meth:`plyo.Replay.save`."""
    log = _to_log(replay)
    arrays: dict[str, Any] = {}
    columns: list[Any] = []
    for i, (column, leaf) in enumerate(zip(log.columns, leaves(log.space), strict=True)):
        if isinstance(column, ArrayColumn):
            arrays[f"actions_{i}"] = column.array()
            kind = str(column.dtype if column.kind is None else column.kind)
            columns.append(
                {"kind": kind, "scalar": None if column.scalar is None else column.scalar.__name__}
            )
        else:
            assert isinstance(column, ObjectColumn)
            columns.append({"values": leaf.to_jsonable(column.values)})
    recorded = replay.recorded
    facts = {
        "format": _FORMAT,
        "id": replay.id if isinstance(replay.id, str) else None,
        "spec": None if isinstance(replay.id, str) else replay.id.to_json(),
        "kwargs": replay.kwargs,
        "seed": replay.seed,
        "options": replay.options,
        "length": len(replay),
        "recorded": None if recorded is None else vars(recorded),
        "columns": columns,
    }
    try:
        arrays["replay"] = np.array(json.dumps(facts, default=_plain))
    except TypeError as e:
        raise TypeError(f"the arguments or options of {replay!r} cannot be saved as JSON: {e}") from e
    if replay.snapshot is not None:
        arrays["snapshot"] = np.frombuffer(replay.snapshot, dtype=np.uint8)
    with Path(path).open("wb") as file:
        np.savez_compressed(file, **arrays)


def read_replay(path: str, make: Callable[..., _EpisodeT]) -> _EpisodeT:
    """Reads a replay; see :meth:`plyo.Replay.load`.

    Args:
        path: The file.
        make: The class of replays.
    """
    try:
        with Path(path).open("rb") as stream:
            file = np.load(stream, allow_pickle=False)
            if not isinstance(file, np.lib.npyio.NpzFile):
                raise ValueError("it is a single array")
            arrays = dict(file)
        facts = json.loads(str(arrays["replay"]))
        if facts["format"] != _FORMAT:
            raise ValueError(f"its format is {facts['format']}, this version of Plyo reads format {_FORMAT}")
        recorded = None if facts["recorded"] is None else Ending(**facts["recorded"])
        snapshot = arrays["snapshot"].tobytes() if "snapshot" in arrays else None
        id = facts["id"] if facts["spec"] is None else EnvSpec.from_json(facts["spec"])
        columns, length = facts["columns"], int(facts["length"])
    except (KeyError, ValueError, TypeError, EOFError, zipfile.BadZipFile) as e:
        raise ValueError(f"{path} holds no replay that Plyo saved: {e}") from e
    replay = make(
        id,
        facts["seed"],
        snapshot=snapshot,
        options=facts["options"],
        recorded=recorded,
        **facts["kwargs"],
    )
    space = _space_of(replay)
    try:
        read = [
            _read_column(arrays.get(f"actions_{i}"), entry, leaf)
            for i, (entry, leaf) in enumerate(zip(columns, leaves(space), strict=True))
        ]
    except (KeyError, ValueError, TypeError, AttributeError) as e:
        raise ValueError(f"{path} holds no replay of {replay.id} as it is here: {e}") from e
    replay.actions = ActionLog(space, read, length)
    return replay


def _read_column(array: Any, facts: dict[str, Any], leaf: Any) -> Column:
    if "values" in facts:
        return ObjectColumn(leaf.from_jsonable(facts["values"]))
    return ArrayColumn.of(array, facts["kind"], facts["scalar"])


def _to_log(replay: Episode) -> ActionLog:
    """The actions of a replay as a log."""
    if isinstance(replay.actions, ActionLog):
        return replay.actions
    log = ActionLog(_space_of(replay))
    for action in replay.actions:
        log.append(action)
    return log


def _space_of(replay: Episode) -> Any:
    """The action space of the environment."""
    env = replay._make()
    env.close()
    return env.action_space


def _plain(value: Any) -> Any:
    """NumPy's numbers and arrays as JSON has them."""
    if isinstance(value, (np.ndarray, np.generic)):
        return value.tolist()
    raise TypeError(f"{value!r} is of {type(value)}")
