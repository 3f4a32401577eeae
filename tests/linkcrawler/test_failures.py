"""The dataset's word for an exception."""

from __future__ import annotations

import ssl

import pytest
from OpenSSL import SSL
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadFailedError,
    DownloadTimeoutError,
)
from twisted.python.failure import Failure
from twisted.web.client import ResponseFailed

from linkcrawler.failures import RobotsUnreachableError, failure_reason


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (CannotResolveHostError("no such host: russland.example"), "dns"),
        (DownloadCancelledError("http://tls-ssl.example/ is too big"), "too_big"),
        (DownloadTimeoutError("ssl"), "timeout"),
        (ConnectionResetError("reset"), "connection"),
        (SSL.Error([("SSL routines", "", "certificate verify failed")]), "tls"),
        (ssl.SSLError("handshake"), "tls"),
        (RobotsUnreachableError("503"), "robots_unreachable"),
        (ZeroDivisionError(), "error:ZeroDivisionError"),
    ],
)
def test_an_exception_has_one_word_whatever_its_text(error, reason):
    assert failure_reason(error) == reason


def test_a_tls_error_is_found_behind_the_error_that_scrapy_raises():
    wrapped = DownloadFailedError("failed")
    wrapped.__cause__ = ResponseFailed([Failure(SSL.Error("handshake"))])
    assert failure_reason(wrapped) == "tls"
    plain = DownloadFailedError("failed")
    plain.__cause__ = ResponseFailed([Failure(ConnectionResetError())])
    assert failure_reason(plain) == "connection"
