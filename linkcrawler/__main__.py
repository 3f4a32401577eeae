"""``python -m linkcrawler``: the same as the command ``linkcrawler``."""

from linkcrawler.cli import main

if __name__ == "__main__":
    main()
