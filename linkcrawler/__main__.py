"""The command ``linkcrawler``, and ``python -m linkcrawler``: what ends it early ends it in one line from the start."""

import sys


def main() -> None:
    """Load the command line and run it; an interrupt while it loads is told as one while it runs."""
    try:
        from linkcrawler.cli import main as run

        run()
    except KeyboardInterrupt:
        from linkcrawler.exceptions import EXIT_INTERRUPTED

        sys.stderr.write("linkcrawler: error: interrupted\n")
        sys.exit(EXIT_INTERRUPTED)


if __name__ == "__main__":
    main()
