"""What can be done on the identity page: each deed reads its form and calls its service."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404
from django.utils.translation import gettext as _

from healthrecords.admin.opening import as_key
from healthrecords.forms import identity as forms
from healthrecords.models import Citizen, FieldSource
from healthrecords.services import deaths, households, identity, numbers, row_sources, unknown
from healthrecords.services.entries import RelativeEntry
from portal.verification.services import is_set_up

Deed = Callable[[Any, Citizen, Any, datetime], str]


def ask(actor: Any, citizen: Citizen, _said: Any, at: datetime) -> str:
    """Put the person to the population database."""
    if not is_set_up():
        raise ValidationError(
            _("No population database is set up here; the administrator does that."), "not_set_up"
        )
    check = identity.ask_about(actor=actor, citizen=citizen, place=actor.place_of_work, at=at)
    if check is None:
        raise ValidationError(
            _("There is no personal number to compare; mend the record and write it."),
            "number_missing",
        )
    return _("Asked. The answer comes by itself; go on meanwhile.")


def settle(actor: Any, citizen: Citizen, said: Any, at: datetime) -> str:
    """Take the register's word, or keep ours."""
    word = FieldSource.objects.filter(pk=said["word"], citizen=citizen).first()
    if word is None:
        raise Http404(_("There is no such record."))
    takes = said["take"] == "theirs"
    identity.settle_difference(
        actor=actor, word=word, takes_theirs=takes, reason=said["reason"], at=at
    )
    field = word.get_field_display()
    if takes and word.source == FieldSource.Source.FILE:
        return _("Taken over from the file: %(field)s.") % {"field": field}
    if takes:
        return _("Taken over from the population database: %(field)s.") % {"field": field}
    return _("Kept as it stands here: %(field)s.") % {"field": field}


def add_number(actor: Any, citizen: Citizen, said: Any, at: datetime) -> str:
    """Keep a number of another paper."""
    row = numbers.add_number(actor=actor, citizen=citizen, at=at, **said)
    return _("Stored: %(kind)s %(number)s.") % {
        "kind": row.get_kind_display(),
        "number": row.value,
    }


def end_number(actor: Any, citizen: Citizen, said: Any, at: datetime) -> str:
    """End a number, with its successor."""
    numbers.end_number(
        actor=actor,
        identifier=said["number"],
        ending=said["ending"],
        note=said["note"],
        successor=said["successor"],
        at=at,
    )
    if said["successor"]:
        identity.ask_about(actor=actor, citizen=citizen, place=actor.place_of_work, at=at)
    return _("The number %(number)s has ended.") % {"number": said["number"].value}


def household(actor: Any, citizen: Citizen, said: Any, at: datetime) -> str:
    """Begin a household or join one."""
    number = said.get("member")
    if not number:
        households.begin_household(actor=actor, head=citizen, number=said["number"], at=at)
        return _("A household begins with %(name)s as its head.") % {"name": citizen.name}
    member = households.person_of(number.value, besides=citizen)
    if member is None:
        raise ValidationError(
            {
                "member": ValidationError(
                    _("No record goes by %(number)s, or several do; look for the person first."),
                    "person_unknown",
                    params={"number": number.value},
                )
            }
        )
    households.join_household(
        actor=actor, citizen=citizen, member=member, relation=said["relation"], at=at
    )
    return _("%(name)s belongs to the household now.") % {"name": citizen.name}


def leave(actor: Any, citizen: Citizen, _said: Any, at: datetime) -> str:
    """Leave the household."""
    households.leave_household(actor=actor, citizen=citizen, at=at)
    return _("%(name)s has left the household.") % {"name": citizen.name}


def head(actor: Any, citizen: Citizen, _said: Any, at: datetime) -> str:
    """Become the head of the household."""
    households.make_head(actor=actor, citizen=citizen, at=at)
    return _("%(name)s is the head of the household now.") % {"name": citizen.name}


def relative(actor: Any, citizen: Citizen, said: Any, at: datetime) -> str:
    """Keep somebody who belongs to the person."""
    entry = RelativeEntry(
        relation=said["relation"],
        name=said["name"],
        number=said["number"].value if said["number"] else "",
        phone=said["phone"].value if said["phone"] else "",
        represents=said["represents"],
    )
    row = households.add_relative(actor=actor, citizen=citizen, entry=entry, at=at)
    return _("Stored %(name)s.") % {"name": row.name}


def relative_over(actor: Any, citizen: Citizen, said: Any, at: datetime) -> str:
    """Say that somebody does not belong to the person any more."""
    row = citizen.relatives.filter(pk=as_key(said.get("relative"))).first()
    if row is None:
        raise Http404(_("There is no such record."))
    households.end_relative(actor=actor, relative=row, at=at)
    return _("%(name)s is not listed any more.") % {"name": row.name}


def death(actor: Any, citizen: Citizen, said: Any, at: datetime) -> str:
    """Note that the person died."""
    entry = deaths.DeathEntry(said["died_on"], said["source"], said["note"])
    deaths.record_death(actor=actor, citizen=citizen, entry=entry, at=at)
    return _("The death of %(name)s is noted.") % {"name": citizen.name}


def death_back(actor: Any, citizen: Citizen, said: Any, at: datetime) -> str:
    """Take a death back."""
    deaths.withdraw_death(actor=actor, citizen=citizen, reason=said["reason"], at=at)
    return _("The death of %(name)s is taken back.") % {"name": citizen.name}


def tell(actor: Any, citizen: Citizen, said: Any, at: datetime) -> str:
    """Note who was told of a patient whom nobody knows."""
    row = unknown.tell_of_unknown(actor=actor, citizen=citizen, said=unknown.Told(**said), at=at)
    return _("Noted: %(whom)s was told.") % {"whom": row.told_to}


def confirm(actor: Any, citizen: Citizen, said: Any, at: datetime) -> str:
    """Confirm what stands in a card, an address, a number, of a relative or a household."""
    row = row_sources.row_of(citizen, as_key(said.get("row")))
    if row is None:
        raise Http404(_("There is no such record."))
    row_sources.confirm_row(actor=actor, row=row, at=at)
    return _("Confirmed by you: %(what)s.") % {"what": row}


# By the last part of the address: what is done, and the form that asks for it.
DEEDS: Mapping[str, tuple[Deed, type[forms.DeedForm] | None]] = {
    "ask": (ask, None),
    "settle": (settle, forms.SettleForm),
    "add-number": (add_number, forms.AddNumberForm),
    "end-number": (end_number, forms.EndNumberForm),
    "confirm": (confirm, None),
    "household": (household, forms.HouseholdForm),
    "leave": (leave, None),
    "head": (head, None),
    "relative": (relative, forms.RelativeForm),
    "relative-over": (relative_over, None),
    "tell": (tell, forms.TellForm),
    "death": (death, forms.DeathForm),
    "death-back": (death_back, forms.ReasonForm),
}


def form_of(kind: type[forms.DeedForm], citizen: Citizen, data: Any = None) -> forms.DeedForm:
    """Return a deed's form, filled where it was sent."""
    if kind is forms.EndNumberForm:
        return forms.EndNumberForm(data, citizen=citizen)
    if kind is forms.TellForm:
        return forms.TellForm(data, citizen=citizen)
    return kind(data)
