"""Fixtures over the registry: a test with `task_id` or `task` runs for every native task."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import plyo

# the helpers of the contract tests serve the tests of single environments too
sys.path.insert(0, str(Path(__file__).parent / "contract"))
# tasks in plain Python are measured by the benchmarks and compared by the tests; their own modules come first
sys.path.append(str(Path(__file__).parents[1] / "benchmarks"))

from contract_helpers import native_tasks
from task_choice import for_general_code, ids_of, is_further_robot, is_late, is_left_out, is_needy

#: The folders of tests of what treats all tasks alike.
GENERAL_CODE = {"utils", "vector", "wrappers", "wrappers_vector"}

# a shell that starts the tests in the background has Ctrl-C ignored, in them and in the processes that they interrupt
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Gives a test its `task_id`: every registered native id, such as ``"CartPole-v1"``.

    ``@pytest.mark.tasks("floats")`` on a test or a module leaves those with observations that are vectors of float32;
    `task_choice.SELECTIONS` has the other names.
    """
    own = [mark.args[0] for mark in metafunc.definition.iter_markers("parametrize")]
    if "task_id" not in metafunc.fixturenames or any("task_id" in names for names in own):
        return
    if hasattr(metafunc.module, "task_id"):  # a fixture of the module's own
        return
    selections = {name for mark in metafunc.definition.iter_markers("tasks") for name in mark.args}
    ids = ids_of(*sorted(selections))
    general = not GENERAL_CODE.isdisjoint(metafunc.definition.path.parts)
    metafunc.parametrize("task_id", for_general_code(ids) if general else ids)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves most tasks whose steps take long to the soaks, or to the tests of their families."""
    left_out = []
    for item in items:
        callspec = getattr(item, "callspec", None)
        if callspec is None:
            continue
        names = {value for value in callspec.params.values() if isinstance(value, str)}
        folders = Path(item.path).parts
        if ("contract" in folders and any(map(is_left_out, names))) or (
            "engine" in folders and any(map(is_needy, names))
        ):
            left_out.append(item)
        elif ("contract" in folders and is_late(names)) or (
            "robotics" in folders and is_further_robot(names)
        ):
            item.add_marker(pytest.mark.slow)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        gone = set(map(id, left_out))
        items[:] = [item for item in items if id(item) not in gone]


@pytest.fixture(autouse=True)
def own_registry() -> Iterator[None]:
    """What a test registers is gone after it: a task of one test is no task of the next."""
    before = dict(plyo.registry)
    yield
    if plyo.registry != before:
        plyo.registry.clear()
        plyo.registry.update(before)


@pytest.fixture(params=list(native_tasks()))
def task(request: pytest.FixtureRequest) -> str:
    """The name of every native task, such as ``"CartPole"``."""
    return request.param


@pytest.fixture(params=["next_step", "same_step", "disabled"])
def mode(request: pytest.FixtureRequest) -> str:
    """The autoreset modes."""
    return request.param
