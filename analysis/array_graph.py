"""Arrays in, a graph out that networkx takes for its own, and that is made of them.

`ArrayGraph` is a ``networkx.DiGraph``. What networkx hands to the backend ``linkcrawler`` (see
`analysis.backend`), degrees and counts come from the arrays; only what looks into the dictionaries of
a DiGraph (``graph["a.com"]``, ``graph.nodes(data=True)``, writers of files) makes them, once.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import networkx as nx
import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

BACKEND = "linkcrawler"


class Arrays:
    """A directed graph as arrays.

    Args:
        names: the nodes, each once.
        source: number of each edge's source, into ``names``; no pair stands twice.
        target: number of its target.
        attributes: returns the columns of the nodes and those of the edges, each a list of
            dictionaries in their order, with the plain values of networkx.
        weights: returns a column of the edges as numbers; None where they have none of that name.
    """

    def __init__(
        self,
        names: list[str],
        source: NDArray[np.integer],
        target: NDArray[np.integer],
        attributes: Callable[[], tuple[list[dict[str, Any]], list[dict[str, Any]]]],
        weights: Callable[[str], NDArray[np.float64] | None],
    ) -> None:
        self.names = names
        self.source, self.target = source, target
        self.attributes, self.weights = attributes, weights
        self._matrices: dict[str | None, sparse.csr_array] = {}

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The number of each node."""
        return {name: number for number, name in enumerate(self.names)}

    def matrix(self, weight: str | None = None) -> sparse.csr_array:
        """Return the adjacency: float64, from row to column; 1 where edges have no such column."""
        if weight not in self._matrices:
            column = None if weight is None else self.weights(weight)
            values = np.ones(self.source.size) if column is None else column
            size = len(self.names)
            cells = sparse.coo_array((values, (self.source, self.target)), shape=(size, size))
            self._matrices[weight] = cells.tocsr()
        return self._matrices[weight]


_DiGraph: Any = nx.DiGraph
"""Its stubs know no graph whose views are not networkx's own."""


class Attributes(dict[str, Any]):
    """Attributes that say no to changes, which the arrays would not see; copies of them are dicts."""

    def _refuse(self, *_: Any, **__: Any) -> Any:
        raise TypeError("the graph of a dataset is read-only; change graph.copy()")

    __setitem__ = __delitem__ = update = setdefault = pop = popitem = clear = __ior__ = _refuse

    def __reduce__(self) -> tuple[Any, ...]:
        return dict, (dict(self),)

    def __deepcopy__(self, memo: dict[int, Any]) -> dict[str, Any]:
        return dict(self)


