"""The spider: a response to one `Page`. It decides nothing and stores nothing."""

from __future__ import annotations

import logging
import math
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from scrapy import Spider, signals

from linkcrawler import resolver
from linkcrawler.agent import PRODUCT_TOKEN, product_token, user_agent
from linkcrawler.bodies import release
from linkcrawler.exceptions import LinkCrawlerError, StorageError, UsageError
from linkcrawler.failures import (
    RefusedByGuardError,
    RobotsDisallowedError,
    failure_reason,
    is_own_fault,
)
from linkcrawler.frontier.scheduler import LEASE
from linkcrawler.frontier.session import session_of
from linkcrawler.guard import must_be_scheduled
from linkcrawler.handler import DUE, StoppedError, cuttable
from linkcrawler.option_values import words
from linkcrawler.options import parsed_options, settle
from linkcrawler.page import Answer, Place, page_of, page_without_answer
from linkcrawler.plain import one_line
from linkcrawler.readers import PageReader
from linkcrawler.rendering.renderer import Renderer
from linkcrawler.seeds import read_seeds
from linkcrawler.sitemaps import SITEMAPS, SitemapReader, as_sitemap
from linkcrawler.urls.canonical import host_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from typing import Self

    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from twisted.python.failure import Failure

    from linkcrawler.extraction.reading import Document, Reading
    from linkcrawler.frontier.examples import Examples
    from linkcrawler.items import Page

logger = logging.getLogger(__name__)


