"""The embedded frontier's tables and statements, each odd clause with its reason."""

# Statements are put together of constants only:

from __future__ import annotations

from hashlib import blake2b
from typing import Final

APPLICATION_ID: Final = 0x6C6E6B63
"""``lnkc``: marks the file as a frontier of linkcrawler."""
SCHEMA_VERSION: Final = 3

PRAGMAS: Final = (
    "PRAGMA journal_mode = WAL",
    # FULL: a commit survives a power cut, not only the death of the process.
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = OFF",
    # Workers take turns at writing; none holds the file for longer than a part is recorded.
    "PRAGMA busy_timeout = 10000",
    "PRAGMA cache_size = -8192",
    "PRAGMA temp_store = MEMORY",
    # Debian's SQLite writes zeros over whatever is deleted, which takes longer than deleting it.
    "PRAGMA secure_delete = OFF",
)

TABLES: Final = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE domain (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  hops INTEGER NOT NULL,
  pages INTEGER NOT NULL DEFAULT 0,
  next_at REAL NOT NULL DEFAULT 0,
  is_proven INTEGER NOT NULL DEFAULT 0,  -- one of its servers has answered
  worker INTEGER NOT NULL DEFAULT 0,     -- who has leased it; 0 nobody
  place INTEGER,                         -- in the queue; NULL where there is nothing to hand out
  referrers INTEGER NOT NULL DEFAULT 0,  -- domains that link to it
  votes REAL NOT NULL DEFAULT 0,         -- what their links say for it, see policies/order.py
  out INTEGER NOT NULL DEFAULT 0,        -- domains that it links to
  barren INTEGER NOT NULL DEFAULT 0,     -- its last pages that led to none of them for the first time
  rank REAL NOT NULL DEFAULT 0,          -- PageRank in units of the average; 0 where none was computed
  relevance REAL NOT NULL DEFAULT 0,     -- sum over the pages whose relevance is known
  judged INTEGER NOT NULL DEFAULT 0,     -- how many those are
  hint REAL NOT NULL DEFAULT 0,          -- likewise, what links to it say
  hints INTEGER NOT NULL DEFAULT 0,
  draw INTEGER NOT NULL DEFAULT 0        -- drawn at random, to explore
);
-- Hosts that failed when they were last asked: few.
CREATE TABLE host (
  name TEXT PRIMARY KEY, domain INTEGER NOT NULL, failures INTEGER NOT NULL,
  strikes INTEGER NOT NULL, retry_at REAL NOT NULL
) WITHOUT ROWID;
-- Ways between domains: when a domain comes nearer to the seeds, so does what it links to.
CREATE TABLE domain_link (
  source INTEGER NOT NULL, target INTEGER NOT NULL, cost INTEGER NOT NULL,
  PRIMARY KEY (source, target)
) WITHOUT ROWID;
CREATE TABLE url (
  id INTEGER PRIMARY KEY,
  url TEXT NOT NULL,
  key INTEGER NOT NULL,                  -- hash of the URL: its index is a fifth of the text's
  domain INTEGER NOT NULL,
  state INTEGER NOT NULL,
  barred INTEGER NOT NULL DEFAULT 0,     -- pending, and kept out of the queue
  distance INTEGER NOT NULL,
  depth INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  is_seed INTEGER NOT NULL DEFAULT 0,
  parent INTEGER,
  rule TEXT,
  moved_to INTEGER,                      -- what it redirects to
  sitemap INTEGER NOT NULL DEFAULT 0,    -- 1: robots.txt names it as a sitemap; 2, 3: an index does
  trap INTEGER,                          -- its account in `trap`; NULL for what looks ordinary
  lead INTEGER NOT NULL DEFAULT 0,       -- its place among the pages of its domain
  standing INTEGER NOT NULL DEFAULT 0    -- logarithm of what links bring it, see policies/pages.py
);
-- Ways inside sites, kept only while a depth limit is set.
CREATE TABLE inner_link (
  source INTEGER NOT NULL, target INTEGER NOT NULL, cost INTEGER NOT NULL,
  PRIMARY KEY (source, target)
) WITHOUT ROWID;
-- What the URLs of one shape, or below one page, may cost: see sqlite_traps.py.
CREATE TABLE trap (
  id INTEGER PRIMARY KEY,
  domain INTEGER NOT NULL,
  rule TEXT NOT NULL,
  key INTEGER NOT NULL,                  -- 0: the rule on the whole domain
  share INTEGER NOT NULL,                -- what it may spend
  floor INTEGER NOT NULL,                -- what it may spend where key 0 has spent all
  probe INTEGER NOT NULL,                -- likewise, while key 1 has something left
  spent REAL NOT NULL DEFAULT 0,
  held INTEGER NOT NULL DEFAULT 0,       -- URLs kept out for its sake
  UNIQUE (domain, rule, key)
);
-- What a domain has shown, by its hash: texts, values of queries, hosts, URLs without their tokens.
CREATE TABLE seen (
  domain INTEGER NOT NULL, key INTEGER NOT NULL, times INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY (domain, key)
) WITHOUT ROWID;
-- Autoincrement: an id that was sealed is never given again.
CREATE TABLE outbox (id INTEGER PRIMARY KEY AUTOINCREMENT, n_links INTEGER NOT NULL, rows BLOB NOT NULL);
CREATE TABLE part (
  path TEXT PRIMARY KEY, kind TEXT NOT NULL, rows INTEGER NOT NULL, bytes INTEGER NOT NULL,
  sha256 TEXT NOT NULL
) WITHOUT ROWID;
-- Pages committed, by outcome and reason.
CREATE TABLE tally (key TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID;
-- What would take a scan to count: URLs by state, domains, pages against the budget.
CREATE TABLE counter (name TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID;
-- Pages committed in each ten seconds of the last hour: how fast the crawl is, for other processes.
CREATE TABLE pace (at INTEGER PRIMARY KEY, pages INTEGER NOT NULL);
CREATE TABLE worker (
  id INTEGER PRIMARY KEY, pid INTEGER NOT NULL, started_at REAL NOT NULL, seen_at REAL NOT NULL,
  in_flight INTEGER NOT NULL DEFAULT 0, reserved INTEGER NOT NULL DEFAULT 0
);
"""
INDEXES: Final = """
-- Keys of one domain stand together: pages link inside their site, so the disk is asked for little.
CREATE INDEX url_key ON url (domain, key);
-- Partial: as small as what is still to do.
CREATE INDEX url_pending ON url (domain, lead, id) WHERE state = 0 AND barred = 0;
CREATE INDEX url_standing ON url (domain, standing DESC, id) WHERE state = 0 AND barred = 0;
CREATE INDEX domain_ready ON domain (is_proven, place, id)
  WHERE worker = 0 AND next_at = 0 AND place IS NOT NULL;
CREATE INDEX domain_held ON domain (next_at)
  WHERE worker = 0 AND next_at > 0 AND place IS NOT NULL;
CREATE INDEX domain_untried ON domain (draw)
  WHERE worker = 0 AND next_at = 0 AND pages = 0 AND place IS NOT NULL;
CREATE INDEX domain_leased ON domain (worker) WHERE worker > 0;
CREATE INDEX host_domain ON host (domain);
CREATE INDEX url_held ON url (trap) WHERE state = 3 AND trap IS NOT NULL;
CREATE INDEX trap_holding ON trap (domain, rule) WHERE held > 0;
"""

# Values of the crawl as a whole
ADD_COUNTER: Final = (
    "INSERT INTO counter VALUES (?, ?) ON CONFLICT DO UPDATE SET n = n + excluded.n"
)
ADD_TALLY: Final = "INSERT INTO tally VALUES (?, ?) ON CONFLICT DO UPDATE SET n = n + excluded.n"
ADD_PACE: Final = (
    "INSERT INTO pace VALUES (?, ?) ON CONFLICT DO UPDATE SET pages = pages + excluded.pages"
)
DROP_PACE: Final = "DELETE FROM pace WHERE at < ?"

# Domains and the ways between them
NEXT_DOMAIN: Final = "SELECT coalesce(max(id), 0) + 1 FROM domain"
ADD_DOMAIN: Final = "INSERT INTO domain (id, name, hops, draw) VALUES (?, ?, ?, ?)"
# One statement for all domains of a page; the cross join has its names looked up one by one.
GET_DOMAINS: Final = """
SELECT d.name, d.id, d.hops FROM json_each(?) j CROSS JOIN domain d ON d.name = j.value
"""
SET_HOPS: Final = "UPDATE domain SET hops = ? WHERE id = ?"
ADD_DOMAIN_LINK: Final = """
INSERT INTO domain_link (source, target, cost) VALUES (?, ?, ?)
ON CONFLICT DO UPDATE SET cost = excluded.cost WHERE excluded.cost < cost
"""
NEARER_DOMAINS: Final = """
SELECT d.id, d.name, ? + l.cost FROM domain_link l JOIN domain d ON d.id = l.target
WHERE l.source = ? AND d.hops > ? + l.cost
"""
TOUCH_DOMAIN: Final = """
UPDATE domain SET pages = pages + ?, next_at = ?, is_proven = max(is_proven, ?) WHERE id = ?
RETURNING pages
"""
SET_TROUBLE: Final = "INSERT OR REPLACE INTO host VALUES (?, ?, ?, ?, ?)"
DROP_TROUBLE: Final = "DELETE FROM host WHERE name = ?"
TROUBLES: Final = """
SELECT h.domain, h.name, h.failures, h.strikes, h.retry_at FROM json_each(?) j
CROSS JOIN host h ON h.domain = j.value
"""

# URLs
NEXT_URL: Final = "SELECT coalesce(max(id), 0) + 1 FROM url"
ADD_URL: Final = """
INSERT INTO url (
  id, url, key, domain, state, barred, distance, depth, is_seed, parent, rule, sitemap, trap, lead,
  standing
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
FIND_URL: Final = "SELECT id FROM url WHERE domain = ? AND key = ? AND url = ?"
# All URLs of a page in one statement; whose text is another one is sorted out by who asks.
FIND_URLS_OF: Final = """
SELECT u.url, u.id, u.state, u.barred, u.distance, u.depth, u.is_seed, u.rule, u.lead, u.standing
FROM json_each(?) j CROSS JOIN url u ON u.domain = ? AND u.key = j.value
"""
FIND_URLS: Final = """
SELECT u.url, u.id, u.state, u.barred, u.distance, u.depth, u.is_seed, u.rule, u.lead, u.standing
FROM json_each(?) j CROSS JOIN url u
ON u.domain = json_extract(j.value, '$[0]') AND u.key = json_extract(j.value, '$[1]')
"""
IS_TRIED: Final = """
SELECT 1 FROM url u JOIN domain d ON d.id = u.domain
WHERE d.name = ? AND u.key = ? AND u.url = ? AND u.state IN (1, 2)
"""
SET_WAY: Final = "UPDATE url SET distance = ?, depth = ?, is_seed = ?, barred = ? WHERE id = ?"
SET_LEAD: Final = "UPDATE url SET lead = ? WHERE id = ? AND state IN (0, 3)"
SET_STANDING: Final = "UPDATE url SET standing = ? WHERE id = ? AND state IN (0, 3)"
SET_SITEMAP: Final = "UPDATE url SET sitemap = ? WHERE id = ? AND state = 0 AND sitemap = 0"
ADD_INNER_LINK: Final = """
INSERT INTO inner_link (source, target, cost) VALUES (?, ?, ?)
ON CONFLICT DO UPDATE SET cost = excluded.cost WHERE excluded.cost < cost
"""
SHALLOWER_URLS: Final = """
SELECT u.id, u.state, u.barred, u.distance, ? + l.cost
FROM inner_link l JOIN url u ON u.id = l.target WHERE l.source = ? AND u.depth > ? + l.cost
"""
SET_DEPTH: Final = "UPDATE url SET depth = ?, barred = ? WHERE id = ?"
GET_URL: Final = """
SELECT u.state, u.is_seed, u.url, u.parent, u.trap, u.domain, d.hops, u.distance, u.depth, u.standing
FROM url u JOIN domain d ON d.id = u.domain WHERE u.id = ?
"""
SET_MOVED: Final = "UPDATE url SET moved_to = ? WHERE id = ?"
# A redirect of a seed that was followed before its URL became a seed.
MOVED_SEED: Final = """
SELECT s.id, s.domain, sd.hops, s.distance, s.depth, t.url, td.name, t.domain, s.domain <> t.domain
FROM url s JOIN url t ON t.id = s.moved_to
JOIN domain sd ON sd.id = s.domain JOIN domain td ON td.id = t.domain
WHERE s.domain = ? AND s.key = ? AND s.url = ? AND s.is_seed AND NOT t.is_seed
"""
SET_STATE: Final = "UPDATE url SET state = ?, attempts = attempts + ? WHERE id = ?"
_PENDING: Final = """
SELECT u.id, u.url, u.distance, u.depth, u.attempts, u.is_seed, p.url, u.sitemap
FROM url u LEFT JOIN url p ON p.id = u.parent
WHERE u.domain = ? AND u.state = 0 AND u.barred = 0 ORDER BY"""
PENDING: Final = f"{_PENDING} u.lead, u.id LIMIT ?"
BEST_LINKED: Final = f"{_PENDING} u.standing DESC, u.id LIMIT ?"
# Another order of the crawl: the place of each page anew.
LEAD_ALL: Final = "UPDATE url SET lead = lead_of(url, distance, depth, is_seed) WHERE state = 0"
# What a trap's account holds was not reached where a limit of pages has ended the crawl or its domain.
REFUSED: Final = """
SELECT u.url, d.hops, u.depth, p.url,
  CASE WHEN u.state = 3 THEN u.rule WHEN d.hops > :hops THEN 'hops' WHEN u.barred = 2 THEN 'host_failed'
       WHEN u.depth > :depth THEN 'depth' ELSE 'depth_limit' END
FROM url u JOIN domain d ON d.id = u.domain LEFT JOIN url p ON p.id = u.parent
LEFT JOIN trap t ON t.id = u.trap AND t.rule = u.rule
WHERE (u.state = 3 AND (t.id IS NULL OR NOT (:is_spent OR d.pages >= :budget + :earned * d.referrers)))
OR (u.state = 0 AND (u.barred > 0 OR d.hops > :hops))
"""
POSITIONS: Final = """
SELECT u.url, min(d.hops, 32767), min(u.depth, 32767)  -- the dataset's columns hold no more
FROM url u JOIN domain d ON d.id = u.domain WHERE u.state IN (1, 2)
"""
UNDECIDED: Final = """
SELECT id, url, rule, domain, is_seed FROM url
WHERE state IN (0, 3) AND id > ? ORDER BY id LIMIT 5000
"""
SET_RULE: Final = "UPDATE url SET state = ?, rule = ? WHERE id = ?"
BAR_BY_LIMITS: Final = """
UPDATE url SET barred = (depth > :depth OR distance > :distance)
WHERE state = 0 AND barred < 2 AND barred <> (depth > :depth OR distance > :distance)
"""
BAR: Final = "UPDATE url SET barred = 2 WHERE id = ? AND state = 0"
# Hosts that were given up and may be tried again: their domains' URLs come back, once each.
UNBAR: Final = """
UPDATE url SET barred = (depth > :depth OR distance > :distance) WHERE state = 0 AND barred = 2
AND domain IN (SELECT domain FROM host WHERE retry_at > 0 AND retry_at <= :now)
"""
GIVEN_UP: Final = "SELECT 1 FROM host WHERE name = ? AND retry_at > 0"
UNBAR_DOMAIN: Final = """
UPDATE url SET barred = (depth > :depth OR distance > :distance)
WHERE domain = :id AND state = 0 AND barred = 2
"""
NEAREST: Final = """
SELECT distance FROM url WHERE domain = ? AND state = 0 AND barred = 0 ORDER BY lead LIMIT 1
"""

# The dataset's side
ADD_OUTBOX: Final = "INSERT INTO outbox (n_links, rows) VALUES (?, ?)"
ADD_PART: Final = "INSERT INTO part (path, kind, rows, bytes, sha256) VALUES (?, ?, ?, ?, ?)"

# Workers
ADD_WORKER: Final = """
INSERT OR REPLACE INTO worker (id, pid, started_at, seen_at) VALUES (?, ?, ?, ?)
"""
SEE_WORKER: Final = "UPDATE worker SET seen_at = ?, in_flight = ? WHERE id = ?"
WORKERS: Final = """
SELECT id, pid, started_at, seen_at, in_flight,
  (SELECT count(*) FROM domain WHERE worker = w.id AND worker > 0), reserved FROM worker w ORDER BY id
"""


def url_key(url: str) -> int:
    """Return the hash by which a URL is found: 64 bits of BLAKE2b, as SQLite's signed integer.

    Its text is compared as well, so that URLs of one key stay two.
    """
    return int.from_bytes(blake2b(url.encode(), digest_size=8).digest(), "big", signed=True)
