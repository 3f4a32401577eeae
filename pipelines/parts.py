"""The outbox in, committed files out: sealing, compacting, and setting right after a crash.

Every change of the dataset's files takes the same four steps, so that a crash at any point leaves
a state that `DatasetFiles.recover` can name and finish:

1. the new files are written under a temporary name (``.….tmp``), synced, and so is their folder;
2. one transaction of the frontier records them, forgets what they replace, and empties the outbox
   of what they hold: from here on they count;
3. ``run.json`` is replaced, so that readers look for them, under either name;
4. what they replace is removed, then they take their names, and the folders are synced.
"""

from __future__ import annotations

import re
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from linkcrawler.disk import (
    clone,
    make_folder,
    remove,
    remove_folder,
    remove_tree,
    rename,
    storage_errors,
    sync_folder,
)
from linkcrawler.exceptions import CorruptPartError, StorageError
from linkcrawler.frontier.records import PartRow
from pipelines.compaction import SPILL_PREFIX, Unsorted, sorted_batches
from pipelines.dataset import on_the_way
from pipelines.known import place_batches, refused_batches, without_refused
from pipelines.manifest import Part
from pipelines.rows import decode_page, links_batch, pages_batch
from pipelines.writer import file_metadata, write_parquet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    import pyarrow as pa

    from linkcrawler.frontier.records import OutboxRow, RefusedRow
    from linkcrawler.frontier.store import FrontierStore

LEFTOVER: Final = ".*.parquet.tmp"
"""What a crash leaves of files that were never recorded."""
RAW: Final = ("links", "pages")
OURS: Final = re.compile(r"(raw/(links|pages)/part-[0-9]+|links|pages)\.parquet")
"""Paths of data files, relative to the folder."""


