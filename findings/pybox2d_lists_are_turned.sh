#!/usr/bin/env bash
# box2d 2.3.10 (the wheel of gymnasium[box2d]): the lists of a world are those of Box2D turned around.
#
# Box2D's manual and source put a new body, fixture or contact at the head of its list, and a step goes through contacts from
# the head: newest first. In Python, world.bodies, body.fixtures, world.contacts and body.contacts are oldest first. So whoever
# replays a step's order of contacts from world.contacts, to compare solvers whose results depend on it, has it backwards:
# BeginContact tells the order that the step had.
#
# Output seen: the lines below. The script fails if they change.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet "box2d==2.3.10"
"$work/venv/bin/python" - > "$work/seen" <<'END'
from Box2D import b2ContactListener, b2PolygonShape, b2World


def slab(contact):
    return contact.fixtureA.userData or contact.fixtureB.userData


class Listener(b2ContactListener):
    begun = []

    def BeginContact(self, contact):
        self.begun.append(slab(contact))


listener = Listener()
world = b2World(gravity=(0, -10), contactListener=listener)
ground = world.CreateStaticBody(userData="ground")
for i in range(3):
    ground.CreateFixture(shape=b2PolygonShape(box=(1, 1, (2.0 * i, 0), 0)), userData=f"slab-{i}")
box = world.CreateDynamicBody(position=(2, 1.9), userData="box")
box.CreateFixture(shape=b2PolygonShape(box=(2.5, 1)), density=1)
world.CreateStaticBody(userData="last")
world.Step(1 / 60, 8, 3)
print("the step began contacts with:", *listener.begun)
print("world.contacts:", *map(slab, world.contacts))
print("body.contacts:", *(slab(edge.contact) for edge in box.contacts))
print("body.fixtures:", *(fixture.userData for fixture in ground.fixtures))
print("world.bodies:", *(body.userData for body in world.bodies))
END
cat "$work/seen"
diff "$work/seen" - <<'END'
the step began contacts with: slab-2 slab-1 slab-0
world.contacts: slab-0 slab-1 slab-2
body.contacts: slab-0 slab-1 slab-2
body.fixtures: slab-0 slab-1 slab-2
world.bodies: ground box last
END
