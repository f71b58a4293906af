"""The command line."""

from __future__ import annotations

import json
import os
import platform
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import plyo

QUICK = ["--population", "16", "--episodes-per-candidate", "4", "--generations", "2"]
COMMAND = [sys.executable, "-m", "plyo.cli"]


class Outcome:
    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


def run_process(*args: str, **variables: str) -> Outcome:
    """Runs a command in a process of its own."""
    env = {**os.environ, **variables}
    process = subprocess.run([*COMMAND, *args], capture_output=True, text=True, check=False, env=env)
    return Outcome(process.returncode, process.stdout, process.stderr)


def same_policy(one: str, other: str) -> bool:
    """Whether the files hold the same policy; they may have been made at other times."""
    with np.load(one) as a, np.load(other) as b:
        return a.files == b.files and all(np.array_equal(a[n], b[n]) for n in a.files if n != "about")


def assert_user_error(outcome: Outcome, *parts: str) -> None:
    """One line on stderr, exit code 2."""
    assert outcome.code == 2
    assert outcome.err.count("\n") == 1
    assert outcome.err.startswith("plyo: error: ")
    for part in parts:
        assert part in outcome.err


# The program.


def test_version(plyo_command) -> None:
    outcome = plyo_command("--version")
    assert (outcome.code, outcome.out) == (0, f"plyo {plyo.__version__}\n")


def test_unknown_command_and_option(plyo_command) -> None:
    assert_user_error(plyo_command("trian"), "trian")
    assert_user_error(plyo_command("list", "--nix"), "--nix")
    assert_user_error(plyo_command("train"), "ID")


def test_importing_plyo_imports_no_command_line() -> None:
    code = "import plyo, sys; print([m for m in ('typer', 'rich', 'matplotlib') if m in sys.modules])"
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert process.stdout == "[]\n"


@pytest.mark.parametrize("command", ["rollout", "train"])
def test_unknown_ids_get_the_words_of_the_registry(plyo_command, command: str) -> None:
    assert_user_error(plyo_command(command, "CartPol-v1"), "`CartPol` doesn't exist", "`CartPole`")
    assert_user_error(plyo_command(command, "CartPole-v9"), "`v9`", "`v1`")
    assert_user_error(plyo_command(command, "not an id"), "Malformed environment ID: not an id")
    assert_user_error(plyo_command(command, "no_such_module:X-v0"), "no_such_module")


def test_warnings_are_one_plain_line() -> None:
    outcome = run_process("rollout", "CartPole-v0", "--steps", "1", "--num-envs", "1")
    assert outcome.code == 0
    assert outcome.err == (
        "plyo: WARN: The environment CartPole-v0 is out of date. You should consider upgrading to version `v1`.\n"
    )


# info.


