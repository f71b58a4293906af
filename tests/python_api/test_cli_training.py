"""The files of plyo train: policies that know their origin, logs, and videos that are interrupted."""

from __future__ import annotations

import csv
import importlib.util
import json
import math
import os
import re
import signal
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
import pytest

import plyo
from plyo.cli.interrupts import wish_to_end
from plyo.replay import Replay
from plyo.replay.films import film
from plyo.train.about import describe_origin, fits, origin
from plyo.train.curve import draw_seeds
from plyo.train.curve_log import CurveLog
from plyo.train.trainer import Progress, Trainer

QUICK = ("--population", "16", "--episodes-per-candidate", "4", "--generations", "2")
BALANCE = [[0, 0, 0, 0], [0.0, 0.1, 1.0, 0.3]]


def train(plyo_command, *args):
    return plyo_command("train", "CartPole-v1", "--seed", "3", *QUICK, *args)


# The origin of a policy.


@pytest.mark.parametrize(
    "policy",
    [plyo.policies.Linear(BALANCE), plyo.policies.MLP([(BALANCE, None)]), plyo.policies.Tabular([0, 1])],
    ids=["Linear", "MLP", "Tabular"],
)
def test_a_file_keeps_what_is_known_of_its_policy(policy, tmp_path) -> None:
    assert policy.about == {}
    policy.save(tmp_path / "plain.npz")
    assert plyo.policies.load(tmp_path / "plain.npz").about == {}
    with np.load(tmp_path / "plain.npz") as file:
        assert "about" not in file.files  # older versions of Plyo read it
    policy.about = {"task": "CartPole-v1", "note": "größer", "numbers": [1, 2.5]}
    policy.save(tmp_path / "told.npz")
    assert plyo.policies.load(tmp_path / "told.npz").about == policy.about
    policy.about = {"return": math.nan}
    with pytest.raises(ValueError, match="JSON"):
        policy.save(tmp_path / "nan.npz")
    policy.about = {}


@pytest.mark.parametrize("about", [np.array("[1]"), np.array("{"), np.array(3), np.array(["{}"])])
def test_an_origin_that_is_none(about, tmp_path) -> None:
    np.savez(tmp_path / "odd.npz", table=np.zeros(3, int), epsilon=0.0, about=about)
    with pytest.raises(ValueError, match=r"odd.npz holds no policy that Plyo saved"):
        plyo.policies.load(tmp_path / "odd.npz")


def test_origins() -> None:
    spec = plyo.spec("CartPole-v1")
    known = origin(spec, "cem", np.int64(7), np.float32(475.5), 1000)
    assert json.loads(json.dumps(known)) == known
    assert known["plyo"] == plyo.__version__
    age = datetime.now(timezone.utc) - datetime.fromisoformat(known["date"])
    assert 0 <= age.total_seconds() < 60
    assert describe_origin(known) == "learnt on CartPole-v1 by cem, seed 7, return 475.5"
    assert describe_origin({}) == ""
    assert "mean_return" not in origin(spec, "cem", 7, math.nan)


@pytest.mark.parametrize(
    ("learnt", "used", "fit"),
    [
        ("CartPole-v1", "CartPole-v1", True),
        ("CartPole-v0", "CartPole-v1", True),
        ("FetchReachDense-v4", "FetchReach-v4", True),
        ("Acrobot-v1", "CartPole-v1", False),
        ("my/CartPole-v1", "CartPole-v1", False),
        ("not an id", "CartPole-v1", False),
        (None, "CartPole-v1", True),
    ],
)
def test_where_policies_fit(learnt, used, fit) -> None:
    assert fits({"task": learnt}, plyo.spec(used)) == fit


def test_a_trained_policy_says_so_and_is_refused_elsewhere(plyo_command, user_error) -> None:
    assert train(plyo_command).code in (0, 1)
    about = plyo.policies.load("CartPole-v1.npz").about
    assert (about["task"], about["method"], about["seed"]) == ("CartPole-v1", "cem", 3)
    assert about["mean_return"] > 0
    assert about["env_steps"] > 0
    said = f"CartPole-v1.npz (learnt on CartPole-v1 by cem, seed 3, return {about['mean_return']:g})"
    assert said in plyo_command("rollout", "CartPole-v1", "--policy", "CartPole-v1.npz", "--steps", "9").out
    for command in (["rollout"], ["record", "-o", "a.png"], ["show", "-o", "a.png"]):
        user_error(
            [*command, "Acrobot-v1", "--policy", "CartPole-v1.npz"],
            "--policy CartPole-v1.npz was learnt on CartPole-v1 by cem, seed 3",
            "it is no policy for Acrobot-v1",
        )


