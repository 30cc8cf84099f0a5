"""Two records side by side: joined into one, said to be two people, or parted again."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from healthrecords.admin.opening import Opened, open_record
from healthrecords.admin.record_page import record_url
from healthrecords.models import Citizen, CitizenMerge
from healthrecords.models.facts import shown_partial
from healthrecords.services import merged_cases, place_to_act
from healthrecords.services.merged_endings import ended_since
from healthrecords.services.merged_fields import choices
from healthrecords.services.merged_rows import away_from
from healthrecords.services.merges import (
    merge_citizens,
    require_whole_sight,
    rows_since,
    unmerge_citizens,
)
from healthrecords.services.versions import version_of_citizen
from healthrecords.side_by_side import owned, questions, sides, suggest_stays
from portal.site.pages import page

STEPS = ("_preview", "_join", "_two")


def require_role(request: HttpRequest) -> None:
    """Refuse those who enter no records."""
    if place_to_act(request.user, "enter_records") is None:
        raise PermissionDenied(
            _("Joining records needs the role of a clerk or clinician at a place of care.")
        )


@dataclass(frozen=True)
class Pair:
    """Two records that this request may show, and what was chosen of them."""

    request: HttpRequest
    opened: Sequence[Opened]

    @property
    def people(self) -> list[Citizen]:
        return [one.citizen for one in self.opened]

    @property
    def stays(self) -> UUID:
        """Return which record stays: the one that was chosen, else the one that is better known."""
        said = self.request.POST.get("stays") or self.request.GET.get("stays", "")
        for one in self.people:
            if str(one.pk) == said:
                key: UUID = one.pk
                return key
        return suggest_stays(self.people)

    @property
    def said(self) -> dict[str, str]:
        """Return whose answer was chosen, by question."""
        data = self.request.POST
        return {name: data[f"take_{name}"] for name in choices() if f"take_{name}" in data}

    @property
    def read(self) -> dict[UUID, str]:
        """Return the versions that were compared."""
        data = self.request.POST
        return {
            one.pk: data[f"version_{one.pk}"] for one in self.people if f"version_{one.pk}" in data
        }


def merge_page(request: HttpRequest, pk: UUID, twin_id: UUID) -> HttpResponse:
    """Compare two records, preview what joining them does, and do it."""
    require_role(request)
    opened = []
    for key in (pk, twin_id):
        one = open_record(request, key)
        if not isinstance(one, Opened):
            return one
        opened.append(one)
    pair = Pair(request, opened)
    if pair.people[0].pk == pair.people[1].pk:
        messages.info(request, _("These two are one record already."))
        return HttpResponseRedirect(record_url(pair.people[0].pk))
    if request.method == "POST":
        return _post(pair)
    return _draw(pair, "healthrecords/merge_page.html")


def _post(pair: Pair) -> HttpResponse:
    step = next((name for name in STEPS if name in pair.request.POST), "_preview")
    try:
        if step == "_join":
            return _join(pair)
        if step == "_two":
            return _say_two(pair)
    except ValidationError as refused:
        return _draw(pair, "healthrecords/merge_page.html", refused=refused, status=409)
    back = "_back" in pair.request.POST
    return _draw(pair, f"healthrecords/{'merge_page' if back else 'merge_preview'}.html")


def _join(pair: Pair) -> HttpResponse:
    stays = pair.stays
    survivor, merged = sorted(pair.people, key=lambda one: one.pk != stays)
    merge_citizens(
        actor=pair.request.user,
        survivor=survivor,
        merged=merged,
        take=[name for name, key in pair.said.items() if key == str(merged.pk)],
        read=pair.read,
        reason=pair.request.POST.get("reason", ""),
        at=timezone.now(),
    )
    messages.success(
        pair.request,
        _(
            "The records of %(merged)s and %(name)s are one now. A clinician or the head of the place"
            " can part them again below at any time."
        )
        % {"merged": merged.name, "name": survivor.name},
    )
    return HttpResponseRedirect(twins_url(survivor.pk))


def _say_two(pair: Pair) -> HttpResponse:
    one, other = pair.people
    merged_cases.say_two_people(actor=pair.request.user, one=one, other=other, at=timezone.now())
    messages.success(
        pair.request,
        _("%(one)s and %(other)s are two people; nobody is asked about them again.")
        % {"one": one.name, "other": other.name},
    )
    return HttpResponseRedirect(reverse("admin:healthrecords_twincase_changelist"))


def twins_url(pk: Any) -> str:
    """Return the address of all that is known of a record's twins."""
    return reverse("admin:healthrecords_citizen_twins", args=[pk])


def _draw(
    pair: Pair, template: str, *, refused: ValidationError | None = None, status: int = 200
) -> HttpResponse:
    stays = pair.stays
    sees = {one.citizen.pk: one.sees_sensitive for one in pair.opened}
    said = {} if refused is not None else pair.said
    on = timezone.localdate(pair.opened[0].at)
    asked = questions(pair.people, stays=stays, said=said, on=on, sees_sensitive=sees)
    first, second = pair.people
    survivor, merged = sorted(pair.people, key=lambda one: one.pk != stays)
    counted = owned(pair.people, sees_sensitive=sees)
    context = {
        "title": _("One person, two records?"),
        "sides": sides(pair.people, stays=stays, sees_sensitive=sees),
        "survivor": survivor,
        "merged": merged,
        "questions": [question for question in asked if question.state != "same"],
        "same": [question for question in asked if question.state == "same"],
        "owned": counted,
        "versions": {
            one.pk: (pair.read.get(one.pk) if refused is None else "") or version_of_citizen(one)
            for one in pair.people
        },
        "reason": pair.request.POST.get("reason", ""),
        "refused": refused,
        "place": reverse("admin:healthrecords_citizen_merge", args=[first.pk, second.pk]),
    }
    return page(pair.request, template, context, status=status)


