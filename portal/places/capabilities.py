"""What a person may be trusted to do at an organisation: the permissions of the house."""

from typing import Any

from django.utils.translation import gettext_lazy as _

CAPABILITIES: tuple[tuple[str, Any], ...] = (
    ("view_records", _("see citizens and visits")),
    ("enter_records", _("enter citizens and visits")),
    ("sign_records", _("sign visits")),
    ("see_sensitive", _("see rows of a sensitive class")),
    ("export_records", _("export lists of people")),
    ("upload_files", _("upload files")),
    ("confirm_files", _("confirm and undo uploaded files")),
    ("view_practitioners", _("see practitioners' profiles")),
    ("submit_practitioners", _("submit practitioners' profiles")),
    ("review_practitioners", _("review practitioners' profiles")),
    ("decide_licenses", _("decide on licences")),
    ("view_facilities", _("see facilities")),
    ("edit_facilities", _("edit facilities")),
    ("view_supplies", _("see medicines in stock and equipment")),
    ("keep_supplies", _("keep medicines in stock and equipment")),
    ("view_figures", _("see figures without names")),
    ("view_reports", _("see reports")),
    ("submit_reports", _("submit reports")),
    ("approve_reports", _("approve reports")),
    ("watch_epidemics", _("follow notifiable diseases")),
    ("review_access", _("review opened records and broken glass")),
    ("read_audit", _("read history and the read log")),
    ("manage_accounts", _("give and end assignments")),
    ("manage_lists", _("replace code lists, areas and holidays")),
)
