"""Statements on the queue of domains, each odd clause with its reason.

The connection has a function ``place_of(distance, merit…)``, that of `Limits.place`.
"""

# Statements are put together of constants only:
# ruff: noqa: S608

from __future__ import annotations

from typing import Final

from linkcrawler.frontier.limits import MOST_EARNED

MERIT: Final = "pages, referrers, votes, rank, barren, relevance, judged, hint, hints"
"""The columns behind a `Merit`."""
OPEN: Final = f"""
hops <= :hops AND pages < min(:budget * {MOST_EARNED}, :budget + :earned * referrers)
AND barren < :rest AND (referrers >= :co_links OR hops = 0)
"""
"""Of a domain that may be handed out, within the limits."""
_HEAD: Final = f"""
CASE WHEN {OPEN} THEN (
  SELECT place_of(u.distance, {MERIT}) FROM url u
  WHERE u.domain = domain.id AND u.state = 0 AND u.barred = 0 ORDER BY u.lead LIMIT 1
) END
"""
PLACE_ALL: Final = f"UPDATE domain SET place = {_HEAD}"
PLACE_ONE: Final = f"{PLACE_ALL} WHERE id = :id AND worker = 0"
# What has gained a URL moves up; who has leased it looks for itself.
MOVE_UP: Final = f"""
UPDATE domain SET place = min(coalesce(place, {2**63 - 1}), place_of(:distance, {MERIT}))
WHERE id = :id AND worker = 0 AND {OPEN}
"""
_FREE: Final = "worker = 0 AND next_at = 0 AND place IS NOT NULL"
WAKE: Final = """
UPDATE domain SET next_at = 0
WHERE worker = 0 AND next_at > 0 AND next_at <= ? AND place IS NOT NULL
"""
TAKE: Final = f"""
SELECT id, name, hops, pages, next_at, is_proven, place, {MERIT} FROM domain
WHERE {_FREE} AND is_proven = ? AND place < ? ORDER BY place, id LIMIT ?
"""
# `+` keeps it from the index by places, all of which would have to be sorted.
TAKE_UNTRIED: Final = f"""
SELECT id, name, hops, pages, next_at, is_proven, place, {MERIT} FROM domain
WHERE {_FREE} AND pages = 0 AND +is_proven = 0 ORDER BY draw LIMIT ?
"""
LEASE: Final = "UPDATE domain SET worker = ? WHERE id = ?"
GIVE_BACK: Final = "UPDATE domain SET worker = 0, next_at = ? WHERE id = ? AND worker = ?"
GIVE_ALL_BACK: Final = """
UPDATE domain SET worker = 0, next_at = max(next_at, :next_at) WHERE worker = :worker AND worker > 0
"""
# `worker > 0` lets a partial index serve.
LEASED_BY: Final = "SELECT id FROM domain WHERE worker = ? AND worker > 0"
BEST: Final = f"SELECT place FROM domain WHERE {_FREE} AND is_proven = ? ORDER BY place LIMIT 1"
DUE_AT: Final = """
SELECT min(next_at) FROM domain WHERE worker = 0 AND next_at > 0 AND place IS NOT NULL
"""
OTHERS: Final = (
    "SELECT 1 FROM domain WHERE worker > 0 AND worker > ? LIMIT 1",
    "SELECT 1 FROM domain WHERE worker > 0 AND worker < ? LIMIT 1",
)
# What there is to share, counted as far as it matters, and who shares it.
SHARES: Final = f"""
SELECT (SELECT count(*) FROM domain WHERE worker > 0)
  + (SELECT count(*) FROM (SELECT 1 FROM domain WHERE {_FREE} LIMIT 10000)),
  (SELECT count(*) FROM worker)
"""
CLAMP_TIMES: Final = "UPDATE domain SET next_at = :latest WHERE next_at > :latest AND worker = 0"
DOMAINS: Final = f"SELECT id, name, hops, pages, next_at, is_proven, place, {MERIT} FROM domain"


# What speaks for domains
VOTE: Final = """
UPDATE domain SET referrers = referrers + ?, votes = votes + ? WHERE id = ? RETURNING referrers
"""
VOTE_FIRST: Final = "UPDATE domain SET referrers = ?, votes = ? WHERE id = ?"
LINK_OUT: Final = "UPDATE domain SET out = out + ?, barren = 0 WHERE id = ? RETURNING out"
BARREN: Final = "UPDATE domain SET barren = barren + 1 WHERE id = ?"
JUDGE: Final = "UPDATE domain SET relevance = relevance + ?, judged = judged + 1 WHERE id = ?"
HINT: Final = "UPDATE domain SET hint = hint + ?, hints = hints + ? WHERE id = ?"
LINKED_TO: Final = """
SELECT l.target FROM json_each(?) j CROSS JOIN domain_link l ON l.source = ? AND l.target = j.value
"""
MERITS: Final = f"""
SELECT d.id, {MERIT} FROM json_each(?) j CROSS JOIN domain d ON d.id = j.value
"""
RESTING: Final = "SELECT count(*) FROM domain WHERE barren >= ?"
LINKS: Final = "SELECT source, target FROM domain_link"
RANKS: Final = "SELECT id, rank FROM domain"
SET_RANK: Final = "UPDATE domain SET rank = ? WHERE id = ?"
TOP: Final = "SELECT id FROM domain ORDER BY rank DESC, votes DESC, id LIMIT ?"
