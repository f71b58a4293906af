"""Benchmarks work and report their results. No speed is asserted here."""

from __future__ import annotations

import importlib
import json
from time import sleep

import numpy as np
import pytest
import typer
from task_choice import for_general_code
from typer.testing import CliRunner

from plyo.bench import (
    Case,
    Contestant,
    Report,
    Scenario,
    Settings,
    batch_contestants,
    describe_machine,
    measure_case,
    single_contestants,
    task_ids,
)
from plyo.bench.contestant import make_actions
from plyo.bench.machine import machine_label
from plyo.bench.plots import plot_bars, plot_rates
from plyo.bench.race import race
from plyo.cli.bench_tables import format_rate, format_ratio

#: The module: `plyo.cli.bench` is the function by now.
cli = importlib.import_module("plyo.cli.bench")

QUICK = Settings(seconds=0.001, rounds=2)
APP = typer.Typer()
APP.command()(cli.bench)


class Counter(Contestant):
    """Counts its calls into a log that all share."""

    peer, scenario, package = "counter", Scenario.STEP, "plyo"
    steps_per_call = 3

    def __init__(self, name, log):
        self.name, self.log = name, log

    def run(self, calls):
        self.log.append((self.name, calls))
        sleep(1e-4 * calls)


class Slow(Counter):
    def run(self, calls):
        super().run(calls)
        sleep(0.02 * calls)


def report_of(*cases):
    report = Report(describe_machine(), QUICK.seconds, QUICK.rounds)
    for case in cases:
        report.add(*measure_case(case, batch_contestants(peers=False), QUICK))
    return report


@pytest.fixture(autouse=True)
def wide_output(monkeypatch):
    monkeypatch.setenv("COLUMNS", "240")
    monkeypatch.setenv("TERM", "dumb")


def run_cli(*arguments):
    return CliRunner().invoke(APP, [str(argument) for argument in arguments])


QUICK_CLI = ("--num-envs", "1,4", "--seconds", "0.001", "--rounds", "2")


@pytest.mark.parametrize("task", for_general_code(task_ids()))
def test_plyo_takes_part_in_every_way(task):
    measured, skipped = measure_case(Case(task, 5, 1), batch_contestants(peers=False), QUICK)
    singles, _ = measure_case(Case(task), single_contestants(peers=False), QUICK)
    assert skipped == []
    assert {m.scenario for m in measured + singles} == {scenario.value for scenario in Scenario}
    for m in measured + singles:
        assert m.peer == "plyo"
        assert 1 <= m.rounds <= QUICK.rounds
        assert 0 < m.lowest <= m.steps_per_second <= m.highest


@pytest.mark.parametrize("task", ["CartPole-v1", "Pendulum-v1"])
def test_peers_take_part_or_say_why_not(task):
    contestants = batch_contestants() + single_contestants()
    measured, skipped = measure_case(Case(task, 1, 1), contestants, QUICK)
    assert len(measured) + len(skipped) == len(contestants)
    peers = {m.peer for m in measured}
    assert {"plyo", "gymnasium", "gymnasium-sync"} <= peers
    assert ("gymnasium-vector" in peers) == (task == "CartPole-v1")
    assert all(s.reason for s in skipped)


def test_envpool_takes_part():
    pytest.importorskip("envpool")
    envpool = [c for c in batch_contestants() if c.peer == "envpool"]
    measured, skipped = measure_case(Case("MountainCarContinuous-v0", 4, 2), envpool, QUICK)
    assert [m.peer for m in measured] == ["envpool"]
    assert skipped == []


def test_large_batches_are_too_much_for_python_objects():
    sync = [c for c in batch_contestants() if c.peer == "gymnasium-sync"]
    measured, (skipped,) = measure_case(Case("CartPole-v1", 65536), sync, QUICK)
    assert measured == []
    assert "1024" in skipped.reason


def test_a_failing_peer_is_skipped_and_the_others_go_on():
    class Broken(Counter):
        package = "gymnasium"

        def __init__(self, case):
            raise OSError("no such library")

    measured, (skipped,) = measure_case(Case("CartPole-v1"), [Broken, *batch_contestants(False)], QUICK)
    assert "no such library" in skipped.reason
    assert measured


def test_contestants_take_turns():
    log = []
    rates = race([Counter("a", log), Counter("b", log)], Settings(seconds=0.01, rounds=3))
    assert [len(seen) for seen in rates] == [3, 3]
    assert [name for name, _ in log[-6:]] == ["a", "b"] * 3


