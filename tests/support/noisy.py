"""A pipeline of somebody's that logs what it sees, as it is."""

from __future__ import annotations

import logging

logger = logging.getLogger(__name__)
SAID = "\x1b[2J\x1b]0;owned\x07\u202e\nINFO forged"


class NoisyPipeline:
    """Says something hostile of each item, and of an error."""

    def process_item(self, item):
        """Return ``item``."""
        logger.warning("the page says %s", SAID)
        try:
            raise ValueError(SAID)
        except ValueError:
            logger.exception("it failed")
        return item
