"""Thin Scrapy components: each asks one policy and counts what it answers."""
