"""The identity page of a citizen: every field with its source, numbers, addresses, who belongs to whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Case, IntegerField, Q, Value, When
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from django_stubs_ext import StrOrPromise

from healthrecords.admin.identity_deeds import DEEDS, form_of
from healthrecords.admin.opening import Opened, open_record
from healthrecords.admin.values_written import shown, title_of
from healthrecords.banner import Banner, banner_of
from healthrecords.forms import identity as forms
from healthrecords.models import CareAccess, Citizen, FieldSource
from healthrecords.provenances import Provenances
from healthrecords.row_provenances import first_batch, with_sources
from healthrecords.services import place_to_act
from healthrecords.services.addresses import mark_present
from healthrecords.services.citizens import require_mendable
from healthrecords.services.guests import in_front, with_homes
from healthrecords.services.hushing import Hush
from healthrecords.services.identity import file_differences, open_differences
from healthrecords.services.unknown import duties_of, read_unknown, undone
from healthrecords.unknown import clock_of
from portal.audit.reads import note
from portal.codelists.countries import country_on
from portal.codelists.lookup import code_on
from portal.codelists.stages import is_in_stage
from portal.intake.models import Batch
from portal.provenance import Provenance, Sureness
from portal.site.pages import page
from portal.verification.models import Inquiry
from portal.verification.services import is_set_up

CHIPS = {
    Inquiry.Result.MATCH: ("ok", "shield"),
    Inquiry.Result.MISMATCH: ("bad", "bad"),
    Inquiry.Result.NOT_FOUND: ("warn", "none"),
    Inquiry.Result.UNAVAILABLE: ("", "off"),
    Inquiry.Result.NONE: ("act", "clock"),
}
TROUBLES = {
    "timeout": gettext_lazy("it did not answer in time"),
    "not_reached": gettext_lazy("it could not be reached"),
    "rate_limited": gettext_lazy("too many questions at once"),
    "register_failed": gettext_lazy("it failed"),
    "answer_unreadable": gettext_lazy("its answer could not be read"),
    "not_authorised": gettext_lazy("it does not accept our key"),
    "answer_did_not_come": gettext_lazy("the answer did not come"),
    "question_unknown": gettext_lazy("it lost our question"),
    "forgotten": gettext_lazy("our question was left lying"),
}


@dataclass(frozen=True, slots=True)
class Fact:
    """One field with where it comes from."""

    label: StrOrPromise
    value: str
    provenance: Provenance | None
    who: str = ""


@dataclass(frozen=True, slots=True)
class Clash:
    """A field that the register holds otherwise, side by side."""

    word: FieldSource
    ours: str
    theirs: str
    form: forms.DeedForm
    of: str = ""


def identity_url(pk: Any) -> str:
    """Return the address of a citizen's identity page."""
    return reverse("admin:healthrecords_citizen_identity", args=[pk])


