"""A compiled task does what every native task does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from compile_helpers import hash_steps, header

import plyo
from plyo.checks.env_type import check_is_env
from plyo.utils.env_checker import check_env


def test_is_a_native_task(env_id: str) -> None:
    assert env_id == "PointMass-v0"
    env = plyo.make(env_id)
    check_is_env(env)
    assert env.spec.max_episode_steps == 200
    assert env.spec.reward_threshold == -25.0
    assert env.observation_space == plyo.spaces.Box(-2, 2, (2,), np.float32)
    assert env.action_space == plyo.spaces.Discrete(3)
    assert plyo.envs.user.PointMassEnv is type(env.unwrapped)
    assert plyo.envs.user.point_mass.PointMassEnv is type(env.unwrapped)
    assert plyo.make_vec(env_id, 4).unwrapped._engine is not None


@pytest.mark.filterwarnings("ignore:.*render_mode.*:UserWarning")
def test_passes_the_environment_checker(env_id: str) -> None:
    check_env(plyo.make(env_id).unwrapped, skip_render_check=True)


def test_arguments_are_checked_by_the_struct(env_id: str) -> None:
    with pytest.raises(ValueError, match=r"mass \(-1\.?0?\) must be positive"):
        plyo.make(env_id, mass=-1.0)
    with pytest.raises(TypeError, match="weight"):
        plyo.make(env_id, weight=1.0)
    env = plyo.make(env_id)
    with pytest.raises(ValueError, match="low"):
        env.reset(seed=0, options={"low": 1.0, "high": 0.0})
    with pytest.raises(plyo.error.InvalidAction):
        env.reset(seed=0) and env.step(3)


def test_one_result_for_any_batch_and_thread(env_id: str) -> None:
    hashes = {hash_steps(env_id, 64, 250, math=math) for math in ("fast", "reference")}
    assert len(hashes) == 1  # it calls no function that differs
    envs = [plyo.make_vec(env_id, 2000, num_threads=threads) for threads in (1, 3)]
    rng = np.random.default_rng(0)
    for batch in envs:
        batch.reset(seed=1)
    for _ in range(30):
        action = rng.integers(0, 3, 2000)
        first, second = (batch.step(action) for batch in envs)
        assert all(np.array_equal(a, b) for a, b in zip(first[:4], second[:4], strict=True))


@pytest.mark.parametrize("mode", ["next_step", "same_step", "disabled"])
def test_autoreset(env_id: str, mode: str) -> None:
    envs = plyo.make_vec(env_id, 5, autoreset_mode=mode, max_episode_steps=3)
    envs.reset(seed=0)
    for t in range(3):
        _, _, _, truncated, info = envs.step(np.ones(5, np.int64))
        assert truncated.all() == (t == 2)
    assert ("final_obs" in info) == (mode == "same_step")
    if mode == "disabled":
        envs.reset(options={"reset_mask": np.ones(5, bool)})
    *_, truncated, _ = envs.step(np.ones(5, np.int64))
    assert not truncated.any()


def test_snapshots_and_forks(env_id: str) -> None:
    envs = plyo.make_vec(env_id, 6)
    envs.reset(seed=3)
    state = envs.get_state()
    action = np.full(6, 2)
    first = [envs.step(action)[0] for _ in range(4)]
    envs.set_state(state)
    assert all(np.array_equal(envs.step(action)[0], observation) for observation in first)


def test_rollouts_and_parameters_of_lanes(env_id: str) -> None:
    envs = plyo.make_vec(env_id, 8, params={"mass": np.linspace(1.0, 3.0, 8)})
    envs.reset(seed=np.zeros(8, int).tolist())
    trajectory = envs.rollout(lambda observations: np.full(8, 2), 5)
    assert trajectory.observations.shape[-1] == 2
    speed = envs.step(np.full(8, 2))[0][:, 1]
    assert (np.diff(speed) < 0).all()  # a heavier mass is slower


def test_pictures(env_id: str) -> None:
    env = plyo.make(env_id, render_mode="rgb_array")
    env.reset(seed=0)
    picture = env.render()
    assert picture.shape == (60, 440, 3)
    assert (picture == [68, 114, 196]).all(axis=-1).any()
    assert "<svg" in env.unwrapped._repr_html_()
    pixels = plyo.make_vec(env_id, 3, observation="pixels")
    assert pixels.reset(seed=0)[0].shape == (3, 4, 84, 84)


@pytest.mark.slow  # compiles more tasks
def test_pixels_are_those_of_a_built_in_scene(folder: Path) -> None:
    """CartPole and its scene, compiled as a user's, draw the same picture."""
    cpp = Path(plyo.get_include())
    if not (cpp / "envs").is_dir():
        pytest.skip("the wheel has no built-in task's source")
    text = (cpp / "envs/classic_control/cart_pole.hpp").read_text().replace("../../core", "core")
    drawn = (cpp / "scenes/classic_control/cart_pole.hpp").read_text()
    text = (
        text.replace('"CartPole-', '"OwnCartPole-')
        .replace("CartPole", "OwnPole")
        .replace("OwnOwnPole", "OwnCart")
    )
    drawn = drawn.replace("envs/classic_control/cart_pole.hpp", "own_pole.hpp").replace("CartPole", "OwnPole")
    (folder / "own_pole.hpp").write_text(text)
    (folder / "own_pole_scene.hpp").write_text(drawn)
    own_id = plyo.compile(folder / "own_pole.hpp")[-1]
    assert hash_steps(own_id) == hash_steps("CartPole-v1")
    for style in ("gym", "smooth"):
        envs = [plyo.make(e, render_mode="rgb_array", render_style=style) for e in (own_id, "CartPole-v1")]
        for env in envs:
            env.reset(seed=4)
            env.step(1)
        assert np.array_equal(envs[0].render(), envs[1].render())
        assert envs[0].unwrapped._repr_html_().count("<path") == envs[1].unwrapped._repr_html_().count(
            "<path"
        )


