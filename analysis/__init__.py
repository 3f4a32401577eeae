"""THE RANKING: a dataset in, authority and answers out. Knows no Scrapy.

``analysis.open(DIR)`` is the door for Python: Arrow tables, DuckDB relations, a networkx graph.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from analysis.crawl import Crawl


def open(folder: str | Path) -> Crawl:
    """Return the crawl, or merge of crawls, in ``folder``.

    Raises:
        NotADatasetError: the folder holds no crawl.
        SchemaVersionError: another version of the schema wrote it.
        CorruptPartError: its manifest is damaged.
    """
    # Here and not above: importing the package must not load pyarrow.
    from analysis.crawl import Crawl
    from pipelines.dataset import open_dataset

    return Crawl(open_dataset(folder))
