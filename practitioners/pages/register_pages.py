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
    HttpResponseRedirect,
    JsonResponse,
)
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _

from portal.codelists.lookup import titles_on
from portal.places.models import Organisation
from portal.site.pages import page
from practitioners.models import Registration, WorkingSlot
from practitioners.pages.public import (
    FRESH,
    answered,
    at_day,
    chip_of,
    day_asked,
    public,
)
from practitioners.public.addresses import number_of, person_url, speaks_for
from practitioners.public.facts import TITLES, Facts, facts_of
from practitioners.public.finding import NEWEST, PLACES_OF_CARE, numbered
from practitioners.public.trainees import trainees_at
from practitioners.public.wording import linked_data, public_of

FORMATS = ("json", "jsonld")
# A facility's page shows so many people; the largest hospitals have a few thousand.
PER_PAGE = 100


@public()
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
        return _led_on(request, practitioner_id)
    url = request.build_absolute_uri(person_url(facts.id))
    format_ = request.GET.get("format", "")
    content = f"{on} {today} {day_error} {orjson.dumps(public_of(facts)).decode()} {format_}"
    return answered(
        request, content, lambda: _draw_person(request, facts, url, asked_for, day_error)
    )


def _led_on(request: HttpRequest, practitioner_id: UUID) -> HttpResponse:
    """Lead from the address of a row that another one replaced to the page of that one.

    Not for good: what was found to be one person may be parted again.
    """
    stays = speaks_for(practitioner_id)
    if stays is None:
        raise Http404(_("The register has no such practitioner."))
    query = request.GET.urlencode()
    answer = HttpResponseRedirect(person_url(stays) + (f"?{query}" if query else ""))
    patch_cache_control(answer, public=True, max_age=FRESH)
    return answer


def _draw_person(
    request: HttpRequest, facts: Facts, url: str, asked_for: date, day_error: str
) -> HttpResponse:
    today = timezone.localdate()
    match request.GET.get("format"):
        case "json":
            later = facts.recorded_later.isoformat() if facts.recorded_later else None
            said = {"on": facts.on.isoformat(), "recorded_later": later}
            return JsonResponse({**said, **public_of(facts)})
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
        "recorded_later": facts.recorded_later,
        "at_day": urlencode(at_day({}, facts.on, today)),
        "on_text": request.GET.get("ngay", ""),
        "day_error": day_error,
        "asked_for": asked_for,
    }
    return page(request, "practitioners/lookup_person.html", context)


@public()
def lookup_number(request: HttpRequest, license_number: str) -> HttpResponse:
    """Lead from the code printed on a licence to its holder's page, whatever licence came after.

    Not for good: of two records of one person one stays, and its address is the one to go to.
    """
    number = number_of(license_number)
    held = numbered(number).exclude(practitioner__verified_at=None)
    rows = held.order_by(*NEWEST).values_list("practitioner_id", "issuer_code")
    issuer = number.partition("/")[2].partition("-")[0]
    # D is read for Đ where a keyboard has none; the letters as printed come first.
    person = min(rows, key=lambda row: row[1] != issuer, default=None)
    if person is None:
        raise Http404(_("The register has no licence with this number."))
    query = request.GET.urlencode()
    answer = HttpResponseRedirect(person_url(person[0]) + (f"?{query}" if query else ""))
    patch_cache_control(answer, public=True, max_age=FRESH)
    return answer


@public()
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


@public()
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
    held = Registration.objects.filter(facility=facility).holding(on).complete(on)
    people = held.exclude(practitioner__verified_at=None).order_by()
    count = people.values("practitioner_id").distinct().count()
    number = _page_number(request, count)
    # Somebody with two posts there is one person.
    named = people.values_list("practitioner__name_sort", "practitioner_id").distinct()
    page_of = named.order_by("practitioner__name_sort", "practitioner_id")
    shown = [key for _name, key in page_of[(number - 1) * PER_PAGE : number * PER_PAGE]]
    found = facts_of(shown, on)
    lines = [_line(found[key], facility.pk) for key in shown if key in found]
    context = {
        "title": facility.name,
        "facility": facility,
        "lines": lines,
        "count": count,
        "weekdays": WorkingSlot.Weekday.choices,
        "on": on,
        "is_today": on == today,
        "on_text": request.GET.get("ngay", ""),
        "day_error": day_error,
        "at_day": urlencode(at_day({}, on, today)),
        "page_number": number,
        "pages": range(1, -(-count // PER_PAGE) + 1),
    }
    said = [public_of(found[key]) for key in shown if key in found]
    trainees = trainees_at(facility.pk, on, titles_on(TITLES, on)) if number == 1 else []
    context["trainees"] = [row for row in trainees if row.completed_on is None]
    context["completed"] = [row for row in trainees if row.completed_on is not None]
    taught = [row.public() for row in trainees]
    content = f"{facility.name} {on} {today} {day_error} {count} {orjson.dumps([said, taught])!r}"
    if request.GET.get("format") == "json":
        body = {
            "on": on.isoformat(),
            "id": str(facility.pk),
            "name": facility.name,
            "commune": facility.area.name if facility.area else "",
            "count": count,
            "results": said,
            "trainees": taught,
            "more": number * PER_PAGE < count,
        }
        return answered(request, content, lambda: JsonResponse(body))
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
