"""How the templates write people, numbers, days and states."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.utils import translation

from portal.dates import PartialDate
from portal.provenance import Provenance, Sureness
from portal.templatetags import portal as tags

TODAY = date(2026, 11, 5)


@pytest.fixture(autouse=True)
def _vietnamese():
    with translation.override("vi"):
        yield


def test_an_identity_number_stands_in_threes_and_copies_as_digits():
    assert tags.idno("011162004137") == (
        '<span class="idno"><i>011</i><i>162</i><i>004</i>137</span>'
    )


@pytest.mark.parametrize("value", ["", None, "C1234567", "DT2111120034567", "12<b>"])
def test_what_is_no_number_is_left_as_it_is(value):
    assert tags.idno(value) == (value or "")


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (TODAY, "05/11/2026"),
        (PartialDate(1958), "1958"),
        (PartialDate(1958, 5), "05/1958"),
        (1958, "1958"),
        (datetime(2026, 11, 4, 18, 0, tzinfo=UTC), "05/11/2026"),
        (None, ""),
    ],
)
def test_a_day_is_written_day_first_and_as_far_as_it_is_known(value, written):
    assert tags.day(value) == written


def test_a_moment_is_written_in_the_time_of_the_province():
    assert tags.moment(datetime(2026, 11, 5, 1, 41, tzinfo=UTC)) == "08:41 05/11/2026"


@pytest.mark.parametrize(
    ("value", "places", "written"),
    [(1240, None, "1.240"), (Decimal("60.58"), 1, "60,6"), (0, None, "0"), (None, None, "")],
)
def test_a_number_is_written_as_vietnamese_writes_it(value, places, written):
    assert tags.number(value, places) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [("220.000", "220"), ("1500.000", "1.500"), ("0.500", "0,5"), ("36.80", "36,8"), ("0", "0")],
)
def test_a_quantity_never_reads_as_a_thousand_times_as_much(value: str, written: str) -> None:
    assert tags.number(Decimal(value)) == written


def test_a_share_shows_its_counts_first():
    assert tags.share(63, 104) == "63/104, 60,6 %"
    assert tags.share(0, 0) == "0/0"
    assert tags.share(None, 5) == ""


@pytest.mark.parametrize(
    ("born", "said"),
    [
        (date(1962, 3, 12), "64 tuổi"),
        (date(2026, 8, 30), "2 tháng"),
        (date(2026, 10, 30), "6 ngày"),
        (PartialDate(1962), "64"),
    ],
)
def test_an_age_is_said_as_a_clinic_says_it(born, said):
    assert said.split()[0] in tags.age(born, TODAY)


def test_a_state_has_an_icon_and_a_word():
    drawn = tags.chip("ok", "shield", "Đã ký <i>")
    assert 'class="chip ok"' in drawn
    assert "#shield" in drawn
    assert "Đã ký &lt;i&gt;" in drawn


def test_a_value_says_where_it_comes_from():
    verified = Provenance(Sureness.VERIFIED, "khớp dân cư", date(2026, 10, 12))
    assert "khớp dân cư 12/10/2026" in tags.provenance(verified)
    assert 'class="prov ok"' in tags.provenance(verified)

    class Person:
        def provenance_of(self, name):
            return verified if name == "number" else None

    assert "khớp dân cư" in tags.provenance(Person(), "number")
    assert tags.provenance(Person(), "name") == ""
    assert tags.provenance(object(), "name") == ""


@pytest.mark.parametrize("values", [[], [5], [5, 5, 5], [1, 9, 3]])
def test_a_sparkline_stays_inside_its_box(values):
    drawn = tags.sparkline(values)
    numbers = [float(n) for pair in drawn["points"].split() for n in pair.split(",")]
    assert len(numbers) == 2 * len(values)
    assert all(0 <= n <= 96 for n in numbers)


def test_a_bar_without_a_judgement_is_empty():
    assert tags.bar(None, "") == {"width": "0.0", "kind": "mute"}
    assert tags.bar(140.0, "ok")["width"] == "200.0"


def test_every_icon_used_is_in_the_sprite():
    import re

    from config.state import PROJECT

    sprite = (PROJECT / "static/portal/icons.svg").read_text("utf-8")
    known = set(re.findall(r'<symbol id="([a-z]+)"', sprite))
    used = set()
    for path in (PROJECT / "templates").rglob("*.html"):
        used |= set(re.findall(r'{% icon "([a-z]+)" %}', path.read_text("utf-8")))
    assert used <= known
