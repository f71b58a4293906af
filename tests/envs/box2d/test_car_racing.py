"""CarRacing beside Gymnasium's over pybox2d and pygame: tracks, car, pictures, rewards and ends."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pytest

import plyo

gymnasium = pytest.importorskip("gymnasium")
pytest.importorskip("Box2D")
pytest.importorskip("pygame")
os.environ.setdefault("SDL_VIDEODRIVER", "dummy")

#: Where the score is: the only pixels that may differ.
SCORE = (slice(87, 93), slice(0, 13))


def make_theirs(**kwargs: Any) -> Any:
    """Gymnasium's environment. Each is used for one episode only: it keeps its Box2D world."""
    return gymnasium.make("CarRacing-v3", **kwargs).unwrapped


def make_ours(**kwargs: Any) -> Any:
    return plyo.make("CarRacing-v3", math="reference", **kwargs).unwrapped


def differing_pixels(ours: Any, theirs: Any) -> int:
    differs = (ours != theirs).any(axis=2)
    differs[SCORE] = False
    return int(differs.sum())


def check_steps(ours: Any, theirs: Any, actions: Any, every: int = 1) -> None:
    """Both do the same from here on: pictures are compared every so many steps, all else in every step."""
    for i, action in enumerate(actions):
        picture, reward, terminated, truncated, info = ours.step(action)
        expected = theirs.step(action)
        assert (reward, terminated, truncated, info) == tuple(expected[1:]), i
        hull, body = ours.car.hull, theirs.car.hull
        assert tuple(hull.position) == tuple(body.position)
        assert hull.angle == body.angle
        if i % every == 0 or terminated:
            assert differing_pixels(picture, expected[0]) == 0, i
        if terminated:
            return


def random_actions(seed: int, count: int) -> Any:
    return np.random.default_rng(seed).uniform([-1, 0, 0], [1, 1, 0.3], (count, 3)).astype(np.float32)


@pytest.mark.parametrize("seed", [0, 1])
def test_continuous_episodes(seed: int) -> None:
    ours, theirs = make_ours(), make_theirs()
    picture, info = ours.reset(seed=seed)
    assert info == {}
    assert differing_pixels(picture, theirs.reset(seed=seed)[0]) == 0
    check_steps(ours, theirs, random_actions(seed, 80), every=4)


def test_discrete_episodes_with_drawn_colors() -> None:
    kwargs = {"continuous": False, "domain_randomize": True}
    ours, theirs = make_ours(**kwargs), make_theirs(**kwargs)
    assert ours.action_space.n == theirs.action_space.n == 5
    assert differing_pixels(ours.reset(seed=3)[0], theirs.reset(seed=3)[0]) == 0
    for name in ("road_color", "bg_color", "grass_color"):
        np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name))
    rng = np.random.default_rng(0)
    check_steps(ours, theirs, rng.integers(0, 5, 60).repeat(2)[:70], every=7)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4, 4 + int(os.environ.get("PLYO_SOAK_SEEDS", "2"))))
def test_long_episodes(seed: int) -> None:
    ours, theirs = make_ours(), make_theirs()
    assert differing_pixels(ours.reset(seed=seed)[0], theirs.reset(seed=seed)[0]) == 0
    check_steps(ours, theirs, random_actions(seed, 400), every=10)


def test_tracks() -> None:
    ours, theirs = make_ours(), make_theirs()
    for seed in range(30, 36):
        ours.reset(seed=seed)
        theirs._destroy()
        gymnasium.Env.reset(theirs, seed=seed)
        theirs.road_poly = []
        while not theirs._create_track():
            pass
        theirs.car = None
        assert ours.track == [tuple(map(float, point)) for point in theirs.track]
        assert sum(ours._engine.attribute("tile_numbers", 0)[2::3]) == len(theirs.road_poly) - len(
            theirs.road
        )
        theirs.road = None


def test_leaving_the_field_ends_the_episode() -> None:
    ours, theirs = make_ours(), make_theirs()
    ours.reset(seed=0)
    theirs.reset(seed=0)
    actions = np.tile(np.array([0, 0.5, 0], np.float32), (300, 1))
    check_steps(ours, theirs, actions, every=50)
    _, reward, terminated, _, info = ours.step(actions[0])
    assert (reward, terminated, info) == (-100, True, {"lap_finished": False})


