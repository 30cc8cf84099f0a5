"""Report forms, reports and their figures, notified cases, outbreaks, and what is counted by day."""

from reporting.models.case import CaseNotification
from reporting.models.day import CountedUntil, DiseaseDay, FacilityDay
from reporting.models.definition import ReportDefinition
from reporting.models.outage import Outage
from reporting.models.outbreak import Outbreak, OutbreakDay
from reporting.models.report import ManualFigure, Report

__all__ = [
    "CaseNotification",
    "CountedUntil",
    "DiseaseDay",
    "FacilityDay",
    "ManualFigure",
    "Outage",
    "Outbreak",
    "OutbreakDay",
    "Report",
    "ReportDefinition",
]
