"""Follow every number of a home page and count what stands behind it.

A figure says its name and number; the page it leads to marks the rows it is made of with that name,
and the crawler counts those, page after page. The count of a module leads to its own rows or to their
list, that of a menu item to its page; both are counted by what such pages are made of. A score and
the move of one are told again by the page they lead to. Any other number in a module is bare.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.test import Client
from django.urls import resolve
from lxml import html

MOST_PAGES = 60
# What a number of the menu, or of a module whose rows are listed elsewhere, is made of on its page.
ROWS = {
    # Who decides is told what waits for them; who sends alone, what they owe.
    "reporting:due": "//section[@aria-labelledby='h-wait']//tbody/tr"
    " | //li[@data-of][not(//section[@aria-labelledby='h-wait'])]",
    "reporting:cases": "//tr[@data-of]",
    "dossiers:queue": "//tr[@data-of]",
    "practitioners:cases": "//ul[@class='worklist']/li",
    "practitioners:profiles": "//a[contains(@href, '?again=')]",
    "intake:uploads": "//tr[@data-state='checked']",
    "admin:healthrecords_visit_to_sign": "//input[@name='visit']",
    "reporting:place": "//section[@id='vat-tu']//li",
}
# Where a page shows its rows one at a time, or narrowed as it was left, it says how many there are.
TOLD = {
    "practitioners:desk-queue": "string(//div[@class='counters']/span[1])",
    "dossiers:queue": "string(//nav[@class='results-nav']/a[1]/b)",
}


IN_SECTION = "//section[@aria-labelledby='{}']"  # which a link names behind its #
MARKED = "ancestor-or-self::a[@data-figure or @data-listed or @data-score or @data-told]"
# Text of a module in which a number may stand that opens nothing: the lines and labels of a picture,
# the fold that opens in place the rows its module has counted.
DRAWN = "ancestor-or-self::svg | ancestor-or-self::summary[parent::details[@class='rest']]"
LINKED = "ancestor-or-self::a"  # what a row is called by; a number alone is told by no plain link
# What is written with digits and is no count of rows.
NO_COUNTS: Mapping[str, str] = {
    "a day": r"\b\d{1,2}/\d{1,2}(/\d{4})?\b",
    "a time": r"\b\d{1,2}:\d{2}\b",
    "a span of time or an age": r"\b\d+ (phút|giờ|ngày|tuần|tháng|năm|tuổi)\b",
    "a month or a week by its number": r"\b([Tt]háng \d{1,2}|[Tt]uần \d{1,2}/\d{4}|T\d{1,2})\b",
    "a share": r"[+−]?\b\d{1,3}(,\d)? ?%",
    "the end of a scale": r"\btrên 100\b",
    "a code, a number of a paper": r"\b(?=[\w./-]*[^\W\d_])(?=[\w./-]*\d)\w[\w./-]*",
    "a kind of a disease": r"\b([Tt]íp|[Đđ]ộ|[Gg]iai đoạn) \d\b",
    "a place in a law": r"\b([Đđ]iều|khoản) \d+\b",
}


@dataclass
class Crawler:
    """One person's way from the home page to everything it counts."""

    client: Client
    followed: list[str] = field(default_factory=list)
    pages: dict[str, Any] = field(default_factory=dict)

    def open(self, url: str) -> Any:
        """Return a page; what does not open is a fault of the number that led there."""
        address = url.partition("#")[0]
        if address not in self.pages:
            answer = self.client.get(address, follow=True)  # the desk opens its first profile
            assert answer.status_code == 200, f"{address} answers {answer.status_code}"
            self.pages[address] = html.fromstring(answer.content.decode())
        return self.pages[address]

    def wrong(self, start: str = "/") -> list[str]:
        """Return every number of a page that is not what is found behind it, or that leads nowhere."""
        page = self.open(start)
        return [
            f"{said}: {url} holds {found}"
            for said, url, number, counted, is_cut in self._numbers(page, start)
            if not self._agrees(number, found := counted(), is_cut=is_cut)
            and not self.followed.append(f"wrong {said}")
        ]

    def bare(self, start: str = "/", modules: str = "home-") -> list[str]:
        """Return every number in the modules of a page that is part of no marked link."""
        found = []
        those = f"//section[starts-with(@aria-labelledby, '{modules}')]"
        for module in self.open(start).xpath(those):
            title = module.xpath("string(.//h2)").strip()
            for piece in module.xpath(".//text()[normalize-space()]"):
                place = piece.getparent() if piece.is_text else piece.getparent().getparent()
                text = " ".join(piece.split())
                if place.xpath(MARKED) or place.xpath(DRAWN):
                    continue
                if place.xpath(LINKED):
                    text = text if re.fullmatch(r"[\d.,+−%\s]+", text) else ""
                if has_number(text):
                    found.append(f"{title}: {text}")
        return found

    def _agrees(self, number: float, found: float, *, is_cut: bool) -> bool:
        return found >= number if is_cut else found == number

    def _numbers(
        self, page: Any, base: str
    ) -> Iterator[tuple[str, str, float, Callable[[], float], bool]]:
        for link in page.xpath("//a[@data-figure]"):
            name, number = link.get("data-figure"), int(link.get("data-number"))
            url = urljoin(base, link.get("href"))
            self.followed.append(f"figure {name}")
            assert digits(link.text_content()) == number, f"{name} shows another number"
            yield (
                f"{name} {number}",
                url,
                number,
                lambda url=url, name=name: self.marked(url, name),
                link.get("data-cut") is not None,
            )
        for link in page.xpath("//a[@data-listed]"):
            number, href = int(link.get("data-listed")), link.get("href")
            self.followed.append("listed")
            yield (
                f"list {link.getparent().xpath('string(h2)')} {number}",
                urljoin(base, href),
                number,
                lambda href=href, page=page: self.listed(page, base, href),
                link.get("data-cut") is not None,
            )
        for mark in page.xpath("//*[@data-menu]"):
            number, link = int(mark.get("data-menu")), mark.xpath("ancestor::a")[0]
            url = urljoin(base, link.get("href"))
            self.followed.append("menu")
            yield f"menu {url} {number}", url, number, lambda url=url: self.rows(url), False
        for link in page.xpath("//a[@data-score]"):
            url, text = urljoin(base, link.get("href")), (link.text or "").strip()
            self.followed.append("score")
            yield f"score {text}", url, 1, lambda url=url, text=text: self.told(url, text), False
        for link in page.xpath("//a[@data-told]"):
            url, text = urljoin(base, link.get("href")), link.get("data-told")
            self.followed.append("told")
            assert link.text_content().strip() == text, f"{text} is shown otherwise"
            yield f"told {text}", url, 1, lambda url=url, text=text: self.tells(url, text), False

    def marked(self, url: str, name: str) -> float:
        """Add up what a page, and those after it, mark as rows of a figure."""
        if is_changelist(url):
            return self.of_changelist(url)
        if name.startswith("queue_"):
            section = urlsplit(url).fragment
            return len(self.open(url).xpath(f"//section[@aria-labelledby='{section}']//tbody/tr"))
        total = 0
        for page in self.in_turn(url):
            for row in page.xpath(f"//*[contains(concat(' ', @data-of, ' '), ' {name} ')]"):
                total += int(row.get("data-value", 1))
        return total

    def listed(self, page: Any, base: str, href: str) -> float:
        """Count the rows of a module: those in it, the unfolded ones too, or those of its list."""
        if href.startswith("#"):
            whole = page.xpath(f"//*[@id='{href[1:]}']")[0]
            rest = whole.getparent().xpath("details[@class='rest']//li")
            return len(whole.xpath("tbody/tr | li")) + len(rest)
        return self.rows(urljoin(base, href))

    def rows(self, url: str) -> float:
        """Count the rows a page is made of, by what kind of page it is."""
        if is_changelist(url):
            return self.of_changelist(url)
        name = resolve(urlsplit(url).path).view_name
        if name in TOLD and (name not in ROWS or not urlsplit(url).query):
            return digits(self.open(url).xpath(TOLD[name]))
        rows = ROWS[name]
        if self.open(url).xpath(IN_SECTION.format(fragment := urlsplit(url).fragment)):
            rows = f"{IN_SECTION.format(fragment)}//tbody/tr | {IN_SECTION.format(fragment)}//li"
        return sum(len(page.xpath(rows)) for page in self.in_turn(url))

    def of_changelist(self, url: str) -> float:
        """Read how many rows a list has, and hold its first page to that."""
        page = self.open(url)
        shown = len(page.xpath("//table[@id='result_list']/tbody/tr"))
        said = page.xpath("string(//div[@class='paginator']/span)")
        number = digits(said) if said.strip() else 0
        assert shown == number or (shown < number and shown), f"{url} lists {shown} of {number}"
        return number

    def told(self, url: str, text: str) -> float:
        """Say 1 where a page tells the same score."""
        marks = self.open(url).xpath("//div[@class='big'] | //td[contains(@class, 'num')]")
        return float(any(one.text_content().strip() == text for one in marks))

    def tells(self, url: str, text: str) -> float:
        """Say 1 where a page tells a value that is no count in the same figures."""
        marks = self.open(url).xpath("//@data-tells")
        return float(text in marks)

    def in_turn(self, url: str) -> Iterator[Any]:
        """Yield a page and those after it."""
        for _n in range(MOST_PAGES):
            page = self.open(url)
            yield page
            following = page.xpath("//a[@rel='next']/@href")
            if not following:
                return
            url = urljoin(url.partition("#")[0], following[0])
        raise AssertionError(f"{url} has no end")


def has_number(text: str) -> bool:
    """Say whether a text holds a number that may be a count."""
    for pattern in NO_COUNTS.values():
        text = re.sub(pattern, " ", text)
    return re.search(r"\d", text) is not None


def is_changelist(url: str) -> bool:
    return resolve(urlsplit(url).path).view_name.endswith("_changelist")


def digits(text: str) -> int:
    """Read the first number of a text: thousands are parted by full stops."""
    found = re.search(r"\d[\d.]*", text)
    assert found, f"no number in {text!r}"
    return int(found[0].rstrip(".").replace(".", ""))
