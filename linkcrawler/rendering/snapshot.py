"""A page in the browser in, its HTML after its scripts ran out.

Written by a script of ours in a world of its own, where the page's scripts can neither see nor change
anything: what it calls is the browser's, and is taken from its prototypes, because elements hide by their
names what forms and the document have. Open shadow trees are written in place of their elements, what
scripts, styles and templates hold is left out, and relative links get the base that holds now.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from playwright.async_api import Page

SERIALIZE: Final = r"""
(limit) => {
  const VOID = new Set(["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta",
                        "source", "track", "wbr", "frame", "param"]);
  const EMPTY = new Set(["script", "style", "noscript", "template", "iframe", "noembed", "noframes",
                         "xmp", "canvas", "object", "svg:style"]);
  const PASSED_OVER = new Set(["script", "style", "noscript", "template", "base", "plaintext"]);
  const UNUSED = /^(?:on|data-|style$|srcset$|d$|points$|nonce$|integrity$)/i;
  const NAME = /^[a-z][a-z0-9-]*$/i, ATTRIBUTE = /^[^\s"'<>\/=\0]+$/;
  const text = (s) => s.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  const value = (s) => s.replace(/&/g, "&amp;").replace(/"/g, "&quot;");
  const getter = (of, name) => {
    const { get } = Object.getOwnPropertyDescriptor(of.prototype, name);
    return (node) => get.call(node);
  };
  const typeOf = getter(Node, "nodeType"), lastOf = getter(Node, "lastChild");
  const beforeOf = getter(Node, "previousSibling"), baseOf = getter(Node, "baseURI");
  const nameOf = getter(Element, "localName"), attributesOf = getter(Element, "attributes");
  const shadowOf = getter(Element, "shadowRoot"), rootOf = getter(Document, "documentElement");
  const out = ["<!doctype html>"];
  let size = 0, cut = false;
  const write = (s) => { size += s.length; out.push(s); };
  const opened = (e, name) => {
    let tag = "<" + name;
    for (const a of attributesOf(e))
      if (ATTRIBUTE.test(a.name) && !UNUSED.test(a.name)) tag += ` ${a.name}="${value(a.value)}"`;
    return tag + ">";
  };
  const todo = [rootOf(document)];
  while (todo.length) {
    const next = todo.pop();
    if (typeof next === "string") { write(next); continue; }
    if (size > limit) { cut = true; break; }
    const type = typeOf(next);
    if (type === 3) { write(text(next.data)); continue; }
    if (type !== 1) continue;
    const local = nameOf(next);
    if (PASSED_OVER.has(local)) continue;
    const name = NAME.test(local) ? local : "span";
    write(opened(next, name));
    if (name === "head") write(`<base href="${value(baseOf(document))}">`);
    if (VOID.has(name)) continue;
    todo.push(`</${name}>`);
    if (EMPTY.has(name)) continue;
    for (let child = lastOf(next); child; child = beforeOf(child)) todo.push(child);
    const shadow = shadowOf(next);
    if (shadow) for (let child = lastOf(shadow); child; child = beforeOf(child)) todo.push(child);
  }
  return [out.join(""), cut];
}
"""
WORLD: Final = "linkcrawler"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a page held."""

    html: str
    is_cut: bool
    """It holds more than was asked for."""


async def take_snapshot(page: Page, limit: int, secs: float) -> Snapshot:
    """Return what ``page`` holds now.

    Args:
        page: a page with a document.
        limit: characters after which writing stops.
        secs: processor time that writing may take.

    Raises:
        playwright.async_api.Error: the page is gone, or took longer.
    """
    session = await page.context.new_cdp_session(page)
    tree = await session.send("Page.getFrameTree")
    world = await session.send(
        "Page.createIsolatedWorld",
        {"frameId": tree["frameTree"]["frame"]["id"], "worldName": WORLD},
    )
    answer: dict[str, Any] = await session.send(
        "Runtime.evaluate",
        {
            "expression": f"({SERIALIZE})({limit})",
            "contextId": world["executionContextId"],
            "returnByValue": True,
            "timeout": round(1000 * secs),
        },
    )
    html, is_cut = answer["result"]["value"]
    return Snapshot(html.encode("utf-8", "replace").decode(), is_cut)
