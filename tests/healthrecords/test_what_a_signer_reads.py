"""The page of a signature shows all that is signed of a visit, its measurements and medicines."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import models
from django.urls import reverse
from django.utils import timezone

from healthrecords import services
from healthrecords.forms.listed import ListedFields
from healthrecords.models import Citizen, Medication, Visit, VitalSigns
from healthrecords.services.queue import PRIORITIES
from healthrecords.snapshots import BOOKKEEPING, OWNERS, snapshot_of, told
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.codelists.lookup import codes_on, titles_on
from portal.places.models import Organisation
from portal.templatetags.portal import day, moment, number
from tests.conftest import make_user
from tests.healthrecords.pages import logged_in, text_of

pytestmark = pytest.mark.django_db

LISTS = {**ListedFields.LISTS, "priority": PRIORITIES}
# A page of a signature is that of a finished visit: no other one is signed.
UNSAID = {"status"}
# The doses and days are told by the sentence of use that is made of them; the code, what the list knows
# of it and the order of the rows follow from the name and the place on the page.
OF_THE_SENTENCE = {
    *(
        "morning",
        "noon",
        "afternoon",
        "evening",
        "each",
        "every_hours",
        "as_needed",
        "at_most",
        "days",
    ),
    *("position", "code", "ingredients", "atc"),
}
READ = {"origin": "Từ tệp", "confirmed": "đã đo lại"}


@pytest.fixture
def lists(few_lists: None) -> None:
    """A handful of diseases is enough here."""


@pytest.fixture
def somebody(station: Organisation) -> User:
    """A nurse who is named on the page for nothing but what the visit says."""
    return make_user("nhung", "Vì Thị Nhung", Role.STATION_CLERK, station)


@pytest.fixture
def visit(record: Callable[..., Visit], citizen: Citizen, clinician: User) -> Visit:
    now = timezone.now()
    services.open_access(user=clinician, citizen=citizen, at=now)
    return record(citizen, started_at=now - timedelta(hours=3), at=now)


def columns_of(model: type[models.Model]) -> list[Any]:
    left_out = {*OWNERS, *BOOKKEEPING, *UNSAID, "visit", "facility"}
    return [
        field
        for field in model._meta.concrete_fields
        if field.name not in left_out and not field.generated
    ]


# A value for each kind of column, found nowhere else on a page; and how such a value is read.
MADE: tuple[tuple[Any, Callable[[Any, int, datetime], Any]], ...] = (
    (models.DateTimeField, lambda _field, n, since: since + timedelta(minutes=n)),
    (models.DateField, lambda _field, n, _since: date(2031, 5, n)),
    (
        models.DecimalField,
        lambda field, n, _since: Decimal(f"{30 + n}.{'17'[: field.decimal_places]}"),
    ),
    (models.IntegerField, lambda _field, n, _since: 300 + n),
    (models.CharField | models.TextField, lambda field, n, _since: f"{field.name} số {n}"),
)
WRITTEN = ((datetime, moment), (date, day), (Decimal, number), (int | str, str))


def filled(model: type[models.Model], since: datetime, named: User, **own: Any) -> dict[str, Any]:
    """Return a value for every column of a table: those of ``own``, and one of its kind."""
    columns = enumerate(columns_of(model), start=1)
    return own | {
        field.name: _value(field, n, since, named) for n, field in columns if field.name not in own
    }


def _value(field: Any, n: int, since: datetime, named: User) -> Any:
    if field.name in LISTS:
        return list(codes_on(LISTS[field.name], timezone.localdate(since)))[-1].code
    if field.choices:
        return field.flatchoices[-1][0]
    if field.is_relation:
        return named
    return next(make for kind, make in MADE if isinstance(field, kind))(field, n, since)


def read(field: Any, value: Any, on: date) -> str:
    """Return how a value of a snapshot is read on a page."""
    if field.name in READ:
        return READ[field.name]
    if field.name in LISTS:
        return titles_on(LISTS[field.name], on)[value]
    if field.choices:
        return str(dict(field.flatchoices)[value])
    if field.is_relation:
        return str(field.related_model._default_manager.get(pk=value))
    plain = field.to_python(value)
    return str(next(write for kind, write in WRITTEN if isinstance(plain, kind))(plain))


def page_of(visit: Visit, signer: User) -> str:
    """Return the page of a signature without its head: the banner tells of the person."""
    answer = logged_in(signer).get(reverse("admin:healthrecords_visit_sign", args=[visit.pk]))
    assert answer.status_code == 200
    return text_of(answer).partition("Nội dung ký")[2]


def missing(said: dict[str, Any], model: type[models.Model], page: str, on: date) -> list[str]:
    """Return which columns of a row are signed and not on the page."""
    lines = told(said, str(model._meta.label_lower))
    columns = columns_of(model)
    assert [field.name for field in columns if field.name not in lines] == []
    texts = {field.name: read(field, lines[field.name], on) for field in columns}
    whole = r"(?<![\d.,])%s(?!\d)"
    return [name for name, text in texts.items() if not re.search(whole % re.escape(text), page)]


def test_every_column_that_is_signed_of_a_visit_is_on_the_page(
    visit: Visit, clinician: User, somebody: User
) -> None:
    since = visit.started_at
    own = {"started_at": since, "ended_at": since + timedelta(hours=1)}
    values = filled(Visit, since, somebody, **own, origin="file")
    Visit.objects.filter(pk=visit.pk).update(**values)
    page = page_of(visit, clinician)
    said = snapshot_of(visit)
    assert missing(said["visit"], Visit, page, timezone.localdate(since)) == []
    assert visit.facility.name in page


def test_every_column_that_is_signed_of_the_measurements_is_on_the_page(
    visit: Visit, clinician: User, somebody: User
) -> None:
    own = {"systolic": 399, "diastolic": 288, "confirmed": ["peak_flow"]}
    values = filled(VitalSigns, visit.started_at, somebody, **own)
    VitalSigns.objects.filter(visit=visit).update(**values)
    page = page_of(visit, clinician)
    (said,) = snapshot_of(visit)["parts"]["healthrecords.vitalsigns"]
    on = timezone.localdate(visit.started_at)
    assert missing(said, VitalSigns, page, on) == []


def test_every_column_that_is_signed_of_a_medicine_is_on_the_page(
    visit: Visit, clinician: User, somebody: User
) -> None:
    warnings = {"said": ["điều cảnh báo"], "reason": "lý do vẫn dùng"}
    own = {name: getattr(visit.medication_rows.get(), name) for name in OF_THE_SENTENCE}
    values = filled(Medication, visit.started_at, somebody, **own, warnings=warnings)
    Medication.objects.filter(visit=visit).update(**values)
    page = page_of(visit, clinician)
    said = values.keys() - OF_THE_SENTENCE - {"warnings", "quantity"}
    assert {"name", "strength", "unit", "route", "note", "instruction"} == said
    assert [name for name in sorted(said) if values[name] not in page] == []
    assert f"Số lượng: {number(values['quantity'])} {values['unit']}" in page
    assert "điều cảnh báo Vẫn dùng vì: lý do vẫn dùng" in page


def test_what_the_name_and_the_sentence_of_a_medicine_say_is_not_said_twice(
    visit: Visit, clinician: User
) -> None:
    rows = Medication.objects.filter(visit=visit)
    said = {"quantity": 28, "unit": "viên", "instruction": "Sáng 1 viên, 28 ngày: 28 viên."}
    rows.update(name="Amlodipin 5 mg", strength="5 mg", route="uống", note="", **said)
    assert "Amlodipin 5 mg Sáng 1 viên, 28 ngày: 28 viên. uống" in page_of(visit, clinician)
    rows.update(quantity=8, route="tiêm", note="sau ăn", instruction="Tiêm, sau ăn: 28 viên.")
    assert "Tiêm, sau ăn: 28 viên. Số lượng: 8 viên" in page_of(visit, clinician)
    rows.update(name="Amlodipin 15 mg", quantity=None)
    page = page_of(visit, clinician)
    assert "Amlodipin 15 mg (5 mg) Tiêm, sau ăn: 28 viên." in page
    assert "Số lượng:" not in page


def measured(model: type[models.Model]) -> list[str]:
    kinds = models.IntegerField | models.DecimalField
    return [field.name for field in columns_of(model) if isinstance(field, kinds)]


def test_each_value_that_was_measured_again_says_so(
    visit: Visit, clinician: User, somebody: User
) -> None:
    own = {"systolic": 399, "diastolic": 288, "confirmed": []}
    values = filled(VitalSigns, visit.started_at, somebody, **own)
    rows = VitalSigns.objects.filter(visit=visit)
    rows.update(**values)
    said = {}
    for name in measured(VitalSigns):
        rows.update(confirmed=[name])
        said[name] = page_of(visit, clinician).count("đã đo lại")
    assert said == dict.fromkeys(measured(VitalSigns), 1)
    rows.update(confirmed=[])
    assert "đã đo lại" not in page_of(visit, clinician)


def test_a_code_that_no_list_knows_any_more_is_read_as_it_stands(
    visit: Visit, clinician: User
) -> None:
    """A file names several departments, and codes of lists that held before."""
    Visit.objects.filter(pk=visit.pk).update(department="K01;K27", discharge="Z7", priority="zzz")
    page = page_of(visit, clinician)
    assert [code for code in ("K01;K27", "Z7", "zzz") if code not in page] == []


def test_what_was_measured_is_read_as_exactly_as_it_is_signed(
    visit: Visit, clinician: User
) -> None:
    VitalSigns.objects.filter(visit=visit).update(weight="3.25", height="51.5", waist="60.5")
    page = page_of(visit, clinician)
    assert [text for text in ("3,25 kg", "51,5 cm", "60,5 cm") if text not in page] == []


def test_half_a_blood_pressure_is_read_as_half(visit: Visit, clinician: User) -> None:
    VitalSigns.objects.filter(visit=visit).update(systolic=None)
    assert "–/90 mmHg" in page_of(visit, clinician)


def test_no_days_of_treatment_are_said_and_days_not_counted_are_not(
    visit: Visit, clinician: User
) -> None:
    """0 is an answer, blank is none."""
    Visit.objects.filter(pk=visit.pk).update(care_days=0)
    assert "Số ngày điều trị 0" in page_of(visit, clinician)
    Visit.objects.filter(pk=visit.pk).update(care_days=None)
    assert "Số ngày điều trị" not in page_of(visit, clinician)


def test_a_visit_without_measurements_says_so(visit: Visit, clinician: User) -> None:
    VitalSigns.objects.filter(visit=visit).delete()
    assert "Chưa đo lần nào." in page_of(visit, clinician)
