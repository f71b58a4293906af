"""RecordVideo beside Gymnasium's: names, frames, warnings and errors; and its own features."""

from __future__ import annotations

import gc
import inspect
import json
import os
import time
import warnings

import gymnasium
import numpy as np
import pytest
from differential import assert_same, assert_same_outcome, neutral, outcome
from picture_envs import assert_same_videos, drawing, our_videos, picture, their_videos
from video_files import decode, images, names

import plyo
from plyo.video import ffmpeg as ffmpeg_module
from plyo.wrappers import RecordVideo

PACKAGES = (plyo, gymnasium)


def record_video(p, env, folder, **kwargs):
    """The wrapper; ours saves without loss, and neither spends the time on garbage."""
    kwargs = {"gc_trigger": None} | ({"encoder": "apng"} if p is plyo else {}) | kwargs
    return p.wrappers.RecordVideo(env, str(folder / p.__name__), **kwargs)


def play(env, episodes=10, seed=None):
    """Episodes to their ends, with actions that vary."""
    for episode in range(episodes):
        env.reset(seed=seed)
        done = False
        while not done:
            done = env.step((episode + env.unwrapped.steps) % 2)[2]


def both(folder, monkeypatch, program, mode="rgb_array", **kwargs):
    """Runs a program on both wrappers; returns both warnings, and checks that both saved the same."""
    theirs = their_videos(monkeypatch)
    caught = []
    for p in PACKAGES:
        result, warned = outcome(lambda p=p: program(record_video(p, drawing(p, mode), folder, **kwargs)))
        assert result[0] == "returned", result
        caught.append(warned)
    assert_same_videos(our_videos(folder / "plyo"), theirs)
    return caught


def episodes(count):
    def program(env):
        play(env, count)
        env.close()

    return program


KEYWORDS = {
    "nothing": {},
    "episodes": {"episode_trigger": lambda i: i in (1, 2, 5)},
    "steps": {"step_trigger": lambda i: i % 8 == 3},
    "both": {"episode_trigger": lambda i: i == 3, "step_trigger": lambda i: i in (17, 18)},
    "neither": {"episode_trigger": lambda i: False},
    "lengths": {"video_length": 3},
    "lengths over episodes": {"video_length": 12, "episode_trigger": lambda i: i % 3 == 0},
    "lengths and steps": {"video_length": 7, "step_trigger": lambda i: i % 20 == 0},
    "lengths that are cut": {"video_length": 7, "step_trigger": lambda i: i % 4 == 0},
    "names and rates": {"name_prefix": "own", "fps": 7},
    "collection": {"gc_trigger": lambda i: True},
}


@pytest.mark.parametrize("mode", ["rgb_array", "rgb_array_list"])
@pytest.mark.parametrize("keywords", KEYWORDS)
def test_recordings(tmp_path, monkeypatch, keywords, mode):
    assert_same(*both(tmp_path, monkeypatch, episodes(10), mode, **KEYWORDS[keywords]))


def by_hand(env):
    env.reset()
    env.step(0)
    env.start_recording("first")
    assert env.recording
    for _ in range(3):
        env.step(0)
    assert len(env.recorded_frames) == 3
    env.start_recording("second")
    env.step(0)
    env.stop_recording()
    assert not env.recording
    env.step(0)
    env.start_recording("nothing")
    env.stop_recording()
    env.start_recording("third")
    env.reset()
    env.close()


def reset_in_the_middle(env):
    for _ in range(3):
        env.reset()
        env.step(1)
    env.close()


def close_at_once(env):
    env.start_recording("empty")
    env.close()


@pytest.mark.parametrize("program", [by_hand, reset_in_the_middle, close_at_once])
def test_courses(tmp_path, monkeypatch, program):
    assert_same(*both(tmp_path, monkeypatch, program, episode_trigger=lambda i: False))
    assert_same(*both(tmp_path / "2", monkeypatch, program))


