"""THE CRAWL: seed URLs in, Page items out. Knows Scrapy; knows neither Parquet nor graphs."""
