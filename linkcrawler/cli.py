"""The command ``linkcrawler``: finds the packages' commands, runs one, says errors in one line.

Commands are found by entry point (group ``linkcrawler.commands``), so that this package needs to
know neither the dataset nor the analysis, and others can add commands.
"""

from __future__ import annotations

import gc
import signal
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import typer

from linkcrawler.exceptions import EXIT_INTERRUPTED, LinkCrawlerError

if TYPE_CHECKING:
    from collections.abc import Sequence

GROUP: Final = "linkcrawler.commands"
ORDER: Final = (
    "demo",
    "crawl",
    "status",
    "rank",
    "profile",
    "explain",
    "report",
    "export",
    "check",
)
"""Order in the help; commands of others follow by name."""


def own_packages_first() -> None:
    """Make ``pipelines`` and ``analysis`` mean ours, whatever the folder started from holds."""
    home = str(Path(__file__).resolve().parent.parent)
    if sys.path[0] != home:
        sys.path.insert(0, home)


def build_app() -> typer.Typer:
    """Return the command line with every command found."""
    app = typer.Typer(
        name="linkcrawler",
        no_args_is_help=True,
        add_completion=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        help="From a handful of seed sites to an authority ranking of their niche.",
    )
    app.callback(invoke_without_command=True)(_root)
    found = {point.name: point for point in entry_points(group=GROUP)}
    for name in sorted(found, key=lambda name: (ORDER.index(name) if name in ORDER else 99, name)):
        app.command(name)(found[name].load())
    return app


def _root(
    context: typer.Context,
    version: bool = typer.Option(False, "--version", help="Print the version and leave."),
) -> None:
    if version:
        from linkcrawler.agent import tool_version

        typer.echo(tool_version())
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code. Errors of ours go to stderr as one line."""
    own_packages_first()
    try:
        result: Any = build_app()(
            args=list(arguments) if arguments is not None else None, standalone_mode=False
        )
    except LinkCrawlerError as error:
        return _say(str(error), error.exit_code)
    except KeyboardInterrupt:
        return _say("interrupted", EXIT_INTERRUPTED)
    except BrokenPipeError:
        return _broken_pipe()
    except Exception as error:  # what typer raises for misuse; everything else is shown whole
        # Typer's word for an interrupt, and what Python makes of one while it makes a class.
        if type(error).__name__ == "Abort" or isinstance(error.__cause__, KeyboardInterrupt):
            return _say("interrupted", EXIT_INTERRUPTED)
        code = getattr(error, "exit_code", None)
        if code is None:
            raise
        show = getattr(error, "show", None)
        if show is not None:
            show()
        return int(code)
    return result if isinstance(result, int) else 0


def _say(message: str, code: int) -> int:
    from linkcrawler.plain import one_line

    line = one_line(" ".join(message.split()))
    sys.stderr.write(f"linkcrawler: error: {line}\n")
    return code


def _broken_pipe() -> int:
    """End quietly where the reader of our output has gone, as ``head`` does."""
    sys.stderr.close()
    return 0


def _interrupt(number: int, frame: object) -> None:
    """Let a signal to end do what Ctrl-C does, until a crawl listens for both itself."""
    raise KeyboardInterrupt


def main() -> None:
    """Run the command line and leave with its exit code."""
    from linkcrawler.memory import spare_collector
    from linkcrawler.plain import plain_streams

    plain_streams()
    signal.signal(signal.SIGTERM, _interrupt)
    spare_collector()  # what starting up makes stays
    code = run()
    gc.freeze()  # what is left goes with the process: looking through it takes as long as starting up
    sys.exit(code)
