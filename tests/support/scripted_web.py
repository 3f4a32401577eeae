"""Sites whose links are made by scripts, and which links each page holds before and after they ran."""

from __future__ import annotations

import json

from linkcrawler.loopback import Answer

PLAIN = "http://plain.example"
BLOG = "http://blog.example"
POSTS = 25
ENTRIES = [
    {"href": "/entry/1", "text": "One"},
    {"href": "http://other.example/", "text": "Two", "rel": "nofollow"},
    {"href": "/entry/3", "text": "Three"},
]

_ADD = """
const add = (href, given) => {
  const a = document.createElement("a");
  a.href = href; a.textContent = "to " + href; Object.assign(a, given);
  document.body.append(a, " ");
  return a;
};
"""


def script(text: str) -> Answer:
    return Answer(body=text.encode(), headers=(("Content-Type", "text/javascript"),))


def data(value: object) -> Answer:
    return Answer(body=json.dumps(value).encode(), headers=(("Content-Type", "application/json"),))


def html(body: str, head: str = "") -> str:
    return f"<!doctype html><html><head>{head}</head><body>{body}</body></html>"


def running(code: str, body: str = "") -> str:
    """A page that holds ``body`` and runs ``code``."""
    return html(f"{body}<script>{_ADD}{code}</script>")


_WHERE = f"""
class Trees extends HTMLElement {{
  constructor() {{
    super();
    this.attachShadow({{mode: "open"}}).innerHTML = "<p><a href='/open'>open</a><slot></slot></p>";
  }}
}}
class Closed extends HTMLElement {{
  constructor() {{ super(); this.attachShadow({{mode: "closed"}}).innerHTML = "<a href='/closed'>c</a>"; }}
}}
customElements.define("x-trees", Trees);
customElements.define("x-closed", Closed);
document.body.insertAdjacentHTML("beforeend", "<x-trees><a href='/slotted'>s</a></x-trees><x-closed></x-closed>");
add("{PLAIN}/last");
"""

BEHAVIOURS: dict[str, tuple[str | Answer, set[str], set[str]]] = {
    "fetched": (
        html('<div id="app"></div><script src="/entries.js"></script>'),
        set(),
        {f"{PLAIN}/entry/1", "http://other.example/", f"{PLAIN}/entry/3"},
    ),
    "written": (
        running("document.write('<p><a href=/written/1>x</a>'); add('/written/2')"),
        set(),
        {f"{PLAIN}/written/1", f"{PLAIN}/written/2"},
    ),
    "trees": (
        running(_WHERE),
        set(),
        {f"{PLAIN}/open", f"{PLAIN}/slotted", f"{PLAIN}/last"},
    ),
    "moved": (  # relative links resolve against the address that the page has given itself
        running("history.pushState(null, '', '/deep/er/'); add('x'); add('/y')"),
        set(),
        {f"{PLAIN}/deep/er/x", f"{PLAIN}/y"},
    ),
    "legacy": (  # queries are sent in the page's charset before as after
        Answer(
            body=running("add('?\\u00e8')", "<a href='?\u00e9'>1</a>").encode("latin-1"),
            headers=(("Content-Type", "text/html; charset=iso-8859-1"),),
        ),
        {f"{PLAIN}/legacy?%E9"},
        {f"{PLAIN}/legacy?%E8"},
    ),
    "leaves": (
        running("add('/before'); location.replace('http://other.example/landing')"),
        set(),
        {f"{PLAIN}/before", "http://other.example/landing"},
    ),
    "framed": (
        running(
            "document.body.insertAdjacentHTML('beforeend', `<iframe src='/frame'></iframe>"
            "<template><a href='/t'>t</a></template><svg><a href='/svg'><text>s</text></a></svg>`)"
        ),
        set(),
        {f"{PLAIN}/frame", f"{PLAIN}/svg"},
    ),
    "changed": (  # what scripts remove stays, a second link to a target is one more
        running(
            "document.querySelector('a').remove(); add('/stays'); add('/new')",
            "<p><a href='/goes'>goes</a> <a href='/stays'>stays</a></p>",
        ),
        {f"{PLAIN}/goes", f"{PLAIN}/stays"},
        {f"{PLAIN}/stays", f"{PLAIN}/new"},
    ),
    "unseen": (  # links that need somebody to click, to scroll or to wait
        running(
            "const b = document.createElement('button'); b.onclick = () => add('/clicked');"
            "document.body.append(b);"
            "const end = document.createElement('div'); end.style.marginTop = '9000px';"
            "document.body.append(end);"
            "new IntersectionObserver(([e]) => e.isIntersecting && add('/scrolled')).observe(end);"
            "setTimeout(() => add('/waited'), 60000); add('/seen')"
        ),
        set(),
        {f"{PLAIN}/seen"},
    ),
    "named": (  # elements whose names are those of what a document or a form has anyway
        running(
            "add('/beside'); document.forms[0].append(add('/within'))",
            "<form><input name='attributes'><input name='nodeType'><input name='lastChild'></form>"
            "<img name='documentElement'><img name='baseURI'>",
        ),
        set(),
        {f"{PLAIN}/beside", f"{PLAIN}/within"},
    ),
    "dull": (
        running("document.body.append('only text, ' + navigator.userAgent)"),
        set(),
        set(),
    ),
}
"""Name of a page: its HTML, the targets that it links to before its scripts ran, those added after."""

_ENTRIES_JS = (
    _ADD + "fetch('/entries.json').then((r) => r.json()).then((found) => {"
    "for (const { href, rel } of found) add(href, { rel: rel || '' });"
    "document.title = 'made by a script'; document.documentElement.lang = 'eo' })"
)


def behaviours() -> dict:
    """A site whose pages each do one thing; its home page links to them and holds no script."""
    pages = {f"{PLAIN}/{name}": page for name, (page, _, _) in BEHAVIOURS.items()}
    links = "".join(f'<p><a href="{url}">x</a>' for url in pages)
    return pages | {
        f"{PLAIN}/": html(links),
        f"{PLAIN}/entries.js": script(_ENTRIES_JS),
        f"{PLAIN}/entries.json": data(ENTRIES),
    }


def shell(number: int = 0) -> str:
    """The page of a client-rendered site."""
    head = f"<title>loading {number}</title>"
    return html('<div id="app"></div><script src="/app.js"></script>', head)


def mixed(apps: dict[str, bytes]) -> dict:
    """A web of which few pages need a browser: a blog, one of whose pages does, and built sites.

    Args:
        apps: name and script of each built site.
    """
    web: dict = {}
    for name, bundle in apps.items():
        web[f"http://{name}.example/"] = shell()
        web[f"http://{name}.example/app.js"] = script(bundle.decode())
        web[f"http://{name}.example/entries.json"] = data(ENTRIES)
    counting = '<script src="/count.js"></script>'
    for n in range(POSTS):
        links = [f"/{n + 1}"] * (n + 1 < POSTS) + [f"http://{name}.example/" for name in apps]
        body = "".join(f'<p><a href="{link}">x</a>' for link in ["/archive", *links])
        web[f"{BLOG}/{n or ''}"] = html(body, f"<title>{n}</title>{counting if n == 3 else ''}")
    web[f"{BLOG}/archive"] = html('<script src="/entries.js"></script>')
    web[f"{BLOG}/entries.js"] = script(_ENTRIES_JS)
    web[f"{BLOG}/entries.json"] = data(ENTRIES)
    web[f"{BLOG}/count.js"] = script("document.documentElement.dataset.counted = 'yes'")
    return web
