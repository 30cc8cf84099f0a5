"""What holds of a place of care from a day on: beds, hours, level, prices, readiness."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from facilities.hours import Slot, always_open, read_hours
from facilities.models import (
    BedCount,
    Department,
    Facility,
    FacilityClassification,
    HealthcareService,
    OpeningSchedule,
    OpeningSlot,
    Publication,
    Readiness,
    ServicePrice,
)
from facilities.rules import LEVELS, level_of_points, rules_of
from facilities.services.licensing import Decision
from portal.places.models import Organisation

ONE_DAY = timedelta(days=1)
Bed = BedCount.Kind
SOME_OF_THE_ACTUAL = frozenset({Bed.INTENSIVE, Bed.NEGATIVE_PRESSURE})


def follow(row: Any, standing: QuerySet[Any]) -> Any:
    """Save a dated row in place of the one that stands: that one ends on the day before.

    One that began the very same day is corrected: it never was. What begins later is in the way.
    """
    last = standing.select_for_update().filter(valid_until=None).first()
    if last is not None:
        _make_room(last, row.valid_from)
    row.full_clean(exclude=["name_norm"] if hasattr(row, "name_norm") else None)
    row.save(force_insert=True)
    return row


def _make_room(last: Any, on: date) -> None:
    if last.valid_from > on:
        message = _("Something else holds since %(day)s; name a later day.")
        said = {"day": f"{last.valid_from:%d/%m/%Y}"}
        raise ValidationError(
            {"valid_from": ValidationError(message, code="fact_before_last", params=said)}
        )
    if last.valid_from == on:
        if isinstance(last, OpeningSchedule):
            last.slots.all().delete()
        last.delete()
        return
    last.valid_until = on - ONE_DAY
    last.save(update_fields=["valid_until"])


@transaction.atomic
def count_beds(
    *,
    facility: Organisation,
    kind: str,
    count: int,
    valid_from: date,
    department: Department | None = None,
    decision: Decision | None = None,
) -> BedCount:
    """Say how many beds or tables of a kind there are from a day on.

    Intensive-care and negative-pressure beds are some of the actual ones: there are not more of them.
    """
    paper = decision or Decision()
    if department is not None:
        _require_open(department, valid_from)
    if kind in SOME_OF_THE_ACTUAL:
        _require_some_of_the_actual(facility, department, kind, count, valid_from)
    row = BedCount(
        facility=facility,
        department=department,
        kind=kind,
        count=count,
        valid_from=valid_from,
        decision_no=paper.number,
        decided_on=paper.decided_on,
        decided_by=paper.decided_by,
    )
    standing = BedCount.objects.filter(facility=facility, department=department, kind=kind)
    same = standing.filter(valid_until=None, count=count).first()
    return same or follow(row, standing)


def _require_open(department: Department, on: date) -> None:
    if department.holds_on(on):
        return
    message = _("%(name)s is open from %(since)s until %(until)s; name a day in between.")
    if department.valid_until is None:
        message = _("%(name)s is open from %(since)s on; name a later day.")
    said = {
        "name": department.name,
        "since": f"{department.valid_from:%d/%m/%Y}",
        "until": f"{department.valid_until:%d/%m/%Y}" if department.valid_until else "",
    }
    raise ValidationError(
        {"valid_from": ValidationError(message, code="department_closed", params=said)}
    )


def _require_some_of_the_actual(
    facility: Organisation, department: Department | None, kind: str, count: int, on: date
) -> None:
    held = BedCount.objects.filter(facility=facility, department=department, kind=Bed.ACTUAL)
    actual = held.holding(on).values_list("count", flat=True).first()
    if actual is None or count <= actual:
        return
    message = _("%(count)d are more than the %(actual)d actual beds; count those first.")
    said = {"count": count, "actual": actual}
    raise ValidationError({kind: ValidationError(message, code="beds_beyond_actual", params=said)})


@transaction.atomic
def set_hours(
    *, facility: Organisation, text: str, valid_from: date, slots: Sequence[Slot] | None = None
) -> OpeningSchedule:
    """Write the working hours as a sentence and as hours of the week.

    The sentence is read where the hours are not given; one that cannot be read is refused with
    an example.
    """
    plain = " ".join(text.split())
    is_always = always_open(plain)
    week = list(slots) if slots is not None else [] if is_always else read_hours(plain)
    row = OpeningSchedule(
        facility=facility, text=plain, is_always_open=is_always, valid_from=valid_from
    )
    follow(row, OpeningSchedule.objects.filter(facility=facility))
    for slot in week:
        made = OpeningSlot(schedule=row, weekday=slot.weekday, opens=slot.opens, closes=slot.closes)
        made.full_clean()
        made.save(force_insert=True)
    return row


@transaction.atomic
def classify(
    *,
    facility: Organisation,
    kind: str,
    value: str,
    valid_from: date,
    decision: Decision,
    points: Decimal | None = None,
) -> FacilityClassification:
    """Note the level or rank that a decision gives; points that make another level are refused.

    A commune station and its points are always at the primary level.
    """
    own = Facility.objects.filter(organisation=facility).first()
    if kind == FacilityClassification.Kind.LEVEL:
        _require_level(own, value, points, valid_from)
    row = FacilityClassification(
        facility=facility,
        kind=kind,
        value=value,
        points=points,
        valid_from=valid_from,
        decision_no=decision.number,
        decided_on=decision.decided_on,
        decided_by=decision.decided_by,
    )
    follow(row, FacilityClassification.objects.filter(facility=facility, kind=kind))
    if own is not None and kind == FacilityClassification.Kind.LEVEL:
        own.level = value
        own.save(update_fields=["level"])
    return row


def _require_level(own: Facility | None, value: str, points: Decimal | None, on: date) -> None:
    fixed = {
        form: rule.said("level")
        for rule in rules_of(LEVELS, on)
        for form in rule.said("forms").split(";")
        if form
    }
    wanted = fixed.get(own.form, "") if own is not None else ""
    if not wanted and points is not None:
        wanted = level_of_points(points, on)
    if wanted and wanted != value:
        message = _("%(points)s points make the %(wanted)s, not the %(value)s; check the decision.")
        if points is None:
            message = _("A facility of this form is at the %(wanted)s; check form and level.")
        levels = FacilityClassification.Value
        said = {
            "points": f"{points}".replace(".", ","),
            "wanted": levels(wanted).label,
            "value": levels(value).label,
        }
        raise ValidationError(
            {"value": ValidationError(message, code="level_differs", params=said)}
        )


@transaction.atomic
def answer_readiness(*, row: Readiness) -> Readiness:
    """Answer a question of connection and software from a day on."""
    standing = Readiness.objects.filter(facility=row.facility, topic=row.topic)
    answered: Readiness = follow(row, standing)
    return answered


@transaction.atomic
def publish(*, publication: Publication, today: date) -> Publication:
    """Note that something was made public."""
    if publication.published_on > today:
        message = _("This day is still to come.")
        raise ValidationError({"published_on": ValidationError(message, code="day_in_future")})
    publication.full_clean()
    publication.save(force_insert=True)
    return publication


@transaction.atomic
def open_department(*, department: Department) -> Department:
    """Open a department from a day on."""
    department.full_clean()
    department.save(force_insert=True)
    return department


@transaction.atomic
def close_department(*, department: Department, on: date) -> Department:
    """End a department; its beds end with it."""
    department.valid_until = on
    department.full_clean()
    department.save(update_fields=["valid_until"])
    department.beds.filter(valid_until=None, valid_from__lte=on).update(valid_until=on)
    return department


@transaction.atomic
def set_price(
    *,
    service: HealthcareService,
    payer: str,
    amount: Decimal,
    valid_from: date,
    decision: Decision | None = None,
) -> ServicePrice:
    """Set what a service costs whom from a day on."""
    paper = decision or Decision()
    row = ServicePrice(
        service=service,
        payer=payer,
        amount=amount,
        valid_from=valid_from,
        decision_no=paper.number,
        decided_on=paper.decided_on,
        decided_by=paper.decided_by,
    )
    price: ServicePrice = follow(row, ServicePrice.objects.filter(service=service, payer=payer))
    return price


@transaction.atomic
def offer_service(
    *, facility: Organisation, name: str, valid_from: date, code: str = "", unit: str = ""
) -> HealthcareService:
    """Offer a service from a day on."""
    row = HealthcareService(
        facility=facility, code=code, name=name, unit=unit, valid_from=valid_from
    )
    row.full_clean(exclude=["name_norm"])
    row.save(force_insert=True)
    return row