def identity_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Draw the identity of a citizen."""
    opened = open_record(request, pk)
    if not isinstance(opened, Opened):
        return opened
    if opened.citizen.merged_into_id:
        return HttpResponseRedirect(identity_url(opened.citizen.merged_into_id))
    return _draw(request, opened)


@require_POST
def identity_deed(request: HttpRequest, pk: UUID, deed: str) -> HttpResponse:
    """Do one deed; what is refused stays typed."""
    opened = open_record(request, pk)
    if not isinstance(opened, Opened):
        return opened
    if deed not in DEEDS:
        raise Http404(_("There is no such page."))
    if place_to_act(request.user, "enter_records") is None:
        raise PermissionDenied(_("Mending a record needs the role of a clerk or clinician here."))
    require_mendable(request.user, opened.citizen)
    act, kind = DEEDS[deed]
    form = form_of(kind, opened.citizen, request.POST) if kind else None
    if form is not None and not form.is_valid():
        return _draw(request, opened, refused=form)
    citizen = Citizen.objects.get(pk=opened.citizen.pk)
    try:
        said = act(request.user, citizen, form.cleaned_data if form else request.POST, opened.at)
    except ValidationError as error:
        return _draw(request, opened, refused=_blamed(form, error), error=error)
    messages.success(request, said)
    return HttpResponseRedirect(identity_url(pk))


def _blamed(form: forms.DeedForm | None, error: ValidationError) -> forms.DeedForm | None:
    """Put what a service refused at the boxes it names."""
    if form is not None:
        known = hasattr(error, "error_dict") and set(error.error_dict) <= set(form.fields)
        form.add_error(None, error if known else ValidationError(error.messages))
    return form


def _draw(
    request: HttpRequest,
    opened: Opened,
    *,
    refused: forms.DeedForm | None = None,
    error: ValidationError | None = None,
) -> HttpResponse:
    citizen = opened.citizen
    banner = banner_of(citizen, opened.access)
    place = place_to_act(request.user, "enter_records")
    may_mend = place is not None and opened.access.ground != CareAccess.Ground.GLASS
    membership = citizen.memberships.filter(until=None).select_related("household__area").first()
    hush = Hush(sees_sensitive=opened.sees_sensitive)
    sources, numbers = banner.sources, _numbers(citizen, hush)
    citizen.death_note = hush.text(citizen.death_note)  # as it is told here; nobody saves it
    came_with = first_batch(numbers)
    household = _household(membership)
    note(request, [row.citizen_id for row in household], action="listed", ground="household")
    context = {
        "title": _("Identity of %(name)s") % {"name": citizen.name},
        "banner": banner,
        "citizen": citizen,
        "is_minor": is_in_stage("minor", citizen.birth.latest, timezone.localdate(opened.at)),
        "facts": facts_of(citizen, banner, timezone.localdate(opened.at)),
        "checks": _checks(citizen),
        "clashes": _clashes(citizen, refused),
        **_told(citizen),
        "numbers": with_sources(numbers, sources, came_with),
        "addresses": with_sources(
            mark_present(citizen, with_homes(_addresses(citizen))),
            sources,
            came_with,
        ),
        "coverages": with_sources(
            citizen.coverages.filter(withdrawn_on=None).select_related("registered_at"),
            sources,
            came_with,
        ),
        "membership": membership,
        "belongs": with_sources([membership] if membership else [], sources, came_with),
        "household": household,
        "relatives": with_sources(
            in_front(citizen.relatives.filter(until=None)).order_by("-represents", "id"),
            sources,
            came_with,
        ),
        "former_names": citizen.former_names.all(),
        "may_mend": may_mend,
        "may_ask": may_mend and is_set_up(),
        "forms": _forms(citizen, refused) if may_mend else {},
        "refused": refused,
        "error": error if refused is None else None,
        "today": timezone.localdate(opened.at),
    }
    status = 400 if refused is not None or error is not None else 200
    return page(request, "healthrecords/identity_page.html", context, status=status)


def _in_force_first(rows: Any, ended: str) -> Any:
    """Order rows with those in force first, the latest of each first."""
    order = Case(
        When(Q(**{ended: None}), then=Value(0)), default=Value(1), output_field=IntegerField()
    )
    return rows.annotate(is_over=order).order_by("is_over", "kind", "-id")


def _addresses(citizen: Citizen) -> Any:
    return citizen.addresses.select_related("area__parent").order_by("kind", "-id")


def _numbers(citizen: Citizen, hush: Hush) -> list[Any]:
    """Return the numbers with the place that gave them and the words of their end as they are told."""
    rows = citizen.identifiers.select_related("successor", "issuer", "verified_by")
    found = list(_in_force_first(rows, "ended_on"))
    for row in found:
        row.issued_by = hush.place(row.issuer.name) if row.issuer else ""
        row.ending_note = hush.text(row.ending_note)
    return found


def _forms(citizen: Citizen, refused: forms.DeedForm | None) -> dict[str, forms.DeedForm]:
    found = {}
    for deed, (_act, kind) in DEEDS.items():
        if kind is None or kind is forms.SettleForm:
            continue
        is_refused = refused is not None and refused.deed == deed
        found[deed.replace("-", "_")] = (
            refused if is_refused and refused else form_of(kind, citizen)
        )
    return found


def _told(citizen: Citizen) -> dict[str, Any]:
    """Return what is to be told of somebody whom nobody knows, and what was told."""
    duties = duties_of(read_unknown(citizen))
    now = timezone.now()
    return {"duties": [(one, clock_of(one, now)) for one in duties], "is_to_tell": undone(duties)}


def _household(membership: Any) -> list[Any]:
    if membership is None:
        return []
    # Who was found to be another one of them stands there once.
    rows = membership.household.members.filter(until=None, citizen__merged_into=None)
    rows = rows.select_related("citizen")
    return sorted(rows, key=lambda row: (row.relation != "head", row.citizen.birth_date))


def _checks(citizen: Citizen) -> list[dict[str, Any]]:
    shown = []
    for check in citizen.identity_checks.select_related("inquiry__asked_by")[:5]:
        inquiry = check.inquiry
        kind, icon = CHIPS[Inquiry.Result(inquiry.result)]
        state = inquiry.get_result_display() if inquiry.result else inquiry.get_state_display()
        trouble = TROUBLES.get(inquiry.trouble, "")
        shown.append(
            {
                "inquiry": inquiry,
                "kind": kind,
                "icon": icon,
                "state": state,
                "trouble": str(trouble),
            }
        )
    return shown


def _clashes(citizen: Citizen, refused: forms.DeedForm | None) -> list[Clash]:
    found = []
    on = timezone.localdate()
    for word, ours in (*open_differences(citizen), *file_differences(citizen)):
        mine = isinstance(refused, forms.SettleForm) and str(refused.data.get("word")) == str(
            word.pk
        )
        form = (
            refused
            if mine and refused is not None
            else forms.SettleForm(
                initial={"word": word.pk}, auto_id=f"id_{word.field}_{_place(word)}{_row(word)}%s"
            )
        )
        here, there = (shown(word.field, value, on) for value in (ours, word.value))
        found.append(Clash(word, here, there, form, _card(citizen, word)))
    return found


def _place(word: FieldSource) -> str:
    """Tell the words of several places on one field apart."""
    return f"{word.organisation_id.hex}_" if word.organisation_id else ""


def _card(citizen: Citizen, word: FieldSource) -> str:
    """Return the number of the card a word speaks of."""
    cards = citizen.coverages.filter(pk=str(word.row_id)) if word.row_id else []
    return next((row.number for row in cards), "")


def _row(word: FieldSource) -> str:
    """Tell the words on several cards apart."""
    return f"{word.row_id.hex}_" if word.row_id else ""


# What has a line of its own only where there is something to say.
WHERE_KNOWN = frozenset({"death", "standing", "birth_time", "birth_estimated"})


def _was_identified(banner: Banner) -> bool:
    """Say whether somebody wrote who the person is: it was not known once."""
    return banner.sources is not None and bool(banner.sources.who_said("standing"))


def facts_of(citizen: Any, banner: Banner, on: date) -> list[Fact]:
    """Return the fields in the paper's order (Decision 831/QĐ-BYT, part A), blank ones left out."""
    coded = {"ethnic_groups": citizen.ethnic_group, "occupations": citizen.occupation}
    titles = {key: code_on(key, code, on) if code else None for key, code in coded.items()}
    country = country_on(citizen.nationality, on) if citizen.nationality else None
    clock = f"{citizen.birth_time:%H:%M}" if citizen.birth_time else ""
    estimated = _("yes") if citizen.birth_is_estimated else ""
    is_plain = citizen.standing == Citizen.Standing.KNOWN and not _was_identified(banner)
    who_it_is = "" if is_plain else str(citizen.get_standing_display())
    rows = (
        ("name", _("Full name"), citizen.name),
        ("standing", _("Who it is"), who_it_is),
        ("sex", _("Sex"), banner.sex),
        ("birth", _("Date of birth"), banner.birth),
        ("birth_time", _("Hour of birth"), clock),
        ("birth_estimated", _("Date of birth is estimated"), estimated),
        ("blood_group", _("Blood group"), banner.blood),
        (
            "ethnic_group",
            _("Ethnic group"),
            title_of(titles["ethnic_groups"], citizen.ethnic_group),
        ),
        ("nationality", _("Nationality"), country.title if country else citizen.nationality),
        ("occupation", _("Occupation"), title_of(titles["occupations"], citizen.occupation)),
        ("address", _("Lives in"), banner.address),
        ("phone", _("Phone"), banner.phone),
        ("death", _("Died on"), _death(citizen)),
    )
    owner = banner.sources
    return [
        _fact(citizen, owner, name, label, value)
        for name, label, value in rows
        if value or name not in WHERE_KNOWN
    ]