def test_rendered_lists_are_whole(tmp_path, monkeypatch):
    seen = []

    def program(env):
        counts = []
        env.reset()
        for step in range(4):
            env.step(0)
            if step % 2:
                counts.append(np.array(env.render()))
        counts.append(len(env.render()))
        env.step(1)
        env.start_recording("late")
        env.step(1)
        counts.append(np.array(env.render()))
        env.close()
        seen.append(counts)

    assert_same(*both(tmp_path, monkeypatch, program, "rgb_array_list", episode_trigger=lambda i: i == 0))
    assert_same(*seen)


def test_lists_that_stay(tmp_path):
    """Gymnasium records the whole list again at every `render`."""
    inner = plyo.wrappers.RenderCollection(drawing(plyo), pop_frames=False)
    env = record_video(plyo, inner, tmp_path)
    env.reset()
    env.step(0)
    assert len(env.render()) == len(env.render()) == 2
    env.step(0)
    env.close()
    assert (our_videos(tmp_path / "plyo")["rl-video-episode-0"][0] == [picture(i) for i in range(3)]).all()
    assert len(inner.render()) == 3


def test_a_list_that_has_just_been_taken(tmp_path):
    class Taken(plyo.Wrapper):
        def step(self, action):
            result = super().step(action)
            self.env.render()
            return result

    env = record_video(plyo, Taken(drawing(plyo, "rgb_array_list")), tmp_path)
    env.reset()
    with pytest.warns(
        UserWarning, match=r"but 'env.render\(\)' has just been called. The frame cannot be captured."
    ):
        env.step(0)
    env.close()


@pytest.mark.parametrize("mode", [None, "human", "ansi"])
def test_modes_without_pictures(tmp_path, mode):
    assert_same_outcome(lambda p: record_video(p, drawing(p, mode), tmp_path), plyo, gymnasium)
    assert names(tmp_path) == []


def test_frames_that_are_no_arrays(tmp_path, monkeypatch):
    monkeypatch.setattr("picture_envs.PlyoDrawing.render", lambda self: "text")
    monkeypatch.setattr("picture_envs.GymnasiumDrawing.render", lambda self: "text")
    caught = both(tmp_path, monkeypatch, episodes(2))
    assert_same(*caught)
    assert "expected type of frame returned by render to be a numpy array" in caught[0][1][1]


def test_a_folder_that_exists(tmp_path, monkeypatch):
    for p in PACKAGES:
        (tmp_path / p.__name__).mkdir()
    ours, theirs = both(tmp_path, monkeypatch, episodes(1))
    assert_same(ours, theirs)
    assert "Overwriting existing videos at" in ours[0][1]
    assert len(ours) == 1


def test_not_recording():
    with pytest.raises(AssertionError, match="stop_recording was called, but no recording was started"):
        record_video_in_memory().stop_recording()


def record_video_in_memory():
    env = RecordVideo.__new__(RecordVideo)
    env.recording = False
    return env


def test_attributes(tmp_path):
    def facts(p):
        env = record_video(p, drawing(p), tmp_path, video_length=4, episode_trigger=len, name_prefix="x")
        values = vars(env) | {"recorded_frames": list(env.recorded_frames)}
        shown = "episode_id step_id recording video_length name_prefix frames_per_sec disable_logger render_history"
        return {name: values[name] for name in [*shown.split(), "recorded_frames", "episode_trigger"]}

    assert_same_outcome(facts, plyo, gymnasium)


def test_signature():
    ours, theirs = (dict(inspect.signature(p.wrappers.RecordVideo).parameters) for p in PACKAGES)
    added = [ours.pop(name) for name in ("encoder", "on_saved", "max_frames")]
    assert {(p.kind, p.default) for p in added} == {(inspect.Parameter.KEYWORD_ONLY, None)}
    assert list(ours) == list(theirs)
    for name in set(ours) - {"gc_trigger"}:
        assert ours[name].default == theirs[name].default
    assert ours["gc_trigger"].default(3) is True


