"""What is asked of a browser for one page, and what comes of it beside its HTML."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from scrapy.http import Response

JOB: Final = "linkcrawler_render"
"""Key of a request's meta that holds its `Job`."""
RENDERED_TYPE: Final = "text/html; charset=utf-8"
"""Content type of what is rendered."""


@dataclass(slots=True)
class Job:
    """One page to be rendered, and what comes of it beside its HTML."""

    answer: Response
    """What the crawl was answered."""
    secs: float
    """What loading may take; what is there by then counts."""
    snapshot_secs: float
    max_chars: int
    left_for: list[str] = field(default_factory=list)
    """Where its scripts wanted to go instead."""
    is_cut: bool = False
    """It held more than ``max_chars``."""
    is_begun: bool = False

    def begin(self) -> None:
        """Forget what an earlier try has left."""
        self.is_begun = self.is_cut = False
        self.left_for.clear()
