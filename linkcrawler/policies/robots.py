"""A robots.txt in, whether this crawler may fetch a URL out (RFC 9309)."""

from __future__ import annotations

import re
from typing import Final

from protego import Protego

_TOKEN: Final = re.compile(r"[A-Za-z_-]+|\*")
_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_RULES: Final = ("allow", "disallow")


class RobotsRules:
    """The rules of one site for one crawler.

    Args:
        text: its robots.txt; empty allows everything.
        agent: the crawler's product token.
        refusal: why nothing may be fetched, whatever the text says, or empty.
    """

    def __init__(self, text: str = "", agent: str = "*", refusal: str = "") -> None:
        rules = rules_for(text, agent)
        self._rules = Protego.parse("User-agent: *\n" + "\n".join(rules)) if rules else None
        self.refusal = refusal

    def reject_reason(self, url: str) -> str | None:
        r"""Return why ``url`` may not be fetched, or None.

        >>> RobotsRules("User-agent: *\nDisallow: /a", "bot").reject_reason("http://x.example/ab")
        'disallowed'
        """
        if self.refusal:
            return self.refusal
        if self._rules is None or self._rules.can_fetch(url, "*"):
            return None
        return "disallowed"


def rules_for(text: str, agent: str) -> list[str]:
    r"""Return the allow and disallow lines that apply to ``agent``.

    Those of all groups that name its product token, whole and in any case (2.2.1), or of the groups
    for ``*`` where none does. Other records do not split groups (2.2.4).

    >>> rules_for("User-agent: a\nUser-agent: bot/2\nDisallow: /x\n\nUser-agent: *\nAllow: /", "Bot")
    ['disallow: /x']
    >>> rules_for("User-agent: bo\nDisallow: /", "bot")
    []
    """
    groups: dict[str, list[str]] = {}
    agents: list[str] = []
    has_rules = True
    for line in _LINE_END.split(text):
        key, colon, value = line.partition("#")[0].partition(":")
        key, value = key.strip().lower(), value.strip()
        if key == "user-agent" and colon:
            if has_rules:
                agents, has_rules = [], False
            found = _TOKEN.match(value)
            agents.append(found.group().lower() if found else "")
            groups.setdefault(agents[-1], [])
        elif key in _RULES and colon:
            has_rules = True
            for name in set(agents):
                groups[name].append(f"{key}: {value}")
    mine = groups.get(agent.lower())
    return groups.get("*", []) if mine is None else mine
