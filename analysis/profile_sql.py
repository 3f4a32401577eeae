"""The questions that a link profile asks, as SQL; each answer is one table of `analysis.profile`.

They read ``backlinks`` (links to the domain from others) and ``outlinks`` (links from it to others),
both of the kinds that vote; ``anchor_classes_of`` and ``subnets_of``, which Python filled; and the
dataset's ``pages``, ``domains`` and ``domain_edges``. In every table ``linking_domains`` counts the
other domains with any such link, ``ref_domains`` those with a followed one. Each says its order in
full, so that the same dataset gives the same rows.
"""

from __future__ import annotations

from typing import Final

from analysis.votes import VOTING_KINDS

_KINDS: Final = ", ".join(f"'{kind}'" for kind in VOTING_KINDS)

_COUNTED: Final = """
    count(DISTINCT source_domain) AS linking_domains,
    count(DISTINCT source_domain) FILTER (follow) AS ref_domains,
    count(*) AS backlinks,
    count(*) FILTER (follow) AS follow_backlinks"""

_WORDS: Final = """
    SELECT {other}, arg_min(anchor, (-times, anchor)) AS top_anchor
    FROM (SELECT {other}, anchor, count(*) AS times FROM {links}
          WHERE anchor <> '' GROUP BY ALL)
    GROUP BY {other}
"""
"""The words most used in links from or to each other domain."""

BACKLINKS: Final = f"""
CREATE TABLE backlinks AS
SELECT source, target, source_domain, coalesce(anchor, '') AS anchor, is_image, rel, follow,
    follow_cause, placement, fetched_at
FROM links
WHERE target_domain = $domain AND source_domain <> $domain AND kind IN ({_KINDS})
"""  # noqa: S608 -- only constants of this module are put in

OUTLINKS: Final = f"""
CREATE TABLE outlinks AS
SELECT source, target_domain, coalesce(anchor, '') AS anchor, rel, follow, follow_cause
FROM links
WHERE source_domain = $domain AND target_domain <> $domain AND kind IN ({_KINDS})
"""  # noqa: S608

DISTINCT_ANCHORS: Final = "SELECT DISTINCT anchor, is_image FROM backlinks"

REFERRING_PAGES: Final = """
CREATE TABLE referring_pages AS
SELECT source, source_domain, n_links, ip
FROM (SELECT source, source_domain, count(*) AS n_links FROM backlinks GROUP BY ALL) AS found
LEFT JOIN (SELECT url, any_value(ip) AS ip FROM pages GROUP BY url) AS pages ON url = source
"""

DISTINCT_IPS: Final = "SELECT DISTINCT ip FROM referring_pages WHERE ip IS NOT NULL"

TOTALS: Final = f"""
SELECT {_COUNTED},
    count(DISTINCT source) AS referring_pages,
    count(DISTINCT target) AS linked_pages,
    count(*) FILTER (list_contains(string_split(rel, ' '), 'nofollow')) AS nofollow_links,
    count(*) FILTER (list_contains(string_split(rel, ' '), 'ugc')) AS ugc_links,
    count(*) FILTER (list_contains(string_split(rel, ' '), 'sponsored')) AS sponsored_links
FROM backlinks
"""  # noqa: S608

IP_TOTALS: Final = """
SELECT count(DISTINCT ip) AS referring_ips, count(DISTINCT subnet) AS referring_subnets,
    count(*) FILTER (ip IS NULL) AS referring_pages_without_ip
FROM referring_pages LEFT JOIN subnets_of USING (ip)
"""

OUT_TOTALS: Final = """
SELECT count(DISTINCT target_domain) AS out_domains, count(*) AS out_links,
    count(DISTINCT target_domain) FILTER (follow) AS follow_out_domains,
    count(*) FILTER (follow) AS follow_out_links
FROM outlinks
"""

REFERRING_DOMAINS: Final = f"""
WITH words AS ({_WORDS.format(other="source_domain", links="backlinks")}),
counted AS (
    SELECT source_domain, count(*) AS n_links, count(*) FILTER (follow) AS n_follow_links,
        count(DISTINCT source) AS n_source_pages, count(DISTINCT target) AS n_target_pages,
        min(fetched_at) AS first_seen, max(fetched_at) AS last_seen
    FROM backlinks GROUP BY source_domain
)
SELECT source_domain AS source, coalesce(rank, 0) AS rank, coalesce(authority, 0) AS authority,
    n_links, n_follow_links, n_source_pages, n_target_pages,
    coalesce(sitewide, false) AS sitewide, top_anchor, counted.first_seen, counted.last_seen
FROM counted
LEFT JOIN words USING (source_domain)
LEFT JOIN domains ON domains.domain = source_domain
LEFT JOIN (SELECT source, sitewide FROM domain_edges WHERE target = $domain) AS edges
    ON edges.source = source_domain
ORDER BY n_follow_links = 0, authority DESC, n_links DESC, source_domain
"""  # noqa: S608