@dataclass(slots=True)
class DatasetFiles:
    """The Parquet files of one crawl.

    Args:
        folder: the crawl's folder.
        store: its frontier, which holds the outbox and the list of files that count.
        crawl_id: goes into every row.
        suffix_list: version of the Public Suffix List, goes into every file.
        announce: tells readers that the files that count have changed.
    """

    folder: Path
    store: FrontierStore
    crawl_id: str
    suffix_list: str
    announce: Callable[[], None] = lambda: None

    # Setting right

    def recover(self) -> None:
        """Finish or undo what a crash interrupted; afterwards files and records agree.

        Raises:
            CorruptPartError: a file that counts is gone, or is none of this folder's.
            StorageError: the disk refused.
        """
        with storage_errors(self.folder):
            recorded = {part.path for part in self.store.parts()}
            self._must_be_ours(recorded)
            self._remove(path for path in self._present() if path not in recorded)
            for path in sorted(recorded):
                self._name(path)
            for left in [*self.folder.glob(LEFTOVER), *self.folder.glob(f"raw/*/{LEFTOVER}")]:
                remove(left)
            for spill in self.folder.glob(f"{SPILL_PREFIX}*"):
                remove_tree(spill)
            self._drop_raw()

    def _must_be_ours(self, recorded: Iterable[str]) -> None:
        """Refuse a frontier that names other files: what it names is renamed and removed."""
        for path in recorded:
            if not OURS.fullmatch(path):
                raise CorruptPartError(
                    f"{self.folder}: its frontier is damaged, {path!r} is no file of a dataset; "
                    "restore it from a copy, or crawl into another folder"
                )

    def _present(self) -> Iterator[str]:
        """Yield the paths of this crawl's data files that exist, relative to the folder."""
        for table in RAW:
            if (self.folder / f"{table}.parquet").exists():
                yield f"{table}.parquet"
            for path in sorted((self.folder / "raw" / table).glob("part-*.parquet")):
                yield path.relative_to(self.folder).as_posix()

    def _name(self, path: str) -> None:
        """Give a recorded file its name where a crash came before."""
        final = self.folder / path
        if final.exists():
            return
        temporary = on_the_way(final)
        if not temporary.exists():
            message = f"{final} is missing, though the crawl recorded it; restore the file, or crawl into another folder"
            raise CorruptPartError(message)
        rename(temporary, final)
        sync_folder(final.parent)

    def _remove(self, paths: Iterable[str]) -> None:
        for path in paths:
            remove(self.folder / path)

    # The four steps

    def _publish(
        self, added: Sequence[PartRow], removed: Sequence[str], sealed_to: int | None = None
    ) -> None:
        """Make ``added``, written under temporary names, count instead of ``removed``."""
        self._sync(added)
        self.store.replace_parts(added, removed, sealed_to)
        self._show(added, removed)

    def _sync(self, added: Sequence[PartRow]) -> None:
        for parent in sorted({(self.folder / part.path).parent for part in added}):
            sync_folder(parent)

    def _show(self, added: Sequence[PartRow], removed: Sequence[str] = ()) -> None:
        """Tell readers what counts now, and give it its names."""
        self.announce()
        self._remove(removed)
        for part in added:
            self._name(part.path)
        if removed:
            self._drop_raw()

    def _drop_raw(self) -> None:
        """Remove the folders of raw parts that hold nothing any more."""
        for folder in (*(self.folder / "raw" / table for table in RAW), self.folder / "raw"):
            remove_folder(folder)

    @contextmanager
    def _written(self) -> Iterator[list[PartRow]]:
        """Collect files that are written; where one cannot be, remove those before it."""
        added: list[PartRow] = []
        try:
            yield added
        except BaseException:
            with suppress(StorageError):  # the first error is the one to tell
                for part in added:
                    remove(on_the_way(self.folder / part.path))
            raise

    def _write(
        self, path: str, table: str, batches: Iterable[pa.RecordBatch], *, is_sorted: bool = False
    ) -> PartRow:
        final = self.folder / path
        rows, size, digest = write_parquet(
            on_the_way(final),
            table,
            batches,
            file_metadata(table, self.crawl_id, self.suffix_list),
            is_sorted=is_sorted,
        )
        return PartRow(table, path, rows, size, digest)

    # Sealing: outbox to raw parts

    def write_sealed(self, rows: Sequence[OutboxRow]) -> list[PartRow]:
        """Write raw parts of ``rows`` under temporary names, synced; may run on another thread."""
        self._make_raw()
        number = self._next_number()
        decoded = [decode_page(row.rows) for row in rows]
        batches = {
            "links": links_batch(decoded, self.crawl_id),
            "pages": pages_batch((fields for fields, _ in decoded), self.crawl_id),
        }
        with self._written() as added:
            for table, batch in batches.items():
                if batch.num_rows:
                    added.append(self._write(_raw_path(table, number), table, [batch]))
            self._sync(added)
        return added

    def record_sealed(self, parts: Sequence[PartRow], rows: Sequence[OutboxRow]) -> None:
        """Make the parts of `write_sealed` count, and drop their rows from the outbox: one transaction."""
        self.store.replace_parts(parts, [], rows[-1].id)

    def show_sealed(self, parts: Sequence[PartRow]) -> None:
        """Let readers see the parts of `record_sealed`; may run on another thread."""
        self._show(parts)

    def _make_raw(self) -> None:
        for folder in (self.folder / "raw", *(self.folder / "raw" / table for table in RAW)):
            make_folder(folder)

    def _next_number(self) -> int:
        """Return the first number that no raw part, recorded or present, has."""
        raw = self.folder / "raw"
        names = [path.name for table in RAW for path in (raw / table).glob("part-*")]
        names += [part.path.rpartition("/")[2] for part in self.store.parts()]
        numbers = [name.removeprefix("part-").partition(".")[0] for name in names]
        return max((int(number) for number in numbers if number.isdecimal()), default=-1) + 1

    # Compacting: raw parts to one sorted file a table, and back

    def compact(self, refused: Iterable[RefusedRow], stop: threading.Event | None = None) -> None:
        """Merge all files into one sorted file a table; URLs that were refused become rows.

        Does nothing where that was done already.

        Args:
            refused: the URLs that a rule or a limit kept out.
            stop: when it is set, from any thread, compaction ends within about a second.

        Raises:
            CompactionStoppedError: ``stop`` was set; the raw parts still count.
            StorageError: the disk refused; before the new files were recorded, the raw parts
                still count, afterwards the new ones do.
        """
        if self.is_compact:
            return
        stop = stop or threading.Event()
        old = self.store.parts()
        now = datetime.now(UTC)
        with self._written() as added:
            for table in RAW:
                files = [self.folder / part.path for part in old if part.table == table]
                more = refused_batches(refused, self.crawl_id, now) if table == "pages" else ()
                rows = Unsorted(table, files, place_batches(self.store.positions()), more)
                batches = sorted_batches(rows, self.folder, stop)
                added.append(self._write(f"{table}.parquet", table, batches, is_sorted=True))
        self._publish(added, [part.path for part in old])

    @property
    def is_compact(self) -> bool:
        """Whether the dataset is one sorted file a table."""
        return any(part.path == "pages.parquet" for part in self.store.parts())

    def reopen(self) -> None:
        """Turn the compact files into raw parts, so that the crawl can go on.

        Rows of refused URLs are left out: such a URL may yet be fetched. Does nothing where the
        dataset is raw parts already.

        Raises:
            CorruptPartError: a compact file cannot be read.
            StorageError: the disk refused.
        """
        if not self.is_compact:
            return
        old = self.store.parts()
        number = self._next_number()
        self._make_raw()
        with self._written() as added:
            for part in old:
                added.append(self._reopened(part, _raw_path(part.table, number)))
        self._publish(added, [part.path for part in old])

    def _reopened(self, part: PartRow, path: str) -> PartRow:
        """Write the raw part that holds what the crawl put into a compact file."""
        source = self.folder / part.path
        if part.table == "links":
            clone(source, on_the_way(self.folder / path))
            return replace(part, path=path)
        return self._write(path, part.table, without_refused(source, self.store.tried))

    def manifest_parts(self) -> list[Part]:
        """Return the files that count, for ``run.json``."""
        return [Part(p.table, p.path, p.rows, p.bytes, p.sha256) for p in self.store.parts()]


def _raw_path(table: str, number: int) -> str:
    return f"raw/{table}/part-{number:05d}.parquet"
