"""The pages of citizens and visits."""

from healthrecords.admin.citizen import CitizenAdmin
from healthrecords.admin.visit import VisitAdmin

__all__ = ["CitizenAdmin", "VisitAdmin"]
