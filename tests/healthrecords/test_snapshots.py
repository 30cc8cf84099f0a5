"""Properties: a snapshot says everything, in one way only, and can be read back; amendments keep it true."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from healthrecords.models import (
    Citizen,
    DiagnosticReport,
    Visit,
    VisitAmendment,
    VisitSeal,
    VisitVersion,
)
from healthrecords.services import open_access
from healthrecords.services.amending import amend_by_file, drop_amendment, open_amendment, unchanged
from healthrecords.services.report_entries import ReportEntry, ResultEntry
from healthrecords.services.results import record_report, void_report
from healthrecords.services.signing import sign_visit
from healthrecords.snapshots import (
    ATTACHED,
    OWNERS,
    canonical,
    mark_of,
    read_back,
    restored,
    row_of,
    said_alike,
    signed_parts,
    snapshot_of,
    told,
)
from portal.accounts.models import User
from portal.database.uuid7 import uuid7
from tests.healthrecords.conftest import AT


@pytest.fixture
def lists(few_lists: None) -> None:
    """A handful of diseases is enough here."""


TABLES = (Visit, *signed_parts(), *(one.model for one in ATTACHED))
MOMENTS = st.datetimes(datetime(1950, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)


def values_of(field: Any) -> st.SearchStrategy[Any]:
    """Everything a column may hold, blank and none included."""
    found = _filled(field)
    return st.none() | found if field.null else found


def _decimals(field: Any) -> st.SearchStrategy[Any]:
    most = Decimal(10) ** (field.max_digits - field.decimal_places) - 1
    return st.decimals(-most, most, places=field.decimal_places)


# The particular before the general.
KINDS: tuple[tuple[Any, Callable[[Any], st.SearchStrategy[Any]]], ...] = (
    (ArrayField, lambda field: st.lists(_filled(field.base_field), max_size=3)),
    (models.DecimalField, _decimals),
    (models.BooleanField, lambda _field: st.booleans()),
    (models.IntegerField, lambda _field: st.integers(0, 32_000)),
    (models.FloatField, lambda _field: st.floats(allow_nan=False, allow_infinity=False)),
    (models.DateTimeField, lambda _field: MOMENTS),
    (models.DateField, lambda _field: st.dates(date(1900, 1, 1), date(2100, 1, 1))),
    (models.TimeField, lambda _field: st.times()),
    (models.UUIDField | models.ForeignKey, lambda _field: st.uuids()),
    (
        models.JSONField,
        lambda _field: st.dictionaries(TEXTS, TEXTS | st.integers() | st.none(), max_size=3),
    ),
    (models.BinaryField, lambda _field: st.binary(max_size=20)),
    (models.Field, lambda _field: TEXTS),
)


def _filled(field: Any) -> st.SearchStrategy[Any]:
    return next(make(field) for kind, make in KINDS if isinstance(field, kind))


def fields_of(model: type[models.Model]) -> list[Any]:
    left_out = {*OWNERS, *getattr(model, "unsigned", ())}
    return [f for f in model._meta.concrete_fields if f.name not in left_out and not f.generated]


def rows_of(model: type[models.Model]) -> st.SearchStrategy[models.Model]:
    columns = {field.attname: values_of(field) for field in fields_of(model)}
    return st.fixed_dictionaries(columns).map(lambda said: model(**said))


@pytest.mark.parametrize("model", TABLES, ids=lambda m: m._meta.label_lower)
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_a_change_of_any_column_changes_the_text(model: Any, data: st.DataObject) -> None:
    row = data.draw(rows_of(model))
    said = canonical(row_of(row))
    for field in fields_of(model):
        before = getattr(row, field.attname)
        other = next(
            (value for _try in range(4) if (value := data.draw(values_of(field))) != before), before
        )
        if other == before:
            continue
        setattr(row, field.attname, other)
        assert canonical(row_of(row)) != said, field.name
        assert mark_of(canonical(row_of(row))) != mark_of(said)
        setattr(row, field.attname, before)
    assert canonical(row_of(row)) == said


@pytest.mark.parametrize("model", TABLES, ids=lambda m: m._meta.label_lower)
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_what_is_read_back_equals_what_was_said(model: Any, data: st.DataObject) -> None:
    row = data.draw(rows_of(model))
    text = canonical(row_of(row))
    again = restored(model, json.loads(text))
    for field in fields_of(model):
        assert getattr(again, field.attname) == getattr(row, field.attname), field.name
    assert canonical(row_of(again)) == text


def test_blank_none_and_zero_are_three_things() -> None:
    from healthrecords.models import VitalSigns

    texts = {
        canonical(row_of(VitalSigns(weight=weight, glucose_timing=timing)))
        for weight in (None, Decimal(0))
        for timing in ("", "any")
    }
    ids = {json.loads(text).pop("id") for text in texts}
    assert len(texts) == len(ids) == 4
    one, other = row_of(VitalSigns(weight=Decimal(58))), row_of(VitalSigns(weight=Decimal("58.00")))
    assert one["weight"] == other["weight"] == "58.00"


def test_a_value_without_a_way_to_be_written_is_refused() -> None:
    with pytest.raises(TypeError):
        row_of(Visit(reason=object()))
    with pytest.raises(ValueError, match="Out of range"):
        canonical({"x": float("nan")})


def test_a_column_added_later_is_no_difference(
    record: Callable[..., Visit], citizen: Citizen
) -> None:
    said = snapshot_of(record(citizen))
    older = json.loads(canonical(said))
    del older["visit"]["next_visit_on"]
    del older["parts"]["healthrecords.medication"][0]["note"]
    assert said_alike(older, said)
    del older["visit"]["reason"]
    assert not said_alike(older, said)


def test_the_whole_visit_is_read_back(record: Callable[..., Visit], citizen: Citizen) -> None:
    visit = record(citizen)
    said = json.loads(canonical(snapshot_of(visit)))
    visit_again, *parts = read_back(said)
    assert isinstance(visit_again, Visit)
    assert row_of(visit_again) == said["visit"]
    assert {part._meta.model_name for part in parts} == {"diagnosis", "medication", "vitalsigns"}
    for part in parts:
        stored = type(part)._default_manager.get(pk=part.pk)
        for field in fields_of(type(part)):
            if field.name not in {"visit", "facility"}:
                assert getattr(part, field.attname) == getattr(stored, field.attname)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.sampled_from(["Ăn nhạt", "Nghỉ", ""])),
        st.tuples(st.just("measure"), st.integers(60, 64)),
        st.tuples(st.just("report"), st.sampled_from(["7,9", "5,1"])),
        st.tuples(st.sampled_from(["sign", "amend", "drop", "file", "merge", "void"]), st.none()),
    ),
    min_size=4,
    max_size=14,
)


def refusal(deed: Callable[[], Any]) -> str:
    """Do it, and return the code of its refusal, "" when it was done."""
    try:
        with transaction.atomic():
            deed()
    except ValidationError as refused:
        return str(refused.code)
    except IntegrityError as refused:
        return str(refused).split(":")[0]
    return ""


class Story:
    """A visit to which things happen; what must hold is looked at after each."""

    def __init__(self, visit: Visit, signer: User, others: list[Citizen]) -> None:
        self.visit, self.signer, self.others = visit, signer, others
        self.at = AT
        self.signed: list[tuple[int, str]] = []

    @property
    def seal(self) -> VisitSeal | None:
        return VisitSeal.objects.filter(visit=self.visit).first()

    def do(self, deed: str, value: Any) -> None:
        self.at += timedelta(minutes=1)
        for citizen in self.others:
            open_access(user=self.signer, citizen=citizen, at=self.at)
        getattr(self, f"do_{deed}")(value)

    def is_sealed(self) -> bool:
        return self.seal is not None and self.seal.amendment_id is None

    def _change(self, change: Callable[[], Any], *, tells: bool) -> None:
        """A change gets through when nothing is sealed, or when it changes nothing."""
        expected = "visit_signed" if self.is_sealed() and tells else ""
        assert refusal(change) == expected

    def do_write(self, advice: str) -> None:
        rows = Visit.objects.filter(pk=self.visit.pk)
        tells = not rows.filter(advice=advice).exists()
        self._change(lambda: rows.update(advice=advice), tells=tells)

    def do_measure(self, pulse: int) -> None:
        rows = self.visit.vitalsigns_rows.all()
        tells = rows.exclude(pulse=pulse).exists()
        self._change(lambda: rows.update(pulse=pulse), tells=tells)

    def do_sign(self, _value: None) -> None:
        expected = ""
        if self.seal is not None:
            same = unchanged(self.visit)
            if self.is_sealed():
                expected = "" if self.seal.has_later else "already_signed"
            else:
                expected = "nothing_amended" if same and not self.seal.has_later else ""
        code = refusal(lambda: sign_visit(actor=self.signer, visit=self.visit, at=self.at))
        assert code == expected
        if not code:
            version = VisitVersion.objects.filter(visit=self.visit).latest("number")
            self.signed.append((version.number, version.content))

    def do_amend(self, _value: None) -> None:
        was_open = VisitAmendment.objects.open().filter(visit=self.visit).exists()
        reason = "Ghi nhầm mạch đo"
        code = refusal(
            lambda: open_amendment(actor=self.signer, visit=self.visit, reason=reason, at=self.at)
        )
        assert code == ("amendment_open" if was_open else "")

    def do_drop(self, _value: None) -> None:
        expected = "amendment_none"
        if VisitAmendment.objects.open().filter(visit=self.visit).exists():
            expected = "" if unchanged(self.visit) else "amendment_changed"
        code = refusal(lambda: drop_amendment(actor=self.signer, visit=self.visit, at=self.at))
        assert code == expected

    def do_file(self, _value: None) -> None:
        sealed = self.is_sealed()
        count = amend_by_file(
            [self.visit.pk], actor=None, batch_id=uuid7(), name="tep.xlsx", at=self.at
        )
        assert count == int(sealed)

    def do_report(self, value: str) -> None:
        """A result comes at any time: signed or not, it is not refused."""
        self.visit.refresh_from_db()
        entry = ReportEntry(
            "laboratory", "Hóa sinh máu", self.at, [ResultEntry("Glucose máu", value, "mmol/L")]
        )
        said = {"citizen": self.visit.citizen, "facility": self.visit.facility, "at": self.at}
        record_report(actor=self.signer, entry=entry, client_key=uuid7(), visit=self.visit, **said)

    def do_void(self, _value: None) -> None:
        rows = DiagnosticReport.objects.filter(visit=self.visit).standing()
        report = rows.order_by("id").last()
        if report is not None:
            void_report(actor=self.signer, report=report, reason="Nhầm người", at=self.at)

    def do_merge(self, _value: None) -> None:
        self.others.append(self.others.pop(0))
        Visit.objects.filter(pk=self.visit.pk).update(citizen=self.others[0])

    def look(self) -> None:
        kept = list(VisitVersion.objects.filter(visit=self.visit).order_by("number"))
        assert [(row.number, row.content) for row in kept] == self.signed
        assert [row.number for row in kept] == list(range(1, len(kept) + 1))
        assert all(mark_of(row.content) == row.content_hash for row in kept)
        seal = self.seal
        assert (seal is None) == (not kept)
        if seal is not None:
            assert seal.version_id == kept[-1].pk
            said, now = json.loads(kept[-1].content), snapshot_of(self.visit)
            assert said_alike(said, now, itself=True) or seal.amendment_id is not None
            # The seal says of what stands with the visit exactly whether it is signed.
            assert seal.has_later == any(
                sorted(canonical(told(row, one.label)) for row in said["parts"][one.label])
                != sorted(canonical(told(row, one.label)) for row in now["parts"][one.label])
                for one in ATTACHED
            )


@given(steps=STEPS)
@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_whatever_happens_what_was_signed_stays_and_what_stands_is_signed_or_amended(
    steps: list[tuple[str, Any]],
    record: Callable[..., Visit],
    citizen: Citizen,
    clinician: User,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Circular 13/2025/TT-BYT (read second-hand): what was signed stays readable."""
    from django.conf import settings as house

    monkeypatch.setattr(house, "MEDIA_ROOT", tmp_path)
    with transaction.atomic():
        twin = Citizen.objects.create(
            name="Quàng Thị Hạc",
            birth_date=citizen.birth_date,
            sex="female",
            home_station=citizen.home_station,
        )
        visit = Visit.objects.filter(citizen=citizen).first() or record(citizen)
        story = Story(visit, clinician, [citizen, twin])
        for deed, value in steps:
            story.do(deed, value)
            story.look()
        transaction.set_rollback(True)
