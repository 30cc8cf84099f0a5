"""The page of a person's history: what is listed, what was never asked, and a line to write each."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from healthrecords.admin.opening import Opened, as_key, open_record
from healthrecords.background import Background, Part, background_of, is_topic
from healthrecords.banner import banner_of
from healthrecords.forms.background import FORMS, EndForm, FactForm, MistakeForm
from healthrecords.models.inquiry import Topic
from healthrecords.services import place_to_act
from healthrecords.services.background import (
    MODEL_OF,
    answer_none,
    answer_same,
    end_fact,
    record_fact,
    void_fact,
)
from healthrecords.services.doses import said_of_mistake, said_of_stock
from portal.database.uuid7 import uuid7
from portal.places.models import Organisation
from portal.site.pages import page


def background_url(pk: Any, topic: str = "") -> str:
    """Return the address of a person's history, at a topic."""
    url = reverse("admin:healthrecords_citizen_background", args=[pk])
    # Without a fragment: with one, browsers leave the cursor where it is.
    return f"{url}?phan={topic}" if topic else url


@require_safe
def background_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Draw what is known of a person's history."""
    opened = open_record(request, pk)
    if not isinstance(opened, Opened):
        return opened
    return _draw(request, opened)


def _draw(request: HttpRequest, opened: Opened, bound: FactForm | None = None) -> HttpResponse:
    known = background_of(opened.access, sees_sensitive=opened.sees_sensitive)
    place = place_to_act(request.user, "enter_records")
    wanted = bound.topic if bound else request.GET.get("phan", "")
    sections = [_section(part, bound, place, wanted) for part in known.parts.values()]
    context = {
        "title": _("History of %(name)s") % {"name": opened.citizen.name},
        "banner": banner_of(opened.citizen, opened.access),
        "sections": sections,
        "missing": _missing(known),
        "may_enter": place is not None,
        "form": bound,
        "end_form": EndForm(auto_id=False),
        "mistake_form": MistakeForm(auto_id=False),
    }
    status = 422 if bound is not None else 200
    return page(request, "healthrecords/background_page.html", context, status=status)


def _section(
    part: Part, bound: FactForm | None, place: Organisation | None, wanted: str
) -> dict[str, Any]:
    is_bound = bound is not None and bound.topic == part.topic
    form = bound
    if form is None or not is_bound:
        form = FORMS[part.topic](initial={"client_key": uuid7()})
    key = str(list(MODEL_OF).index(part.topic) + 1)
    first = form.fields[form.LINE[0]].widget.attrs
    first["accesskey"] = key
    if wanted == part.topic and not is_bound:
        first["autofocus"] = True
    return {
        "part": part,
        "form": form,
        "key": key,
        "rows": [
            {
                "row": row,
                "may_end": part.ends and row.is_current,
                "may_void": place is not None
                and not row.is_mistake
                and str(place.pk) == row.facility_id,
            }
            for row in part.rows
        ],
    }


def _missing(known: Background) -> list[Part]:
    return [part for part in known.parts.values() if part.state == "not_asked"]


@require_POST
def write_page(request: HttpRequest, pk: UUID, topic: str) -> HttpResponse:
    """Store one line of a topic, or that there is nothing, or that the list is complete."""
    opened, place = _open_to_write(request, pk, topic)
    if not isinstance(opened, Opened):
        return opened
    said = {"actor": request.user, "citizen": opened.citizen, "facility": place, "at": opened.at}
    if "_none" in request.POST or "_same" in request.POST:
        answer = answer_none if "_none" in request.POST else answer_same
        try:
            answer(topic=topic, **said)
        except ValidationError as refused:
            messages.error(request, " ".join(refused.messages))
        else:
            name = {"topic": Topic(topic).label, "name": opened.citizen.name}
            messages.success(request, _("%(topic)s of %(name)s: noted that you asked.") % name)
        return HttpResponseRedirect(background_url(opened.citizen.pk, topic))
    form = FORMS[topic](request.POST)
    if form.is_valid():
        try:
            saved = record_fact(
                entry=form.entry(timezone.localdate(opened.at)),
                client_key=form.cleaned_data["client_key"],
                **said,
            )
        except ValidationError as refused:
            form.refuse(refused)
        else:
            return _written(request, opened, topic, saved)
    return _draw(request, opened, form)


def _written(request: HttpRequest, opened: Opened, topic: str, saved: Any) -> HttpResponse:
    said = {"what": str(saved.row), "name": opened.citizen.name}
    if saved.row.sensitivity and not opened.sees_sensitive:
        said = {"name": opened.citizen.name}
        text = _(
            "Stored for %(name)s. It is of a protected class: only those with the right see it."
        )
    elif saved.is_new:
        text = _("Stored “%(what)s” for %(name)s.")
    else:
        text = _("“%(what)s” of %(name)s was stored before; this second send changed nothing.")
    (messages.success if saved.is_new else messages.info)(request, text % said)
    if saved.is_new and (of_stock := said_of_stock(saved.row)):
        messages.info(request, of_stock)
    return HttpResponseRedirect(background_url(opened.citizen.pk, topic))


def _open_to_write(
    request: HttpRequest, pk: UUID, topic: str
) -> tuple[Opened | HttpResponse, Organisation]:
    if not is_topic(topic):
        raise Http404(_("There is no such page."))
    place = place_to_act(request.user, "enter_records")
    if place is None:
        raise PermissionDenied(_("Entering records needs the role of a clerk or clinician here."))
    return open_record(request, pk), place


@require_POST
def mend_page(request: HttpRequest, pk: UUID, topic: str, fact_id: UUID) -> HttpResponse:
    """End a row, or mark it as a mistake."""
    opened, _place = _open_to_write(request, pk, topic)
    if not isinstance(opened, Opened):
        return opened
    rows = MODEL_OF[topic].objects.of(opened.access).open_to(sees_sensitive=opened.sees_sensitive)
    fact = rows.filter(pk=as_key(fact_id)).first()
    if fact is None:
        raise Http404(_("There is no such record."))
    try:
        messages.success(request, _mend(request, opened, fact))
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    return HttpResponseRedirect(background_url(opened.citizen.pk, topic))


def _mend(request: HttpRequest, opened: Opened, fact: Any) -> str:
    is_mistake = "_mistake" in request.POST
    form = MistakeForm(request.POST) if is_mistake else EndForm(request.POST)
    if not form.is_valid():
        raise ValidationError(
            [error for errors in form.errors.as_data().values() for error in errors]
        )
    said = {"actor": request.user, "fact": fact, "at": opened.at}
    if is_mistake:
        void_fact(reason=form.cleaned_data["reason"], **said)
        said_here = _("“%(what)s” is marked as a mistake; it stays readable.") % {"what": str(fact)}
        return f"{said_here} {said_of_mistake(fact)}".strip()
    end_fact(ended=form.cleaned_data["ended"], **said)
    day = {"what": str(fact), "day": str(form.cleaned_data["ended"])}
    return _("“%(what)s” is over since %(day)s.") % day
