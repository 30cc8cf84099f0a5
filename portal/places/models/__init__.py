"""Areas, how they succeeded one another, and the organisation tree."""

from portal.places.models.area import Area, AreaSuccession, FormerArea
from portal.places.models.governing import GoverningBody
from portal.places.models.organisation import (
    Catchment,
    Organisation,
    OrganisationIdentifier,
    OrganisationPlacement,
)

__all__ = [
    "Area",
    "AreaSuccession",
    "Catchment",
    "FormerArea",
    "GoverningBody",
    "Organisation",
    "OrganisationIdentifier",
    "OrganisationPlacement",
]
