"""Citizens, their identifiers, who cares for them, and their visits."""

from healthrecords.models.access import CareAccess, CareRelation
from healthrecords.models.address import CitizenAddress, FormerName
from healthrecords.models.attachment import Attachment
from healthrecords.models.background import (
    Allergy,
    FamilyIllness,
    Immunization,
    LongTermMedicine,
    Problem,
)
from healthrecords.models.citizen import Citizen
from healthrecords.models.consent import Consent
from healthrecords.models.coverage import Coverage
from healthrecords.models.dispensing import Dispensing
from healthrecords.models.documents import Appointment, Document, NumberSeries, Referral
from healthrecords.models.glass import GlassReview
from healthrecords.models.household import Household, HouseholdMember, RelatedPerson
from healthrecords.models.identifier import CitizenIdentifier
from healthrecords.models.inquiry import Inquiry
from healthrecords.models.merges import CitizenMerge, MergedRow
from healthrecords.models.names import KnownName, NameWord
from healthrecords.models.naming import Naming
from healthrecords.models.parts import Diagnosis, Medication, VisitNote, VitalSigns
from healthrecords.models.procedure import Procedure
from healthrecords.models.queue import QueueStep
from healthrecords.models.request import DataRequest, DataRequestStep
from healthrecords.models.restriction import RestrictionLift
from healthrecords.models.results import DiagnosticReport, Result
from healthrecords.models.retention import DisposalItem, DisposalList, LegalHold
from healthrecords.models.source import FieldSource, IdentityCheck
from healthrecords.models.stopping import MedicineStop
from healthrecords.models.twins import TwinCase, TwinSweep
from healthrecords.models.unknown import UnknownNotice
from healthrecords.models.version import SignedPaper, VisitAmendment, VisitSeal, VisitVersion
from healthrecords.models.visit import Visit

__all__ = [
    "Allergy",
    "Appointment",
    "Attachment",
    "CareAccess",
    "CareRelation",
    "Citizen",
    "CitizenAddress",
    "CitizenIdentifier",
    "CitizenMerge",
    "Consent",
    "Coverage",
    "DataRequest",
    "DataRequestStep",
    "Diagnosis",
    "DiagnosticReport",
    "Dispensing",
    "DisposalItem",
    "DisposalList",
    "Document",
    "FamilyIllness",
    "FieldSource",
    "FormerName",
    "GlassReview",
    "Household",
    "HouseholdMember",
    "IdentityCheck",
    "Immunization",
    "Inquiry",
    "KnownName",
    "LegalHold",
    "LongTermMedicine",
    "Medication",
    "MedicineStop",
    "MergedRow",
    "NameWord",
    "Naming",
    "NumberSeries",
    "Problem",
    "Procedure",
    "QueueStep",
    "Referral",
    "RelatedPerson",
    "RestrictionLift",
    "Result",
    "SignedPaper",
    "TwinCase",
    "TwinSweep",
    "UnknownNotice",
    "Visit",
    "VisitAmendment",
    "VisitNote",
    "VisitSeal",
    "VisitVersion",
    "VitalSigns",
]