SUBNETS: Final = """
SELECT subnet, count(DISTINCT ip) AS ips, count(DISTINCT source_domain) AS linking_domains,
    count(*) AS n_source_pages, sum(n_links)::BIGINT AS backlinks
FROM referring_pages JOIN subnets_of USING (ip)
GROUP BY subnet
ORDER BY linking_domains DESC, n_source_pages DESC, subnet
"""

ANCHORS: Final = f"""
SELECT anchor, is_image, anchor_class, {_COUNTED}
FROM backlinks JOIN anchor_classes_of USING (anchor, is_image)
GROUP BY anchor, is_image, anchor_class
ORDER BY linking_domains DESC, backlinks DESC, anchor, is_image
"""  # noqa: S608

ANCHOR_CLASSES: Final = f"""
WITH counted AS (
    SELECT anchor_class, {_COUNTED}
    FROM backlinks JOIN anchor_classes_of USING (anchor, is_image) GROUP BY anchor_class
),
total AS (SELECT count(DISTINCT source_domain) AS domains, count(*) AS links FROM backlinks)
SELECT anchor_class, coalesce(linking_domains, 0) AS linking_domains,
    coalesce(linking_domains / domains, 0) AS domain_share,
    coalesce(ref_domains, 0) AS ref_domains, coalesce(backlinks, 0) AS backlinks,
    coalesce(backlinks / links, 0) AS link_share,
    coalesce(follow_backlinks, 0) AS follow_backlinks
FROM class_names LEFT JOIN counted USING (anchor_class), total
ORDER BY place
"""  # noqa: S608

FOLLOW: Final = """
SELECT follow_cause, count(DISTINCT source_domain) AS linking_domains, count(*) AS backlinks,
    count(*) / sum(count(*)) OVER () AS link_share
FROM backlinks GROUP BY follow_cause
ORDER BY backlinks DESC, follow_cause
"""

PLACEMENTS: Final = f"""
SELECT placement, {_COUNTED}, count(*) / sum(count(*)) OVER () AS link_share
FROM backlinks GROUP BY placement
ORDER BY backlinks DESC, placement
"""  # noqa: S608

_TARGETS: Final = f"""
    SELECT target, {_COUNTED} FROM backlinks GROUP BY target
"""  # noqa: S608

BEST_PAGES: Final = f"""
SELECT target, linking_domains, ref_domains, backlinks, follow_backlinks,
    coalesce(status, 0::SMALLINT) AS status, coalesce(outcome, '') AS outcome, title
FROM ({_TARGETS}) AS targets LEFT JOIN own_pages ON url = target
ORDER BY ref_domains DESC, linking_domains DESC, backlinks DESC, target
"""  # noqa: S608

OWN_PAGES: Final = """
CREATE TABLE own_pages AS
SELECT url, status, outcome, reason, title FROM pages WHERE domain = $domain
QUALIFY row_number() OVER (PARTITION BY url ORDER BY fetched_at DESC, outcome) = 1
"""

BROKEN: Final = f"""
SELECT target, linking_domains, ref_domains, backlinks, follow_backlinks, status, outcome, reason,
    CASE WHEN status IN (404, 410) THEN 'dead'
        WHEN status IN (401, 402, 403, 407, 429, 451) THEN 'refused'
        WHEN outcome = 'failed' THEN 'unreachable' ELSE 'error' END AS state
FROM ({_TARGETS}) AS targets JOIN own_pages ON url = target
WHERE outcome IN ('http_error', 'failed')
ORDER BY ref_domains DESC, linking_domains DESC, backlinks DESC, target
"""  # noqa: S608

BROKEN_LINKS: Final = """
SELECT target, source, source_domain, anchor, follow, follow_cause, placement
FROM backlinks JOIN own_pages ON url = target
WHERE outcome IN ('http_error', 'failed')
ORDER BY target, source, anchor, follow DESC, follow_cause, placement
"""

OUTGOING: Final = f"""
WITH words AS ({_WORDS.format(other="target_domain", links="outlinks")}),
counted AS (
    SELECT target_domain, count(*) AS n_links, count(*) FILTER (follow) AS n_follow_links,
        count(DISTINCT source) AS n_source_pages
    FROM outlinks GROUP BY target_domain
)
SELECT target_domain AS target, coalesce(rank, 0) AS rank, coalesce(authority, 0) AS authority,
    n_links, n_follow_links, n_source_pages, top_anchor
FROM counted
LEFT JOIN words USING (target_domain)
LEFT JOIN domains ON domains.domain = target_domain
ORDER BY n_source_pages DESC, n_links DESC, target_domain
"""  # noqa: S608

OUTGOING_FOLLOW: Final = """
SELECT follow_cause, count(DISTINCT target_domain) AS out_domains, count(*) AS out_links,
    count(*) / sum(count(*)) OVER () AS link_share
FROM outlinks GROUP BY follow_cause
ORDER BY out_links DESC, follow_cause
"""
