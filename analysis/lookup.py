"""What a person calls a domain in, its row of the ranking out; near names where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import duckdb

from analysis.database import add_view, answer
from analysis.ranked import must_be_ranked
from linkcrawler.exceptions import UsageError
from linkcrawler.plain import one_line, quoted
from linkcrawler.urls.canonical import canonicalize, host_of
from linkcrawler.urls.domains import registered_domain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipelines.dataset import Dataset

NEAR_SQL: Final = """
SELECT domain FROM domains
WHERE jaro_winkler_similarity(domain, $name) >= 0.85 OR contains(domain, $name)
ORDER BY jaro_winkler_similarity(domain, $name) DESC, rank
LIMIT 3
"""
"""Names to suggest for one that is not there."""


def ranked_domain(dataset: Dataset, name: str) -> dict[str, Any]:
    """Return the row of ``domains`` that ``name`` means.

    Args:
        dataset: ranked.
        name: a domain, a host of it or a URL on it, in any case, IDN or punycode.

    Raises:
        DatasetError: not ranked yet.
        UsageError: no domain of this name; the message names near ones.
        CorruptPartError: the file is truncated or damaged.
    """
    must_be_ranked(dataset, "domains")
    if not name.strip():
        raise UsageError("the domain is empty; name one, as `linkcrawler rank` prints it")
    with duckdb.connect() as connection:
        add_view(connection, "domains", dataset, "domains")
        for spelling in spellings(name):
            query = "FROM domains WHERE domain = $name"
            for row in answer(connection, query, [dataset], {"name": spelling}).to_pylist():
                return dict(row)
        near = _near(connection, dataset, name)
    raise _unknown(dataset, name, near)


def spellings(name: str) -> Iterator[str]:
    """Yield what ``name`` may be called in a ranking, the likeliest first.

    >>> list(spellings("https://www.Example.org/a"))
    ['https://www.example.org/a', 'www.example.org', 'example.org']
    """
    text = name.strip()
    yield text.lower()
    url = canonicalize(text if "://" in text else f"http://{text}/")
    if url is not None:
        host = host_of(url)
        yield host
        yield registered_domain(host)


def _near(connection: duckdb.DuckDBPyConnection, dataset: Dataset, name: str) -> list[str]:
    """Return the names that look most like ``name``."""
    *_, wanted = spellings(name)
    found = answer(connection, NEAR_SQL, [dataset], {"name": wanted})
    return [one_line(near) for near in found["domain"].to_pylist()]


def _unknown(dataset: Dataset, name: str, near: list[str]) -> UsageError:
    folder, shown = dataset.folder, one_line(name, 100)
    if near:
        return UsageError(f"{folder} knows no {shown}; near it: {', '.join(near)}")
    return UsageError(
        f"{folder} knows no {shown}; `linkcrawler rank {quoted(folder)} --top 0` lists all"
    )
