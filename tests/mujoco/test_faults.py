"""Errors, divergence and forks in MuJoCo stay with their environment, and leave nothing behind."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gymnasium
import mujoco
import numpy as np
import pytest
from identical import assert_identical

import plyo

MODES = ("next_step", "same_step", "disabled")
TASK = "InvertedPendulum-v5"
#: Pushes a cart into the end of its rail, where MuJoCo needs memory that the model does not have.
PUSH = 3.0


@pytest.fixture
def fragile(tmp_path: Path) -> str:
    """A model that is well until its cart reaches the end of a short rail: mj_step then raises on every MuJoCo.

    900 bytes hold what a step needs without a constraint, and no constraint.
    """
    from gymnasium.envs.mujoco import mujoco_env

    text = (Path(mujoco_env.__file__).parent / "assets" / "inverted_pendulum.xml").read_text(encoding="utf-8")
    for old, new in (('<size nstack="3000"/>', '<size memory="900"/>'), ('range="-1 1"', 'range="-.1 .1"')):
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "fragile.xml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def make_vec(xml_file: str, num_envs: int = 5, mode: str = "next_step", **kwargs: Any) -> Any:
    return plyo.make_vec(TASK, num_envs, xml_file=xml_file, autoreset_mode=mode, **kwargs)


def push(envs: Any, lane: int | None = 2) -> Any:
    """A step with a push of one environment."""
    actions = np.zeros((envs.num_envs, 1), np.float32)
    if lane is not None:
        actions[lane] = PUSH
    return envs.step(actions)


def failure_of(step: Callable[[], object]) -> tuple[int, Exception]:
    """The number of the step that fails, from 1, and its error."""
    for t in range(1, 51):
        try:
            step()
        except Exception as error:
            return t, error
    raise AssertionError("nothing has failed")


def assert_is_mujocos(error: Exception, lane: int | str = r"\d") -> None:
    """Asserts that an error is that of MuJoCo and names the environment."""
    assert type(error) is RuntimeError
    assert re.search(rf"environment {lane}\b.*stack overflow", str(error), re.DOTALL), error


def push_until_it_fails(envs: Any, lane: int = 2) -> int:
    """Pushes an environment until MuJoCo raises.

    Returns:
        The steps that were taken, the failed one included.
    """
    count, error = failure_of(lambda: push(envs, lane))
    assert_is_mujocos(error, lane)
    return count


def test_the_model_fails_in_gymnasium_too(fragile):
    env = gymnasium.make(TASK, xml_file=fragile, disable_env_checker=True)
    env.reset(seed=0)
    for _ in range(20):
        env.step(np.zeros(1, np.float32))
    _, error = failure_of(lambda: env.step(np.full(1, PUSH, np.float32)))
    assert type(error) is mujoco.FatalError
    assert "stack overflow" in str(error)


@pytest.fixture(params=["alone", "in a tile"])
def tiles(request, monkeypatch) -> str:
    """Whether each environment is stepped for itself, or many together: in packs, which leave every step to MuJoCo."""
    from plyo.mujoco import acceleration, eligibility, lane_constants

    if request.param == "in a tile":

        def arrays(model: Any) -> dict[str, Any]:
            # two geoms that are always near each other
            pair = {
                "geoms": lane_constants._placed(model, "geom", [1, 2]),
                "other_pairs": [[0, 1, 0, 0, 1e6]],
            }
            return original(model) | {name: np.array(table, float) for name, table in pair.items()}

        original = acceleration.lane_arrays
        monkeypatch.setattr(eligibility, "_LEAST_MEMORY", 0)
        monkeypatch.setattr(acceleration, "_known", {})
        monkeypatch.setattr(acceleration, "_compare", lambda *_: "")
        monkeypatch.setattr(acceleration, "lane_arrays", arrays)
        monkeypatch.setattr(acceleration, "find_dialect", lambda: "4.0")
    return str(request.param)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("num_threads", [1, 2])
def test_the_others_go_on(fragile, mode, num_threads, tiles):
    envs = make_vec(fragile, mode=mode, num_threads=num_threads)
    assert envs.acceleration.is_on == (tiles == "in a tile")
    twins = make_vec(fragile, mode=mode, num_threads=1)
    for batch in (envs, twins):
        batch.reset(seed=4)
    others = np.arange(envs.num_envs) != 2
    # where nobody begins anew, the poles fall after a while
    for _ in range(1 if mode == "disabled" else 3):
        steps = push_until_it_fails(envs)
        for _ in range(steps):
            push(twins, None)
        for batch in (envs, twins):
            batch.reset(options={"reset_mask": ~others})
        for _ in range(4):
            ours, theirs = push(envs, None), push(twins, None)
            for a, b in zip(ours[:4], theirs[:4], strict=True):
                assert_identical(a[others], b[others])


@pytest.mark.parametrize("mode", ["next_step", "same_step"])
def test_the_next_step_may_begin_again(fragile, mode, tiles):
    """Without a call of `reset` in between, where the mode resets environments."""
    envs = make_vec(fragile, mode=mode)
    envs.reset(seed=0)
    push_until_it_fails(envs)
    if mode == "next_step":
        observations, rewards, terminated, truncated, _ = push(envs, None)
        assert np.isfinite(observations).all()
        assert rewards[2] == 0
        assert not terminated[2]
        assert not truncated[2]
    else:
        with pytest.raises(plyo.error.ResetNeeded, match="2"):
            push(envs, None)
        envs.reset(options={"reset_mask": np.arange(5) == 2})
    for _ in range(5):
        assert np.isfinite(push(envs, None)[0]).all()


def test_all_fail_at_once(fragile, tiles):
    envs = make_vec(fragile, 7, num_threads=2)
    envs.reset(seed=0)
    actions = np.full((7, 1), PUSH, np.float32)
    for _ in range(3):
        assert_is_mujocos(failure_of(lambda: envs.step(actions))[1])
        envs.reset(seed=0)
    assert np.isfinite(push(envs, None)[0]).all()


def test_a_reset_starts_again_as_if_nothing_had_happened(fragile):
    envs, fresh = make_vec(fragile), make_vec(fragile)
    for seed in range(3):
        envs.reset(seed=seed)
        push_until_it_fails(envs)
        assert_identical(envs.reset(seed=seed), fresh.reset(seed=seed), seed)
        for _ in range(5):
            assert_identical(push(envs, None), push(fresh, None), seed)


def test_a_snapshot_goes_back_before_the_fault(fragile):
    envs = make_vec(fragile)
    envs.reset(seed=0)
    push(envs, None)
    saved = envs.get_state()
    expected = push(envs, None)
    envs.set_state(saved)
    push_until_it_fails(envs)
    envs.set_state(saved)
    assert_identical(push(envs, None), expected)


def test_a_single_environment(fragile):
    env = plyo.make(TASK, xml_file=fragile)
    env.reset(seed=0)
    _, error = failure_of(lambda: env.step(np.full(1, PUSH, np.float32)))
    assert_is_mujocos(error, 0)
    first, _ = env.reset(seed=0)
    assert_identical(first, plyo.make(TASK, xml_file=fragile).reset(seed=0)[0])
    env.step(np.zeros(1, np.float32))


def test_a_rollout(fragile, tiles):
    from plyo.policies import Constant

    envs = make_vec(fragile)
    envs.reset(seed=0)
    with pytest.raises(RuntimeError, match="stack overflow"):
        envs.rollout(Constant(np.full(1, PUSH, np.float32)), 20)
    envs.reset(seed=0)
    result = envs.rollout(Constant(np.zeros(1, np.float32)), 20)
    assert np.isfinite(result.observations).all()


def test_mujocos_own_errors_go_on_as_before(fragile):
    """Handlers belong to the process: other users of MuJoCo in it keep theirs."""
    envs = make_vec(fragile)
    envs.reset(seed=0)
    push_until_it_fails(envs)
    model = mujoco.MjModel.from_xml_path(fragile)
    data = mujoco.MjData(model)
    data.ctrl[:] = PUSH
    with pytest.raises(mujoco.FatalError, match="stack overflow"):
        mujoco.mj_step(model, data, nstep=50)
    push_until_it_fails(envs)
    del envs
    mujoco.mj_resetData(model, data)
    data.ctrl[:] = PUSH
    with pytest.raises(mujoco.FatalError, match="stack overflow"):
        mujoco.mj_step(model, data, nstep=50)


@pytest.mark.parametrize("task_id", ["InvertedPendulum-v5", "HalfCheetah-v5", "Humanoid-v5"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_actions_that_are_no_numbers_change_nothing(task_id, value):
    envs = plyo.make_vec(task_id, 4)
    envs.reset(seed=0)
    actions = np.zeros(envs.action_space.shape, np.float32)
    envs.step(actions)
    before = envs.get_state()
    actions[1, 0] = value
    with pytest.raises(plyo.error.InvalidAction, match=r"environment 1\b"):
        envs.step(actions)
    assert envs.get_state() == before
    assert np.isfinite(envs.step(np.zeros_like(actions))[0]).all()


@pytest.mark.parametrize("num_threads", [1, 2])
def test_divergence_is_no_error(num_threads, tmp_path, capfd):
    """A cart that explodes starts again within the step, as in Gymnasium, and writes no file and no line."""
    from gymnasium.envs.mujoco import mujoco_env

    text = (Path(mujoco_env.__file__).parent / "assets" / "half_cheetah.xml").read_text(encoding="utf-8")
    path = tmp_path / "wild.xml"
    path.write_text(re.sub(r'gear="[\d.]+"', 'gear="1e9"', text), encoding="utf-8")
    envs = plyo.make_vec("HalfCheetah-v5", 6, xml_file=str(path), num_threads=num_threads)
    singles = [
        gymnasium.make("HalfCheetah-v5", xml_file=str(path), disable_env_checker=True) for _ in range(6)
    ]
    ours = envs.reset(seed=0)[0]
    theirs = np.stack([env.reset(seed=lane)[0] for lane, env in enumerate(singles)])
    assert_identical(ours, theirs)
    actions = np.zeros((6, 6), np.float32)
    actions[1::2] = 1.0
    Path("MUJOCO_LOG.TXT").unlink(missing_ok=True)
    capfd.readouterr()
    results = [envs.step(actions) for _ in range(5)]
    assert not Path("MUJOCO_LOG.TXT").exists()
    printed = capfd.readouterr()
    assert "WARNING" not in printed.out + printed.err
    for t, result in enumerate(results):
        for lane, env in enumerate(singles):
            observation, reward, *_ = env.step(actions[lane])
            assert_identical(result[0][lane], observation, (t, lane))
            assert result[1][lane] == reward, (t, lane)
    counts = singles[1].unwrapped.data.warning
    assert sum(int(one.number) for one in counts) > 0, "nothing has diverged"


def run_python(code: str, folder: Path, **variables: str) -> list[str]:
    """The lines that a program prints."""
    path = os.pathsep.join([str(Path(plyo.__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path, **variables},
        capture_output=True,
        text=True,
        timeout=250,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.splitlines()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_both_sides_of_a_fork_go_on_alike(tmp_path):
    lines = run_python(
        """
        import hashlib, os, warnings
        import numpy as np, plyo
        warnings.simplefilter("ignore", DeprecationWarning)
        envs = plyo.make_vec("HalfCheetah-v5", 9, num_threads=2)
        envs.reset(seed=0)
        rng = np.random.default_rng(0)
        tape = rng.uniform(-1, 1, (20, 9, 6)).astype(np.float32)
        for actions in tape[:10]:
            envs.step(actions)
        def play():
            sha = hashlib.sha256()
            for actions in tape[10:]:
                sha.update(envs.step(actions)[0].tobytes())
            return sha.hexdigest()
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            os.write(write, play().encode())
            os._exit(0)
        own = play()
        _, status = os.waitpid(child, 0)
        print(status == 0, os.read(read, 100).decode() == own)
        """,
        tmp_path,
    )
    assert lines == ["True True"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_fault_in_the_child_of_a_fork(fragile, tmp_path):
    lines = run_python(
        """
        import os, warnings
        import numpy as np, plyo
        warnings.simplefilter("ignore", DeprecationWarning)
        envs = plyo.make_vec("InvertedPendulum-v5", 5, xml_file=os.environ["XML"], num_threads=2)
        def fails():
            envs.reset(seed=0)
            actions = np.zeros((5, 1), np.float32)
            actions[3] = 3
            try:
                for _ in range(9):
                    envs.step(actions)
            except RuntimeError as e:
                return "environment 3" in str(e)
        assert fails()
        child = os.fork()
        if child == 0:
            os._exit(0 if fails() else 7)
        print(os.waitpid(child, 0)[1], fails())
        """,
        tmp_path,
        XML=fragile,
    )
    assert lines == ["0 True"]


@pytest.mark.skipif(sys.platform != "linux", reason="reads the memory from /proc")
@pytest.mark.parametrize("kind", ["errors", "single errors", "divergence", "illegal actions", "making"])
def test_ten_thousand_faults_leave_nothing(kind, fragile, tmp_path):
    """Memory, files and threads after 10,000 faults are those after the first 1000."""
    count = 300 if kind == "making" else 10_000
    lines = run_python(
        """
        import os, warnings
        import numpy as np, plyo
        warnings.simplefilter("ignore", DeprecationWarning)
        kind, count, xml = os.environ["KIND"], int(os.environ["COUNT"]), os.environ["XML"]

        def make(num_envs=2):
            return plyo.make_vec("InvertedPendulum-v5", num_envs, xml_file=xml, num_threads=2)

        def fail(envs, actions):
            for _ in range(9):
                try:
                    envs.step(actions)
                except RuntimeError:
                    return
            raise SystemExit("no error")

        if kind == "errors":
            envs, actions = make(), np.full((2, 1), 3, np.float32)
            envs.reset(seed=0)
            def fault():
                fail(envs, actions)
                envs.reset()
        elif kind == "single errors":
            env, action = plyo.make("InvertedPendulum-v5", xml_file=xml), np.full(1, 3, np.float32)
            env.reset(seed=0)
            def fault():
                fail(env, action)
                env.reset()
        elif kind == "divergence":
            env = plyo.make("HalfCheetah-v5")
            env.reset(seed=0)
            start = env.unwrapped.init_qpos
            wild, none = np.full(9, 1e12), np.zeros(6, np.float32)
            def fault():
                env.unwrapped.set_state(start, wild)
                env.step(none)
        elif kind == "illegal actions":
            envs, actions = make(), np.full((2, 1), np.nan, np.float32)
            envs.reset(seed=0)
            def fault():
                try:
                    envs.step(actions)
                except plyo.error.InvalidAction:
                    return
                raise SystemExit("no error")
        else:
            broken = os.path.join(os.path.dirname(xml), "broken.xml")
            with open(broken, "w") as file:
                file.write("<mujoco><worldbody><geom/></worldbody></mujoco>")
            def fault():
                envs = make()
                envs.reset(seed=0)
                fail(envs, np.full((2, 1), 3, np.float32))
                try:
                    plyo.make_vec("Ant-v5", 2, xml_file=broken)
                except Exception:
                    return
                raise SystemExit("no error")

        def sizes():
            pages = int(open("/proc/self/statm").read().split()[1])
            counts = [len(os.listdir(f"/proc/self/{kind}")) for kind in ("fd", "task")]
            return pages * os.sysconf("SC_PAGE_SIZE"), *counts

        for _ in range(count // 10):
            fault()
        before = sizes()
        for _ in range(count - count // 10):
            fault()
        after = sizes()
        print(after[0] - before[0], after[1] - before[1], after[2] - before[2])
        """,
        tmp_path,
        KIND=kind,
        COUNT=str(count),
        XML=fragile,
    )
    memory, files, threads = map(int, lines[-1].split())
    assert memory < 3_000_000
    assert files == 0
    assert threads <= 0


def test_handler_of_errors_is_given_back_with_the_last_batch():
    script = """
        import ctypes
        import mujoco
        import plyo
        from plyo.mujoco.library import library_path

        library = ctypes.CDLL(str(library_path()))

        def handlers():
            if not hasattr(library, "mju_setLogHandler"):  # before 3.11
                names = ("mju_user_error", "mju_user_warning")
                return [ctypes.c_void_p.in_dll(library, name).value for name in names]
            setter = library.mju_setLogHandler
            setter.restype, setter.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
            present = setter(None)
            setter(present)
            return [present]

        before = handlers()
        for _ in range(2):
            first, second = plyo.make("InvertedPendulum-v5"), plyo.make_vec("InvertedPendulum-v5", 2)
            during = handlers()
            assert all(own != other for own, other in zip(during, before))
            first.close()
            del first
            assert handlers() == during
            second.close()
            del second
            assert handlers() == before, (handlers(), before)
        print("given back")
    """
    result = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, timeout=120
    )
    assert "given back" in result.stdout, result.stderr