def test_the_first_tile_ends_a_lap() -> None:
    ours, theirs = make_ours(lap_complete_percent=0.0), make_theirs(lap_complete_percent=0.0)
    ours.reset(seed=2)
    theirs.reset(seed=2)
    action = np.zeros(3, np.float32)
    result, expected = ours.step(action)[1:], theirs.step(action)[1:]
    assert result == tuple(expected)
    assert result[3] == {"lap_finished": True}


def test_batches_report_the_end_of_a_lap_of_their_lanes() -> None:
    envs = plyo.make_vec("CarRacing-v3", num_envs=3, autoreset_mode="same_step")
    envs.reset(seed=0)
    assert "lap_finished" not in envs.step(np.zeros((3, 3), np.float32))[4]
    ends = plyo.make_vec("CarRacing-v3", num_envs=3, lap_complete_percent=0.0)
    infos = ends.reset(seed=0)[1]
    assert infos == {}
    _, _, terminated, _, infos = ends.step(np.zeros((3, 3), np.float32))
    np.testing.assert_array_equal(infos["_lap_finished"], terminated)
    np.testing.assert_array_equal(infos["lap_finished"], terminated)
    assert infos["lap_finished"].dtype == bool


def test_attributes() -> None:
    ours, theirs = make_ours(), make_theirs()
    assert ours.car is None
    assert ours.road is None
    ours.reset(seed=5)
    theirs.reset(seed=5)
    for action in random_actions(5, 25):
        ours.step(action)
        theirs.step(action)
    for name in (
        "tile_visited_count",
        "t",
        "reward",
        "prev_reward",
        "new_lap",
        "continuous",
        "domain_randomize",
    ):
        assert getattr(ours, name) == getattr(theirs, name), name
    assert ours.start_alpha == theirs.start_alpha
    for wheel, expected in zip(ours.car.wheels, theirs.car.wheels, strict=True):
        for name in ("gas", "brake", "steer", "omega", "phase"):
            assert getattr(wheel, name) == getattr(expected, name), name
        assert wheel.num_tiles == len(expected.tiles)
        assert wheel.joint.angle == expected.joint.angle
    for tile, expected in zip(ours.road, theirs.road, strict=True):
        assert (tile.idx, tile.road_visited) == (expected.idx, expected.road_visited)
        np.testing.assert_array_equal(tile.color, expected.color)


def test_the_fast_style_differs_little() -> None:
    exact, fast = plyo.make("CarRacing-v3"), plyo.make("CarRacing-v3", style="fast")
    exact.reset(seed=1)
    fast.reset(seed=1)
    worst = 0.0
    for action in random_actions(1, 60):
        first, second = exact.step(action), fast.step(action)
        assert first[1:4] == second[1:4]
        difference = np.abs(first[0].astype(int) - second[0])
        worst = max(worst, difference.mean())
        assert not difference[84:].any()
    # levels
    assert 0 < worst < 0.3


def test_bad_styles() -> None:
    with pytest.raises(ValueError, match="style must be 'exact' or 'fast', not 'smooth'"):
        plyo.make("CarRacing-v3", style="smooth")


def test_colors_stay_if_asked_for() -> None:
    env = plyo.make("CarRacing-v3", domain_randomize=True).unwrapped
    env.reset(seed=0)
    colors = env.road_color, env.bg_color, env.grass_color
    env.reset(options={"randomize": False})
    for now, before in zip((env.road_color, env.bg_color, env.grass_color), colors, strict=True):
        np.testing.assert_array_equal(now, before)
    env.reset(options={"randomize": True})
    assert (env.road_color != colors[0]).any()
    # without an episode before, the stream of tracks is the same
    plain, kept = (
        plyo.make("CarRacing-v3").unwrapped,
        plyo.make("CarRacing-v3", domain_randomize=True).unwrapped,
    )
    plain.reset(seed=4)
    kept.reset(seed=4, options={"randomize": False})
    assert plain.track == kept.track
    assert (kept.road_color != plain.road_color).any()


def test_verbose_resets_print_the_length_of_the_track(capfd: pytest.CaptureFixture[str]) -> None:
    env = plyo.make("CarRacing-v3", verbose=True).unwrapped
    env.reset(seed=0)
    printed = capfd.readouterr().out.splitlines()[-1]
    assert printed.startswith("Track generation: ")
    assert printed.endswith(f"-> {len(env.track) + 1}-tiles track")


