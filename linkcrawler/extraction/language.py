"""The text of a page that names no language in, its language out, where the extra ``lang`` is installed.

The detector (py3langid) is loaded with this module, before a crawl has begun: that takes half a second.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

MIN_TEXT: Final = 64
"""Characters of text below which nothing is guessed."""
MAX_TEXT: Final = 400
"""Characters that are looked at: more take longer, and tell no more."""


def _loaded() -> Callable[[str], tuple[str, float]] | None:
    """Return the detector, ready; None where it is not installed."""
    try:
        from py3langid import classify  # type: ignore[import-not-found]
    except ImportError:
        return None
    classify("ready")
    found: Callable[[str], tuple[str, float]] = classify
    return found


_classify = _loaded()


def guessed_language(text: str) -> str | None:
    """Return the ISO 639-1 code of the language that ``text`` is probably in, or None."""
    if _classify is None or len(text) < MIN_TEXT:
        return None
    return _classify(text[:MAX_TEXT])[0]
