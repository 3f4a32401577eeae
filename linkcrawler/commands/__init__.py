"""The command line of the crawl: parse, one call, print."""
