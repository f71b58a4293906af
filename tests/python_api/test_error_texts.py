"""The errors of usual mistakes: the same types and texts as Gymnasium's, except the product's name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gymnasium
import gymnasium.utils.env_checker
import numpy as np
import pytest
from differential import assert_same, outcome

import plyo
import plyo.utils.env_checker

MISTAKES: dict[str, Callable[[Any], Any]] = {}


def mistake(call: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Adds a mistake to the collection."""
    MISTAKES[call.__name__] = call
    return call


def mistakes(**calls: Callable[[Any], Any]) -> None:
    """Adds short ones."""
    MISTAKES.update(calls)


def counter(gym: Any) -> type:
    """An environment in Python whose argument chooses its behaviour."""

    class Counter(gym.Env):
        metadata = {"render_modes": ["ansi"], "render_fps": 4}  # noqa: RUF012

        def __init__(self, render_mode=None, size=5):
            if size < 1:
                raise ValueError("size must be positive")
            self.render_mode, self.size = render_mode, size
            self.action_space, self.observation_space = gym.spaces.Discrete(2), gym.spaces.Discrete(size)

        def reset(self, *, seed=None, options=None):
            super().reset(seed=seed)
            self.count = 0
            return self.count, {}

        def step(self, action):
            self.count = min(self.count + int(action), self.size - 1)
            return self.count, float(action), self.count == self.size - 1, False, {}

        def render(self):
            return str(self.count)

    return Counter


@pytest.fixture(autouse=True)
def _registered():
    for gym in (plyo, gymnasium):
        gym.register("mine/Counter-v0", counter(gym), max_episode_steps=3)
        gym.register("mine/Counter-v2", counter(gym))
        gym.register("mine/Plain", counter(gym), kwargs={"size": 3})
    yield
    for gym in (plyo, gymnasium):
        for id in ("mine/Counter-v0", "mine/Counter-v2", "mine/Plain"):
            gym.registry.pop(id, None)


# Finding and registering

mistakes(
    misspelled=lambda gym: gym.make("CartPoll-v1"),
    lower_case=lambda gym: gym.make("cartpole-v1"),
    no_such_version=lambda gym: gym.make("CartPole-v7"),
    no_such_version_of_two=lambda gym: gym.make("mine/Counter-v3"),
    old_version=lambda gym: gym.make("mine/Counter-v1"),
    version_of_unversioned=lambda gym: gym.make("mine/Plain-v1"),
    no_such_namespace=lambda gym: gym.make("Nowhere/Pong-v5"),
    misspelled_namespace=lambda gym: gym.make("mime/Counter-v0"),
    malformed=lambda gym: gym.make("Cart Pole"),
    empty=lambda gym: gym.make(""),
    no_version=lambda gym: gym.make("mine/Counter").spec.id,
    superseded=lambda gym: gym.make("CartPole-v0").spec.id,
    not_an_id=lambda gym: gym.make(7),
    class_for_an_id=lambda gym: gym.make(dict),
    no_such_module=lambda gym: gym.make("no_such_package_at_all:Task-v0"),
    nothing_in_the_module=lambda gym: gym.make("json:Task-v0"),
    spec_of_nothing=lambda gym: gym.spec("Quux-v0"),
    spec_without_version=lambda gym: gym.spec("mine/Counter"),
    vector_of_nothing=lambda gym: gym.make_vec("Quux-v0"),
    vector_of_a_number=lambda gym: gym.make_vec(7),
    register_nothing=lambda gym: gym.register("mine/New-v0"),
    register_twice=lambda gym: gym.register("mine/Counter-v0", "m:E"),
    register_without_version=lambda gym: gym.register("mine/Counter", "m:E"),
    register_with_version=lambda gym: gym.register("mine/Plain-v4", "m:E"),
    register_malformed=lambda gym: gym.register("a/b/c", "m:E"),
    register_without_id=lambda gym: gym.register(),
    register_unknown_argument=lambda gym: gym.register("mine/New-v0", "m:E", autoreset=True),
    callable_in_json=lambda gym: gym.spec("mine/Plain").to_json(),
    broken_json=lambda gym: gym.envs.registration.EnvSpec.from_json('{"additional_wrappers": [], "x": 1}'),
)


# Making

