"""Citizens, their identifiers, who cares for them, and their visits."""

from healthrecords.models.access import CareAccess, CareRelation
from healthrecords.models.address import CitizenAddress, FormerName
from healthrecords.models.citizen import Citizen
from healthrecords.models.coverage import Coverage
from healthrecords.models.household import Household, HouseholdMember, RelatedPerson
from healthrecords.models.identifier import CitizenIdentifier
from healthrecords.models.names import KnownName, NameWord
from healthrecords.models.naming import Naming
from healthrecords.models.source import FieldSource, IdentityCheck
from healthrecords.models.twins import TwinCase
from healthrecords.models.visit import Diagnosis, Medication, Visit, VitalSigns

__all__ = [
    "CareAccess",
    "CareRelation",
    "Citizen",
    "CitizenAddress",
    "CitizenIdentifier",
    "Coverage",
    "Diagnosis",
    "FieldSource",
    "FormerName",
    "Household",
    "HouseholdMember",
    "IdentityCheck",
    "KnownName",
    "Medication",
    "NameWord",
    "Naming",
    "RelatedPerson",
    "TwinCase",
    "Visit",
    "VitalSigns",
]
