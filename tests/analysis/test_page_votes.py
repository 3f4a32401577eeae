from analysis.fold import fold
from analysis.page_votes import page_votes
from analysis.policy import Policy
from pipelines.dataset import open_dataset


def test_each_page_behind_an_edge_stands_once(tmp_path, make):
    links = [
        make.link("https://a.com/1", "https://x.org/"),
        make.link("https://a.com/1", "https://x.org/2", position=1),
        make.link("https://a.com/2", "https://x.org/"),
        make.link("https://a.com/2", "https://y.org/", follow=False, position=1),
        make.link("https://b.com/", "https://x.org/"),
    ]
    dataset = open_dataset(make.crawl(tmp_path / "pages", (), links))
    votes = page_votes(dataset, Policy())
    named = [
        (votes.names[s], votes.names[t]) for s, t in zip(votes.source, votes.target, strict=True)
    ]
    assert named == [("a.com", "x.org"), ("a.com", "x.org"), ("b.com", "x.org")]
    assert len(set(votes.page.tolist())) == 3
    assert votes.names == fold(dataset).graph.names
    assert votes.groups.tolist() == [-1] * 4
    kept = page_votes(dataset, Policy(nofollow="keep"))
    assert kept.source.size == 4
