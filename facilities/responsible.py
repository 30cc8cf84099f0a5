"""Is the person responsible for the profession there full time, with a scope that fits the form?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from django.utils.translation import gettext as _

from facilities.rules import Rule
from facilities.staff import Staffing
from portal.codelists.lookup import lists_on

SCOPES, TITLES = "practice_scopes", "professional_titles"
# What is judged of a person: True, False, or None where it is not known; and the words for it.
Judged = tuple[bool | None, str]


def is_full_time(staffing: Staffing | None) -> Judged:
    """Judge whether the person works at the facility full time, as registered."""
    if staffing is None or not staffing.responsible or staffing.responsible_full_time is None:
        return None, _("Nobody knows whether this person works there full time.")
    if staffing.responsible_full_time:
        return True, _("%(name)s is registered full time.") % {"name": staffing.responsible}
    return False, _("%(name)s is registered for a part of the time.") % {
        "name": staffing.responsible
    }


def scope_fits(staffing: Staffing | None, rule: Rule, on: date) -> Judged:
    """Judge title and scope of the licence by what the list asks for this form of facility."""
    titles, scopes = _listed(rule.said("titles")), _listed(rule.said("scopes"))
    if not (titles or scopes):
        return None, _("No list says which scope fits this form of facility.")
    if staffing is None or not staffing.responsible_title:
        return None, _("Title and scope of the licence are not known.")
    held = {part for code in staffing.responsible_scope for part in (code, code.partition(".")[0])}
    fits = not titles or staffing.responsible_title in titles
    if fits and scopes and not held:
        return None, _("The scope of the licence is not known by codes.")
    if fits and (not scopes or held & set(scopes)):
        return True, staffing.responsible
    words = _words(on)
    said = {
        "said": words([staffing.responsible_title, *staffing.responsible_scope]),
        "wanted": words([*titles, *scopes]),
    }
    return False, _("%(said)s; this form asks for: %(wanted)s.") % said


def _listed(text: str) -> list[str]:
    return [code for code in text.split(";") if code]


def _words(on: date) -> Callable[[Sequence[str]], str]:
    """Return how codes of titles and scopes are called on a day."""
    listed = lists_on((TITLES, SCOPES), on)
    known = {entry.code: entry.title for entries in listed.values() for entry in entries}
    return lambda codes: ", ".join(known.get(code, code) for code in codes)
