"""One spelling for each URL, the one that a browser would ask for."""

from __future__ import annotations

import ada_url
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from linkcrawler.urls.canonical import (
    DOUBTFUL_PARAMETERS,
    MAX_URL,
    SESSION_PARAMETERS,
    TRACKING_PARAMETERS,
    authority_of,
    canonicalize,
    has_credentials,
    host_of,
)

HOSTS = st.sampled_from(
    [
        "example.com", "EXAMPLE.com.", "a.b.co.uk", "bücher.example", "xn--bcher-kva.example",
        "127.0.0.1", "0x7f.1", "0x7f.1..", "2130706433", "[::1]", "[2001:DB8::1]", "a..", "ex%41mple.com",
        "user:p@example.com", "a.@a.", "faß.de", "\uff11.\uff12.\uff13.\uff14", "localhost", "foo_bar.example",
    ]
)  # fmt: skip
PIECES = st.text(
    st.sampled_from("abz09.-_~/?#%&=+;:@!$'()*,[]\\|^` \t\n\x00éß漢\u202e\U0001f600"), max_size=24
)


@st.composite
def urls(draw):
    port = draw(st.sampled_from(["", ":80", ":443", ":8080", ":"]))
    query = draw(
        st.lists(st.sampled_from(["utm_source=x", "a=1", "A", "", "GCLID=3", "b=%20", ";sid=1"]))
    )
    return (
        draw(st.sampled_from(["http://", "https://", "HTTP:/", "https:\\\\"]))
        + draw(HOSTS)
        + port
        + draw(st.sampled_from(["", "/"]))
        + draw(PIECES)
        + ("?" + "&".join(query) if query else "")
        + draw(PIECES)
    )


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        # scheme, host and port
        ("HTTP://Example.COM", "http://example.com/"),
        ("http://example.com:80/", "http://example.com/"),
        ("https://example.com:443/", "https://example.com/"),
        ("https://example.com:80/", "https://example.com:80/"),
        ("http://example.com:08080/", "http://example.com:8080/"),
        ("http://example.com./a", "http://example.com/a"),
        ("http://example.com.:8080/a", "http://example.com:8080/a"),
        ("http://example.com../a", "http://example.com/a"),
        ("http://BÜCHER.example/", "http://xn--bcher-kva.example/"),
        ("http://bücher。example/", "http://xn--bcher-kva.example/"),
        ("http://faß.de/", "http://xn--fa-hia.de/"),
        ("http://ex%41mple.com/", "http://example.com/"),
        ("http://[2001:DB8:0:0::1]:80/", "http://[2001:db8::1]/"),
        ("http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/"),
        ("http://user:pass@Example.com/", "http://user:pass@example.com/"),
        ("http://@example.com/", "http://example.com/"),
        # path
        ("http://example.com/a/./b/../c", "http://example.com/a/c"),
        ("http://example.com/a/%2e%2E/c", "http://example.com/c"),
        ("http://example.com/../../c", "http://example.com/c"),
        ("http://example.com/a//b", "http://example.com/a//b"),
        ("http:\\\\example.com\\a\\b", "http://example.com/a/b"),
        ("http:example.com/a", "http://example.com/a"),
        ("http:///example.com/a", "http://example.com/a"),
        ("  http://exa\tmple.com/\na\r ", "http://example.com/a"),
        ("http://example.com/a b é", "http://example.com/a%20b%20%C3%A9"),
        ("http://example.com/%7Ea/%zz", "http://example.com/%7Ea/%zz"),
        ("http://example.com/\x00a\x00", "http://example.com/%00a"),
        # query and fragment
        ("http://example.com?b=2&a=1&b=1", "http://example.com/?b=2&a=1&b=1"),
        ("http://example.com/?", "http://example.com/?"),
        ("http://example.com/#", "http://example.com/"),
        ("http://example.com/a#b?c=d#e", "http://example.com/a"),
        ("http://example.com/?a#utm_source=x", "http://example.com/?a"),
        ("http://example.com/?q='\"<>", "http://example.com/?q=%27%22%3C%3E"),
    ],
)
def test_each_url_has_the_spelling_that_a_browser_would_ask_for(written, canonical):
    assert canonicalize(written) == canonical


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("http://e.com/?utm_source=x", "http://e.com/"),
        ("http://e.com/?utm_source=x&utm_whatever=y&z=1", "http://e.com/?z=1"),
        ("http://e.com/?c=3&fbclid=1&a=1&gclid=2&b=2", "http://e.com/?c=3&a=1&b=2"),
        ("http://e.com/?UTM_Source=x&GcLid=2&a", "http://e.com/?a"),
        ("http://e.com/?gclid", "http://e.com/"),
        ("http://e.com/?&&a=1&utm_id=2&", "http://e.com/?&&a=1&"),
        (
            "http://e.com/?utm=1&xutm_source=2&gclids=3",
            "http://e.com/?utm=1&xutm_source=2&gclids=3",
        ),
        ("http://e.com/utm_source=x?a=utm_source=y", "http://e.com/utm_source=x?a=utm_source=y"),
    ],
)
def test_tracking_parameters_go_and_the_others_keep_their_order(written, canonical):
    assert canonicalize(written) == canonical


