"""Keep a paper or a picture with a person's record."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from healthrecords.models import Attachment, Citizen
from healthrecords.models.facts import Source
from healthrecords.services.access import require_access, sees_sensitive
from healthrecords.services.betraying import words_on
from healthrecords.services.citizens import Saved, require_place
from healthrecords.services.consents import is_allowed
from healthrecords.services.standing import standing
from portal.attachments.keeping import keep, title_of
from portal.codelists.sensitivity import strictest, weaker_than
from portal.dates import PartialDate
from portal.places.models import Organisation
from portal.sensitivity import KNOWN

MOST = 200
PICTURES = "images"  # the purpose that a clinical picture rests on


@dataclass(frozen=True, slots=True)
class AttachmentEntry:
    """A paper as somebody sends it: the bytes, the name they gave the file, and what it is."""

    content: bytes
    name: str
    category: str = Attachment.Category.OTHER
    title: str = ""
    written: PartialDate | None = None
    note: str = ""
    sensitivity: str = ""  # protected by hand: what is on a scan no machine reads


@transaction.atomic
def attach(
    *,
    actor: Any,
    citizen: Citizen,
    facility: Organisation,
    entry: AttachmentEntry,
    client_key: UUID,
    at: datetime,
) -> Saved[Attachment]:
    """Keep a paper with the record, unless the form that sends it was stored before."""
    require_place(actor, facility)
    citizen = standing(citizen)
    access = require_access(actor, citizen, at)
    earlier = Attachment.objects.filter(client_key=client_key).first()
    if earlier is not None:
        if (earlier.citizen_id, earlier.facility_id) != (citizen.pk, facility.pk):
            raise ValidationError(
                _("This form belongs to another person; open the page again."),
                code="form_of_another",
            )
        return Saved(earlier, is_new=False)
    _require_room(citizen)
    if entry.category == Attachment.Category.PICTURE:
        _require_allowed(citizen, timezone.localdate(at))
    title = " ".join(entry.title.split()) or title_of(entry.name)
    stored = keep(content=entry.content, name=entry.name, at=at)
    twins = Attachment.objects.filter(citizen=citizen, file=stored, status="active")
    twin = twins.open_to(sees_sensitive=sees_sensitive(access)).first()
    if twin is not None:
        raise ValidationError(
            _("The same file is kept already as “%(title)s”."),
            code="file_twice",
            params={"title": twin.title},
        )
    words = words_on(timezone.localdate(at))
    attachment = Attachment(
        citizen=citizen,
        facility=facility,
        recorded_at=at,
        recorded_by=actor,
        client_key=client_key,
        source=Source.PAPER,
        file=stored,
        title=title[:200],
        category=entry.category,
        written=entry.written.iso() if entry.written else "",
        note=entry.note,
        # A refusal would tell that a protected paper is there; the same one is protected as it is.
        sensitivity=strictest(
            [
                entry.sensitivity,
                words.of_text(title, entry.note),
                words.of_place(facility.name),
                *twins.values_list("sensitivity", flat=True),
            ]
        ),
    )
    attachment.full_clean(exclude=["citizen", "facility", "recorded_by", "client_key", "file"])
    attachment.save(force_insert=True)
    return Saved(attachment, is_new=True)


@transaction.atomic
def protect(*, actor: Any, attachment: Attachment, sensitivity: str, at: datetime) -> Attachment:
    """Let a paper that is kept already be protected; the same file with the record goes with it.

    It only becomes stricter here. What was protected by mistake is marked as a mistake and kept anew.
    """
    rows = Attachment.objects.select_for_update(of=("self",), no_key=True)
    attachment = rows.select_related("citizen", "facility").get(pk=attachment.pk)
    require_place(actor, attachment.facility)
    access = require_access(actor, standing(attachment.citizen), at)
    if attachment.sensitivity and not sees_sensitive(access):
        raise PermissionDenied(_("There is no such record."))
    if sensitivity not in KNOWN or not sensitivity:
        raise ValidationError(_("Choose because of what it is protected."), code="class_missing")
    if strictest({sensitivity, attachment.sensitivity}) == attachment.sensitivity:
        raise ValidationError(_("This paper is protected already."), code="protected_already")
    twins = rows.filter(citizen=attachment.citizen_id, file=attachment.file_id)
    twins.filter(sensitivity__in=["", *weaker_than(sensitivity)]).update(sensitivity=sensitivity)
    attachment.refresh_from_db(fields=["sensitivity"])
    return attachment


def _require_allowed(citizen: Citizen, on: date) -> None:
    """Refuse a clinical picture that the person did not agree to (Law 91/2025/QH15)."""
    allowed = is_allowed(citizen=citizen, purpose=PICTURES, on=on)
    if not allowed:
        raise ValidationError(
            {
                "category": ValidationError(
                    _("%(reason)s Ask the person first, on the page of their rights."),
                    code="picture_not_allowed",
                    params={"reason": allowed.reason},
                )
            }
        )


def _require_room(citizen: Citizen) -> None:
    if Attachment.objects.filter(citizen=citizen, status="active").count() >= MOST:
        raise ValidationError(
            _("This record holds %(most)d papers; join some into one PDF."),
            code="files_too_many",
            params={"most": MOST},
        )