class LinkSpider(Spider):
    """Crawls outward from the seeds; every other argument is one of `linkcrawler.options.OPTIONS`.

    Args:
        seeds: URLs, domains or ``@file``, as a list or with commas or white space between.
    """

    name = "links"
    reader: PageReader
    renderer: Renderer
    examples: Examples

    def __init__(self, seeds: Any = (), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.named_seeds = words(seeds)
        self.seeds = read_seeds(self.named_seeds)
        self.arguments = {"seeds": self.named_seeds, **kwargs}
        """What the spider was given, for further workers."""
        self.max_links = 0
        self.token = PRODUCT_TOKEN
        self.sitemap_reader = SitemapReader(0)
        self.is_verified = False
        self.has_others = False
        """Whether pages go through item pipelines of others, too."""
        self.allowed_hosts: list[str] = []

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        try:
            for setting, value in parsed_options(_without_seeds(kwargs)).items():
                crawler.settings.set(setting, value, priority="cmdline")
            spider = super().from_crawler(crawler, *args, **kwargs)
            must_be_scheduled(crawler.settings)
            settle(crawler.settings)
            session = session_of(crawler, spider)
        except UsageError as error:
            if getattr(crawler, "raise_usage_errors", False):
                raise
            # Under `scrapy crawl` there is nobody to catch it: say it in one line and leave.
            sys.stderr.write(f"scrapy crawl {cls.name}: error: {one_line(error)}\n")
            raise SystemExit(UsageError.exit_code) from None
        hosts = [host_of(session.plan.proxy).strip("[]")] if session.plan.proxy else []
        spider.allowed_hosts = [*session.scope.gate.allowed, *hosts]
        resolver.allow(spider.allowed_hosts)
        crawler.signals.connect(spider.take_back, signals.engine_stopped)
        spider._prepare(crawler)
        return spider

    def _prepare(self, crawler: Crawler) -> None:
        settings = crawler.settings
        examples = self.examples = session_of(crawler).examples
        self.reader = PageReader(
            crawler, settings.getfloat("LINKCRAWLER_READ_SECS"), lambda: examples.niche
        )
        self.renderer = Renderer(crawler, self.reader)
        crawler.signals.connect(self.reader.close, signals.engine_stopped)
        crawler.signals.connect(self.look_back, signals.spider_closed)
        pipelines = settings.getwithbase("ITEM_PIPELINES")
        self.has_others = sum(at is not None for at in pipelines.values()) > 1
        self.is_verified = settings.getbool("DOWNLOAD_VERIFY_CERTIFICATES")
        self.max_links = settings.getint("LINKCRAWLER_DATASET_LINKS_PER_PAGE")
        self.sitemap_reader = SitemapReader(settings.getint("LINKCRAWLER_SITEMAP_URLS"))
        if not settings["USER_AGENT"]:
            agent = user_agent(settings["LINKCRAWLER_CONTACT"])
            settings.set("USER_AGENT", agent, priority="spider")
            if not settings["LINKCRAWLER_CONTACT"]:
                logger.warning(
                    "No contact is set: say who answers for this crawl with "
                    "--contact <URL or mail address> (LINKCRAWLER_CONTACT)"
                )
        self.token = product_token(settings["USER_AGENT"])

    def look_back(self) -> None:
        """Say so where no example of the niche has taught anything."""
        if self.examples.gave_nothing:
            logger.warning(
                "No example of the niche could be read: nothing but keywords and files says what belongs to it"
            )

    def take_back(self) -> None:
        """Take back what this crawl was allowed to connect to, for others of the process."""
        resolver.forbid(self.allowed_hosts)

    async def start(self) -> AsyncIterator[Any]:
        """Yield nothing: the scheduler has put the seeds into the frontier."""
        for request in list[Any]():
            yield request

    async def parse(self, response: Response, **_: Any) -> AsyncIterator[Page]:
        """Yield the page of an answer; one that cannot be read is a failed page, never lost.

        Nothing where the crawl's end cut the reading off: the URL stays pending.
        """
        lease = response.meta.get(LEASE)
        if lease is None:  # a request of a subclass or middleware, not the frontier's
            return
        place = Place.of(lease)
        try:
            answer = Answer.of(response, place, self.max_links, self.token)
            answer = replace(answer, is_example=self.examples.wants(place.url))
            answer = as_sitemap(answer) if lease.row.sitemap else answer
            document = answer.document
            due = response.meta.get(DUE, math.inf)
            reading = await self._read(document, due) if document else None
            found = await self.renderer.render(answer, reading)
            self._learn(answer, found.reading)
            page = page_of(answer, found.reading, is_verified=self.is_verified)
            # Packed links are none of ItemAdapter's nested items.
            links = tuple(page.links) if self.has_others else page.links
            page = replace(
                page, rendered=found.is_rendered, render_reason=found.reason, links=links
            )
            if lease.row.sitemap:
                yield await self.sitemap_reader.read(page, response.body, lease)
            else:
                yield replace(page, sitemaps=response.meta.get(SITEMAPS, ()))
        except StoppedError:
            return
        except LinkCrawlerError as error:  # not this page's fault
            session_of(self.crawler).fail(error)
        except Exception as error:  # whatever a page holds, it must end in an outcome
            logger.exception("Cannot read %(url)s", {"url": place.url})
            yield page_without_answer(place, "failed", failure_reason(error))
        finally:
            release(response.request)

    def _learn(self, answer: Answer, reading: Reading | None) -> None:
        """Learn from an example of the niche, or where it redirects to.

        Raises:
            StorageError: the disk refused.
        """
        url = answer.place.url
        if answer.target is not None and answer.outcome == "redirect":
            self.examples.move(url, answer.target)
        elif answer.is_example and reading is not None and reading.facts.shown:
            self.examples.learn(url, reading.facts.shown)

    async def _read(self, document: Document, due: float) -> Reading | None:
        """Return what stands in a page, or None where it cannot be read.

        Raises:
            StoppedError: the crawl's end cut the reading off.
            LinkCrawlerError: no process can be started to read it.
        """
        reading = self.reader.read(document, due)
        return await cuttable(session_of(self.crawler), reading, document.url)

    def failed(self, failure: Failure) -> Iterator[Page]:
        """Yield the page of a URL that gave no answer; nothing where the crawl's end cut it off."""
        request = failure.request  # type: ignore[attr-defined]
        release(request)
        place = Place.of(request.meta[LEASE])
        error = failure.value or Exception("unknown")
        if isinstance(error, StoppedError):
            return
        if is_own_fault(error):
            self._fail_for_want_of_sockets(error)
            return
        if isinstance(error, RobotsDisallowedError):
            page = page_without_answer(place, "robots", error.reason)
            yield replace(page, sitemaps=failure.request.meta.get(SITEMAPS, ()))  # type: ignore[attr-defined]
        elif isinstance(error, RefusedByGuardError):
            yield page_without_answer(place, "excluded", error.reason)
        elif why := resolver.refusal(host_of(place.url)):
            yield page_without_answer(place, "excluded", f"address:{why}")
        else:
            reason = self._reason(error, place.url)
            logger.info("Failed (%(reason)s): %(url)s", {"reason": reason, "url": place.url})
            yield page_without_answer(place, "failed", reason, getattr(error, "retry_after", 0.0))

    def _reason(self, error: BaseException, url: str) -> str:
        """Return the word for a failure; who could not be reached is said as far as known."""
        reason = failure_reason(error)
        if reason == "refused" and session_of(self.crawler).plan.proxy:
            return "proxy"  # hosts are asked through it: it was the proxy that refused
        if reason == "dns" and resolver.is_unsure(host_of(url)):
            return "no_dns"
        return reason

    def _fail_for_want_of_sockets(self, error: BaseException) -> None:
        """End the crawl: every further URL would fail as this one did, which stays pending."""
        session_of(self.crawler).fail(
            StorageError(
                f"this machine can open no more connections ({error}): allow more open files "
                "(ulimit -n) or lower --concurrency, then run the same command again"
            )
        )


def _without_seeds(arguments: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if name != "seeds"}
