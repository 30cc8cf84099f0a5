"""Does the walk over home pages see a number that opens nothing, and pass over what is no count?"""

import pytest
from django.test import Client
from lxml import html

from tests.reporting.crawling import Crawler, has_number


@pytest.mark.parametrize(
    "text",
    [
        "30/11/2026", "gửi ngày 05/01", "02:35", "Đếm lúc 04:00 30/11/2026.", "15 phút",
        "quá hạn 12 ngày", "12/02/2027, còn 74 ngày", "Nữ, 62 tuổi", "Lượt khám tháng 11", "T48",
        "Tuần 48/2026:", "(+52 %).", "100% là một", "trên 100", "MC-001", "I10 Tăng huyết áp",
        "E78.5", "Luật 15/2023/QH15, Điều 60 khoản 3", "YC-2026-5E1451F4", "ICD-10", "12 tuần qua",
    ],
)  # fmt: skip
def test_days_times_codes_and_shares_are_no_counts(text: str) -> None:
    assert not has_number(text)


@pytest.mark.parametrize(
    "text",
    ["3", "12 hồ sơ quá hạn", "Hôm nay tôi đã quyết 4", "126 lượt; cùng tuần", "87,5", "1.240"],
)
def test_a_count_is_a_number(text: str) -> None:
    assert has_number(text)


def test_a_number_of_a_module_is_bare_unless_a_marked_link_holds_it() -> None:
    crawler = Crawler(Client())
    crawler.pages["/"] = html.fromstring(
        """<main><section aria-labelledby="home-1"><h2 id="home-1">Hồ sơ</h2>
        <a data-figure="dossiers" data-number="7" href="/x/">7</a>
        <a data-listed="9" href="/x/">Xem tất cả (9)</a>
        <a data-told="+1,2" href="/x/"><svg></svg>+1,2</a>
        <a href="/ten/">Trạm Y tế số 2</a> <svg><text>40</text></svg>
        <details class="rest"><summary>Xem tất cả (9)</summary></details>
        <span>5 quá hạn</span> <a href="/diem/">61</a> sau 8 dòng</section><p>11</p></main>"""
    )
    assert crawler.bare() == ["Hồ sơ: 5 quá hạn", "Hồ sơ: 61", "Hồ sơ: sau 8 dòng"]
