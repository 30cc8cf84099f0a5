"""Papers that are records of their own (discharge, summary, referral): what is printed of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from healthrecords.models import Document, Visit
from portal.codelists.lookup import titles_on

PRINTED = ("referral", "discharge", "summary", "birth", "pregnancy", "sick_leave", "revisit")
# How long a re-visit slip holds is said by the list of its day (Circular 01/2025/TT-BYT).
TERMS = "revisit_terms"
WEEKDAYS = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ Nhật")


def _records(visit: Visit) -> QuerySet[Document]:
    rows = Document.objects.filter(visit=visit.pk, kind__in=PRINTED, origin=Document.Origin.TYPED)
    return rows.order_by("issued_at", "id")


def in_force(visit: Visit) -> QuerySet[Document]:
    """Return the records of a visit that are printed here and in force."""
    return _records(visit).filter(cancelled_at=None)


def protected_records(visit: Visit) -> list[Document]:
    """Return the records of a visit that are printed here and of a protected class, cancelled or not."""
    return list(_records(visit).exclude(sensitivity=""))


def issued(visit: Visit, *, sees_sensitive: bool) -> dict[str, Document]:
    """Return the papers of a visit that are in force and printed here, the latest of each kind.

    A record keeps its class when the visit loses its own. A kind is printed as one paper, so one
    record of a class that the reader may not see takes the whole kind away.
    """
    rows = list(in_force(visit))
    hidden = set() if sees_sensitive else {row.kind for row in rows if row.sensitivity}
    return {row.kind: row for row in rows if row.kind not in hidden}


def births(visit: Visit) -> list[Document]:
    """Return the birth papers of a visit that are in force: one for each child, in their order."""
    return list(in_force(visit).filter(kind="birth"))


def _latest(visit: Visit, kind: str) -> Document:
    """Return the record that a paper is printed from; whether it may be is asked before."""
    return in_force(visit).filter(kind=kind).reverse()[0]


def stands(visit: Visit, kind: str, signed_at: datetime) -> bool:
    """Say whether a signed paper is of a record that is in force and was not replaced since."""
    if kind not in PRINTED:
        return True
    document = in_force(visit).filter(kind=kind).last()
    return document is not None and document.issued_at <= signed_at


def _common(document: Document, visit: Visit) -> dict[str, Any]:
    on = timezone.localdate(document.issued_at)
    said = document.content
    left = visit.ended_at or document.issued_at
    return {
        "paper_number": document.label,
        "document_number": document.label,
        "day": [f"{on:%d}", f"{on:%m}", f"{on:%Y}"],
        "left": f"{timezone.localtime(left):%H:%M, %d/%m/%Y}",
        "diagnosis_text": str(said.get("diagnosis", "")),
        "course": str(said.get("course", "")),
        "results": str(said.get("results", "")),
        "treatment": str(said.get("treatment", "")),
        "note": str(said.get("note", "")),
    }


def _day(value: Any) -> str:
    found = parse_date(str(value)) if value else None
    return f"{found:%d/%m/%Y}" if found else ""


def referral(visit: Visit) -> dict[str, Any]:
    """Return what a referral says."""
    document = _latest(visit, "referral")
    said, way = document.content, document.referral
    on = timezone.localdate(document.issued_at)
    escort = (said.get("escort"), said.get("escort_title"))
    return {
        **_common(document, visit),
        "left": f"{timezone.localtime(way.sent_at):%H:%M, %d/%m/%Y}",
        "receiver": way.to_name,
        "reason": titles_on("transfer_reasons", on).get(way.reason, way.reason),
        "is_urgent": way.is_urgent,
        "valid_until": f"{way.valid_until:%d/%m/%Y}" if way.valid_until else "",
        "signs": str(said.get("signs", "")),
        "condition": str(said.get("state", "")),
        "plan": str(said.get("plan", "")),
        "transport": str(said.get("vehicle", "")),
        "escort": ", ".join(part for part in escort if part),
    }


def discharge(visit: Visit) -> dict[str, Any]:
    """Return what a discharge paper says."""
    document = _latest(visit, "discharge")
    said = document.content
    on = timezone.localdate(document.issued_at)
    pregnancy = [
        str(said.get("pregnancy_ended_why", "")),
        f"ngày {ended}" if (ended := _day(said.get("pregnancy_ended_at"))) else "",
        f"{said['pregnancy_weeks']} tuần" if said.get("pregnancy_weeks") else "",
    ]
    return {
        **_common(document, visit),
        "department": str(said.get("department", "")),
        "head": str(said.get("head_of_department", "")),
        "outcome": titles_on("treatment_outcomes", on).get(visit.outcome, ""),
        "pregnancy": ", ".join(part for part in pregnancy if part),
        "leave_days": str(said.get("rest_days", "")),
        "leave_from": _day(said.get("rest_from")),
        "leave_until": _day(said.get("rest_until")),
        "parents": ", ".join(str(said[one]) for one in ("father", "mother") if said.get(one)),
    }


def summary(visit: Visit) -> dict[str, Any]:
    """Return what a summary of the record says."""
    document = _latest(visit, "summary")
    said = document.content
    on = timezone.localdate(document.issued_at)
    outcome = str(said.get("outcome", ""))
    return {
        **_common(document, visit),
        "admitted_with": str(said.get("diagnosis_in", "")),
        "outcome": titles_on("treatment_outcomes", on).get(outcome, outcome),
    }


def birth(visit: Visit) -> dict[str, Any]:
    """Return what the birth papers of a visit say, one for each child."""
    papers = births(visit)
    numbers = visit.citizen.identifiers.filter(ended_on=None, kind__startswith="insurance")
    return {
        "paper_number": papers[-1].label,
        "children": [_child(paper) for paper in papers],
        "insurance": [[str(row.get_kind_display()), row.value] for row in numbers[:1]],
    }


def _child(document: Document) -> dict[str, Any]:
    said, on = document.content, timezone.localdate(document.issued_at)
    texts = (
        "mother", "mother_number", "mother_number_by", "mother_address", "father", "midwife",
        "writer", "book", "note",
    )  # fmt: skip
    born = parse_datetime(str(said.get("child_born_at", "")))
    sex = str(said.get("child_sex", ""))
    return {
        **{name: str(said.get(name, "")) for name in texts},
        "number": document.label,
        "day": [f"{on:%d}", f"{on:%m}", f"{on:%Y}"],
        "mother_birth": _day(said.get("mother_birth")),
        "mother_number_on": _day(said.get("mother_number_on")),
        "name": str(said.get("child", "")),
        "sex": titles_on("sexes", on).get(sex, sex),
        "born_at": _moment(born),
        "place": str(said.get("child_place", "")),
        "weight": str(said.get("child_weight", "")),
        "state": str(said.get("child_state", "")),
        "now": str(said.get("children_now", "")),
        "order": str(said.get("birth_order", "")),
        "alive": str(said.get("children_alive", "")),
        "by_operation": bool(said.get("by_operation")),
        "before_32_weeks": bool(said.get("before_32_weeks")),
    }


def _moment(moment: datetime | None) -> str:
    if moment is None:
        return ""
    local = timezone.localtime(moment)
    return f"{local:%H} giờ {local:%M} phút, ngày {local:%d/%m/%Y}"


def sick_leave(visit: Visit) -> dict[str, Any]:
    """Return what a paper of leave for sickness says."""
    document = _latest(visit, "sick_leave")
    said = document.content
    pregnancy = [
        str(said.get("pregnancy_ended_why", "")),
        f"{said['pregnancy_weeks']} tuần" if said.get("pregnancy_weeks") else "",
    ]
    return {
        **_common(document, visit),
        **{name: str(said.get(name, "")) for name in ("employer", "father", "mother", "series")},
        "form": str(said.get("form", "")),
        "social_number": str(said.get("social_number", "")),
        "pregnancy": ", ".join(part for part in pregnancy if part),
        "leave_days": str(said.get("rest_days", "")),
        "leave_from": _day(said.get("rest_from")),
        "leave_until": _day(said.get("rest_until")),
    }


def pregnancy(visit: Visit) -> dict[str, Any]:
    """Return what a certificate of rest in pregnancy says."""
    document = _latest(visit, "pregnancy")
    said = document.content
    return {
        **_common(document, visit),
        **{name: str(said.get(name, "")) for name in ("employer", "series", "doctor")},
        "leave_days": str(said.get("rest_days", "")),
        "leave_from": _day(said.get("rest_from")),
        "leave_until": _day(said.get("rest_until")),
    }


def revisit(visit: Visit) -> dict[str, Any]:
    """Return what a slip for a re-visit says."""
    document = _latest(visit, "revisit")
    said = document.content
    on = parse_date(str(said.get("on", "")))
    terms = titles_on(TERMS, timezone.localdate(document.issued_at))
    return {
        **_common(document, visit),
        "on": f"{on:%d/%m/%Y}" if on else "",
        "weekday": WEEKDAYS[on.weekday()] if on else "",
        "terms": list(terms.values()),
    }