def test_the_render_mode_state_pixels_shows_the_observation() -> None:
    env = plyo.make("CarRacing-v3", render_mode="state_pixels")
    theirs = gymnasium.make("CarRacing-v3", render_mode="state_pixels")
    with pytest.raises(plyo.error.ResetNeeded):
        env.unwrapped.render()
    observation = env.reset(seed=0)[0]
    theirs.reset(seed=0)
    picture = env.render()
    assert (picture.dtype, picture.shape) == (np.uint8, (96, 96, 3))
    assert not np.shares_memory(picture, observation)
    np.testing.assert_array_equal(picture, observation)
    assert differing_pixels(picture, theirs.render()) == 0
    envs = plyo.make_vec(
        "CarRacing-v3", 2, vectorization_mode="vector_entry_point", render_mode="state_pixels"
    )
    with pytest.raises(plyo.error.ResetNeeded):
        envs.render()
    observations = envs.reset(seed=0)[0]
    pictures = envs.render()
    assert isinstance(pictures, tuple)
    np.testing.assert_array_equal(np.stack(pictures), observations)
    collected = plyo.make("CarRacing-v3", render_mode="state_pixels_list")
    first = collected.reset(seed=0)[0]
    second = collected.step(np.zeros(3, np.float32))[0]
    np.testing.assert_array_equal(np.stack(collected.render()), np.stack([first, second]))


def test_state_pixels_are_not_pictures_of_the_scene() -> None:
    env = plyo.make("CarRacing-v3", render_mode="state_pixels", observation="pixels")
    other = type(plyo.make("LunarLander-v3").unwrapped)(render_mode="state_pixels")
    for each in (env, other):
        each.reset(seed=0)
    with pytest.raises(NotImplementedError, match="observation='pixels'"):
        env.render()
    with pytest.raises(NotImplementedError, match="does not render 'state_pixels'"):
        other.render()


def test_batches_do_what_single_environments_do() -> None:
    envs = plyo.make_vec("CarRacing-v3", num_envs=5, num_threads=2)
    singles = [plyo.make("CarRacing-v3") for _ in range(5)]
    pictures = envs.reset(seed=9)[0]
    for lane, env in enumerate(singles):
        np.testing.assert_array_equal(env.reset(seed=9 + lane)[0], pictures[lane])
    for row in random_actions(9, 60).reshape(12, 5, 3):
        pictures, rewards, *_ = envs.step(row)
        for lane, env in enumerate(singles):
            picture, reward, *_ = env.step(row[lane])
            assert reward == rewards[lane]
            np.testing.assert_array_equal(picture, pictures[lane])


def test_snapshots_go_on_and_are_checked() -> None:
    envs = plyo.make_vec("CarRacing-v3", num_envs=2)
    envs.reset(seed=3)
    rows = random_actions(3, 40).reshape(20, 2, 3)
    for row in rows[:10]:
        envs.step(row)
    saved = envs.get_state()
    first = [envs.step(row) for row in rows[10:]]
    envs.set_state(saved)
    for row, expected in zip(rows[10:], first, strict=True):
        for a, b in zip(envs.step(row)[:4], expected[:4], strict=True):
            np.testing.assert_array_equal(a, b)
    before = envs.get_state()
    with pytest.raises(ValueError, match="state"):
        envs.set_state(saved[: len(saved) // 2] + b"\xff" * (len(saved) - len(saved) // 2))
    assert envs.get_state() == before


def test_mathematics_differ_little() -> None:
    exact, fast = make_ours(), plyo.make("CarRacing-v3").unwrapped
    first, second = exact.reset(seed=6)[0], fast.reset(seed=6)[0]
    np.testing.assert_allclose(exact.track, fast.track, atol=1e-9)
    for action in random_actions(6, 40):
        first, reward, *_ = exact.step(action)
        second, other, *_ = fast.step(action)
        assert abs(reward - other) < 1e-9
        assert (first != second).any(axis=2).mean() < 0.02
    np.testing.assert_allclose(exact.car.hull.position, fast.car.hull.position, atol=1e-3)
