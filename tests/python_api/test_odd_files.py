"""Whole files with odd contents: a ValueError that names the file."""

from __future__ import annotations

import copy
import io
import json
import tracemalloc
import zipfile

import numpy as np
import pytest
from file_kinds import POLICIES, REPLAYS, Labels, labels_replay, rewrite, snapshot_replay

import plyo
from plyo import Replay, policies
from plyo.envs.registration import WrapperSpec


@pytest.fixture(autouse=True)
def registered():
    plyo.register("Labels-v0", entry_point=Labels, max_episode_steps=30)
    yield
    del plyo.registry["Labels-v0"]


ODD_FACTS = [
    {"format": 3}, {"format": "2"}, {"format": None}, {"format": [1]}, {"format": "absent"}, {"more": 1},
    {"id": None}, {"id": 3}, {"id": "CartPole-v9"}, {"id": "Nonsense-v0"}, {"id": "no such id"}, {"id": "a:b:c"},
    {"id": ""},
    {"id": "absent"}, {"spec": "{}"}, {"spec": "["}, {"spec": 3}, {"id": None, "spec": "[" * 100_000},
    {"seed": None}, {"seed": "x"}, {"seed": -1}, {"seed": 1.5}, {"seed": True}, {"seed": [1]}, {"seed": "absent"},
    {"kwargs": None}, {"kwargs": []}, {"kwargs": {"seed": 1}}, {"kwargs": {"actions": [1]}},
    {"kwargs": {"recorded": None}},
    {"kwargs": {"nonsense": 1}}, {"kwargs": {"max_episode_steps": "x"}}, {"kwargs": {"max_episode_steps": -7}},
    {"kwargs": {"__plyo__": "dict", "value": [[1, 2]]}}, {"kwargs": {"__plyo__": "nonsense"}}, {"kwargs": "absent"},
    {"options": 3}, {"options": "x"}, {"options": "absent"},
    {"length": -1}, {"length": 2**70}, {"length": 3}, {"length": float("inf")}, {"length": float("nan")},
    {"length": "20"},
    {"length": None}, {"length": 20.0}, {"length": True},
    {"recorded": 3}, {"recorded": {}}, {"recorded": {"episode_return": "x", "terminated": True, "truncated": False}},
    {"recorded": {"episode_return": 1.0, "terminated": "yes", "truncated": False}},
    {"columns": None}, {"columns": []}, {"columns": [1]}, {"columns": [{}]},
    {"columns": [{"kind": "nonsense", "scalar": None}]},
    {"columns": [{"kind": "O", "scalar": None}]}, {"columns": [{"kind": "int64", "scalar": "eval"}]},
    {"columns": [{"kind": ["int64"], "scalar": None}]}, {"columns": [{"values": [0] * 20}]},
    {"columns": [{"kind": "int64", "scalar": None}] * 2}, {"columns": {"0": {"kind": "int64", "scalar": None}}},
]  # fmt: skip


@pytest.mark.parametrize("change", ODD_FACTS, ids=lambda change: json.dumps(change)[:60])
def test_odd_descriptions(change, tmp_path):
    path = tmp_path / "x.npz"
    REPLAYS["id"]().save(path)
    rewrite(path, change)
    with pytest.raises(ValueError, match=r"holds no replay|is not trusted") as caught:
        Replay.load(path)
    assert str(path) in str(caught.value)


ODD_ARRAYS = [
    {"actions_0": None}, {"actions_0": np.zeros(19, np.uint8)}, {"actions_0": np.zeros((20, 1), np.uint8)},
    {"actions_0": np.array(3)}, {"actions_0": np.array(["0"] * 20)}, {"actions_0": np.full(20, np.nan)},
    {"actions_0": np.zeros(20, complex)}, {"actions_0": np.zeros(20, "M8[s]")}, {"replay": None},
    {"replay": np.array("[" * 100_000)}, {"replay": np.array(b"{}")}, {"replay": np.array(["{}"])},
    {"replay": np.array("3")},
    {"replay": np.zeros(3)}, {"snapshot": np.zeros(3, np.uint8)}, {"snapshot": np.zeros((3, 3))},
]  # fmt: skip