def _fact(
    citizen: Any, owner: Provenances | None, name: str, label: StrOrPromise, value: str
) -> Fact:
    if owner is None:
        return Fact(label, value or _("not known"), None)
    came = owner.provenance_of(name)
    who = owner.who_said(name)
    if not who and came is not None and came.sureness == Sureness.RECEIVED:
        who = sender_of(citizen)
    return Fact(label, value or _("not known"), came, who)


def sender_of(citizen: Any) -> str:
    """Name who sent the file a record came with; its numbers know the file."""
    if not hasattr(citizen, "sender"):
        numbers = citizen.identifiers.exclude(batch_id=None).order_by("id").values("batch_id")
        batch = Batch.objects.filter(pk__in=numbers[:1]).select_related("sent_by").first()
        citizen.sender = ""
        if batch is not None and batch.sent_by is not None:
            said = {
                "name": batch.sent_by,
                "day": f"{timezone.localdate(batch.received_at):%d/%m/%Y}",
            }
            citizen.sender = _("file sent by %(name)s on %(day)s") % said
    return str(citizen.sender)


def _death(citizen: Citizen) -> str:
    if citizen.died_on is None:
        return ""
    said = f"{citizen.died_on:%d/%m/%Y}"
    parts = (said, citizen.get_death_source_display(), citizen.death_note)
    return ", ".join(str(part) for part in parts if part)
