"""The base class of a user's MuJoCo environments: files written for Gymnasium run unchanged, with the same results."""

from __future__ import annotations

import copy
import gc
import inspect
import os
import pickle
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest

import plyo
from plyo.envs.mujoco import mujoco_env
from plyo.utils.env_checker import check_env

sys.path.insert(0, str(Path(__file__).parents[2] / "mujoco"))
from drawn_models import needs_opengl

FILE = Path(__file__).parent / "users_reacher.py"
SMALL = {"width": 48, "height": 32}


def load(package: str) -> types.ModuleType:
    """The user's file with the imports of a package."""
    module = types.ModuleType(f"users_reacher_{package}")
    sys.modules[module.__name__] = module  # for pickles
    exec(compile(FILE.read_text().replace("gymnasium", package), FILE, "exec"), vars(module))
    return module


OURS, THEIRS = load("plyo"), load("gymnasium")


def both(name: str, *args: Any, **kwargs: Any) -> tuple[Any, Any]:
    """A user's environment under Plyo and Gymnasium."""
    return tuple(getattr(module, name)(*args, **kwargs) for module in (OURS, THEIRS))


def bits(value: Any) -> Any:
    """A result by types and bits."""
    if isinstance(value, dict):
        return {key: bits(part) for key, part in value.items()}
    if isinstance(value, tuple):
        return tuple(bits(part) for part in value)
    return type(value), np.asarray(value).dtype, np.shape(value), np.asarray(value).tobytes()


def assert_same(envs: tuple[Any, Any], call: Any) -> Any:
    ours, theirs = (call(env) for env in envs)
    assert bits(ours) == bits(theirs)
    return ours


@pytest.mark.parametrize("name", ["UsersReacher", "HeavyReacher"])
def test_a_users_environment_has_gymnasiums_results(name: str) -> None:
    envs = both(name)
    assert isinstance(envs[0], plyo.Env)
    assert repr(envs[0].action_space) == repr(envs[1].action_space)
    assert repr(envs[0].observation_space) == repr(envs[1].observation_space)
    for seed in (0, 7, None):
        assert_same(envs, lambda env, seed=seed: env.reset(seed=seed))
        rng = np.random.default_rng(3)
        for _ in range(60):
            action = rng.uniform(-1.2, 1.2, 2).astype(np.float32)
            assert_same(envs, lambda env, action=action: env.step(action))
            assert_same(envs, lambda env: env.state_vector())
            assert_same(envs, lambda env: np.array(env.data.cfrc_ext))
    for member in (
        "dt",
        "frame_skip",
        "init_qpos",
        "init_qvel",
        "width",
        "height",
        "camera_id",
        "camera_name",
    ):
        assert_same(envs, lambda env, member=member: getattr(env, member))
    assert envs[0].fullpath == envs[1].fullpath
    assert envs[0].model.vis.global_.offwidth == envs[1].model.vis.global_.offwidth


def test_the_state_is_set_from_views_of_itself() -> None:
    envs = both("UsersReacher")
    for env in envs:
        env.reset(seed=1)
        env.set_state(env.data.qpos[::-1], env.data.qvel[::-1])
    assert_same(envs, lambda env: np.array(env.data.qpos))
    assert_same(envs, lambda env: env.get_body_com("fingertip"))
    assert np.shares_memory(envs[0].get_body_com("fingertip"), envs[0].data.xpos)


@pytest.mark.parametrize(
    ("name", "arguments", "call"),
    [
        ("Bare", {"model_path": "/nowhere/at/all.xml"}, None),
        ("Bare", {"model_path": "~/nowhere.xml"}, None),
        ("Bare", {"model_path": "./nowhere.xml"}, None),
        ("Bare", {"model_path": "nowhere.xml"}, None),
        ("Bare", {"camera_id": 0, "camera_name": "track"}, None),
        ("Hurried", {}, None),
        ("UsersReacher", {"frame_skip": 3}, None),
        ("UsersReacher", {}, lambda env: env.do_simulation([0.0], 1)),
        ("UsersReacher", {}, lambda env: env.step(np.zeros((2, 1)))),
        ("UsersReacher", {}, lambda env: env.step(0.5)),
        ("UsersReacher", {}, lambda env: env.get_body_com("tail")),
        ("UsersReacher", {}, lambda env: env.reset(seed=-1)),
        ("Bare", {}, lambda env: env.reset()),
        ("Bare", {}, lambda env: env.step(np.zeros(6))),
        ("Bare", {}, lambda env: env.reset_model()),
    ],
)
def test_errors_are_gymnasiums(name: str, arguments: dict[str, Any], call: Any) -> None:
    outcomes = []
    for module in (OURS, THEIRS):

        def make_and_call(module: Any = module) -> None:
            env = getattr(module, name)(**arguments)
            call(env)

        with pytest.raises(Exception) as caught:  # noqa: PT011 - what it says is compared
            make_and_call()
        outcomes.append((type(caught.value).__name__, str(caught.value)))
    assert outcomes[0] == outcomes[1]
    assert outcomes[0][0] not in ("TypeError", "NameError")