def test_specs(tmp_path):
    for p in PACKAGES:
        p.register("Drawing-v0", type("Made", (drawing(p).__class__,), {}), disable_env_checker=True)
    try:

        def arguments(p):
            made = p.make("Drawing-v0", render_mode="rgb_array")
            env = p.wrappers.RecordVideo(made, str(tmp_path / "a"), video_length=3, fps=9)
            again = p.make(env.spec)
            assert again.video_length == 3
            assert again.frames_per_sec == 9
            kwargs = env.spec.additional_wrappers[-1].kwargs
            return env.spec.additional_wrappers[-1].entry_point, {
                k: v for k, v in kwargs.items() if k != "gc_trigger"
            }

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert_same(arguments(plyo), arguments(gymnasium))
            env = record_video(plyo, plyo.make("Drawing-v0", render_mode="rgb_array"), tmp_path, max_frames=4)
            assert plyo.make(env.spec).max_frames == 4
    finally:
        for p in PACKAGES:
            del p.registry["Drawing-v0"]


# Its own features


def test_mp4_files_have_the_frame_that_gymnasium_loses(tmp_path):
    counts = []
    for p in PACKAGES:
        env = p.wrappers.RecordVideo(drawing(p, length=7), str(tmp_path / p.__name__), fps=20)
        play(env, 1)
        env.close()
        counts.append(len(decode(tmp_path / p.__name__ / "rl-video-episode-0.mp4")))
    assert counts[0] == 8
    assert counts[1] in (7, 8)  # 7 with moviepy 2.2.1


def test_the_list_of_videos_and_the_callback(tmp_path, capsys):
    saved = []
    env = RecordVideo(
        drawing(plyo), str(tmp_path / "v"), episode_trigger=lambda i: i in (0, 2), step_trigger=lambda i: i == 6,
        disable_logger=False, on_saved=lambda path, meta: saved.append((path, dict(meta))),
    )  # fmt: skip
    env.reset(seed=5)
    for _ in range(5):
        env.step(1)
    env.reset()
    for _ in range(4):
        env.step(np.int64(0))
    env.reset(seed=9)
    env.close()
    folder = os.path.abspath(tmp_path / "v")  # noqa: PTH100
    common = {"fps": 20, "error": None}
    wanted = [
        {"episode": 0, "step": 0, "return": 7.5, "length": 5, "seed": 5, "frames": 6, **common},
        {"episode": 1, "step": 7, "return": 1.0, "length": 2, "seed": None, "frames": 3, **common},
        {"episode": 2, "step": 9, "return": 0.0, "length": 0, "seed": 9, "frames": 1, **common},
    ]
    for facts, name in zip(wanted, ("episode-0", "step-6", "episode-2"), strict=True):
        facts["path"] = f"{folder}/rl-video-{name}.mp4"
    lines = [json.loads(line) for line in (tmp_path / "v" / "videos.jsonl").read_text().splitlines()]
    assert lines == wanted
    assert saved == [(facts["path"], facts) for facts in wanted]
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == f"Saved {wanted[0]['path']}: 6 frames, 20 per second"
    assert len(printed) == 3


def test_the_list_cannot_be_written(tmp_path):
    (tmp_path / "plyo" / "videos.jsonl").mkdir(parents=True)
    with pytest.warns(UserWarning, match="Overwriting"):
        env = record_video(plyo, drawing(plyo), tmp_path)
    env.reset()
    with pytest.warns(UserWarning, match=r"episode-0.png is saved, but could not be added to videos.jsonl"):
        env.close()


