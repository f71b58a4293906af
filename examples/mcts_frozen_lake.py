"""Monte-Carlo tree search over forks of an environment solves FrozenLake.

    python examples/mcts_frozen_lake.py
    python examples/mcts_frozen_lake.py --map 8x8 --no-slippery

The search knows no model: it forks the environment, steps the copies and sees what comes of it. A fork copies states in
memory, so it costs about as much as a step. On slippery ice the copies get random streams of their own: they try the
future, they do not foresee it.

Actions in the tree are chosen by upper confidence bounds (Kocsis & Szepesvári 2006). The value of a node is that of its
best action, and the weight of exploration is in proportion to it (Keller & Helmert 2013).
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

import plyo

DISCOUNT = 0.99
EXPLORATION = 1.0  # in units of the value of a node
LEAST_SHARE = 0.005  # of the latest return in a mean
DEPTH = 16  # the most steps of a walk


class Node:
    """What is known about the actions of a place on the ice."""

    def __init__(self) -> None:
        self.visits, self.pending = (
            np.zeros(4),
            np.zeros(4),
        )  # tries that are over, and those of copies on their way
        self.returns = np.zeros(4)  # the mean discounted return after each action

    def value(self) -> float:
        """The mean return after the best action."""
        return float(self.returns.max())

    def select(self) -> int:
        """The action with the greatest upper confidence bound; one that was never tried comes first."""
        tries = self.visits + self.pending
        if tries.all():
            weight = EXPLORATION * max(self.value(), 0.001)
            action = int((self.returns + weight * np.sqrt(np.log(tries.sum()) / tries)).argmax())
        else:
            action = int(tries.argmin())
        self.pending[action] += 1
        return action

    def learn(self, action: int, value: float) -> None:
        """Adds the return after an action; of many, the latest count most, as the search gets better."""
        self.pending[action] -= 1
        self.visits[action] += 1
        self.returns[action] += max(1 / self.visits[action], LEAST_SHARE) * (value - self.returns[action])


class Search:
    """A tree that grows with every move, and from episode to episode.

    Args:
        width: The copies that walk down the tree side by side.
        rounds: The number of such walks before a move.
        playouts: Random episodes from each leaf.
        seed: The seed of everything random in the search.
    """

    def __init__(self, width: int = 64, rounds: int = 4, playouts: int = 16, seed: int = 0) -> None:
        self.width, self.rounds, self.playouts = width, rounds, playouts
        self.rng = np.random.default_rng(seed)
        self.tree: dict[int, Node] = {}

    def choose(self, env: Any, place: int) -> int:
        """The action for the only environment of a batch, which stays as it is."""
        root = self.tree.setdefault(place, Node())
        for _ in range(self.rounds):
            self.grow(env, place)
        return int(root.returns.argmax())

    def grow(self, env: Any, place: int) -> None:
        """Lets copies walk from the root to leaves, plays from there, and adds the returns to the nodes on the way."""
        copies = env.fork([0], self.width, seed=self.new_seed())
        places = np.full(self.width, place)
        steps: list[tuple[Node, int, int, float]] = []  # in the order of time
        walking: Any = np.arange(self.width)
        leaves: list[int] = []
        for _ in range(DEPTH):
            if not len(walking):
                break
            nodes = [self.tree[int(place)] for place in places[walking]]
            actions = [node.select() for node in nodes]
            places[walking], rewards, terminated, truncated, _ = copies.step_lanes(actions, walking)
            ended = terminated | truncated
            going: list[int] = []
            for i, lane in enumerate(walking.tolist()):
                steps.append((nodes[i], actions[i], lane, float(rewards[i])))
                known = int(places[lane]) in self.tree
                if not ended[i]:
                    (going if known else leaves).append(lane)
            walking = np.array(going, np.int64)
        for lane in leaves:
            self.tree.setdefault(int(places[lane]), Node())
        values = np.zeros(self.width)  # of the place where each copy has arrived
        if leaves:
            values[leaves] = self.play(copies, leaves)
        for lane in walking.tolist():
            values[lane] = self.tree[int(places[lane])].value()
        for node, action, lane, reward in reversed(steps):
            node.learn(action, reward + DISCOUNT * values[lane])
            values[lane] = node.value()

    def play(self, copies: Any, leaves: list[int]) -> np.ndarray:
        """The mean discounted return of random episodes from each leaf, all in one rollout."""
        forks = copies.fork(leaves, self.playouts, seed=self.new_seed())
        limit = forks.spec.max_episode_steps
        rewards = forks.rollout(plyo.policies.Random(self.new_seed()), limit, record=["rewards"]).rewards
        returns: np.ndarray = DISCOUNT ** np.arange(limit) @ rewards
        means: np.ndarray = returns.reshape(len(leaves), self.playouts).mean(axis=1)
        return means

    def new_seed(self) -> int:
        """A seed for copies."""
        return int(self.rng.integers(2**62))


def solve(search: Search, map_name: str, slippery: bool, seed: int) -> float:
    """Plays an episode and returns its return: 1 at the goal, 0 in a hole or after the time limit."""
    env: Any = plyo.make_vec(
        "FrozenLake-v1", 1, map_name=map_name, is_slippery=slippery, autoreset_mode="disabled"
    )
    places, _ = env.reset(seed=seed)
    while True:
        places, rewards, terminated, truncated, _ = env.step([search.choose(env, int(places[0]))])
        if terminated[0] or truncated[0]:
            return float(rewards[0])


def main() -> None:
    """Plays episodes from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--map", default="4x4", choices=["4x4", "8x8"])
    parser.add_argument("--slippery", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--episodes", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    search, returns = Search(seed=chosen.seed), []
    for episode in range(chosen.episodes):
        returns.append(solve(search, chosen.map, chosen.slippery, chosen.seed + episode))
        print(f"episode {episode}: return {returns[-1]:g}, mean {np.mean(returns):.2f}", flush=True)


if __name__ == "__main__":
    main()
