"""Pages of accounts: who works where as what, the account itself, one's own settings."""

from portal.accounts.admin.assignment import AssignmentAdmin
from portal.accounts.admin.user import UserAdmin

__all__ = ["AssignmentAdmin", "UserAdmin"]
