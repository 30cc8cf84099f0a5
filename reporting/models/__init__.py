"""Report forms, reports and their figures, notified cases, outbreaks, what is counted by day; data quality."""

from reporting.models.arrival import ArrivalDay, ArrivalWeek
from reporting.models.case import CaseNotification
from reporting.models.day import CountedUntil, DiseaseDay, FacilityDay
from reporting.models.definition import ReportDefinition
from reporting.models.expected import ExpectedReport, Recount, ReportJudgement
from reporting.models.outage import Outage
from reporting.models.outbreak import Outbreak, OutbreakDay
from reporting.models.quality import (
    Criterion,
    QualityIssue,
    QualityMeasurement,
    QualityPolicy,
    QualityRule,
    QualityRun,
    QualityScore,
)
from reporting.models.report import ManualFigure, Report
from reporting.models.standing import PlaceStanding

__all__ = [
    "ArrivalDay",
    "ArrivalWeek",
    "CaseNotification",
    "CountedUntil",
    "Criterion",
    "DiseaseDay",
    "ExpectedReport",
    "FacilityDay",
    "ManualFigure",
    "Outage",
    "Outbreak",
    "OutbreakDay",
    "PlaceStanding",
    "QualityIssue",
    "QualityMeasurement",
    "QualityPolicy",
    "QualityRule",
    "QualityRun",
    "QualityScore",
    "Recount",
    "Report",
    "ReportDefinition",
    "ReportJudgement",
]
