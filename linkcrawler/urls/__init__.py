"""What a URL is: its one canonical spelling, its host, its registered domain. No Scrapy here."""
