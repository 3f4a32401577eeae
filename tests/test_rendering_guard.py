"""Pages that run in a real browser, in a network where every address answers: none inside is reached."""

from __future__ import annotations

import json

import pytest
from support.browser import browser_or_skip
from support.closed_net import crawl
from support.crawling import rows
from support.spellings import corpus

pytestmark = pytest.mark.browser

OPTIONS = (
    "--delay", "0", "--hops", "0", "--max-pages-per-domain", "0", "--quiet", "--js", "on",
    "-s", "LINKCRAWLER_MANNERS_ADDRESS_DELAY_SECS=0", "-s", "RETRY_TIMES=0",
    "-s", "CONCURRENT_REQUESTS_PER_DOMAIN=4", "-s", "LINKCRAWLER_RENDER_SECS=6", "-s", "STATS_DUMP=True",
    "-s", "LINKCRAWLER_RENDER_SANDBOX=no",
)  # fmt: skip
POSITIONS = {
    "script": "add('script', {src: URL})",
    "module": "import(URL).catch(() => 0)",
    "style": "add('link', {rel: 'stylesheet', href: URL})",
    "image": "add('img', {src: URL})",
    "embed": "add('embed', {src: URL, type: 'text/html'})",
    "object": "add('object', {data: URL, type: 'text/html'})",
    "iframe": "add('iframe', {src: URL})",
    "srcdoc": "add('iframe', {srcdoc: `<iframe src='${URL}'></iframe>`})",
    "video": "add('video', {src: URL, preload: 'auto'})",
    "preconnect": "add('link', {rel: 'preconnect', href: URL.replace('http:', 'https:')})",
    "prefetch": "add('link', {rel: 'prefetch', href: URL})",
    "fetch": "fetch(URL, {mode: 'no-cors'}).catch(() => 0)",
    "xhr": "const x = new XMLHttpRequest(); x.open('GET', URL); x.send()",
    "beacon": "navigator.sendBeacon(URL, 'x')",
    "events": "new EventSource(URL)",
    "socket": "new WebSocket(URL.replace('http:', 'ws:'))",
    "worker": "new Worker('data:text/javascript,' + encodeURIComponent(`fetch('${URL}', {mode: 'no-cors'})`))",
    "form": "const f = add('form', {action: URL, method: 'post', target: add('iframe', {name: 'f'}).name}); f.submit()",
    "popup": "window.open(URL)",
    "location": "setTimeout(() => { location.href = URL }, 500)",
}
"""How a script asks for a URL."""
NEVER_ASKED = {"image", "video", "beacon", "popup", "location", "preconnect"}
"""Positions that the browser asks nobody for, whatever the guard would say."""
UDP = (
    "const p = new RTCPeerConnection({iceServers: [{urls: 'stun:10.0.0.99:3478'}]});"
    "p.createDataChannel('x'); p.createOffer().then((o) => p.setLocalDescription(o));"
    "try { new WebTransport('https://10.0.0.99:8443/').ready.catch(() => 0) } catch {}"
)
FOR_ALL = {"Access-Control-Allow-Origin": "*"}
START = "http://start.example/"


def script(*statements: str) -> str:
    """A page that runs ``statements``, whatever becomes of each."""
    body = "".join(f"try {{ {statement} }} catch {{}}\n" for statement in statements)
    add = (
        "const add = (tag, given) => { const e = document.createElement(tag);"
        "for (const k in given) e.setAttribute(k, given[k]); document.body.append(e);"
        "return Object.assign(e, {name: given.name}) };"
    )
    return f"<!doctype html><body><script>{add}\n{body}</script><p><a href='/end'>end</a>"


def at(position: str, url: str) -> str:
    return POSITIONS[position].replace("URL", json.dumps(url))


