"""Stop a medicine with its day and its reason, or take the stop back; what was typed stays on the page."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from healthrecords.admin.background_pages import background_url
from healthrecords.admin.opening import Opened, as_key, open_record
from healthrecords.admin.record_page import record_url
from healthrecords.banner import banner_of
from healthrecords.forms.around import DayField, plain
from healthrecords.forms.fields import BirthField
from healthrecords.models import LongTermMedicine, Medication, MedicineStop
from healthrecords.models.facts import shown_partial
from healthrecords.querysets import NOT_HELD, outside_hidden_visits
from healthrecords.services import place_to_act, stopping
from healthrecords.services.hushing import Hush
from portal.admin.deeds import take_refusal
from portal.site.pages import page

NAME, ROW = "ten", "dong"
SHOWN = 5


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=300,
        widget=plain("w-l", autofocus=True, autocomplete="off"),
        error_messages={"required": gettext_lazy("Write why in a few words; it stays with it.")},
    )


class StopForm(ReasonForm):
    """Since which day a medicine of a visit is not taken any more, and why."""

    stopped_on = DayField(label=gettext_lazy("Not taken since"))
    field_order = ("stopped_on", "reason")

    def clean_stopped_on(self) -> Any:
        """The day is needed: what was given before it counts, what would come after does not."""
        if self.cleaned_data["stopped_on"] is None:
            raise ValidationError(
                _("Write the day since which it is not taken any more."), code="required"
            )
        return self.cleaned_data["stopped_on"]


class LongTermForm(ReasonForm):
    """Since when a long-term medicine is not taken, as exactly as it is known, and why."""

    stopped_on = BirthField(label=gettext_lazy("Not taken since"), widget=plain("w-s"))
    field_order = ("stopped_on", "reason")


class BackForm(forms.Form):
    """A long-term medicine goes on: nothing is asked."""


def stop_url(citizen_pk: Any) -> str:
    """Return the address where a medicine is stopped; which one is said behind it."""
    return reverse("admin:healthrecords_citizen_stop", args=[citizen_pk])


def stop_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Ask for day and reason and stop a medicine, or take back that it was stopped."""
    if place_to_act(request.user, "enter_records") is None:
        raise PermissionDenied(_("Entering records needs the role of a clerk or clinician here."))
    opened = open_record(request, pk)
    if not isinstance(opened, Opened):
        return opened
    deed: Any = LongTerm(opened, request) if ROW in request.GET else OfVisits(opened, request)
    if request.method == "POST" and ("stopped_on" in request.POST) == deed.is_stopped:
        return _done_before(request, deed)
    form = deed.form(request.POST or None, initial={"stopped_on": deed.today})
    if request.method == "POST" and form.is_valid():
        try:
            said = deed.do(form.cleaned_data)
        except ValidationError as refused:
            take_refusal(form, refused)
        else:
            messages.success(request, said % {"name": deed.name})
            return HttpResponseRedirect(deed.back)
    context = {
        "title": _("Take a stop back") if deed.is_stopped else _("Stop a medicine"),
        "banner": banner_of(opened.citizen, opened.access),
        "deed": deed,
        "form": form,
    }
    status = 400 if form.errors else 200
    return page(request, "healthrecords/stop_page.html", context, status=status)


def _done_before(request: HttpRequest, deed: Any) -> HttpResponseRedirect:
    """Change nothing where a form comes twice, or somebody did the same meanwhile, and say so."""
    said = (
        _("“%(name)s” was stopped before; this second send changed nothing.")
        if deed.is_stopped
        else _("“%(name)s” counts as taken already; nothing was changed.")
    )
    messages.info(request, said % {"name": deed.name})
    return HttpResponseRedirect(deed.back)


