"""Graphs with an element of a space at every node and at every edge."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from plyo import logger
from plyo.basics.integers import is_seed, to_integer
from plyo.spaces._batching import batch_space
from plyo.spaces._composite import items_of, sample_part, sampling_argument, seed_with_parts
from plyo.spaces.space import Space


class GraphInstance(NamedTuple):
    """An element of a :class:`Graph` space.

    Attributes:
        nodes: A batch of elements of the node space: for boxes an array of shape ``(n, ...)``.
        edges: A batch of elements of the edge space, of length ``m``, or ``None``.
        edge_links: An integer array of shape ``(m, 2)`` with the indices of the nodes that each edge
            connects, or ``None``.
    """

    nodes: Any
    edges: Any | None
    edge_links: NDArray[Any] | None


class Graph(Space[GraphInstance]):
    """Graphs of any number of nodes and edges.

    Attributes:
        node_space: The space of a node's value.
        edge_space: The space of an edge's value, ``None`` for graphs without edges.
        batch_node_space: The space of a batch of one node.
        batch_edge_space: The space of a batch of one edge, ``None`` without ``edge_space``.

    Example:
        >>> Graph(node_space=Box(-100, 100, shape=(3,)), edge_space=Discrete(3))
        Graph(Box(-100.0, 100.0, (3,), float32), Discrete(3))
    """

    node_space: Space[Any]
    edge_space: Space[Any] | None
    batch_node_space: Space[Any]
    batch_edge_space: Space[Any] | None

    def __init__(
        self,
        node_space: Space[Any],
        edge_space: Space[Any] | None,
        seed: int | np.random.Generator | None = None,
    ) -> None:
        """Makes the space of graphs with these nodes and edges.

        Args:
            node_space: The space of a node's value, which is not copied.
            edge_space: The space of an edge's value, not copied either, or ``None``.
            seed: A seed for the sampler and, drawn from it, for those of the two spaces. A generator
                does not seed these.

        Raises:
            TypeError: ``node_space`` or ``edge_space`` is not a space.
            plyo.error.Error: ``seed`` is negative.
        """
        self.node_space = node_space
        self.edge_space = edge_space
        self.batch_node_space = batch_space(node_space, n=1)
        self.batch_edge_space = None if edge_space is None else batch_space(edge_space, n=1)
        super().__init__(None, None, seed)

    @property
    def is_np_flattenable(self) -> Literal[False]:
        """Always false: the numbers of nodes and edges vary."""
        return False

    def seed(self, seed: int | tuple[Any, ...] | list[Any] | None = None) -> tuple[Any, ...]:
        """Restarts the samplers of the space, of the nodes and of the edges.

        Args:
            seed: ``None`` takes entropy from the system for each. An integer seeds the space itself,
                which draws the seeds of the others. A tuple or list has the seeds of the space, the
                nodes and, if there is an edge space, the edges.

        Returns:
            The seeds of the space, the nodes and, if there is an edge space, the edges; they can be
            given back as ``seed``.

        Raises:
            ValueError: The number of seeds is wrong.
            TypeError: ``seed`` is of another type.
            plyo.error.Error: A seed is negative or not an integer.
        """
        parts: tuple[Space[Any], ...] = (self.node_space,)
        if self.edge_space is not None:
            parts = (self.node_space, self.edge_space)
        if isinstance(seed, (list, tuple)):
            if len(seed) != 1 + len(parts):
                wanted = "two values for Graph and node space"
                if self.edge_space is not None:
                    wanted = "three values for Graph, node and edge space"
                raise ValueError(f"Expects a tuple of {wanted}, actual length: {len(seed)}")
        elif not (seed is None or is_seed(seed)):
            raise TypeError(f"Expects `None`, int or tuple of ints, actual type: {type(seed)}")
        return seed_with_parts(self, parts, seed)

    def sample(
        self,
        mask: tuple[Any, Any] | None = None,
        probability: tuple[Any, Any] | None = None,
        num_nodes: int = 10,
        num_edges: int | None = None,
    ) -> GraphInstance:
        """Draws a graph with a given number of nodes; its links are uniform and may be loops.

        Args:
            mask: The mask for the batch of nodes and that for the edges, each or ``None``. The mask
                for the edges is one for a batch, or, if their number is drawn, one for a single edge,
                of which a tuple is made.
            probability: The same with probabilities.
            num_nodes: The number of nodes.
            num_edges: The number of edges. By default it is uniform and below
                ``num_nodes * (num_nodes - 1)``, 0 with a single node.

        Returns:
            The graph; its edges and links are ``None`` where there are no edges.

        Raises:
            ValueError: Both ``mask`` and ``probability`` were given.
            TypeError: A number is not an integer.
            AssertionError: There are no nodes, the number of edges is negative, or the batched node or edge
                space refuses its argument.
        """
        num_nodes = to_integer(
            "num_nodes", num_nodes
        )  # NumPy's narrow integers would wrap around in products
        assert num_nodes > 0, (
            f"The number of nodes is expected to be greater than 0, actual value: {num_nodes}"
        )
        name, node_argument, edge_argument = "mask", None, None
        if mask is not None or probability is not None:
            name, (node_argument, edge_argument) = sampling_argument(mask, probability)

        if num_edges is None:
            num_edges = int(self.np_random.integers(num_nodes * (num_nodes - 1))) if num_nodes > 1 else 0
            if edge_argument is not None:
                edge_argument = (edge_argument,) * num_edges
        else:
            num_edges = to_integer("num_edges", num_edges)
            if self.edge_space is None:
                logger.warn(f"The number of edges is set ({num_edges}) but the edge space is None.")
            assert num_edges >= 0, (
                f"Expects the number of edges to be greater than 0, actual value: {num_edges}"
            )

        nodes = _sample_batch(self.node_space, num_nodes, name, node_argument)
        if self.edge_space is None or num_edges == 0:
            return GraphInstance(nodes, None, None)
        edges = _sample_batch(self.edge_space, num_edges, name, edge_argument)
        links = self.np_random.integers(low=0, high=num_nodes, size=(num_edges, 2), dtype=np.int32)
        return GraphInstance(nodes, edges, links)

    def contains(self, x: Any) -> bool:
        """Whether ``x`` is a graph whose nodes and edges are elements and whose links are nodes.

        Args:
            x: A :class:`GraphInstance`; nothing else is an element.

        Returns:
            Whether it is an element.
        """
        if not isinstance(x, GraphInstance) or x.nodes is None:
            return False
        nodes = items_of(self.batch_node_space, x.nodes)
        if nodes is None or not all(node in self.node_space for node in nodes):
            return False
        if x.edges is None or self.edge_space is None:
            return x.edges is None and are_links(x.edge_links, len(nodes), None)
        edges = items_of(self.batch_edge_space, x.edges)
        return (
            edges is not None
            and all(edge in self.edge_space for edge in edges)
            and are_links(x.edge_links, len(nodes), len(edges))
        )

    def __repr__(self) -> str:
        """The constructor call that makes the space."""
        return f"Graph({self.node_space}, {self.edge_space})"

    def __eq__(self, other: object) -> bool:
        """Whether ``other`` has equal node and edge spaces."""
        return (
            isinstance(other, Graph)
            and self.node_space == other.node_space
            and self.edge_space == other.edge_space
        )

    def to_jsonable(self, sample_n: Iterable[GraphInstance]) -> list[dict[str, Any]]:
        """Converts graphs to dictionaries of ``"nodes"`` and, if present, ``"edges"`` and ``"edge_links"``."""
        converted = []
        for graph in sample_n:
            parts = {"nodes": self.batch_node_space.to_jsonable([graph.nodes])}
            if self.batch_edge_space is not None and graph.edges is not None and graph.edge_links is not None:
                parts["edges"] = self.batch_edge_space.to_jsonable([graph.edges])
                parts["edge_links"] = graph.edge_links.tolist()
            converted.append(parts)
        return converted

    def from_jsonable(self, sample_n: Sequence[dict[str, Any]]) -> list[GraphInstance]:
        """Converts such dictionaries to graphs, with links of dtype int32."""
        graphs = []
        for parts in sample_n:
            nodes = self.batch_node_space.from_jsonable(parts["nodes"])[0]
            edges = links = None
            if "edges" in parts:
                assert self.batch_edge_space is not None
                edges = self.batch_edge_space.from_jsonable(parts["edges"])[0]
                links = np.asarray(parts["edge_links"], dtype=np.int32)
            graphs.append(GraphInstance(nodes, edges, links))
        return graphs


def are_links(links: object, num_nodes: int, num_edges: int | None) -> bool:
    """Whether these are the links of a graph.

    Args:
        links: The links: an integer array of shape ``(num_edges, 2)``, ``None`` where there are no edges.
        num_nodes: The number of nodes.
        num_edges: The number of edges; ``None`` for a graph without.
    """
    if links is None or num_edges is None:
        return links is None and num_edges is None
    return bool(
        isinstance(links, np.ndarray)
        and links.dtype.kind in "iu"
        and links.shape == (num_edges, 2)
        and np.all((links >= 0) & (links < num_nodes))
    )


def _sample_batch(space: Space[Any], n: int, name: str, argument: Any) -> Any:
    """Draws a batch of elements, with ``argument`` as the argument called ``name`` if there is one."""
    batch = batch_space(space, n)
    sample = sample_part(batch, name, argument)
    # The batch drew from a copy of the generator, so this one has to be moved on.
    space.np_random.random()
    return sample
