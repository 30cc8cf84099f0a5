"""Closing a visit with the result “died” asks when, and the record says so from then on, with its source."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from healthrecords import services
from healthrecords.models import Citizen, FieldSource, Visit
from healthrecords.services.deaths import DeathEntry, record_death, withdraw_death
from healthrecords.services.versions import version_of
from portal.accounts.models import User
from tests.healthrecords.conftest import AT, ON, visit_of
from tests.healthrecords.pages import fields_of, logged_in, record_url, send_visit, text_of

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
HERE, OUTSIDE = "5", "8"


@pytest.fixture
def lists(few_lists: None) -> None:
    """A handful of diseases is enough here."""


def code_of(refused: Any, field: str = "died_at") -> str:
    (error,) = refused.value.error_dict[field]
    return str(error.code)


def dead(citizen: Citizen) -> tuple[date | None, str]:
    citizen.refresh_from_db()
    return citizen.died_on, citizen.death_source


@pytest.fixture
def died(citizen: Citizen, record: Callable[..., Visit]) -> Visit:
    return record(citizen, outcome=HERE, died_at=AT + HOUR, at=AT + 2 * HOUR)


def correct(visit: Visit, clerk: User, *, at: Any = AT + 3 * HOUR, **said: Any) -> Visit:
    visit.refresh_from_db()
    entry = visit_of(**{"outcome": HERE, "died_at": AT + HOUR, **said})
    version = version_of(visit)
    return services.correct_visit(actor=clerk, visit=visit, entry=entry, version=version, at=at)


def test_the_death_stands_in_the_record_with_day_hour_and_who_says_so(
    died: Visit, citizen: Citizen, clerk: User
) -> None:
    assert dead(citizen) == (ON, "facility")
    assert "09:30" in citizen.death_note
    assert died.facility.name in citizen.death_note
    assert died.ended_at == AT + HOUR
    word = FieldSource.objects.get(field="death")
    assert (word.value, word.source, word.visit_id) == (ON.isoformat(), "typed", died.pk)
    assert (word.said_by, word.organisation, word.said_at) == (
        clerk,
        died.facility,
        AT + 2 * HOUR,
    )


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"outcome": HERE}, "death_day_missing"),
        ({"outcome": OUTSIDE}, "death_day_missing"),
        ({"outcome": "2", "died_at": AT}, "death_not_result"),
        ({"outcome": HERE, "died_at": AT - DAY}, "death_before_visit"),
        ({"outcome": HERE, "died_at": AT + DAY}, "died_later"),
        ({"outcome": HERE, "died_at": AT + 2 * HOUR, "ended_at": AT + HOUR}, "death_after_end"),
        ({"outcome": OUTSIDE, "died_at": AT + DAY, "at": AT + 2 * DAY}, "death_after_arrival"),
    ],
)
def test_a_moment_of_death_that_is_missing_or_cannot_be_is_refused(
    citizen: Citizen, record: Callable[..., Visit], said: dict[str, Any], code: str
) -> None:
    """QĐ 4750/QĐ-BYT, KET_QUA_DTRI 5 and 8: register A6/YTCS asks for the day (from knowledge)."""
    with pytest.raises(ValidationError) as refused:
        record(citizen, **{"at": AT + 3 * HOUR, **said})
    assert code_of(refused) == code
    assert not Visit.objects.exists()
    assert dead(citizen) == (None, "")
    assert not FieldSource.objects.filter(field="death").exists()


def test_who_is_put_off_until_later_is_not_asked_yet(
    citizen: Citizen, record: Callable[..., Visit]
) -> None:
    record(citizen, outcome=HERE, is_finished=False)
    assert dead(citizen) == (None, "")


def test_who_was_brought_in_dead_died_before_the_visit(
    citizen: Citizen, record: Callable[..., Visit]
) -> None:
    """QĐ 4750/QĐ-BYT, KET_QUA_DTRI 8."""
    visit = record(citizen, outcome=OUTSIDE, died_at=AT - DAY)
    assert dead(citizen) == (ON - DAY, "facility")
    assert visit.started_at == AT
    assert visit.ended_at == AT


def test_a_person_treated_later_did_not_die_before(
    citizen: Citizen, record: Callable[..., Visit]
) -> None:
    record(citizen, started_at=AT + DAY, at=AT + DAY)
    with pytest.raises(ValidationError) as refused:
        record(citizen, outcome=HERE, died_at=AT + HOUR, at=AT + 2 * DAY)
    assert code_of(refused) == "treated_after_death"
    assert dead(citizen) == (None, "")


def test_a_death_noted_otherwise_is_not_overwritten(
    citizen: Citizen, record: Callable[..., Visit], clerk: User
) -> None:
    entry = DeathEntry(ON, "certificate")
    record_death(actor=clerk, citizen=citizen, entry=entry, at=AT + 3 * DAY)
    with pytest.raises(ValidationError) as refused:
        record(
            citizen, kind="02", outcome=HERE, died_at=AT + DAY, ended_at=AT + DAY, at=AT + 3 * DAY
        )
    assert code_of(refused) == "death_noted_otherwise"
    record(citizen, outcome=HERE, died_at=AT + HOUR, at=AT + 3 * DAY)
    assert dead(citizen) == (ON, "certificate")


def test_a_corrected_day_is_the_day_of_the_record(
    citizen: Citizen, record: Callable[..., Visit], clerk: User
) -> None:
    stay = {"kind": "02", "outcome": HERE, "at": AT + 2 * DAY}
    visit = record(citizen, died_at=AT + DAY, **stay)
    assert dead(citizen) == (ON + DAY, "facility")
    correct(visit, clerk, died_at=AT + 2 * DAY, kind="02", at=AT + 2 * DAY + HOUR)
    assert dead(citizen) == (ON + 2 * DAY, "facility")
    kept = FieldSource.objects.filter(field="death").order_by("id")
    assert [word.set_aside_at is None for word in kept] == [False, True]
    assert kept[0].set_aside_because


@pytest.mark.parametrize("said", [{"outcome": "2", "died_at": None}, {"is_finished": False}])
def test_a_visit_corrected_to_another_result_takes_the_death_back(
    died: Visit, citizen: Citizen, clerk: User, said: dict[str, Any]
) -> None:
    correct(died, clerk, **said)
    assert dead(citizen) == (None, "")
    word = FieldSource.objects.get(field="death")
    assert (word.set_aside_at, word.set_aside_by) == (AT + 3 * HOUR, clerk)


def test_a_death_that_somebody_else_says_too_stays(
    died: Visit, citizen: Citizen, clerk: User
) -> None:
    FieldSource.objects.create(
        citizen=citizen,
        field="death",
        value=ON.isoformat(),
        source="register",
        said_at=AT + 2 * HOUR,
    )
    correct(died, clerk, outcome="2", died_at=None)
    assert dead(citizen) == (ON, "facility")


def test_a_correction_of_something_else_leaves_the_death(
    died: Visit, citizen: Citizen, clerk: User
) -> None:
    correct(died, clerk, reason="Khó thở")
    assert dead(citizen) == (ON, "facility")
    assert FieldSource.objects.get(field="death").set_aside_at is None


def test_a_death_taken_back_by_hand_is_asked_for_again(
    died: Visit, citizen: Citizen, clerk: User
) -> None:
    withdraw_death(actor=clerk, citizen=citizen, reason="ghi nhầm người", at=AT + 2 * HOUR)
    with pytest.raises(ValidationError) as refused:
        correct(died, clerk, died_at=None)
    assert code_of(refused) == "death_day_missing"
    correct(died, clerk)
    assert dead(citizen) == (ON, "facility")


class TestThePage:
    """The box of the moment stands in the form; without scripts the server asks for it."""

    @pytest.fixture
    def client(self, clerk: User, citizen: Citizen) -> Any:
        client = logged_in(clerk)
        client.get(record_url(citizen))
        return client

    def test_it_asks_keeps_what_was_typed_and_shows_it_again(
        self, client: Any, citizen: Citizen
    ) -> None:
        said = {"outcome": HERE, "d-0-text": "I10"}
        asked = send_visit(client, citizen, **said)
        assert "Người bệnh mất lúc nào?" in text_of(asked)
        assert 'data-deaths="5 8" hidden' not in asked.content.decode()
        assert fields_of(asked, "visit_form")["outcome"] == HERE
        assert not Visit.objects.exists()
        now = timezone.localtime()
        typed = f"{now:%d/%m/%Y %H:%M}"
        send_visit(client, citizen, **said, died_at=typed, started_at=f"{now:%d/%m/%Y} 00:00")
        assert dead(citizen) == (now.date(), "facility")
        visit = Visit.objects.get()
        page = client.get(reverse("admin:healthrecords_visit_correct", args=[visit.pk]))
        assert fields_of(page, "visit_form")["died_at"] == typed

    def test_the_box_is_hidden_while_nobody_died(self, client: Any, citizen: Citizen) -> None:
        page = client.get(reverse("admin:healthrecords_visit_new", args=[citizen.pk]))
        assert 'data-deaths="5 8" hidden' in page.content.decode()
