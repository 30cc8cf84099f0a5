"""To which visit may a result or a procedure belong?"""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from healthrecords.models import Citizen, Visit
from portal.places.models import Organisation

STANDING = frozenset({Visit.Status.IN_PROGRESS, Visit.Status.FINISHED})


def require_attachable(visit: Visit | None, *, citizen: Citizen, facility: Organisation) -> None:
    """Refuse another person's visit, another place's, and one that does not stand any more.

    Who signed a visit answers for all that stands with it: only their own place adds to it. What
    another place found is written of the person, without the visit. To be asked of the visit as it
    stands by now.
    """
    if visit is None:
        return
    if visit.citizen_id != citizen.pk:
        raise ValidationError(_("This visit belongs to another person."), code="visit_of_another")
    if visit.facility_id != facility.pk:
        raise ValidationError(
            _("Only the place of a visit adds to it; write this one without the visit."),
            code="visit_of_another_place",
        )
    if visit.status not in STANDING:
        raise ValidationError(_("This visit does not stand any more."), code="visit_over")
