"""Names that could not be resolved in, whether to look one up again out.

Pure: the caller gives the time, of a clock that never goes back.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

MAX_NAMES: Final = 50_000
"""Names remembered; the one not asked for the longest is forgotten first."""
TEMPORARY_SECS: Final = 60.0
"""How long a failure of the name servers counts, which may be over soon."""


@dataclass(slots=True)
class _Failure:
    at: float
    until: float
    is_temporary: bool = False


@dataclass(slots=True)
class DeadNames:
    """Host names that are not to be looked up for a while.

    Args:
        secs: how long a name that does not exist is left alone; 0 remembers nothing.

    >>> names = DeadNames(secs=1800.0)
    >>> names.fail("gone.example", now=5.0, is_temporary=False)
    >>> names.is_dead("gone.example", now=1804.0), names.is_dead("gone.example", now=1805.0)
    (True, False)
    """

    secs: float
    _failures: OrderedDict[str, _Failure] = field(default_factory=OrderedDict)
    _resolved_at: float = float("-inf")

    def is_dead(self, name: str, now: float) -> bool:
        """Return whether ``name`` failed so lately that it is taken to fail again."""
        failure = self._failures.get(name)
        if failure is None:
            return False
        self._failures.move_to_end(name)
        return now < failure.until

    def fail(self, name: str, now: float, *, is_temporary: bool) -> None:
        """Note that ``name`` could not be resolved.

        Args:
            name: the host name.
            now: seconds.
            is_temporary: no name server gave an answer. That may be our own network, and counts for
                `TEMPORARY_SECS`; where it happens again although other names were resolved since, it
                is the name's fault, and counts for twice as long as a name that does not exist: so
                neither is looked up more than twice in an hour, by the default.
        """
        if not self.secs:
            return
        before = self._failures.pop(name, None)
        hold = self.secs
        if is_temporary:
            is_own_fault = before is not None and before.at < self._resolved_at
            hold = 2 * self.secs if is_own_fault else min(TEMPORARY_SECS, self.secs)
        self._failures[name] = _Failure(now, now + hold, is_temporary)
        if len(self._failures) > MAX_NAMES:
            self._failures.popitem(last=False)

    def is_unsure(self, name: str) -> bool:
        """Return whether ``name`` failed when it was last looked up because nobody could be asked."""
        failure = self._failures.get(name)
        return failure is not None and failure.is_temporary

    def succeed(self, name: str, now: float) -> None:
        """Note that ``name`` was resolved."""
        self._failures.pop(name, None)
        self._resolved_at = now
