"""plyo show, play and record, and the video of plyo train; in a terminal too."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from fcntl import ioctl
from pathlib import Path

import numpy as np
import pytest

import plyo
import plyo.utils.play
from plyo.cli import main
from plyo.cli.keys import find_keys
from plyo.cli.terminal import fit, shrink, to_changes, to_lines
from plyo.replay import Replay
from plyo.tasks.descriptions import native_tasks

sys.path.insert(0, str(Path(__file__).parents[1] / "mujoco"))
from drawn_models import needs_opengl

Image = pytest.importorskip("PIL.Image")

COLUMNS, ROWS = 80, 24
SEQUENCE = re.compile(r"\x1b\[([?\d;]*)([A-Za-z])")


class Outcome:
    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    """Runs a command in this process, in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def run(*args: str) -> Outcome:
        with pytest.raises(SystemExit) as exit_info:
            main(args)
        captured = capsys.readouterr()
        return Outcome(exit_info.value.code, captured.out, captured.err)

    return run


def pixels(path) -> np.ndarray:
    with Image.open(path) as file:
        return np.array(file)


def assert_user_error(outcome: Outcome, *parts: str) -> None:
    assert (outcome.code, outcome.err.count("\n")) == (2, 1)
    assert outcome.err.startswith("plyo: error: ")
    for part in parts:
        assert part in outcome.err


