"""What a program sees of ``gymnasium`` under ``plyo run``, and the processes that it starts."""

from __future__ import annotations

import importlib.metadata

import pytest
from programs import Run


def lines(done) -> list[str]:
    return done.stdout.splitlines()


def test_gymnasium_is_plyo(run: Run):
    code = """
    import sys
    import gymnasium as gym
    import plyo
    import gymnasium.spaces, gymnasium.vector.utils, gymnasium.envs.classic_control.cartpole
    from gymnasium import Env, spaces, Space
    from gymnasium.core import ObsType
    from gymnasium.envs.registration import EnvSpec, registry
    from gymnasium.envs.classic_control import CartPoleEnv
    from gymnasium.utils.env_checker import check_env
    from gymnasium.wrappers import TimeLimit, vector as vector_wrappers
    from gymnasium.wrappers.common import RecordEpisodeStatistics
    import importlib.util, importlib.metadata

    assert gym.__name__ == gym.__spec__.name == "gymnasium"
    assert gym.__version__ == "1.4.0"
    assert Env is plyo.Env and Space is plyo.Space and spaces is plyo.spaces is sys.modules["gymnasium.spaces"]
    assert plyo.spaces.__spec__.name == "plyo.spaces"
    assert registry is gym.registry is plyo.registry
    assert gym.vector.utils is plyo.vector.utils and gym.wrappers.vector is plyo.wrappers.vector
    assert sys.modules["gymnasium.envs.classic_control.cartpole"].CartPoleEnv is CartPoleEnv
    assert importlib.util.find_spec("gymnasium.spaces.box") and not importlib.util.find_spec("gymnasium.absent")
    for name in gym.__all__:
        getattr(gym, name)
    for absent in ("policies", "tabular", "video", "tasks"):
        assert not hasattr(gym, absent)
        assert importlib.util.find_spec("gymnasium." + absent) is None
    try:
        import gymnasium.envs.absent
    except ModuleNotFoundError as e:
        assert e.name == "gymnasium.envs.absent"
    else:
        raise AssertionError
    for cls in (gym.Env, gym.Wrapper, gym.vector.VectorEnv, gym.vector.VectorWrapper, gym.vector.AutoresetMode,
                spaces.Box, spaces.Dict, spaces.GraphInstance, EnvSpec, Space):
        assert cls.__module__.startswith("gymnasium."), cls
        assert getattr(importlib.import_module(cls.__module__), cls.__name__) is cls
    # skrl looks at the direct bases alone
    for made in (gym.make("CartPole-v1"), gym.make_vec("CartPole-v1", 2), TimeLimit(gym.make("CartPole-v1"), 3)):
        assert any(base.__module__.startswith("gymnasium.") for base in type(made).__bases__), made
    env = gym.make("CartPole-v1")
    assert type(env) is CartPoleEnv and env._arguments["math"] == "reference"
    assert gym.make_vec("CartPole-v1", 4)._arguments["math"] == "reference"
    assert CartPoleEnv()._arguments["math"] == plyo.make("CartPole-v1")._arguments["math"] == "reference"
    assert gym.make("CartPole-v1", math="fast")._arguments["math"] == "fast"
    assert env.spec.kwargs == {}
    print(importlib.metadata.version("gymnasium"))
    """
    assert lines(run(code)) == [importlib.metadata.version("gymnasium")]
    fast = "import gymnasium; print(gymnasium.make('CartPole-v1')._arguments['math'])"
    assert lines(run(fast, options=("--math", "fast"))) == ["fast"]


