"""Users, assignments and the grants written out from them."""

from portal.accounts.models.assignment import Assignment, OrganisationGrant
from portal.accounts.models.user import User

__all__ = ["Assignment", "OrganisationGrant", "User"]
