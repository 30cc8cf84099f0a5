"""What anybody may know of a place of care: may it work, when is it open, what does it cost?

Law 15/2023/QH15, articles 58 to 60: hours, prices and people are public; what lacks and what is due
stays with those who keep it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Prefetch, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from typing_extensions import override

from facilities.conditions import Facts, facts_of
from facilities.glance import Glance
from facilities.models import Facility, HealthcareService, OperatingLicense, ServicePrice
from facilities.querysets import holding_on
from portal.codelists.lookup import titles_on
from portal.dossiers.pages.opened import too_many
from portal.identifiers import OperatingLicenseNumber
from portal.names import name_norm
from portal.places.models import Organisation
from portal.site.home import Chip
from portal.site.pace import allowed
from portal.site.pages import page

READS = 60  # a minute and network
SHOWN, PRICES = 20, 100
LONGEST = 120


@dataclass(frozen=True, slots=True)
class Found:
    """A facility of the answer: its form, where it is, the state of its licence."""

    facility: Facility
    form: str
    chip: Chip


@require_safe
def places(request: HttpRequest) -> HttpResponse:
    """Find a facility by its name, commune, code or licence number."""
    if not allowed(request, "places", READS):
        return too_many(request)
    text = " ".join(request.GET.get("q", "").split())[:LONGEST]
    listed = Paginator(_found(text), SHOWN).get_page(request.GET.get("trang"))
    on = timezone.localdate()
    forms = titles_on("facility_forms", on)
    context = {
        "title": _("Look up a facility"),
        "text": text,
        "listed": listed,
        "found": [Found(row, forms.get(row.form, ""), license_chip(row, on)) for row in listed],
    }
    return page(request, "facilities/public_places.html", context)


def _found(text: str) -> QuerySet[Facility]:
    """Return open facilities with every word in name or area, or with this code or licence."""
    rows = Facility.objects.filter(_stands("organisation"))
    words = name_norm(text).split()
    if not words:
        return rows.none()
    named = Q()
    for word in words[:8]:
        named &= (
            Q(organisation__name_norm__contains=word)
            | Q(organisation__area__name_norm__contains=word)
            | Q(organisation__area__parent__name_norm__contains=word)
        )
    code = Q(organisation__identifiers__value=text.upper()) & _stands("organisation__identifiers")
    current = OperatingLicense.objects.filter(superseded_on=None).prefetch_related("events")
    held = Prefetch("organisation__operatinglicense_rows", current, to_attr="licenses_held")
    rows = (
        rows.filter(named | code | _licensed(text))
        .distinct()
        .select_related("organisation__area__parent")
    )
    return rows.prefetch_related(held).order_by("organisation__name_norm", "id")


def _stands(row: str) -> Q:
    """Return the condition of what has not ended: its last day is not told, or still to come."""
    return Q(**{f"{row}__valid_until": None}) | Q(
        **{f"{row}__valid_until__gte": timezone.localdate()}
    )


def _licensed(text: str) -> Q:
    """Return the condition that a facility holds the licence of this number."""
    held = "organisation__operatinglicense_rows__"
    try:
        serial, issuer = OperatingLicenseNumber.parse(text).key
    except ValidationError:
        return Q(**{f"{held}number_raw__iexact": text, f"{held}superseded_on": None})
    return Q(
        **{
            f"{held}serial": serial,
            f"{held}issuer_code__in": {issuer, issuer.replace("D", "Đ")},
            f"{held}superseded_on": None,
        }
    )


def license_chip(facility: Facility, on: Any) -> Chip:
    """Return whether a facility holds a licence that is in force, as icon and word."""
    held: list[OperatingLicense] = getattr(facility.organisation, "licenses_held", [])
    if not held:
        return Chip("", "none", _("no licence in the register"))
    state = held[0].state_on(on)
    if state == OperatingLicense.State.ACTIVE:
        return Chip("ok", "shield", str(state.label))
    return Chip("bad", "bad", str(state.label))


class PublicGlance(Glance):
    """What the public page shows; it judges nobody and so counts no people."""

    @cached_property
    @override
    def facts(self) -> Facts:
        return facts_of(self.facility, self.on, with_people=False)


@require_safe
def place(request: HttpRequest, organisation_id: UUID) -> HttpResponse:
    """Show one facility: who it is, its licence and scope, its hours, its prices."""
    if not allowed(request, "places", READS):
        return too_many(request)
    rows = Facility.objects.select_related("organisation__area__parent", "organisation__parent")
    facility = rows.filter(organisation_id=organisation_id).first()
    if facility is None:
        raise Http404(_("There is no such facility."))
    on = timezone.localdate()
    glance = PublicGlance(facility, on)
    asked = " ".join(request.GET.get("dv", "").split())[:LONGEST]
    services = _services(facility.organisation, asked, on)
    context = {
        "title": facility.organisation.name,
        "facility": facility,
        "place": facility.organisation,
        "glance": glance,
        "parts_suspended": glance.parts_suspended,
        "heir": next(
            (s.new for s in glance.steps if s.old_id == organisation_id and s.is_main), None
        ),
        "weekday": on.isoweekday() + 1,
        "services": Paginator(services, PRICES).get_page(request.GET.get("trang")),
        "asked": asked,
        "payers": ServicePrice.Payer.choices,
        "today": on,
    }
    return page(request, "facilities/public_place.html", context)


def _services(place: Organisation, asked: str, on: Any) -> QuerySet[HealthcareService]:
    """Return what a place offers on a day, each with what it costs whom."""
    prices = ServicePrice.objects.filter(holding_on(on)).order_by("payer")
    rows = place.healthcareservice_rows.filter(holding_on(on)).order_by("name_norm", "id")
    for word in name_norm(asked).split()[:8]:
        rows = rows.filter(name_norm__contains=word)
    found: QuerySet[HealthcareService] = rows.prefetch_related(
        Prefetch("prices", prices, to_attr="prices_now")
    )
    return found
