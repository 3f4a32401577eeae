"""URLs are parsed and resolved as the URL standard says, but for what is documented."""

from __future__ import annotations

import json

import pytest

from linkcrawler.urls.canonical import canonicalize, resolved


@pytest.mark.parametrize(
    ("written", "base", "canonical"),
    [
        ("", "http://e.com/a/b?c#d", "http://e.com/a/b?c"),
        ("#x", "http://e.com/a/b?c", "http://e.com/a/b?c"),
        ("?x", "http://e.com/a/b?c", "http://e.com/a/b?x"),
        ("c", "http://e.com/a/b", "http://e.com/a/c"),
        ("/c", "http://e.com/a/b", "http://e.com/c"),
        ("//f.com/c", "https://e.com/a/b", "https://f.com/c"),
        ("http:c", "http://e.com/a/b", "http://e.com/a/c"),
        ("https:c", "http://e.com/a/b", "https://c/"),
        ("\\c", "http://e.com/a/b", "http://e.com/c"),
        ("../../../c", "http://e.com/a/b/", "http://e.com/c"),
        (" \tc\n", "http://e.com/a/", "http://e.com/a/c"),
        ("mailto:x", "http://e.com/", None),
        ("c", "mailto:ann@example.com", None),
        ("c", "ftp://e.com/", None),
    ],
)
def test_a_relative_url_resolves_against_its_base_as_in_a_browser(written, base, canonical):
    assert canonicalize(written, base) == canonical


def test_resolving_keeps_every_scheme_and_the_fragment():
    assert resolved("x#y", "http://e.com/a") == "http://e.com/x#y"
    assert resolved("ftp://e.com") == "ftp://e.com/"
    assert resolved("x") is None


@pytest.fixture(scope="module")
def whatwg(suite):
    cases = json.loads(suite("urltestdata.json").read_text("utf-8"))
    return [case for case in cases if isinstance(case, dict)]


def test_the_cases_of_the_url_standard_parse_as_it_says(whatwg):
    wrong = [
        (case["input"], case.get("base"), found)
        for case in whatwg
        if (found := resolved(case["input"], case.get("base"))) != _expected_href(case)
    ]
    assert wrong == []
    assert len(whatwg) == 891


def test_the_web_addresses_of_the_url_standard_differ_in_what_is_documented_only(whatwg):
    web = [case for case in whatwg if case.get("protocol") in ("http:", "https:")]
    wrong = []
    for case in web:
        found = canonicalize(case["input"], case.get("base"))
        want = _without_fragment(case["href"])
        if case["hostname"].endswith("."):
            bare = case["hostname"].rstrip(".")
            want = canonicalize(want.replace(case["hostname"], bare, 1)) if bare else None
        if found != want:
            wrong.append((case["input"], found, want))
    assert wrong == []
    assert len(web) > 200


def test_the_addresses_of_the_url_standard_that_are_not_of_the_web_are_none(whatwg):
    others = [case for case in whatwg if case.get("protocol") not in ("http:", "https:")]
    assert [c for c in others if canonicalize(c["input"], c.get("base")) is not None] == []
    assert len(others) > 200


def test_hosts_are_written_in_ascii_as_the_url_standard_says(suite):
    cases = [
        case for case in json.loads(suite("toascii.json").read_text("utf-8")) if "input" in case
    ]
    wrong = [
        (case["input"], found, case["output"])
        for case in cases
        if (found := resolved(f"https://{case['input']}/x"))
        != (f"https://{case['output']}/x" if case["output"] is not None else None)
    ]
    assert wrong == []
    assert len(cases) == 87


def _expected_href(case):
    # A lone surrogate cannot be handed to the parser; browsers write U+FFFD for it.
    surrogate = any("\ud800" <= char <= "\udfff" for char in case["input"])
    return None if case.get("failure") or surrogate else case["href"]


def _without_fragment(href):
    return href.partition("#")[0]