class Screen:
    """A terminal of 24-bit colours, as far as Plyo writes to it."""

    def __init__(self) -> None:
        self.text = np.full((ROWS, COLUMNS), " ")
        self.colors = np.zeros((ROWS, COLUMNS, 2, 3), np.uint8)
        self.row = self.column = 0
        self.foreground = self.background = (0, 0, 0)
        self.modes: dict[str, bool] = {}

    def feed(self, text: str) -> None:
        at = 0
        while at < len(text):
            match = SEQUENCE.match(text, at)
            if match:
                self.control(match[1], match[2])
                at = match.end()
                continue
            if text[at] == "\r":
                self.column = 0
            elif text[at] == "\n":
                self.row += 1
            else:
                self.text[self.row, self.column] = text[at]
                self.colors[self.row, self.column] = self.foreground, self.background
                self.column += 1
            at += 1

    def control(self, numbers: str, letter: str) -> None:
        values = [int(n) for n in numbers.strip("?").split(";") if n]
        if letter == "m":
            assert values == [0] or (values[1] == 2 and values[0] in (38, 48)), values
            if values[0] == 38:
                self.foreground = tuple(values[2:])
            elif values[0] == 48:
                self.background = tuple(values[2:])
        elif letter == "H":
            self.row, self.column = (n - 1 for n in values or (1, 1))
        elif letter in "hl":
            self.modes[numbers] = letter == "h"
        elif letter == "K":
            self.text[self.row, self.column :] = " "
        elif letter == "J":
            first = 0 if values == [2] else self.row + 1
            self.text[first:] = " "
        else:
            raise AssertionError(f"unknown: {numbers}{letter}")

    def picture(self, height: int, width: int) -> np.ndarray:
        assert (self.text[: height // 2, :width] == "▀").all(), self.lines()
        return self.colors[: height // 2, :width].transpose(0, 2, 1, 3).reshape(height, width, 3)

    def lines(self) -> list[str]:
        return ["".join(row).rstrip() for row in self.text]


class Session:
    """A command in a terminal of its own."""

    def __init__(self, *args: str, **variables: str) -> None:
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            hidden = ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER")
            env = {name: value for name, value in os.environ.items() if name not in hidden}
            env |= {
                "TERM": "xterm-256color",
                "COLUMNS": "99",
                "LINES": "9",
                **variables,
            }  # which are not asked
            ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
            os.execve(sys.executable, [sys.executable, "-m", "plyo.cli", *args], env)
        self.screen = Screen()
        self.output = ""
        self.bytes = b""

    def read(self, until, seconds: float = 60) -> None:
        """Takes output until a condition holds."""
        end = time.monotonic() + seconds
        while not until():
            assert time.monotonic() < end, self.screen.lines()
            if not self.take(0.1) and not until():
                raise AssertionError(f"it has ended: {self.output[-2000:]}")

    def take(self, wait: float) -> bool:
        """Reads the available output; False at the end."""
        if not select.select([self.terminal], [], [], wait)[0]:
            return True
        try:
            data = os.read(self.terminal, 65536)
        except OSError:  # EIO: the other side is closed
            return False
        self.bytes += data
        # whole characters and whole sequences
        text = self.bytes.decode("utf-8", errors="ignore")
        cut = text.rfind("\x1b")
        if cut >= 0 and not SEQUENCE.match(text, cut):
            text = text[:cut]
        self.bytes = self.bytes[len(text.encode()) :]
        self.output += text
        with contextlib.suppress(IndexError):  # output after the end may scroll
            self.screen.feed(text)
        return bool(data)

    def send(self, keys: bytes) -> None:
        os.write(self.terminal, keys)

    def wait(self) -> int:
        """Takes the rest; the exit code."""
        end = time.monotonic() + 60
        while self.take(0.1):
            assert time.monotonic() < end
            if os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                break
        self.settings = termios.tcgetattr(self.terminal)
        while select.select([self.terminal], [], [], 0.1)[0] and self.take(0):
            pass
        code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        os.close(self.terminal)
        return code

    def step(self) -> int | None:
        """The step that the status line shows."""
        found = re.search(r"  step (\d+)  ", "\n".join(self.screen.lines()))
        return None if found is None else int(found[1])


def echoes(settings) -> bool:
    """Whether a terminal is as it was: it echoes, and waits for whole lines."""
    return settings[3] & (termios.ECHO | termios.ICANON) == termios.ECHO | termios.ICANON


# Pictures as text.


def random_picture(rng, height, width):
    return rng.integers(0, 255, (height, width, 3), dtype=np.uint8)


def test_a_picture_becomes_cells_and_only_changes_are_sent():
    rng = np.random.default_rng(0)
    first = random_picture(rng, 20, 30)
    screen = Screen()
    screen.feed(to_changes(first, None))
    assert np.array_equal(screen.picture(20, 30), first)
    assert to_changes(first, first) == ""
    second = first.copy()
    second[5, 3:6] = (1, 2, 3)
    second[18, 29] = (4, 5, 6)
    text = to_changes(second, first)
    assert text.count("▀") == 4
    screen.feed(text)
    assert np.array_equal(screen.picture(20, 30), second)
    lines = Screen()
    lines.feed("\r\n".join(to_lines(first)))
    assert np.array_equal(lines.picture(20, 30), first)


def test_equal_colours_are_written_once():
    picture = np.full((2, 50, 3), 7, np.uint8)
    assert to_changes(picture, None) == "\x1b[1;1H\x1b[38;2;7;7;7m\x1b[48;2;7;7;7m" + "▀" * 50 + "\x1b[0m"


def test_pictures_fit_into_the_terminal():
    assert fit((400, 600), 80, 23) == (46, 69)
    assert fit((400, 600), 60, 80) == (40, 60)
    assert fit((10, 1000), 80, 24) == (2, 80)
    assert fit((1000, 1), 80, 24) == (48, 1)
    for size in ((3, 5), (400, 600), (1, 1), (2000, 3)):
        height, width = fit(size, 33, 11)
        assert height % 2 == 0
        assert 2 <= height <= 22
        assert 1 <= width <= 33


def test_shrinking_takes_means():
    picture = np.zeros((4, 6, 3), np.uint8)
    picture[:2, :3] = 200
    assert shrink(picture, (2, 2)).tolist() == [[[200] * 3, [0] * 3], [[0] * 3, [0] * 3]]
    assert shrink(picture, (1, 1)).tolist() == [[[50] * 3]]
    assert shrink(picture, (1, 4)).tolist() == [[[100] * 3] * 2 + [[0] * 3] * 2]
    assert np.array_equal(shrink(picture, (4, 6)), picture)
    assert np.array_equal(shrink(picture, (8, 12)), picture.repeat(2, 0).repeat(2, 1))


# plyo show.


def test_show_into_a_file(run, tmp_path):
    assert run("show", "CartPole-v1", "-o", "a.png", "--seed", "3").code == 0
    env = plyo.make("CartPole-v1", render_mode="rgb_array")
    env.reset(seed=3)
    assert np.array_equal(pixels(tmp_path / "a.png"), env.render())
    options = ("--size", "50x60", "--steps", "40", "--style", "smooth", "--seed", "3")
    for name in ("b.png", "c.png"):
        assert run("show", "CartPole-v1", "-o", name, *options).out == f"picture: {name}\n"
    assert pixels(tmp_path / "b.png").shape == (50, 60, 3)
    assert (tmp_path / "b.png").read_bytes() == (tmp_path / "c.png").read_bytes()


def test_show_in_a_terminal():
    session = Session("show", "CartPole-v1", "--seed", "3")
    assert session.wait() == 0
    env = plyo.make("CartPole-v1", render_mode="rgb_array")
    env.reset(seed=3)
    size = fit((400, 600), COLUMNS, ROWS - 1)
    assert np.array_equal(session.screen.picture(*size), env.render(size=size))


def test_show_user_errors(run):
    assert_user_error(run("show", "CartPole-v1"), "no terminal", "--output PICTURE.png")
    assert_user_error(run("show", "CartPol-v1"), "CartPol")
    assert_user_error(run("show", "CartPole-v1", "-o", "a.gif"), "a.gif must end in .png")
    assert_user_error(run("show", "CartPole-v1", "-o", "none/a.png"), "cannot be written")
    assert_user_error(run("show", "CartPole-v1", "-o", "a.png", "--style", "nice"), "'nice'")
    for size in ("100", "0x5", "axb", "99999x3", "-3x4"):
        assert_user_error(run("show", "CartPole-v1", "-o", "a.png", f"--size={size}"), "size must be")


class Texts(plyo.Env):
    """Says its number, and has no pictures."""

    metadata = {"render_modes": ["ansi"], "render_fps": 5}  # noqa: RUF012
    observation_space = plyo.spaces.Discrete(100)
    action_space = plyo.spaces.Discrete(2)

    def __init__(self, render_mode=None):
        self.render_mode = render_mode

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.number = 0
        return 0, {}

    def step(self, action):
        self.number += 1
        return self.number, 1.0, False, False, {}

    def render(self):
        return f"this is number {self.number}"


class Squares(Texts):
    """Draws itself, knows its keys, and never ends."""

    metadata = {"render_modes": ["rgb_array"], "render_fps": 5}  # noqa: RUF012

    def get_keys_to_action(self):
        return {(): 0, (ord("x"),): 1}

    def render(self):
        return np.full((20, 40, 3), 10 * self.number % 256, dtype=np.uint8)


class Blind(Texts):
    """Has neither pictures nor texts."""

    metadata = {"render_modes": []}  # noqa: RUF012


@pytest.fixture
def own_tasks():
    for task in (Texts, Squares, Blind):
        plyo.register(f"{task.__name__}-v0", entry_point=task)
    yield
    for task in (Texts, Squares, Blind):
        del plyo.registry[f"{task.__name__}-v0"]


@pytest.mark.usefixtures("own_tasks")
def test_environments_in_python(run, tmp_path):
    assert run("show", "Texts-v0", "--steps", "3").out == "this is number 3\n"
    assert_user_error(run("show", "Texts-v0", "-o", "a.png"), "no pictures, only texts")
    assert_user_error(run("show", "Blind-v0"), "Blind-v0 cannot be seen")
    assert run("show", "Squares-v0", "-o", "a.png", "--size", "10x10", "--steps", "2").code == 0
    assert np.array_equal(pixels(tmp_path / "a.png"), np.full((10, 10, 3), 20))
    assert_user_error(
        run("show", "Squares-v0", "-o", "a.png", "--style", "smooth"), "--style is for native tasks"
    )
    assert "1000 steps, not ended" in run("record", "Squares-v0", "-o", "a.png").out
    with Image.open(tmp_path / "a.png") as file:
        assert file.n_frames == 1001
    assert_user_error(run("record", "Texts-v0", "-o", "a.png"), "Texts-v0 has no pictures")
    np.savez(tmp_path / "p.npz", table=np.zeros(3, int), epsilon=0.0)
    assert_user_error(
        run("record", "Squares-v0", "--policy", "p.npz", "-o", "a.png"), "the table has 3 entries"
    )


# plyo record.


def test_record_random_episodes(run, tmp_path):
    done = run("record", "CartPole-v1", "--episodes", "3", "--seed", "5", "--size", "20x30", "-o", "a.png")
    assert done.code == 0
    lengths = [int(n) for n in re.findall(r"episode \d +return [\d.]+, (\d+) steps\n", done.out)]
    assert len(lengths) == 3
    with Image.open(tmp_path / "a.png") as file:
        assert (file.n_frames, file.size) == (sum(lengths) + 3, (30, 20))
    assert f"a.png, {sum(lengths) + 3} frames" in done.out
    before = (tmp_path / "a.png").read_bytes()
    run("record", "CartPole-v1", "--episodes", "3", "--seed", "5", "--size", "20x30", "-o", "b.png")
    assert (tmp_path / "b.png").read_bytes() == before


#: Ids of tasks that are drawn natively, and of two that MuJoCo draws.
DRAWN = [
    variant["id"]
    for task in native_tasks().values()
    for variant in task["variants"]
    if not task["needs"] and variant["id"].endswith("-v1")
]
DRAWN += ["Copy-v0", *(pytest.param(i, marks=needs_opengl) for i in ("InvertedPendulum-v5", "FetchReach-v4"))]


@pytest.mark.parametrize("task", DRAWN)
def test_record_any_task(run, tmp_path, task):
    assert run("record", task, "--seed", "1", "--size", "16x16", "-o", "a.gif").code == 0
    assert (tmp_path / "a.gif").stat().st_size > 100


def test_record_user_errors(run, tmp_path):
    assert_user_error(run("record", "CartPole-v1"), "--output")
    assert_user_error(run("record", "CartPole-v1", "-o", "a.avi"), "a.avi must end in .mp4")
    assert_user_error(
        run("record", "CartPole-v1", "-o", "a.png", "--policy", "none.npz"), "none.npz cannot be read"
    )
    assert_user_error(run("record", "CartPole-v1", "-o", "a.png", "--fps", "0"), "positive number, got 0")
    assert_user_error(run("record", "CartPole-v1", "-o", "a.png", "--style", "nice"), "'nice'")
    np.savez(tmp_path / "p.npz", table=np.zeros(3, int), epsilon=0.0)
    assert_user_error(run("record", "CartPole-v1", "-o", "a.png", "--policy", "p.npz"))
    assert not (tmp_path / "a.png").exists()


def test_train_records_what_it_has_learnt(run, tmp_path):
    quick = ("--population", "16", "--episodes-per-candidate", "4", "--generations", "2")
    done = run("train", "CartPole-v1", "--seed", "1", "--video", "a.mp4", *quick)
    assert done.code in (0, 1)
    total, length = re.search(r"video +a\.\w+, return (\S+) in (\d+) steps", done.out).groups()
    again = run(
        "record", "CartPole-v1", "--policy", "CartPole-v1.npz", "--seed", "1", "-o", "b.png", "--size", "8x9"
    )
    assert f"return {total}, {length} steps" in again.out
    done = run("train", "FrozenLake-v1", "--seed", "1", "--steps", "20000", "--video", "b.gif")
    assert re.search(r"video +b.gif, return [01] in \d+ steps", done.out)
    assert (tmp_path / "b.gif").exists()
    assert_user_error(run("train", "CartPole-v1", "--video", "a.txt"), "--video a.txt must end in")


# plyo play.


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        ("CartPole-v1", {"0": 0, "a": 0, "left": 0, "1": 1, "d": 1, "right": 1, " ": None, "x": None}),
        ("MountainCar-v0", {"left": 0, " ": 1, "d": 2}),
        ("Acrobot-v1", {"left": 0, " ": 1, "right": 2}),
        ("FrozenLake-v1", {"left": 0, "down": 1, "d": 2, "w": 3}),
        ("CliffWalking-v1", {"up": 0, "right": 1, "down": 2, "left": 3}),
        ("Taxi-v4", {"s": 0, "up": 1, "right": 2, "a": 3, "4": 4, "5": 5}),
        ("Pendulum-v1", {"left": [-2.0], "d": [2.0], " ": [0.0], "0": None}),
        ("Blackjack-v1", {"0": 0, "1": 1, "left": None}),
        ("ALE/Breakout-v5", {" ": 1, "right": 2, "a": 3, "e": 0, "up": None}),
    ],
)
def test_keys(task, expected):
    keys = find_keys(plyo.make(task), task)
    for key, action in expected.items():
        assert np.array_equal(keys.of_key(key), action) if action is not None else keys.of_key(key) is None


def test_digits_of_a_tuple():
    keys = find_keys(plyo.make("Copy-v0"), "Copy-v0")
    assert keys.help == (
        "3 digits: the head's move (0 left, 1 right), then whether to write (0 do not write, 1 write), then the symbol "
        "to write (0 to 4)"
    )
    typed = "11420x015000"
    actions = [keys.of_key(key) for key in typed]
    assert actions[2] == (1, 1, 4)
    assert actions[-1] == (0, 0, 0)
    assert all(action is None for i, action in enumerate(actions) if i not in (2, len(typed) - 1))


def test_play_with_digits():
    session = Session("play", "Copy-v0", "--seed", "1")
    session.read(lambda: session.step() == 0)
    session.send(b"100")
    session.read(lambda: session.step() == 1)
    session.send(b"q")
    assert session.wait() == 0
    assert "1 steps, not ended" in session.output


@pytest.mark.usefixtures("own_tasks")
def test_keys_of_the_environment_itself_and_of_two_axes():
    keys = find_keys(plyo.make("Squares-v0"), "Squares-v0")
    assert (keys.of_key("x"), keys.of_key(" "), keys.of_key("1")) == (1, 0, None)
    plane = Texts()
    plane.action_space = plyo.spaces.Box(np.float32([-1, 0.5]), np.float32([np.inf, 2]))
    keys = find_keys(plane, "plane")
    assert keys.of_key("left").tolist() == [-1.0, 0.5]
    assert keys.actions[frozenset(["right", "w"])].tolist() == [1.0, 2.0]
    assert keys.idle.tolist() == [0.0, 0.5]


def test_keys_of_a_joystick():
    keys = find_keys(plyo.make("ALE/Seaquest-v5"), "ALE/Seaquest-v5")
    assert keys.idle == 0
    assert keys.actions[frozenset(["up", "left", " "])] == keys.actions[frozenset("wa ")] == 15
    assert keys.help == "e: NOOP  space: FIRE  w/up: UP  d/right: RIGHT  a/left: LEFT  s/down: DOWN"


def test_play_in_a_terminal():
    session = Session("play", "CartPole-v1", "--seed", "7")
    size = fit((400, 600), COLUMNS, ROWS - 2)
    frames = list(Replay("CartPole-v1", 7, [0, 1, 0, 1]).frames(size=size))
    session.read(lambda: session.step() == 0)
    assert not echoes(termios.tcgetattr(session.terminal))
    assert session.screen.modes == {"?1049": True, "?25": False}
    assert np.array_equal(session.screen.picture(*size), frames[0])
    # a letter, an arrow, a digit, an arrow of the other kind; keys without a meaning are no steps
    for i, keys in enumerate((b"a", b"\x1b[C", b"x\x1b[5~0", b"\x1bOC"), 1):
        session.send(keys)
        session.read(lambda i=i: session.step() == i)
        assert np.array_equal(session.screen.picture(*size), frames[i])
    session.send(b"q")
    assert session.wait() == 0
    assert echoes(session.settings)
    assert session.screen.modes == {"?1049": False, "?25": True}
    assert "episode 0: return 4, 4 steps, not ended" in session.output
    assert "CartPole-v1, seed 7" in session.output


def test_an_episode_ends_and_another_begins():
    session = Session("play", "CartPole-v1", "--seed", "7")
    session.read(lambda: session.step() == 0)
    steps = 0
    while "Enter begins anew" not in session.output:
        steps += 1
        session.send(b"a")
        session.read(lambda: session.step() == steps or "Enter begins anew" in session.output)  # noqa: B023
    # a key that is still held down does not hide the end
    session.send(b"aa\x1b[C")
    time.sleep(0.2)
    session.read(lambda: "Enter begins anew" in "\n".join(session.screen.lines()))
    session.send(b"\r")
    session.read(lambda: "Enter begins anew" not in "\n".join(session.screen.lines()))
    session.send(b"\x1b")
    assert session.wait() == 0
    assert echoes(session.settings)
    assert f"episode 0: return {steps}, {steps} steps, terminated" in session.output
    assert "episode 1" not in session.output


def test_ctrl_c_and_errors_restore_the_terminal(tmp_path):
    session = Session("play", "CartPole-v1")
    session.read(lambda: session.step() == 0)
    session.send(b"a\x03")
    assert session.wait() == 130
    assert echoes(session.settings)
    assert session.screen.modes == {"?1049": False, "?25": True}

    module = tmp_path / "failing.py"
    module.write_text(
        "import plyo\n"
        "class Env(plyo.Env):\n"
        "    metadata = {'render_modes': ['ansi'], 'render_fps': 5}\n"
        "    observation_space = action_space = plyo.spaces.Discrete(2)\n"
        "    def __init__(self, render_mode=None): self.render_mode = render_mode\n"
        "    def reset(self, *, seed=None, options=None): return 0, {}\n"
        "    def step(self, action): raise KeyError('it has failed')\n"
        "    def render(self): return 'first line\\nsecond line'\n"
        "plyo.register('Failing-v0', entry_point=Env)\n"
    )
    path = os.pathsep.join(filter(None, (str(tmp_path), os.environ.get("PYTHONPATH"))))
    session = Session("play", "failing:Failing-v0", PYTHONPATH=path)
    session.read(lambda: session.step() == 0)
    assert session.screen.lines()[:2] == ["first line", "second line"]
    session.send(b"1")
    assert session.wait() == 1
    assert "it has failed" in session.output
    assert echoes(session.settings)
    assert session.screen.modes == {"?1049": False, "?25": True}


def test_the_terminal_changes_its_size():
    session = Session("play", "CartPole-v1", "--seed", "7")
    session.read(lambda: session.step() == 0)
    ioctl(session.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 12, 40, 0, 0))
    session.screen = Screen()
    session.send(b"a")
    session.read(lambda: session.step() == 1)
    size = fit((400, 600), 40, 12 - 3)  # the line about the keys has become two
    expected = list(Replay("CartPole-v1", 7, [0]).frames(size=size))[1]
    assert np.array_equal(session.screen.picture(*size), expected)
    os.kill(session.pid, signal.SIGINT)
    assert session.wait() == 130


