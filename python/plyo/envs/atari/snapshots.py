"""Snapshots of lanes as bytes.

A magic word, a digest of the rest, the length of a table, the table as JSON, and the byte strings that it names, one
after the other. Nothing of it is executed, and bytes that are damaged never reach the emulator.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from plyo.envs.atari.lane_settings import LaneSettings

_MAGIC = b"PLYOATARI1"
_DIGEST = 32
_LENGTH = 8
#: In the table, what stands for a byte string of so many bytes.
_BYTES = "bytes"

State = dict[str, Any]


def to_bytes(settings: LaneSettings, states: list[State]) -> bytes:
    """The snapshot of lanes.

    Args:
        settings: Their settings.
        states: For each the numbers, texts, lists of them, and byte strings by name.
    """
    blobs: list[bytes] = []
    lanes: list[State] = []
    for state in states:
        lanes.append({})
        for name, value in state.items():
            if isinstance(value, bytes):
                blobs.append(value)
                lanes[-1][name] = {_BYTES: len(value)}
            else:
                lanes[-1][name] = value
    table = json.dumps({"settings": settings.to_json(), "lanes": lanes}).encode()
    rest = b"".join([len(table).to_bytes(_LENGTH, "little"), table, *blobs])
    return b"".join([_MAGIC, _digest(rest), rest])


def from_bytes(settings: LaneSettings, snapshot: bytes) -> list[State]:
    """The states in a snapshot.

    Args:
        settings: Those of the lanes that are to be set.
        snapshot: The result of :func:`to_bytes`.

    Raises:
        TypeError: It is not ``bytes``.
        ValueError: It is no snapshot of an Atari batch, damaged, or one of another game or other settings.
    """
    if not isinstance(snapshot, bytes):
        raise TypeError(f"set_state needs the bytes that get_state returned, got {type(snapshot)}")
    begin = len(_MAGIC) + _DIGEST
    if not snapshot.startswith(_MAGIC):
        raise ValueError(
            "set_state: these bytes are no snapshot of an Atari batch, or one of another version of Plyo"
        )
    if snapshot[len(_MAGIC) : begin] != _digest(snapshot[begin:]):
        raise ValueError("set_state: the snapshot is damaged")
    place = begin + _LENGTH + int.from_bytes(snapshot[begin : begin + _LENGTH], "little")
    table = json.loads(snapshot[begin + _LENGTH : place])
    _check_settings(settings.to_json(), table["settings"])
    states: list[State] = table["lanes"]
    for state in states:
        for name, value in state.items():
            if isinstance(value, dict):
                state[name] = snapshot[place : place + value[_BYTES]]
                place += value[_BYTES]
    return states


def _check_settings(own: dict[str, Any], saved: dict[str, Any]) -> None:
    """Raises for settings of other lanes."""
    for name, value in own.items():
        if saved.get(name) != value:
            raise ValueError(
                f"set_state: the snapshot is one of lanes with {name}={saved.get(name)!r}, these have {value!r}"
            )


def _digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=_DIGEST).digest()