@pytest.mark.slow  # compiles more tasks
def test_several_structs_of_one_text() -> None:
    text = header("First") + header("Second").partition("#include <plyo/environment.hpp>")[2]
    assert plyo.compile(text) == ["First-v0", "Second-v0"]
    assert plyo.compile(text, name="Second") == ["Second-v0"]
    assert plyo.make("First-v0").reset(seed=0)[0].shape == (2,)
    with pytest.raises(plyo.error.CompileError, match="it has First, Second"):
        plyo.compile(text, name="Third")


def test_built_in_names_stay() -> None:
    with pytest.raises(ValueError, match="belongs to the task CartPole already"):
        plyo.compile(header("Usurper", ("Usurper-v0", "CartPole-v1")))
    assert plyo.spec("CartPole-v1").entry_point == "plyo.envs.classic_control.cartpole:CartPoleEnv"


def test_an_edit_makes_new_batches_new_and_leaves_old_ones(tmp_path: Path) -> None:
    path = tmp_path / "edited.hpp"
    path.write_text(header("Edited"))
    (env_id,) = plyo.compile(path)
    old = plyo.make_vec(env_id, 2)
    path.write_text(header("Edited", ("double force = 1.0", "double force = 2.0")))
    assert plyo.compile(path) == [env_id]  # without a warning: the same file
    new = plyo.make_vec(env_id, 2)
    speeds = []
    for batch in (old, new):
        batch.reset(seed=0)
        speeds.append(batch.step(np.full(2, 2))[0][0, 1])
    assert speeds == pytest.approx([0.1, 0.2])
    with pytest.raises(ValueError, match="state is one of another version of Edited: the text"):
        new.set_state(old.get_state())
    with pytest.warns(UserWarning, match="Overriding environment Edited-v0"):
        plyo.compile(header("Edited"))  # the same id from elsewhere


def test_debug_names_the_line_of_a_fault() -> None:
    faulty = header(
        "Faulty",
        (
            "const double acceleration = (action - 1)",
            "constexpr int table[4]{-1, 0, 1, 2};\n    const double acceleration =\n"
            "        table[action + static_cast<int>(params.mass) / 3]",
        ),
    )
    line = next(i for i, text in enumerate(faulty.splitlines(), 1) if "table[action" in text)
    (env_id,) = plyo.compile(faulty, debug=True)
    env = plyo.make(env_id)
    env.reset(seed=0)
    assert env.step(2)[1] == -1.0
    right, wrong = np.ones(3, np.int64), np.full(3, 2)
    single, batch = plyo.make(env_id, mass=7.0), plyo.make_vec(env_id, 3, mass=7.0)
    for made, good, bad in ((single, 1, 2), (batch, right, wrong)):
        made.reset(seed=0)
        with pytest.raises(RuntimeError, match=rf"faulty\.hpp:{line}:\d+: an index is outside its array: 4"):
            made.step(bad)
        made.reset(seed=0)
        made.step(good)


def test_messages_show_the_name_without_the_digest(env_id: str) -> None:
    env, envs = plyo.make(env_id), plyo.make_vec(env_id, 3)
    env.reset(seed=0)
    envs.reset(seed=0)
    other = plyo.make_vec("CartPole-v1", 3)
    other.reset(seed=0)
    wrong = {
        "PointMass: its keyword arguments are": lambda: plyo.make(env_id, mas=1.0),
        "PointMass: the keyword argument 'mass'": lambda: plyo.make_vec(env_id, 2, mass="x"),
        "PointMass has no parameter 'mas'": lambda: envs.set_params({"mas": 1.0}),
        "PointMass: the parameter 'mass'": lambda: envs.set_params({"mass": [1.0, 2.0]}),
        "the options of PointMass are": lambda: env.reset(options={"hi": 1.0}),
        "one of CartPole, this batch is of PointMass": lambda: envs.set_state(other.get_state()),
        "one of PointMass, this batch is of CartPole": lambda: other.set_state(envs.get_state()),
    }
    for text, call in wrong.items():
        with pytest.raises((TypeError, ValueError), match=text) as told:
            call()
        assert "@" not in str(told.value)


def test_values_for_each_environment_are_no_keyword_arguments(env_id: str) -> None:
    both = r"make_vec\(\.\.\., params=\{'mass': \[\.\.\.\]\}\), or envs.set_params\(\{'mass': \[\.\.\.\]\}\) later"
    for several in ([1.0, 2.0, 3.0], (1.0, 2.0, 3.0), np.ones(3)):
        with pytest.raises(TypeError, match=both):
            plyo.make_vec(env_id, 3, mass=several)
        assert plyo.make_vec(env_id, 3, params={"mass": several}).get_params()["mass"].shape == (3,)
    with pytest.raises(TypeError) as told:
        plyo.make_vec(env_id, 3, mass="light")
    assert "set_params" not in str(told.value)
