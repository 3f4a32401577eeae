"""The registered domain of a host, by the list that comes with tldextract."""

from __future__ import annotations

import re

import pytest
import tldextract
from hypothesis import given
from hypothesis import strategies as st

from linkcrawler.urls.canonical import canonicalize, host_of
from linkcrawler.urls.domains import (
    icann_domain,
    registered_domain,
    reversed_labels,
    suffix_list_version,
)

LABELS = st.sampled_from(
    ["a", "www", "com", "co", "uk", "github", "io", "ck", "www", "kobe", "jp", "city", "s3",
     "amazonaws", "unlisted", "xn--bcher-kva", "xn--p1ai", "blogspot", "0x", "1a"]
)  # fmt: skip


@pytest.mark.parametrize(
    ("host", "domain", "icann"),
    [
        ("example.com", "example.com", "example.com"),
        ("a.b.example.com", "example.com", "example.com"),
        ("www.bbc.co.uk", "bbc.co.uk", "bbc.co.uk"),
        ("ann.github.io", "ann.github.io", "github.io"),
        ("x.ann.github.io", "ann.github.io", "github.io"),
        ("github.io", "github.io", "github.io"),
        ("ann.blogspot.com", "ann.blogspot.com", "blogspot.com"),
        ("www.ck", "www.ck", "www.ck"),  # an exception to *.ck
        ("a.b.c.ck", "b.c.ck", "b.c.ck"),
        ("a.city.kobe.jp", "city.kobe.jp", "city.kobe.jp"),
        ("co.uk", "co.uk", "co.uk"),
        ("com", "com", "com"),
        ("a.b.unlisted", "b.unlisted", "b.unlisted"),
        ("localhost", "localhost", "localhost"),
        ("shop.xn--bcher-kva.xn--p1ai", "xn--bcher-kva.xn--p1ai", "xn--bcher-kva.xn--p1ai"),
        ("127.0.0.1", "127.0.0.1", "127.0.0.1"),
        ("[2001:db8::1]", "[2001:db8::1]", "[2001:db8::1]"),
        ("foo_bar.example.com", "example.com", "example.com"),
    ],
)
def test_each_host_belongs_to_the_domain_that_a_registrant_controls(host, domain, icann):
    assert registered_domain(host) == domain
    assert icann_domain(host) == icann


@given(st.lists(LABELS, min_size=1, max_size=5).map(".".join))
def test_a_domain_ends_its_host_and_is_its_own_domain(host):
    url = canonicalize(f"http://{host}/")
    host = host_of(url) if url else host
    domain = registered_domain(host)
    assert host == domain or host.endswith("." + domain)
    assert registered_domain(domain) == domain
    assert domain.endswith(icann_domain(host)) or icann_domain(host).endswith(domain)


@given(st.lists(LABELS, min_size=1, max_size=5).map(".".join))
def test_labels_reversed_twice_are_as_before(host):
    assert reversed_labels(reversed_labels(host)) == host


def test_addresses_are_not_reversed():
    assert reversed_labels("127.0.0.1") == "127.0.0.1"
    assert reversed_labels("[::1]") == "[::1]"
    assert reversed_labels("a.bbc.co.uk") == "uk.co.bbc.a"


def test_the_list_is_never_fetched_and_its_version_is_known(monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("the list was fetched")

    monkeypatch.setattr(tldextract.suffix_list, "find_first_response", refuse)
    assert registered_domain("never.asked.before.example.co.uk") == "example.co.uk"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d\S*|sha256:[0-9a-f]{16}", suffix_list_version())


def test_the_cases_of_the_public_suffix_list_give_its_domains(suite):
    cases = re.findall(
        r"^checkPublicSuffix\('([^']+)', (?:'([^']+)'|null)\);",
        suite("test_psl.txt").read_text("utf-8"),
        re.MULTILINE,
    )
    wrong, names = [], [case for case in cases if not case[0].startswith(".")]
    for written, domain in names:
        host = host_of(canonicalize(f"http://{written}/"))
        # A public suffix has no registered domain; here it stands for itself.
        want = host_of(canonicalize(f"http://{domain}/")) if domain else host
        if registered_domain(host) != want:
            wrong.append((written, registered_domain(host), want))
    assert wrong == []
    # The others begin with a dot, which no host does. What no rule of the list matches falls under
    # its default rule, which is the list's own algorithm: b.unlisted is a domain.
    assert (len(cases), len(names)) == (77, 73)