def unmerge_page(request: HttpRequest, merge_id: UUID) -> HttpResponse:
    """Preview what parting two records gives back to whom, and do it.

    Whoever may not see protected rows is refused, whether there are any or not.
    """
    require_role(request)
    merge = get_object_or_404(
        CitizenMerge.objects.select_related("survivor", "merged", "merged_by", "organisation"),
        pk=merge_id,
    )
    root_id = merge.survivor.merged_into_id or merge.survivor_id
    opened = open_record(request, root_id)
    if not isinstance(opened, Opened):
        return opened
    if merge.undone_at is not None:
        messages.info(request, _("These two records were parted already."))
        return HttpResponseRedirect(twins_url(root_id))
    require_whole_sight(opened.access)
    since = rows_since(merge, opened.citizen)
    refused = None
    if request.method == "POST":
        handed = [(row.table, row.key) for row in since if _is_handed(request, row)]
        try:
            unmerge_citizens(
                actor=request.user,
                merge=merge,
                to_merged=handed,
                are_two="are_two" in request.POST,
                reason=request.POST.get("reason", ""),
                at=timezone.now(),
            )
        except ValidationError as error:
            refused = error
        else:
            return _parted(request, merge, root_id, len(handed))
    return _draw_parting(request, opened, merge, since, refused)


def _is_handed(request: HttpRequest, row: Any) -> bool:
    return request.POST.get(f"row_{row.table}_{row.key}") == "merged"


def _parted(request: HttpRequest, merge: CitizenMerge, root_id: UUID, handed: int) -> HttpResponse:
    said = _("The record of %(merged)s stands for itself again.") % {"merged": merge.merged.name}
    if handed:
        said += " " + ngettext(
            "%(count)d row that was entered since went with it.",
            "%(count)d rows that were entered since went with it.",
            handed,
        ) % {"count": handed}
    messages.success(request, said)
    return HttpResponseRedirect(twins_url(root_id))


def _draw_parting(
    request: HttpRequest,
    opened: Opened,
    merge: CitizenMerge,
    since: Sequence[Any],
    refused: ValidationError | None,
) -> HttpResponse:
    context = {
        "title": _("Part two records"),
        "citizen": opened.citizen,
        "merge": merge,
        "taken": taken_of(merge),
        "since": [
            {
                "name": f"row_{row.table}_{row.key}",
                "kind": row.belonging.model._meta.verbose_name,
                "text": describe(row.row),
                "to_merged": _is_handed(request, row),
            }
            for row in since
        ],
        "ended": ended_of(merge),
        "returning": returning(merge),
        "reason": request.POST.get("reason", ""),
        "refused": refused,
    }
    return page(request, "healthrecords/unmerge_page.html", context, status=409 if refused else 200)


def taken_of(merge: CitizenMerge) -> list[dict[str, Any]]:
    """Return which fields go back to what they said before."""
    from healthrecords.side_by_side import text_of

    found = []
    for name, layer in merge.taken.items():
        choice = choices().get(name)
        if choice is None:
            continue
        texts = []
        for values in (layer["after"], layer["before"]):
            image = Citizen()
            choice.put(image, values)
            texts.append(text_of(choice, image, timezone.localdate()))
        label = choice.fields[0].verbose_name
        found.append({"label": label, "now": texts[0], "then": texts[1]})
    return found


def ended_of(merge: CitizenMerge) -> list[dict[str, Any]]:
    """Return what ended since of the rows that go back, how it ended, and how it stood before."""
    found = []
    for one in ended_since(merge):
        before = copy(one.row)
        for name, value in one.was.items():
            setattr(before, name, value)
        found.append(
            {
                "kind": one.belonging.model._meta.verbose_name,
                "text": describe(one.row),
                "now": _said(one.row, one.fields) or _("in force"),
                "then": _said(before, one.fields) or _("in force"),
            }
        )
    return found


def _said(row: Any, fields: Sequence[Any]) -> str:
    """Write what these columns of a row say, of those that say something."""
    texts = [(field.verbose_name, _written(row, field)) for field in fields]
    return "; ".join(f"{label}: {text}" for label, text in texts if text)


def _written(row: Any, field: Any) -> str:
    value = getattr(row, field.name)
    if not value:
        return ""
    if field.choices:
        return str(getattr(row, f"get_{field.name}_display")())
    if hasattr(value, "hour"):
        return f"{timezone.localtime(value):%d/%m/%Y %H:%M}"
    if hasattr(value, "year"):
        return f"{value:%d/%m/%Y}"
    return shown_partial(value) if field.name == "ended" else str(value)


def returning(merge: CitizenMerge) -> list[tuple[str, int]]:
    """Return how many rows of each kind go back to the joined record."""
    return [
        (str(belonging.model._meta.verbose_name_plural), count)
        for belonging, count in away_from(merge)
    ]


def describe(row: Any) -> str:
    """Name a row in a few words, with its day where it has one."""
    parts = []
    for name in ("started_at", "recorded_at", "valid_from", "since", "issued_on"):
        moment = getattr(row, name, None)
        if moment is not None:
            local = timezone.localtime(moment) if hasattr(moment, "hour") else moment
            parts.append(f"{local:%d/%m/%Y}")
            break
    words = getattr(row, "reason", "") or str(row)
    if words not in parts:
        parts.append(words)
    place = getattr(row, "facility", None) or getattr(row, "organisation", None)
    if place is not None:
        parts.append(str(place))
    return ", ".join(part for part in parts if part)
