"""Facilities and the names they have carried."""

from facilities.models.facility import Facility, FacilityName

__all__ = ["Facility", "FacilityName"]