def test_frames_are_not_held(tmp_path):
    env = record_video(plyo, drawing(plyo), tmp_path)
    assert not env.recorded_frames
    env.reset()
    env.step(0)
    frames = env.recorded_frames
    assert len(frames) == 2
    assert frames
    assert (frames[-1] == picture(1)).all()
    assert (frames[1] == picture(1)).all()
    with pytest.raises(IndexError, match=r"frame 0 is not held: frames go to the video at once"):
        frames[0]
    with pytest.raises(IndexError, match="frame 0 is not held"):
        list(frames)
    with pytest.raises(IndexError, match="slice"):
        frames[:1]
    env.close()
    assert len(env.recorded_frames) == 0


def test_history_of_lists_ends_with_the_episode(tmp_path):
    env = record_video(plyo, drawing(plyo, "rgb_array_list"), tmp_path, video_length=1000)
    play(env, 20)
    assert len(env.render_history) == 6
    env.close()


def test_max_frames(tmp_path):
    env = record_video(plyo, drawing(plyo, length=9), tmp_path, episode_trigger=lambda i: True, max_frames=4)
    play(env, 2)
    env.close()
    assert {n: len(v[0]) for n, v in our_videos(tmp_path / "plyo").items()} == {
        "rl-video-episode-0": 4, "rl-video-episode-1": 4,
    }  # fmt: skip
    with pytest.raises(
        ValueError, match="max_frames must be an integer of at least 1, or None for no limit, got 0"
    ):
        record_video(plyo, drawing(plyo), tmp_path / "2", max_frames=0)


@pytest.mark.parametrize("fps", [0, -3, "fast"])
def test_bad_rates(tmp_path, fps):
    with pytest.raises(ValueError, match="frames per second of a video have to be a positive number"):
        record_video(plyo, drawing(plyo), tmp_path, fps=fps)


def test_encoders(tmp_path):
    for encoder, name in ((None, "mp4"), ("mpeg4", "mp4"), ("gif", "gif"), ("apng", "png")):
        folder = tmp_path / str(encoder)
        env = RecordVideo(drawing(plyo), str(folder), encoder=encoder)
        play(env, 1)
        env.close()
        assert names(folder) == [f"rl-video-episode-0.{name}", "videos.jsonl"]
        assert len(decode(folder / f"rl-video-episode-0.{name}")) == 6
    with pytest.raises(ValueError, match="the video encoder 'h266' cannot be used"):
        RecordVideo(drawing(plyo), str(tmp_path / "x"), encoder="h266")


def test_without_ffmpeg(tmp_path, monkeypatch):
    monkeypatch.setattr(ffmpeg_module, "find_program", lambda: None)
    with pytest.warns(UserWarning, match="written as animated PNGs instead of MP4 files") as caught:
        env = RecordVideo(drawing(plyo), str(tmp_path / "v"))
    assert len(caught) == 1
    play(env, 3)
    env.close()
    assert names(tmp_path / "v") == ["rl-video-episode-0.png", "rl-video-episode-1.png", "videos.jsonl"]


def test_depths_can_be_recorded(tmp_path):
    env = record_video(plyo, drawing(plyo, "depth_array"), tmp_path)
    play(env, 1)
    env.close()
    (frames, _), *_ = our_videos(tmp_path / "plyo").values()
    assert frames[0, 0, 0].tolist() == [0, 0, 0]
    assert frames[0, -1, -1].tolist() == [255, 255, 255]


def test_training_goes_on_when_a_recording_fails(tmp_path, monkeypatch):
    """The first video fails on the way, the next is whole."""
    env = RecordVideo(drawing(plyo, length=60), str(tmp_path / "v"), episode_trigger=lambda i: True)
    write = ffmpeg_module.FfmpegWriter.write

    def fails(self, frame):
        if "episode-0" in self.path and self.frames == 30:
            self.kill()
        write(self, frame)

    monkeypatch.setattr(ffmpeg_module.FfmpegWriter, "write", fails)
    with pytest.warns(UserWarning, match="episode-0.mp4 has ended early") as caught:
        play(env, 2)
    assert len(caught) == 1
    env.close()
    lines = [json.loads(line) for line in (tmp_path / "v" / "videos.jsonl").read_text().splitlines()]
    assert (lines[-1]["frames"], lines[-1]["error"], lines[-1]["length"]) == (61, None, 60)
    if len(lines) == 2:  # a fragment of the first one was there
        assert "killed by signal 9" in lines[0]["error"]
        assert len(decode(lines[0]["path"])) == lines[0]["frames"]
    assert len(decode(lines[-1]["path"])) == 61


