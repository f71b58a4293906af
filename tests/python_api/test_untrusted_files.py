"""Files from elsewhere: loading one runs no code, and imports nothing that is not registered."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest
from file_kinds import REPLAYS, Labels, rewrite

import plyo
from plyo import Replay


class Doubled(plyo.RewardWrapper, plyo.utils.RecordConstructorArgs):
    """A user's wrapper."""

    def __init__(self, env):
        plyo.utils.RecordConstructorArgs.__init__(self)
        plyo.RewardWrapper.__init__(self, env)

    def reward(self, reward):
        return 2 * reward


@pytest.fixture(autouse=True)
def registered():
    plyo.register("Labels-v0", entry_point=Labels, max_episode_steps=30)
    yield
    del plyo.registry["Labels-v0"]


@pytest.fixture
def trap(tmp_path, monkeypatch):
    """A module that records its import, and whose function records its calls."""
    marker = tmp_path / "sprung"
    (tmp_path / "trap_of_files.py").write_text(
        f"import enum, pathlib\nmarker = pathlib.Path({str(marker)!r})\nmarker.touch()\n"
        "def empty(*args, **kwargs): marker.touch()\nclass Kind(enum.Enum):\n    A = 1\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    yield marker
    sys.modules.pop("trap_of_files", None)


def spec_with(**change):
    spec = json.loads(plyo.spec("CartPole-v1").to_json()) | change
    return {"id": None, "spec": json.dumps(spec)}


def wrapper_with(entry_point, **kwargs):
    return spec_with(additional_wrappers=[{"name": "W", "entry_point": entry_point, "kwargs": kwargs}])


MARK = {"__plyo__": "enum", "value": {"class": "trap_of_files:Kind", "names": ["A"]}}
TRAPS = {
    "id": {"id": "trap_of_files:CartPole-v1"},
    "id in a namespace": {"id": "trap_of_files:x/CartPole-v1"},
    "entry point": spec_with(entry_point="trap_of_files:empty"),
    "vector entry point": spec_with(vector_entry_point="trap_of_files:empty"),
    "a vector entry point as entry point": spec_with(entry_point=plyo.spec("CartPole-v1").vector_entry_point),
    "importer": spec_with(
        entry_point="plyo.envs.registration:load_env_creator", kwargs={"name": "trap_of_files:empty"}
    ),
    "importer of the library": spec_with(entry_point="importlib:import_module", kwargs={"name": "trap_of_files"}),
    "make": spec_with(entry_point="plyo:make", kwargs={"id": "trap_of_files:CartPole-v1"}),
    "no entry point": spec_with(entry_point=None),
    "wrapper": wrapper_with("trap_of_files:empty"),
    "importing wrapper": wrapper_with(
        "plyo.wrappers.array_conversion:ArrayConversion", env_xp="trap_of_files", target_xp="numpy"
    ),
    "wrapper by another name": wrapper_with("plyo.wrappers:ArrayConversion", env_xp="trap_of_files", target_xp="numpy"),
    "recorder by another name": wrapper_with("plyo.wrappers:RecordVideo", video_folder="FOLDER"),
    "wrapper of batches": wrapper_with("plyo.wrappers.vector.rendering:RecordVideo", video_folder="FOLDER"),
    "function of a wrapper's module": wrapper_with(
        "plyo.wrappers.array_conversion:module_name_to_namespace", name="trap_of_files"
    ),
    "path without a class": wrapper_with("plyo.wrappers.common"),
    "enumeration": {"kwargs": {"sutton_barto_reward": MARK}},
    "enumeration in the options": {"options": {"low": MARK}},
    "enumeration in a spec": spec_with(kwargs={"x": MARK}),
}  # fmt: skip


@pytest.mark.parametrize("name", TRAPS)
def test_loading_runs_and_imports_nothing(name, trap, tmp_path):
    path, folder = tmp_path / "x.npz", tmp_path / "folder"
    Replay("CartPole-v1", 7, [0, 1, 1]).save(path)
    rewrite(path, json.loads(json.dumps(TRAPS[name]).replace("FOLDER", str(folder))))
    with pytest.raises(ValueError, match=r"is not trusted|holds no replay") as caught:
        Replay.load(path)
    assert str(path) in str(caught.value)
    assert not trap.exists()
    assert not folder.exists()
    assert "trap_of_files" not in sys.modules


def test_wrappers_that_look_on_are_left_out(tmp_path):
    folder, path = tmp_path / "videos", tmp_path / "x.npz"
    Replay("CartPole-v1", 7, [0, 1, 1]).save(path)
    rewrite(path, wrapper_with("plyo.wrappers.rendering:RecordVideo", video_folder=str(folder)))
    loaded = Replay.load(path)
    assert loaded.id.additional_wrappers == ()
    assert loaded.episode_return == 3.0
    assert not folder.exists()


def test_a_replay_beneath_a_recorder_with_functions_can_be_saved(tmp_path):
    env = plyo.make("CartPole-v1", render_mode="rgb_array")
    env = plyo.wrappers.RecordVideo(
        plyo.wrappers.RepeatAction(env, 2), str(tmp_path / "v"), episode_trigger=bool
    )
    Replay(env.spec, 7, [0, 1]).save(tmp_path / "x.npz")
    assert Replay.load(tmp_path / "x.npz").episode_return == 4.0


def test_registered_wrappers_are_trusted_and_others_need_the_word(tmp_path):
    path = tmp_path / "x.npz"
    spec = Doubled(plyo.make("CartPole-v1")).spec
    Replay(spec, 7, [0, 1, 1]).save(path)
    with pytest.raises(plyo.replay.UntrustedFile, match=r"Doubled. is neither registered.*trusted=True"):
        Replay.load(path)
    assert Replay.load(path, trusted=True).episode_return == 6.0
    plyo.register("Doubled-v0", "nowhere:Env", additional_wrappers=spec.additional_wrappers)
    try:
        assert Replay.load(path).episode_return == 6.0
    finally:
        del plyo.registry["Doubled-v0"]
    Replay("CartPole-v1", 7, [0]).save(path)
    rewrite(path, {"id": "json:CartPole-v1"})
    with pytest.raises(plyo.replay.UntrustedFile, match="would import a module"):
        Replay.load(path)
    assert Replay.load(path, trusted=True).episode_return == 1.0


def test_arguments_and_options_come_back_as_they_were(tmp_path):
    path = tmp_path / "x.npz"
    options = {"a": (1, 2), 3: np.float32(0.1), "c": np.arange(3)}
    Replay("Labels-v0", 2, [], options=options, scale=(3, (4, {5: 6}))).save(path)
    loaded = Replay.load(path)
    assert loaded.kwargs == {"scale": (3, (4, {5: 6}))}
    assert repr(loaded.options) == repr(options)


def test_files_of_the_first_format_are_read(tmp_path):
    path = tmp_path / "x.npz"
    REPLAYS["id"]().save(path)
    rewrite(path, {"format": 1, "kwargs": {"sutton_barto_reward": True}})
    assert Replay.load(path).kwargs == {"sutton_barto_reward": True}
