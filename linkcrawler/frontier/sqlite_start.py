"""What a start brings, to the embedded frontier: seeds, and limits and rules that have changed."""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, Final

from linkcrawler.frontier import sqlite_schema as sql
from linkcrawler.frontier import sqlite_trap_schema as trap_sql
from linkcrawler.frontier.records import State
from linkcrawler.frontier.sqlite_change import Change, Source
from linkcrawler.frontier.sqlite_hosts import TOO_MANY
from linkcrawler.frontier.sqlite_transactions import Transactions
from linkcrawler.frontier.steps import finished
from linkcrawler.policies.scope import DECIDED_OUT
from linkcrawler.policies.traps import TRAP_RULES
from linkcrawler.urls.canonical import host_of

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable

    from linkcrawler.frontier.records import Discovery

SOME: Final = 1000
"""Seeds that are written together."""


class Start(Transactions):
    """The part of a `FrontierStore` that a run begins with."""

    def _apply_limits(self) -> None:
        """Sort what may be handed out from what the limits keep out, where they have changed."""
        asked = self.limits.parameters()
        known = json.loads(self.get_meta("limits") or "{}")
        if known != asked:
            ways = any(known.get(name) != asked[name] for name in ("depth", "distance"))
            with self._change() as change:
                self._apply_traps(known.get("traps"), asked["traps"], change)
                if known.get("hosts", 0) != asked["hosts"]:
                    self._pages.traps.look_at_hosts_again(change)
                if known.get("order") != asked["order"]:
                    self._queue.lead_all()
                self._queue.place_all(ways=ways)
                self._db.execute(
                    "INSERT OR REPLACE INTO meta VALUES ('limits', ?)", (json.dumps(asked),)
                )

    def _apply_traps(self, before: int | None, now: int, change: Change) -> None:
        """Let in what was held, where the rules on traps are off now or their shares larger."""
        if before and not now:
            for rule in TRAP_RULES:
                freed = self._db.execute(trap_sql.FREE_ALL, (rule,)).rowcount
                change.counted.update(
                    {"pending": freed, "excluded": -freed, f"excluded/{rule}": -freed}
                )
        elif before and now != before:
            self._pages.traps.accounts.scale(before, change)

    def add_seeds(self, seeds: Iterable[Discovery]) -> int:
        with self._change() as change:
            found = iter(seeds)
            while some := list(islice(found, SOME)):
                fresh = self._places.arrive(some, Source(), change)
                finished(self._pages.traps.hosts.judge(fresh, change))
                for one in fresh:
                    one.admit(change)
                    if one.is_again and one.found.rule is None:  # somebody asks for it
                        self._pages.traps.accounts.free(one, {*TRAP_RULES, TOO_MANY}, change)
                self._places.write(fresh, None, change)
                for seed in some:
                    self._places.follow_moves(seed, Source(), change)
        return change.counted["pending"] + change.counted["excluded"]

    def reconsider(self, verdict: Callable[[str], str | None]) -> None:
        with self._change() as change:
            last = 0
            kept = {*(TRAP_RULES if self.limits.traps else ()), TOO_MANY}
            while rows := self._rows(sql.UNDECIDED, last):
                last = rows[-1][0]
                judged = [
                    (
                        url_id,
                        rule,
                        verdict(url) or self._still(rule, kept, domain, url, is_seed=bool(is_seed)),
                    )
                    for url_id, url, rule, domain, is_seed in rows
                ]
                self._db.executemany(
                    sql.SET_RULE,
                    [(State.EXCLUDED if new else State.PENDING, new, url_id)
                     for url_id, old, new in judged if new != old],
                )  # fmt: skip
                for _, old, new in judged:
                    if old in {*kept, DECIDED_OUT} and new != old:
                        change.counted[f"excluded/{old}"] -= 1
                    if new in {DECIDED_OUT, TOO_MANY} and new != old:
                        change.counted[f"excluded/{new}"] += 1
                out = sum(bool(new) - bool(old) for _, old, new in judged)
                change.counted.update(excluded=out, pending=-out)
                self._pages.traps.hosts.flush()
            self._queue.place_all()

    def _still(
        self, rule: str | None, kept: Container[str], domain: int, url: str, *, is_seed: bool
    ) -> str | None:
        """Return what keeps a URL out that the scope has nothing against."""
        if rule is None or rule in kept:
            return rule
        # Its host was not counted where the scope refused it at once.
        hosts = self._pages.traps.hosts
        return None if hosts.admits(domain, host_of(url), is_seed=is_seed) else TOO_MANY