@pytest.mark.parametrize("change", ODD_ARRAYS, ids=lambda change: repr(change)[:60])
def test_odd_arrays(change, tmp_path):
    path = tmp_path / "x.npz"
    REPLAYS["id"]().save(path)
    rewrite(path, **change)
    with pytest.raises(ValueError, match="holds no replay") as caught:
        Replay.load(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("snapshot", [b"", b"nonsense", b"\xff" * 500])
def test_odd_snapshots(snapshot, tmp_path):
    path = tmp_path / "x.npz"
    snapshot_replay().save(path)
    rewrite(path, snapshot=np.frombuffer(snapshot, np.uint8))
    with pytest.raises(ValueError, match="holds no replay of Pendulum-v1 as it is here"):
        Replay.load(path)


def test_values_of_texts_and_their_number(tmp_path):
    path = tmp_path / "x.npz"
    labels_replay().save(path)
    columns = json.loads(str(np.load(path)["replay"]))["columns"]
    place = next(i for i, column in enumerate(columns) if "values" in column)
    for values in (None, 3, ["a"], ["a"] * 7):
        odd = [{"values": values} if i == place else column for i, column in enumerate(columns)]
        rewrite(path, {"columns": odd})
        with pytest.raises(ValueError, match="holds no replay of Labels-v0"):
            Replay.load(path)


ODD_POLICIES = [
    ("table", {"table": None}), ("table", {"epsilon": None}), ("table", {"epsilon": np.array(2.0)}),
    ("table", {"epsilon": np.array(np.nan)}), ("table", {"epsilon": np.array([0.1, 0.2])}), ("table",
    {"epsilon": np.array("0")}),
    ("table", {"epsilon": np.array([0.0])}), ("table", {"table": np.array(["1"])}), ("table",
    {"table": np.zeros(0, int)}),
    ("table", {"table": np.zeros((2, 2, 2))}), ("table", {"table": np.full((2, 2), np.nan)}), ("table",
    {"more": np.zeros(1)}),
    ("linear", {"head": np.array("nonsense")}), ("linear", {"head": np.array(b"argmax")}), ("linear",
    {"head": np.array(["argmax"])}),
    ("linear", {"activation": np.array(3)}), ("linear", {"activation": np.array("sin")}), ("linear",
    {"clip_actions": np.array("False")}),
    ("linear", {"clip_actions": np.array([True, False])}), ("linear", {"weights_0": None}), ("linear",
    {"bias_0": None}),
    ("linear", {"weights_0": np.full((2, 4), np.nan)}), ("linear", {"weights_0": np.full((2, 4), 1e300)}),
    ("linear", {"weights_0": np.array([["1", "2"]])}), ("linear", {"weights_0": np.ones(4)}), ("linear",
    {"weights_x": np.ones((2, 2))}),
    ("linear", {"weights_0": np.ones((2, 4)) * 1j}), ("linear", {"log_std": np.zeros(2)}), ("linear",
    {"bias_1": np.zeros(2)}),
    ("network", {"log_std": None}), ("network", {"weights_1": None, "bias_1": None}), ("network",
    {"bias_1": np.zeros((2, 1))}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "change"), ODD_POLICIES, ids=lambda value: repr(value)[:60])
def test_odd_policies(kind, change, tmp_path):
    path = tmp_path / "x.npz"
    POLICIES[kind]().save(path)
    arrays = dict(np.load(path)) | change
    np.savez(path, **{name: array for name, array in arrays.items() if array is not None})
    with pytest.raises(ValueError, match="holds no policy that Plyo saved") as caught:
        policies.load(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("load", [Replay.load, policies.load])
def test_files_of_other_kinds(load, tmp_path):
    path = tmp_path / "x.npz"
    buffer = io.BytesIO()
    np.save(buffer, np.zeros(3))
    pickled = io.BytesIO()
    np.savez(pickled, table=np.array([{"a": 1}]), epsilon=np.array(0.0), replay=np.array([print]))
    for data in (b"", b"text", buffer.getvalue(), pickled.getvalue(), b"PK\5\6" + bytes(18)):
        path.write_bytes(data)
        with pytest.raises(ValueError, match="holds no") as caught:
            load(path)
        assert str(path) in str(caught.value)
    for missing in (tmp_path / "none.npz", tmp_path):
        with pytest.raises(OSError):  # noqa: PT011 - the system's own text
            load(missing)


# Zip files that are more than they look.


def entry(array):
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def header_of(shape, dtype="<i8"):
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(buffer, {"descr": dtype, "fortran_order": False, "shape": shape})
    return buffer.getvalue()


def test_what_a_file_says_bounds_the_memory(tmp_path):
    """A table that declares a huge size, and one that unpacks to more than it declares."""
    path = tmp_path / "x.npz"
    for shape in ((10**12,), (2**62, 2**62), (-1,), (10**6, 10**6)):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("table.npy", header_of(shape))
            archive.writestr("epsilon.npy", entry(np.array(0.0)))
        with pytest.raises(ValueError, match="holds no policy"):
            policies.load(path)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("table.npy", header_of((16,)) + bytes(300_000_000))
        archive.writestr("epsilon.npy", entry(np.array(0.0)))
    data = bytearray(path.read_bytes())
    directory = data.rindex(b"PK\1\2", 0, data.rindex(b"PK\1\2"))
    data[directory + 24 : directory + 28] = (256).to_bytes(4, "little")  # the declared size
    path.write_bytes(data)
    tracemalloc.start()
    with pytest.raises(ValueError, match="holds no policy"):
        policies.load(path)
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    data[directory + 24 : directory + 28] = (2**32 - 2).to_bytes(4, "little")
    path.write_bytes(data)
    with pytest.raises(ValueError, match=r"unpacks to 4294967[0-9]* bytes; 1073741824 are the most"):
        policies.load(path)
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()


def test_zip_files_that_numpy_does_not_write(tmp_path):
    path = tmp_path / "x.npz"
    table, epsilon = entry(np.arange(3)), entry(np.array(0.0))
    for method in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        with zipfile.ZipFile(path, "w", method) as archive:
            archive.writestr("table.npy", table)
            archive.writestr("epsilon.npy", epsilon)
        with pytest.raises(ValueError, match="packed by method"):
            policies.load(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("table.npy", table)
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("table.npy", entry(np.arange(4)))
        archive.writestr("epsilon.npy", epsilon)
    with pytest.raises(ValueError, match="of different names"):
        policies.load(path)


BOMBS = {
    "many frames": [("FrameStackObservation", {"stack_size": 10**11})],
    "frames of frames": [("FrameStackObservation", {"stack_size": 2})] * 60,
    "long delay": [("DelayObservation", {"delay": 10**12})],
    "large pictures": [
        ("AddRenderObservation", {}),
        ("ResizeObservation", {"shape": {"__plyo__": "tuple", "value": [10**6, 10**6]}}),
    ],
    "bins": [("DiscretizeObservation", {"bins": 10**4}), ("FlattenObservation", {})],
    "many wrappers": [("FlattenObservation", {})] * 20_000,
}


@pytest.mark.parametrize("name", BOMBS)
def test_wrappers_that_would_take_all_memory_are_refused(name, tmp_path):
    path = tmp_path / "x.npz"
    Replay("MountainCar-v0", 7, [0]).save(path)
    spec = copy.deepcopy(plyo.spec("MountainCar-v0"))
    spec.kwargs = {"render_mode": "rgb_array"}
    spec.additional_wrappers = tuple(
        WrapperSpec(kind, f"plyo.wrappers.{plyo.wrappers._MODULE_OF[kind]}:{kind}", kwargs)
        for kind, kwargs in BOMBS[name]
    )
    rewrite(path, {"id": None, "spec": spec.to_json()})
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match="are the most") as caught:
            Replay.load(path)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000_000
    finally:
        tracemalloc.stop()
    assert str(path) in str(caught.value)


def test_usual_wrappers_are_not_too_large(tmp_path):
    path = tmp_path / "x.npz"
    env = plyo.make("CartPole-v1", render_mode="rgb_array")
    env = plyo.wrappers.ResizeObservation(plyo.wrappers.AddRenderObservation(env), (84, 84))
    env = plyo.wrappers.TimeLimit(plyo.wrappers.FrameStackObservation(env, 4), 10**6)
    env = plyo.wrappers.RescaleObservation(env, np.float32(0), np.float32(1))
    replay = Replay(env.spec, 7, [0, 1, 1])
    replay.save(path)
    assert Replay.load(path).episode_return == 3.0