class OfVisits:
    """A medicine that visits gave, by its name in any spelling."""

    def __init__(self, opened: Opened, request: HttpRequest) -> None:
        self.opened, self.actor = opened, request.user
        self.name = request.GET.get(NAME, "")
        self.today = timezone.localdate(opened.at)
        self.back = record_url(opened.citizen.pk)
        rows = list(
            self._open(Medication)
            .exclude(visit__status__in=NOT_HELD)
            .order_by("-visit__started_at", "id")
        )
        meant = stopping.meant_by(self.name, rows, on=self.today)
        self.given = [row for row in rows if meant.holds(row)][:SHOWN]
        if not self.name or not self.given:
            raise Http404(_("There is no such record."))
        stops = self._open(MedicineStop).filter(taken_back_at=None).order_by("-noted_at", "id")
        told = stops.select_related("noted_by", "noted_where")
        self.stop = next((stop for stop in told if meant.holds(stop)), None)
        self.is_stopped = self.stop is not None
        self.form = ReasonForm if self.is_stopped else StopForm

    def _open(self, model: Any) -> Any:
        rows = model.objects.of(self.opened.access).select_related("visit__facility")
        rows = rows.open_to(sees_sensitive=self.opened.sees_sensitive)
        return rows if self.opened.sees_sensitive else outside_hidden_visits(rows)

    @property
    def about(self) -> str:
        """Say since when and why it was stopped, and who noted it."""
        if self.stop is None:
            return ""
        reason = Hush(sees_sensitive=self.opened.sees_sensitive).row(self.stop).reason
        return _("Not taken since %(day)s: %(reason)s. Noted by %(by)s, %(place)s.") % {
            "day": f"{self.stop.stopped_on:%d/%m/%Y}",
            "reason": reason or _("reason not known"),
            "by": self.stop.noted_by,
            "place": self.stop.noted_where.name,
        }

    def do(self, said: Any) -> str:
        """Stop it, or take the stop back."""
        who = {"actor": self.actor, "citizen": self.opened.citizen, "name": self.name}
        if self.is_stopped:
            stopping.take_back_stop(reason=said["reason"], at=self.opened.at, **who)
            return _("“%(name)s” counts as taken again.")
        stopping.stop_medicine(
            stopped_on=said["stopped_on"], reason=said["reason"], at=self.opened.at, **who
        )
        return _("“%(name)s” is stopped.")


class LongTerm:
    """A medicine that is taken over time."""

    given = ()

    def __init__(self, opened: Opened, request: HttpRequest) -> None:
        self.opened, self.actor = opened, request.user
        rows = LongTermMedicine.objects.of(opened.access).filter(
            status=LongTermMedicine.Status.ACTIVE
        )
        rows = rows.open_to(sees_sensitive=opened.sees_sensitive).select_related("stopped_by")
        found = rows.filter(pk=as_key(request.GET.get(ROW))).first()
        if found is None:
            raise Http404(_("There is no such record."))
        self.fact: LongTermMedicine = found
        self.name = self.fact.name
        self.today = f"{timezone.localdate(opened.at):%d/%m/%Y}"
        self.back = background_url(opened.citizen.pk, "medicine")
        self.is_stopped = bool(self.fact.ended)
        self.form = BackForm if self.is_stopped else LongTermForm

    @property
    def about(self) -> str:
        """Say since when and why it was stopped, and who noted it."""
        if not self.fact.ended:
            return ""
        reason = Hush(sees_sensitive=self.opened.sees_sensitive).row(self.fact).stop_reason
        said = {
            "day": shown_partial(self.fact.ended),
            "reason": reason or _("reason not known"),
            "by": self.fact.stopped_by or _("not known"),
        }
        return _("Not taken since %(day)s: %(reason)s. Noted by %(by)s.") % said

    def do(self, said: Any) -> str:
        """Stop it, or let it go on."""
        if self.is_stopped:
            stopping.resume_long_term(actor=self.actor, fact=self.fact, at=self.opened.at)
            return _("“%(name)s” counts as taken again.")
        stopping.stop_long_term(
            actor=self.actor,
            fact=self.fact,
            stopped=said["stopped_on"],
            reason=said["reason"],
            at=self.opened.at,
        )
        return _("“%(name)s” is stopped.")
