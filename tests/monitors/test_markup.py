"""Where a page leads: what an article links to or embeds."""

from monitors.markup import MOST_LINKS, links_out

HERE = "https://www.news.example/pakid"


def test_links_of_an_article_lead_elsewhere() -> None:
    """Posts that it links to or embeds are on other hosts: each is kept once; menus, scripts and nonsense are not."""
    page = (
        '<p><a href="https://x.com/mari/status/10">säuts</a> <a href=" https://x.com/mari/status/10 ">sama</a>'
        '<blockquote cite="https://masto.ee/@mari/7">ai</blockquote><iframe src="https://video.example/v?id=1"></iframe>'
        '<a href="https://news.example/menu">menüü</a><a href="/here">siia</a><a>eikuhugi</a>'
        '<a href="javascript:alert(1)">x</a><a href="http://[broken">y</a>'
    )
    wanted = ["https://x.com/mari/status/10", "https://masto.ee/@mari/7", "https://video.example/v?id=1"]
    assert links_out(page.encode(), HERE) == wanted
    assert links_out(page, "http://[broken") == [*wanted, "https://news.example/menu"]


def test_a_page_of_links_only_is_bounded() -> None:
    """A page cannot fill the ledger with addresses."""
    page = "".join(f'<a href="https://spam.example/{n}">' for n in range(2 * MOST_LINKS))
    assert len(links_out(page, HERE)) == MOST_LINKS
