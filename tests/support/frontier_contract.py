"""The contract of every `FrontierStore`, as tests: a store's test class inherits it.

A subclass has a fixture ``open_store`` that returns a function: each call opens the same store
again, as a new process would (its keywords are limits; none by default).
"""

from __future__ import annotations

import pytest

from support.commit_contract import CommitContract
from support.ways_contract import WaysContract


class FrontierContract(CommitContract, WaysContract):
    """What every frontier on disk must do, and never lose."""

    @pytest.fixture
    def store(self, open_store):
        return open_store()
