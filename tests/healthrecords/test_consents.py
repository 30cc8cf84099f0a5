"""Consent per purpose: who gives it, in which words, until when, and what follows from it."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from healthrecords import services
from healthrecords.models import Citizen, Consent
from healthrecords.services.consents import (
    ConsentEntry,
    is_allowed,
    record_consent,
    withdraw_consent,
)
from portal.accounts.models import User
from portal.database.uuid7 import uuid7
from portal.places.models import Organisation
from tests.healthrecords.conftest import AT, ON
from tests.healthrecords.test_broken_glass import code_of

SAID: dict[str, Any] = {
    "purpose": "research",
    "answer": "given",
    "giver": "self",
    "channel": "paper",
    "proof": "Giấy số 12/2026",
    "given_on": ON,
}


@pytest.fixture
def ask(citizen: Citizen, clerk: User, station: Organisation) -> Callable[..., Consent]:
    services.open_access(user=clerk, citizen=citizen, at=AT)

    def ask_it(**said: Any) -> Consent:
        return record_consent(
            actor=clerk,
            citizen=citizen,
            facility=station,
            entry=ConsentEntry(**{**SAID, **said}),
            client_key=uuid7(),
            at=AT,
        ).row

    return ask_it


def why(citizen: Citizen, on: date = ON, purpose: str = "research") -> str:
    return is_allowed(citizen=citizen, purpose=purpose, on=on).code


def test_what_was_never_asked_is_not_allowed(citizen: Citizen) -> None:
    """Law 91/2025/QH15 and Decree 356/2025/NĐ-CP (read second-hand).

    Consent is given for each purpose, never pre-ticked.
    """
    answer = is_allowed(citizen=citizen, purpose="research", on=ON)
    assert not answer
    assert answer.code == "never_asked"


def test_a_consent_keeps_the_words_it_was_given_to(
    citizen: Citizen, ask: Callable[..., Consent]
) -> None:
    """Law 91/2025/QH15 and Decree 356/2025/NĐ-CP (read second-hand): consent can be proven."""
    consent = ask()
    assert "dữ liệu cá nhân nhạy cảm" in consent.text
    assert consent.list_version.valid_from == date(2026, 1, 1)
    assert why(citizen) == "given"
    assert why(citizen, purpose="images") == "never_asked"  # one purpose is not another


def test_the_last_answer_counts(citizen: Citizen, ask: Callable[..., Consent]) -> None:
    ask(given_on=ON - timedelta(days=2))
    ask(answer="refused", given_on=ON)
    assert why(citizen, ON - timedelta(days=1)) == "given"
    assert why(citizen) == "refused"


def test_a_withdrawn_consent_holds_until_its_day(
    citizen: Citizen, clerk: User, ask: Callable[..., Consent]
) -> None:
    """Law 91/2025/QH15 and Decree 356/2025/NĐ-CP (read second-hand): consent can be withdrawn."""
    consent = ask(given_on=ON - timedelta(days=5))
    withdraw_consent(actor=clerk, consent=consent, withdrawn_on=ON, proof="đơn 3", at=AT)
    assert why(citizen, ON - timedelta(days=1)) == "given"
    assert why(citizen) == "withdrawn"


def test_a_consent_runs_out_by_the_months_of_its_purpose(
    citizen: Citizen, ask: Callable[..., Consent]
) -> None:
    consent = ask(purpose="share_insurer")
    assert consent.valid_until == date(2027, 11, 5)
    assert why(citizen, date(2027, 11, 5), "share_insurer") == "given"
    assert why(citizen, date(2027, 11, 6), "share_insurer") == "expired"


def test_a_consent_is_withdrawn_once_and_not_before_it_was_given(
    clerk: User, ask: Callable[..., Consent]
) -> None:
    consent = ask()

    def act(on: date) -> object:
        return withdraw_consent(actor=clerk, consent=consent, withdrawn_on=on, proof="", at=AT)

    assert code_of(lambda: act(ON - timedelta(days=1))) == "withdrawn_before_given"
    assert code_of(lambda: act(ON + timedelta(days=1))) == "in_future"
    consent.refresh_from_db()
    assert consent.withdrawn_on is None
    act(ON)
    assert code_of(lambda: act(ON)) == "withdrawn_before"


def test_a_refusal_is_nothing_to_withdraw(clerk: User, ask: Callable[..., Consent]) -> None:
    consent = ask(answer="refused")
    act = lambda: withdraw_consent(  # noqa: E731
        actor=clerk, consent=consent, withdrawn_on=ON, proof="", at=AT
    )
    assert code_of(act) == "nothing_given"


@pytest.mark.parametrize(
    ("born", "givers"),
    [
        (date(2019, 11, 6), {"representative"}),  # seven tomorrow
        (date(2019, 11, 5), {"both"}),  # seven today
        (date(2010, 11, 6), {"both"}),  # sixteen tomorrow
        (date(2010, 11, 5), {"self", "representative"}),
        (date(1962, 3, 12), {"self", "representative"}),
    ],
)
def test_who_gives_consent_goes_by_age(
    citizen: Citizen, ask: Callable[..., Consent], born: date, givers: set[str]
) -> None:
    """Law 91/2025/QH15: under 7 the representative, from 7 the child and the representative."""
    Citizen.objects.filter(pk=citizen.pk).update(birth_date=born)
    citizen.refresh_from_db()
    for giver in ("self", "representative", "both"):
        said = {"giver": giver, "representative_name": "" if giver == "self" else "Lò Văn Bố"}
        if giver in givers:
            assert ask(**said).giver == giver
        else:
            before = Consent.objects.count()
            assert code_of(lambda said=said: ask(**said)) == "wrong_giver"  # type: ignore[misc]
            assert Consent.objects.count() == before


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"proof": " "}, "blank"),
        ({"giver": "representative"}, "representative_missing"),
        ({"purpose": "marketing"}, "purpose_unknown"),
        ({"given_on": ON + timedelta(days=1)}, "in_future"),
        ({"given_on": date(1950, 1, 1)}, "before_birth"),
        ({"answer": "maybe"}, "invalid_choice"),
    ],
)
def test_a_consent_without_its_facts_is_refused(
    ask: Callable[..., Consent], said: dict[str, Any], code: str
) -> None:
    assert code_of(lambda: ask(**said)) == code
    assert not Consent.objects.exists()


def test_a_second_send_changes_nothing(
    citizen: Citizen, clerk: User, station: Organisation, ask: Callable[..., Consent]
) -> None:
    key = uuid7()
    both = [
        record_consent(
            actor=clerk,
            citizen=citizen,
            facility=station,
            entry=ConsentEntry(**SAID),
            client_key=key,
            at=AT,
        )
        for _send in range(2)
    ]
    assert [saved.is_new for saved in both] == [True, False]
    assert Consent.objects.count() == 1


def test_who_has_not_opened_the_record_records_no_consent(citizen: Citizen, stranger: User) -> None:
    place = stranger.place_of_work
    assert place is not None

    def act() -> object:
        return record_consent(
            actor=stranger,
            citizen=citizen,
            facility=place,
            entry=ConsentEntry(**SAID),
            client_key=None,
            at=AT,
        )

    assert code_of(act) == "record_not_open"
    assert not Consent.objects.exists()


def test_who_enters_nothing_here_records_no_consent(
    citizen: Citizen, neighbour: User, station: Organisation
) -> None:
    with pytest.raises(PermissionDenied):
        record_consent(
            actor=neighbour,
            citizen=citizen,
            facility=station,
            entry=ConsentEntry(**SAID),
            client_key=None,
            at=AT,
        )


def test_an_unknown_purpose_is_never_allowed(citizen: Citizen) -> None:
    with pytest.raises(ValidationError):
        is_allowed(citizen=citizen, purpose="marketing", on=ON)


def test_every_purpose_is_asked_in_words_that_say_what_the_law_asks() -> None:
    """The text says that it may be withdrawn, and that health data are sensitive where they are."""
    from portal.codelists.loader import SHIPPED, shipped_versions
    from portal.codelists.tables import read_table

    shipped = next(s for s in shipped_versions(SHIPPED) if s.key == "consent_purposes")
    rows = read_table(shipped.path.read_bytes(), shipped.path.name).rows
    assert len(rows) >= 5
    for row in rows:
        text = row.attributes["text"]
        assert "rút lại bất cứ lúc nào" in text, row.code
        assert "nhạy cảm" in text or "không nêu tên bệnh" in text, row.code