def test_info(plyo_command, monkeypatch) -> None:
    for name in ("PLYO_NUM_THREADS", "OMP_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setitem(sys.modules, "envpool", None)
    outcome = plyo_command("info")
    assert outcome.code == 0
    facts = dict(line.split(maxsplit=1) for line in outcome.out.splitlines())
    assert facts["plyo"].startswith(plyo.__version__)
    assert facts["numpy"] == np.__version__
    assert str(Path(plyo.__file__).parent) in facts["installed"]
    assert facts["python"].startswith(platform.python_version())
    assert plyo._native.isa() in outcome.out
    assert facts["threads"] == str(plyo._native.available_threads())
    assert facts["terminal"].startswith("none: ")
    assert facts["envpool"] == "not installed: a peer of plyo bench; pip install envpool"
    assert 'plyo["' not in outcome.out
    told = json.loads(plyo_command("doctor", "--json").out)
    assert [name.split()[0] for name in told] == [line.split()[0] for line in outcome.out.splitlines()]
    assert told["numpy"] == np.__version__


@pytest.mark.parametrize(
    ("omitted", "ending"), [([], "baseline"), (["avx2", "avx512"], "baseline; built without avx2 and avx512")]
)
def test_info_names_the_kernels_that_the_build_omits(plyo_command, monkeypatch, omitted, ending) -> None:
    monkeypatch.setattr("plyo.cli.info.supported_isas", lambda: ["baseline"])
    monkeypatch.setattr("plyo.cli.info.omitted_isas", lambda: omitted)
    told = json.loads(plyo_command("info", "--json").out)
    assert told["instruction set"].endswith(f", of {ending}")


@pytest.mark.parametrize("columns", [80, 44])
def test_info_fits_the_terminal(plyo_command, terminal, monkeypatch, columns) -> None:
    terminal(columns)
    monkeypatch.setattr("plyo.cli.info.find_program", lambda: None)
    outcome = plyo_command("info")
    # a path is not broken
    assert all(len(line) <= columns for line in outcome.out.splitlines() if "/" not in line)
    assert f"{columns}x" in outcome.out
    assert "videos become animated" in " ".join(outcome.out.split())


def test_info_names_an_ffmpeg_that_does_not_run(plyo_command, monkeypatch) -> None:
    monkeypatch.setattr("plyo.cli.info.find_program", lambda: "/no/such/ffmpeg")
    assert "/no/such/ffmpeg does not run: FileNotFoundError" in plyo_command("info").out


@pytest.mark.parametrize("name", ["PLYO_NUM_THREADS", "OMP_NUM_THREADS"])
def test_info_says_what_limits_the_threads(plyo_command, monkeypatch, name: str) -> None:
    monkeypatch.setattr("plyo.cli.info.available_threads", lambda: 8)
    monkeypatch.delenv("PLYO_NUM_THREADS", raising=False)
    monkeypatch.setenv(name, "1")
    assert f"1 of 8 (limited by {name})" in plyo_command("info").out
    monkeypatch.setenv("PLYO_NUM_THREADS", "none")
    outcome = plyo_command("info")
    assert outcome.code == 2
    assert "PLYO_NUM_THREADS must be a number of threads from 1 on" in outcome.err


@pytest.mark.parametrize("command", [["info"], ["rollout", "CartPole-v1"], ["train", "CartPole-v1"]])
def test_unknown_instruction_set(command: list[str]) -> None:
    assert_user_error(run_process(*command, PLYO_ISA="mmx"), "PLYO_ISA=mmx")


# rollout.


def test_rollout(plyo_command) -> None:
    outcome = plyo_command("rollout", "CartPole-v1", "--num-envs", "64", "--steps", "300", "--seed", "5")
    assert outcome.code == 0
    assert "19200 in" in outcome.out
    assert "steps/s" in outcome.out
    envs = plyo.make_vec("CartPole-v1", 64, autoreset_mode="same_step")
    envs.reset(seed=5)
    expected = envs.rollout(plyo.policies.Random(5), 300, record=["episodes"])
    returns = expected.episode_returns
    assert f"episodes  {len(returns)}\n" in outcome.out
    for name in ("return", "length"):
        numbers = f"mean {returns.mean():.2f}, min {returns.min():.2f}, max {returns.max():.2f}"
        assert re.search(rf"{name} +{numbers}\n", outcome.out)


def test_rollout_repeats_and_shows_a_new_seed(plyo_command) -> None:
    def results(*args: str) -> tuple[str, list[str]]:
        outcome = plyo_command("rollout", "Acrobot-v1", "--num-envs", "32", "--steps", "600", *args)
        assert outcome.code == 0
        lines = outcome.out.splitlines()
        return lines[0], lines[2:]  # without the time

    first = results()
    (seed,) = re.findall(r"seed (\d+)", first[0])
    assert results("--seed", seed) == first
    assert results("--seed", seed, "--threads", "3") == first
    assert results("--seed", str(int(seed) + 1)) != first
    assert results("--seed", seed, "--math", "reference")[0] == first[0]


def test_rollout_runs_for_some_seconds_by_default(plyo_command) -> None:
    outcome = plyo_command("rollout", "CartPole-v1", "--num-envs", "8", "--seconds", "0.05")
    assert outcome.code == 0
    assert ", about 0.05 s\n" in outcome.out
    (seconds,) = re.findall(r" in ([\d.]+) s: ", outcome.out)
    assert float(seconds) >= 0.05
    for wrong in ("0", "nan", "inf"):
        assert_user_error(plyo_command("rollout", "CartPole-v1", "--seconds", wrong), "--seconds")


def test_rollout_as_json(plyo_command) -> None:
    args = ("rollout", "CartPole-v1", "--num-envs", "8", "--steps", "100", "--seed", "1")
    words = plyo_command(*args).out
    told = json.loads(plyo_command(*args, "--json").out)
    assert (told["task"], told["num_envs"], told["seed"], told["steps"]) == ("CartPole-v1", 8, 1, 800)
    assert told["steps_per_second"] == pytest.approx(told["steps"] / told["seconds"])
    assert f"episodes  {told['episodes']}\n" in words
    mean, least, most = (told["return"][name] for name in ("mean", "min", "max"))
    assert f"mean {mean:.2f}, min {least:.2f}, max {most:.2f}" in words
    told = json.loads(plyo_command("rollout", "Pendulum-v1", "--num-envs", "1", "--steps", "2", "--json").out)
    assert (told["episodes"], told["return"]) == (0, None)


def test_rollout_shows_where_the_time_goes(plyo_command) -> None:
    args = ("rollout", "CartPole-v1", "--num-envs", "256", "--steps", "1000", "--profile")
    lines = plyo_command(*args).out.splitlines()
    table = lines[lines.index("where the time went:") + 1 :]
    names = [line.split()[0] for line in table]
    assert names[:3] == ["s", "outside", "native"]
    assert {"kernel", "policy", "records"} <= set(names[3:])
    told = json.loads(plyo_command(*args, "--json").out)["profile"]
    assert told["num_steps"] == 256_000
    assert told["phases"]["kernel"] > 0
    assert "profile" not in json.loads(plyo_command(*args[:-1], "--json").out)


def test_rollout_says_that_no_call_was_measured(plyo_command, monkeypatch) -> None:
    from plyo.vector.profile import Profile

    read = Profile.read
    monkeypatch.setattr(Profile, "read", lambda profile: read(profile) | {"native": 0.0})
    output = plyo_command("rollout", "CartPole-v1", "--num-envs", "1", "--steps", "3", "--profile").out
    assert "where the time went: none of these calls was measured" in output
    assert "outside" not in output


def test_info_of_a_task_is_elsewhere(plyo_command) -> None:
    done = plyo_command("info", "LunarLander-v3")
    assert done.code == 2
    assert "(LunarLander-v3); plyo info tells of this machine, and `plyo list ID` of a task" in done.err


@pytest.mark.parametrize("module", ["plyo", "plyo.cli"])
def test_modules_are_the_command(module) -> None:
    command = [sys.executable, "-m", module, "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert plyo.__version__ in done.stdout


def test_rollout_without_ended_episodes(plyo_command) -> None:
    outcome = plyo_command("rollout", "Pendulum-v1", "--num-envs", "3", "--steps", "7")
    assert outcome.code == 0
    assert "episodes  0\n" in outcome.out
    assert "return" not in outcome.out


def test_rollout_of_a_saved_policy(plyo_command) -> None:
    balance = plyo.policies.Linear([[0, 0, 0, 0], [0.0, 0.1, 1.0, 0.3]])
    balance.save("balance.npz")
    outcome = plyo_command(
        "rollout",
        "CartPole-v1",
        "--policy",
        "balance.npz",
        "--num-envs",
        "16",
        "--seed",
        "0",
        "--steps",
        "1000",
    )
    assert outcome.code == 0
    assert "balance.npz" in outcome.out
    assert re.search(r"return +mean 500.00", outcome.out)
    assert_user_error(plyo_command("rollout", "Acrobot-v1", "--policy", "balance.npz"), "4 inputs", "Acrobot")


@pytest.mark.parametrize("content", [b"", b"nonsense", b"PK\x03\x04 cut off", "npy", "npz"])
def test_rollout_of_what_is_no_policy(plyo_command, content) -> None:
    path = Path("policy.npz")
    if content == "npy":
        with path.open("wb") as file:
            np.save(file, np.zeros(3))
    elif content == "npz":
        np.savez(path, weights_0=np.zeros((2, 4)))
    else:
        path.write_bytes(content)
    outcome = plyo_command("rollout", "CartPole-v1", "--policy", "policy.npz")
    assert_user_error(outcome, "policy.npz holds no policy that Plyo saved")


def test_rollout_of_a_missing_policy(plyo_command) -> None:
    outcome = plyo_command("rollout", "CartPole-v1", "--policy", "nix.npz")
    assert_user_error(outcome, "--policy nix.npz cannot be read: No such file or directory")


@pytest.mark.parametrize(
    "args",
    [
        ["--steps", "0"],
        ["--num-envs", "-1"],
        ["--num-envs", "x"],
        ["--threads", "0"],
        ["--seed", "-1"],
        ["--math", "exact"],
        ["--num-envs", "1000000000000000000000"],
    ],
)
def test_rollout_with_bad_options(plyo_command, args: list[str]) -> None:
    assert_user_error(plyo_command("rollout", "CartPole-v1", *args), args[0].strip("-").replace("-", "_")[:3])


# train.


def test_train_solves_and_draws(plyo_command) -> None:
    pytest.importorskip("matplotlib")
    outcome = plyo_command("train", "CartPole-v1", "--seed", "0", "--output", "p.npz", "--plot", "curve.png")
    assert outcome.code == 0, outcome.err
    assert re.search(r"CartPole-v1 +solved \(seed 0\)", outcome.out)
    (mean,) = re.findall(r"mean return +([\d.]+) over 100 fresh episodes, threshold 475", outcome.out)
    assert float(mean) >= 475
    assert re.search(r"training +[\d.]+ s, \d+ generations", outcome.out)
    assert re.search(r"env steps +\d+", outcome.out)
    assert re.search(r"policy +p.npz", outcome.out)
    assert "generation 1/100  return " in outcome.out
    assert Path("curve.png").read_bytes().startswith(b"\x89PNG")
    outcome = plyo_command(
        "rollout", "CartPole-v1", "--policy", "p.npz", "--num-envs", "200", "--steps", "1000"
    )
    (mean,) = re.findall(r"return +mean ([\d.]+)", outcome.out)
    assert float(mean) > 450


def test_train_not_solved(plyo_command) -> None:
    outcome = plyo_command(
        "train", "Acrobot-v1", "--seed", "0", *QUICK, "--hidden", "none", "--initial-std", "1e-9"
    )
    assert outcome.code == 1
    assert re.search(r"Acrobot-v1 +not solved", outcome.out)
    assert len(plyo.policies.load("Acrobot-v1.npz").layers) == 1


def test_train_without_threshold(plyo_command) -> None:
    outcome = plyo_command("train", "Pendulum-v1", *QUICK, "--hidden", "4,3", "--activation", "tanh")
    assert outcome.code == 0
    assert "no threshold" in outcome.out
    policy = plyo.policies.load("Pendulum-v1.npz")
    assert [bias.shape[1] for _, bias in policy.layers] == [4, 3, 1]
    assert policy.activation == "tanh"


def test_train_repeats(plyo_command) -> None:
    plyo_command("train", "CartPole-v1", "--seed", "4", *QUICK, "--output", "a.npz", "--threads", "1")
    plyo_command("train", "CartPole-v1", "--seed", "4", *QUICK, "--output", "b.npz", "--threads", "3")
    outcome = plyo_command("train", "CartPole-v1", *QUICK, "--output", "c.npz")
    assert same_policy("a.npz", "b.npz")
    assert not same_policy("a.npz", "c.npz")
    # a seed that the command chose itself can be given again
    (seed,) = re.findall(r"\(seed (\d+)\)", outcome.out)
    plyo_command("train", "CartPole-v1", "--seed", seed, *QUICK, "--output", "d.npz")
    assert same_policy("c.npz", "d.npz")


def test_train_says_before_training_that_matplotlib_is_missing(plyo_command, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    outcome = plyo_command("train", "CartPole-v1", "--plot", "curve.png")
    assert_user_error(outcome, "matplotlib", "pip install matplotlib")
    assert outcome.out == ""
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize(
    ("args", "part"),
    [
        (["--hidden", "8,x"], "--hidden must be 'none' or sizes separated by commas"),
        (["--hidden", "8,0"], "a size in hidden must be an integer of at least 1, got 0"),
        (["--activation", "gelu"], "'gelu'"),
        (["--elite-fraction", "0"], "elite_fraction"),
        (["--initial-std", "-1"], "initial_std"),
        (["--std-smoothing", "1"], "std_smoothing"),
        (["--population", "1"], "--population"),
        (["--episodes-per-candidate", "0"], "--episodes-per-candidate"),
        (["--generations", "0"], "--generations"),
        (["--threads", "0"], "--threads"),
        (["--seed", "x"], "--seed"),
        (["--output", "no/such/folder/p.npz"], "no/such/folder/p.npz cannot be written"),
        (["--output", "."], "cannot be written"),
        (["--plot", "no/such/folder/p.png"], "no/such/folder/p.png cannot be written"),
        (["--plot", "curve.xyz"], "--plot curve.xyz"),
    ],
)
def test_train_with_bad_options(plyo_command, args: list[str], part: str) -> None:
    outcome = plyo_command("train", "CartPole-v1", *args)
    assert_user_error(outcome, part)
    assert outcome.out == ""


def test_train_a_table(plyo_command) -> None:
    pytest.importorskip("matplotlib")
    outcome = plyo_command("train", "FrozenLake-v1", "--seed", "0", "--plot", "curve.png")
    assert outcome.code == 0, outcome.err
    assert re.search(r"FrozenLake-v1 +solved \(seed 0\)", outcome.out)
    (mean,) = re.findall(r"mean return +([\d.]+) over 10000 fresh episodes, threshold 0.7", outcome.out)
    ((exact, optimum, gap),) = re.findall(
        r"exact +([\d.]+) expected; the optimum is ([\d.]+), ([\d.]+) % below the optimum", outcome.out
    )
    assert float(mean) == pytest.approx(float(exact), abs=0.03)
    assert float(exact) >= 0.98 * float(optimum)
    assert float(gap) == pytest.approx(100 * (1 - float(exact) / float(optimum)), abs=0.02)
    assert re.search(r"training +[\d.]+ s, 20 rounds", outcome.out)
    assert "round 20/20  return " in outcome.out
    assert Path("curve.png").read_bytes().startswith(b"\x89PNG")
    outcome = plyo_command("rollout", "FrozenLake-v1", "--policy", "FrozenLake-v1.npz", "--steps", "1000")
    (mean,) = re.findall(r"return +mean ([\d.]+)", outcome.out)
    assert float(mean) > 0.6


def test_train_a_table_in_vain(plyo_command) -> None:
    outcome = plyo_command("train", "FrozenLake-v1", "--seed", "0", "--steps", "64", "--discount", "0.9")
    assert outcome.code == 1
    assert re.search(r"FrozenLake-v1 +not solved", outcome.out)


def test_train_a_table_without_model_repeats(plyo_command) -> None:
    for name, threads in (("a", "1"), ("b", "3")):
        outcome = plyo_command(
            *("train", "Blackjack-v1", "--seed", "4", "--steps", "100000"),
            *("--output", f"{name}.npz", "--threads", threads),
        )
        assert outcome.code == 0
        assert "no threshold" in outcome.out
        assert "optimum" not in outcome.out
    assert same_policy("a.npz", "b.npz")


@pytest.mark.parametrize(
    ("args", "part"),
    [
        (
            ["FrozenLake-v1", "--population", "8"],
            "--population does not apply: FrozenLake-v1 is learnt by a table",
        ),
        (["CartPole-v1", "--steps", "8"], "--steps does not apply: CartPole-v1 is learnt by a network"),
        (["FrozenLake-v1", "--steps", "0"], "--steps"),
        (["FrozenLake-v1", "--discount", "2"], "discount must be from 0 to 1, got 2.0"),
    ],
)
def test_train_with_options_of_the_wrong_method(plyo_command, args: list[str], part: str) -> None:
    outcome = plyo_command("train", *args)
    assert_user_error(outcome, part)
    assert outcome.out == ""


def test_train_by_random_search(plyo_command) -> None:
    quick = ("--generations", "15", "--directions", "4", "--top-directions", "2", "--noise", "0.1")
    chosen = ("train", "Pendulum-v1", "--algo", "ars", "--seed", "4", *quick)
    outcome = plyo_command(*chosen, "--output", "a.npz", "--threads", "1")
    assert outcome.code == 0, outcome.err
    assert "no threshold" in outcome.out
    assert "augmented random search V2 (Mania, Guy & Recht 2018)" in outcome.out
    assert "round 2/2  return " in outcome.out
    assert re.search(r"training +[\d.]+ s, 2 rounds", outcome.out)
    plyo_command(*chosen, "--output", "b.npz", "--threads", "3")
    assert same_policy("a.npz", "b.npz")
    assert [weights.shape for weights, _ in plyo.policies.load("a.npz").layers] == [(1, 1, 3)]
    # other settings, another policy
    for option in (["--step-size", "0.5"], ["--noise", "0.2"], ["--episodes-per-candidate", "2"]):
        plyo_command(*chosen, *option, "--output", "c.npz", "--force")
        assert not same_policy("a.npz", "c.npz")
    outcome = plyo_command("rollout", "Pendulum-v1", "--policy", "a.npz", "--steps", "9")
    assert outcome.code == 0, outcome.err


@pytest.mark.parametrize(
    ("args", "part"),
    [
        (
            ["CartPole-v1", "--algo", "ars"],
            "needs actions in a Box of one dimension, those of CartPole-v1 are",
        ),
        (["CartPole-v1", "--algo", "q-learning"], "a table needs Discrete observations and actions"),
        (["FrozenLake-v1", "--algo", "cem"], "a network needs observations in a Box of one dimension"),
        (["CartPole-v1", "--algo", "dqn"], "--algo"),
        (
            ["CartPole-v1", "--rollout-steps", "8"],
            "--rollout-steps does not apply: CartPole-v1 is learnt by a network",
        ),
        (
            ["Pendulum-v1", "--algo", "ars", "--population", "8"],
            "--population does not apply: Pendulum-v1 is learnt by augmented random search",
        ),
        (["Pendulum-v1", "--noise", "1"], "--noise does not apply: Pendulum-v1 is learnt by a network"),
        (["Pendulum-v1", "--algo", "ars", "--noise", "0"], "noise must be above 0 and finite, got 0.0"),
        (
            ["Pendulum-v1", "--algo", "ars", "--directions", "2"],
            "top_directions must be at most directions=2",
        ),
        (["Pendulum-v1", "--algo", "ars", "--survival-bonus", "nan"], "survival_bonus must be finite"),
    ],
)
def test_train_by_an_unsuitable_method(plyo_command, args: list[str], part: str) -> None:
    outcome = plyo_command("train", *args)
    assert_user_error(outcome, part)
    assert outcome.out == ""


def test_train_by_ppo_says_before_training_that_torch_is_missing(plyo_command, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    outcome = plyo_command("train", "CartPole-v1", "--algo", "ppo")
    assert_user_error(outcome, "--algo ppo needs torch", "pip install torch")
    assert outcome.out == ""
    assert list(Path().iterdir()) == []


def test_train_by_ppo_with_options_of_another_method(plyo_command) -> None:
    outcome = plyo_command("train", "CartPole-v1", "--algo", "ppo", "--population", "8")
    assert_user_error(
        outcome, "--population does not apply: CartPole-v1 is learnt by proximal policy optimisation"
    )


# Ctrl-C.


def interrupt_after_a_line(folder: Path, *args: str) -> Outcome:
    """Starts a command, sends SIGINT when it has printed a line, and waits for its end."""
    process = subprocess.Popen(
        [*COMMAND, *args], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        # a training has begun with one line, and has its first policy with the second
        first = "".join(process.stdout.readline() for _ in range(2 if args[0] == "train" else 1))
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert "Traceback" not in err
    return Outcome(process.returncode, first + out, err)


def test_interrupted_training_saves_the_best_policy(tmp_path) -> None:
    outcome = interrupt_after_a_line(tmp_path, "train", "Pendulum-v1", "--generations", "1000000")
    assert outcome.code == 130, outcome.err
    assert "interrupted; this is the best policy so far" in outcome.out
    assert "Pendulum-v1.npz" in outcome.out
    assert len(plyo.policies.load(tmp_path / "Pendulum-v1.npz").layers) == 2


def test_interrupted_training_saves_the_table(tmp_path) -> None:
    outcome = interrupt_after_a_line(tmp_path, "train", "Taxi-v4", "--steps", "1000000000000")
    assert outcome.code == 130, outcome.err
    assert re.search(r"Taxi-v4 +interrupted; the best policy so far (solves|does not solve) it", outcome.out)
    assert plyo.policies.load(tmp_path / "Taxi-v4.npz").actions.shape == (500,)


def test_interrupted_rollout_reports_its_steps(tmp_path) -> None:
    outcome = interrupt_after_a_line(tmp_path, "rollout", "CartPole-v1", "--steps", "1000000000")
    assert outcome.code == 130, outcome.err
    assert re.search(r"interrupted after \d+ of 1000000000 steps", outcome.out)
