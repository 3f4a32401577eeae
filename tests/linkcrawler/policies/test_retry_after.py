"""A server's wish to be left alone is understood in every form, and none lasts for ever."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkcrawler.policies.retry_after import LEAST_SECS, MOST_SECS, retry_after_secs

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "secs"),
    [
        ("1", 1.0),
        (" 120 ", 120.0),
        ("0.2", LEAST_SECS),
        ("007", 7.0),
        ("315360000", MOST_SECS),  # ten years
        ("9" * 60, MOST_SECS),
        ("Sun, 01 Mar 2026 12:00:30 GMT", 30.0),
        ("Sunday, 01-Mar-26 12:00:30 GMT", 30.0),  # the forms of older standards
        ("Sun Mar  1 12:00:30 2026", 30.0),
        ("Sun, 01 Mar 2026 14:00:30 +0200", 30.0),
        ("Sun, 01 Mar 2126 12:00:00 GMT", MOST_SECS),
    ],
)
def test_seconds_and_dates_are_understood_and_clamped(value, secs):
    assert retry_after_secs(value, NOW.timestamp()) == secs


@pytest.mark.parametrize(
    "value",
    [
        "", "0", "0.0", "-1", "-0", "soon", "1e3", "0x10", "٣", "1,000", "12 34", "nan", "inf",
        "Sun, 01 Mar 2026 11:59:59 GMT", "Sun, 01 Mar 1926 12:00:00 GMT", "Sun, 99 Foo 2026",
        "Sun, 01 Mar 99999 12:00:00 GMT", "1" * 65, "Mon", "\x00", "5; 6",
    ],
)  # fmt: skip
def test_what_says_nothing_usable_says_nothing(value):
    assert retry_after_secs(value, NOW.timestamp()) == 0.0


@given(st.text(max_size=70) | st.from_regex(r"[A-Z][a-z]{2}, [0-9]{1,2} [A-Z][a-z]{2} [0-9]+.*"))
def test_whatever_it_says_it_is_nothing_or_between_a_second_and_a_day(value):
    secs = retry_after_secs(value, NOW.timestamp())
    assert secs == 0.0 or LEAST_SECS <= secs <= MOST_SECS


@given(st.integers(1, 86_400))
def test_a_date_is_as_far_away_as_it_is(secs):
    date = format_datetime(NOW + timedelta(seconds=secs), usegmt=True)
    assert retry_after_secs(date, NOW.timestamp()) == secs
