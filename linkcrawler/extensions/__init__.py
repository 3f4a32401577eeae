"""Components that watch the crawl: its log, its clock and its end."""