def test_an_older_policy_is_not_replaced(plyo_command, user_error) -> None:
    Path("CartPole-v1.npz").write_bytes(b"old")
    assert re.search(r"policy +CartPole-v1-2.npz\n", train(plyo_command).out)
    assert re.search(r"policy +CartPole-v1-3.npz\n", train(plyo_command).out)
    user_error(["train", "CartPole-v1", "-o", "CartPole-v1.npz"], "exists already", "--force")
    assert Path("CartPole-v1.npz").read_bytes() == b"old"
    assert re.search(r"policy +CartPole-v1.npz\n", train(plyo_command, "--force").out)
    assert plyo.policies.load("CartPole-v1.npz").about["seed"] == 3


# Several seeds.


@pytest.mark.usefixtures("no_tensorboard")
def test_several_seeds(plyo_command) -> None:
    """Each seed is trained as by itself, and the best policy is saved."""
    outcome = train(plyo_command, "--seeds", "3", "--log", "runs")
    assert outcome.err == "runs gets no file for TensorBoard: pip install tensorboard\n"
    told = dict(re.findall(r"^seed (\d) +(-?[\d.]+) in", outcome.out, re.MULTILINE))
    assert list(told) == ["3", "4", "5"]
    best = max(told, key=lambda seed: float(told[seed]))
    about = plyo.policies.load("CartPole-v1.npz").about
    assert about["seed"] == int(best)
    assert f"{about['mean_return']:.2f}" == told[best]
    values = [float(text) for text in told.values()]
    mean = re.search(r"mean return +([\d.]+), standard deviation ([\d.]+)\n", outcome.out)
    assert mean is not None
    assert float(mean[1]) == pytest.approx(np.mean(values), abs=0.01)
    assert float(mean[2]) == pytest.approx(np.std(values, ddof=1), abs=0.01)
    solved = sum(value >= 475 for value in values)
    assert f"solved with {solved} of 3 seeds" in outcome.out
    assert outcome.code == (0 if solved == 3 else 1)
    for seed in told:
        alone = plyo_command("train", "CartPole-v1", "--seed", seed, *QUICK, "--log", f"alone-{seed}")
        assert f"{told[seed]} over 100 fresh episodes" in alone.out
        rows, alike = (
            list(csv.DictReader(Path(folder, "progress.csv").read_text().splitlines()))
            for folder in (f"runs/seed-{seed}", f"alone-{seed}")
        )
        assert [row["mean_return"] for row in rows] == [row["mean_return"] for row in alike]


def test_several_seeds_of_a_table(plyo_command) -> None:
    outcome = plyo_command("train", "NChain-v0", "--seed", "1", "--seeds", "2", "--steps", "19968")
    assert len(re.findall(r"^seed \d .* in 19968 env steps", outcome.out, re.MULTILINE)) == 2


def test_interrupted_among_several_seeds(plyo_command, monkeypatch) -> None:
    """The seeds so far are told, with the one that was interrupted; the others are left out."""
    begun = []
    run = Trainer.run

    def interrupted(trainer):
        begun.append(trainer.config.seed)
        for generation in run(trainer):
            yield generation
            if len(begun) == 2:
                raise KeyboardInterrupt

    monkeypatch.setattr(Trainer, "run", interrupted)
    outcome = train(plyo_command, "--seeds", "4")
    assert outcome.code == 130
    assert begun == [3, 4]
    assert "with 0 of 2 seeds; interrupted, 3 of 4 seeds are not complete\n" in outcome.out
    assert re.findall(r"^seed (\d)", outcome.out, re.MULTILINE) == ["3", "4"]
    assert Path("CartPole-v1.npz").exists()


def test_a_curve_of_several_seeds(tmp_path, monkeypatch) -> None:
    """The mean and the band lie on the steps of all trainings; one that has ended keeps its last return."""
    pytest.importorskip("matplotlib")
    drawn = []
    monkeypatch.setattr("plyo.train.curve._draw", lambda *args: drawn.append(args))
    draw_seeds([([10, 20], [0.0, 4.0]), ([10, 30], [2.0, 6.0])], "both", 5.0, tmp_path / "a.png")
    ((steps, (band, mean), lines, title, _),) = drawn
    assert (steps, title, len(lines)) == ([10, 20, 30], "both", 1)
    assert list(mean.returns) == [1.0, 4.0, 5.0]
    assert (list(band.low), list(band.high)) == ([0.0, 4.0, 4.0], [2.0, 4.0, 6.0])


@pytest.mark.parametrize("count", ["0", "1001", "two"])
def test_numbers_of_seeds_that_are_none(count, user_error) -> None:
    user_error(["train", "CartPole-v1", "--seeds", count], "--seeds")


