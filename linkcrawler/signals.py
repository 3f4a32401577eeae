"""The signals of linkcrawler, sent through Scrapy's signal manager.

Both are sent by the scheduler when nothing is in progress any more in this process, while the store
is still open. Handlers take ``reason`` (str) and may be coroutines.
"""

crawl_ending = object()
"""Sent first: further workers are waited for here."""

crawl_ended = object()
"""Sent when no worker fetches any more: the dataset seals and compacts here."""
