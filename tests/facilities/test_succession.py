"""What becomes of a place of care: who is closed, who continues, what reports follow."""

from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from facilities.heirs import heir_of, heirs_on, units_on
from facilities.models import Facility, FacilitySuccession
from facilities.services import Decision, Step, split, succeed, withdraw_succession
from portal.places import services as places
from portal.places.models import Area, Organisation
from tests.conftest import SINCE

TODAY = date(2026, 11, 5)
ON = date(2026, 7, 1)
AT = datetime(2026, 11, 5, 9, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
Kind = FacilitySuccession.Kind
PAPER = Decision("12/QĐ-UBND", date(2026, 6, 20), "Ủy ban nhân dân tỉnh")


def make_station(parent: Organisation, name: str, area: Area | None = None) -> Organisation:
    made = places.create_organisation(
        name=name, kind="station", parent=parent, valid_from=SINCE, area=area
    )
    if area is not None:
        places.look_after(organisation=made, area=area, valid_from=SINCE)
    return made


def merge(
    old: Organisation, new: Organisation, on: date = ON, **said: object
) -> FacilitySuccession:
    kind = str(said.pop("kind", Kind.MERGE))
    step = Step(old, new, kind, on, decision=PAPER, **said)  # type: ignore[arg-type]
    return succeed(actor=None, step=step, today=TODAY)


@pytest.fixture
def other(department: Organisation) -> Organisation:
    return make_station(department, "Trạm Y tế xã Bên Cạnh")


def test_a_merged_station_is_closed_and_its_points_and_commune_go_to_the_heir(
    station: Organisation, other: Organisation
) -> None:
    point = places.create_organisation(
        name="Điểm trạm Huổi Lóng", kind="point", parent=station, valid_from=SINCE
    )
    communes = set(station.catchments.values_list("area", flat=True))
    assert communes
    merge(station, other)
    for row in (station, point):
        row.refresh_from_db()
    assert station.valid_until == ON - timedelta(days=1)
    assert point.parent == other
    assert point.path.startswith(other.path)
    assert set(other.catchments.filter(valid_until=None).values_list("area", flat=True)) == communes
    assert not station.catchments.filter(valid_until=None).exists()


def test_reports_follow_from_the_day_and_not_before(
    station: Organisation, other: Organisation
) -> None:
    merge(station, other)
    assert heir_of(station.pk, ON) == other.pk
    assert heir_of(station.pk, ON - timedelta(days=1)) == station.pk
    assert units_on(ON)[station.pk] == other.pk
    assert units_on(ON - timedelta(days=1))[station.pk] == station.pk


def test_the_figures_of_a_point_are_those_of_its_station_as_long_as_it_stands_there(
    station: Organisation, other: Organisation
) -> None:
    assert units_on(TODAY)[station.pk] == station.pk
    merge(station, other, kind=Kind.DOWNGRADE)
    station.refresh_from_db()
    assert (station.kind, station.parent, station.valid_until) == ("point", other, None)
    assert units_on(TODAY, [station.pk]) == {station.pk: other.pk}
    assert units_on(ON - timedelta(days=1))[station.pk] == station.pk


def test_a_station_that_became_a_point_takes_its_form_and_gives_it_back(
    station: Organisation, other: Organisation
) -> None:
    facility = Facility.objects.create(organisation=station, form="TYT")
    step = merge(station, other, kind=Kind.DOWNGRADE)
    facility.refresh_from_db()
    assert facility.form == "DTR"
    withdraw_succession(actor=None, step=step, reason="Ghi nhầm xã", at=AT)
    facility.refresh_from_db()
    station.refresh_from_db()
    assert (facility.form, station.kind) == ("TYT", "station")


def test_the_old_insurance_code_may_be_used_until_the_day_the_law_gives(
    department: Organisation, other: Organisation
) -> None:
    old = make_station(department, "Trạm Y tế xã Cũ")
    code = places.give_code(organisation=old, scheme="insurance", value="11098", valid_from=SINCE)
    merge(old, other, codes_until=date(2026, 12, 31))
    code.refresh_from_db()
    assert code.valid_until == date(2026, 12, 31)


def test_of_a_split_place_the_main_heir_takes_the_figures(
    department: Organisation, other: Organisation
) -> None:
    old = make_station(department, "Trạm Y tế xã To")
    second = make_station(department, "Trạm Y tế xã Thứ Hai")
    rows = split(
        actor=None, old=old, into=[other, second], main=other, on=ON, today=TODAY, decision=PAPER
    )
    assert sorted(row.new.name for row in rows) == sorted([other.name, second.name])
    assert heirs_on(TODAY) == {old.pk: other.pk}
    old.refresh_from_db()
    assert old.valid_until == ON - timedelta(days=1)


@pytest.mark.parametrize(
    ("again", "code"),
    [("circle", "succession_circle"), ("ended", "successor_ended"), ("twice", "heir_known")],
)
def test_a_step_that_leads_astray_is_refused_and_nothing_changes(
    department: Organisation, station: Organisation, other: Organisation, again: str, code: str
) -> None:
    third = make_station(department, "Trạm Y tế xã Thứ Ba")
    merge(station, other)
    later = date(2026, 8, 1)
    pairs = {"circle": (other, station), "ended": (third, station), "twice": (station, third)}
    old, new = pairs[again]
    before = list(Organisation.objects.order_by("pk").values())
    with pytest.raises(ValidationError) as refused:
        merge(old, new, on=later)
    error = refused.value
    found = {e.code for e in getattr(error, "error_list", [])} or {
        e.code for errors in error.error_dict.values() for e in errors
    }
    assert found == {code}
    assert list(Organisation.objects.order_by("pk").values()) == before
    assert FacilitySuccession.objects.count() == 1


@pytest.mark.parametrize("kind", [Kind.MERGE, Kind.RENAME, Kind.DOWNGRADE])
def test_only_of_a_split_does_an_heir_leave_the_figures_to_another(
    station: Organisation, other: Organisation, kind: str
) -> None:
    """Such a step would stand in the history and close nothing, hand over nothing."""
    with pytest.raises(ValidationError) as refused:
        merge(station, other, kind=kind, is_main=False)
    assert refused.value.error_dict["is_main"][0].code == "heir_without_figures"
    assert not FacilitySuccession.objects.exists()


def test_nothing_is_continued_by_a_place_that_is_closed(
    station: Organisation, other: Organisation
) -> None:
    point = places.create_organisation(
        name="Điểm trạm Huổi Lóng", kind="point", parent=station, valid_from=SINCE
    )
    places.close_organisation(organisation=other, on=date(2026, 1, 31))
    with pytest.raises(ValidationError) as refused:
        merge(station, other)
    assert refused.value.error_dict["new"][0].code == "heir_closed"
    point.refresh_from_db()
    assert point.parent == station
    assert not FacilitySuccession.objects.exists()


def test_a_step_that_is_still_to_come_is_refused(
    station: Organisation, other: Organisation
) -> None:
    with pytest.raises(ValidationError) as refused:
        merge(station, other, on=TODAY + timedelta(days=1))
    assert refused.value.error_dict["on"][0].code == "step_in_future"
    assert not FacilitySuccession.objects.exists()


def test_a_mistaken_merge_is_taken_back_and_everything_stands_as_before(
    station: Organisation, other: Organisation
) -> None:
    point = places.create_organisation(
        name="Điểm trạm Huổi Lóng", kind="point", parent=station, valid_from=SINCE
    )
    places.give_code(organisation=station, scheme="gln", value="8936012340013", valid_from=SINCE)

    def standing() -> list[object]:
        return [
            list(
                Organisation.objects.order_by("pk").values(
                    "pk", "parent", "path", "kind", "valid_until"
                )
            ),
            list(station.identifiers.order_by("pk").values("value", "valid_until")),
            list(station.catchments.filter(valid_until=None).values("area")),
            list(other.catchments.filter(valid_until=None).values("area")),
        ]

    before = standing()
    step = merge(station, other)
    assert standing() != before
    withdraw_succession(actor=None, step=step, reason="Nhầm trạm", at=AT)
    assert standing() == before
    point.refresh_from_db()
    assert point.parent == station
    assert heirs_on(TODAY) == {}
    merge(station, other)  # and can be done again


def test_a_commune_whose_last_day_was_known_has_it_again_when_the_merge_is_taken_back(
    station: Organisation, other: Organisation
) -> None:
    known = date(2026, 12, 31)
    station.catchments.update(valid_until=known)
    step = merge(station, other)
    assert station.catchments.get().valid_until == ON - timedelta(days=1)
    withdraw_succession(actor=None, step=step, reason="Nhầm trạm", at=AT)
    assert station.catchments.get().valid_until == known


def test_a_withdrawal_needs_a_reason(station: Organisation, other: Organisation) -> None:
    step = merge(station, other)
    with pytest.raises(ValidationError):
        withdraw_succession(actor=None, step=step, reason=" ", at=AT)
    step.refresh_from_db()
    assert step.withdrawn_at is None


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[int, int, int]]:
    """Draw merges among eight stations (who, into whom, days after 1 July), in the order of entry."""
    count = 8
    steps = draw(
        st.lists(
            st.tuples(st.integers(0, count - 1), st.integers(0, count - 1), st.integers(0, 60)),
            max_size=10,
        )
    )
    return [step for step in steps if step[0] != step[1]]


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(history=histories())
def test_merges_entered_in_any_order_resolve_to_an_open_station(
    department: Organisation, history: list[tuple[int, int, int]]
) -> None:
    from django.db import transaction

    with transaction.atomic():
        stations = [make_station(department, f"Trạm Y tế số {n}") for n in range(8)]
        told: dict[UUID, tuple[UUID, date]] = {}
        for old, new, days in history:
            on = ON + timedelta(days=days)
            try:
                with transaction.atomic():
                    merge(stations[old], stations[new], on=on)
            except ValidationError:
                continue
            told[stations[old].pk] = (stations[new].pk, on)
        for day in (SINCE, ON, ON + timedelta(days=30), TODAY):
            found = heirs_on(day)
            for station in stations:
                assert found.get(station.pk, station.pk) == _walked(told, station.pk, day)
        open_now = set(Organisation.objects.current().values_list("pk", flat=True))
        ended = {pk for pk, heir in heirs_on(TODAY).items()}
        assert ended == set(told)
        assert set(heirs_on(TODAY).values()) <= open_now
        assert not ended & open_now
        transaction.set_rollback(True)


def _walked(told: dict[UUID, tuple[UUID, date]], start: UUID, day: date) -> UUID:
    at, seen = start, {start}
    while at in told and told[at][1] <= day:
        at = told[at][0]
        assert at not in seen, "a circle"
        seen.add(at)
    return at