# The log.


@pytest.fixture
def no_tensorboard(monkeypatch) -> None:
    monkeypatch.setattr("plyo.train.curve_log.has_tensorboard", lambda: False)


@pytest.mark.usefixtures("no_tensorboard")
def test_a_log_has_every_report(plyo_command) -> None:
    outcome = train(plyo_command, "--log", "runs/a")
    assert outcome.err == "runs/a gets no file for TensorBoard: pip install tensorboard\n"
    assert re.search(r"log +runs/a\n", outcome.out)
    with Path("runs/a/progress.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["generation"] for row in rows] == ["1", "2"]
    steps = [int(row["env_steps"]) for row in rows]
    assert 0 < steps[0] < steps[1]
    assert f"return {float(rows[0]['mean_return']):.1f} " in outcome.out
    settings = json.loads(Path("runs/a/settings.json").read_text())
    assert (settings["task"], settings["method"], settings["population"]) == ("CartPole-v1", "cem", 16)


@pytest.mark.usefixtures("no_tensorboard")
def test_a_log_is_on_the_disk_at_once(tmp_path) -> None:
    with CurveLog(tmp_path / "log", {}) as log:
        log.add(Progress(1, 100, 0.5, 1.0, 2.0, math.nan, 4.0))
        (names, row) = (tmp_path / "log" / "progress.csv").read_text().splitlines()
    assert names.startswith("generation,env_steps,seconds,")
    assert row == "1,100,0.5,1.0,2.0,nan,4.0"


def test_a_log_that_cannot_be_written(plyo_command, user_error) -> None:
    Path("file").write_bytes(b"")
    user_error(["train", "CartPole-v1", "--log", "file"], "file")


@pytest.mark.skipif(importlib.util.find_spec("tensorboard") is None, reason="tensorboard is not installed")
def test_tensorboard_reads_the_log(tmp_path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    with CurveLog(tmp_path, {"seed": 3}) as log:
        for generation in (1, 2):
            log.add(Progress(generation, 100 * generation, 0.5, 1.0, 2.0, 3.0 * generation, 4.0))
    events = EventAccumulator(str(tmp_path)).Reload()
    assert [(e.step, e.value) for e in events.Scalars("mean_return")] == [(100, 3.0), (200, 6.0)]
    (text,) = events.Tensors("settings")
    assert b"|seed|3|" in text.tensor_proto.string_val[0]


# Ctrl-C.


def test_the_first_ctrl_c_is_a_wish_the_second_one_an_end() -> None:
    with wish_to_end() as wish:
        assert not wish.is_there
        os.kill(os.getpid(), signal.SIGINT)
        assert wish.is_there
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_wish_leaves_other_handlers_alone() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with wish_to_end() as wish:
            os.kill(os.getpid(), signal.SIGINT)
        assert not wish.is_there
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def test_an_interrupted_video_ends_with_the_pictures_so_far(plyo_command, monkeypatch) -> None:
    image = pytest.importorskip("PIL.Image")

    def interrupted(*args, on_frame, **kwargs):
        frames = 0

        def go_on() -> bool:
            nonlocal frames
            frames += 1
            if frames == 3:
                os.kill(os.getpid(), signal.SIGINT)
            return on_frame()

        return film(*args, on_frame=go_on, **kwargs)

    monkeypatch.setattr("plyo.cli.recording.film", interrupted)
    outcome = plyo_command("record", "CartPole-v1", "--episodes", "2", "-o", "a.png", "--size", "16x16")
    assert outcome.code == 130
    assert re.search(r"video +a.png, 3 of \d+ frames\ninterrupted: the video ends early\n", outcome.out)
    assert "episode 0 " in outcome.out
    assert "episode 1 " not in outcome.out
    with image.open("a.png") as file:
        assert file.n_frames == 3


def test_ctrl_c_while_playing_leaves_no_video(plyo_command, monkeypatch) -> None:
    def interrupted(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr("plyo.cli.record.play_episodes", interrupted)
    outcome = plyo_command("record", "CartPole-v1", "-o", "a.png")
    assert outcome.code == 130
    assert "there is no video" in outcome.out
    assert not Path("a.png").exists()


def test_a_film_ends_in_any_of_its_episodes(tmp_path) -> None:
    image = pytest.importorskip("PIL.Image")
    replays = [Replay("CartPole-v1", seed, [0, 1]) for seed in (1, 2, 3)]
    answers = iter([True] * 4 + [False])
    film(replays, tmp_path / "a.png", size=(8, 8), on_frame=lambda: next(answers))
    with image.open(tmp_path / "a.png") as file:
        assert file.n_frames == 5