mistakes(
    unknown_argument=lambda gym: gym.make("mine/Counter-v2", speed=3),
    constructor_raises=lambda gym: gym.make("mine/Counter-v2", size=0),
    limit_is_zero=lambda gym: gym.make("mine/Counter-v2", max_episode_steps=0),
    limit_is_text=lambda gym: gym.make("mine/Counter-v2", max_episode_steps="3"),
    unknown_render_mode=lambda gym: gym.make("mine/Counter-v2", render_mode="rgb_array").render_mode,
    entry_point_gives_no_env=lambda gym: gym.make(gym.envs.registration.EnvSpec("A-v0", entry_point=list)),
    entry_point_missing=lambda gym: gym.make(gym.envs.registration.EnvSpec("A-v0")),
    entry_point_without_colon=lambda gym: gym.make(gym.envs.registration.EnvSpec("A-v0", entry_point="json")),
    entry_point_not_there=lambda gym: gym.make(gym.envs.registration.EnvSpec("A-v0", entry_point="json:A")),
    wrapper_of_a_number=lambda gym: gym.Wrapper(3),
    wrapper_of_a_class=lambda gym: gym.Wrapper(counter(gym)),
    time_limit_of_zero=lambda gym: gym.wrappers.TimeLimit(counter(gym)(), 0),
    wrapper_without_arguments=lambda gym: gym.wrappers.TimeLimit(counter(gym)()),
    no_such_wrapper=lambda gym: gym.wrappers.NoSuchWrapper,
    renamed_wrapper=lambda gym: gym.wrappers.FrameStack,
    no_such_name=lambda gym: gym.no_such_name,
    native_limit_is_zero=lambda gym: gym.make("CartPole-v1", max_episode_steps=0),
    native_limit_is_text=lambda gym: gym.make("CartPole-v1", max_episode_steps="3"),
)


# Using

mistakes(
    step_before_reset=lambda gym: gym.make("mine/Counter-v2").step(0),
    render_before_reset=lambda gym: gym.make("mine/Counter-v2", render_mode="ansi").render(),
    native_render_before_reset=lambda gym: gym.make("CartPole-v1").render(),
    native_step_before_reset=lambda gym: gym.make("CartPole-v1").step(0),
    negative_seed=lambda gym: gym.make("mine/Counter-v2").reset(seed=-1),
    seed_is_a_float=lambda gym: gym.make("mine/Counter-v2").reset(seed=1.5),
    seed_is_text=lambda gym: gym.make("mine/Counter-v2").reset(seed="1"),
    native_negative_seed=lambda gym: gym.make("CartPole-v1").reset(seed=-1),
    native_seed_is_a_float=lambda gym: gym.make("CartPole-v1").reset(seed=1.5),
    native_seed_is_text=lambda gym: gym.make("CartPole-v1").reset(seed="1"),
    seed_by_position=lambda gym: gym.make("mine/Counter-v2").reset(3),
    native_low_above_high=lambda gym: gym.make("CartPole-v1").reset(options={"low": 1, "high": 0}),
    no_such_attribute=lambda gym: gym.make("mine/Counter-v2").get_wrapper_attr("gravity"),
    attribute_of_a_wrapper=lambda gym: gym.make("mine/Counter-v2").gravity,
    set_np_random_seed=lambda gym: setattr(gym.make("mine/Counter-v2").unwrapped, "np_random_seed", 3),
    np_random_of_a_wrapper=lambda gym: gym.make("mine/Counter-v2")._np_random,
    base_env_steps=lambda gym: gym.Env().step(0),
    base_env_renders=lambda gym: gym.Env().render(),
    observation_wrapper_without_function=lambda gym: gym.ObservationWrapper(counter(gym)()).reset(),
    checking_no_env=lambda gym: gym.utils.env_checker.check_env(3),
)


@mistake
def native_render_without_mode(gym):
    env = gym.make("Pendulum-v1")
    env.reset()
    return env.render()


@mistake
def native_step_after_the_end(gym):
    env = gym.make("CartPole-v1")
    env.reset(seed=0)
    return [env.step(1)[1:4] for _ in range(20)]


@mistake
def leaves_the_observation_space(gym):
    env = gym.make("mine/Counter-v2")
    env.reset()
    env.unwrapped.observation_space = gym.spaces.Discrete(1)
    return env.step(1)


# Batches