def test_a_slow_contestant_gets_fewer_rounds():
    log = []
    quick, slow = race([Counter("quick", log), Slow("slow", log)], Settings(seconds=0.01, rounds=6))
    assert len(quick) == 6
    assert 1 <= len(slow) <= 3
    assert {calls for name, calls in log if name == "slow"} == {1}


def test_actions_are_the_same_for_all_and_legal():
    ours, theirs = (make_actions(Case("Acrobot-v1", 7), dtype) for dtype in ("int64", "int32"))
    assert np.array_equal(ours, theirs)
    assert theirs[0].dtype == np.int32
    assert set(np.unique(ours)) == {0, 1, 2}
    forces = make_actions(Case("Pendulum-v1", 7))
    assert forces[0].shape == (7, 1)
    assert forces[0].dtype == np.float32
    assert np.abs(forces).max() <= 2


def test_a_report_survives_json():
    report = report_of(Case("CartPole-v1", 2))
    assert Report.from_json(report.to_json()) == report
    with pytest.raises(ValueError, match="format"):
        Report.from_dict({"format": 99})


def test_a_report_names_the_machine():
    machine = describe_machine()
    assert machine.cores >= 1
    assert machine.name.endswith(f"-{machine.cores}c")
    assert machine.instruction_set in ("baseline", "avx2", "avx512")
    assert machine.peers["gymnasium"]
    json.dumps(report_of().to_dict())


@pytest.mark.parametrize(
    ("cpu", "label"),
    [
        (("AMD EPYC", 25, 17, 2), "amd-epyc-zen4-2c"),
        (("AMD Ryzen 9 5950X 16-Core Processor", 25, 33, 32), "amd-ryzen-9-5950x-zen3-32c"),
        (("Intel(R) Xeon(R) Platinum 8375C CPU @ 2.90GHz", 6, 106, 8), "intel-xeon-platinum-8375c-8c"),
        (("", 0, 0, 1), "unknown-1c"),
    ],
)
def test_machines_are_labelled_by_kind(cpu, label):
    assert machine_label(*cpu) == label


def test_plots_are_drawn(tmp_path):
    pytest.importorskip("matplotlib")
    report = report_of(Case("CartPole-v1", 1), Case("CartPole-v1", 4), Case("Pendulum-v1", 4, 2))
    for name, threads in (("all.png", None), ("one.png", [1]), ("none.png", [9])):
        plot_rates(report, tmp_path / name, threads)
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")


def test_bars_are_drawn(tmp_path, monkeypatch):
    figure_class = pytest.importorskip("matplotlib.figure").Figure
    figures = []
    save = figure_class.savefig
    monkeypatch.setattr(
        figure_class,
        "savefig",
        lambda figure, *a, **k: figures.append(figure) or save(figure, *a, **k),
    )
    report = report_of(Case("CartPole-v1", 1), Case("CartPole-v1", 4), Case("Pendulum-v1", 4, 2))
    plot_bars(report, tmp_path / "bars.png")
    plot_bars(report_of(), tmp_path / "none.png")
    assert (tmp_path / "none.png").read_bytes().startswith(b"\x89PNG")
    panels = [axes for axes in figures[0].axes if axes.get_visible()]
    assert [axes.get_title(loc="left") for axes in panels] == ["CartPole-v1", "Pendulum-v1, 2 threads"]
    for axes, case in zip(panels, (Case("CartPole-v1", 4), Case("Pendulum-v1", 4, 2)), strict=True):
        widths = {bar.get_width() for bar in axes.patches}
        assert widths == {m.steps_per_second for m in report.measurements if m.case == case}


@pytest.mark.parametrize("columns", [240, 80, 44])
def test_cli_prints_tables_that_fit_and_writes_files(tmp_path, terminal, columns):
    pytest.importorskip("matplotlib")
    terminal(columns)
    results, picture = tmp_path / "r.json", tmp_path / "r.png"
    run = run_cli("CartPole-v1", *QUICK_CLI, "--threads", "1,2", "--json", results, "--plot", picture)
    assert run.exit_code == 0, run.output
    for text in ("CartPole-v1", "rollout", "Gymn. sync", "×", "make()", "about ", "Ctrl-C"):
        assert text in run.output
    rows = [line for line in run.output.splitlines() if line.startswith("  ")]
    assert max(map(len, rows)) <= columns
    wide = any("threads" in line and "Gymn. sync" in line for line in run.output.splitlines())
    assert wide == (columns == 240)
    cases = {m.case for m in Report.from_json(results.read_text(encoding="utf-8")).measurements}
    assert cases == {Case("CartPole-v1", n, t) for n in (1, 4) for t in (1, 2)}
    assert picture.exists()


