"""Every setting of the project and its default; which component runs at which position.

Settings of linkcrawler are named ``LINKCRAWLER_<AREA>_<WHAT>[_UNIT]``; 0 means no limit. Settings of
Scrapy mean what they mean everywhere. To add one: put it here with its unit, read it in the
component's ``from_crawler`` only, and describe it in ``docs/reference/settings.md``.
"""

from typing import Any, Final

from scrapy.settings import default_settings

BOT_NAME = "linkcrawler"
SPIDER_MODULES: Final = ["linkcrawler.spiders"]
NEWSPIDER_MODULE = "linkcrawler.spiders"
TWISTED_REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"

# Where the dataset goes; empty: data/crawls/<name made from the seeds>
LINKCRAWLER_DIR = ""
# Who answers for the crawl: a URL or mail address that goes into the user agent
LINKCRAWLER_CONTACT = ""

# Scope: which URLs may be fetched
LINKCRAWLER_SCOPE = (
    "discovered"  # or "seeds": only their domains, "co-linked": those linked to by several
)
LINKCRAWLER_SCOPE_CO_LINKS = 2  # domains that must link to one before it is fetched, if "co-linked"
LINKCRAWLER_SCOPE_HOPS = 2  # domains crossed from the nearest seed
LINKCRAWLER_SCOPE_DEPTH = 0  # links followed inside a site
LINKCRAWLER_SCOPE_INCLUDE: Final[list[str]] = []  # regular expressions, one of which must be found
LINKCRAWLER_SCOPE_EXCLUDE: Final[list[str]] = []  # regular expressions, none of which may be found
LINKCRAWLER_SCOPE_DECISIONS: Final[list[str]] = []  # a CSV of domains that are IN, OUT, UNDECIDED
LINKCRAWLER_SCOPE_NOFOLLOW = False  # crawl links that ask not to be followed too

# Niche: keywords, URLs of examples, files of either (@file); its domains come first
LINKCRAWLER_NICHE: Final[list[str]] = []

# Budget: how much is fetched
LINKCRAWLER_BUDGET_PAGES = 10_000  # in all, counted across resumes
LINKCRAWLER_BUDGET_PAGES_PER_DOMAIN = 50  # of one registered domain, counted across resumes
LINKCRAWLER_BUDGET_TIME_SECS = 0.0  # of one run
LINKCRAWLER_BUDGET_EARNED_PAGES = (
    0  # pages that each referring domain adds to a domain's, to 4 times
)
LINKCRAWLER_BUDGET_HOSTS_PER_DOMAIN = 100  # hosts of one registered domain that are asked
LINKCRAWLER_BUDGET_MB = 0  # MiB of bodies in all, counted across resumes
LINKCRAWLER_BUDGET_REST_PAGES = 0  # pages in a row without a new domain after which a domain rests
LINKCRAWLER_BUDGET_STABLE_TOP = (
    0  # domains at the top that, when they no longer move, end the crawl
)
LINKCRAWLER_TRAPS = True  # hold back what looks like a part of a site that never ends

# Guard: where the crawl may connect
LINKCRAWLER_GUARD_ALLOW: Final[list[str]] = []  # private addresses that are allowed, exactly
LINKCRAWLER_GUARD_PORTS: Final[list[int]] = [80, 443, 8080, 8443]  # ports that are asked
LINKCRAWLER_PROXY = ""  # an HTTP proxy that carries all traffic

# Manners beyond Scrapy's own settings below
LINKCRAWLER_MANNERS_ADDRESS_DELAY_SECS = 0.25  # between two requests to an IP address
LINKCRAWLER_MANNERS_OPT_OUT: Final[list[str]] = []  # domains that asked to be left alone

# robots.txt, and the sitemaps that it names
LINKCRAWLER_ROBOTS_CACHE_MB = 64  # MiB of memory for the rules of all sites
LINKCRAWLER_ROBOTS_CRAWL_DELAY_MAX_SECS = 60.0  # a longer Crawl-delay counts as this
LINKCRAWLER_SITEMAPS = False  # read sitemaps
LINKCRAWLER_SITEMAP_URLS = 10_000  # URLs taken from the sitemaps of one registered domain

# Names of hosts
LINKCRAWLER_DNS_NEGATIVE_SECS = 1800.0  # a name without address is left alone this long; 0: not

# Rendering: pages whose links are made by scripts
LINKCRAWLER_RENDER = "auto"  # or "off", "on": which pages run in a browser
LINKCRAWLER_RENDER_BROWSER = ""  # its program; empty: the first that is found
LINKCRAWLER_RENDER_SANDBOX = True  # run pages in the browser's sandbox, which root cannot
LINKCRAWLER_RENDER_PAGES = 4  # pages in the browser at the same time
LINKCRAWLER_RENDER_SECS = 10.0  # for loading one page; what is there by then counts
LINKCRAWLER_RENDER_MEMORY_MB = 512  # MiB that a page may take
LINKCRAWLER_RENDER_TRAFFIC_MB = 32  # MiB that may be loaded for a page
LINKCRAWLER_RENDER_RECYCLE_PAGES = 200  # pages after which the browser is renewed

