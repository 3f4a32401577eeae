"""What the crawl may fetch: pure rules that return the reason of a refusal, or None."""
