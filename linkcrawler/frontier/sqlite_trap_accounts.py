"""What URLs of one shape may cost: accounts that let in, hold back and let in later (in SQLite).

An account is a row of the table ``trap``: a rule, on a domain, for a key (a shape, a place of the
site). Each URL of it that is let in costs one. Where its share, or what the rule may cost on the whole
domain, is spent, further ones are held: excluded, with the name of the rule. What is paid back lets
the oldest of them in.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from linkcrawler.frontier import sqlite_trap_schema as trap_sql
from linkcrawler.frontier.records import State

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from linkcrawler.frontier.sqlite_places import Change, Fresh

WHOLE: Final = 0
"""Key of the account of a rule on a whole domain."""
BEYOND: Final = 1
"""Key of the account of what a rule's probes have cost beyond that."""
FIRST_KEY: Final = 2
"""Keys of other accounts begin here."""


class Claim(NamedTuple):
    """The account that a URL belongs to."""

    rule: str
    key: int
    share: int
    """What the account may spend."""
    floor: int = 0
    """What it may spend even where the rule has spent all that it may on the domain."""
    probe: int = 0
    """Likewise, as long as all probes of the rule together cost no more than the cap.

    An account with a floor or probe that was once paid back has shown that it is no trap's: its floor
    is then its share."""


class Accounts:
    """The accounts of all domains.

    Args:
        db: the store's connection.
        cap: what a rule may cost on a domain.
    """

    def __init__(self, db: sqlite3.Connection, cap: int) -> None:
        self._db = db
        self.cap = cap

    def of(self, account: int) -> tuple[str, int]:
        """Return rule and key of an account."""
        rule, key = self._db.execute(trap_sql.GET_TRAP, (account,)).fetchone()
        return rule, key

    # In

    def enter(self, one: Fresh, claim: Claim, change: Change) -> bool:
        """Let a new URL in, or hold it; return whether it is in."""
        account = self._open(one.domain_id, claim)
        if self._room(one.domain_id, claim.rule, account) >= 1:
            self._db.execute(trap_sql.SET_TRAP_OF_URL, (account, one.id))
            self._spend(one.domain_id, claim.rule, account)
            one.admit(change)
            return True
        self._db.execute(trap_sql.HOLD, (1, account))
        self.exclude(one, claim.rule, change, account)
        return False

    def exclude(self, one: Fresh, rule: str, change: Change, account: int | None = None) -> None:
        """Keep a new URL out, because of ``rule``; for good where it belongs to no account."""
        self._db.execute(trap_sql.EXCLUDE, (rule, account, one.id))
        change.counted.update({"pending": -1, "excluded": 1, f"excluded/{rule}": 1})

    def free(self, one: Fresh, rules: Iterable[str], change: Change) -> None:
        """Let a URL in that one of ``rules`` holds, and that belongs to no account any more."""
        for rule in rules:
            if self._db.execute(trap_sql.FREE, (one.id, rule)).rowcount:
                change.counted.update({"pending": 1, "excluded": -1, f"excluded/{rule}": -1})
                replace(one, state=State.PENDING).admit(change)

    def _open(self, domain: int, claim: Claim) -> int:
        """Return the id of an account, which is opened where there is none."""
        found = self._db.execute(trap_sql.FIND_TRAP, (domain, claim.rule, claim.key)).fetchone()
        if found is not None:
            return int(found[0])
        return self._db.execute(trap_sql.ADD_TRAP, (domain, *claim)).lastrowid or 0

    def _spent(self, domain: int, rule: str, key: int) -> float:
        found = self._db.execute(trap_sql.FIND_TRAP, (domain, rule, key)).fetchone()
        return found[1] if found else 0.0

    def _room(self, domain: int, rule: str, account: int) -> int:
        """Return how many URLs more an account may let in."""
        spent, share, floor, probe = self._db.execute(trap_sql.STATE_OF_TRAP, (account,)).fetchone()
        whole = self.cap - self._spent(domain, rule, WHOLE)
        room = max(min(share - spent, whole), min(share, floor) - spent)
        if room < 1 and probe - spent >= 1:
            room = min(share - spent, probe - spent, self.cap - self._spent(domain, rule, BEYOND))
        return int(room)

    def _spend(self, domain: int, rule: str, account: int) -> None:
        whole = self._open(domain, Claim(rule, WHOLE, self.cap))
        spent, _, floor, _ = self._db.execute(trap_sql.STATE_OF_TRAP, (account,)).fetchone()
        if spent > floor - 1 and self._spent(domain, rule, WHOLE) > self.cap - 1:
            beyond = self._open(domain, Claim(rule, BEYOND, self.cap))
            self._db.execute(trap_sql.SPEND, (1, beyond))
        self._db.execute(trap_sql.SPEND, (1, account))
        self._db.execute(trap_sql.SPEND, (1, whole))

    # Back

    def pay_back(self, domain: int, rule: str, key: int, amount: float, change: Change) -> None:
        """Pay into an account, and let in what is held as far as that goes."""
        found = self._db.execute(trap_sql.FIND_TRAP, (domain, rule, key)).fetchone()
        if found is None:
            return
        account, spent = found
        paid = min(amount, spent)
        if paid > 0:
            for one in (key, WHOLE):  # what probes have cost stays spent
                self._db.execute(trap_sql.PAY, (paid, domain, rule, one))
        self._db.execute(trap_sql.PROVE, (account,))
        self._release(domain, rule, account, change)

    def scale(self, before: int, change: Change) -> None:
        """Apply another cap than ``before``, and let in what it has room for."""
        self._db.execute(trap_sql.SCALE_SHARES, {"new": self.cap, "old": before})
        for domain, rule in self._db.execute(trap_sql.TRAPS_THAT_HOLD).fetchall():
            self._release(domain, rule, 0, change)

    def _release(self, domain: int, rule: str, account: int, change: Change) -> None:
        """Let in what the accounts of a rule hold, that of ``account`` first, while there is room."""
        whole = self.cap - self._spent(domain, rule, WHOLE)
        for (other,) in self._db.execute(
            trap_sql.HOLDING, (domain, rule, whole, account)
        ).fetchall():
            room = self._room(domain, rule, other)
            rows = self._db.execute(trap_sql.HELD, (other, room)).fetchall() if room > 0 else ()
            for url_id, distance, barred in rows:
                self._db.execute(trap_sql.LET_IN, (url_id,))
                change.counted.update({"pending": 1, "excluded": -1, f"excluded/{rule}": -1})
                if not barred:
                    change.gain(domain, distance)
                self._spend(domain, rule, other)
            if room > 0:
                # Fewer than there was room for: a change of the scope or a seed has let some go.
                self._db.execute(
                    trap_sql.HOLD, (-len(rows) if len(rows) == room else -(2**31), other)
                )
