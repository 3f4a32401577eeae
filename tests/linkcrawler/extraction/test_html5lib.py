"""Links of pages with broken markup: those of the tree that html5lib's tests say a browser builds.

Each case is markup and its tree. Few of them have links that lead somewhere, so elements that could
are given a target first, in the markup and in the tree alike: an attribute changes no tree.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from linkcrawler.extraction.text import clean_text
from linkcrawler.urls.canonical import canonicalize

URL = "http://site.example/dir/page"
GIVEN = {"href": "/given", "src": "/given", "rel": "next"}
LEADING = re.compile(
    r"<(a|area|iframe|frame|link)(?=[\s/>])(?![^>]*\b(?:href|src)\s*=)", re.IGNORECASE
)
_ELEMENT = re.compile(r"<(?:(svg|math) )?([^>]*)>")
_ATTRIBUTE = re.compile(r'(?:(xlink|xml|xmlns) )?([^\s"=]+)="(.*)"', re.DOTALL)


@dataclass
class Node:
    """An element of an expected tree."""

    name: str
    space: str = ""
    parent: Node | None = None
    given: dict[str, str] = field(default_factory=dict)
    children: list[Node | str] = field(default_factory=list)

    def walk(self):
        yield self
        for child in self.children:
            if isinstance(child, Node) and child.name != "#content":
                yield from child.walk()

    def text(self):
        if self.name in ("script", "style"):
            return ""
        return "".join(c if isinstance(c, str) else c.text() for c in self.children)

    def is_inside(self, name):
        return self.parent is not None and (self.parent.name == name or self.parent.is_inside(name))


def cases_of(text):
    """Yield markup and expected tree of the documents of a file; fragments are no pages."""
    for case in ("\n" + text).split("\n#data\n")[1:]:
        parts = re.split(
            r"\n?#(errors|new-errors|document|document-fragment|script-on|script-off)\n", case
        )
        named = dict(zip(parts[1::2], parts[2::2], strict=True))
        # A crawler runs no scripts: what stands in noscript is markup to it.
        if "document-fragment" not in named and "script-on" not in named:
            yield parts[0], named["document"]


def tree_of(dump):
    """Return the root of a tree as html5lib writes it."""
    root = Node("#document")
    open_nodes = [root]
    for line in re.findall(r"^\| ( *)((?:.|\n(?!\| |$))*)", dump.rstrip("\n") + "\n", re.MULTILINE):
        depth, content = len(line[0]) // 2, line[1]
        del open_nodes[depth + 1 :]
        parent = open_nodes[-1]
        if content.startswith('"'):
            parent.children.append(content[1:].rstrip("\n").removesuffix('"'))
        elif content == "content":
            open_nodes.append(Node("#content", parent=parent))
        elif (found := _ELEMENT.fullmatch(content)) and not content.startswith(("<!", "<?")):
            node = Node(found[2], found[1] or "", parent)
            parent.children.append(node)
            open_nodes.append(node)
        elif found := _ATTRIBUTE.fullmatch(content):
            parent.given[found[2]] = found[3]
    return root


def expected_links(root):
    """The links that a browser offers or loads, with the text of anchors."""
    nodes = list(root.walk())
    base = next(
        (n.given["href"] for n in nodes if (n.name, n.space) == ("base", "") and "href" in n.given),
        "",
    )
    base = canonicalize(base, URL) or URL
    for node in nodes:
        target = target_of(node)
        url = canonicalize(target, base) if target is not None else None
        if url:
            kind = node.name
            text = clean_text(node.text()) if kind == "a" else ""
            yield kind, url, text


def target_of(node):
    given = node.given if {"href", "src"} & node.given.keys() else node.given | GIVEN
    if node.space == "math" or (node.space == "svg" and node.name != "a"):
        return None
    if node.name in ("a", "area"):
        return given.get("href")
    if node.name in ("iframe", "frame"):
        return None if "srcdoc" in given or node.is_inside("noscript") else given.get("src")
    return given.get("href") if node.name == "link" and given.get("rel") == "next" else None


FILES = [
    "adoption01", "adoption02", "blocks", "comments01", "doctype01", "domjs-unsafe", "entities01", "entities02",
    "html5test-com", "inbody01", "isindex", "main-element", "math", "menuitem-element",
    "namespace-sensitivity", "noscript01", "pending-spec-changes", "pending-spec-changes-plain-text-unsafe",
    "plain-text-unsafe", "quirks01", "ruby", "scriptdata01", "search-element", "svg", "tables01", "template",
    *(f"tests{n}" for n in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26)),
    "tests_innerHTML_1", "tricky01", "void-in-phrasing", "webkit01", "webkit02",
]  # fmt: skip


def test_links_are_those_of_the_tree_that_a_browser_builds(suite, read):
    attributes = " ".join(f"{name}={value}" for name, value in GIVEN.items())
    asked = links = 0
    wrong = {}
    for name in FILES:
        text = suite(f"html5lib/{name}.dat").read_text("utf-8")
        for data, dump in cases_of(text):
            wanted = list(expected_links(tree_of(dump)))
            markup = LEADING.sub(rf"<\1 {attributes}", data)
            found = [
                (link.kind, link.target, (link.anchor or "") if link.kind == "a" else "")
                for link in read(markup, url=URL).links
                if link.kind in ("a", "area", "iframe", "frame", "link")
            ]
            asked += 1
            links += len(wanted)
            if found != wanted:
                wrong[data] = (found, wanted)
    assert wrong == {}
    assert (asked, links) == (1592, 164)
