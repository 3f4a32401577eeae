"""The signal of linkcrawler, sent through Scrapy's signal manager."""

crawl_ended = object()
"""Sent by the scheduler when nothing is in progress any more, while the store is still open.

Handlers take ``reason`` (str) and may be coroutines: the dataset seals and compacts here.
"""
