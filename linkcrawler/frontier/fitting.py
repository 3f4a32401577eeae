"""The domains of a worker that belong to the niche, which go before the others up to a share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkcrawler.policies.merit import ShareOutside, fits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from linkcrawler.frontier.agenda import Agenda
    from linkcrawler.frontier.domain import Domain
    from linkcrawler.frontier.limits import Limits
    from linkcrawler.policies.merit import Merit


class Fitting:
    """Says whether a domain outside of the niche has to wait.

    Args:
        limits: whether there is a niche.
        domains: those that the worker has, by id; read here.
        agendas: which of them wait, those that never answered and those that have; read here.
    """

    def __init__(
        self, limits: Limits, domains: Mapping[int, Domain], agendas: tuple[Agenda, Agenda]
    ) -> None:
        self._limits = limits
        self._domains = domains
        self._agendas = agendas
        self._share_outside = ShareOutside()
        self._fitting: set[int] = set()

    def holds_back(self, domain: Domain) -> bool:
        """Return whether ``domain``, whose turn it is, has to let domains of the niche go first.

        These wait for their turns or their answers. It bounds what a crawl spends outside of its niche
        because its domains are not to be asked faster. Breadth-first knows of no niche.
        """
        if not self._limits.order.is_by_worth:
            return False
        if not self._fitting or domain.id in self._fitting or self._share_outside.allows():
            return False
        return any(
            self._domains[one].leased or one in self._agendas[self._domains[one].is_proven]
            for one in self._fitting
        )

    def know(self, domain: Domain, merit: Merit) -> None:
        """Note what speaks for ``domain`` now."""
        domain.merit = merit
        if self._limits.has_niche and fits(merit):
            self._fitting.add(domain.id)
        else:
            self._fitting.discard(domain.id)

    def forget(self, domain: Domain) -> None:
        """Note that ``domain`` has left."""
        self._fitting.discard(domain.id)

    def count(self, domain: Domain) -> None:
        """Note that a URL of ``domain`` was handed out."""
        self._share_outside.count(is_outside=domain.id not in self._fitting)
