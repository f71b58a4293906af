"""What trajectories, replays and solutions show in notebooks: small, well-formed, true."""

from __future__ import annotations

import base64
import re
import struct
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

import plyo
from plyo import tabular
from plyo.basics.notebook_parts import heat_map
from plyo.replay import notebook


def parsed(html: str) -> Any:
    """The elements of a representation, which has to be well-formed."""
    return ElementTree.fromstring(html.replace("<br>", "<br/>"))


def words(html: str) -> str:
    return " ".join(parsed(html).itertext())


def test_a_trajectory_lists_what_it_has() -> None:
    envs = plyo.make_vec("CartPole-v1", 8)
    envs.reset(seed=0)
    trajectory = envs.rollout(
        plyo.policies.Random(seed=0), 50, record=["rewards", "observations", "episodes"]
    )
    assert repr(trajectory).startswith(
        "Trajectory(observations: (50, 8, 4) float32, rewards: (50, 8) float64"
    )
    rows = [[cell.text for cell in row] for row in parsed(trajectory._repr_html_()).iter("tr")]
    assert rows[:2] == [["field", "shape", "type"], ["observations", "(50, 8, 4)", "float32"]]
    assert len(rows) == 7
    assert f"mean return {trajectory.episode_returns.mean():.4g}" in words(trajectory._repr_html_())


def test_the_parts_of_a_trajectory_have_rows() -> None:
    parts = plyo.Trajectory(observations={"<a>": np.zeros((2, 1, 3))}, actions=(np.zeros((2, 1), int),))  # type: ignore[arg-type] # of Dict and Tuple spaces
    assert repr(parts) == "Trajectory(observations['<a>']: (2, 1, 3) float64, actions[0]: (2, 1) int64)"
    assert "observations['<a>']" in words(parts._repr_html_())
    assert repr(plyo.Trajectory()) == "Trajectory()"
    assert words(plyo.Trajectory()._repr_html_()).split() == ["Trajectory", "field", "shape", "type"]


def frames_of(html: str) -> int:
    """The frames of the animated PNG in a representation."""
    data = base64.b64decode(re.findall(r"base64,([^\"]+)\"", html)[0])
    assert data.startswith(b"\x89PNG")
    at = data.index(b"acTL")
    return int(struct.unpack(">I", data[at + 4 : at + 8])[0])


def test_a_replay_is_a_film(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notebook, "_SECONDS", 60.0)  # on a busy machine too
    replay = plyo.Replay("CartPole-v1", 0, [0, 1] * 10)
    html = replay._repr_html_()
    assert html is not None
    assert frames_of(html) == 21
    assert len(html) < 100_000
    assert "Replay(CartPole-v1, seed=0, 20 steps, return=20)" in words(html)


def test_a_long_replay_has_fewer_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notebook, "_SECONDS", 60.0)  # on a busy machine too
    html = plyo.Replay("Pendulum-v1", 0, np.zeros((150, 1), np.float32))._repr_html_()
    assert html is not None
    assert frames_of(html) == 76
    assert "one picture for 2 steps" in words(html)
    assert "ends at" not in words(html)


def test_a_film_that_takes_too_long_says_where_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notebook, "_SECONDS", 0.0)
    html = plyo.Replay("CartPole-v1", 0, [0, 1] * 10)._repr_html_()
    assert html is not None
    assert frames_of(html) == 1
    assert "the film ends at step 0" in words(html)


def test_a_replay_that_cannot_be_simulated_says_why() -> None:
    html = plyo.Replay("CartPole-v1", 0, [0] * 100)._repr_html_()
    assert html is not None
    assert "cannot be shown: the episode of CartPole-v1 is over after" in words(html)
    assert "<img" not in html


def test_tasks_without_native_pictures_have_no_film(monkeypatch: pytest.MonkeyPatch) -> None:
    class Plain(plyo.Env[int, int]):
        observation_space = action_space = plyo.spaces.Discrete(2)

    monkeypatch.setitem(
        plyo.registry, "tests/Plain-v0", plyo.envs.registration.EnvSpec("tests/Plain-v0", Plain)
    )
    assert plyo.Replay("tests/Plain-v0", 0, [0])._repr_html_() is None


@pytest.mark.parametrize(("task_id", "grid"), [("FrozenLake-v1", (4, 4)), ("CliffWalking-v1", (4, 12))])
def test_a_solution_is_a_map(task_id: str, grid: tuple[int, int]) -> None:
    env = plyo.make(task_id)
    for source in (env, plyo.make_vec(task_id, 2), plyo.make_vec(task_id, 2, vectorization_mode="sync")):
        assert tabular.transitions(source).grid == grid
    model = tabular.transitions(env)
    solution = tabular.value_iteration(model)
    for html in (solution._repr_html_(), tabular.finite_horizon(model, 20)._repr_html_()):
        rows = [list(row) for row in parsed(html).iter("tr")]
        assert (len(rows), len(rows[0])) == grid
    first = next(parsed(solution._repr_html_()).iter("td"))
    assert first.get("title") == f"state 0: value {solution.values[0]:.6g}, action {solution.policy[0]}"
    assert list(first.itertext()) == [f"{solution.values[0]:.3g}", str(solution.policy[0])]


def test_states_without_a_grid_stand_in_rows() -> None:
    model = tabular.transitions(plyo.make("Taxi-v4"))
    assert model.grid is None
    html = tabular.value_iteration(model)._repr_html_()
    assert len(list(parsed(html).iter("tr"))) == 20
    assert len(html) < 100_000


def test_very_many_states_have_only_their_range() -> None:
    values = np.arange(2000.0)
    solution = tabular.Solution(values, values[:, None], np.zeros(2000, np.int64), 1)
    assert "2000 states, values from 0 to 1999" in words(solution._repr_html_())
    assert "<td" not in solution._repr_html_()


def test_a_grid_has_as_many_cells_as_there_are_states() -> None:
    one = np.ones((6, 1, 1))
    arrays = (one, one.astype(int), one, one == 0)
    assert tabular.TransitionModel(*arrays, grid=(2, 3)).grid == (2, 3)
    with pytest.raises(ValueError, match=r"a grid of 6 states has as many cells, got \(2, 2\)"):
        tabular.TransitionModel(*arrays, grid=(2, 2))


@pytest.mark.parametrize(
    "values", [[1.0, np.nan, np.inf], [np.nan], [-1e308, 1e308], [2.0, 2.0], [5e-324, 0.0]]
)
def test_colours_of_any_numbers(values: list[float]) -> None:
    html = heat_map(np.array(values), 2, ["a 1"] * len(values))
    colours = re.findall(r"background:(rgb\((\d+),(\d+),(\d+)\)|#ddd)", html)
    assert len(colours) == len(values)
    assert [c[0] == "#ddd" for c in colours] == [not np.isfinite(v) for v in values]
    assert all(0 <= int(n) <= 255 for c in colours if c[1] for n in c[1:])
