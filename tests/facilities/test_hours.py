"""Opening hours: the sentence of the sign and the hours of the week say the same."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from facilities.hours import Slot, always_open, read_hours, sentence_of
from facilities.models import OpeningSchedule
from facilities.services import set_hours
from portal.places.models import Organisation

WORK = [(7 * 60, 11 * 60 + 30), (13 * 60 + 30, 17 * 60)]


def week(days: range, spans: list[tuple[int, int]]) -> list[Slot]:
    return [Slot(day, *span) for day in days for span in spans]


@pytest.mark.parametrize(
    ("text", "slots"),
    [
        (
            "Thứ 2 đến thứ 6: sáng 7 giờ-11 giờ 30; chiều 13 giờ 30-17 giờ; Thứ 7, Chủ nhật: nghỉ",
            week(range(1, 6), WORK),
        ),
        ("T2-T6: 7h-11h30, 13h30-17h. T7: 7h-11h", [*week(range(1, 6), WORK), Slot(6, 420, 660)]),
        ("Thứ 2, 4, 6: 07:00 - 11:00", [Slot(day, 420, 660) for day in (1, 3, 5)]),
        ("Hằng ngày: 7 giờ đến 19 giờ", week(range(1, 8), [(420, 1140)])),
        ("Từ thứ hai đến thứ sáu: 8 giờ - 10 giờ", week(range(1, 6), [(480, 600)])),
        (
            "Chủ nhật: sáng 8 giờ - 11 giờ, chiều 1 giờ - 5 giờ",
            [Slot(7, 480, 660), Slot(7, 780, 1020)],
        ),
        ("Thứ 2: chiều 13 giờ 30 - 5 giờ", [Slot(1, 810, 1020)]),
        ("T2-T6: 7h-11h, T7: 13h-15h", [*week(range(1, 6), [(420, 660)]), Slot(6, 780, 900)]),
        ("Thứ 2: 7 giờ - 11 giờ; trực cấp cứu 24/24", [Slot(1, 420, 660)]),
    ],
)
def test_the_sentence_of_a_sign_is_read(text: str, slots: list[Slot]) -> None:
    assert read_hours(text) == slots


def test_a_night_goes_on_with_the_day_after() -> None:
    assert read_hours("Thứ 6, chủ nhật: 22 giờ - 6 giờ") == [
        Slot(1, 0, 360),
        Slot(5, 1320, 1440),
        Slot(6, 0, 360),
        Slot(7, 1320, 1440),
    ]
    assert read_hours("Thứ 2: 16 giờ - 7 giờ hôm sau") == [Slot(1, 960, 1440), Slot(2, 0, 420)]


def test_duty_day_and_night_beside_hours_leaves_the_hours(station: Organisation) -> None:
    written = "Thứ 2 đến thứ 6: 7 giờ - 11 giờ; trực cấp cứu 24/24"
    schedule = set_hours(facility=station, text=written, valid_from=date(2026, 1, 1))
    assert not schedule.is_always_open
    assert schedule.text == written
    assert schedule.slots.count() == 5


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("Thứ 2 đến thứ 6: 7 giờ - 11 giờ; thứ 7: buổi sáng", "thứ 7"),
        ("Thứ 2: 7 giờ - 11 giờ, 13 giờ - 25 giờ", "13 giờ - 25 giờ"),
        ("Thứ 2: 7 giờ - 11 giờ 75", "7 giờ - 11 giờ 75"),
        ("Thứ 2: 7 giờ - 11 giờ, 17 giờ - 13 giờ", "17 giờ - 13 giờ"),
        ("7 giờ - 11 giờ thứ 2 đến thứ 6", "thứ 2 đến thứ 6"),
    ],
)
def test_a_part_that_cannot_be_read_is_named_and_nothing_is_dropped(
    text: str, part: str, station: Organisation
) -> None:
    with pytest.raises(ValidationError) as refused:
        set_hours(facility=station, text=text, valid_from=date(2026, 1, 1))
    assert f"“{part}”" in refused.value.message_dict["text"][0]
    assert not OpeningSchedule.objects.exists()


@pytest.mark.parametrize("text", ["24/24", "Cấp cứu 24/7", "24 giờ/ngày", "Trực cả ngày đêm"])
def test_day_and_night_is_understood(text: str) -> None:
    assert always_open(text)


@pytest.mark.parametrize("text", ["", "theo lịch hẹn", "Thứ 2: 11 giờ - 7 giờ"])
def test_what_cannot_be_read_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValidationError) as refused:
        read_hours(text)
    assert refused.value.error_dict["text"][0].code == "hours_unreadable"


def test_stretches_that_overlap_are_refused() -> None:
    with pytest.raises(ValidationError) as refused:
        read_hours("Thứ 2: 7 giờ - 11 giờ, 10 giờ - 12 giờ")
    assert refused.value.error_dict["text"][0].code == "hours_overlap"


@st.composite
def weeks(draw: st.DrawFn) -> list[Slot]:
    found = []
    for day in draw(st.sets(st.integers(1, 7), min_size=1)):
        cuts = draw(st.sets(st.integers(0, 288), min_size=2, max_size=6))
        ordered = [cut * 5 for cut in sorted(cuts)]
        pairs = zip(ordered[::2], ordered[1::2], strict=False)
        found += [Slot(day, opens, closes) for opens, closes in pairs]
    return sorted(found)


@given(slots=weeks())
def test_what_is_written_is_read_back(slots: list[Slot]) -> None:
    assert read_hours(sentence_of(slots)) == slots


def test_new_hours_end_the_old_ones_the_day_before(station: Organisation) -> None:
    first = set_hours(
        facility=station, text="Thứ 2 đến thứ 6: 7 giờ - 11 giờ", valid_from=date(2025, 7, 1)
    )
    set_hours(facility=station, text="24/24", valid_from=date(2026, 1, 1))
    first.refresh_from_db()
    assert first.valid_until == date(2025, 12, 31)
    assert first.slots.count() == 5
    standing = OpeningSchedule.objects.get(valid_until=None)
    assert standing.is_always_open
    with pytest.raises(ValidationError):
        set_hours(facility=station, text="24/24", valid_from=date(2025, 12, 1))
    assert OpeningSchedule.objects.count() == 2