@pytest.mark.parametrize("name", [*sorted(SESSION_PARAMETERS), "aspsessionidqqrs", "ASPSESSIONID"])
def test_each_session_parameter_of_the_list_goes_whatever_its_value(name):
    assert canonicalize(f"http://e.com/?x=1&{name}=v&{name.upper()}&y=2") == "http://e.com/?x=1&y=2"


@pytest.mark.parametrize("name", sorted(DOUBTFUL_PARAMETERS))
def test_a_parameter_that_may_be_a_session_goes_where_its_value_is_a_token(name):
    assert canonicalize(f"http://e.com/?{name}=0a1b2c3d4e5f6a7b") == "http://e.com/"
    for value in (
        "7",
        "pens",
        "internationalization",
        "0a1b2c3d4e5f6a7",
        "a" * 13 + "123",
        "ink-0a1b2c3d4e5f6a7b",
    ):
        kept = f"http://e.com/?{name}={value}"
        assert canonicalize(kept) == kept


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("http://e.com/a;jsessionid=1F2E.node1?b=1", "http://e.com/a?b=1"),
        ("http://e.com/a;JSESSIONID=1F2E/b", "http://e.com/a/b"),
        ("http://e.com/a;sid=1;v=2", "http://e.com/a;v=2"),
        ("http://e.com/a;v=1?x=;jsessionid=1", "http://e.com/a;v=1?x=;jsessionid=1"),
    ],
)
def test_a_session_behind_a_path_goes(written, canonical):
    assert canonicalize(written) == canonical


@pytest.mark.parametrize("name", sorted(TRACKING_PARAMETERS))
def test_each_tracking_parameter_of_the_list_goes_in_any_case(name):
    assert (
        canonicalize(f"http://e.com/?x=1&{name}=v&{name.upper()}=w&y=2") == "http://e.com/?x=1&y=2"
    )


@pytest.mark.parametrize(
    "written",
    [
        "", " ", "mailto:ann@example.com", "javascript:alert(1)", "data:text/html,x", "ftp://e.com/",
        "file:///etc/passwd", "tel:1", "about:blank", "http://", "http:///", "https:", "http://?",
        "//example.com/", "/a", "example.com", "http://a b/", "http://a<b/", "http://[::1/",
        "http://[fe80::1%25eth0]/", "http://256.256.256.256/", "http://1.2.3.4.5.6.0x/",
        "http://example.com:99999/", "http://e.com:x/", "http://a\x00b/", "http://./", "http://.../",
        "http://e.com/\ud800", "http://1.2.3.256../",
    ],
)  # fmt: skip
def test_what_is_no_web_address_has_no_canonical_url(written):
    assert canonicalize(written) is None


def test_a_url_of_the_greatest_length_is_kept_and_a_longer_one_is_not():
    longest = "http://e.com/".ljust(MAX_URL, "a")
    assert canonicalize(longest) == longest
    assert canonicalize(longest + "a") is None
    assert canonicalize("http://e.com/" + "é" * MAX_URL) is None
    assert canonicalize(f"{longest}?utm_source=x#{'f' * 10**6}") == longest


@pytest.mark.parametrize(
    "written",
    ["http://0x7f000001../", "http://0x7f.1.../", "http://2130706433../", "http://127.1../"],
)
def test_an_address_cannot_hide_behind_dots(written):
    assert canonicalize(written) == "http://127.0.0.1/"


def test_a_dot_that_ends_the_user_name_is_not_that_of_the_host():
    assert canonicalize("http://a.@a./") == "http://a.@a/"


@given(urls())
@example("http://a.@a./")
@example("http://0x7f.1../")
@example("http://e.com/?utm_source=x&")
def test_the_canonical_url_of_a_canonical_url_is_itself(written):
    once = canonicalize(written)
    assume(once is not None)
    assert canonicalize(once) == once


@given(urls())
def test_a_canonical_url_is_plain_ascii_without_fragment_or_trailing_dot(written):
    url = canonicalize(written)
    assume(url is not None)
    assert url.isascii()
    assert url.isprintable()
    assert " " not in url
    assert "#" not in url
    assert len(url) <= MAX_URL
    assert not host_of(url).endswith(".")
    assert host_of(url) == host_of(url).lower()


@given(urls())
def test_host_and_authority_are_those_that_the_parser_finds(written):
    url = canonicalize(written)
    assume(url is not None)
    parsed = ada_url.URL(url)
    assert host_of(url) == parsed.hostname
    assert authority_of(url) == parsed.host
    assert has_credentials(url) == bool(parsed.username or parsed.password)


@given(st.text(max_size=60), st.none() | st.just("http://example.com/a/b"))
def test_no_text_makes_the_parser_raise(written, base):
    url = canonicalize(written, base)
    assert url is None or url.startswith(("http://", "https://"))


@pytest.mark.parametrize(
    "written", ["http://./x", "http://../127.0.0.1/", "http://.:80/a.example/"]
)
def test_a_host_of_dots_is_none_and_the_path_is_not_taken_for_one(written):
    assert canonicalize(written) is None


@pytest.mark.parametrize(
    ("written", "url"),
    [("..;sid=1/x", "http://a.example/x"), (".;sid=1", "http://a.example/b/"),
     ("%2e%2e;jsessionid=1/x;sid=2?y", "http://a.example/x?y")],
)  # fmt: skip
def test_a_dot_that_a_session_stood_behind_means_what_it_means_alone(written, url):
    assert canonicalize(written, "http://a.example/b/c") == url
    assert canonicalize(url) == url
