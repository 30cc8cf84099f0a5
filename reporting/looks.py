"""Would it tell of a protected illness that somebody looked at a person's notified cases?"""

from healthrecords.models import Citizen
from healthrecords.querysets import outside_hidden_visits
from reporting.models import CaseNotification

GROUND = "epidemic"


def tells_protected_alone(citizen: Citizen) -> bool:
    """Say whether the person has notified cases, each of a protected class by itself or by its visit."""
    cases = CaseNotification.objects.filter(citizen=citizen.pk)
    told = outside_hidden_visits(cases.open_to(sees_sensitive=False))
    return cases.exists() and not told.exists()
