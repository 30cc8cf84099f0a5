"""Which reports of last month has the demo's station sent, and which cases does it have to tell of?"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone

from config.demo.places import Places
from healthrecords.models import Diagnosis
from portal.accounts.models import User
from portal.accounts.roles import Role
from reporting import services
from reporting.days import count_anew
from reporting.diseases import categories
from reporting.models import Report
from reporting.models.definition import PeriodKind
from reporting.periods import Period
from reporting.senders import definition_for
from reporting.services.cases import settle_cases

APPROVED, RETURNED, DRAFT = "BC02", "BC01", "BC11"
WHY = "Tháng này nhóm J06 tăng gấp đôi tháng trước; kiểm lại và ghi giải thích."


def settle_reports(places: Places, users: Mapping[str, User], *, at: datetime) -> None:
    """Send two reports of last month, approve one and return the other; leave a third one due."""
    if Report.objects.filter(organisation=places.station).exists():
        return
    open_cases(places)
    period = Period.last_closed(PeriodKind.MONTH, timezone.localdate(at))
    count_anew(period.first, timezone.localdate(at))
    head, approver = users[Role.STATION_HEAD], users[Role.STATISTICIAN]
    done: dict[str, Any] = {"at": at}
    for code in (APPROVED, RETURNED, DRAFT):
        definition = definition_for(code, period)
        if definition is None or period.last < places.station.valid_from:
            return
        said: dict[str, Any] = {"definition": definition, "period": period, "at": at}
        report = services.begin_report(actor=head, organisation=places.station, **said)
        if code == DRAFT:
            continue
        done["report"] = services.submit_report(actor=head, report=report, at=at)
        if code == APPROVED:
            services.approve_report(actor=approver, **done)
        else:
            services.return_report(actor=approver, reason=WHY, **done)


def open_cases(places: Places) -> None:
    """Open the cases of the main station's visits: its people were written past the forms."""
    rows = Diagnosis.objects.filter(facility=places.station).extra(
        where=["left(code, 3) = ANY(%s)"],
        params=[sorted(categories())],
    )
    settle_cases(set(rows.values_list("visit_id", flat=True)))