def test_a_run_has_gymnasiums_bits(run: Run):
    code = """
    import hashlib, sys
    import gymnasium as gym, numpy as np

    digest = hashlib.sha256()
    envs = gym.vector.SyncVectorEnv([lambda: gym.make("CartPole-v1") for _ in range(3)])
    pendulum = gym.wrappers.RecordEpisodeStatistics(gym.make("Pendulum-v1"))
    lake = gym.make("FrozenLake-v1")
    for env in (envs, pendulum, lake):
        env.action_space.seed(3)
        observation, _ = env.reset(seed=5)
        for _ in range(600):
            digest.update(np.asarray(observation).tobytes())
            observation, reward, terminated, truncated, info = env.step(env.action_space.sample())
            digest.update(np.asarray(reward, np.float64).tobytes())
            if env is not envs and (terminated or truncated):
                digest.update(str(info.get("episode", {}).get("r")).encode())
                observation, _ = env.reset()
    print(digest.hexdigest(), "plyo" in sys.modules)
    """
    plain, ours = (run(code, plain=p).stdout.split() for p in (True, False))
    assert (ours[0], plain[1], ours[1]) == (plain[0], "False", "True")


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_worker_processes_see_it_too(run: Run, method):
    code = f"""
    import multiprocessing

    def facts(queue):
        import gymnasium, sys
        env = gymnasium.make("CartPole-v1")
        queue.put((gymnasium.Env.__mro__[0] is sys.modules["plyo"].Env, env.unwrapped._arguments["math"]))

    if __name__ == "__main__":
        context = multiprocessing.get_context({method!r})
        queue = context.Queue()
        process = context.Process(target=facts, args=(queue,))
        process.start()
        print(*queue.get(timeout=60))
        process.join()
        import gymnasium as gym
        envs = gym.make_vec("Pendulum-v1", 2, vectorization_mode="async", vector_kwargs={{"context": {method!r}}})
        envs.reset(seed=0)
        print(envs.get_attr("_arguments")[0]["math"], type(envs).__module__)
        envs.close()
    """
    assert lines(run(code)) == ["True reference", "reference plyo.vector.async_vector_env"]


def test_subprocesses_see_it_too_and_other_interpreters_do_not(run: Run):
    code = """
    import os, subprocess, sys
    show = "import gymnasium, sys; print('plyo' in sys.modules)"
    for variables in ({}, {"PLYO_RUN": "cpython-27"}):
        subprocess.run([sys.executable, "-c", show], check=True, env={**os.environ, **variables})
    idle = "import sys; print(any(m.split('.')[0] in ('plyo', 'numpy', 'gymnasium') for m in sys.modules))"
    subprocess.run([sys.executable, "-c", idle], check=True)
    """
    assert lines(run(code)) == ["True", "False", "False"]


NEXT = """
import sys
from importlib.machinery import PathFinder
sys.next_was_loaded = __name__
find = PathFinder.find_spec
PathFinder.find_spec = staticmethod(lambda name, *args: None if name == "gymnasium" else find(name, *args))
"""


def test_the_next_sitecustomize_is_loaded_and_gymnasium_need_not_be_installed(run: Run, tmp_path):
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(NEXT)
    code = """
    import sys
    print(sys.next_was_loaded, sys.modules["sitecustomize"].__file__)
    import gymnasium as gym
    print(gym.__version__, gym.make("CartPole-v1").reset(seed=1)[0].shape, list(gym.__path__))
    print("LunarLander-v3" in gym.registry, "experimental" in gym.__all__)
    for module in ("gymnasium.experimental", "gymnasium.envs.phys2d"):
        try:
            __import__(module)
        except ModuleNotFoundError as e:
            print(e.name)
    """
    file = tmp_path / "site" / "sitecustomize.py"
    assert lines(run(code, PYTHONPATH=str(tmp_path / "site"))) == [
        f"sitecustomize {file}",
        "1.4.0 (4,) []",
        "True False",
        "gymnasium.experimental",
        "gymnasium.envs.phys2d",
    ]


def test_a_failing_sitecustomize_is_reported_as_ever(run: Run, tmp_path):
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text("import absent_module\n")
    code = "import gymnasium, sys; print('plyo' in sys.modules)"
    plain, ours = (run(code, plain=p, PYTHONPATH=str(tmp_path / "site")) for p in (True, False))
    assert lines(ours) == ["True"]
    assert ours.stderr.splitlines()[-1] == plain.stderr.splitlines()[-1]


def test_what_plyo_lacks_is_the_installed_gymnasiums(run: Run):
    code = """
    import gymnasium as gym, gymnasium.error, plyo
    from gymnasium.experimental.functional import FuncEnv
    print(FuncEnv.__module__, gym.experimental.__name__)
    print({"LunarLander-v3", "phys2d/CartPole-v1", "GymV21Environment-v0"} <= set(gym.registry))
    print(gym.spec("CartPole-v1").entry_point, gym.spec("Ant-v5").entry_point)
    try:
        import Box2D
    except ImportError:
        try:
            gym.make("LunarLander-v3")
        except gymnasium.error.DependencyNotInstalled as e:
            print("Box2D is not installed" in str(e))
    else:
        print(isinstance(gym.make("LunarLander-v3"), plyo.Env))
    try:
        gym.make("GymV21Environment-v0")
    except ImportError as e:
        print("shimmy" in str(e))
    """
    assert lines(run(code)) == [
        "gymnasium.experimental.functional gymnasium.experimental",
        "True",
        "plyo.envs.classic_control.cartpole:CartPoleEnv plyo.envs.mujoco.ant_v5:AntEnv",
        "True",
        "True",
    ]


