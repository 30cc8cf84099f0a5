"""May this person practise there and then? The same answer as everywhere, for machines."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from portal.api.views import ScopedViewSet
from portal.places.models import Organisation
from practitioners.approved import license_key
from practitioners.models import PracticeLicense, Practitioner
from practitioners.practising import Answer, may_practise

VIEW = "view_practitioners"


class RightViewSet(ScopedViewSet):
    """Ask by licence number (or id), facility (insurance code or id), moment, technique.

    ``GET ?license=001287/ĐB-GPHN&facility=11001&at=2026-11-05T09:00:00+07:00&technique=02.0085``
    answers the verdict and each reason with its article. Asking changes nothing; an emergency is
    recorded where the care is recorded.
    """

    queryset = Practitioner.objects.all()
    capabilities: ClassVar[dict[str, str]] = {"list": VIEW}
    shows_people = "pk"

    def list(self, request: Request) -> Response:
        """Answer one question."""
        asked = request.query_params
        person = self._person(asked.get("license", ""), asked.get("practitioner", ""))
        facility = _facility(asked.get("facility", ""))
        at = _moment(asked.get("at", ""))
        self.note_people([person], action="opened")
        answer = may_practise(
            practitioner=person,
            facility=facility,
            moments=[at],
            technique=asked.get("technique", "")[:20],
            emergency=asked.get("emergency", "")[:500],
        )
        return Response(shape(answer, facility, at))

    def _person(self, number: str, key: str) -> Practitioner:
        people = self.get_queryset()
        found = license_key(number) if number else None
        if found is not None:
            held = PracticeLicense.objects.numbered(found).order_by("superseded_on")
            people = people.filter(pk__in=held.values("practitioner"))
        elif (uuid := _uuid(key)) is not None:
            people = people.filter(pk=uuid)
        else:
            raise ValidationError(
                {"license": [_("Write a licence number like 001287/ĐB-GPHN, or the practitioner.")]}
            )
        person: Practitioner | None = people.order_by("id").first()
        if person is None:
            raise NotFound(_("There is no such record."))
        return person


def _facility(text: str) -> Organisation:
    uuid = _uuid(text)
    rows = Organisation.objects.all()
    if uuid is not None:
        rows = rows.filter(pk=uuid)
    else:
        rows = rows.filter(
            identifiers__value=text, identifiers__scheme="insurance", identifiers__valid_until=None
        )
    found = rows.first() if text else None
    if found is None:
        said = _("“%(value)s” is no facility; write its insurance code like 11001, or its id.")
        raise ValidationError({"facility": [said % {"value": text}]})
    return found


def _moment(text: str) -> datetime:
    if not text:
        return timezone.now()
    try:
        at = parse_datetime(text.replace(" ", "+"))
    except ValueError:
        at = None
    if at is None:
        said = _("“%(value)s” is no moment; write it like 2026-11-05T09:00:00+07:00.")
        raise ValidationError({"at": [said % {"value": text}]})
    return timezone.make_aware(at) if timezone.is_naive(at) else at


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def shape(answer: Answer, facility: Organisation, at: datetime) -> dict[str, Any]:
    """Return an answer for machines."""
    person, license, row = answer.practitioner, answer.license, answer.registration
    return {
        "verdict": str(answer.verdict),
        "at": at.isoformat(),
        "practitioner": {"id": str(person.pk), "name": person.name} if person else None,
        "facility": {"id": str(facility.pk), "name": facility.name},
        "license": {
            "number": license.number_raw,
            "state": str(answer.standing.state),
            "since": answer.standing.since.isoformat(),
            "expires_on": answer.standing.expires_on.isoformat()
            if answer.standing.expires_on
            else None,
        }
        if license and answer.standing
        else None,
        "registration": {
            "position": row.position_text,
            "valid_from": row.valid_from.isoformat(),
        }
        if row
        else None,
        "technique": answer.technique or None,
        "reasons": [
            {
                "code": reason.code,
                "step": str(reason.step),
                "verdict": str(reason.verdict),
                "sentence": str(reason.sentence),
                "article": reason.article or None,
                "emergency_passes_over": reason.may_be_overridden,
            }
            for reason in answer.found
        ],
    }
