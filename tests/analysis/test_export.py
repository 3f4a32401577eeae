import csv
import math
import re

import networkx as nx
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support import ranked as made

import analysis
from analysis.export import export
from analysis.ranked_graph import ranked_graph
from analysis.rankings import rank
from linkcrawler.exceptions import DatasetError, StorageError, UsageError
from pipelines.dataset import open_dataset

READ = {
    "weight": lambda folder: analysis.open(folder).graph(),
    "share": lambda folder: ranked_graph(open_dataset(folder)),
}
READERS = {"gexf": nx.read_gexf, "graphml": nx.read_graphml}


def typed(data, *dropped):
    """Return attributes with their types, without those that a format adds for itself."""
    return {name: (type(value), value) for name, value in data.items() if name not in dropped}


@pytest.fixture
def ranked(small_crawl):
    rank(small_crawl)
    return small_crawl


@pytest.mark.parametrize("format", ["gexf", "graphml"])
def test_networkx_reads_back_the_same_graph(ranked, format):
    (path,) = export(ranked, format)
    assert path == ranked / f"graph.{format}"
    original, found = analysis.open(ranked).graph(), READERS[format](path)
    assert found.is_directed()
    assert {name: typed(data, "label") for name, data in found.nodes(data=True)} == {
        name: typed(data) for name, data in original.nodes(data=True)
    }
    assert {edge: typed(found.edges[edge], "id") for edge in found.edges} == {
        edge: typed(original.edges[edge]) for edge in original.edges
    }


def test_csv_reads_back_the_same_graph(ranked):
    nodes, edges = export(ranked, "csv")
    assert (nodes, edges) == (ranked / "nodes.csv", ranked / "edges.csv")
    original = analysis.open(ranked).graph()
    node_frame, edge_frame = pd.read_csv(nodes), pd.read_csv(edges)
    assert list(node_frame.columns[:2]) == ["Id", "Label"]
    assert list(edge_frame.columns[:4]) == ["Source", "Target", "Type", "Weight"]
    assert set(edge_frame["Type"]) == {"Directed"}
    for row in node_frame.to_dict("records"):
        expected = original.nodes[row["Id"]]
        assert {name: row[name] for name in expected} == expected
        assert pd.isna(row["relevance"])
    frame = edge_frame.rename(columns={"Weight": "weight"}).astype({"top_anchor": object})
    found = nx.from_pandas_edgelist(frame, "Source", "Target", True, nx.DiGraph)
    assert len(node_frame) == len(original)
    assert set(found.edges) == set(original.edges)
    for edge, data in ((edge, original.edges[edge]) for edge in original.edges):
        assert {name: found.edges[edge][name] for name in data} == data


@pytest.mark.parametrize("format", ["gexf", "graphml", "csv"])
def test_the_same_dataset_gives_the_same_bytes(ranked, format):
    first = [path.read_bytes() for path in export(ranked, format)]
    assert [path.read_bytes() for path in export(ranked, format)] == first
    assert all(b"\r" not in data for data in first)


def test_gexf_is_dated_by_the_crawl(ranked):
    (path,) = export(ranked, "gexf")
    assert re.findall(r'lastmodifieddate="([^"]*)"', path.read_text()) == ["2026-01-02"]


@pytest.fixture
def hostile(tmp_path, make):
    """Anchors that break XML, run in spreadsheets or hold what XML cannot."""
    texts = ["=cmd|' /C calc'!A0", "<a \"b\"> & 'c'", "a\ufffeb\uffff", "тест, \U0001f600"]
    links = [
        make.link(f"https://s{number}.com/", "https://t.org/", anchor=text)
        for number, text in enumerate(texts)
    ]
    folder = make.crawl(tmp_path / "hostile", (), links)
    rank(folder)
    return folder


@pytest.mark.parametrize("format", ["gexf", "graphml"])
def test_hostile_anchors_survive_in_xml(hostile, format):
    graph = READERS[format](export(hostile, format)[0])
    assert [graph.edges[f"s{number}.com", "t.org"]["top_anchor"] for number in range(4)] == [
        "=cmd|' /C calc'!A0", '<a "b"> & \'c\'', "a\ufffdb\ufffd", "тест, \U0001f600",
    ]  # fmt: skip


def test_hostile_anchors_are_no_formulas_in_csv(hostile):
    _, edges = export(hostile, "csv")
    with edges.open(newline="", encoding="utf-8") as file:
        anchors = [row["top_anchor"] for row in csv.DictReader(file)]
    assert anchors[0] == "'=cmd|' /C calc'!A0"
    assert anchors[1] == "<a \"b\"> & 'c'"


@pytest.mark.parametrize("format", ["gexf", "graphml"])
def test_a_graph_without_domains_is_exported_too(tmp_path, format):
    folder = made.write_dataset(tmp_path / "empty")
    assert len(READERS[format](export(folder, format)[0])) == 0


def test_the_output_can_be_named(ranked, tmp_path):
    assert export(ranked, "graphml", tmp_path / "g.xml") == [tmp_path / "g.xml"]
    assert nx.read_graphml(tmp_path / "g.xml").number_of_edges() == 2
    assert export(ranked, "csv", tmp_path / "gephi") == [
        tmp_path / "gephi" / "nodes.csv", tmp_path / "gephi" / "edges.csv",
    ]  # fmt: skip


def test_an_unknown_format_is_refused_with_the_known_ones(ranked):
    with pytest.raises(UsageError, match="'dot' is unknown; take one of gexf, graphml, csv"):
        export(ranked, "dot")


def test_a_folder_that_does_not_exist_is_named(ranked, tmp_path):
    with pytest.raises(StorageError, match=r"cannot write .*nowhere/g\.gexf"):
        export(ranked, "gexf", tmp_path / "nowhere" / "g.gexf")


def test_a_crawl_that_is_not_ranked_is_refused(small_crawl):
    with pytest.raises(DatasetError, match="linkcrawler rank"):
        export(small_crawl, "gexf")


@pytest.mark.parametrize("format", ["gexf", "graphml"])
def test_names_that_xml_cannot_hold_stay_apart(tmp_path, format):
    names = ["a\x00.org", "a\x01.org", "a\ufffe.org", "<\"&'>.org"]
    folder = made.write_dataset(
        tmp_path,
        domains=[made.domain(name, rank) for rank, name in enumerate(names, 1)],
        edges=[made.edge(names[0], name) for name in names[1:]],
    )
    graph = READERS[format](export(folder, format)[0])
    assert set(graph) == {"a\\x00.org", "a\\x01.org", "a\\ufffe.org", "<\"&'>.org"}
    assert graph.number_of_edges() == 3


@pytest.mark.parametrize("bad", [-1.0, math.nan, math.inf])
def test_a_weight_or_share_that_is_none_is_refused(small_crawl, bad):
    rank(small_crawl)
    path = small_crawl / "domain_edges.parquet"
    good = pq.read_table(path)
    for column in ("weight", "share"):
        values = [bad, *good[column].to_pylist()[1:]]
        place = good.schema.get_field_index(column)
        field = good.schema.field(column)
        pq.write_table(good.set_column(place, field, pa.array(values)), path)
        with pytest.raises(DatasetError, match=f"a {column} in domain_edges"):
            READ[column](small_crawl)
