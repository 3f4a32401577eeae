"""A ranked dataset's folder in, ``report.html`` in it out: one file that opens offline.

The page carries its style and script within it and a content security policy that allows exactly
those two, by hash, and nothing else. The same dataset gives the same bytes.
"""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from analysis.blind_spots import MEANINGS
from analysis.report import charts, text
from analysis.report.figures import Figures, read_figures
from analysis.votes import VOTING_KINDS
from linkcrawler.disk import replace_file
from linkcrawler.exceptions import UsageError
from pipelines.dataset import open_dataset

if TYPE_CHECKING:
    from pipelines.manifest import Manifest

REPORT_NAME: Final = "report.html"
NAMED_IN_CHART: Final = 8
"""Domains, best first, whose names the scatter plot shows where they find room."""

_HERE: Final = Path(__file__).parent


def write_report(folder: Path, *, top: int = 500, title: str | None = None) -> Path:
    """Write the report of the ranked dataset in ``folder``; return its path.

    Args:
        folder: a crawl, or a merge of crawls, that was ranked.
        top: domains in the table; 0 shows all. Totals and charts always cover all.
        title: heading of the page; by default it names the seeds.

    Raises:
        UsageError: ``top`` is negative.
        DatasetError: the dataset is not ranked yet.
        NotADatasetError: the folder holds no crawl.
        CorruptPartError: a file of the dataset is missing or damaged.
        StorageError: the disk refused; an earlier report is untouched.
    """
    if top < 0:
        raise UsageError(f"top is {top}; give how many domains to show, or 0 for all")
    figures = read_figures(open_dataset(folder), top, NAMED_IN_CHART)
    path = Path(folder) / REPORT_NAME
    replace_file(path, render(figures, title).encode())
    return path


def render(figures: Figures, title: str | None = None) -> str:
    """Return the whole page as HTML."""
    style, script = _inline("style.css"), _inline("script.js")
    domains = figures.domains
    return (
        _environment()
        .get_template("template.html")
        .render(
            figures=figures,
            title=title or text.default_title(figures.manifest.seeds),
            csp=content_security_policy(style, script),
            style=style,
            script=script,
            policy=figures.policy,
            measure=domains.measure,
            voting_kinds=VOTING_KINDS,
            dates=text.between(figures.first, figures.last),
            seeds=[text.printed(seed) for seed in figures.manifest.seeds],
            seed_names=text.seed_names(figures.manifest.seeds),
            arguments=_arguments(figures.manifest),
            merged=_merged(figures.manifest),
            charts=charts,
            spot_meanings=MEANINGS,
            histogram=charts.histogram(domains.authority),
            scatter=charts.scatter(
                domains.authority, domains.ref_domains, domains.is_crawled, domains.names
            ),
        )
    )


def content_security_policy(style: str, script: str) -> str:
    """Return the policy that allows one style sheet, one script and data images, nothing else."""
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src '{_hash(style)}'",
            f"script-src '{_hash(script)}'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def _hash(source: str) -> str:
    digest = hashlib.sha256(source.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _inline(name: str) -> Markup:
    """Return a file of this package as text that stands in the page as it is."""
    return Markup((_HERE / name).read_text(encoding="utf-8"))  # noqa: S704 - our own file


def _environment() -> Environment:
    """Return a template engine that escapes everything and knows no undefined name."""
    environment = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=text.visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "thousands": text.thousands,
        "percent": text.percent,
        "breakable": text.breakable,
    }
    return environment


def _arguments(manifest: Manifest) -> list[tuple[str, str]]:
    return [(name, text.printed(value)) for name, value in sorted(manifest.arguments.items())]


def _merged(manifest: Manifest) -> list[tuple[str, str]]:
    """Return the id and state of each crawl that a merge was made of."""
    return [
        (text.printed(crawl.get("crawl_id", "")), text.printed(crawl.get("state", "")))
        for crawl in manifest.merged_from
    ]