# Processes and disk
LINKCRAWLER_WORKERS = 1  # processes that fetch; each has CONCURRENT_REQUESTS
LINKCRAWLER_DISK_RESERVE_MB = 512  # MiB free on the folder's disk below which the crawl stops

# Frontier and dataset
LINKCRAWLER_FRONTIER_ORDER = "referrers"  # or "pagerank", "breadth-first": what is fetched first
LINKCRAWLER_FRONTIER_COMMIT_PAGES = 16  # pages in one transaction at the most
LINKCRAWLER_FRONTIER_COMMIT_SECS = 0.1  # longest wait of a page for its transaction
LINKCRAWLER_FRONTIER_STOP_SECS = 5.0  # what is in flight at an interrupt gets this long
LINKCRAWLER_DATASET_PART_LINKS = 100_000  # link rows in a raw part
LINKCRAWLER_DATASET_PART_SECS = 60.0  # a raw part is written at least this often
LINKCRAWLER_DATASET_LINKS_PER_PAGE = 6000  # links kept of a page; the true count is kept too

# Politeness and manners, by Scrapy's own names
USER_AGENT = ""  # empty: linkcrawler/<version>, with the contact where there is one
ROBOTSTXT_OBEY = True
DOWNLOAD_DELAY = 1.0
DOWNLOAD_DELAY_JITTER = 0.0
CONCURRENT_REQUESTS = 64
CONCURRENT_REQUESTS_PER_DOMAIN = 1
CONCURRENT_ITEMS = 1  # a page is one; Scrapy starts as many tasks for each answer as are allowed
RETRY_TIMES = 2
COOKIES_ENABLED = False
REFERRER_POLICY = "no-referrer"
DEFAULT_REQUEST_HEADERS: Final = {
    "Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.1",
    "Accept-Language": "*",
}

# Bounds of one answer
DOWNLOAD_TIMEOUT = 60
DOWNLOAD_MAXSIZE = 10 * 2**20
DOWNLOAD_WARNSIZE = 0
LINKCRAWLER_READ_SECS = 5.0  # for the tree of one page; after it the page is read from its tags
SCRAPER_SLOT_MAX_ACTIVE_SIZE = 32 * 2**20  # bodies being read; above it nothing new is sent
DNS_TIMEOUT = 10
REACTOR_THREADPOOL_MAXSIZE = 64  # name look-ups run on these threads

# The safe profile: nothing that listens, runs code, keeps state elsewhere or hides an answer
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False
REDIRECT_ENABLED = False  # each hop is a URL of the frontier
METAREFRESH_ENABLED = False
RETRY_ENABLED = False  # the frontier tries again
HTTPPROXY_ENABLED = False  # the environment's proxy is not asked for
HTTPERROR_ALLOW_ALL = True  # an error page is an outcome
DEPTH_STATS_VERBOSE = False
DUPEFILTER_CLASS = "scrapy.dupefilters.BaseDupeFilter"
SCHEDULER = "linkcrawler.frontier.scheduler.FrontierScheduler"
TWISTED_DNS_RESOLVER = "linkcrawler.resolver.GuardedResolver"
DOWNLOAD_HANDLERS: Final[dict[str, Any]] = {
    "http": "linkcrawler.handler.CrawlDownloadHandler",
    "https": "linkcrawler.handler.CrawlDownloadHandler",
    "file": None,
    "data": None,
    "ftp": None,
    "s3": None,
}
DOWNLOADER_MIDDLEWARES: Final[dict[str, Any]] = {
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,
    "linkcrawler.middlewares.guard.GuardMiddleware": 50,
    "linkcrawler.middlewares.robots.RobotsMiddleware": 100,
    "linkcrawler.middlewares.codings.CodingsMiddleware": 590,
    "linkcrawler.middlewares.proxy.ProxyMiddleware": 750,
    "linkcrawler.middlewares.politeness.PolitenessMiddleware": 950,
}
SPIDER_MIDDLEWARES: Final[dict[str, Any]] = {
    # The frontier has its own limit on URLs and depth, that holds for every way to a URL.
    "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware": None,
    "scrapy.spidermiddlewares.depth.DepthMiddleware": None,
}
# Without one that is switched off above, as looking at it loads a whole web server.
EXTENSIONS_BASE: Final = {
    name: at
    for name, at in default_settings.EXTENSIONS_BASE.items()
    if name != "scrapy.extensions.remote_control.RemoteControl"
}
EXTENSIONS: Final[dict[str, Any]] = {
    "linkcrawler.extensions.crawllog.CrawlLog": 0,
    "linkcrawler.extensions.watch.CrawlWatch": 10,
    "linkcrawler.extensions.workers.WorkerPool": 20,
}
ITEM_PIPELINES: Final[dict[str, Any]] = {"pipelines.parquet.ParquetPipeline": 900}
LOG_LEVEL = "INFO"
