"""What was counted by day is what counting the records gives, whatever was written meanwhile."""

import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from healthrecords.models import (
    Citizen,
    Diagnosis,
    DiagnosticReport,
    Procedure,
    Result,
    Visit,
)
from portal.places.models import Organisation
from reporting.computing import compute
from reporting.days import catch_up, count_anew
from reporting.models import CountedUntil, FacilityDay
from tests.reporting.conftest import LATER, OCTOBER, a_station, form, moment, person

END = str(2**62)  # past every transaction: also what this very one wrote


def agree(*places: Organisation) -> None:
    for code in ("BC01", "BC02"):
        counted, days = (
            compute(form(code), OCTOBER, places, from_days=way) for way in (False, True)
        )
        assert days == counted


def test_days_follow_visits_diagnoses_and_people(
    see: Callable[..., Any], station: Organisation, hospital: Organisation
) -> None:
    girl = person(date(2015, 1, 1))
    visit = see(girl, station, moment(5), "J06.9")
    see(girl, hospital, moment(6), "J18.9", kind="03", ended_at=moment(9), care_days=3, outcome="5")
    assert catch_up(at=LATER, until=END) == 4 - 1  # the stay began and ended on two days
    agree(station, hospital)
    reset()
    Diagnosis.objects.filter(visit=visit).update(code="I10")
    Citizen.objects.filter(pk=girl.pk).update(sex="male", birth_date=date(1960, 1, 1))
    Visit.objects.filter(pk=visit.pk).update(started_at=moment(7), ended_at=moment(7))
    catch_up(at=LATER, until=END)
    agree(station, hospital)
    reset()
    Visit.objects.filter(pk=visit.pk).update(status="withdrawn")
    catch_up(at=LATER, until=END)
    agree(station, hospital)
    assert FacilityDay.objects.filter(facility=station).count() == 0


def test_days_follow_services_done_with_and_without_a_visit(
    see: Callable[..., Any], station: Organisation, hospital: Organisation
) -> None:
    who = person(date(1970, 1, 1))
    visit = see(who, station, moment(5), "J06.9")
    said = {"citizen": who, "facility": station, "recorded_at": moment(5)}
    report = DiagnosticReport.objects.create(
        **said, visit=visit, kind="laboratory", title="Công thức máu", performed_at=moment(5)
    )
    values = [
        Result.objects.create(
            report=report, citizen=who, facility=station, name=name, said_at=moment(5), position=n
        )
        for n, name in enumerate(("Hồng cầu", "Bạch cầu"), start=1)
    ]
    stitched = Procedure.objects.create(
        **said | {"facility": hospital}, kind="surgery", title="Khâu", performed_at=moment(20)
    )
    catch_up(at=LATER, until=END)
    agree(station, hospital)
    figures = compute(form("BC02"), OCTOBER, [station, hospital], from_days=True)
    assert (figures[station.pk]["own"]["xn"], figures[hospital.pk]["own"]["pt"]) == (2, 1)
    reset()
    Result.objects.filter(pk=values[0].pk).delete()
    Procedure.objects.filter(pk=stitched.pk).update(performed_at=moment(3, month=11))
    catch_up(at=LATER, until=END)
    agree(station, hospital)
    figures = compute(form("BC02"), OCTOBER, [station, hospital], from_days=True)
    assert (figures[station.pk]["own"]["xn"], figures[hospital.pk]["own"]["pt"]) == (1, 0)
    count_anew(OCTOBER.first, OCTOBER.last)
    agree(station, hospital)


def reset() -> None:
    """Look at the whole history again: within one transaction all of it has one number."""
    CountedUntil.objects.all().delete()


def test_nothing_new_is_nothing_to_count(see: Callable[..., Any], station: Organisation) -> None:
    see(person(date(2015, 1, 1)), station, moment(5), "J06.9")
    catch_up(at=LATER, until=END)
    assert catch_up(at=LATER, until=END) == 0


def test_counting_anew_gives_the_same(
    see: Callable[..., Any], station: Organisation, hospital: Organisation
) -> None:
    see(person(date(2015, 1, 1)), station, moment(1, hour=0), "J06.9", traditional="U50.011")
    see(
        person(date(1950, 1, 1)),
        hospital,
        moment(2),
        "I63.9",
        kind="03",
        ended_at=moment(31),
        care_days=29,
    )
    count_anew(OCTOBER.first, OCTOBER.last)
    agree(station, hospital)


WRITES = st.lists(
    st.tuples(
        st.sampled_from(["visit", "code", "move", "withdraw", "born", "count"]),
        st.integers(0, 30),
        st.integers(0, 5),
    ),
    max_size=12,
)


@given(writes=WRITES)
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@pytest.mark.django_db
def test_days_and_records_agree_after_any_writes(
    definitions_once: None, writes: list[tuple[str, int, int]]
) -> None:
    with transaction.atomic():
        place = a_station()
        visits: list[Visit] = []
        for deed, day, which in writes:
            at = moment(1) + timedelta(days=day)
            visit = visits[which % len(visits)] if visits else None
            if deed == "visit" or visit is None:
                kind = "03" if which == 0 else "01"
                row = Visit.objects.create(
                    citizen=person(date(2010 + which, 10, 15)), facility=place, started_at=at,
                    ended_at=at + timedelta(days=which), status="finished", kind=kind, care_days=which,
                )  # fmt: skip
                Diagnosis.objects.create(visit=row, rank="main", code=("I10", "A09")[which % 2])
                visits.append(row)
            elif deed == "code":
                Diagnosis.objects.filter(visit=visit).update(code="J06.9")
            elif deed == "move":
                Visit.objects.filter(pk=visit.pk).update(
                    started_at=at, ended_at=at + timedelta(days=1)
                )
            elif deed == "withdraw":
                Visit.objects.filter(pk=visit.pk).update(status="withdrawn")
            elif deed == "born":
                Citizen.objects.filter(pk=visit.citizen_id).update(birth_date=date(1950, 1, 1))
            else:
                reset()
                catch_up(at=LATER, until=END)
        reset()
        catch_up(at=LATER, until=END)
        agree(place)
        transaction.set_rollback(True)


@pytest.mark.django_db(transaction=True)
def test_what_is_still_being_written_is_left_for_the_next_time(
    see: Callable[..., Any], station: Organisation
) -> None:
    see(person(date(2015, 1, 1)), station, moment(5), "J06.9")
    assert counted_when_others_are_done() == 1
    agree(station)
    see(person(date(2015, 1, 1)), station, moment(6), "J06.9")
    assert counted_when_others_are_done() == 1
    agree(station)
    assert connection.in_atomic_block is False


def counted_when_others_are_done() -> int:
    """Count what was written; anybody's older transaction, in any database here, has it wait."""
    until = time.monotonic() + 300
    while not (days := catch_up(at=LATER)) and time.monotonic() < until:
        time.sleep(0.2)
    return days