def test_cli_without_peers(terminal):
    terminal(80)
    run = run_cli("CartPole-v1", *QUICK_CLI, "--no-peers")
    assert run.exit_code == 0, run.output
    assert "Gymn. sync" not in run.output
    assert "EnvPool" not in run.output


def test_cli_into_a_pipe_writes_a_line_a_rate():
    run = run_cli("CartPole-v1", *QUICK_CLI, "--no-peers")
    rows = [line.split("\t") for line in run.stdout.splitlines()]
    assert {tuple(row[:5]) for row in rows} == {
        ("CartPole-v1", n, "1", "plyo", scenario)
        for n in ("1", "4")
        for scenario in ("step", "step_out", "rollout", "rollout_bare")
    } | {("CartPole-v1", "1", "1", "plyo", "single")}
    assert all(int(row[5]) > 0 for row in rows)


@pytest.mark.parametrize(
    ("args", "tasks", "cases"),
    [
        ((), cli._SELECTION, {1, 64, 4096}),
        (("--quick",), cli._QUICK_TASKS, {64, 4096}),
        (("--quick", "--num-envs", "2", "Acrobot-v1"), ("Acrobot-v1",), {2}),
        (("--all", "--num-envs", "2"), task_ids(), {2}),
    ],
    ids=["default", "quick", "quick, named", "all"],
)
def test_cli_chooses_tasks_and_sizes(monkeypatch, args, tasks, cases):
    asked = []
    monkeypatch.setattr(cli, "measure_case", lambda case, *_: asked.append(case) or ([], []))
    run = run_cli(*args, "--no-peers")
    assert run.exit_code == 0, run.output
    assert {case.task for case in asked} == set(tasks)
    assert {case.num_envs for case in asked[: -len(tasks)]} == cases


def test_a_quick_run_takes_some_seconds():
    race = cli.Race(None, None, Settings(*cli._QUICK[1:]), True)
    # 7 contestants of 2 sizes, and 2 single ones
    assert race._estimate(len(cli._QUICK_TASKS) * (2 * 7 + 2)).startswith("about 9 s;")
    assert [cli.format_duration(s) for s in (0.2, 59, 61, 600)] == ["1 s", "59 s", "1 min 1 s", "10 min 0 s"]


def test_ctrl_c_prints_what_there_is(monkeypatch, tmp_path, terminal):
    terminal(80)
    calls = []

    def interrupted(*arguments):
        calls.append(arguments)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return measure_case(*arguments)

    monkeypatch.setattr(cli, "measure_case", interrupted)
    run = run_cli("CartPole-v1", *QUICK_CLI, "--no-peers", "--json", tmp_path / "r.json")
    assert run.exit_code == 130
    assert "interrupted" in run.output
    assert "CartPole-v1" in run.output
    report = Report.from_json((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert {m.case.num_envs for m in report.measurements} == {1}


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["CartPol-v1"], "CartPole"),
        (["--num-envs", "0"], "--num-envs"),
        (["--num-envs", "1,x"], "1,x"),
        (["--threads", ""], "--threads"),
        (["--all", "CartPole-v1"], "--all"),
        (["--seconds", "0"], "--seconds"),
        (["--seconds", "nan"], "--seconds"),
        (["--seconds", "inf"], "--seconds"),
        (["--plot", "rates.xyz"], "--plot"),
        (["--json", "/nowhere/at/all.json"], "--json"),
    ],
)
def test_cli_refuses_nonsense_before_measuring(monkeypatch, arguments, text):
    monkeypatch.setattr(cli, "measure_case", lambda *_: pytest.fail("measured"))
    run = run_cli(*arguments)
    assert run.exit_code == 2
    assert text in run.output


def test_a_plot_without_matplotlib_is_refused_before_measuring(monkeypatch):
    monkeypatch.setattr(cli, "measure_case", lambda *_: pytest.fail("measured"))
    monkeypatch.setattr("plyo.cli.common.is_installed", lambda name: name != "matplotlib")
    run = run_cli("CartPole-v1", "--plot", "rates.png")
    assert run.exit_code == 2
    assert "pip install matplotlib" in run.output


def test_rates_read_well():
    rates = (None, 1234, 45_600, 145e6, 2.5e9)
    assert [format_rate(rate) for rate in rates] == ["-", "1.23 k", "45.6 k", "145 M", "2.5 G"]
    ratios = [format_ratio(*pair) for pair in ((10, 4), (100, 4), (1000, 4), (None, 4), (4, None))]
    assert ratios == ["2.50", "25.0", "250", "-", "-"]