@pytest.mark.parametrize(("qpos", "qvel"), [(3, 4), (4, 5), ((4, 1), 4), (4, (1, 4))])
def test_states_of_another_shape_are_refused(qpos: Any, qvel: Any) -> None:
    envs = both("UsersReacher")
    for env in envs:
        env.reset(seed=0)
        before = env.state_vector()
        with pytest.raises(AssertionError):
            env.set_state(np.ones(qpos), np.ones(qvel))
        assert env.state_vector().tobytes() == before.tobytes()


def test_the_spaces_may_come_later() -> None:
    for env in both("Bare"):
        assert getattr(env, "observation_space", None) is None
        assert env.action_space.shape == (6,)
        assert env._get_reset_info() == {}
    assert OURS.SIZE == THEIRS.SIZE
    assert OURS.ENV is plyo.Env


def test_the_signature_is_gymnasiums() -> None:
    theirs = gymnasium.envs.mujoco.MujocoEnv
    ours = [(p.name, p.kind, p.default) for p in inspect.signature(mujoco_env.MujocoEnv).parameters.values()]
    assert ours == [(p.name, p.kind, p.default) for p in inspect.signature(theirs).parameters.values()]
    members = {name for name in vars(theirs) if not name.startswith("__")}
    assert members - {"_abc_impl"} <= set(dir(mujoco_env.MujocoEnv))


def test_copies_and_pickles_begin_anew() -> None:
    env = OURS.UsersReacher(reset_noise=0.2)
    for twin in (pickle.loads(pickle.dumps(env)), copy.deepcopy(env)):
        assert twin.data is not env.data
        assert bits(twin.reset(seed=4)) == bits(env.reset(seed=4))


@pytest.mark.filterwarnings("ignore:.*A Box observation space (minimum|maximum) value is -?infinity")
def test_made_by_name_checked_wrapped_and_in_batches() -> None:
    plyo.register("plyo_tests/UsersReacher-v0", OURS.UsersReacher, max_episode_steps=20)
    try:
        env = plyo.make("plyo_tests/UsersReacher-v0", reset_noise=0.05)
        check_env(env.unwrapped, skip_render_check=True)
        first = env.reset(seed=0)[0]
        assert [env.step(np.zeros(2, np.float32))[3] for _ in range(20)] == [False] * 19 + [True]
        for mode in ("sync", "async"):
            envs = plyo.make_vec("plyo_tests/UsersReacher-v0", 2, vectorization_mode=mode, reset_noise=0.05)
            observations, infos = envs.reset(seed=0)
            assert observations[0].tobytes() == first.tobytes()
            assert infos["goal"].shape == (2, 2)
            envs.close()
    finally:
        del plyo.registry["plyo_tests/UsersReacher-v0"]


def test_closing_is_always_allowed() -> None:
    env = OURS.Bare()
    env.close()
    env.close()
    OURS.Bare.__new__(OURS.Bare).close()  # as after a constructor that raised


@needs_opengl
@pytest.mark.parametrize("mode", ["rgb_array", "depth_array", "rgbd_tuple"])
def test_pictures_are_gymnasiums(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if not os.environ.get("MUJOCO_GL"):
        monkeypatch.setenv("MUJOCO_GL", "egl")
    ours, theirs = both("UsersReacher", render_mode=mode, **SMALL)
    for env in (ours, theirs):
        env.reset(seed=2)
        env.step(np.ones(2, np.float32))
    assert bits(ours.render()) == bits(theirs.render())
    ours.close()
    for viewer in theirs.mujoco_renderer._viewers.values():
        viewer.free()
    theirs.mujoco_renderer._viewers.clear()
    gc.collect()


def test_nothing_is_imported_before_it_is_needed() -> None:
    program = """if True:
        import sys
        import plyo
        assert "plyo.envs.mujoco.mujoco_env" not in sys.modules
        from plyo.envs.mujoco import MujocoEnv, MujocoRenderer
        import plyo.envs.mujoco.mujoco_env, plyo.envs.mujoco.mujoco_rendering
        assert plyo.envs.mujoco.mujoco_env.MujocoEnv is MujocoEnv
        assert plyo.envs.mujoco.mujoco_rendering.MujocoRenderer is MujocoRenderer
        assert {"MujocoEnv", "MujocoRenderer", "HalfCheetahEnv"} <= set(plyo.envs.mujoco.__all__)
        assert "mujoco" not in sys.modules
        from plyo.envs.mujoco import *
        assert AntEnv is plyo.envs.mujoco.ant_v5.AntEnv
    """
    subprocess.run([sys.executable, "-c", program], check=True)


def test_without_mujoco_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mujoco", None)
    with pytest.raises(plyo.error.DependencyNotInstalled, match="`pip install mujoco gymnasium`"):
        OURS.Bare()
