"""Real pages and labelled links in, how well the column ``placement`` agrees with the labels out.

    python -m benchmarks.placement FOLDER

FOLDER holds a folder for each host, as `benchmarks.real_pages` lays them out. The labels are those of
``placement_labels.csv`` and ``placement_labels_fresh.csv``; ``placement_guide.md`` says how they were given. Printed are
agreement and Cohen's kappa (agreement beyond what the two distributions give by chance), overall, for each template
and for three parts: the halves of the first file that a fixed seed makes (the rule may be tuned by the
first, never by the second), and the second file, of other pages, labelled once the rule was done. Then
the confusion tables. It ends with 1 where kappa of a part is below 0.8.
"""

from __future__ import annotations

import argparse
import csv
import random
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from benchmarks.placement_sample import SEED
from benchmarks.real_pages import Corpus
from linkcrawler.extraction.elements import PageHeaders
from linkcrawler.extraction.reading import Document, read

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LABELS: Final = Path(__file__).with_name("placement_labels.csv")
FRESH: Final = Path(__file__).with_name("placement_labels_fresh.csv")
"""Labels given once the rule was done."""
PARTS: Final = ("main", "nav", "header", "footer", "aside", "unknown")
BAR: Final = 0.8


class Judged(NamedTuple):
    """One labelled link, and what the rule says of it."""

    page: str
    generator: str
    anchor: str
    label: str
    said: str
    """The column's value; ``missing`` where the reader has no such link."""


def rows_of(path: Path) -> list[dict[str, str]]:
    """Return the rows of a file of labels, those without a label, too."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def judged(folder: Path, labels: Path) -> list[Judged]:
    """Return every labelled link with the placement that our reader gives it."""
    rows = [row for row in rows_of(labels) if row["label"]]
    corpus = Corpus(folder)
    found = {page: placements(corpus, page) for page in dict.fromkeys(row["page"] for row in rows)}
    return [
        Judged(row["page"], row["generator"], row["anchor"], row["label"], said)
        for row in rows
        for said in [found[row["page"]].get((row["target"], int(row["occurrence"])), "missing")]
    ]


def placements(corpus: Corpus, url: str) -> dict[tuple[str, int], str]:
    """Return the placement of each link of a page by its target and which one to that it is."""
    answer = corpus.answer(url)
    if answer.status != 200:
        return {}
    kind = dict(answer.headers).get("Content-Type", "text/html")
    reading = read(Document(answer.body, kind, url, PageHeaders(), "linkcrawler", 0))
    seen: Counter[str] = Counter()
    found = {}
    for link in reading.links:
        if link.kind in ("a", "area"):
            found[link.target, seen[link.target]] = link.placement
            seen[link.target] += 1
    return found


def kappa(pairs: Sequence[tuple[str, str]]) -> float:
    """Return Cohen's kappa of two raters' labels: 1 for agreement, 0 for that of chance.

    Where chance alone gives agreement (one label all over), it is 1 for full agreement and 0 for less.

    >>> kappa([("a", "a"), ("a", "b"), ("b", "b"), ("b", "b")])
    0.5
    """
    n = len(pairs)
    agreed = sum(one == other for one, other in pairs) / n
    ones, others = (Counter(column) for column in zip(*pairs, strict=True))
    chance = sum(ones[name] * others[name] for name in ones) / n**2
    return (agreed - chance) / (1 - chance) if chance < 1 else float(agreed == 1)


def is_held_out(pages: Iterable[str]) -> dict[str, bool]:
    """Return for each page whether it is of the half that nothing may be tuned by."""
    names = sorted(set(pages))
    random.Random(f"{SEED} halves").shuffle(names)
    return {page: index % 2 == 1 for index, page in enumerate(names)}


def line(name: str, links: Sequence[Judged]) -> str:
    """Return a row of the table: links, agreement and kappa."""
    agreed = sum(link.label == link.said for link in links) / len(links)
    value = kappa([(link.label, link.said) for link in links])
    return f"| {name} | {len(links)} | {agreed:.3f} | {value:.3f} |"


def confusion(links: Sequence[Judged]) -> str:
    """Return the table of labels (rows) against what the rule says (columns)."""
    counts = Counter((link.label, link.said) for link in links)
    columns = [name for name in (*PARTS, "missing") if any(said == name for _, said in counts)]
    head = f"| label | {' | '.join(columns)} |\n{'|---' * (len(columns) + 1)}|\n"
    return head + "\n".join(
        f"| {label} | {' | '.join(str(counts[label, said]) for said in columns)} |"
        for label in PARTS[:-1]
    )


def main() -> int:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--show", action="store_true", help="print what differs in the tuning half")
    options = parser.parse_args()
    links, fresh = (judged(options.folder, labels) for labels in (LABELS, FRESH))
    held_out = is_held_out(row["page"] for row in rows_of(LABELS))
    parts = {
        "tuning half": [link for link in links if not held_out[link.page]],
        "held-out half": [link for link in links if held_out[link.page]],
        "fresh": fresh,
    }
    by_template: dict[str, list[Judged]] = defaultdict(list)
    for link in (*links, *fresh):
        by_template[link.generator].append(link)
    print("| links of | n | agreement | kappa |\n|---|---|---|---|")
    for name, some in {"all": [*links, *fresh], **parts, **by_template}.items():
        print(line(name, some))
    for name, some in {"all": [*links, *fresh], "fresh": fresh}.items():
        print(f"\n{name}:\n\n{confusion(some)}")
    if options.show:
        for link in parts["tuning half"]:
            if link.label != link.said:
                print(f"{link.label} but {link.said}: {link.page} {link.anchor!r}")
    worst = min(kappa([(link.label, link.said) for link in part]) for part in parts.values())
    return 0 if worst >= BAR else 1


if __name__ == "__main__":
    sys.exit(main())
