"""The pages of citizens and visits."""

from healthrecords.admin.citizen import CitizenAdmin
from healthrecords.admin.twins import TwinCaseAdmin
from healthrecords.admin.visit import VisitAdmin

__all__ = ["CitizenAdmin", "TwinCaseAdmin", "VisitAdmin"]
