"""The dataset's side of the embedded frontier: pages that wait to be sealed, files that hold the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkcrawler.frontier import sqlite_schema as sql
from linkcrawler.frontier.records import OutboxRow, PartRow
from linkcrawler.frontier.sqlite_transactions import Transactions

if TYPE_CHECKING:
    from collections.abc import Sequence


class Outbox(Transactions):
    """The part of a `FrontierStore` that the dataset is sealed from."""

    def outbox_size(self) -> tuple[int, int]:
        row = self._rows("SELECT count(*), coalesce(sum(n_links), 0) FROM outbox")[0]
        return int(row[0]), int(row[1])

    def outbox(self, limit: int) -> list[OutboxRow]:
        found: list[OutboxRow] = []
        total = 0
        # A connection of its own sees only what is committed, on whatever thread this runs.
        with self._errors(), self._beside() as db:
            for row in db.execute("SELECT id, rows, n_links FROM outbox ORDER BY id"):
                found.append(OutboxRow(*row))
                total += row[2]
                if total >= limit:
                    break
        return found

    def parts(self) -> list[PartRow]:
        rows = self._rows("SELECT kind, path, rows, bytes, sha256 FROM part ORDER BY path")
        return [PartRow(*row) for row in rows]

    def replace_parts(
        self, added: Sequence[PartRow], removed: Sequence[str], sealed_to: int | None = None
    ) -> None:
        with self._transaction() as db:
            db.executemany("DELETE FROM part WHERE path = ?", [(path,) for path in removed])
            db.executemany(
                sql.ADD_PART, [(p.path, p.table, p.rows, p.bytes, p.sha256) for p in added]
            )
            if sealed_to is not None:
                db.execute("DELETE FROM outbox WHERE id <= ?", (sealed_to,))
