import pyarrow as pa
import pytest

from analysis.graph import build_graph


def edges(*rows):
    schema = pa.schema([("source", pa.string()), ("target", pa.string()), ("weight", pa.float64())])
    columns = zip(*rows, strict=True) if rows else ([], [], [])
    return pa.table([list(column) for column in columns], schema=schema)


def test_an_edge_runs_from_the_row_to_the_column_and_names_are_sorted():
    graph = build_graph(edges(("b", "a", 1.0), ("b", "c", 1.0)), ["z"])
    assert graph.names == ["a", "b", "c", "z"]
    assert graph.adjacency.toarray().tolist() == [
        [0, 0, 0, 0],
        [1, 0, 1, 0],
        [0, 0, 0, 0],
        [0, 0, 0, 0],
    ]


def test_self_links_repetitions_and_edges_without_a_followed_link_add_nothing():
    graph = build_graph(edges(("a", "a", 1.0), ("a", "b", 1.0), ("a", "b", 1.0), ("b", "a", 0.0)))
    assert graph.adjacency.toarray().tolist() == [[0, 1], [0, 0]]


def test_networkx_gets_every_domain_and_every_edge():
    graph = build_graph(edges(("b", "a", 1.0)), ["z"]).to_networkx()
    assert sorted(graph) == ["a", "b", "z"]
    assert list(graph.edges(data=True)) == [("b", "a", {"weight": 1.0})]


def test_no_edges_and_no_names_are_an_empty_graph():
    graph = build_graph(edges())
    assert graph.names == []
    assert graph.adjacency.shape == (0, 0)
    assert len(graph.to_networkx()) == 0


@pytest.mark.parametrize("weight", [-1.0, float("nan"), None])
def test_a_weight_that_is_no_number_or_negative_is_refused(weight):
    with pytest.raises(ValueError, match="weight is negative or no number"):
        build_graph(edges(("a", "b", weight)))
