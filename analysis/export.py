"""A ranked dataset in, the domain graph in a file format of other tools out."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from analysis.cells import csv_of
from analysis.crawl import Crawl
from linkcrawler.disk import replace_file, storage_errors
from linkcrawler.exceptions import UsageError
from pipelines.dataset import open_dataset
from pipelines.schema import DOMAIN_EDGES, DOMAINS

if TYPE_CHECKING:
    from collections.abc import Iterable

    import networkx as nx

FORMATS: Final = ("gexf", "graphml", "csv")

_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Code points that no XML 1.0 file may hold, not even escaped."""


def export(folder: str | Path, format: str, out: str | Path | None = None) -> list[Path]:
    """Write the domain graph of a ranked dataset; return the paths of the files, each whole.

    All domains and the followed edges among them, with the columns of ``domains`` and
    ``domain_edges`` as attributes; an unknown value is left out, times are ISO 8601 text. The same
    dataset gives the same bytes.

    Args:
        folder: the dataset.
        format: ``gexf`` (Gephi), ``graphml`` (Gephi, igraph, yEd) or ``csv`` (Gephi's spreadsheet
            import: ``nodes.csv`` and ``edges.csv``).
        out: the file to write, for ``csv`` the folder of the two; by default ``graph.gexf``,
            ``graph.graphml`` or the two files in ``folder``.

    Raises:
        UsageError: there is no such format.
        DatasetError: not ranked yet, or damaged.
        StorageError: the disk refused.
    """
    if format not in FORMATS:
        raise UsageError(f"format {format!r} is unknown; take one of {', '.join(FORMATS)}")
    crawl = Crawl(open_dataset(folder))
    graph = crawl.graph().copy()  # to be written by networkx
    if format == "csv":
        return _write_csv(graph, Path(out) if out else crawl.folder)
    path = Path(out) if out else crawl.folder / f"graph.{format}"
    replace_file(path, (to_gexf if format == "gexf" else to_graphml)(graph))
    return [path]


def to_gexf(graph: nx.DiGraph[str]) -> bytes:
    """Return ``graph`` as GEXF, dated by its newest ``last_seen`` and not by today."""
    from networkx.readwrite.gexf import GEXFWriter

    writer = GEXFWriter(_xml_safe(graph))
    seen = max((data["last_seen"] for _, data in graph.nodes(data=True)), default="")
    for meta in writer.xml.iter("meta"):
        meta.set("lastmodifieddate", seen[: len("2026-01-31")])
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def to_graphml(graph: nx.DiGraph[str]) -> bytes:
    """Return ``graph`` as GraphML."""
    from networkx.readwrite.graphml import GraphMLWriter

    buffer = io.BytesIO()
    GraphMLWriter(_xml_safe(graph)).dump(buffer)
    return buffer.getvalue()


def _xml_safe(graph: nx.DiGraph[str]) -> nx.DiGraph[str]:
    """Return a copy of ``graph`` whose text XML can hold.

    U+FFFD stands for what it cannot hold; in names, which must stay apart, its escape does.
    """
    import networkx as nx

    names = {name: _NOT_XML.sub(_escape, name) for name in graph if _NOT_XML.search(name)}
    copy: nx.DiGraph[str] = nx.relabel_nodes(graph, names) if names else graph.copy()
    for _, data in copy.nodes(data=True):
        data.update(_safe_texts(data.items()))
    for _, _, data in copy.edges(data=True):
        data.update(_safe_texts(data.items()))
    return copy


def _escape(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode()


def _safe_texts(items: Iterable[tuple[str, object]]) -> list[tuple[str, str]]:
    return [
        (name, _NOT_XML.sub("\ufffd", value)) for name, value in items if isinstance(value, str)
    ]


def _write_csv(graph: nx.DiGraph[str], folder: Path) -> list[Path]:
    """Write ``nodes.csv`` and ``edges.csv`` into ``folder``, headed as Gephi expects."""
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    node_columns = [name for name in DOMAINS.names if name != "domain"]
    edge_columns = [
        name for name in DOMAIN_EDGES.names if name not in ("source", "target", "weight")
    ]
    nodes = (
        [name, name, *(data.get(column) for column in node_columns)]
        for name, data in graph.nodes(data=True)
    )
    edges = (
        [source, target, "Directed", data["weight"], *(data.get(name) for name in edge_columns)]
        for source, target, data in graph.edges(data=True)
    )
    paths = [folder / "nodes.csv", folder / "edges.csv"]
    replace_file(paths[0], csv_of(["Id", "Label", *node_columns], nodes).encode())
    replace_file(
        paths[1], csv_of(["Source", "Target", "Type", "Weight", *edge_columns], edges).encode()
    )
    return paths
