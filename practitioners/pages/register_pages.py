"""One practitioner, and one facility, as the public register has them on a day."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from urllib.parse import urlencode
from uuid import UUID

import orjson
import segno
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponsePermanentRedirect,
    JsonResponse,
)
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.places.models import Organisation
from portal.site.pages import page
from practitioners.models import Registration, WorkingSlot
from practitioners.pages.public import (
    answered,
    at_day,
    chip_of,
    day_asked,
    public,
)
from practitioners.public.addresses import number_of, person_url
from practitioners.public.facts import Facts, facts_of
from practitioners.public.finding import PLACES_OF_CARE, numbered
from practitioners.public.wording import linked_data, public_of

FORMATS = ("json", "jsonld")
# A facility's page shows so many people; the largest hospitals have a few thousand.
PER_PAGE = 100


@public
def lookup_person(request: HttpRequest, practitioner_id: UUID) -> HttpResponse:
    """Show one practitioner as the register has them on a day; fit for printing."""
    today = timezone.localdate()
    on, day_error = day_asked(request, today)
    facts = facts_of([practitioner_id], on).get(practitioner_id)
    asked_for = on
    if facts is None and on != today:
        # The link is good, the day is before the licence: say so beside what holds today.
        facts = facts_of([practitioner_id], today).get(practitioner_id)
        day_error = _("The register knows no licence of this person on %(day)s.") % {
            "day": f"{on:%d/%m/%Y}"
        }
        on = today
    if facts is None:
        raise Http404(_("The register has no such practitioner."))
    url = request.build_absolute_uri(person_url(facts.id))
    format_ = request.GET.get("format", "")
    content = f"{on} {today} {day_error} {orjson.dumps(public_of(facts)).decode()} {format_}"
    return answered(
        request, content, lambda: _draw_person(request, facts, url, asked_for, day_error)
    )


def _draw_person(
    request: HttpRequest, facts: Facts, url: str, asked_for: date, day_error: str
) -> HttpResponse:
    today = timezone.localdate()
    match request.GET.get("format"):
        case "json":
            return JsonResponse({"on": facts.on.isoformat(), **public_of(facts)})
        case "jsonld":
            return HttpResponse(
                orjson.dumps(linked_data(facts, url)), content_type="application/ld+json"
            )
    context = {
        "title": facts.name,
        "facts": facts,
        "chip": chip_of(facts),
        "url": url,
        "weekdays": WorkingSlot.Weekday.choices,
        "today_weekday": facts.on.isoweekday() + 1,
        "is_today": facts.on == today,
        "at_day": urlencode(at_day({}, facts.on, today)),
        "on_text": request.GET.get("ngay", ""),
        "day_error": day_error,
        "asked_for": asked_for,
    }
    return page(request, "practitioners/lookup_person.html", context)


@public
def lookup_number(request: HttpRequest, license_number: str) -> HttpResponse:
    """Lead from the code printed on a licence to its holder's page, whatever licence came after."""
    held = (
        numbered(number_of(license_number))
        .exclude(practitioner__verified_at=None)
        .order_by("superseded_on", "id")
    )
    person = held.values_list("practitioner_id", flat=True).first()
    if person is None:
        raise Http404(_("The register has no licence with this number."))
    return HttpResponsePermanentRedirect(person_url(person))


@public
def person_code(request: HttpRequest, practitioner_id: UUID) -> HttpResponse:
    """Draw the QR code that leads to a practitioner's page, for a door or a licence."""
    url = request.build_absolute_uri(person_url(practitioner_id))

    def draw() -> HttpResponse:
        buffer = BytesIO()
        segno.make(url, error="m", micro=False).save(
            buffer, kind="svg", border=2, scale=4, xmldecl=False, light="#fff"
        )
        return HttpResponse(buffer.getvalue(), content_type="image/svg+xml")

    return answered(request, url, draw, fresh=86_400)


@public
def lookup_place(request: HttpRequest, organisation_id: UUID) -> HttpResponse:
    """List who practises at a facility, and in which hours (Law 15/2023/QH15, article 60(3))."""
    facility = (
        Organisation.objects.filter(pk=organisation_id, kind__in=PLACES_OF_CARE)
        .select_related("area__parent")
        .first()
    )
    if facility is None:
        raise Http404(_("The register has no such facility."))
    today = timezone.localdate()
    on, day_error = day_asked(request, today)
    held = Registration.objects.filter(facility=facility).holding(on).complete()
    people = held.exclude(practitioner__verified_at=None).order_by(
        "practitioner__name_sort", "practitioner_id"
    )
    keys = list(dict.fromkeys(people.values_list("practitioner_id", flat=True)[: PER_PAGE * 10]))
    number = _page_number(request, len(keys))
    shown = keys[(number - 1) * PER_PAGE : number * PER_PAGE]
    found = facts_of(shown, on)
    lines = [_line(found[key], facility.pk) for key in shown if key in found]
    context = {
        "title": facility.name,
        "facility": facility,
        "lines": lines,
        "count": len(keys),
        "weekdays": WorkingSlot.Weekday.choices,
        "on": on,
        "is_today": on == today,
        "on_text": request.GET.get("ngay", ""),
        "day_error": day_error,
        "at_day": urlencode(at_day({}, on, today)),
        "page_number": number,
        "pages": range(1, -(-len(keys) // PER_PAGE) + 1),
    }
    said = orjson.dumps([public_of(found[key]) for key in shown if key in found]).decode()
    content = f"{facility.name} {on} {today} {day_error} {len(keys)} {said}"
    return answered(
        request, content, lambda: page(request, "practitioners/lookup_place.html", context)
    )


def _line(facts: Facts, facility: UUID) -> dict[str, object]:
    place = next((place for place in facts.places if place.facility_id == facility), None)
    return {"facts": facts, "chip": chip_of(facts), "place": place}


def _page_number(request: HttpRequest, count: int) -> int:
    text = request.GET.get("trang", "1")
    last = max(-(-count // PER_PAGE), 1)
    return min(max(int(text), 1), last) if text.isdecimal() and len(text) < 4 else 1
