"""Pages of what reporting is told: rules of data quality and their weights."""

from reporting.admin.quality import QualityPolicyAdmin, QualityRuleAdmin

__all__ = ["QualityPolicyAdmin", "QualityRuleAdmin"]
