"""One citizen's record: who it is, what happened, what is taken, how figures went, what is missing."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from healthrecords import timeline
from healthrecords.admin.opening import Opened, open_record
from healthrecords.asked import followed
from healthrecords.banner import banner_of
from healthrecords.charts import Chart, charts_of, glucose_found, targets_of
from healthrecords.glance import Asking, read_facts
from healthrecords.growth import growth_charts
from healthrecords.missing import Known, missing
from healthrecords.models import CareAccess
from healthrecords.services import place_to_act
from healthrecords.summary import Cut, diagnoses_noted, measured, medicines_in_use
from portal.codelists.lookup import lists_held
from portal.site.pages import page

WHOLE = "all"  # in an address: no list is cut


def record_url(pk: Any) -> str:
    """Return the address of a record."""
    return reverse("admin:healthrecords_citizen_change", args=[pk])


@lists_held()
def citizen_page(request: HttpRequest, pk: str) -> HttpResponse:
    """Draw the record."""
    opened = open_record(request, pk)
    if not isinstance(opened, Opened):
        return opened
    return page(request, "healthrecords/citizen_page.html", record_context(request, opened))


def record_context(request: HttpRequest, opened: Opened) -> dict[str, Any]:
    """Return all that the record's page shows; its queries are the same for one visit or many."""
    filters = timeline.Filters.read(request.GET)
    before = request.GET.get("before", "")
    shown = timeline.read(asking_of(opened), filters, before)
    place = place_to_act(request.user, "enter_records")
    may_mend = place is not None and opened.access.ground != CareAccess.Ground.GLASS
    by = request.GET.get("by", "")
    found = glance(opened, shown, request, may_mend=may_mend, may_enter=place is not None)
    return {
        "title": opened.citizen.name,
        "banner": banner_of(opened.citizen, opened.access),
        "page": shown,
        "filters": filters,
        "before": before,
        "by": f"?{urlencode({'by': by})}" if by else "",
        "may_enter": place is not None,
        "may_mend": may_mend,
        "open_visit": _open_visit(found["facts"], place),
        **found,
    }


def glance(
    opened: Opened,
    shown: timeline.Page,
    request: HttpRequest,
    *,
    may_mend: bool = False,
    may_enter: bool = False,
) -> dict[str, Any]:
    """Return what matters of the whole record, whatever part of the timeline is asked for."""
    asking = asking_of(opened)
    facts = read_facts(asking, timeline.count_facts(asking))
    shown.counts = timeline.counts_of(facts, sees_sensitive=asking.sees_sensitive)
    vitals = measured(facts)
    medicines = medicines_in_use(facts, asking.on)
    taken = sum(not medicine.is_over for medicine in medicines)
    age = years_of(opened.citizen, asking.on)
    known = Known(
        citizen=opened.citizen,
        age=age,
        page=shown,
        measured=vitals,
        on=asking.on,
        facts=facts,
        may_mend=may_mend,
        may_enter=may_enter,
    )
    return {
        "facts": facts,
        "last_vitals": vitals[0] if vitals else None,
        "problems": followed(facts["problems"], asking),
        "long_term": followed(facts["long_term"], asking),
        "diagnoses": Cut.of(diagnoses_noted(facts), whole=WHOLE in request.GET),
        "medicines": Cut.of(medicines, least=taken, whole=WHOLE in request.GET),
        "charts": _charts(opened.citizen, vitals, facts, asking),
        "missing": missing(known),
    }


def _charts(citizen: Any, vitals: Any, facts: Any, asking: Asking) -> list[Chart]:
    """Draw the key figures; of a small child weight and height among the curves of growth first."""
    growth = growth_charts(vitals, citizen, asking.on)
    known = targets_of(facts, age=years_of(citizen, asking.on))
    has_weight = any(chart.curves for chart in growth[:1])
    found = glucose_found(facts)
    return [*growth, *charts_of(vitals, known, found=found, with_weight=not has_weight)]


def asking_of(opened: Opened) -> Asking:
    """Return who asks for the record."""
    return Asking(opened.access, opened.sees_sensitive, timezone.localdate(opened.at))


def years_of(citizen: Any, on: Any) -> int:
    """Return the age in years, as exactly as the date of birth allows."""
    born = citizen.birth_date
    return int(on.year - born.year - ((on.month, on.day) < (born.month, born.day)))


def _open_visit(facts: dict[str, Any], place: Any) -> Any:
    """Return the visit that is going on here, to go on with."""
    if place is None:
        return None
    here = (row for row in facts["unfinished"] if row["place"] == str(place.pk))
    return next(here, None)


@lists_held()
def summary_page(request: HttpRequest, pk: Any) -> HttpResponse:
    """Draw the record at a glance on one sheet, for printing."""
    opened = open_record(request, pk, action="printed")
    if not isinstance(opened, Opened):
        return opened
    shown = timeline.read(asking_of(opened))
    context = {
        "title": _("Summary of the record of %(name)s") % {"name": opened.citizen.name},
        "banner": banner_of(opened.citizen, opened.access),
        "page": shown,
        "at": opened.at,
        "place": getattr(request.user, "place_of_work", None),
        **glance(opened, shown, request),
    }
    return page(request, "healthrecords/summary_page.html", context)
