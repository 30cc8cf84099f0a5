"""Who corrects a visit and sees less than its prescriber erases neither the warning nor the reason."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from healthrecords import services
from healthrecords.models import Allergy, Citizen, LongTermMedicine, Medication, Visit
from healthrecords.services import MedicineEntry, VisitEntry
from healthrecords.services.amending import open_amendment, unchanged
from healthrecords.services.background import record_fact
from healthrecords.services.diagnoses import read_diagnosis
from healthrecords.services.facts import AllergyEntry, LongTermMedicineEntry, read_allergen
from healthrecords.services.signing import sign_visit
from healthrecords.services.versions import version_of
from portal.accounts.models import User
from portal.database.uuid7 import uuid7
from tests.healthrecords.conftest import ON, visit_of
from tests.healthrecords.test_stopped_medicines import medicine

pytestmark = pytest.mark.django_db
REASON = "tăng liều, đã dặn ngừng viên cũ"
Prescribe = Callable[..., tuple[Visit, VisitEntry]]


@pytest.fixture
def lists(few_lists: None) -> None:
    """A handful of diseases is enough here."""


@pytest.fixture
def known(citizen: Citizen, clerk: User, clinician: User) -> Callable[[Any], None]:
    """Write something known of a person that speaks against a medicine."""
    now = timezone.now()
    for user in (clerk, clinician):
        services.open_access(user=user, citizen=citizen, at=now)

    def write(entry: Any) -> None:
        assert clinician.place_of_work is not None
        who = {"actor": clinician, "citizen": citizen, "facility": clinician.place_of_work}
        record_fact(entry=entry, client_key=uuid7(), at=now, **who)

    return write


@pytest.fixture
def prescribe(citizen: Citizen, clinician: User, known: Callable[[Any], None]) -> Prescribe:
    def prescribe_it(*medicines: MedicineEntry) -> tuple[Visit, VisitEntry]:
        assert clinician.place_of_work is not None
        now = timezone.now()
        entry = visit_of(started_at=now - timedelta(hours=1), medicines=list(medicines))
        who = {"actor": clinician, "citizen": citizen, "facility": clinician.place_of_work}
        return services.record_visit(entry=entry, client_key=uuid7(), at=now, **who).row, entry

    return prescribe_it


@pytest.fixture
def protected(known: Callable[[Any], None]) -> None:
    """A medicine taken over time that the clerk may not see."""
    reason = read_diagnosis("B20", on=timezone.localdate()).entry
    known(LongTermMedicineEntry(name="Amlodipin 5 mg", reason=reason))
    assert LongTermMedicine.objects.get().sensitivity == "hiv"


def correct(actor: User, visit: Visit, entry: VisitEntry, **said: Any) -> list[Any]:
    """Correct a visit; return what is kept of its medicines."""
    changed = replace(entry, **said)
    visit = Visit.objects.get(pk=visit.pk)
    services.correct_visit(
        actor=actor, visit=visit, entry=changed, version=version_of(visit), at=timezone.now()
    )
    return list(Medication.objects.order_by("position").values_list("warnings", flat=True))


@pytest.fixture
def raised(prescribe: Prescribe, protected: None) -> tuple[Visit, VisitEntry]:
    """A visit that gives more of what is taken over time, and why."""
    return prescribe(medicine("Amlodipin 10 mg", days=5, reason=REASON))


def test_correcting_other_words_keeps_the_warning_and_the_reason(
    raised: tuple[Visit, VisitEntry], clerk: User
) -> None:
    kept = Medication.objects.get().warnings
    assert kept["reason"] == REASON
    assert len(kept["said"]) == 1
    assert correct(clerk, *raised, symptoms="Đau đầu") == [kept]


def test_another_dose_and_a_reason_in_other_words_keep_the_warning(
    raised: tuple[Visit, VisitEntry], clerk: User
) -> None:
    kept = Medication.objects.get().warnings
    (given,) = raised[1].medicines
    other = replace(given, days=7, quantity=None, reason="tăng liều")
    assert correct(clerk, *raised, medicines=[other]) == [{**kept, "reason": "tăng liều"}]


def test_the_warning_follows_its_medicine_to_another_place_and_goes_with_it(
    raised: tuple[Visit, VisitEntry], clerk: User
) -> None:
    kept = Medication.objects.get().warnings
    visit, entry = raised
    both = [medicine("Paracetamol 500 mg", days=5), *entry.medicines]
    assert correct(clerk, visit, entry, medicines=both) == [None, kept]
    assert correct(clerk, visit, entry, medicines=both[:1]) == [None]


def test_a_reason_that_is_taken_out_takes_the_warning_along(
    raised: tuple[Visit, VisitEntry], clerk: User
) -> None:
    (given,) = raised[1].medicines
    assert correct(clerk, *raised, medicines=[replace(given, reason="")]) == [None]


def test_a_warning_stays_where_what_it_spoke_of_has_ended_since(
    known: Callable[[Any], None], prescribe: Prescribe, clinician: User
) -> None:
    known(AllergyEntry(**{**read_allergen("Penicillin", on=ON), "severity": "mild"}))
    visit, entry = prescribe(medicine("Amoxicilin 500 mg", days=5, reason="dung nạp"))
    kept = Medication.objects.get().warnings
    Allergy.objects.update(ended=f"{timezone.localdate():%Y-%m-%d}")
    assert correct(clinician, visit, entry, symptoms="Sốt") == [kept]


def test_what_the_prescription_itself_says_is_said_as_it_is_now(
    prescribe: Prescribe, clinician: User
) -> None:
    given = medicine("Paracetamol 500 mg", days=14, quantity=Decimal(56), reason="cấp bốn đợt")
    visit, entry = prescribe(given)
    kept = Medication.objects.get().warnings
    assert "56 viên" in kept["said"][0]
    assert correct(clinician, visit, entry, symptoms="Sốt") == [kept]
    mended = replace(given, quantity=Decimal(14))
    assert correct(clinician, visit, entry, medicines=[mended]) == [
        {"said": [], "reason": "cấp bốn đợt"}
    ]


def test_a_signed_visit_saved_as_it_stands_by_who_sees_less_says_what_was_signed(
    raised: tuple[Visit, VisitEntry], clerk: User, clinician: User, papers_of_their_own: None
) -> None:
    visit, entry = raised
    now = timezone.now()
    sign_visit(actor=clinician, visit=visit, at=now)
    open_amendment(actor=clinician, visit=visit, reason="xem lại đơn thuốc", at=now)
    correct(clerk, visit, entry)
    assert unchanged(visit)