def probes() -> dict:
    """Pages that ask for an address of its own at each position, directly and by a redirect."""
    direct = [at(how, f"http://10.0.{n}.1/") for n, how in enumerate(POSITIONS)]
    moved = [at(how, f"http://moved{n}.example/") for n, how in enumerate(POSITIONS)]
    hops = {
        f"http://moved{n}.example/": [302, {"Location": f"http://10.1.{n}.1/", **FOR_ALL}, ""]
        for n in range(len(POSITIONS))
    }
    pages = {
        f"{START}direct": [200, {}, script(*direct)],
        f"{START}moved": [200, {}, script(*moved)],
        f"{START}udp": [200, {}, script(UDP)],
    }
    return pages | hops


def spelled() -> dict:
    """Pages that fetch every spelling, as many as a page may connect to."""
    urls = [url for url in corpus("fetch") if "\n" not in url]
    return {
        f"{START}spelled{n}": [200, {}, script(*(at("fetch", url) for url in urls[n : n + 200]))]
        for n in range(0, len(urls), 200)
    }


def rebinding() -> dict:
    """Pages that ask names that change their mind, over and over."""
    hosts = [
        f"{kind}-{n}.example"
        for n in range(8)
        for kind in ("flip", "late", "mixed", "first", "aaaa", "mapped")
    ]
    asked = [
        at(how, f"http://{host}/{how}{n}")
        for host in hosts
        for how in ("fetch", "socket")
        for n in range(2)
    ]
    return {f"{START}rebinding": [200, {"Connection": "close"}, script(*asked)]}


def run(tmp_path, web: dict, **how):
    links = "".join(f'<p><a href="{url}">x</a>' for url in web if url.startswith(START))
    web |= {START: [200, {}, links]}
    browser_or_skip()
    done = crawl(web, tmp_path / "net", "crawl", START, "--out", tmp_path / "c", *OPTIONS,
                 "-s", f"LINKCRAWLER_RENDER_BROWSER={browser_or_skip()}", **how)  # fmt: skip
    assert done.code == 0, done.err
    return done


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("guarded")
    return folder, run(
        folder,
        probes() | spelled() | rebinding(),
    )


def test_nothing_inside_is_reached_from_any_position(guarded):
    folder, done = guarded
    assert done.reached == {}
    found = {row["url"]: row for row in rows(folder / "c", "pages")}
    ran = [row for url, row in found.items() if url.startswith(START)]
    assert len(ran) > 7, ran
    assert {row["render_reason"] for row in ran if row["outcome"] == "ok"} == {"always"}


def test_what_the_browser_asks_for_on_its_own_account_does_not_leave_the_machine(guarded):
    folder, done = guarded
    stats = (folder / "c" / "crawl.log").read_text()
    assert "linkcrawler/render/refused/address'" in stats
    assert "linkcrawler/render/refused/address:private'" in stats
    # Chromium asks its maker for updates and accounts whatever it is told; here nobody hears of it.
    asked = [*done.lookups, *done.requests]
    assert not [name for name in asked if "google" in name and "metadata.google" not in name]


def test_public_addresses_are_asked_for_all_the_same(guarded):
    _, done = guarded
    asked = {how for n, how in enumerate(POSITIONS) if f"http://moved{n}.example/" in done.requests}
    # The crawl itself follows the navigation, as a link.
    assert asked - {"location"} == set(POSITIONS) - NEVER_ASKED
    names = {name.partition("-")[0] for name in done.lookups}
    assert {"flip", "late", "mixed", "first", "aaaa", "mapped"} <= names


def test_without_the_guard_every_position_reaches_inside(tmp_path):
    done = run(tmp_path, probes(), off="gate,resolver,connection")
    reached = {place.partition(" ")[0] for place in done.reached}
    live = {how for n, how in enumerate(POSITIONS) if f"10.0.{n}.1" in reached}
    assert live - {"location"} == set(POSITIONS) - NEVER_ASKED


def test_without_the_proxy_the_browser_would_send_datagrams(tmp_path):
    done = run(tmp_path, {f"{START}udp": [200, {}, script(UDP)]}, off="browser")
    assert done.reached.get("udp 3478"), done.reached
