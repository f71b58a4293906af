"""What the MuJoCo tasks refuse, with Gymnasium's texts, and what they let pass as Gymnasium does."""

from __future__ import annotations

import copy
import importlib
import pickle
import re
import warnings
from pathlib import Path
from typing import Any

import gymnasium
import mujoco
import numpy as np
import pytest
from identical import assert_identical
from mujoco_cases import IDS, TASKS, Case
from mujoco_parity import actions_of, assert_same_episodes, make_batches, make_pair

import plyo


def refusal(call: Any) -> tuple[str, str, list[str]]:
    """The name and the text of an error, and the warnings before it, without the packages' names."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with pytest.raises(Exception) as error:  # noqa: PT011  any error: its type and text are compared
            call()
    return type(error.value).__name__, _neutral(error.value), [_neutral(w.message) for w in caught]


def _neutral(text: object) -> str:
    """A text with one name for both packages; that of the project with the old tasks stays."""
    kept = str(text).replace("gymnasium-robotics", "*").replace("Gymnasium-Robotics", "**")
    return kept.replace("gymnasium", "plyo").replace("Gymnasium", "Plyo")


@pytest.fixture(autouse=True, scope="module")
def gymnasiums_own_ids():
    """Gymnasium-Robotics, where another test has imported it, has put ids of its own in their place."""
    registry = gymnasium.registry
    before = dict(registry)
    registry.clear()
    importlib.reload(gymnasium.envs)
    yield
    registry.clear()
    registry.update(before)


OLD = [f"{task}-{version}" for task in TASKS for version in ("v0", "v1", "v2", "v3", "v6", "v17")]


@pytest.mark.parametrize("task_id", [*OLD, "Pusher-v4"])
def test_versions_that_are_not_there(task_id):
    assert refusal(lambda: plyo.make(task_id)) == refusal(lambda: gymnasium.make(task_id))


@pytest.mark.parametrize("task_id", [*OLD, "Pusher-v4"])
def test_batches_of_versions_that_are_not_there(task_id):
    ours = refusal(lambda: plyo.make_vec(task_id, 2))
    assert ours == refusal(lambda: gymnasium.make_vec(task_id, 2, vectorization_mode="sync"))


@pytest.mark.parametrize("task", TASKS)
def test_latest_version_without_one(task):
    with warnings.catch_warnings(record=True) as ours:
        warnings.simplefilter("always")
        assert plyo.make(task).spec.id == f"{task}-v5"
    with warnings.catch_warnings(record=True) as theirs:
        warnings.simplefilter("always")
        gymnasium.make(task, disable_env_checker=True)
    assert [_neutral(w.message) for w in ours] == [_neutral(w.message) for w in theirs]


@pytest.mark.parametrize("task_id", [task_id for task_id in IDS if task_id.endswith("v4")])
def test_old_versions_warn(task_id):
    texts = []
    for gym in (plyo, gymnasium):
        with pytest.warns(DeprecationWarning, match="out of date") as caught:
            gym.make(task_id)
        texts.append([_neutral(w.message) for w in caught])
    assert texts[0] == texts[1]


@pytest.mark.parametrize("path", ["nope.xml", "/nope.xml", "~/nope.xml", "./nope.xml"])
def test_files_that_are_not_there(path):
    ours, theirs = (refusal(lambda gym=gym: gym.make("Ant-v5", xml_file=path)) for gym in (plyo, gymnasium))
    assert ours == theirs
    assert ours[0] == "OSError"


def test_files_that_are_no_models(tmp_path):
    path = tmp_path / "broken.xml"
    path.write_text("<mujoco><worldbody><body></worldbody></mujoco>", encoding="utf-8")
    ours, theirs = (
        refusal(lambda gym=gym: gym.make("Ant-v5", xml_file=str(path))) for gym in (plyo, gymnasium)
    )
    assert ours[:2] == theirs[:2]


def pusher_that_sleeps(folder):
    """Gymnasium's model of Pusher, whose bodies may sleep."""
    text = (Path(gymnasium.__file__).parent / "envs/mujoco/assets/pusher_v5.xml").read_text()
    changed = re.sub(r"<option ([^>]*)/>", r'<option \1><flag sleep="enable"/></option>', text)
    assert changed != text
    path = folder / "pusher.xml"
    path.write_text(changed)
    return str(path)


