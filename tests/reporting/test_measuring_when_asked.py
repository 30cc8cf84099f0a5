"""Whoever mended records has the scores follow when they ask, not only in the night."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from healthrecords.models import Citizen, CitizenIdentifier
from portal.accounts.models import User
from portal.places.models import Organisation
from portal.templatetags.portal import moment
from reporting.jobs import measure_place, measure_quality
from reporting.models import QualityIssue, QualityMeasurement, QualityRun, QualityScore
from reporting.quality.loading import load_rules
from reporting.services.measuring import LOCK, measure


@pytest.fixture
def unmended(clerk: User) -> Citizen:
    """Somebody whose ethnic group nobody wrote down, measured so."""
    load_rules()
    station = clerk.place_of_work
    assert station is not None
    row = Citizen.objects.create(
        name="Lò Văn An",
        birth_date="1980-02-03",
        sex="male",
        home_station=station,
        area=station.area,
    )
    measure(at=timezone.now())
    return row


def waiting() -> int:
    return int(ProcrastinateJob.objects.filter(task_name=measure_place.name, status="todo").count())


def score() -> float:
    row = QualityScore.objects.filter(unit="facility").latest("day")
    assert row.value is not None
    return float(row.value)


def test_the_score_follows_when_somebody_has_it_measured(
    client: Client, clerk: User, unmended: Citizen
) -> None:
    before = score()
    Citizen.objects.filter(pk=unmended.pk).update(ethnic_group="03")
    CitizenIdentifier.objects.create(citizen=unmended, kind="personal", value="011080000123")
    Citizen.objects.filter(pk=unmended.pk).update(ethnic_group="03")
    client.force_login(clerk)
    assert client.get("/chat-luong/do/").status_code == 405
    assert waiting() == 0
    for _twice in range(2):
        answer = client.post("/chat-luong/do/")
        assert answer.headers["Location"].startswith("/chat-luong/?noi=")
    assert waiting() == 1
    page = client.get("/chat-luong/")
    assert page.context["is_measuring"]
    assert 'action="/chat-luong/do/"' not in page.content.decode()
    measure_place(place_id=str(unmended.home_station_id))
    assert score() > before


def test_measuring_a_mended_record_again_has_the_scores_follow(
    client: Client, clerk: User, unmended: Citizen
) -> None:
    issue = QualityIssue.objects.open().get(rule__code="F01", object_id=unmended.pk)
    client.force_login(clerk)
    assert 'action="/chat-luong/do/"' in client.get("/chat-luong/").content.decode()
    client.post("/chat-luong/can-sua/lam/", {"viec": [issue.pk], "lam": "do"})
    assert waiting() == 1


def test_at_a_body_the_places_of_the_mended_records_are_measured_and_no_province(
    client: Client, clerk: User, unmended: Citizen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reporting.pages.quality.MEASURED_AT_MOST", 0)
    issue = QualityIssue.objects.open().get(rule__code="F01", object_id=unmended.pk)
    client.force_login(clerk)
    assert client.post("/chat-luong/do/").status_code == 403
    assert waiting() == 0
    client.post("/chat-luong/can-sua/lam/", {"viec": [issue.pk], "lam": "do"})
    job = ProcrastinateJob.objects.get(task_name=measure_place.name)
    assert job.args == {"place_id": str(unmended.home_station_id)}


def test_the_night_comes_again_after_a_place_that_is_being_measured(db: None) -> None:
    elsewhere = connection.copy()
    try:
        with elsewhere.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        assert measure_quality() == 0
    finally:
        with elsewhere.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock_all()")
        elsewhere.close()
    assert ProcrastinateJob.objects.filter(task_name=measure_quality.name, status="todo").exists()


def test_whoever_may_not_see_quality_has_nothing_measured(
    client: Client, auditor: User, unmended: Citizen
) -> None:
    client.force_login(auditor)
    assert client.post("/chat-luong/do/").status_code in {403, 404}
    assert waiting() == 0


def test_what_is_measured_of_a_place_alone_is_what_the_night_measures(
    clerk: User, unmended: Citizen, hospital: Organisation
) -> None:
    elsewhere = Citizen.objects.create(
        name="Vàng A Dơ", birth_date="1970-01-01", sex="male", home_station=hospital
    )
    measure(at=timezone.now())
    Citizen.objects.filter(pk__in=[unmended.pk, elsewhere.pk]).update(phone="x", name="  ")
    untouched = list(figures().filter(facility=hospital))
    measure_place(place_id=str(unmended.home_station_id))
    here = list(figures().filter(facility=unmended.home_station))
    assert list(figures().filter(facility=hospital)) == untouched
    measure(at=timezone.now(), everything=True)
    assert list(figures().filter(facility=unmended.home_station)) == here
    assert list(figures().filter(facility=hospital)) != untouched


def figures() -> Any:
    """What stands of each rule: judged, passed, gates broken."""
    rows = QualityMeasurement.objects.order_by("facility_id", "rule_id", "-day")
    told = rows.distinct("facility_id", "rule_id")
    return told.values_list("rule__code", "evaluated", "passed", "gates_broken")


def at_of(page: Any) -> Any:
    return page.context["run"].started_at


def test_the_page_says_when_the_score_it_shows_was_measured(
    client: Client, clerk: User, unmended: Citizen, statistician: User, department: Organisation
) -> None:
    night = QualityRun.objects.get()
    client.force_login(clerk)
    assert at_of(client.get("/chat-luong/")) == night.started_at
    measure_place(place_id=str(unmended.home_station_id))
    asked = QualityRun.objects.get(place=unmended.home_station)
    page = client.get("/chat-luong/")
    assert at_of(page) == asked.started_at > night.started_at
    assert page.context["later"] is None
    # The body's score is of the night, and of what was measured under it since.
    client.force_login(statistician)
    whole = client.get("/chat-luong/", {"noi": str(department.pk)})
    assert (at_of(whole), whole.context["later"]) == (night.started_at, asked)
    for run in (night, asked):
        assert moment(run.started_at) in whole.content.decode()
    measure(at=timezone.now())
    assert at_of(client.get("/chat-luong/", {"noi": str(department.pk)})) > asked.started_at


def test_a_place_measured_by_itself_hides_nothing_from_the_next_night(
    clerk: User, unmended: Citizen, other_station: Organisation
) -> None:
    elsewhere = Citizen.objects.create(
        name="Vì Thị Én", birth_date="1990-03-04", sex="female", home_station=other_station
    )
    measure_place(place_id=str(unmended.home_station_id))
    assert not QualityIssue.objects.open().filter(object_id=elsewhere.pk).exists()
    measure(at=timezone.now())
    assert QualityIssue.objects.open().filter(object_id=elsewhere.pk).exists()
