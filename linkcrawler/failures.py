"""An exception of a fetch in, the word for it in the dataset's ``reason`` out."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Final

from scrapy.core.downloader.handlers.http11 import TunnelError
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)
from twisted.internet.error import ConnectBindError, ConnectError

if TYPE_CHECKING:
    from collections.abc import Iterator

REASONS: Final[tuple[tuple[type[BaseException], str], ...]] = (
    (CannotResolveHostError, "dns"),
    (DownloadConnectionRefusedError, "refused"),
    (DownloadTimeoutError, "timeout"),
    (DownloadCancelledError, "too_big"),
    (ResponseDataLossError, "data_loss"),
    (DownloadFailedError, "connection"),
    (TunnelError, "proxy"),
    (ConnectError, "connection"),
    (OSError, "connection"),
)
"""Exception and reason; the first that fits counts."""

TLS_PACKAGES: Final = frozenset({"OpenSSL", "ssl", "service_identity"})
"""Packages whose errors mean that no secure connection came about."""
TEMPORARY: Final = frozenset(
    {
        "dns",
        "no_dns",
        "refused",
        "timeout",
        "data_loss",
        "connection",
        "proxy",
        "tls",
        "robots_unreachable",
    }
)
"""Reasons after which another try may succeed."""


OWN: Final = frozenset(
    {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EADDRNOTAVAIL}
)
"""Errors of connecting that are this machine's: it has no more sockets, memory or ports."""


def is_own_fault(error: BaseException) -> bool:
    """Return whether ``error`` says that this machine can make no connection at all."""
    return any(
        isinstance(cause, ConnectBindError) or (isinstance(cause, OSError) and cause.errno in OWN)
        for cause in _causes(error)
    )


class RobotsUnreachableError(IgnoreRequest):
    """Raised for a URL whose robots.txt could not be read for now: it is tried again.

    Args:
        message: what came instead.
        retry_after: seconds that the server asked to be left alone; 0 for nothing said.
    """

    def __init__(self, message: str, retry_after: float = 0.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class RobotsDisallowedError(IgnoreRequest):
    """Raised for a URL that robots.txt does not allow, or whose robots.txt says to stay away.

    Args:
        reason: what goes into the dataset.
    """

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"{url}: {reason}")
        self.reason = reason


class RefusedByGuardError(IgnoreRequest):
    """Raised for a request that the guard does not let out of the machine.

    Args:
        subject: the URL or address refused.
        reason: the rule, as it goes into the dataset.
    """

    def __init__(self, subject: str, reason: str) -> None:
        super().__init__(f"{subject}: {reason}")
        self.reason = reason


class BadBodyError(IgnoreRequest):
    """Raised for an answer whose body cannot be decoded, or to more than it may.

    Args:
        reason: as of `linkcrawler.codings.CodingError`; it goes into the dataset.
    """

    def __init__(self, url: str, reason: str, message: str) -> None:
        super().__init__(f"{url}: {message}")
        self.reason = reason


class HeadTooBigError(Exception):
    """Raised for an answer whose head goes on past every bound."""


def failure_reason(error: BaseException) -> str:
    """Return the dataset's word for ``error``: one of `REASONS`, ``tls`` or ``error:<class>``.

    >>> failure_reason(CannotResolveHostError("x")), failure_reason(ZeroDivisionError())
    ('dns', 'error:ZeroDivisionError')
    """
    for cause in _causes(error):
        if (reason := _deeper_reason(cause)) is not None:
            return reason
    if isinstance(error, BadBodyError):
        return error.reason
    if isinstance(error, RobotsUnreachableError):
        return "robots_unreachable"
    for kind, reason in REASONS:
        if isinstance(error, kind):
            return reason
    return f"error:{type(error).__name__}"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield ``error``, what it was raised from, and what Twisted collected in it."""
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        for failure in getattr(seen, "reasons", None) or ():
            yield failure.value
        seen = seen.__cause__


def _deeper_reason(error: BaseException) -> str | None:
    """Return the word for an error that counts even where Scrapy calls it another."""
    if type(error).__module__.partition(".")[0] in TLS_PACKAGES:
        return "tls"
    if isinstance(error, HeadTooBigError):
        return "head_too_big"
    return "timeout" if isinstance(error, DownloadTimeoutError) else None
