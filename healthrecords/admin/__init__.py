"""The pages of citizens and visits."""

from healthrecords.admin.citizen import CitizenAdmin
from healthrecords.admin.glass import CareAccessAdmin
from healthrecords.admin.requests import DataRequestAdmin
from healthrecords.admin.retention import DisposalListAdmin, LegalHoldAdmin
from healthrecords.admin.twins import TwinCaseAdmin
from healthrecords.admin.visit import VisitAdmin

__all__ = [
    "CareAccessAdmin",
    "CitizenAdmin",
    "DataRequestAdmin",
    "DisposalListAdmin",
    "LegalHoldAdmin",
    "TwinCaseAdmin",
    "VisitAdmin",
]
