"""The arrays that lanes write into, and the channels of worker processes."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from plyo.envs.atari.batch_options import BatchOptions
from plyo.envs.atari.lane_arrays import LaneArrays, bytes_of
from plyo.envs.atari.lane_channel import Channel, make_channel
from plyo.envs.atari.vector_env import AtariVectorEnv


@pytest.mark.parametrize("newest", [(0, 0, 0), (2, 2, 2), (3, 3, 3), (3, 0, 2)])
def test_stacks_are_read_from_the_oldest_picture_on(newest):
    settings = BatchOptions("pong", {"img_height": 2, "img_width": 3}).lane
    arrays = LaneArrays(settings, 3, bytearray(bytes_of(settings, 3)))
    for lane, place in enumerate(newest):
        arrays.fields["newest"][lane] = place
        for age in range(4):
            arrays.rings[lane, place - age] = 10 * lane + age
    expected = 10 * np.arange(3)[:, None] + np.array([3, 2, 1, 0])
    observations = arrays.observations()
    np.testing.assert_array_equal(observations, np.broadcast_to(expected[..., None, None], (3, 4, 2, 3)))
    observations[...] = 0
    np.testing.assert_array_equal(arrays.observations()[:, :, 0, 0], expected)


@pytest.mark.parametrize("options", [{"engine": "lanes"}, {"num_workers": 1}, {"engine": "threads"}])
def test_results_of_a_step_are_not_written_again(options):
    """Neither by the batch, nor by the caller into the next ones."""
    envs = AtariVectorEnv("breakout", 2, **options)
    other = AtariVectorEnv("breakout", 2, engine="lanes")
    kept = [envs.reset(seed=0), *(envs.step([1, 3]) for _ in range(5))]
    copies = [[np.array(each) for each in result[:-1]] for result in kept]
    expected, _ = other.reset(seed=0)
    np.testing.assert_array_equal(kept[0][0], expected)
    envs.step([1, 3])
    for result, copied in zip(kept, copies, strict=True):
        for array, value in zip(result[:-1], copied, strict=True):
            np.testing.assert_array_equal(array, value)
            array[...] = 1
    for _ in range(6):
        other.step([1, 3])
    np.testing.assert_array_equal(envs.step([0, 0])[0], other.step([0, 0])[0])
    envs.close()


def test_messages_come_whole_and_in_order():
    own, socket = make_channel()
    other = Channel(socket.detach())
    assert not other.has_message()
    messages = [b"", b"a", b"", bytes(range(256)) * 20_000, b"end"]
    received = []
    reader = threading.Thread(target=lambda: received.extend(other.receive() for _ in messages))
    reader.start()
    for message in messages:
        own.send(message)
    reader.join()
    assert received == messages
    own.close()
    own.close()
    assert other.has_message()
    with pytest.raises(EOFError):
        other.receive()
    with pytest.raises(BrokenPipeError):
        other.send(b"")
    other.close()
