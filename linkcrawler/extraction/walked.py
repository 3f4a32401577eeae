"""A tree in, a serialisation of it out that no other tree has: node by node, and slowly.

For the few pages that `linkcrawler.extraction.markup` cannot take to pieces, and for the tests, which
hold the quick way to this one. Elements whose content would be read in another way are given another
name; what stands in scripts and styles loses its brackets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from selectolax.lexbor import LexborNode

from linkcrawler.extraction.markup import UNTOLD

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser

MUTE: Final = frozenset({"script", "style"})
"""Elements whose text is shown to nobody."""
VOID: Final = frozenset(
    {
        "area", "base", "basefont", "bgsound", "br", "col", "embed", "frame", "hr", "img", "input", "keygen",
        "link", "meta", "param", "source", "track", "wbr",
    }
)  # fmt: skip
"""Elements that have no end."""


def walked(tree: LexborHTMLParser) -> str:
    """Return ``tree`` in the form that `linkcrawler.extraction.markup.pieces_of` reads."""
    parts: list[str] = []
    node, parents = tree.root, list[LexborNode]()
    while node is not None:
        parts.append(_opening(node))
        if node.is_element_node and (child := node.first_child) is not None:
            parents.append(node)
            node = child
            continue
        parts.append(_closing(node))
        while node.next is None and parents:
            node = parents.pop()
            parts.append(_closing(node))
        node = node.next if parents else None
    return "".join(parts)


def _opening(node: LexborNode) -> str:
    if node.is_text_node:
        return _text_of(node)
    if not node.is_element_node:
        is_mute = node.parent is not None and node.parent.tag in MUTE
        return "" if is_mute else "<!---->"  # words part there
    given = "".join(f' {name}="{quoted(value or "")}"' for name, value in node.attributes.items())
    # A frame's text is put behind it.
    return f"<{_name_of(node)}{given}>" + ("</iframe>" if node.tag == "iframe" else "")


def _closing(node: LexborNode) -> str:
    if not node.is_element_node or node.tag in VOID or node.tag == "iframe":
        return ""
    return f"</{_name_of(node)}>"


def _name_of(node: LexborNode) -> str:
    """Return a name under which a node's content is read as what it is."""
    tag = node.tag or ""
    if tag in MUTE:
        return tag if _holds_text_alone(node) else f"x-{tag}"
    return f"x-{tag}" if tag in UNTOLD or tag == "template" else tag


def _holds_text_alone(node: LexborNode) -> bool:
    return all(child.is_text_node for child in node.iter(include_text=True))


def _text_of(node: LexborNode) -> str:
    text, parent = node.text_content or "", node.parent
    if parent is None or parent.tag not in MUTE:
        return escaped(text)
    return text.replace("<", " ").replace(">", " ") if _holds_text_alone(parent) else ""


def escaped(text: str) -> str:
    """Return ``text`` as it stands between tags."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace("\xa0", "&nbsp;")


def quoted(value: str) -> str:
    """Return ``value`` as it stands in an attribute."""
    return escaped(value).replace('"', "&quot;")