mistakes(
    vector_unknown_argument=lambda gym: gym.make_vec("mine/Counter-v2", vectorization_mode="sync", speed=3),
    vector_kwargs_unknown=lambda gym: gym.make_vec("mine/Counter-v2", 2, vector_kwargs={"speed": 3}),
    no_entry_point_for_vectors=lambda gym: gym.make_vec("mine/Counter-v2", 2, "vector_entry_point"),
    sync_of_nothing=lambda gym: gym.vector.SyncVectorEnv([]),
    sync_of_environments=lambda gym: gym.vector.SyncVectorEnv([counter(gym)()]),
    sync_of_differing_spaces=lambda gym: gym.vector.SyncVectorEnv(
        [counter(gym), lambda: counter(gym)(size=7)]
    ),
    sync_of_no_mode=lambda gym: gym.vector.SyncVectorEnv([counter(gym)], observation_mode="other"),
    base_vector_steps=lambda gym: gym.vector.VectorEnv().step([0]),
    wrapper_of_a_single_env=lambda gym: gym.vector.VectorWrapper(counter(gym)()),
    vector_wrapper_for_a_single_env=lambda gym: gym.wrappers.vector.NormalizeReward(counter(gym)()),
    single_wrapper_for_a_vector=lambda gym: gym.wrappers.NormalizeReward(gym.vector.VectorEnv()),
)


def batch(gym: Any, **kwargs: Any) -> Any:
    return gym.vector.SyncVectorEnv([counter(gym)] * 2, **kwargs)


mistakes(
    seeds_of_another_number=lambda gym: batch(gym).reset(seed=[1, 2, 3]),
    mask_is_a_list=lambda gym: batch(gym).reset(options={"reset_mask": [True, False]}),
    mask_of_another_shape=lambda gym: batch(gym).reset(options={"reset_mask": np.array([True])}),
    mask_of_integers=lambda gym: batch(gym).reset(options={"reset_mask": np.array([1, 0])}),
    mask_of_nothing=lambda gym: batch(gym).reset(options={"reset_mask": np.array([False, False])}),
    attribute_of_no_environment=lambda gym: batch(gym).get_attr("gravity"),
    values_of_another_number=lambda gym: batch(gym).set_attr("size", [1, 2, 3]),
    call_of_no_method=lambda gym: batch(gym).call("fly"),
)


# Spaces

