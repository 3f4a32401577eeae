"""Crawls of version 1."""

from __future__ import annotations

import pytest
from support.earlier import KINDS, change, copied


@pytest.fixture(params=KINDS)
def folder(request, tmp_path):
    """A copy of a crawl of version 1."""
    return copied(request.param, tmp_path)


@pytest.fixture
def eventful(tmp_path):
    """The frontier of a crawl of version 1 to which everything happened that could."""
    path = copied("interrupted-depth", tmp_path) / "frontier.sqlite"
    change(
        path,
        "INSERT INTO outbox (n_links, rows) VALUES (3, x'0102'), (0, x'')",
        "UPDATE domain SET next_at = 1795000000.25 WHERE name = 'h1.example'",
        "UPDATE url SET attempts = 2 WHERE state = 0 AND id % 2",
        "UPDATE url SET state = 2 WHERE id = (SELECT max(id) FROM url WHERE state = 1)",
        "UPDATE url SET state = 3, rule = 'exclude' WHERE id = (SELECT max(id) FROM url)",
        "INSERT INTO domain (name, hops) VALUES ('münchen.example', 7)",
        "INSERT INTO url (url, domain, state, distance, depth) SELECT 'http://far.example/ü', id, 0, 9, 9 "
        "FROM domain WHERE hops = 7",
    )
    return path
