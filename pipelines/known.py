"""What the frontier alone knows in, record batches for compacting and reopening out."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines.arrays import array_of, scalar_of, texts
from pipelines.compaction import PLACES
from pipelines.damage import corrupt
from pipelines.rows import refused_batch
from pipelines.schema import PAGES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime
    from pathlib import Path

    from linkcrawler.frontier.records import RefusedRow

CHUNK_ROWS: Final = 20_000
_EXCLUDED: Final = scalar_of("excluded", pa.string())


def refused_batches(
    refused: Iterable[RefusedRow], crawl_id: str, now: datetime
) -> Iterator[pa.RecordBatch]:
    """Yield the rows of ``pages`` for URLs that a rule or a limit kept out.

    Args:
        refused: the URLs.
        crawl_id: goes into every row.
        now: when this was known.
    """
    rows = iter(refused)
    while chunk := list(islice(rows, CHUNK_ROWS)):
        yield refused_batch(chunk, crawl_id, now)


def place_batches(positions: Iterator[tuple[str, int, int]]) -> Iterator[pa.RecordBatch]:
    """Yield hops and depth of each URL tried, as all links seen have them, in the columns of `PLACES`."""
    while chunk := list(islice(positions, CHUNK_ROWS)):
        columns = zip(*chunk, strict=True)
        arrays = [
            array_of(column, field.type) for column, field in zip(columns, PLACES, strict=True)
        ]
        yield pa.RecordBatch.from_arrays(arrays, schema=PLACES)


def without_refused(
    path: Path, tried: Callable[[Iterable[str]], set[str]]
) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a pages file whose URL was tried.

    Some that were tried are ``excluded`` as well: what their host resolved to was refused, or
    another component dropped them.

    Args:
        path: the file.
        tried: returns those of some URLs that were tried.

    Raises:
        CorruptPartError: the file cannot be read.
    """
    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches():
                doubtful = batch.filter(pc.equal(batch["outcome"], _EXCLUDED))["url"].to_pylist()
                refused = texts(list(set(doubtful) - tried(doubtful)))
                kept = batch.filter(pc.invert(pc.is_in(batch["url"], value_set=refused)))
                if kept.num_rows:
                    yield kept.select(PAGES.names)
    except (pa.ArrowException, OSError) as error:
        raise corrupt(path, error) from error
