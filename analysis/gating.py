"""A fold, a policy and what is known of its nodes in; who is inside of the niche out, and why.

Relevance is of registered domains: what the crawl judged of their pages where it had a niche, else what their
titles say to the words that the ranking was given; drawn towards what links to them say
(`linkcrawler.policies.merit.relevance_of`, the formula that steered the crawl). `analysis.niche` is the gate.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analysis.niche import IRRELEVANT, RELEVANT, in_niche, niche_lift
from linkcrawler.exceptions import UsageError
from linkcrawler.niche import niche_from
from linkcrawler.policies.merit import Merit, relevance_of
from linkcrawler.policies.relevance import Relevance, Shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from analysis.fold import Fold
    from analysis.policy import Policy
    from analysis.scores import Known
    from pipelines.dataset import Dataset
    from pipelines.manifest import Manifest

    Floats = NDArray[np.float64]

TOP: Final = 100
"""Domains at the top of a ranking that are looked at for what the gate has changed."""


@dataclass(frozen=True, slots=True)
class Told:
    """What pages say of the relevance of registered domains.

    Args:
        pages: sum of the relevance of a domain's pages, and how many they are.
        relevance: judges what links say; None where there are no words to do so.
        is_thin: titles are all that is known: what they do not say says nothing.
    """

    pages: Mapping[str, tuple[float, int]]
    relevance: Relevance | None
    is_thin: bool


def told_by(dataset: Dataset, policy: Policy) -> Told | None:
    """Return what the pages of ``dataset`` say of the policy's niche, or of the crawl's own.

    None where neither is there.

    Raises:
        CorruptPartError: a file is missing, truncated or damaged.
    """
    if policy.niche is not None:
        relevance = Relevance(policy.niche)
        return Told(_by_titles(dataset, relevance), relevance, is_thin=True)
    pages = dataset.pages(["domain", "relevance"])
    known = pages.filter(pc.invert(pc.is_nan(pages["relevance"])))
    if not known.num_rows:
        return None
    sums = known.group_by("domain").aggregate([("relevance", "sum"), ("relevance", "count")])
    found = {
        row["domain"]: (float(row["relevance_sum"]), int(row["relevance_count"]))
        for row in sums.to_pylist()
    }
    return Told(found, _of_keywords(dataset.manifest), is_thin=False)


def _of_keywords(manifest: Manifest) -> Relevance | None:
    """Return what judges by the keywords of the crawl's niche; its examples are not kept in a dataset."""
    entries = manifest.arguments.get("niche") or []
    niche = niche_from("niche", [one for one in entries if not one.startswith("file:")])
    return Relevance(niche) if niche.keywords else None


def _by_titles(dataset: Dataset, relevance: Relevance) -> dict[str, tuple[float, int]]:
    found: defaultdict[str, tuple[float, int]] = defaultdict(lambda: (0.0, 0))
    for batch in dataset.batches("pages", ["domain", "title", "outcome"]):
        for row in batch.to_pylist():
            if row["outcome"] == "ok" and row["title"]:
                total, number = found[row["domain"]]
                value = relevance.of_page(Shown(row["title"]))
                found[row["domain"]] = total + value, number + 1
    return dict(found)


def relevances(folded: Fold, told: Told) -> Floats:
    """Return the relevance of each node of a graph: float64 of shape ``(n,)``, 0 to 1 or NaN."""
    own = np.array([told.pages.get(domain, (0.0, 0)) for domain in folded.registered])
    own = own.reshape(-1, 2)
    means = np.where(own[:, 1] > 0, own[:, 0] / np.maximum(own[:, 1], 1), 0.0)
    hint, hints = _hints(folded.anchors(), means, told.relevance)
    found = np.full(len(means), np.nan)
    for at, (total, number) in enumerate(own):
        says_something = total + hint[at] > 0
        if says_something or (not told.is_thin and (number or hints[at])):
            merit = Merit(relevance=total, judged=int(number), hint=hint[at], hints=int(hints[at]))
            found[at] = relevance_of(merit)
    return found


def _hints(
    anchors: pa.Table, means: Floats, relevance: Relevance | None
) -> tuple[Floats, NDArray[np.int64]]:
    """Return what the links to each node say of it, summed over the nodes they come from, and how many."""
    hint, hints = np.zeros(len(means)), np.zeros(len(means), dtype=np.int64)
    judge = relevance or Relevance.of_nothing()
    texts = anchors["anchor"].to_pylist()
    sources, targets = (anchors[name].to_numpy() for name in ("source", "target"))
    values = [
        judge.of_link(text or "", (), page)
        for text, page in zip(texts, means[sources].tolist(), strict=True)
    ]
    np.add.at(hint, targets, values)
    np.add.at(hints, targets, 1)
    return hint, hints


@dataclass(frozen=True, slots=True)
class Gate:
    """Who is inside of the niche; arrays of shape ``(n,)``.

    Args:
        inside: bool.
        lift: float64, see `analysis.niche.niche_lift`; NaN where no seed is in the graph.
        relevance: float64, 0 to 1 or NaN.
    """

    inside: NDArray[np.bool_]
    lift: Floats
    relevance: Floats

    def counts(self, order: Floats) -> dict[str, int]:
        """Return what the gate has changed, by names that `in_words` knows.

        Args:
            order: what ranks the nodes without the gate, higher first.
        """
        text = np.nan_to_num(self.relevance, nan=-1.0)
        top = np.argsort(-order, kind="stable")[:TOP]
        by_text = text >= RELEVANT
        kept_out = ~self.inside & (text >= 0) & (text < IRRELEVANT)
        return {
            "inside": int(self.inside.sum()),
            "nodes": len(self.inside),
            "by_text": int((self.inside & by_text).sum()),
            "by_links": int((self.inside & ~by_text).sum()),
            "kept_out_by_text": int(kept_out.sum()),
            "top": len(top),
            "top_outside": int((~self.inside[top]).sum()),
        }


def gate_of(folded: Fold, known: Known, rank: Floats, relevance: Floats) -> Gate:
    """Return who is inside of the niche.

    Args:
        folded: the graph.
        known: its trusted nodes are those that lift starts from.
        rank: PageRank of each node.
        relevance: of `relevances`; NaN where it is not known.

    Raises:
        UsageError: there is neither a trusted node nor a relevance to go by.
    """
    has_text = not np.isnan(relevance).all()
    if not known.trusted.any() and not has_text:
        raise UsageError(
            "the lens niche needs seeds that are in the graph, or words: name sites by --trusted FILE, "
            "or keywords by --niche"
        )
    lift = niche_lift(folded.graph.shares, known.trusted, rank)
    inside = in_niche(lift, relevance)
    if not known.trusted.any():
        lift = np.full(len(lift), np.nan)
    return Gate(inside, lift, relevance)


def in_words(counts: Mapping[str, Any]) -> str:
    """Return in a sentence what a gate has changed.

    >>> in_words({"inside": 30, "nodes": 400, "by_text": 20, "by_links": 10, "kept_out_by_text": 5,
    ...           "top": 100, "top_outside": 70})
    'niche: 30 of 400 are inside, 20 by what they say and 10 by links; 5 are kept out by what they say; 70 of the first 100 by all links are outside'
    """
    return (
        f"niche: {counts['inside']:,} of {counts['nodes']:,} are inside, {counts['by_text']:,} by what "
        f"they say and {counts['by_links']:,} by links; {counts['kept_out_by_text']:,} are kept out by "
        f"what they say; {counts['top_outside']:,} of the first {counts['top']:,} by all links are outside"
    )
