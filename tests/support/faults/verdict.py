"""A result in, what is wrong with it out, as a text that names the point."""

from __future__ import annotations

DEADLINE = 5.0
"""Seconds in which an error of the disk must end a crawl."""


def wrong(result: dict) -> str:
    """Return what is wrong with the result of a point; empty for nothing."""
    found = list(result["problems"])
    found += [f"{result[name]} {name}" for name in ("lost", "twice", "orphans") if result[name]]
    mode = result["request"]["mode"]
    if mode in ("ENOSPC", "EIO"):
        found += _ending(result)
    elif result["code"] not in (-9, 0):
        found.append(f"ended with {result['code']}: {result['message']}")
    return f"{result['request']} {result['event']}: {'; '.join(found)}" if found else ""


def is_absorbed(result: dict) -> bool:
    """Whether SQLite kept an error to itself, as it does when it closes.

    What it then writes into the database is in its log all the same, until the next start; and it
    asks of no file whether closing it went well.
    """
    event = result["event"]
    is_quiet = event["operation"] == "close" or event["phase"] == "end"
    return result["code"] == 0 and event["by"] == "sqlite" and is_quiet


def _ending(result: dict) -> list[str]:
    if is_absorbed(result):
        return []
    if result["code"] != 6:
        return [f"ended with {result['code']}: {result['message']}"]
    found = []
    if not result["named"]:
        found.append(f"the error names no path in one line: {result['message']}")
    if result["seconds"] > DEADLINE:
        found.append(f"took {result['seconds']:.1f} s to end")
    if result["retried"]:
        found.append("a failed fsync was tried again")
    return found