@pytest.mark.skipif(not hasattr(mujoco.mjtEnableBit, "mjENBL_SLEEP"), reason="this MuJoCo knows no sleep")
def test_models_whose_bodies_may_sleep(tmp_path):
    path = pusher_that_sleeps(tmp_path)
    for make in (plyo.make, lambda *args, **kwargs: plyo.make_vec(*args, 2, **kwargs)):
        with pytest.raises(ValueError, match=r"may sleep .*plyo\.from_gymnasium"):
            make("Pusher-v5", xml_file=path)
    wrapped = plyo.from_gymnasium(gymnasium.make("Pusher-v5", xml_file=path))
    theirs = gymnasium.make("Pusher-v5", xml_file=path)
    assert_identical(wrapped.reset(seed=0), theirs.reset(seed=0))
    assert_identical(wrapped.step(np.zeros(7, np.float32)), theirs.step(np.zeros(7, np.float32)))


@pytest.mark.filterwarnings("ignore:.*out of date:DeprecationWarning")
@pytest.mark.parametrize(
    ("task_id", "kwargs"),
    [
        ("HalfCheetah-v4", {"xml_file": "ant.xml"}),
        ("HalfCheetah-v4", {"frame_skip": 2}),
        ("HalfCheetah-v5", {"healthy_reward": 1.0}),
        ("Ant-v4", {"main_body": 1}),
        ("InvertedPendulum-v4", {"reset_noise_scale": 0.1}),
        ("Humanoid-v5", {"nonsense": 1}),
    ],
)
def test_arguments_that_a_version_does_not_have(task_id, kwargs):
    for gym in (plyo, gymnasium):
        with pytest.raises(TypeError, match=next(iter(kwargs))):
            gym.make(task_id, **kwargs)


def test_two_cameras():
    call = {"camera_id": 0, "camera_name": "track", "render_mode": "rgb_array"}
    ours, theirs = (refusal(lambda gym=gym: gym.make("Ant-v5", **call)) for gym in (plyo, gymnasium))
    assert ours == theirs


@pytest.mark.parametrize("scale", [-0.1, float("nan"), float("inf")])
def test_noise_that_cannot_be_drawn(scale):
    # Gymnasium raises at the first reset; Plyo may do so when the environment is made
    # Plyo refuses NaN, which is no number
    with pytest.raises((TypeError, ValueError, OverflowError)):
        plyo.make("HalfCheetah-v5", reset_noise_scale=scale).reset(seed=0)


@pytest.mark.parametrize("task_id", IDS)
@pytest.mark.parametrize("shape", [(), (40,), (1, 1)])
def test_actions_of_other_shapes(task_id, shape):
    ours, theirs = make_pair(task_id)
    for env in (ours, theirs):
        env.reset(seed=0)
        env.step(actions_of(env.action_space, 1, 0)[0])
        with pytest.raises(ValueError, match=r"shape|dimension mismatch"):
            env.step(np.zeros(shape, np.float32))
    # nothing has changed
    for t, action in enumerate(actions_of(theirs.action_space, 5, 1)):
        assert_identical(ours.step(action), theirs.step(action), t, Case(task_id).ulps)


@pytest.mark.parametrize("task_id", IDS)
def test_actions_far_beyond_the_bounds(task_id):
    ours, theirs = make_pair(task_id)
    tape = actions_of(theirs.action_space, 12, 0) * np.float32(1e30)
    tape[::3] *= 0
    with np.errstate(all="ignore"):
        assert_identical(ours.reset(seed=5), theirs.reset(seed=5))
        for t, action in enumerate(tape):
            assert_identical(ours.step(action), theirs.step(action), t, Case(task_id).ulps)