class ArrayGraph(_DiGraph):  # type: ignore[misc]
    """The graph of a dataset: read-only; change ``graph.copy()``, a plain ``networkx.DiGraph``.

    Whatever networkx makes of its class (copies, views, reversed graphs) is a plain DiGraph, too.
    """

    __networkx_backend__: ClassVar[str] = BACKEND
    arrays: Arrays

    def __new__(cls, data: Any = None, **attributes: Any) -> Any:
        """Return a graph of `Arrays`; a plain one of everything else, as copies ask for."""
        if not isinstance(data, Arrays):
            return nx.DiGraph(data, **attributes)
        return object.__new__(cls)

    def __init__(self, data: Arrays) -> None:  # not DiGraph's: there are no dictionaries yet
        self.arrays = data
        self.graph: dict[str, Any] = {}
        self.__networkx_cache__: dict[str, Any] = {}
        nx.freeze(self)

    def __reduce__(self) -> tuple[Any, ...]:
        return nx.DiGraph, (self._plain,)

    # What networkx keeps in dictionaries

    @cached_property
    def _plain(self) -> Any:
        """The graph in dictionaries, its attributes read-only."""
        nodes, edges = self.arrays.attributes()
        plain: Any = nx.DiGraph()
        names = self.arrays.names
        for name, values in zip(names, nodes, strict=True):
            plain.add_node(name)
            plain._node[name] = Attributes(values)
        ends = zip(self.arrays.source.tolist(), self.arrays.target.tolist(), strict=True)
        for (source, target), values in zip(ends, edges, strict=True):
            shared = Attributes(values)
            plain._succ[names[source]][names[target]] = shared
            plain._pred[names[target]][names[source]] = shared
        return plain

    @property
    def _node(self) -> Any:
        return self._plain._node

    @property
    def _adj(self) -> Any:
        return self._plain._adj

    @property
    def _succ(self) -> Any:
        return self._plain._succ

    @property
    def _pred(self) -> Any:
        return self._plain._pred

    def to_networkx(self) -> nx.DiGraph[str]:
        """Return a plain ``networkx.DiGraph`` of the same nodes, edges and attributes, to be changed."""
        copy: nx.DiGraph[str] = nx.DiGraph()
        copy.add_nodes_from((name, dict(data)) for name, data in self._plain.nodes(data=True))
        copy.add_edges_from((u, v, dict(data)) for u, v, data in self._plain.edges(data=True))
        return copy

    def copy(self, as_view: bool = False) -> Any:
        """Return `to_networkx`, or a read-only view."""
        return self._plain.copy(as_view=True) if as_view else self.to_networkx()

    # What the arrays answer

    def __len__(self) -> int:
        return len(self.arrays.names)

    def __iter__(self) -> Iterator[str]:
        return iter(self.arrays.names)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name in self.arrays.numbers

    def number_of_nodes(self) -> int:
        return len(self)

    order = number_of_nodes

    def nbunch_iter(self, nbunch: Any = None) -> Iterator[str]:
        """Yield the nodes of a bunch as networkx understands one: a node, several, or None for all."""
        if nbunch is None:
            return iter(self)
        if nbunch in self:
            return iter([nbunch])
        try:
            return iter([name for name in nbunch if name in self])
        except TypeError:
            raise nx.NetworkXError(f"{nbunch!r} is no node and no sequence of nodes") from None

    def number_of_edges(self, u: Any = None, v: Any = None) -> int:
        if u is None:
            return int(self.arrays.source.size)
        return int(self._plain.number_of_edges(u, v))

    @cached_property
    def in_degree(self) -> Degrees:
        return Degrees(self, ("target",))

    @cached_property
    def out_degree(self) -> Degrees:
        return Degrees(self, ("source",))

    @cached_property
    def degree(self) -> Degrees:
        return Degrees(self, ("source", "target"))


class Degrees:
    """Degrees as networkx gives them: by node, over pairs, or called with nodes and a weight."""

    def __init__(self, graph: ArrayGraph, ends: tuple[str, ...], weight: str | None = None) -> None:
        self._graph, self._ends, self._weight = graph, ends, weight

    @cached_property
    def values(self) -> list[int | float]:
        """The degree of each node in the order of the graph."""
        arrays = self._graph.arrays
        column = None if self._weight is None else arrays.weights(self._weight)
        counts = sum(
            np.bincount(getattr(arrays, end), weights=column, minlength=len(arrays.names))
            for end in self._ends
        )
        return list(np.asarray(counts).tolist())

    def __call__(self, nbunch: Any = None, weight: str | None = None) -> Any:
        found = self if weight == self._weight else Degrees(self._graph, self._ends, weight)
        if nbunch is None:
            return found
        if isinstance(nbunch, str) and nbunch in self._graph:
            return found[nbunch]
        return [(name, found[name]) for name in self._graph.nbunch_iter(nbunch)]

    def __getitem__(self, name: str) -> int | float:
        return self.values[self._graph.arrays.numbers[name]]

    def __iter__(self) -> Iterator[tuple[str, int | float]]:
        return iter(zip(self._graph.arrays.names, self.values, strict=True))

    def __len__(self) -> int:
        return len(self._graph)
