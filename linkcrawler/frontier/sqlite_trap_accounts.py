"""What URLs of one shape may cost: accounts that let in, hold back and let in later (in SQLite).

An account is a row of the table ``trap``: a rule, on a domain, for a key (a shape, a place of the
site). Each URL of it that is let in costs one. Where its share, or what the rule may cost on the whole
domain, is spent, further ones are held: excluded, with the name of the rule. What is paid back lets
the oldest of them in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from linkcrawler.frontier import sqlite_trap_schema as trap_sql
from linkcrawler.frontier.records import State

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Container

    from linkcrawler.frontier.sqlite_change import Change, Fresh

WHOLE: Final = 0
"""Key of the account of a rule on a whole domain."""
FLOORS: Final = 1
PROBES: Final = 2
"""Keys of the accounts of what floors and probes have cost beyond that; of a rule that has any, no other
account has these keys."""
FIRST_KEY: Final = 2
"""Keys of other accounts begin here."""
FIRST_FLOOR: Final = 2
"""The highest floor of an account that was not paid back yet."""
PARTS: Final = {"calendar": (0.5, 0.0, 0.5), "tarpit": (0.15, 0.1, 0.15)}
"""Parts of a rule's cap: for what is let in without a floor or probe, for floors, for probes. The rest is
for the ways into it, and for what the first of each floor costs, which nothing bounds: a tarpit must not
starve the rest of its site."""


LEAST: Final = 10.0
"""Of such a part, as long as the cap holds it: with less, sections of real pages find no way in where the
budget is small."""


class Claim(NamedTuple):
    """The account that a URL belongs to."""

    rule: str
    key: int
    share: int
    """What the account may spend."""
    floor: int = 0
    """What it may spend even where the rule has spent all that it may on the domain, as long as all floors
    and probes of the rule there cost no more than what is set apart for them."""
    probe: int = 0
    """Likewise.

    An account with a floor or probe that was once paid back has shown that it is no trap's: its floor
    is then its share, and bound by nothing else."""


@dataclass(slots=True)
class Account:
    """An account as it stands in this transaction."""

    id: int
    spent: float
    share: int
    floor: int
    probe: int
    held: int
    """URLs kept out for its sake."""
    is_changed: bool = False

    def spend(self, amount: float) -> None:
        """Let something in, or pay back where ``amount`` is negative."""
        self.spent = max(0.0, self.spent + amount)
        self.is_changed = True

    def hold(self, urls: int) -> None:
        """Count what is held; let go where ``urls`` is negative."""
        self.held = max(0, self.held + urls)
        self.is_changed = True

    @property
    def is_proven(self) -> bool:
        """Whether it was paid back once."""
        return self.floor > max(self.share - 1, FIRST_FLOOR)

    def prove(self) -> bool:
        """Note that it was paid back: it is no trap's; return whether that counts."""
        if self.floor + self.probe == 0:
            return False
        self.floor = max(self.share, FIRST_FLOOR + 1)
        self.is_changed = True
        return True


