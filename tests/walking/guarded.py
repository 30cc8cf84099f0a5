"""A station and a hospital with all that is counted of their visits, with protected people and without.

Both sides are made the same way and differ in the protected visits alone: in their cases, in what is
counted by day, in every report of each state that has a row of a disease, in the sum of the province.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import product
from typing import Any

from django.db.models import Q

from healthrecords.models import Citizen, Diagnosis, Visit
from portal.accounts.roles import Role
from portal.places.models import Organisation
from reporting import services
from reporting.days import count_anew
from reporting.definitions import form_of
from reporting.models import (
    CaseNotification,
    Outbreak,
    QualityIssue,
    QualityRule,
    Report,
    ReportDefinition,
)
from reporting.periods import ZONE, Period
from reporting.quality.loading import load_rules
from reporting.senders import sender_class
from reporting.services.cases import settle_cases
from reporting.services.running import begin_report
from reporting.standings import keep_standings
from tests.walking.world import World

NOW = datetime(2026, 11, 20, 9, tzinfo=ZONE)
SEPTEMBER, OCTOBER = (
    Period(date(2026, 9, 1), date(2026, 9, 30), "month"),
    Period(date(2026, 10, 1), date(2026, 10, 31), "month"),
)
CODES = ("BC01", "BC03", "BC10")
ORDINARY = ("B05.9", "A09", "J06.9", "I10")
PROTECTED = ("B20.9", "A51.0", "A15.0", "F20.0")
SECRET = "Zqxvkin"


class Stand:
    """What stands at both places on one of the sides."""

    def __init__(self, world: World, *, protected: bool) -> None:
        self.world = world
        self.places = (world.station, world.hospital)
        for place in self.places:
            self._visits(place, ORDINARY)
            self._visits(place, PROTECTED, are_there=protected)
        settle_cases(list(Visit.objects.values_list("pk", flat=True)))
        self._send_cases()
        count_anew(date(2025, 9, 1), NOW.date())
        self._findings()
        self.reports = [*self._reports()]
        keep_standings(at=NOW)

    def _visits(
        self, place: Organisation, codes: tuple[str, ...], *, are_there: bool = True
    ) -> None:
        """Write a visit of each code in two months that are over, and one of these days.

        The people are there on both sides: that somebody lives in a commune is no secret.
        """
        days = [datetime(2026, month, 7, 9, tzinfo=ZONE) for month in (9, 10)]
        days.append(NOW - timedelta(days=3 if codes == PROTECTED else 9))
        for n, (day, code) in enumerate(product(days, codes)):
            citizen = Citizen.objects.create(
                name=f"Quàng Văn {place.kind} {n}",
                birth_date=date(1980, 3, n + 1),
                sex="male",
                home_station=self.world.station,
                registered_at=place,
            )
            if not are_there:
                continue
            visit = Visit.objects.create(
                citizen=citizen, facility=place, status="finished", kind="01", coverage="1.1",
                started_at=day, ended_at=day, sensitivity=CLASSES.get(code, ""),
                entered_by=self.world.users[Role.STATION_CLINICIAN],
            )  # fmt: skip
            title = f"Bệnh {SECRET if visit.sensitivity else code}"
            Diagnosis.objects.create(
                visit=visit, rank="main", code=code, title=title, sensitivity=visit.sensitivity
            )

    def _send_cases(self) -> None:
        """Let all but the station's cases of these days be reported; an outbreak is open there."""
        of_these_days = Q(facility=self.world.station, noticed_at__gte=OCTOBER.end)
        rows = CaseNotification.objects.filter(facility__in=self.places).exclude(of_these_days)
        rows.update(status="sent", sent={"dv": "Bệnh viện"}, sent_at=NOW - timedelta(days=2))
        Outbreak.objects.create(
            station=self.world.station, disease="H18", name="Sởi bản Hua", place="Bản Hua",
            first_onset_on=date(2026, 11, 2), determined_at=NOW - timedelta(days=9),
        )  # fmt: skip

    def _findings(self) -> None:
        """Let every visit of these days be one to mend."""
        load_rules()
        rule = QualityRule.objects.get(code="F06", valid_until=None)
        for visit in Visit.objects.filter(facility__in=self.places, started_at__month=11):
            QualityIssue.objects.create(
                rule=rule, facility=visit.facility, label="healthrecords.visit",
                object_id=visit.pk, fields=["outcome"], sensitivity=visit.sensitivity,
                first_seen=date(2026, 11, 12), due_on=date(2026, 11, 19),
            )  # fmt: skip

    def _reports(self) -> Iterator[Report]:
        """Make a report of each state: a draft, a sent, a returned, an approved, a corrected one."""
        statistician = self.world.users[Role.STATISTICIAN]
        for code in CODES:
            for place, states in (
                (self.world.station, ("submitted", "returned")),
                (self.world.hospital, ("draft", "corrected")),
            ):
                for period, state in zip((OCTOBER, SEPTEMBER), states, strict=True):
                    yield from self._report(code, place, period, state)
            for period in (SEPTEMBER, OCTOBER):
                if Report.objects.of_period(code, period.first, period.last).standing().exists():
                    yield services.close_summary(
                        actor=statistician, organisation=self.world.department, at=NOW,
                        definition=form(code, period), period=period, reason="Gửi sau",
                    )  # fmt: skip

    def _report(self, code: str, place: Organisation, period: Period, state: str) -> Iterator[Any]:
        definition = form(code, period)
        duty = definition and form_of(definition).duty_of(
            sender_class(place, period.last), period.kind
        )
        if definition is None or duty is None:
            return
        report = begin_report(
            actor=None, definition=definition, organisation=place, period=period,
            at=NOW - timedelta(days=5),
        )  # fmt: skip
        if state != "draft":
            report = services.submit_report(actor=None, report=report, at=NOW - timedelta(days=4))
        actor = self.world.users[Role.STATISTICIAN]
        if state == "returned":
            services.return_report(actor=actor, report=report, reason="Xem lại", at=NOW)
        if state == "corrected":
            services.approve_report(actor=actor, report=report, at=NOW)
            yield services.correct_report(actor=None, report=report, reason="Thiếu", at=NOW)
        yield report


CLASSES = {"B20.9": "hiv", "A51.0": "reproductive", "A15.0": "tb", "F20.0": "mental"}


def form(code: str, period: Period) -> ReportDefinition | None:
    """Return the form of a month, if it is one of months."""
    rows = ReportDefinition.objects.holding(period.last)
    return rows.filter(code=code, periods__contains=[period.kind]).first()
