"""Every step that a crawl makes the disk take, as an event that may kill, fail or cut the power."""
