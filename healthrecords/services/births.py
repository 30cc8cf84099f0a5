"""Can a person have been born on a day, by what was done with them?"""

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from healthrecords.models import Citizen, Visit
from healthrecords.querysets import NOT_HELD
from portal.dates import PartialDate


def check_birth(citizen: Citizen, birth: PartialDate) -> None:
    """Refuse a birth after which the person was treated already; no day is told of what is protected."""
    visits = Visit.objects.filter(citizen=citizen).exclude(status__in=NOT_HELD)
    before = visits.filter(started_at__date__lt=birth.earliest)
    seen = before.open_to(sees_sensitive=False).order_by("started_at").first()
    if seen is not None:
        day = f"{timezone.localdate(seen.started_at):%d/%m/%Y}"
        message = _("The person was treated on %(seen)s, before this birth; check both days.")
        error = ValidationError(message, "treated_before_birth", params={"seen": day})
    elif before.exists():
        message = _("What is known of this person does not fit this birth; check the day.")
        error = ValidationError(message, "birth_contradicted")
    else:
        return
    raise ValidationError({"birth": error})
