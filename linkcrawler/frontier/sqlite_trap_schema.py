"""The embedded frontier's statements about traps: accounts, what was seen, what is held."""

from __future__ import annotations

from typing import Final

NEXT_TRAP: Final = "SELECT coalesce(max(id), 0) + 1 FROM trap"
ADD_TRAP: Final = """
INSERT INTO trap (id, domain, rule, key, share, floor, probe) VALUES (?, ?, ?, ?, ?, ?, ?)
"""
FIND_TRAP: Final = """
SELECT id, spent, share, floor, probe, held FROM trap WHERE domain = ? AND rule = ? AND key = ?
"""
GET_TRAP: Final = "SELECT rule, key FROM trap WHERE id = ?"
SET_TRAP: Final = "UPDATE trap SET spent = ?, floor = ?, held = ? WHERE id = ?"
HOLDING: Final = """
SELECT key FROM trap WHERE domain = ? AND rule = ? AND held > 0
AND spent <= share - 1 AND (? >= 1 OR spent <= max(floor, probe) - 1) ORDER BY key <> ?, id LIMIT 100
"""
TRAPS_THAT_HOLD: Final = "SELECT DISTINCT domain, rule FROM trap WHERE held > 0"
SCALE_SHARES: Final = "UPDATE trap SET share = max(min(share, 1), share * :new / :old)"
FREE_ALL: Final = "UPDATE url SET state = 0, rule = NULL WHERE state = 3 AND rule = ?"
SET_TRAP_OF_URL: Final = "UPDATE url SET trap = ? WHERE id = ?"
# By the rule, too: what the scope has taken out since, held or not, keeps its account, to come back to it.
HELD: Final = """
SELECT id, distance, barred FROM url WHERE trap = ? AND state = 3 AND rule = ?
ORDER BY lead, standing DESC, id LIMIT ?
"""
HELD_OF_HOST: Final = """
SELECT id, distance, barred FROM url WHERE trap = ? AND state = 3 AND rule = ? AND instr(url, ?) IN (5, 6)
"""
DECIDE: Final = "UPDATE url SET state = ?, rule = ?, trap = ? WHERE id = ?"
LET_IN: Final = "UPDATE url SET state = 0, rule = NULL WHERE id = ?"
ACCOUNT_OF_URL: Final = "SELECT id, trap FROM url WHERE domain = ? AND key = ? AND url = ?"
ACCOUNT_OF_ID: Final = "SELECT trap, domain FROM url WHERE id = ?"
# How many redirects in a row led to a URL: they cost no distance.
CHAIN_TO: Final = """
WITH RECURSIVE chain (id, n) AS (
  SELECT ?, 0 UNION ALL
  SELECT p.id, c.n + 1 FROM chain c JOIN url u ON u.id = c.id
  JOIN url p ON p.id = u.parent AND p.distance = u.distance WHERE c.n < ?
) SELECT max(n) FROM chain
"""
SEE: Final = """
INSERT INTO seen (domain, key, times) VALUES (?, ?, ?)
ON CONFLICT DO UPDATE SET times = excluded.times
"""
SEE_ONCE: Final = "INSERT OR IGNORE INTO seen (domain, key) VALUES (?, ?)"
SEEN: Final = "SELECT times FROM seen WHERE domain = ? AND key = ?"
SEEN_OF: Final = """
SELECT s.domain, s.key, s.times FROM json_each(?) j CROSS JOIN seen s
ON s.domain = json_extract(j.value, '$[0]') AND s.key = json_extract(j.value, '$[1]')
"""
FREE: Final = """
UPDATE url SET state = 0, rule = NULL, trap = NULL WHERE id = ? AND state = 3 AND rule = ?
"""
