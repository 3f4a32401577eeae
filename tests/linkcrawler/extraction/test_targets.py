"""Where references lead: the short way gives what the standard's does."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkcrawler.extraction.targets import Base, target_of

BASES = st.sampled_from(
    ["http://a.example/", "http://a.example/b/c?d/e", "https://www.a.example:8080/b/c/d/", "http://a.example/?q#f",
     "http://a.example/b;jsessionid=1A2B/c", "http://a.example./b/c", "http://user:pw@a.example/b/c",
     "http://[::1]/b/c", "ftp://a.example/b/c", "mailto:a@b.example", "http://a.example/" + "y" * 400 + "/z"]
)  # fmt: skip
BITS = st.sampled_from(
    ["a", "b.html", "..", ".", "/", "../", "./", "//", "?", "#", ":", " ", "\t", "\n", "%2e", "%", "é", "\\", ";sid=1",
     "http://", "https://b.example", "HTTP:", "utm_source=1", "a.", "-", "_", "~", "@", "\x00", "1", "c/d", "javascript:"]
)  # fmt: skip
REFERENCES = st.lists(BITS, max_size=6).map("".join) | st.text("ab./#?: -", max_size=12)


@given(BASES, REFERENCES)
@settings(max_examples=800)
def test_a_reference_leads_where_the_whole_way_leads(base, written):
    assert Base(base).target(written) == target_of(written, base)


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("c.html", "http://a.example/b/c.html"),
        ("../c/d-1.html#x", "http://a.example/c/d-1.html"),
        ("../../../c", "http://a.example/c"),
        ("/c/", "http://a.example/c/"),
        ("..//c", "http://a.example//c"),
        ("c/../d", "http://a.example/b/d"),
        (".hidden", "http://a.example/b/.hidden"),
        ("c #x", "http://a.example/b/c%20"),
        ("", "http://a.example/b/page?q"),
        ("#x", "http://a.example/b/page?q"),
        ("?x", "http://a.example/b/page?x"),
        ("x" * 400, "http://a.example/b/" + "x" * 400),
    ],
)
def test_references_of_each_kind(written, url):
    assert Base("http://a.example/b/page?q#f").target(written).url == url


@pytest.mark.parametrize("base", ["ftp://a.example/b", "mailto:a@b.example"])
def test_a_base_off_the_web_has_references_to_hosts_alone(base):
    assert Base(base).target("c") is None
    assert Base(base).target("https://b.example/c").domain == "b.example"
