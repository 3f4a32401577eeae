"""The embedded store's queue of domains keeps the contract."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import pytest
from support.any_steps_contract import AnyStepsContract
from support.queue_contract import QueueContract

from linkcrawler.frontier.limits import ENDLESS
from linkcrawler.frontier.sqlite_store import SqliteFrontierStore


class TestSqliteQueue(QueueContract, AnyStepsContract):
    """The contract, on a file."""

    @pytest.fixture
    def at_path(self):
        """A function that opens a store in a file, quickly: nothing here is to outlive a power cut."""
        opened = []

        def at_path(path, *, leads=True, **limits):
            store = SqliteFrontierStore(path, replace(ENDLESS, **limits), leads=leads)
            store._db.execute("PRAGMA synchronous = OFF")
            opened.append(store)
            return store

        yield at_path
        for store in opened:
            store.close()

    @pytest.fixture
    def open_store(self, at_path, tmp_path):
        return lambda **options: at_path(tmp_path / "frontier.sqlite", **options)

    @pytest.fixture
    def new_store(self, at_path, tmp_path):
        numbers = count()
        return lambda **limits: at_path(tmp_path / f"new-{next(numbers)}.sqlite", **limits)
