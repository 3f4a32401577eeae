"""URLs known and not yet fetched, on disk: what to fetch next, and what must never be lost."""
