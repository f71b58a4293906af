"""The errors and warnings of the vector wrappers, beside Gymnasium's, by type and text."""

from __future__ import annotations

import sys
from typing import Any

import gymnasium
import numpy as np
import pytest
from differential import outcome
from vector_helpers import HAS_ARRAY_API_COMPAT, assert_same, toys

import plyo


def agree(call: Any) -> Any:
    """Asserts that a call has the same outcome with either package; returns the outcome."""
    (ours, our_warnings), (theirs, their_warnings) = (
        outcome(lambda gym=gym: call(gym)) for gym in (plyo, gymnasium)
    )
    if theirs[0] == "raised":
        assert ours == theirs
    else:
        assert ours[0] == "returned", ours
    # Gymnasium's say some things twice
    assert list(dict.fromkeys(our_warnings)) == list(dict.fromkeys(their_warnings))
    return theirs, their_warnings


REFUSED: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("FilterObservation", {"observation": "box"}, {"filter_keys": ["a"]}),
    ("FilterObservation", {"observation": "dict"}, {"filter_keys": ["z", "a"]}),
    ("FilterObservation", {"observation": "dict"}, {"filter_keys": [0]}),
    ("FilterObservation", {"observation": "dict"}, {"filter_keys": []}),
    ("FilterObservation", {"observation": "dict"}, {"filter_keys": {"a"}}),
    ("FilterObservation", {"observation": "pair"}, {"filter_keys": [0, 0]}),
    ("FilterObservation", {"observation": "pair"}, {"filter_keys": [5]}),
    ("FilterObservation", {"observation": "pair"}, {"filter_keys": ["a"]}),
    ("GrayscaleObservation", {"observation": "dict"}, {}),
    ("GrayscaleObservation", {"observation": "box"}, {}),
    ("ResizeObservation", {"observation": "discrete"}, {"shape": (2, 2)}),
    ("ResizeObservation", {"observation": "box"}, {"shape": (2, 2)}),
    ("ResizeObservation", {"observation": "rgb"}, {"shape": 3}),
    ("ResizeObservation", {"observation": "rgb"}, {"shape": (3, 0)}),
    ("ReshapeObservation", {"observation": "bits"}, {"shape": (6,)}),
    ("ReshapeObservation", {"observation": "box64"}, {"shape": (5,)}),
    ("ReshapeObservation", {"observation": "box64"}, {"shape": 6}),
    ("RescaleObservation", {"observation": "digits"}, {"min_obs": 0, "max_obs": 1}),
    ("RescaleObservation", {"observation": "half"}, {"min_obs": 0, "max_obs": 1}),
    ("RescaleObservation", {"observation": "box"}, {"min_obs": 2, "max_obs": 1}),
    ("RescaleObservation", {"observation": "box"}, {"min_obs": "a", "max_obs": 1}),
    ("RescaleObservation", {"observation": "box"}, {"min_obs": np.zeros(2), "max_obs": 1}),
    ("DtypeObservation", {"observation": "dict"}, {"dtype": np.float64}),
    ("ClipAction", {"action": "discrete"}, {}),
    ("RescaleAction", {"action": "discrete"}, {"min_action": 0, "max_action": 1}),
    ("RescaleAction", {"action": "box"}, {"min_action": 1, "max_action": 1}),
    ("RescaleAction", {"action": "free"}, {"min_action": 0, "max_action": 1}),
    ("ClipReward", {}, {}),
    ("ClipReward", {}, {"min_reward": 2, "max_reward": 1}),
    ("NormalizeObservation", {}, {"epsilon": 0}),
    ("NormalizeReward", {}, {"epsilon": -1.0}),
    ("NormalizeReward", {}, {"gamma": 1.5}),
]


@pytest.mark.parametrize(("name", "spaces", "kwargs"), REFUSED)
def test_what_constructors_refuse(name: str, spaces: Any, kwargs: Any) -> None:
    theirs, _ = agree(lambda gym: getattr(gym.wrappers.vector, name)(toys(gym, **spaces), **kwargs))
    assert theirs[0] == "raised"


@pytest.mark.parametrize("observation", ["dict", "pair", "text"])
def test_observations_without_a_shape_are_not_normalised(observation: str) -> None:
    with pytest.raises(ValueError, match="requires the observation space to have a shape"):
        plyo.wrappers.vector.NormalizeObservation(toys(plyo, observation=observation))


NAMES = [
    *("ClipAction", "DictInfoToList", "FlattenObservation", "NormalizeObservation", "NormalizeReward"),
    "RecordEpisodeStatistics",
]


@pytest.mark.parametrize("name", [*NAMES, *(["ArrayConversion"] if HAS_ARRAY_API_COMPAT else [])])
def test_only_batches_are_wrapped(name: str) -> None:
    args = [np, np] if name == "ArrayConversion" else []

    class NoBatch:
        metadata: dict[str, Any] = {}  # noqa: RUF012

        def __repr__(self) -> str:
            return "NoBatch"

    theirs, _ = agree(lambda gym: getattr(gym.wrappers.vector, name)(NoBatch(), *args))
    assert theirs[0] == "raised"


