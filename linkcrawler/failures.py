"""An exception of a fetch in, the word for it in the dataset's ``reason`` out."""

from __future__ import annotations

from typing import Final

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)

REASONS: Final[tuple[tuple[type[BaseException], str], ...]] = (
    (CannotResolveHostError, "dns"),
    (DownloadConnectionRefusedError, "refused"),
    (DownloadTimeoutError, "timeout"),
    (DownloadCancelledError, "too_big"),
    (ResponseDataLossError, "data_loss"),
    (DownloadFailedError, "connection"),
    (OSError, "connection"),
)
"""Exception and reason; the first that fits counts."""

TEMPORARY: Final = frozenset({"dns", "refused", "timeout", "data_loss", "connection", "tls"})
"""Reasons after which another try may succeed."""


class RobotsDisallowedError(IgnoreRequest):
    """Raised for a URL that robots.txt does not allow, or whose robots.txt says to stay away.

    Args:
        reason: what goes into the dataset.
    """

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"{url}: {reason}")
        self.reason = reason


def failure_reason(error: BaseException) -> str:
    """Return the dataset's word for ``error``: one of `REASONS`, ``tls`` or ``error:<class>``.

    >>> failure_reason(CannotResolveHostError("x")), failure_reason(ZeroDivisionError())
    ('dns', 'error:ZeroDivisionError')
    """
    if "ssl" in f"{error!r}".lower() or "tls" in type(error).__name__.lower():
        return "tls"
    for kind, reason in REASONS:
        if isinstance(error, kind):
            return reason
    return f"error:{type(error).__name__}"
