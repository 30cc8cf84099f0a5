"""What follows when somebody opened a record by broken glass: somebody else looks at it."""

from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from healthrecords.models import CareAccess, GlassReview
from healthrecords.services.terms import term_on
from portal.scope import scope_of


def review_due_on(opened_at: datetime) -> date | None:
    """Return until when an opening is to be reviewed, None where no term is set."""
    on = timezone.localdate(opened_at)
    term = term_on("glass_review", on)
    return term.due(on) if term else None


@transaction.atomic
def review_glass(
    *, actor: Any, access: CareAccess, outcome: str, note: str, at: datetime
) -> GlassReview:
    """Record what a reviewer found about one opening.

    Locks the opening: two reviewers may look at the same one. Nobody reviews their own.
    """
    if access.organisation_id not in scope_of(actor, "review_access"):
        raise PermissionDenied(
            _("Reviewing opened records needs the right to do so at that place.")
        )
    access = CareAccess.objects.select_for_update().get(pk=access.pk)
    if access.ground != CareAccess.Ground.GLASS:
        raise ValidationError(
            _("This record was opened on a ground of care; only broken glass is reviewed."),
            code="not_broken_glass",
        )
    if access.user_id == actor.pk:
        raise ValidationError(
            _("You opened this record yourself; somebody else reviews it."), code="own_opening"
        )
    earlier = GlassReview.objects.filter(access=access).select_related("reviewed_by").first()
    if earlier is not None:
        raise ValidationError(
            _("%(name)s reviewed this opening on %(day)s already."),
            code="reviewed_before",
            params={
                "name": earlier.reviewed_by.full_name,
                "day": f"{timezone.localdate(earlier.reviewed_at):%d/%m/%Y}",
            },
        )
    review = GlassReview(
        access=access,
        outcome=outcome,
        note=" ".join(note.split()),
        reviewed_by=actor,
        reviewed_at=at,
    )
    review.full_clean()
    review.save(force_insert=True)
    return review
