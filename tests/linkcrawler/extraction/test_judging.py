"""What a page must show to be judged by a niche."""

from __future__ import annotations

import pytest

from linkcrawler.extraction.elements import PageHeaders
from linkcrawler.extraction.reading import Document, read
from linkcrawler.policies.niche import Niche
from linkcrawler.policies.relevance import Relevance

UNKNOWN = -1.0


def relevance_of(html):
    document = Document(
        html.encode(), "text/html", "http://a.example/", PageHeaders(), "linkcrawler", 100
    )
    return read(document, relevance=Relevance(Niche(("mail server",)))).facts.relevance


SHELLS = {
    "nothing": "",
    "empty": "<title>App</title><div id=root></div><script src=/app.js></script>",
    "react": "<noscript>You need to enable JavaScript to run this app.</noscript><div id=root></div>",
    "vue": "<noscript><strong>We're sorry but the app doesn't work properly without JavaScript enabled. "
    "Please enable it to continue.</strong></noscript><div id=app></div>",
    "frames": "<title>Home</title><frameset><frame src=/menu><frame src=/main></frameset>",
}


@pytest.mark.parametrize("name", SHELLS)
def test_a_page_whose_scripts_did_not_run_is_not_judged(name):
    """Else a site of which no more pages are rendered would be outside of a niche for that alone."""
    assert relevance_of(SHELLS[name]) == UNKNOWN


@pytest.mark.parametrize(
    "html",
    [
        "<p>" + "flowers and beds of the garden " * 5,
        "<h1>Our garden</h1><div id=app></div>",
        "<p>See <a href=/roses>roses</a>",
    ],
)
def test_a_page_that_says_something_is_judged_by_it(html):
    assert relevance_of(html) == 0


def test_a_shell_is_judged_by_what_fits():
    assert relevance_of("<title>A mail server</title><div id=app></div>") > 0.3
    assert relevance_of("<p>Run a mail server.") > 0.1
