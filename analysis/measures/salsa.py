"""A graph in, where a surfer ends up who follows links forwards and backwards in turn out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

if TYPE_CHECKING:
    from numpy.typing import NDArray


def salsa(adjacency: sparse.csr_array) -> NDArray[np.float64]:
    """Return the SALSA authority of every node: float64 of shape ``(n,)``, sums to 1; 0 without edges.

    The stationary distribution of a walk that goes back along a link into the node, each as likely,
    and forward along a link of the page it came to, started with equal chances at every node with
    a link into it. In closed form: inside a component of the graph in which every node stands once as
    source and once as target, the in-degree's share of the component's edges, times the component's
    share of all nodes with a link into them. So it is in-degree that no community can outbid.
    Weights do not count.

    Lempel, Moran: SALSA, the Stochastic Approach for Link-Structure Analysis, ACM Transactions on
    Information Systems 19 (2001).

    Args:
        adjacency: an entry for each edge, from row to column, of shape ``(n, n)``.
    """
    count = adjacency.shape[0]
    if adjacency.nnz == 0:
        return np.zeros(count)
    edges = adjacency.tocoo()
    cells = (np.ones(edges.nnz, dtype=np.int8), (edges.row, edges.col.astype(np.int64) + count))
    two_sided = sparse.coo_array(cells, shape=(2 * count, 2 * count))
    _, labels = connected_components(two_sided.tocsr(), directed=False)
    component = labels[count:]
    degrees = np.bincount(edges.col, minlength=count).astype(np.float64)
    linked = degrees > 0
    members = np.bincount(component[linked], minlength=labels.max() + 1)
    weights = np.bincount(component, weights=degrees, minlength=labels.max() + 1)
    scores = np.zeros(count)
    own = component[linked]
    scores[linked] = degrees[linked] / weights[own] * members[own] / linked.sum()
    return scores