@pytest.mark.parametrize("task_id", IDS)
@pytest.mark.parametrize("velocity", [1e5, 1e12, float("inf"), float("nan")])
def test_states_that_diverge(task_id, velocity):
    """MuJoCo starts again from `qpos0` within the step; the environment shows an ordinary transition."""
    ours, theirs = make_pair(task_id)
    assert_identical(ours.reset(seed=5), theirs.reset(seed=5))
    with np.errstate(all="ignore"):
        for env in (ours, theirs):
            body = env.unwrapped
            body.set_state(body.init_qpos.copy(), np.full(body.model.nv, velocity))
        for t, action in enumerate(actions_of(theirs.action_space, 6, 0)):
            result = theirs.step(action)
            assert_identical(ours.step(action), result, (velocity, t), Case(task_id).ulps)
    assert_same_episodes(ours, theirs, 1, 30, Case(task_id).ulps)


@pytest.mark.filterwarnings("ignore:.*The reward is an inf value")
@pytest.mark.parametrize("task_id", ["HalfCheetah-v5", "Humanoid-v5", "Ant-v4", "Reacher-v5"])
def test_batches_of_states_that_diverge(task_id):
    ours, theirs = make_batches(task_id, 4, "next_step")
    assert_identical(ours.reset(seed=2), theirs.reset(seed=2), "reset")
    space = theirs.single_action_space
    with np.errstate(all="ignore"):
        for t in range(12):
            actions = np.stack([actions_of(space, 12, lane)[t] for lane in range(4)])
            actions[1] = 3e38 if t % 2 else -3e38
            assert_identical(ours.step(actions), theirs.step(actions), t, Case(task_id).ulps)


@pytest.mark.parametrize("task_id", IDS)
@pytest.mark.parametrize(
    "clone", [copy.deepcopy, lambda env: pickle.loads(pickle.dumps(env))], ids=["copy", "pickle"]
)
def test_copies_go_on_alike(task_id, clone):
    """Gymnasium's copies are new environments with the same arguments; Plyo's have the state as well."""
    kwargs = {"max_episode_steps": 31}
    if task_id == "InvertedPendulum-v5":
        kwargs["reset_noise_scale"] = 0.05  # which Gymnasium's pickles lose
    original, _ = make_pair(task_id, **kwargs)
    original.reset(seed=9)
    tape = actions_of(original.action_space, 20, 0)
    for action in tape[:4]:
        original.step(action)
    copied = clone(original)
    for t, action in enumerate(tape[4:]):
        assert_identical(copied.step(action), original.step(action), t)
    assert_identical(copied.reset(), original.reset(), "reset")


@pytest.mark.parametrize("task", sorted({task_id[:-3] for task_id in IDS}))
def test_models_that_are_too_small(task, tmp_path):
    """Where Gymnasium raises an IndexError in the middle of a step, or reads another number."""
    path = tmp_path / "small.xml"
    bodies = "".join(f'<body name="{name}"/>' for name in ("torso", "fingertip", "target"))
    bodies += "".join(f'<body name="{name}"/>' for name in ("object", "tips_arm", "goal"))
    path.write_text(f"<mujoco><worldbody>{bodies}</worldbody></mujoco>", encoding="utf-8")
    for make in (plyo.make, plyo.make_vec):
        with pytest.raises(
            ValueError, match=r"the model has 0 positions \(nq\), this task needs at least \d"
        ):
            make(f"{task}-v5", xml_file=str(path))


def test_snapshots_of_other_versions_of_mujoco():
    env = plyo.make("Hopper-v5").unwrapped
    env.reset(seed=0)
    state = env.get_state()
    version = np.float64(mujoco.mj_version()).tobytes()
    assert state.count(version) == 1
    with pytest.raises(ValueError, match=r"the state is of MuJoCo 3003000 .* the installed one is"):
        env.set_state(state.replace(version, np.float64(3003000).tobytes()))
    assert env.get_state() == state


def test_what_decides_the_spaces_is_named_alone():
    envs = plyo.make_vec("Ant-v5", 2)
    with pytest.raises(
        ValueError, match="the parameter 'include_cfrc_ext_in_observation' decides the spaces"
    ):
        envs.set_params({"include_cfrc_ext_in_observation": False})