def test_play_user_errors(run, monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER"):
        monkeypatch.delenv(name, raising=False)
    assert_user_error(
        run("play", "CartPole-v1"), "neither a display for a window nor a terminal", "plyo record"
    )
    assert_user_error(run("play", "CartPole-v1", "--window"), "no display for a window", "--terminal")
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    assert_user_error(run("play", "Copy-v0", "--window"), "several digits", "--terminal")
    assert_user_error(run("play", "KellyCoinflip-v0"), "Discrete(25000)", "at most 10 actions")


@pytest.mark.parametrize("task", ["CartPole-v1", "Pendulum-v1", "Squares-v0"])
@pytest.mark.usefixtures("own_tasks")
def test_play_in_a_window(run, monkeypatch, task):
    pygame = pytest.importorskip("pygame")
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    keys = {"CartPole-v1": pygame.K_LEFT, "Pendulum-v1": ord("d"), "Squares-v0": ord("x")}
    events = [[], [(pygame.KEYDOWN, keys[task])], [], [], [(pygame.KEYDOWN, pygame.K_ESCAPE)]]
    looked = iter(events)
    sizes = []

    def get():
        sizes.append(pygame.display.get_surface().get_size())
        return [pygame.event.Event(kind, key=key) for kind, key in next(looked)]

    pictures = []

    monkeypatch.setattr(pygame.event, "get", get)
    monkeypatch.setattr(plyo.utils.play, "display_arr", lambda screen, arr, **_: pictures.append(arr))
    done = run("play", task, "--seed", "3", "--fps", "1000")
    # a task with an action for no key continues at once, the other waits for a key
    steps = 3 if task == "CartPole-v1" else 4
    assert done.code == 0
    assert f" {steps} steps, not ended" in done.out
    assert sizes[0][0] == 600
    assert np.array_equal(pictures[0], next(iter(Replay(task, 3).frames())))
    assert next(looked, None) is None
