"""Replays as files: NumPy's ``.npz`` with the actions, the snapshot and a description in JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from copy import copy
from inspect import signature
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from plyo._registry.specs import EnvSpec
from plyo.basics.array_file import MAX_UNPACKED, naming_file, read_arrays
from plyo.basics.json_values import from_plain, to_plain
from plyo.replay.action_log import ActionLog, ArrayColumn, Column, ObjectColumn, empty_column, leaves
from plyo.replay.episode import Ending, Episode
from plyo.replay.growth import check_growth
from plyo.replay.trust import check_id, check_spec, without_onlookers

_EpisodeT = TypeVar("_EpisodeT", bound=Episode)

_FORMAT = 2
#: The parts of the description, and their types.
_FACTS: dict[str, tuple[type, ...]] = {
    "format": (int,),
    "id": (str, type(None)),
    "spec": (str, type(None)),
    "kwargs": (dict,),
    "seed": (int, type(None)),
    "options": (dict, type(None)),
    "length": (int,),
    "recorded": (dict, type(None)),
    "columns": (list,),
}


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
        "spec": None if isinstance(replay.id, str) else _to_json(replay.id),
        "kwargs": replay.kwargs,
        "seed": replay.seed,
        "options": replay.options,
        "length": len(replay),
        "recorded": None if recorded is None else vars(recorded),
        "columns": columns,
    }
    try:
        arrays["replay"] = np.array(json.dumps(to_plain(facts)))
    except TypeError as e:
        raise TypeError(f"the arguments or options of {replay!r} cannot be saved as JSON: {e}") from e
    if replay.snapshot is not None:
        arrays["snapshot"] = np.frombuffer(replay.snapshot, dtype=np.uint8)
    # an array that would unpack to more than `read` allows is not packed
    save = (
        np.savez_compressed
        if sum(array.nbytes for array in arrays.values()) < MAX_UNPACKED // 2
        else np.savez
    )
    with Path(path).open("wb") as file:
        save(file, **arrays)


def _to_json(spec: EnvSpec) -> str:
    """A spec without wrappers that only watch; their arguments need not be savable."""
    kept = copy(spec)
    kept.additional_wrappers = without_onlookers(spec.additional_wrappers)
    return kept.to_json()


def read_replay(path: str, make: Callable[..., _EpisodeT], trusted: bool) -> _EpisodeT:
    """Reads a replay; see :meth:`plyo.Replay.load`.

    Args:
        path: The file.
        make: The class of replays.
        trusted: Whether to make any environment that the file names.
    """
    fault = "holds no replay that Plyo saved"
    arrays = read_arrays(path, fault)
    with naming_file(path, fault):
        facts = _read_facts(arrays)
        replay = _to_replay(make, facts, arrays.get("snapshot"), trusted)
    with naming_file(path, f"holds no replay of {replay._spec.id} as it is here"):
        if not trusted:
            _check_growth(replay)
        space = _space_of(replay)
        columns = [
            _read_column(arrays.get(f"actions_{i}"), entry, leaf, facts["length"])
            for i, (entry, leaf) in enumerate(zip(facts["columns"], leaves(space), strict=True))
        ]
        replay.actions = ActionLog(space, columns, facts["length"])
    return replay


def _read_facts(arrays: dict[str, NDArray[Any]]) -> dict[str, Any]:
    """The description, with values of the right types."""
    text = arrays["replay"]
    if text.shape != () or text.dtype.kind != "U":
        raise ValueError(f"its description is {text.dtype} of the shape {text.shape}, not a text")
    facts: Any = json.loads(text.item())
    if not isinstance(facts, dict) or facts.get("format") not in (1, _FORMAT):
        said = facts.get("format") if isinstance(facts, dict) else facts
        raise ValueError(f"its format is {said!r:.80}, this version of Plyo reads the formats 1 to {_FORMAT}")
    if facts["format"] != 1:  # format 1 had no marks
        facts = from_plain(facts)
    if facts.keys() != _FACTS.keys():
        raise ValueError(f"it describes {sorted(map(str, facts))}, not {sorted(_FACTS)}")
    for name, types in _FACTS.items():
        if type(facts[name]) not in types:
            raise TypeError(f"{name} cannot be {facts[name]!r:.80}")
    return dict(facts)


def _to_replay(
    make: Callable[..., _EpisodeT], facts: dict[str, Any], snapshot: NDArray[Any] | None, trusted: bool
) -> _EpisodeT:
    """The described replay, without its actions."""
    if (facts["id"] is None) == (facts["spec"] is None):
        raise ValueError("it has to name its environment by an id or by a spec")
    id = facts["id"] if facts["spec"] is None else EnvSpec.from_json(facts["spec"])
    if isinstance(id, EnvSpec):
        id.additional_wrappers = without_onlookers(id.additional_wrappers)
    if not trusted:
        check_spec(id) if isinstance(id, EnvSpec) else check_id(id)
    kwargs = facts["kwargs"]
    if kwargs.keys() & signature(make).parameters.keys():
        raise ValueError(f"the environment cannot have all of the arguments {sorted(kwargs)}")
    if facts["seed"] is not None and facts["seed"] < 0:
        raise ValueError(f"its seed is {facts['seed']}, seeds are at least 0")
    if not 0 <= facts["length"] <= sys.maxsize:
        raise ValueError(f"its length is {facts['length']}, there are 0 to {sys.maxsize} actions")
    if snapshot is not None and (snapshot.dtype != np.uint8 or snapshot.ndim != 1):
        raise ValueError(
            f"its snapshot is {snapshot.dtype} of the shape {snapshot.shape}, not a row of bytes"
        )
    return make(
        id,
        facts["seed"],
        snapshot=None if snapshot is None else snapshot.tobytes(),
        options=facts["options"],
        recorded=None if facts["recorded"] is None else _to_ending(facts["recorded"]),
        **kwargs,
    )


def _to_ending(facts: dict[str, Any]) -> Ending:
    ending = Ending(**facts)
    if not isinstance(ending.episode_return, (int, float)) or not all(
        isinstance(flag, bool) for flag in (ending.terminated, ending.truncated)
    ):
        raise TypeError(f"an episode cannot have ended with {facts!r:.80}")
    return ending


def _read_column(array: Any, facts: Any, leaf: Any, length: int) -> Column:
    """The actions of a leaf, checked for their number and shape."""
    expected = empty_column(leaf)
    if isinstance(expected, ObjectColumn):
        values = ObjectColumn(leaf.from_jsonable(facts["values"]))
        if len(values.values) != length:
            raise ValueError(f"it has {len(values.values)} values for {length} actions")
        return values
    assert isinstance(expected, ArrayColumn)
    if array is None or array.shape != (length, *expected.shape) or array.dtype.kind not in "biuf":
        found = "none" if array is None else f"an array of {array.dtype} of the shape {array.shape}"
        raise ValueError(
            f"its actions must be numbers of the shape {(length, *expected.shape)}, but there is {found}"
        )
    kind = np.dtype(facts["kind"])
    if kind.kind not in "biuf" or (kind.kind != "f" and not np.isfinite(array).all()):
        raise ValueError(f"actions cannot be read as {kind}")
    return ArrayColumn.of(array, kind, facts["scalar"])


def _to_log(replay: Episode) -> ActionLog:
    """The actions of a replay as a log."""
    if isinstance(replay.actions, ActionLog):
        return replay.actions
    log = ActionLog(_space_of(replay))
    for action in replay.actions:
        log.append(action)
    return log


def _check_growth(replay: Episode) -> None:
    """Makes the environment, adds wrappers one by one, and raises before one would take too much memory."""
    mode = replay.kwargs.get("render_mode", replay._spec.kwargs.get("render_mode"))
    wrappers = replay._spec.additional_wrappers
    if wrappers:
        bare = copy(replay)
        bare._spec = copy(replay._spec)
        bare._spec.additional_wrappers = ()
        check_growth(bare._make(**({} if mode is None else {"render_mode": "rgb_array"})), wrappers).close()


def _space_of(replay: Episode) -> Any:
    """The action space of the environment; raises if the snapshot does not fit."""
    env = replay._make()
    try:
        if replay.snapshot is not None:
            env.unwrapped.set_state(replay.snapshot)  # type: ignore[attr-defined]  # native tasks have it
    finally:
        env.close()
    return env.action_space
