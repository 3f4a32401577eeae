"""Every error of linkcrawler, each with the exit code that a command ends with.

::

    LinkCrawlerError                 1  something inside linkcrawler went wrong
    ├── UsageError (ValueError)      2  an argument, setting or seed that cannot be used
    │   └── SeedError                2  a seed file or seed that cannot be read
    ├── DatasetError (ValueError)    5  the data is not what it should be
    │   ├── NotADatasetError         5  the folder holds no crawl
    │   ├── SchemaVersionError       5  written by another version of the schema
    │   └── CorruptPartError         5  a file that is truncated, changed or missing
    ├── StorageError (OSError)       6  the disk refused a read or a write
    └── InUseError                   7  another process works in the folder

Messages say what was found, where, and what to do next; they are printed as one line.
"""

from __future__ import annotations

from typing import ClassVar


class LinkCrawlerError(Exception):
    """Base of every error raised on purpose; a command prints it as one line."""

    exit_code: ClassVar[int] = 1


class UsageError(LinkCrawlerError, ValueError):
    """Raised for an argument or setting that cannot be used; names it and what it takes."""

    exit_code = 2


class SeedError(UsageError):
    """Raised for a seed file that cannot be read, holds no seed, or a seed that is no URL."""


class DatasetError(LinkCrawlerError, ValueError):
    """Raised when data on disk is not what the schema and the manifest say."""

    exit_code = 5


class NotADatasetError(DatasetError):
    """Raised when a folder holds no crawl (no ``run.json``)."""


class SchemaVersionError(DatasetError):
    """Raised for a dataset or frontier written by another version of the schema."""


class CorruptPartError(DatasetError):
    """Raised for a file of the dataset that is truncated, changed or missing."""


class StorageError(LinkCrawlerError, OSError):
    """Raised when the disk refuses a write or read; the message names the path."""

    exit_code = 6


class InUseError(LinkCrawlerError):
    """Raised when another process holds the crawl's folder."""

    exit_code = 7


EXIT_FINISHED = 0
"""Finished, or stopped at a limit that was asked for."""
EXIT_ERROR_SHARE = 3
"""The share of failed pages is above ``--max-error-share``."""
EXIT_NOTHING_FETCHED = 4
"""Not one page could be fetched."""
EXIT_INTERRUPTED = 130
"""Interrupted; the same command goes on."""
INTERRUPTED = ("interrupted", "shutdown")
"""Why a crawl ended that a signal has ended: our word for it, and Scrapy's."""