class Accounts:
    """The accounts of all domains: read when asked for, written with `flush`.

    Args:
        db: the store's connection.
        cap: what a rule may cost on a domain.
    """

    def __init__(self, db: sqlite3.Connection, cap: int) -> None:
        self._db = db
        self.cap = cap
        self._open: dict[tuple[int, str, int], Account | None] = {}
        self._names: dict[int, tuple[str, int]] = {}
        self._new: list[tuple[Any, ...]] = []
        self._next_id = 0

    def of(self, account: int) -> tuple[str, int]:
        """Return rule and key of an account."""
        found = self._names.get(account)
        if found is None:
            rule, key = self._db.execute(trap_sql.GET_TRAP, (account,)).fetchone()
            found = self._names[account] = (rule, key)
        return found

    def flush(self) -> None:
        """Write what has changed, and read anew after it."""
        self._db.executemany(trap_sql.ADD_TRAP, self._new)
        changed = [account for account in self._open.values() if account and account.is_changed]
        if changed:
            rows = [(one.spent, one.floor, one.held, one.id) for one in changed]
            self._db.executemany(trap_sql.SET_TRAP, rows)
        self.forget()

    def forget(self) -> None:
        """Drop what was read."""
        self._open.clear()
        self._names.clear()
        self._new.clear()

    def _find(self, domain: int, rule: str, key: int) -> Account | None:
        place = (domain, rule, key)
        if place not in self._open:
            row = self._db.execute(trap_sql.FIND_TRAP, place).fetchone()
            self._open[place] = Account(*row) if row else None
        return self._open[place]

    def _get(self, domain: int, claim: Claim) -> Account:
        """Return an account, which is opened where there is none."""
        found = self._find(domain, claim.rule, claim.key)
        if found is None:
            if not self._new:
                self._next_id = self._db.execute(trap_sql.NEXT_TRAP).fetchone()[0]
            found = Account(self._next_id, 0.0, claim.share, claim.floor, claim.probe, 0)
            self._next_id += 1
            self._new.append((found.id, domain, *claim))
            self._open[domain, claim.rule, claim.key] = found
        return found

    # In

    def enter(self, one: Fresh, claim: Claim, change: Change) -> bool:
        """Let a new URL in, or hold it; return whether it is in."""
        account = self._get(one.domain_id, claim)
        if self._room(one.domain_id, claim.rule, account) >= 1:
            one.account = account.id
            self._spend(one.domain_id, claim.rule, account)
            one.admit(change)
            return True
        account.hold(1)
        self.exclude(one, claim.rule, change, account.id)
        return False

    @staticmethod
    def exclude(one: Fresh, rule: str, change: Change, account: int | None = None) -> None:
        """Keep a new URL out, because of ``rule``; for good where it belongs to no account."""
        one.state, one.rule, one.account = State.EXCLUDED, rule, account
        change.counted[f"excluded/{rule}"] += 1

    def free(self, one: Fresh, rules: Container[str], change: Change) -> None:
        """Let a URL in that one of ``rules`` holds, and that belongs to no account any more."""
        rule = one.rule
        if rule in rules and self._db.execute(trap_sql.FREE, (one.id, rule)).rowcount:
            change.counted.update({"pending": 1, "excluded": -1, f"excluded/{rule}": -1})
            one.state, one.rule = State.PENDING, None
            one.admit(change)

    def free_host(self, domain: int, account: int, host: str, change: Change) -> None:
        """Let in what ``account`` of the rule on hosts holds of a host that has shown its worth."""
        rule = "subdomains"
        for url_id, distance, barred in self._db.execute(
            trap_sql.HELD_OF_HOST, (account, rule, f"://{host}/")
        ).fetchall():
            self._db.execute(trap_sql.FREE, (url_id, rule))
            change.counted.update({"pending": 1, "excluded": -1, f"excluded/{rule}": -1})
            if not barred:
                change.gain(domain, distance)

    def _spent(self, domain: int, rule: str, key: int) -> float:
        found = self._find(domain, rule, key)
        return found.spent if found else 0.0

    def _room(self, domain: int, rule: str, account: Account) -> int:
        """Return how many URLs more an account may let in."""
        spent, share = account.spent, account.share
        if account.is_proven:
            return int(share - spent)
        room = min(share - spent, self._left(domain, rule, WHOLE))
        first = max(account.floor, account.probe) - spent
        if room < 1 and account.floor and spent < 1:
            return min(1, share)
        if room < 1 and first >= 1:
            room = min(share - spent, first, self._left(domain, rule, _pool(account)))
        return int(room)

    def _left(self, domain: int, rule: str, pool: int) -> float:
        """Return what is left on a domain of one of the three parts of a rule's cap."""
        whole = float(self.cap)
        part = max(LEAST, whole * PARTS[rule][pool]) if rule in PARTS else whole
        return max(1.0, min(whole, part)) - self._spent(domain, rule, pool)

    def _spend(self, domain: int, rule: str, account: Account) -> None:
        whole = self._get(domain, Claim(rule, WHOLE, self.cap))
        is_free = account.is_proven or (account.floor > 0 and account.spent < 1)
        if rule in PARTS and not is_free and self._left(domain, rule, WHOLE) < 1:
            self._get(domain, Claim(rule, _pool(account), self.cap)).spend(1)
        account.spend(1)
        whole.spend(1)

    # Back

    def pay_back(self, domain: int, rule: str, key: int, amount: float, change: Change) -> None:
        """Pay into an account, and let in what is held as far as that goes."""
        account = self._find(domain, rule, key)
        if account is None:
            return
        self._prove(domain, rule, account)
        paid = min(amount, account.spent)
        whole = self._find(domain, rule, WHOLE)
        if paid > 0:
            account.spend(-paid)
            if whole is not None:
                whole.spend(-paid)
        self._release(domain, rule, key, change)

    def _prove(self, domain: int, rule: str, account: Account) -> None:
        """Note that an account was paid back; what its floor or probe has cost is not held against others."""
        if account.is_proven or not account.prove():
            return
        pool = self._find(domain, rule, _pool(account))
        if pool is not None and (
            account.probe or account.spent > 1
        ):  # the first of a floor is free
            pool.spend(-1)

    def scale(self, before: int, change: Change) -> None:
        """Apply another cap than ``before``, and let in what it has room for."""
        self._db.execute(trap_sql.SCALE_SHARES, {"new": self.cap, "old": before})
        for domain, rule in self._db.execute(trap_sql.TRAPS_THAT_HOLD).fetchall():
            self._release(domain, rule, WHOLE, change)
        self.flush()

    def _release(self, domain: int, rule: str, first: int, change: Change) -> None:
        """Let in what the accounts of a rule hold, that of the key ``first`` first, while there is room."""
        self.flush()  # the file is asked which hold something
        whole = self._left(domain, rule, WHOLE)
        for (key,) in self._db.execute(trap_sql.HOLDING, (domain, rule, whole, first)).fetchall():
            other = self._find(domain, rule, key)
            room = self._room(domain, rule, other) if other else 0
            if other is None or room <= 0:
                continue
            rows = self._db.execute(trap_sql.HELD, (other.id, rule, room)).fetchall()
            for url_id, distance, barred in rows:
                self._db.execute(trap_sql.LET_IN, (url_id,))
                change.counted.update({"pending": 1, "excluded": -1, f"excluded/{rule}": -1})
                if not barred:
                    change.gain(domain, distance)
                self._spend(domain, rule, other)
            # Fewer than there was room for: a change of the scope or a seed has let some go.
            other.hold(-len(rows) if len(rows) == room else -(2**31))


def _pool(account: Account) -> int:
    """Return the part of the cap that an account may draw on when the first is spent."""
    return PROBES if account.probe else FLOORS
