"""A frontier of an earlier version in, its tables as the next version has them.

A fixture of each version is kept in ``tests/fixtures`` and crawled to its end by the tests. Each
step stays as it was written: it must not use what later versions may change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

_TO_2: Final = (
    "ALTER TABLE url RENAME TO old_url",
    "ALTER TABLE domain RENAME TO old_domain",
    "DROP INDEX url_pending",
    """CREATE TABLE domain (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  hops INTEGER NOT NULL,
  pages INTEGER NOT NULL DEFAULT 0,
  next_at REAL NOT NULL DEFAULT 0,
  is_proven INTEGER NOT NULL DEFAULT 0,
  worker INTEGER NOT NULL DEFAULT 0,
  place INTEGER
)""",
    """CREATE TABLE host (
  name TEXT PRIMARY KEY, domain INTEGER NOT NULL, failures INTEGER NOT NULL,
  strikes INTEGER NOT NULL, retry_at REAL NOT NULL
) WITHOUT ROWID""",
    """CREATE TABLE url (
  id INTEGER PRIMARY KEY,
  url TEXT NOT NULL,
  key INTEGER NOT NULL,
  domain INTEGER NOT NULL,
  state INTEGER NOT NULL,
  barred INTEGER NOT NULL DEFAULT 0,
  distance INTEGER NOT NULL,
  depth INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  is_seed INTEGER NOT NULL DEFAULT 0,
  parent INTEGER,
  rule TEXT,
  moved_to INTEGER,
  sitemap INTEGER NOT NULL DEFAULT 0,
  trap INTEGER
)""",
    """CREATE TABLE trap (
  id INTEGER PRIMARY KEY, domain INTEGER NOT NULL, rule TEXT NOT NULL, key INTEGER NOT NULL,
  share INTEGER NOT NULL, floor INTEGER NOT NULL,
  probe INTEGER NOT NULL, spent REAL NOT NULL DEFAULT 0, held INTEGER NOT NULL DEFAULT 0,
  UNIQUE (domain, rule, key)
)""",
    """CREATE TABLE seen (
  domain INTEGER NOT NULL, key INTEGER NOT NULL, times INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY (domain, key)
) WITHOUT ROWID""",
    "CREATE TABLE counter (name TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE pace (at INTEGER PRIMARY KEY, pages INTEGER NOT NULL)",
    """CREATE TABLE worker (
  id INTEGER PRIMARY KEY, pid INTEGER NOT NULL, started_at REAL NOT NULL, seen_at REAL NOT NULL,
  in_flight INTEGER NOT NULL DEFAULT 0, reserved INTEGER NOT NULL DEFAULT 0
)""",
    """INSERT INTO url (id, url, key, domain, state, distance, depth, attempts, is_seed, parent, rule, moved_to)
SELECT u.id, u.url, url_key(u.url), u.domain, u.state, u.distance, u.depth, u.attempts, u.is_seed,
  u.parent, u.rule, m.id FROM old_url u LEFT JOIN old_url m ON m.url = u.moved_to ORDER BY u.id""",
    # Answers were not told from failures: who gave a page that is done has answered.
    """INSERT INTO domain (id, name, hops, pages, next_at, is_proven)
SELECT d.id, d.name, d.hops, d.pages, d.next_at,
  d.id IN (SELECT domain FROM old_url WHERE state = 1) FROM old_domain d""",
    """INSERT INTO counter SELECT 'pending', count(*) FROM url WHERE state = 0
UNION ALL SELECT 'done', count(*) FROM url WHERE state = 1
UNION ALL SELECT 'failed', count(*) FROM url WHERE state = 2
UNION ALL SELECT 'excluded', count(*) FROM url WHERE state = 3
UNION ALL SELECT 'domains', count(*) FROM domain
UNION ALL SELECT 'domains_crawled', count(*) FROM domain WHERE pages > 0
UNION ALL SELECT 'pages', coalesce(sum(pages), 0) FROM domain""",
    "DROP TABLE old_url",
    "DROP TABLE old_domain",
    "CREATE INDEX url_key ON url (domain, key)",
    "CREATE INDEX url_pending ON url (domain, distance, id) WHERE state = 0 AND barred = 0",
    """CREATE INDEX domain_ready ON domain (is_proven, place, id)
  WHERE worker = 0 AND next_at = 0 AND place IS NOT NULL""",
    """CREATE INDEX domain_held ON domain (next_at)
  WHERE worker = 0 AND next_at > 0 AND place IS NOT NULL""",
    "CREATE INDEX domain_leased ON domain (worker) WHERE worker > 0",
    "CREATE INDEX host_domain ON host (domain)",
    "CREATE INDEX url_held ON url (trap) WHERE state = 3 AND trap IS NOT NULL",
    "CREATE INDEX trap_holding ON trap (domain, rule) WHERE held > 0",
)


def _to_2(db: sqlite3.Connection) -> None:
    """URLs found by a hash, domains leased to workers, hosts in trouble, counters.

    Places and bars come with the limits, which are always new to a frontier of version 1.
    """
    for statement in _TO_2:
        db.execute(statement)


_TO_3: Final = (
    *(
        f"ALTER TABLE domain ADD COLUMN {column}"
        for column in (
            "referrers INTEGER NOT NULL DEFAULT 0", "votes REAL NOT NULL DEFAULT 0",
            "out INTEGER NOT NULL DEFAULT 0", "barren INTEGER NOT NULL DEFAULT 0",
            "rank REAL NOT NULL DEFAULT 0", "relevance REAL NOT NULL DEFAULT 0",
            "judged INTEGER NOT NULL DEFAULT 0", "hint REAL NOT NULL DEFAULT 0",
            "hints INTEGER NOT NULL DEFAULT 0", "draw INTEGER NOT NULL DEFAULT 0",
        )
    ),
    "ALTER TABLE url ADD COLUMN lead INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE url ADD COLUMN standing INTEGER NOT NULL DEFAULT 0",
    "DROP INDEX url_pending",
    "UPDATE url SET lead = distance",
    "UPDATE domain SET draw = abs(random() / 2), out = (SELECT count(*) FROM domain_link WHERE source = domain.id)",
    # How many domains a giver had linked to before is not known: as many as it links to in all.
    """UPDATE domain SET referrers = l.n, votes = l.votes FROM (
  SELECT target, count(*) AS n, sum(1.0 / (1 + s.out)) AS votes
  FROM domain_link JOIN domain s ON s.id = source GROUP BY target
) l WHERE l.target = domain.id""",
    """INSERT INTO counter SELECT 'domain_links', count(*) FROM domain_link
UNION ALL SELECT 'referred', count(*) FROM domain WHERE referrers > 0
UNION ALL SELECT 'referred_once', count(*) FROM domain WHERE referrers = 1""",
    "CREATE INDEX url_pending ON url (domain, lead, id) WHERE state = 0 AND barred = 0",
    "CREATE INDEX url_standing ON url (domain, standing DESC, id) WHERE state = 0 AND barred = 0",
    """CREATE INDEX domain_untried ON domain (draw)
  WHERE worker = 0 AND next_at = 0 AND pages = 0 AND place IS NOT NULL""",
)  # fmt: skip


def _to_3(db: sqlite3.Connection) -> None:
    """What speaks for domains and pages; from the links between domains as far as those tell it."""
    for statement in _TO_3:
        db.execute(statement)


MIGRATIONS: Final[dict[int, Callable[[sqlite3.Connection], None]]] = {1: _to_2, 2: _to_3}
"""The step from each version to the next."""
