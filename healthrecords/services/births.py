"""Can a person have been born on a day, by what was done with them?"""

from datetime import date

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from healthrecords.models import Citizen, Visit
from healthrecords.querysets import NOT_HELD
from portal.dates import PartialDate


def check_birth(citizen: Citizen, birth: PartialDate) -> None:
    """Refuse a birth after which the person was treated already; no day is told of what is protected."""
    seen = treated_before(citizen, birth, sees_sensitive=False)
    if seen is not None:
        message = _("The person was treated on %(seen)s, before this birth; check both days.")
        error = ValidationError(
            message, "treated_before_birth", params={"seen": f"{seen:%d/%m/%Y}"}
        )
    elif treated_before(citizen, birth, sees_sensitive=True) is not None:
        message = _("What is known of this person does not fit this birth; check the day.")
        error = ValidationError(message, "birth_contradicted")
    else:
        return
    raise ValidationError({"birth": error})


def treated_before(
    citizen: Citizen, birth: PartialDate, *, sees_sensitive: bool, since: date | None = None
) -> date | None:
    """Return the first day on which a person was treated before a birth, from ``since`` on."""
    visits = Visit.objects.filter(citizen=citizen, started_at__date__lt=birth.earliest)
    if since is not None:
        visits = visits.filter(started_at__date__gte=since)
    visits = visits.exclude(status__in=NOT_HELD).open_to(sees_sensitive=sees_sensitive)
    moment = visits.order_by("started_at").values_list("started_at", flat=True).first()
    return timezone.localdate(moment) if moment is not None else None
