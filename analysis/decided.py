"""A ranked dataset in, a sheet of decisions out: each domain with what is known and what was decided.

A person writes IN, OUT or UNDECIDED beside each, and the next crawl takes the file (`linkcrawler.decisions`).
Made again from the next crawl, the sheet keeps what was decided.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

from analysis.cells import csv_of_columns
from analysis.prospects import decisions_of
from analysis.ranked import must_be_ranked
from linkcrawler.policies.decisions import IN, UNDECIDED, decision_on

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipelines.dataset import Dataset

EVIDENCE: Final = (
    "rank", "authority", "ref_domains", "backlinks", "pages_crawled", "is_seed", "relevance",
)  # fmt: skip
"""Columns of ``domains`` beside a decision."""


def decision_sheet(dataset: Dataset, decisions: Mapping[str, str] | None = None) -> pa.Table:
    """Return ``domain``, ``decision`` and `EVIDENCE`, best first; domains that are not in it last.

    A seed is in unless somebody decided otherwise.

    Args:
        dataset: ranked.
        decisions: on hosts; they go before those that the crawl was given.

    Raises:
        DatasetError: not ranked yet.
        CorruptPartError: the file is truncated or damaged.
    """
    must_be_ranked(dataset, "domains")
    decided = {**decisions_of(dataset), **(decisions or {})}
    found = _without_nan(dataset.table("domains", ["domain", *EVIDENCE])).sort_by("rank")
    names, seeds = found["domain"].to_pylist(), found["is_seed"].to_pylist()
    words = [_word(name, decided, is_seed=seed) for name, seed in zip(names, seeds, strict=True)]
    sheet = found.add_column(1, "decision", pa.array(words, pa.string()))
    known = set(names)
    rest = [(host, word) for host, word in decided.items() if host not in known]
    more = pa.table(
        {"domain": [host for host, _ in rest], "decision": [word for _, word in rest]},
        pa.schema([("domain", pa.string()), ("decision", pa.string())]),
    )
    return pa.concat_tables([sheet, more], promote_options="default")


def _without_nan(found: pa.Table) -> pa.Table:
    """Return ``found`` with null where its relevance is not known."""
    at = found.schema.get_field_index("relevance")
    known = found["relevance"]
    empty = pa.scalar(None, known.type)
    return found.set_column(at, "relevance", pc.if_else(pc.is_nan(known), empty, known))


def _word(name: str, decided: Mapping[str, str], *, is_seed: bool) -> str:
    found = decision_on(name, decided)
    return IN if is_seed and found == UNDECIDED and name not in decided else found


def to_csv(sheet: pa.Table) -> str:
    """Return the sheet as CSV that no spreadsheet runs."""
    return csv_of_columns(sheet.column_names, sheet.columns)
