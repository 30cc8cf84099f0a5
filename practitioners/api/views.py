"""May this person practise there and then? The same answer as everywhere, for machines."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from portal.api.views import ScopedViewSet
from portal.audit.reads import note
from portal.database.periods import holds_on
from portal.places.models import Organisation
from portal.scope import Scope, scope_of
from practitioners.approved import license_key
from practitioners.asking import AskedFor, person_by_number
from practitioners.known_later import recorded_later
from practitioners.models import Practitioner
from practitioners.practising import Answer, Verdict, may_practise

VIEW = "view_practitioners"
ASKED = [
    OpenApiParameter("license", str, description="Licence number, as 001287/ĐB-GPHN"),
    OpenApiParameter("practitioner", UUID, description="Id of the practitioner, instead of it"),
    OpenApiParameter("facility", str, description="Insurance code of the facility, or its id"),
    OpenApiParameter("at", datetime, description="Moment asked about; now where it is left out"),
    OpenApiParameter("technique", str, description="Code of a technique, as 02.0085"),
]
ANSWERED = OpenApiResponse(
    OpenApiTypes.OBJECT,
    description="verdict: yes, no or not_proven; reasons, each with its article",
)


class RightViewSet(ScopedViewSet):
    """Ask by licence number (or id), facility (insurance code or id), moment, technique.

    ``GET ?license=001287/ĐB-GPHN&facility=11001&at=2026-11-05T09:00:00+07:00&technique=02.0085``
    answers yes, no or not proven, each reason with its article, and what is missing. Asking changes
    nothing: an emergency makes a yes only once it is recorded with the care, and
    ``emergency_would_allow`` says whether it would. The answer is about the moment asked as the
    register knows it now: where it was recorded after that day, ``recorded_later`` says when. Of who is not the caller's own, found by the
    exact licence number, the answer says who it is and no more, for the caller's own facilities.
    """

    queryset = Practitioner.objects.all()
    capabilities: ClassVar[dict[str, str]] = {"list": VIEW}
    shows_people = "pk"

    @extend_schema(parameters=ASKED, responses=ANSWERED)
    def list(self, request: Request) -> Response:
        """Answer one question."""
        asked = request.query_params
        scope = scope_of(request.user, VIEW)
        asked_for = self._person(asked.get("license", ""), asked.get("practitioner", ""), scope)
        places = Organisation.objects.all()
        if not asked_for.is_ours:
            places = places.within(scope)
        facility = _facility(asked.get("facility", ""), places)
        at = _moment(asked.get("at", ""))
        person = asked_for.practitioner
        ground = "scope" if asked_for.is_ours else "right_by_number"
        note(request._request, [person.pk], action="opened", ground=ground)
        answer = may_practise(
            practitioner=person,
            facility=facility,
            moments=[at],
            technique=asked.get("technique", "")[:20],
        )
        return Response(shape(answer, facility, at, is_ours=asked_for.is_ours))

    def _person(self, number: str, key: str, scope: Scope) -> AskedFor:
        if license_key(number) is not None:
            found = person_by_number(number, scope)
        elif (uuid := _uuid(key)) is not None:
            person = self.get_queryset().filter(pk=uuid).first()
            found = AskedFor(person, is_ours=True) if person is not None else None
        else:
            raise ValidationError(
                {"license": [_("Write a licence number like 001287/ĐB-GPHN, or the practitioner.")]}
            )
        if found is None:
            raise NotFound(_("There is no such record."))
        return found


def _facility(text: str, places: Any) -> Organisation:
    uuid = _uuid(text)
    rows = places
    if uuid is not None:
        rows = rows.filter(pk=uuid)
    else:
        held = holds_on(timezone.localdate(), "identifiers__")
        rows = rows.filter(held, identifiers__value=text, identifiers__scheme="insurance")
    found: Organisation | None = rows.first() if text else None
    if found is None:
        said = _(
            "“%(value)s” is no facility you can ask for; write its insurance code like 11001, or its"
            " id."
        )
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


def shape(
    answer: Answer, facility: Organisation, at: datetime, *, is_ours: bool = True
) -> dict[str, Any]:
    """Return an answer for machines; on which rows it rests only of who is the caller's own."""
    person = answer.practitioner
    later = recorded_later(answer, timezone.localdate(at))
    license, row = (answer.license, answer.registration) if is_ours else (None, None)
    return {
        "verdict": str(answer.verdict),
        "at": at.isoformat(),
        "practitioner": {"id": str(person.pk) if is_ours else None, "name": person.name}
        if person
        else None,
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
        "recorded_later": later.isoformat() if later else None,
        "missing": [str(sentence) for sentence in answer.missing],
        "emergency_would_allow": answer.verdict == Verdict.NO and answer.can_be_overridden,
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