@pytest.mark.parametrize("name", NAMES)
def test_a_batch_that_does_not_tell_its_mode(name: str) -> None:
    def wrap(gym: Any) -> Any:
        envs = toys(gym, action="box")
        del envs.metadata["autoreset_mode"]
        return getattr(gym.wrappers.vector, name)(envs)

    _, warnings = agree(wrap)
    assert bool(warnings) == (
        name in ("FlattenObservation", "NormalizeObservation", "RecordEpisodeStatistics")
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_batch_that_tells_its_mode_in_another_way(name: str) -> None:
    def wrap(gym: Any) -> Any:
        envs = toys(gym, action="box")
        envs.metadata["autoreset_mode"] = "NextStep"
        return getattr(gym.wrappers.vector, name)(envs)

    if name.endswith("Observation"):  # the text has the third mode too
        (ours, _), (theirs, _) = (outcome(lambda gym=gym: wrap(gym)) for gym in (plyo, gymnasium))
        assert ours[:2] == theirs[:2] == ("raised", "ValueError")
        assert ours[2] == theirs[2].replace("NEXT_STEP or", "NEXT_STEP, SAME_STEP or")
    else:
        agree(wrap)


@pytest.mark.parametrize("which", ["Observation", "Action"])
@pytest.mark.parametrize("given", ["batch", "both", "single"])
def test_spaces_that_do_not_fit(which: str, given: str) -> None:
    def wrap(gym: Any) -> Any:
        single, many = gym.spaces.Box(0.0, 9.0, (2,)), gym.spaces.Box(0.0, 9.0, (4, 3))
        name = f"{which.lower()}_space"
        kwargs: dict[str, Any] = {}
        if given != "single":
            kwargs[name] = many
        if given != "batch":
            kwargs[f"single_{name}"] = single
        wrapper = getattr(gym.wrappers.vector, f"Transform{which}")
        envs = wrapper(toys(gym, action="box"), lambda value: value, **kwargs)
        assert getattr(envs, name).shape == ((4, 2) if given == "single" else (4, 3))

    _, warnings = agree(wrap)
    assert bool(warnings) == (given != "single")


def test_the_key_of_statistics_is_taken() -> None:
    def run(gym: Any) -> Any:
        envs = gym.wrappers.vector.RecordEpisodeStatistics(toys(gym), stats_key="draw")
        envs.reset(seed=1)
        for _ in range(100):
            envs.step(np.zeros(4, int))

    theirs, _ = agree(run)
    assert theirs[1] == "ValueError"


def test_statistics_need_a_dictionary_of_infos() -> None:
    def run(gym: Any) -> Any:
        vector = gym.wrappers.vector
        envs = vector.RecordEpisodeStatistics(vector.DictInfoToList(toys(gym)))
        envs.reset(seed=1)
        envs.step(np.zeros(4, int))

    theirs, _ = agree(run)
    assert theirs[1] == "AssertionError"


@pytest.mark.parametrize("name", ["RecordEpisodeStatistics", "NormalizeReward", "NormalizeObservation"])
@pytest.mark.parametrize(
    "mask", [None, [True] * 4, np.ones(3, bool), np.ones(4), np.zeros(4, bool), np.ones((4, 1), bool)]
)
def test_masks_that_are_none(name: str, mask: Any) -> None:
    def run(gym: Any) -> Any:
        envs = toys(gym, "disabled")
        if not (gym is gymnasium and name == "NormalizeObservation"):  # whose words are others
            envs = getattr(gym.wrappers.vector, name)(envs)
        envs.reset(seed=1)
        envs.reset(options={"reset_mask": mask})

    theirs, _ = agree(run)
    assert theirs[0] == "raised"


def test_a_mask_that_is_none_changes_nothing() -> None:
    envs = plyo.wrappers.vector.RecordEpisodeStatistics(toys(plyo, "disabled"))
    envs.reset(seed=1)
    envs.step(np.zeros(4, int))
    with pytest.raises(ValueError, match="reset_mask"):
        envs.reset(options={"reset_mask": np.zeros(4, bool)})
    assert_same(envs.episode_lengths, np.ones(4, int))


def test_options_of_the_caller_stay() -> None:
    for name in ("RecordEpisodeStatistics", "NormalizeReward", "NormalizeObservation", "FlattenObservation"):
        envs = getattr(plyo.wrappers.vector, name)(toys(plyo, "disabled"))
        envs.reset(seed=1)
        mask = np.array([True, False, False, True])
        options = {"reset_mask": mask}
        envs.reset(options=options)
        assert options["reset_mask"] is mask
        assert_same(mask, np.array([True, False, False, True]))


def test_resizing_without_opencv(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cv2", None)
    theirs, _ = agree(lambda gym: gym.wrappers.vector.ResizeObservation(toys(gym, observation="rgb"), (2, 2)))
    assert theirs[1] == "DependencyNotInstalled"
