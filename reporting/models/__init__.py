"""What is measured of the records."""

from reporting.models.quality import (
    Criterion,
    QualityIssue,
    QualityMeasurement,
    QualityPolicy,
    QualityRule,
    QualityRun,
    QualityScore,
)

__all__ = [
    "Criterion",
    "QualityIssue",
    "QualityMeasurement",
    "QualityPolicy",
    "QualityRule",
    "QualityRun",
    "QualityScore",
]
