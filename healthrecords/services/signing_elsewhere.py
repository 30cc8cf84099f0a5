"""Sign a visit at a remote service: lay it out as it was shown, store what comes back."""

from __future__ import annotations

from django.db import transaction

from healthrecords.models import Visit
from healthrecords.services.signing import changed_while_signing, freeze, lay_out, locked
from portal.signing import services as signing
from portal.signing.documents import Content, Signed
from portal.signing.purposes import Asked


def lay_out_for_service(asked: Asked) -> Content:
    """Prepare a visit for a signature that is made elsewhere, unless it changed since it was shown.

    One that was begun before marks were kept has none, and is laid out as it stands.
    """
    rows = Visit.objects.select_related("citizen", "facility__area", "facility__parent")
    visit = rows.get(pk=asked.subject)
    return lay_out(
        actor=asked.actor,
        visit=visit,
        at=asked.at,
        certificate=asked.certificate,
        shown=asked.shown or None,
    ).content


@transaction.atomic
def take_from_service(asked: Asked, content: Content, signed: Signed) -> None:
    """Store a signature that was made elsewhere, unless the visit says something else by now."""
    actor, at, certificate = asked.actor, asked.at, asked.certificate
    visit = locked(asked.subject)
    draft = lay_out(actor=actor, visit=visit, at=at, certificate=certificate, with_papers=False)
    if draft.text.encode() != content.data:
        raise changed_while_signing()
    made = signing.store(
        actor=actor, certificate=certificate, content=content, signed=signed, at=at
    )
    freeze(actor=actor, draft=draft, made=made, at=at)
