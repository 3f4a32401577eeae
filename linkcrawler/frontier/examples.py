"""The niche of a crawl while it runs: keywords and files from the start, examples as they are fetched.

Pages that are examples are seeds, fetched as all others. What they show is kept in the frontier, where other
workers and later runs find it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from linkcrawler.exceptions import UsageError
from linkcrawler.frontier.sqlite_reader import reading
from linkcrawler.niche import example_urls, niche_from

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from linkcrawler.frontier.store import FrontierStore
    from linkcrawler.policies.niche import Niche

ENTRIES: Final = "niche"
"""Key of the frontier's values that holds the entries of the niche."""
GET_META: Final = "SELECT value FROM meta WHERE key = ?"
PREFIX: Final = "example:"
"""Before the URL of an example, likewise; the value is what it shows, or nothing as yet."""


class Examples:
    """What a niche is known by.

    Args:
        entries: of `linkcrawler.niche.read_niche`; empty where there is no niche.

    Raises:
        UsageError: a file cannot be read, or has no words.
    """

    def __init__(self, entries: Sequence[str]) -> None:
        self.entries = list(entries)
        self._first = niche_from("niche", entries) if entries else None
        self._shown: dict[str, dict[str, float] | None] = dict.fromkeys(example_urls(entries))
        self._store: FrontierStore | None = None
        self.niche: Niche | None = None
        """What pages are judged by, None while nothing is known; another object when an example was
        learnt from."""
        self._renew()

    def must_fit(self, path: Path) -> None:
        """Refuse to go on with a crawl of another niche, before anything of it is changed.

        Args:
            path: of its frontier, which need not be there.

        Raises:
            UsageError: the crawl has another niche.
            DatasetError: the frontier cannot be read.
            StorageError: the disk refused.
        """
        if not self.entries or not path.is_file():
            return
        with reading(path) as db:
            known = db.execute(GET_META, (ENTRIES,)).fetchone()
        if known is not None and json.loads(known[0]) != self.entries:
            shown = ", ".join(json.loads(known[0])[:5])
            raise UsageError(
                f"niche: this crawl's niche is another one ({shown}); go on with that, or crawl into another folder"
            )

    def open(self, store: FrontierStore, *, leads: bool) -> None:
        """Take up what the frontier holds of the niche.

        Raises:
            StorageError: the disk refused.
        """
        self._store = store
        if self.entries and leads:
            store.set_meta(ENTRIES, json.dumps(self.entries, ensure_ascii=False))
        self.look()

    @property
    def gave_nothing(self) -> bool:
        """Whether there are examples, and none of them said anything so far."""
        return bool(self._shown) and not any(self._shown.values())

    def wants(self, url: str) -> bool:
        """Return whether the page at ``url`` is an example that was not learnt from so far."""
        return url in self._shown and self._shown[url] is None

    def move(self, url: str, target: str) -> None:
        """Take what an example redirects to for one.

        Raises:
            StorageError: the disk refused.
        """
        if self.wants(url) and target not in self._shown:
            del self._shown[url]  # nothing is to be learnt there any more
            self._keep(target, None)

    def learn(self, url: str, shown: dict[str, float]) -> None:
        """Learn from an example.

        Raises:
            StorageError: the disk refused.
        """
        self._keep(url, shown)

    def look(self) -> None:
        """See what other workers have learnt.

        Raises:
            StorageError: the disk refused.
        """
        if self._store is None or all(self._shown.values()):
            return
        for url, value in self._store.metas(PREFIX):
            self._shown[url] = json.loads(value) or self._shown.get(url)
        self._renew()

    def _keep(self, url: str, shown: dict[str, float] | None) -> None:
        if self._store is not None:
            self._store.set_meta(PREFIX + url, json.dumps(shown, ensure_ascii=False))
        self._shown[url] = shown
        self._renew()

    def _renew(self) -> None:
        found = tuple(shown for _, shown in sorted(self._shown.items()) if shown)
        if self._first is None:
            return
        niche = self._first.with_examples(found)
        if niche != self.niche and (niche.keywords or niche.examples):
            self.niche = niche
