"""A task's module has the loops of most batches; those for other parameters are compiled when they are first needed."""

from __future__ import annotations

import copy
import itertools
import pickle
from pathlib import Path

import numpy as np
import pytest
from compile_helpers import hash_steps, header, run_python, run_without_compiler
from test_compile_builtins import CPP, compile_copy

import plyo
from plyo.compile.building import Kind, build
from plyo.compile.sources import read_source
from plyo.randomize import Uniform

MASSES = np.array([1.0, 2.0, 3.0])


def compile_fresh(name: str) -> tuple[str, str]:
    """A text that no other test has compiled, and its id."""
    text = header(name)
    (env_id,) = plyo.compile(text)
    return text, env_id


def is_built_for_any_params(text: str) -> bool:
    """Whether the cache has the module with all loops; it is compiled if not."""
    return not build(read_source(text), Kind(any_params=True)).is_new


def speeds(envs: plyo.vector.VectorEnv) -> list[float]:
    """The speeds after a push from rest."""
    envs.reset(seed=0, options={"low": 0.0, "high": 0.0})
    return envs.step(np.full(envs.num_envs, 2))[0][:, 1].tolist()


def test_the_second_module_is_compiled_when_it_is_needed() -> None:
    text, env_id = compile_fresh("Needed")
    envs = plyo.make_vec(env_id, 3)
    envs.set_params({"mass": 2.0})
    assert len(set(speeds(envs))) == 1
    assert not is_built_for_any_params(text)
    text, env_id = compile_fresh("Needed2")
    early = plyo.make_vec(env_id, 3)
    expected = [speeds(plyo.make_vec(env_id, 1, mass=mass))[0] for mass in MASSES]
    envs = plyo.make_vec(env_id, 3)
    envs.set_params({"mass": MASSES})
    assert is_built_for_any_params(text)
    assert speeds(envs) == expected
    # a batch of before, one at a reset, and one that is made so
    assert len(set(speeds(early))) == 1
    early.reset(options={"params": {"mass": MASSES}})
    assert speeds(early) == expected
    assert speeds(plyo.make_vec(env_id, 3, params={"mass": MASSES})) == expected


@pytest.mark.parametrize("count", [3, 64, 300])
def test_both_modules_give_the_same_bits(env_id: str, count: int) -> None:
    alike = {"mass": np.full(count, 1.0)}
    assert hash_steps(env_id, count, 100) == hash_steps(env_id, count, 100, params=alike)


def test_snapshots_copies_and_forks_take_parameters_along() -> None:
    _, env_id = compile_fresh("Copied")
    first = plyo.make_vec(env_id, 3, params={"mass": MASSES})
    expected = speeds(first)
    state = first.get_state()
    others = [copy.deepcopy(first), pickle.loads(pickle.dumps(first)), first.fork([0, 1, 2])]
    others.append(plyo.make_vec(env_id, 3))
    others[-1].reset(seed=1)
    others[-1].set_state(state)
    step = np.full(3, 2)
    observation = first.step(step)[0]
    for envs in others:
        assert np.array_equal(envs.step(step)[0], observation)
        assert speeds(envs) == expected


def test_draws_of_resets(env_id: str) -> None:
    envs = plyo.make_vec(env_id, 40)
    envs.reset(seed=0, options={"params": {"mass": Uniform(1.0, 3.0)}})
    assert len(set(envs.get_params()["mass"])) == 40
    assert len(set(speeds(envs))) > 30


def test_without_a_compiler(tmp_path: Path) -> None:
    """A pickle has what its process had; a process without compiler that needs more is told what to do."""
    _, env_id = compile_fresh("Travels")
    plain, own = tmp_path / "plain.pkl", tmp_path / "own.pkl"
    batch = plyo.make_vec(env_id, 3)
    batch.reset(seed=0)
    plain.write_bytes(pickle.dumps(batch))
    batch.set_params({"mass": MASSES})
    own.write_bytes(pickle.dumps(batch))
    code = (
        "import pickle, numpy as np, plyo\n"
        "envs = pickle.load(open({!r}, 'rb'))\n"
        "try: envs.set_params({{'mass': np.array([1.0, 2.0, 3.0])}})\n"
        "except plyo.error.CompileError as e: print(e)\n"
        "envs.reset(seed=0, options={{'low': 0.0, 'high': 0.0}})\n"
        "print(envs.step(np.full(3, 2))[0][:, 1].tolist())"
    )
    said = run_without_compiler(code.format(str(plain)), PLYO_CACHE_DIR=str(tmp_path / "one"))
    assert "loops that are compiled when they are first used: a C++ compiler is needed" in said
    assert "pickles that are made there take them along" in said
    assert said.splitlines()[-1] == str([speeds(plyo.make_vec(env_id, 1))[0]] * 3)  # nothing has changed
    expected = str(speeds(batch))
    assert (
        run_without_compiler(code.format(str(own)), PLYO_CACHE_DIR=str(tmp_path / "two")).strip() == expected
    )
    # with a compiler, or the cache of before
    assert run_python(code.format(str(plain)), PLYO_CACHE_DIR=str(tmp_path / "three")).strip() == expected
    assert run_without_compiler(code.format(str(plain))).strip() == expected


@pytest.mark.slow  # compiles more tasks
def test_constants_and_draws_in_steps_are_those_of_a_built_in(tmp_path: Path) -> None:
    """CartPole's loop is for the default constants, and Acrobot's for steps that do not draw."""
    folder = CPP / "envs" / "classic_control"
    if not folder.is_dir():
        pytest.skip("needs the source tree")
    changes = {
        "cart_pole": ({"gravity": 12.0}, {"gravity": Uniform(50.0, 60.0)}),
        "acrobot": ({"torque_noise_max": 0.5},),
    }
    for name, several in changes.items():
        copies = compile_copy(folder / f"{name}.hpp", tmp_path, None)
        for params, count, (own, built_in) in itertools.product(several, (1, 3, 70), copies.items()):
            results = []
            for env_id in (own, built_in):
                envs = plyo.make_vec(plyo.spec(env_id), count)
                envs.reset(seed=2, options={"params": params})
                actions = np.random.default_rng(0).integers(0, 2, (50, count))
                results.append([envs.step(action)[:4] for action in actions])
            for mine, theirs in zip(*results, strict=True):
                assert all(np.array_equal(a, b) for a, b in zip(mine, theirs, strict=True)), (own, params)
