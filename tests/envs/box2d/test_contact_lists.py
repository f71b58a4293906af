"""Contacts beside Box2D's own, list by list: bodies are thrown about in both worlds, and a step later every contact
has to be the same, in the same order. A first difference would show here, long before it shows in an observation."""

from __future__ import annotations

from typing import Any

import Box2D
import gymnasium
import numpy as np
import pytest
from box2d_parity import needs_reference_platform

import plyo

#: The words of a body and of a joint at the beginning of a state, of its contacts, and the place of a body's
#: velocity and of its flag: cpp/physics2d/world.hpp.
BODY_WORDS, JOINT_WORDS, BOX_WORDS, CONTACT_WORDS = 21, 7, 4, 17
VELOCITY, SPIN, REST_TIME, AWAKE = 13, 15, 19, 20

POINT = np.dtype([("local", "<f4", 2), ("normal", "<f4"), ("tangent", "<f4"), ("id", "<u4")])
CONTACT = np.dtype(
    [("face_normal", "<f4", 2), ("face_point", "<f4", 2), ("points", POINT, 2), ("count", "u1"), ("type", "u1"),
     ("unused", "u1", 2), ("shape", "<u2"), ("fixture", "u1"), ("touching", "u1"), ("enabled", "u1"),
     ("unused2", "u1", 3)]
)  # fmt: skip

#: What both sides say of a contact: fixture, shape of the ground, flags; for one that touches its face and points.
Contact = tuple[Any, ...]


class World:
    """A task in both libraries."""

    def __init__(self, task_id: str, num_bodies: int, num_joints: int) -> None:
        self.ours: Any = plyo.make(task_id, math="reference", max_episode_steps=-1).unwrapped
        self.theirs: Any = gymnasium.make(task_id, disable_env_checker=True).unwrapped
        self.is_lander = task_id.startswith("LunarLander")
        self.num_bodies, self.num_joints = num_bodies, num_joints

    def reset(self, seed: int) -> None:
        if not self.is_lander:
            self.theirs.world, self.theirs.terrain = Box2D.b2World(), []  # as in a new environment
        self.theirs.reset(seed=seed)
        self.ours.reset(seed=seed)
        hull = self.theirs.lander if self.is_lander else self.theirs.hull
        self.bodies = [hull, *self.theirs.legs]
        # in the order of creation, to which pybox2d turns its lists; Gymnasium's walker turned its own
        shapes = (
            self.theirs.moon.fixtures
            if self.is_lander
            else [body.fixtures[0] for body in reversed(self.theirs.terrain)]
        )
        self.shapes = {self._key(shape): index for index, shape in enumerate(shapes)}

    @staticmethod
    def _key(fixture: Any) -> tuple[Any, ...]:
        """Tells shapes of the ground apart."""
        return tuple(map(tuple, fixture.shape.vertices))

    def throw(self, rng: np.random.Generator) -> None:
        """Gives all bodies other velocities."""
        words = np.frombuffer(self.ours._engine.state_words(0), np.uint32).copy()
        numbers = words.view(np.float32)
        shared = rng.uniform([-5, -14, -3], [5, 3, 3])
        for index, body in enumerate(self.bodies):
            velocity = (shared + rng.uniform(-1, 1, 3)).astype(np.float32)
            body.linearVelocity = (float(velocity[0]), float(velocity[1]))
            body.angularVelocity = float(velocity[2])
            at = BODY_WORDS * index
            numbers[at + VELOCITY : at + VELOCITY + 2] = velocity[:2]
            numbers[at + SPIN] = velocity[2]
            if words[at + AWAKE] == 0:
                words[at + AWAKE], numbers[at + REST_TIME] = 1, 0
        self.ours._engine.set_state_words(0, words.tobytes())

    def our_contacts(self) -> list[Contact]:
        words = np.frombuffer(self.ours._engine.state_words(0), np.uint32)
        at = BODY_WORDS * self.num_bodies + JOINT_WORDS * self.num_joints + BOX_WORDS * self.num_bodies
        count, first = int(words[at]), at + 3
        contacts = words[first : first + CONTACT_WORDS * count].view(CONTACT)
        return [self._our_contact(contact) for contact in contacts]

    @staticmethod
    def _our_contact(contact: Any) -> Contact:
        flags = (int(contact["fixture"]), int(contact["shape"]), bool(contact["touching"]))
        if contact["count"] == 0:
            return flags
        points = [
            (*map(float, point["local"]), float(point["normal"]), float(point["tangent"]), int(point["id"]))
            for point in contact["points"][: contact["count"]]
        ]
        face = (*map(float, contact["face_normal"]), *map(float, contact["face_point"]))
        return (*flags, bool(contact["enabled"]), int(contact["type"]), face, points)

    def their_contacts(self) -> list[Contact]:
        return [self._their_contact(contact) for contact in self.theirs.world.contacts]

    def _their_contact(self, contact: Any) -> Contact:
        ground = contact.fixtureA
        fixture = self.bodies.index(contact.fixtureB.body)
        flags = (fixture, self.shapes[self._key(ground)], bool(contact.touching))
        manifold = contact.manifold
        if manifold.pointCount == 0:
            return flags
        points = [
            (*point.localPoint, point.normalImpulse, point.tangentImpulse, point.id.key)
            for point in manifold.points[: manifold.pointCount]
        ]
        face = (*manifold.localNormal, *manifold.localPoint)
        return (*flags, bool(contact.enabled), manifold.type_ - manifold.e_faceA, face, points)


def random_action(space: Any, rng: np.random.Generator) -> Any:
    if isinstance(space, gymnasium.spaces.Discrete):
        return int(rng.integers(space.n))
    return rng.uniform(space.low, space.high).astype(np.float32)


def compare(world: World, seed: int, num_steps: int) -> tuple[int, int]:
    """Throws the bodies every few steps of an episode; returns how many contacts and points were compared."""
    rng = np.random.default_rng(seed)
    world.reset(seed)
    contacts = points = 0
    for step in range(num_steps):
        if step % 7 == 3:
            world.throw(rng)
        action = random_action(world.theirs.action_space, rng)
        observation, _, terminated, *_ = world.ours.step(action)
        expected = world.theirs.step(action)[0]
        ours, theirs = world.our_contacts(), world.their_contacts()
        assert ours == theirs, f"seed {seed}, step {step}"
        np.testing.assert_array_equal(observation, expected, err_msg=f"seed {seed}, step {step}")
        contacts += len(ours)
        points += sum(len(contact[-1]) for contact in ours if len(contact) > 3)
        if terminated and abs(world.bodies[0].position[0]) > 100:
            break  # out of the world
    return contacts, points


TASKS = [("LunarLander-v3", 3, 2), ("BipedalWalker-v3", 5, 4), ("BipedalWalkerHardcore-v3", 5, 4)]


@needs_reference_platform
@pytest.mark.slow
@pytest.mark.parametrize(("task_id", "num_bodies", "num_joints"), TASKS)
def test_contact_lists_are_those_of_box2d(task_id: str, num_bodies: int, num_joints: int) -> None:
    world = World(task_id, num_bodies, num_joints)
    sums = np.sum([compare(world, seed, 120) for seed in range(40)], axis=0)
    contacts, points = sums
    assert contacts > 3000
    assert points > 1000
