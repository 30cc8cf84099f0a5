"""Is a visit signed, and may it change now?"""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from healthrecords.models import Visit, VisitAmendment, VisitSeal


def seal_of(visit: Visit) -> VisitSeal | None:
    """Return the seal of a signed visit."""
    rows = VisitSeal.objects.select_related("version__signature", "amendment__opened_by")
    return rows.filter(visit=visit.pk).first()


def open_amendment_of(visit: Visit) -> VisitAmendment | None:
    """Return the amendment that is open on a visit, signed or not."""
    return VisitAmendment.objects.open().filter(visit=visit.pk).first()


def require_never_signed(visit: Visit) -> None:
    """Refuse to take back to unfinished what was signed: its signed version stays on the record."""
    if VisitSeal.objects.filter(visit=visit.pk).exists():
        raise ValidationError(
            _(
                "This visit was signed: correct it and finish it, or let who signs visits here"
                " withdraw it."
            ),
            code="visit_was_signed",
        )


def require_unsealed(visit: Visit) -> None:
    """Refuse to change what is signed while no amendment is open."""
    seal = (
        VisitSeal.objects.filter(visit=visit.pk, amendment=None).select_related("version").first()
    )
    if seal is not None:
        raise ValidationError(
            _(
                "This visit was signed (version %(number)s, %(day)s). Open an amendment and write why"
                " it changes; then it can be corrected and signed again."
            ),
            code="visit_signed",
            params={
                "number": seal.number,
                "day": f"{timezone.localdate(seal.version.signed_at):%d/%m/%Y}",
            },
        )
