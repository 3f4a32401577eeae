"""The embedded frontier's tables and statements, each odd clause with its reason."""

from __future__ import annotations

from typing import Final

APPLICATION_ID: Final = 0x6C6E6B63
"""``lnkc``: marks the file as a frontier of linkcrawler."""
SCHEMA_VERSION: Final = 1

PRAGMAS: Final = (
    "PRAGMA journal_mode = WAL",
    # FULL: a commit survives a power cut, not only the death of the process.
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = OFF",
    "PRAGMA busy_timeout = 5000",
    "PRAGMA cache_size = -32768",
    "PRAGMA temp_store = MEMORY",
)

CREATE: Final = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE domain (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  hops INTEGER NOT NULL,
  pages INTEGER NOT NULL DEFAULT 0,
  next_at REAL NOT NULL DEFAULT 0
);
-- Ways between domains: when a domain comes nearer to the seeds, so does what it links to.
CREATE TABLE domain_link (
  source INTEGER NOT NULL, target INTEGER NOT NULL, cost INTEGER NOT NULL,
  PRIMARY KEY (source, target)
) WITHOUT ROWID;
CREATE TABLE url (
  id INTEGER PRIMARY KEY,
  url TEXT NOT NULL UNIQUE,
  domain INTEGER NOT NULL,
  state INTEGER NOT NULL,
  distance INTEGER NOT NULL,
  depth INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  is_seed INTEGER NOT NULL DEFAULT 0,
  parent INTEGER,
  rule TEXT,
  moved_to TEXT  -- what it redirects to
);
-- Partial: as small as what is still to do.
CREATE INDEX url_pending ON url (domain, distance, id) WHERE state = 0;
-- Ways inside sites, kept only while a depth limit is set.
CREATE TABLE inner_link (
  source INTEGER NOT NULL, target INTEGER NOT NULL, cost INTEGER NOT NULL,
  PRIMARY KEY (source, target)
) WITHOUT ROWID;
-- Autoincrement: an id that was sealed is never given again.
CREATE TABLE outbox (id INTEGER PRIMARY KEY AUTOINCREMENT, n_links INTEGER NOT NULL, rows BLOB NOT NULL);
CREATE TABLE part (
  path TEXT PRIMARY KEY, kind TEXT NOT NULL, rows INTEGER NOT NULL, bytes INTEGER NOT NULL,
  sha256 TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE tally (key TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID;
"""

ADD_DOMAIN: Final = "INSERT INTO domain (name, hops) VALUES (?, ?)"
GET_DOMAIN: Final = "SELECT id, hops FROM domain WHERE name = ?"
SET_HOPS: Final = "UPDATE domain SET hops = ? WHERE id = ?"
ADD_DOMAIN_LINK: Final = """
INSERT INTO domain_link (source, target, cost) VALUES (?, ?, ?)
ON CONFLICT DO UPDATE SET cost = excluded.cost WHERE excluded.cost < cost
"""
NEARER_DOMAINS: Final = """
SELECT d.id, d.name, ? + l.cost FROM domain_link l JOIN domain d ON d.id = l.target
WHERE l.source = ? AND d.hops > ? + l.cost
"""
# The WHERE keeps pages that bring nothing new from writing at all.
ADD_URL: Final = """
INSERT INTO url (url, domain, state, distance, depth, is_seed, parent, rule)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (url) DO UPDATE SET
  distance = min(distance, excluded.distance),
  depth = min(depth, excluded.depth),
  is_seed = max(is_seed, excluded.is_seed)
WHERE excluded.distance < distance OR excluded.depth < depth OR excluded.is_seed > is_seed
"""
IS_KNOWN: Final = "SELECT 1 FROM url WHERE url = ?"
DEEPER_URL: Final = "SELECT id FROM url WHERE url = ? AND depth > ?"
ADD_INNER_LINK: Final = """
INSERT INTO inner_link (source, target, cost) SELECT ?, id, ? FROM url WHERE url = ?
ON CONFLICT DO UPDATE SET cost = excluded.cost WHERE excluded.cost < cost
"""
SHALLOWER_URLS: Final = """
SELECT u.id, ? + l.cost FROM inner_link l JOIN url u ON u.id = l.target
WHERE l.source = ? AND u.depth > ? + l.cost
"""
SET_DEPTH: Final = "UPDATE url SET depth = ? WHERE id = ?"
GET_URL: Final = """
SELECT u.state, u.distance, u.depth, u.domain, d.hops, u.is_seed
FROM url u JOIN domain d ON d.id = u.domain WHERE u.id = ?
"""
SET_MOVED: Final = "UPDATE url SET moved_to = ? WHERE id = ?"
# A redirect of a seed that was followed before its URL became a seed.
MOVED_SEED: Final = """
SELECT s.id, s.domain, sd.hops, s.distance, s.depth, t.url, td.name, s.domain <> t.domain
FROM url s JOIN url t ON t.url = s.moved_to
JOIN domain sd ON sd.id = s.domain JOIN domain td ON td.id = t.domain
WHERE s.url = ? AND s.is_seed AND NOT t.is_seed
"""
SET_STATE: Final = "UPDATE url SET state = ?, attempts = attempts + ? WHERE id = ?"
TOUCH_DOMAIN: Final = "UPDATE domain SET pages = pages + ?, next_at = ? WHERE id = ?"
ADD_TALLY: Final = "INSERT INTO tally VALUES (?, ?) ON CONFLICT DO UPDATE SET n = n + excluded.n"
ADD_OUTBOX: Final = "INSERT INTO outbox (n_links, rows) VALUES (?, ?)"
HEADS: Final = "SELECT domain, min(distance) FROM url WHERE state = 0 GROUP BY domain"
PENDING: Final = """
SELECT u.id, u.url, u.distance, u.depth, u.attempts, u.is_seed, p.url
FROM url u LEFT JOIN url p ON p.id = u.parent
WHERE u.domain = ? AND u.state = 0 AND u.depth <= ? AND u.distance <= ?
ORDER BY u.distance, u.id LIMIT ?
"""
REFUSED: Final = """
SELECT u.url, d.hops, u.depth, p.url,
  CASE WHEN u.state = 3 THEN u.rule WHEN d.hops > :hops THEN 'hops'
       WHEN u.depth > :depth THEN 'depth' ELSE 'depth_limit' END
FROM url u JOIN domain d ON d.id = u.domain LEFT JOIN url p ON p.id = u.parent
WHERE u.state = 3
   OR (u.state = 0 AND (d.hops > :hops OR u.depth > :depth OR u.distance > :distance))
"""
POSITIONS: Final = """
SELECT u.url, min(d.hops, 32767), min(u.depth, 32767)  -- the dataset's columns hold no more
FROM url u JOIN domain d ON d.id = u.domain WHERE u.state IN (1, 2)
"""
UNDECIDED: Final = (
    "SELECT id, url, rule FROM url WHERE state IN (0, 3) AND id > ? ORDER BY id LIMIT 5000"
)
SET_RULE: Final = "UPDATE url SET state = ?, rule = ? WHERE id = ?"
ADD_PART: Final = "INSERT INTO part (path, kind, rows, bytes, sha256) VALUES (?, ?, ?, ?, ?)"
