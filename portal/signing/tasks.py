"""Sign at a remote service: ask, wait for the person's confirmation, take what comes back.

The worker carries a task on step by step; each step may be done twice, and one that a dead worker
left goes on where it stood.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from portal.signing import remote, services, stamping
from portal.signing.documents import Content, Prepared, finish, prepare
from portal.signing.models import SigningCertificate, SigningItem, SigningTask
from portal.signing.purposes import Asked, Purpose, purpose_of

State = SigningTask.State
AT_MOST = 50
LATE_AT_ONCE = 100
# So long a request waits for the person, and so long it is tried while the service is away.
PATIENCE = timedelta(minutes=10)
# A task whose steps go on failing for so long after that is given up.
GIVEN_UP_AFTER = timedelta(hours=6)
ENDS = {"refused": State.REFUSED, "expired": State.EXPIRED, "cancelled": State.CANCELLED}


def enrol(*, actor: Any, at: datetime) -> SigningCertificate:
    """Set up the certificate that a person has at the signing service."""
    try:
        credential = remote.enrol(user=actor.username, name=actor.full_name)
    except (remote.ServiceError, remote.ServiceRefusedError) as error:
        raise ValidationError(str(error), code="signing_service") from error
    return services.keep_certificate(
        actor=actor,
        person=credential.person,
        at=at,
        credential=credential.id,
        is_simulated=credential.is_simulated,
    )


@transaction.atomic
def begin(
    *,
    actor: Any,
    certificate: SigningCertificate,
    purpose: str,
    subjects: Sequence[UUID],
    at: datetime,
    shown: Mapping[UUID, str] | None = None,
) -> SigningTask:
    """Ask the service for the actor's signature over these subjects; the worker does the rest.

    ``shown`` holds the mark of what the actor was shown of each; the worker hands it to the purpose.
    """
    if certificate.user_id != actor.pk or certificate.withdrawn_at is not None:
        raise ValidationError(
            _("This certificate is not set up for you; choose another one."),
            code="certificate_unusable",
        )
    services.require_in_force(services.person_of(certificate), at)
    if not 0 < len(subjects) <= AT_MOST:
        raise ValidationError(
            _("Choose 1 to %(most)d to sign at once."),
            code="too_many_to_sign",
            params={"most": AT_MOST},
        )
    task = SigningTask.objects.create(
        user=actor, certificate=certificate, purpose=purpose, total=len(subjects), asked_at=at
    )
    SigningItem.objects.bulk_create(
        SigningItem(
            task=task, subject=subject, position=place, shown=(shown or {}).get(subject, "")
        )
        for place, subject in enumerate(subjects)
    )
    again(task.pk, seconds=0)
    return task


@transaction.atomic
def cancel(*, actor: Any, task: SigningTask, at: datetime) -> SigningTask:
    """Take a request back; one that was signed in the meantime stays signed."""
    task = SigningTask.objects.select_for_update().get(pk=task.pk, user=actor)
    if task.is_open:
        _end(task, State.CANCELLED, at=at)
        if task.transaction:
            number = task.transaction
            transaction.on_commit(lambda: _tell_cancelled(number))
    return task


def _tell_cancelled(number: str) -> None:
    try:
        remote.cancel(number)
    except (remote.ServiceError, remote.ServiceRefusedError):
        return  # it expires there by itself, and here nobody asks for it any more


def again(task_id: UUID, *, seconds: int) -> None:
    """Let the worker carry the task on."""
    from portal.signing.jobs import carry_on

    carry_on.configure(schedule_in={"seconds": seconds}).defer(task_id=str(task_id))


def late(*, at: datetime) -> list[UUID]:
    """Return the open tasks that should be over by now, the oldest first."""
    rows = SigningTask.objects.filter(
        state__in=[State.WAITING, State.ASKED], asked_at__lt=at - PATIENCE * 1.5
    )
    return list(rows.order_by("asked_at", "id").values_list("pk", flat=True)[:LATE_AT_ONCE])


@transaction.atomic
def carry_on_late(task_id: UUID, *, at: datetime) -> None:
    """Let the worker look once more at a task that was left lying, or give it up."""
    task = SigningTask.objects.select_for_update().select_related("user").get(pk=task_id)
    if not task.is_open:
        return
    if at - task.asked_at < GIVEN_UP_AFTER:
        again(task.pk, seconds=0)
        return
    with translation.override(task.user.language):
        trouble = str(_("The signing was left lying; sign again."))
    _end(task, State.FAILED, at=at, trouble=trouble)


def step(task_id: UUID, *, at: datetime) -> int | None:
    """Do the next step of a task; return after how many seconds to look again, None when it is over."""
    task = SigningTask.objects.select_related("user", "certificate").get(pk=task_id)
    if not task.is_open:
        return None
    try:
        with translation.override(task.user.language):
            return _send(task, at) if task.state == State.WAITING else _look(task, at)
    except remote.ServiceError as error:
        if at - task.asked_at > PATIENCE:
            _conclude(task, at=at, trouble=str(error))
            return None
        SigningTask.objects.filter(pk=task.pk).update(trouble=str(error))
        return 3
    except remote.ServiceRefusedError as error:
        _end(task, State.FAILED, at=at, trouble=str(error))
        return None


def _send(task: SigningTask, at: datetime) -> int | None:
    purpose = purpose_of(task.purpose)
    for item in task.items.filter(prepared=None, trouble=""):
        _prepare(task, item, purpose)
        task.prepared += 1
        SigningTask.objects.filter(pk=task.pk).update(prepared=task.prepared)
    items = list(task.items.exclude(prepared=None))
    if not items:
        _end(task, State.FAILED, at=at, trouble=str(_("None of them can be signed.")))
        return None
    hashes = [sha256(one).digest() for item in items for one in _read(item)[1].to_sign]
    number = remote.request(
        key=str(task.pk),
        credential=task.certificate.credential,
        about=str(_("%(what)s: %(count)d") % {"what": purpose.title, "count": len(items)}),
        hashes=hashes,
    )
    SigningTask.objects.filter(pk=task.pk, state=State.WAITING).update(
        state=State.ASKED, transaction=number, trouble=""
    )
    return 2


def _prepare(task: SigningTask, item: SigningItem, purpose: Purpose) -> None:
    person = services.person_of(task.certificate)
    try:
        content = purpose.lay_out(_asked(task, item))
    except (ValidationError, PermissionDenied) as refused:
        item.trouble = said_of(refused)
    else:
        prepared = prepare(content, person, at=task.asked_at)
        data = base64.b64encode(content.data).decode()
        item.prepared = json.dumps({"data": data, "prepared": prepared.dump().decode()}).encode()
    item.save(update_fields=["prepared", "trouble"])


def _read(item: SigningItem) -> tuple[bytes, Prepared]:
    said = json.loads(bytes(item.prepared or b""))
    return base64.b64decode(said["data"]), Prepared.load(said["prepared"].encode())


def _look(task: SigningTask, at: datetime) -> int | None:
    found = remote.progress(task.transaction)
    if found.state == "signed":
        _take(task, found.signatures, at)
        return None
    if found.state in ENDS:
        _end(task, ENDS[found.state], at=at)
        return None
    if at - task.asked_at > PATIENCE:
        _end(task, State.EXPIRED, at=at)
        _tell_cancelled(task.transaction)
        return None
    return 2


def _take(task: SigningTask, signatures: Sequence[bytes], at: datetime) -> None:
    """Store each signature; one that was stored before a crash is left as it is."""
    purpose, person = purpose_of(task.purpose), services.person_of(task.certificate)
    rest = list(signatures)
    for item in task.items.exclude(prepared=None):
        data, prepared = _read(item)
        raw, rest = rest[: len(prepared.to_sign)], rest[len(prepared.to_sign) :]
        if item.is_done or item.trouble:
            continue
        try:
            with transaction.atomic():
                signed = finish(prepared, _whole(raw, prepared), person, stamper=stamping.stamper())
                purpose.take(_asked(task, item), Content(data), signed)
                SigningItem.objects.filter(pk=item.pk).update(is_done=True)
        except stamping.StampAwayError as error:  # what is signed already is stamped later
            raise remote.ServiceError(said_of(error)) from error
        except (ValidationError, PermissionDenied) as refused:
            SigningItem.objects.filter(pk=item.pk).update(trouble=said_of(refused))
    stored = task.items.filter(is_done=True).exists()
    _conclude(task, at=at, trouble="" if stored else str(_("None of them could be stored.")))


def _conclude(task: SigningTask, *, at: datetime, trouble: str) -> None:
    """End a task as signed where anything was stored, and as failed where nothing was."""
    task.signed = task.items.filter(is_done=True).count()
    _end(task, State.SIGNED if task.signed else State.FAILED, at=at, trouble=trouble)


def _whole(raw: list[bytes], prepared: Prepared) -> list[bytes]:
    """Return the raw signatures of one content, unless some are missing."""
    if len(raw) != len(prepared.to_sign):
        raise ValidationError(
            _("The service sent fewer signatures than were asked for."), code="signature_broken"
        )
    return raw


def _asked(task: SigningTask, item: SigningItem) -> Asked:
    return Asked(item.subject, task.user, task.asked_at, task.certificate, item.shown)


def _end(task: SigningTask, state: str, *, at: datetime, trouble: str = "") -> None:
    task.state, task.ended_at, task.trouble = state, at, trouble
    task.save(update_fields=["state", "ended_at", "trouble", "signed"])
    task.items.update(prepared=None)  # what was laid out is in the versions, or nowhere


def said_of(refused: ValidationError | PermissionDenied) -> str:
    """Return a refusal in one line."""
    return " ".join(refused.messages) if isinstance(refused, ValidationError) else str(refused)