mistakes(
    box_of_lists=lambda gym: gym.spaces.Box([0, 1], [1, 2]),
    box_of_other_shape=lambda gym: gym.spaces.Box(np.zeros(2), np.ones(3)),
    box_shape_disagrees=lambda gym: gym.spaces.Box(np.zeros(2), np.ones(2), (3,)),
    box_low_above_high=lambda gym: gym.spaces.Box(1, 0, (2,)),
    box_of_nan=lambda gym: gym.spaces.Box(np.nan, 1, (2,)),
    box_without_dtype=lambda gym: gym.spaces.Box(0, 1, (2,), dtype=None),
    box_of_text=lambda gym: gym.spaces.Box("0", "1", (2,)),
    box_beyond_dtype=lambda gym: gym.spaces.Box(0, 300, (2,), np.uint8),
    box_rounds=lambda gym: repr(gym.spaces.Box(np.zeros(1), np.ones(1), dtype=np.float32)),
    box_with_a_mask=lambda gym: gym.spaces.Box(0, 1, (2,)).sample(mask=np.ones(2, np.int8)),
    box_contains_a_list=lambda gym: gym.spaces.Box(0, 1, (2,)).contains([0, 1]),
    box_is_bounded_how=lambda gym: gym.spaces.Box(0, 1).is_bounded("sideways"),
    discrete_of_nothing=lambda gym: gym.spaces.Discrete(0),
    discrete_of_float=lambda gym: gym.spaces.Discrete(2.5),
    discrete_start_of_float=lambda gym: gym.spaces.Discrete(2, start=0.5),
    discrete_mask_of_list=lambda gym: gym.spaces.Discrete(3).sample(mask=[1, 0, 1]),
    discrete_mask_of_bools=lambda gym: gym.spaces.Discrete(3).sample(mask=np.ones(3, bool)),
    discrete_mask_of_other_shape=lambda gym: gym.spaces.Discrete(3).sample(mask=np.ones(2, np.int8)),
    discrete_mask_of_twos=lambda gym: gym.spaces.Discrete(3).sample(mask=np.full(3, 2, np.int8)),
    discrete_probability_of_other_sum=lambda gym: gym.spaces.Discrete(2).sample(probability=np.ones(2)),
    mask_and_probability=lambda gym: gym.spaces.Discrete(2).sample(np.ones(2, np.int8), np.full(2, 0.5)),
    seed_of_a_space=lambda gym: gym.spaces.Discrete(2).seed("7"),
    negative_seed_of_a_space=lambda gym: gym.spaces.Discrete(2).seed(-7),
    space_has_no_sample=lambda gym: gym.Space().sample(),
    hash_of_a_space=lambda gym: hash(gym.spaces.Discrete(2)),
    multi_discrete_of_nothing=lambda gym: gym.spaces.MultiDiscrete([2, 0]),
    multi_discrete_index=lambda gym: gym.spaces.MultiDiscrete([2, 3])[7],
    multi_binary_of_nothing=lambda gym: gym.spaces.MultiBinary(0),
    text_of_nothing=lambda gym: gym.spaces.Text(0),
    text_min_above_max=lambda gym: gym.spaces.Text(2, min_length=3),
    tuple_of_a_number=lambda gym: gym.spaces.Tuple([1]),
    tuple_seeds_of_other_number=lambda gym: gym.spaces.Tuple([gym.spaces.Discrete(2)]).seed((1, 2)),
    dict_of_numbers=lambda gym: gym.spaces.Dict({"a": 1}),
    dict_key_twice=lambda gym: gym.spaces.Dict({"a": gym.spaces.Discrete(2)}, a=gym.spaces.Discrete(3)),
    dict_seed_of_text=lambda gym: gym.spaces.Dict({"a": gym.spaces.Discrete(2)}).seed("x"),
    sequence_of_a_number=lambda gym: gym.spaces.Sequence(3),
    graph_of_numbers=lambda gym: gym.spaces.Graph(3, None),
    one_of_nothing=lambda gym: gym.spaces.OneOf([]),
    flatdim_of_a_sequence=lambda gym: gym.spaces.flatdim(gym.spaces.Sequence(gym.spaces.Discrete(2))),
    flatten_space_of_a_number=lambda gym: gym.spaces.flatten_space(3),
    flatdim_of_a_custom_space=lambda gym: gym.spaces.flatdim(gym.Space()),
    batch_of_a_number=lambda gym: gym.vector.utils.batch_space(3, 2),
    concatenate_custom=lambda gym: gym.vector.utils.concatenate(3, ["a"], None),
    iterate_custom=lambda gym: gym.vector.utils.iterate(gym.spaces.Discrete(2), 3),
)


#: Where Plyo says more after Gymnasium's words; test_messages.py has what, and what is said more of unknown ids.
SAYS_MORE = {
    "wrapper_of_a_class", "vector_wrapper_for_a_single_env", "wrapper_of_a_single_env",
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_the_same_is_said(name):
    ours, theirs = (outcome(lambda gym=gym: MISTAKES[name](gym)) for gym in (plyo, gymnasium))
    assert theirs[0][0] == "raised" or theirs[1], "Gymnasium says nothing"
    if name in SAYS_MORE:
        (*ours_of, text), (*theirs_of, begin) = ours[0], theirs[0]
        assert (ours_of, ours[1]) == (theirs_of, theirs[1])
        assert text.startswith(begin)
        assert len(text) > len(begin)
    else:
        assert_same(ours, theirs)


def test_native_tasks_say_more():
    """After Python's own text, native tasks name the legal arguments."""
    ours, theirs = (outcome(lambda gym=gym: gym.make("CartPole-v1", speed=3)) for gym in (plyo, gymnasium))
    assert ours[0][:2] == theirs[0][:2] == ("raised", "TypeError")
    complaint = "got an unexpected keyword argument 'speed'"
    where = "was raised from the environment creator for CartPole-v1 with kwargs ({'speed': 3})"
    assert theirs[0][2] == f"CartPoleEnv.__init__() {complaint} {where}"
    begin = f"CartPoleEnv.__init__() {complaint} {where}. CartPole: its keyword arguments are: sutton_barto_reward; "
    assert ours[0][2].startswith(begin)
    ours, theirs = (
        outcome(lambda gym=gym: gym.make_vec("CartPole-v1", 2, "none")) for gym in (plyo, gymnasium)
    )
    assert ours[0][2].replace(", 'native']", "]") == theirs[0][2]
