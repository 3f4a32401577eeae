"""What networkx asks about the backend when it is imported; loads nothing."""

from __future__ import annotations

from typing import Any, Final

FUNCTIONS: Final = {
    "pagerank": "Power iteration on arrays, to 1e-10 or what `tol` asks for, whichever is nearer.",
    "hits": "Lanczos iteration on arrays.",
    "harmonic_centrality": "Breadth-first searches from 64 nodes at a time; no `distance`.",
    "degree_centrality": "",
    "in_degree_centrality": "",
    "out_degree_centrality": "",
    "to_scipy_sparse_array": "A copy of the array itself.",
}
"""What the backend implements."""


def info() -> dict[str, Any]:
    """Return the backend's description in the shape that networkx documents."""
    return {
        "backend_name": "linkcrawler",
        "project": "linkcrawler",
        "package": "analysis",
        "short_summary": "The graph of a linkcrawler dataset, on its arrays.",
        "functions": {
            name: {"additional_docs": told} if told else {} for name, told in FUNCTIONS.items()
        },
    }