def test_a_change_of_size_ends_the_video_only(tmp_path, monkeypatch):
    env = record_video(plyo, drawing(plyo), tmp_path)
    env.reset()
    monkeypatch.setattr("picture_envs.PlyoDrawing.render", lambda self: np.zeros((5, 5, 3), np.uint8))
    with pytest.warns(UserWarning, match="the file has the first 1 frames: the frames are"):
        env.step(0)
    assert not env.recording
    env.step(0)
    env.reset()
    env.close()
    assert len(images(tmp_path / "plyo" / "rl-video-episode-1.png")[0]) == 1


@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
def test_a_forked_process_goes_on_without_recording(tmp_path):
    env = record_video(plyo, drawing(plyo), tmp_path, episode_trigger=lambda i: i == 0)
    env.reset()
    env.step(0)
    child = os.fork()
    if child == 0:
        status = 1
        try:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                env.step(0)
                assert not env.recording
                play(env, 3)
                env.close()
            status = (
                0 if len(caught) == 1 and "is recorded by the process that began it" in str(caught[0]) else 2
            )
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    env.step(0)
    env.close()
    assert len(our_videos(tmp_path / "plyo")["rl-video-episode-0"][0]) == 3


@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:.*Overwriting existing videos")  # the first one is made twice
@pytest.mark.parametrize("context", ["fork", "forkserver"])
def test_recording_in_processes(tmp_path, context):
    def make(i):
        return RecordVideo(drawing(plyo), str(tmp_path / str(i)), episode_trigger=lambda e: e == 0)

    envs = plyo.vector.AsyncVectorEnv([lambda i=i: make(i) for i in range(2)], context=context)
    envs.reset()
    for _ in range(3):
        envs.step(np.zeros(2, int))
    envs.close()
    for i in range(2):
        assert len(decode(tmp_path / str(i) / "rl-video-episode-0.mp4")) == 4


def test_videos_are_complete_without_close(tmp_path):
    """Gymnasium warns that the last video is lost."""
    env = record_video(plyo, drawing(plyo), tmp_path)
    env.reset()
    env.step(0)
    del env
    gc.collect()
    assert len(our_videos(tmp_path / "plyo")["rl-video-episode-0"][0]) == 2
    assert len((tmp_path / "plyo" / "videos.jsonl").read_text().splitlines()) == 1


def test_garbage_is_collected_where_asked(tmp_path, monkeypatch):
    collected = []
    monkeypatch.setattr(gc, "collect", lambda: collected.append(1))
    env = record_video(plyo, drawing(plyo), tmp_path, gc_trigger=lambda i: i == 1)
    play(env, 3)  # the video of episode 0 ends in episode 1, that of 1 in episode 2
    assert len(collected) == 1
    env.close()


def test_recording_costs_the_loop_little(tmp_path):
    """If the encoder keeps up, a frame costs a copy: measured without the encoder, at 600x400."""
    frame = np.zeros((400, 600, 3), np.uint8)
    env = RecordVideo(drawing(plyo, length=10**9), str(tmp_path / "v"))
    env.env.render = lambda: frame
    env.reset()
    times = []
    for _ in range(60):
        time.sleep(0.005)
        started = time.perf_counter()
        env.step(0)
        times.append(time.perf_counter() - started)
    env.close()
    assert np.median(times) < 0.002


def test_neutral_names():
    assert neutral(plyo.wrappers.RecordVideo.__module__) == neutral(gymnasium.wrappers.RecordVideo.__module__)
