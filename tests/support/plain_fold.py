"""The fold once more, plainly: rows of links and pages in, edges and shares of domains out."""

from collections import Counter, defaultdict

from analysis.levels import Level
from analysis.rules import SHORTENERS
from linkcrawler.urls.canonical import host_of
from linkcrawler.urls.domains import icann_domain, registered_domain

SIDES = ("nav", "header", "footer", "aside")


def moves_of(links, pages, rules):
    """Return where each moved URL ends, and the way."""
    n_links = {page["url"]: page["n_links"] for page in pages}
    hops = {}
    for row in sorted(links, key=lambda row: (row["position"], row["target"])):
        redirect = row["kind"] == "redirect" and (
            rules.redirects or (rules.shorteners and row["source_domain"] in SHORTENERS)
        )
        refresh = row["kind"] == "refresh" and rules.redirects and n_links.get(row["source"]) == 1
        canonical = row["kind"] == "canonical" and rules.canonicals and row["internal"]
        if row["source"] == row["target"] or not (redirect or refresh or canonical):
            continue
        way = "canonical" if canonical else "redirect"
        known = hops.get(row["source"])
        if known is None or (known[1] == "canonical" and way == "redirect"):
            hops[row["source"]] = (row["target"], way)
    redirecting = {url for url, (_, way) in hops.items() if way == "redirect"}
    hops = {
        url: hop for url, hop in hops.items() if hop[1] == "redirect" or hop[0] not in redirecting
    }
    ends = {}
    for url in hops:
        end, ways = url, []
        while end in hops and len(ways) <= len(hops):
            ways.append(hops[end][1])
            end = hops[end][0]
        if end not in hops:
            ends[url] = (end, "redirect" if "redirect" in ways else "canonical")
    return ends


def node_of(url, policy):
    host = host_of(url)
    if policy.level is Level.page:
        if not policy.rules.www:
            return url
        return url.removeprefix("https://").removeprefix("http://").removeprefix("www.")
    if policy.level is Level.host:
        return host.removeprefix("www.") if policy.rules.www else host
    if policy.level is Level.icann:
        return icann_domain(host)
    if policy.level is Level.entity:
        return policy.entities.of(url)
    return registered_domain(host)


def votes_of(links, pages, policy):  # noqa: C901 -- every rule in one place
    """Yield source and target node, the link, where it ends, the way, whether it is boilerplate."""
    rules = policy.rules
    ends = moves_of(links, pages, rules)
    blocks, sites = defaultdict(set), defaultdict(set)
    for row in links:
        sites[row["source_domain"]].add(row["source"])
        if row["block"]:
            blocks[row["source_domain"], row["block"]].add(row["source"])
    for row in links:
        source, target = row["source"], row["target"]
        if row["kind"] not in ("a", "area", "redirect", "refresh"):
            continue
        if rules.redirects and (
            row["kind"] == "redirect" or (row["kind"] == "refresh" and source in ends)
        ):
            continue
        end, way = ends.get(target, (target, ""))
        if rules.shorteners and registered_domain(host_of(end)) in SHORTENERS:
            continue
        voter = source
        if policy.level in (Level.page, Level.host):
            voter = ends.get(source, (source, ""))[0]
        site, block = row["source_domain"], row["block"]
        repeated = len(blocks[site, block]) if block else 0
        boilerplate = row["placement"] in SIDES or (
            repeated >= 3 and repeated >= 0.5 * len(sites[site])
        )
        ways = (node_of(voter, policy), node_of(end, policy))
        if ways[0] != ways[1]:
            yield *ways, row, end, way, boilerplate


def expected_edges(links, pages, policy):
    """Return the rows of ``domain_edges`` that the links fold to."""
    groups = defaultdict(list)
    for source, target, *vote in votes_of(links, pages, policy):
        groups[target, source].append(vote)
    read = Counter(node_of(page["url"], policy) for page in pages if page["outcome"] == "ok")
    linking = defaultdict(set)
    for (_, source), votes in groups.items():
        linking[source] |= {row["source"] for row, *_ in votes}
    edges = []
    for (target, source), votes in sorted(groups.items()):
        rows = [row for row, *_ in votes]
        anchors = Counter(row["anchor"] for row in rows if row["anchor"])
        pages_linking = {row["source"] for row in rows}
        followed = sum(row["follow"] for row in rows)
        sides = sum(boilerplate for *_, boilerplate in votes)
        most = max(read[source], len(linking[source])) * 0.5
        edges.append({
            "source": source, "target": target, "weight": 1.0 if followed else 0.0,
            "n_links": len(rows), "n_follow_links": followed,
            "n_source_pages": len(pages_linking),
            "n_target_pages": len({end for _, end, _, _ in votes}),
            "sitewide": len(pages_linking) >= 3
            and (len(pages_linking) >= most or sides >= 0.8 * len(rows)),
            "top_anchor": min(anchors, key=lambda text: (-anchors[text], text), default=None),
            "first_seen": min(row["fetched_at"] for row in rows),
            "last_seen": max(row["fetched_at"] for row in rows),
            "crawl_id": "c1", "n_boilerplate_links": sides,
            "n_moved_links": sum(way != "" for _, _, way, _ in votes),
            "share": 0.0, "_votes": votes,
        })  # fmt: skip
    _add_shares(edges, links, policy)
    return edges


def _add_shares(edges, links, policy):  # noqa: C901 -- every rule in one place
    """Fill in ``share``: equal parts, one vote a platform (and, for pages, a domain)."""
    rules, treatment = policy.rules, policy.treatment

    def admits(row, boilerplate, edge):
        if policy.lens.name != "editorial":
            return True
        content = row["placement"] in ("main", "unknown") and not boilerplate
        return content and row["kind"] != "refresh" and not edge["sitewide"]

    def pages(edge, only_followed):
        return {
            row["source"]
            for row, _, _, boilerplate in edge["_votes"]
            if admits(row, boilerplate, edge) and (row["follow"] or not only_followed)
        }

    def is_tenant(node):
        host, slash, _ = node.partition("/")
        return policy.level is Level.entity and slash and host in policy.entities.platforms

    def home(node):
        if rules.platforms and is_tenant(node):
            return node
        return registered_domain(host_of(f"https://{node.removeprefix('https://')}"))

    def group(node):
        if policy.level is Level.icann:
            return None
        if rules.platforms and is_tenant(node):
            return icann_domain(node.partition("/")[0])
        domain = home(node)
        platform = icann_domain(domain) if rules.platforms else domain
        by_domain = policy.level is Level.page and rules.sitewide
        return platform if by_domain or platform != domain else None

    counted, voting = {}, {}
    for edge in edges:
        pair = edge["source"], edge["target"]
        counted[pair] = len(pages(edge, treatment == "drop"))
        voting[pair] = len(pages(edge, treatment != "keep"))
    for edge in edges:
        pair = edge["source"], edge["target"]
        if not voting[pair]:
            continue
        weigh = (lambda number: min(number, 1)) if rules.sitewide else (lambda number: number)
        total = sum(weigh(number) for ends, number in counted.items() if ends[0] == pair[0])
        own = group(pair[0])
        sharers = 1
        if own is not None and home(pair[0]) != home(pair[1]):
            sharers = sum(
                1
                for ends, number in voting.items()
                if number
                and ends[1] == pair[1]
                and group(ends[0]) == own
                and home(ends[0]) != home(pair[1])
            )
        edge["share"] = weigh(counted[pair]) / total / sharers
    for edge in edges:
        del edge["_votes"]