def test_mujoco_and_robots_stay_native(run: Run):
    code = """
    import warnings
    warnings.simplefilter("error")
    import gymnasium as gym, gymnasium_robotics
    gym.register_envs(gymnasium_robotics)
    for id in ("InvertedPendulum-v5", "FetchReach-v4"):
        env = gym.make(id)
        env.reset(seed=0)
        print(type(env.unwrapped).__module__, env.step(env.action_space.sample())[2])
        env.close()
    gym.register("gymnasium_robotics/Own-v0", entry_point="gymnasium_robotics.envs:Own")
    print("gymnasium_robotics/Own-v0" in gym.registry)
    """
    assert lines(run(code)) == [
        "plyo.envs.mujoco.inverted_pendulum_v5 False",
        "plyo.envs.robotics.fetch_reach False",
        "True",
    ]


def test_pickles_cross_between_the_libraries(run: Run, tmp_path):
    write = """
    import pickle, gymnasium as gym
    from gymnasium import spaces
    space = spaces.Dict(a=spaces.Box(-1, 1, (2,)), b=spaces.Tuple([spaces.Discrete(3), spaces.MultiBinary(2)]), seed=4)
    pickle.dump((space, gym.spec("CartPole-v1").id, gym.vector.AutoresetMode.SAME_STEP), open("FILE", "wb"))
    print(space.sample())
    """
    read = """
    import pickle, gymnasium
    space, id, mode = pickle.load(open("FILE", "rb"))
    assert isinstance(space, gymnasium.spaces.Dict) and mode is gymnasium.vector.AutoresetMode.SAME_STEP
    space.seed(4)
    print(space.sample())
    """
    file = str(tmp_path / "pickle")
    for plain in (True, False):
        written = run(write.replace("FILE", file), plain=plain).stdout
        assert run(read.replace("FILE", file), plain=not plain).stdout == written


def test_plyos_own_gymnasium_package_works_inside(run: Run):
    code = """
    import gymnasium as gym, plyo.gymnasium
    env = gym.make("plyo/CartPole-v1")
    assert plyo.to_gymnasium(env) is plyo.from_gymnasium(env) is env
    assert isinstance(env.observation_space, gym.spaces.Box) and env.reset(seed=0)[0] in env.observation_space
    envs = gym.make_vec("plyo/CartPole-v1", 3)
    assert envs.reset(seed=0)[0] in envs.observation_space
    assert plyo.gymnasium.to_gymnasium_space(env.action_space) is env.action_space
    print("ok")
    """
    assert lines(run(code)) == ["ok"]


def test_the_report_says_what_ran_where(run: Run, tmp_path):
    code = """
    import gymnasium as gym

    class Own(gym.Env):
        observation_space = action_space = gym.spaces.Discrete(2)

        def reset(self, *, seed=None, options=None):
            return 0, {}

        def step(self, action):
            return 0, 0.0, False, False, {}

    if __name__ == "__main__":
        import gymnasium.experimental
        gym.register("Own-v0", entry_point=Own)
        gym.make("Own-v0")
        gym.make_vec("CartPole-v1", 4)
        gym.make_vec("Pendulum-v1", 2, wrappers=[gym.wrappers.TimeAwareObservation])
        envs = gym.vector.AsyncVectorEnv([lambda: gym.make("CartPole-v1")] * 2, context="spawn")
        envs.close()
    """
    done = run(code, options=("--report",), TMPDIR=str(tmp_path))
    report = done.stderr.splitlines()
    assert report[0].startswith("plyo run: environments and modules of ")
    assert report[1:] == [
        "  native      CartPole-v1: a batch of 4, math='reference'",
        "  native      CartPole-v1: one environment, math='reference' (3 times)",
        "  native      Pendulum-v1: one environment, math='reference' (2 times)",
        "  one by one  Pendulum-v1: a batch of 2 single environments: there are wrappers around each environment",
        "  in Python   Own-v0: __main__.Own is written in Python",
        "  fell back   gymnasium.experimental: Plyo has no such module; that of the installed gymnasium is used",
    ]
    assert not list(tmp_path.glob("plyo-run-*"))
    assert "no environment was made" in run("pass", options=("--report",)).stderr
    assert run(code).stderr == ""
