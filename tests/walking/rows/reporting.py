"""Reports: here, and out of sight."""

from collections.abc import Iterable
from datetime import UTC, date, datetime

from django.db.models import Model

from healthrecords.models import Citizen, Visit
from portal.places.models import Organisation
from reporting.definitions import load_definitions
from reporting.models import (
    CaseNotification,
    ManualFigure,
    Outage,
    Outbreak,
    Report,
    ReportDefinition,
)
from tests.walking.world import MARK, World, literal, names, planted, rows

AT = datetime(2026, 11, 5, 1, 30, tzinfo=UTC)
names("report_id", "reporting.report")
literal("form_code", "BC02")
literal("period_name", "month-2026-10-01")


def _definition(code: str) -> ReportDefinition:
    if not ReportDefinition.objects.exists():
        load_definitions()
    return ReportDefinition.objects.holding(date(2026, 10, 31)).get(code=code)


def _report(place: Organisation, code: str, note: str, **said: object) -> Report:
    report = Report.objects.create(
        definition=_definition(code),
        code=code,
        organisation=place,
        period="month",
        first_day=date(2026, 10, 1),
        last_day=date(2026, 10, 31),
        due_on=date(2026, 11, 6),
        figures={"own": {"kham": 4}},
        computed_at=AT,
        note=note,
        **said,
    )
    ManualFigure.objects.create(
        report=report, row="own", column="xq", number=1, reason=f"Sổ {note}", entered_at=AT
    )
    return report


@rows("reporting.report")
def reports(world: World, n: int) -> Iterable[Model]:
    codes = ("BC02", "BC07", "BC08", "BC09", "BC01", "BC03", "BC11", "BC10")
    known = Report.objects.filter(organisation=world.station).count()
    return [_report(world.station, code, "ghi chú") for code in codes[known : known + n]]


@planted("reporting.report")
def far_reports(world: World) -> Iterable[Model]:
    yield _report(world.far_station, "BC02", MARK)


names("notification_id", "reporting.casenotification")
names("outbreak_id", "reporting.outbreak")


def _case(world: World, place: Organisation, name: str) -> CaseNotification:
    visit = Visit.objects.filter(facility=place).order_by("id").first()
    if visit is None:
        citizen = Citizen.objects.create(
            name=name, birth_date=date(1990, 1, 1), sex="female", home_station=place
        )
        visit = Visit.objects.create(
            citizen=citizen, facility=place, status="finished", started_at=AT
        )
    number = CaseNotification.objects.filter(visit=visit).count()
    return CaseNotification.objects.create(
        visit=visit,
        origin=CaseNotification.Origin.HAND,  # no diagnosis is behind it that could change
        disease=f"H{number:02}",
        code="B05.9",
        clock="24h",
        noticed_at=AT,
        due_at=AT,
        exposure=name,
    )


def _outbreak(place: Organisation, name: str) -> Outbreak:
    return Outbreak.objects.create(
        name=name,
        disease="H18",
        station=place,
        place=name,
        first_onset_on=date(2026, 11, 1),
        determined_at=AT,
    )


@rows("reporting.casenotification")
def cases(world: World, n: int) -> Iterable[Model]:
    return [_case(world, world.station, "tiếp xúc") for _k in range(n)]


@planted("reporting.casenotification")
def far_cases(world: World) -> Iterable[Model]:
    yield _case(world, world.far_station, f"Lò {MARK}")


@rows("reporting.outbreak")
def outbreaks(world: World, n: int) -> Iterable[Model]:
    return [_outbreak(world.station, f"Sởi bản {k}") for k in range(n)]


@planted("reporting.outbreak")
def far_outbreaks(world: World) -> Iterable[Model]:
    yield _outbreak(world.far_station, f"Sởi {MARK}")


names("outage_id", "reporting.outage")


def _outage(place: Organisation, reason: str) -> Outage:
    return Outage.objects.create(
        organisation=place, began_at=AT, reason=reason, needs_confirmation=True
    )


@rows("reporting.outage")
def outages(world: World, n: int) -> Iterable[Model]:
    return [_outage(world.station, f"Mất điện {k}") for k in range(n)]


@planted("reporting.outage")
def far_outages(world: World) -> Iterable[Model]:
    yield _outage(world.far_station, f"Mất điện {MARK}")
