"""In which words does each automatic check speak?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

SENTENCES: Mapping[str, StrOrPromise] = {
    "person_alone": _("Nobody else in the register has this name and birth date"),
    "person_twin": _(
        "%(name)s, born %(birth)s, is already in the register: %(license)s. Same person or another?"
    ),
    "identifier_missing": _("No identity number was given. Ask for it, or verify without it"),
    "identifier_free": _("Nobody else in the register has this number"),
    "identifier_taken": _("%(name)s already has this number in the register"),
    "identifier_sex": _("The number and the sex do not agree. Compare both with the card"),
    "identifier_birth": _(
        "The number belongs to a person born in %(year)s. Compare it with the card"
    ),
    "identifier_unlikely": _("The number is built unusually. Compare it with the card"),
    "contact_declared": _("Self-declared, not confirmed. Not required"),
    "qualification_missing": _("The list it came from names no diploma. Return it for completion"),
    "license_readable": _("The number can be read and is of a known form"),
    "license_unreadable": _("The number is not like 004929/HNO-GPHN. It cannot enter the register"),
    "license_pharmacist": _(
        "This is a pharmacist's certificate, not a licence to practise medicine"
    ),
    "license_operating": _("This is a facility's operating licence, not a person's"),
    "license_free": _("Nobody else in the register has this licence"),
    "license_taken": _("%(name)s already has this licence in the register"),
    "license_expired": _("The licence expired on %(date)s"),
    "license_in_force": _("In force until %(date)s"),
    "license_no_term": _("A licence (GPHN) has a term of 5 years; its last day is missing"),
    "license_legacy": _("A certificate from before 2024, used as a licence until it is converted"),
    "license_revoked": _("The register says this licence was revoked"),
    "license_suspended": _("The register says this licence is suspended"),
    "license_renewing": _(
        "The term ended on %(date)s; its renewal was asked for in time, and it stays in force until"
        " that is decided (Law 15/2023/QH15, article 32)"
    ),
    "replaces_suspended": _(
        "The licence %(number)s of %(issuer)s is suspended; no other number replaces it here, only a"
        " decision on a dossier"
    ),
    "replaces_revoked": _(
        "The licence %(number)s of %(issuer)s was revoked; no other number replaces it here, only a"
        " decision on a dossier"
    ),
    "license_term_longer": _(
        "The register has this licence until %(held)s. A longer term comes by a renewal on a dossier"
        " only (Law 15/2023/QH15, article 32)"
    ),
    "license_term_shorter": _(
        "The register has this licence until %(held)s, later than here. Compare with the paper"
    ),
    "license_term_new": _("The register knows no last day of this licence. Compare with the paper"),
    "license_title_other": _(
        "The register has this licence for the title %(held)s. Another title comes by a new licence"
        " on a dossier only"
    ),
    "license_issued_other": _(
        "The register has this licence as issued on %(held)s. Compare with the paper"
    ),
    "barred": _(
        "Barred from practising since %(date)s by decision %(number)s (Law 15/2023/QH15, article 20)"
    ),
    "died": _("The register says this person died on %(date)s"),
    "title_unknown": _("%(value)s is none of the professional titles the law names"),
    "evidence_present": _("Shown by: %(papers)s"),
    "evidence_missing": _("No paper shows this. Compare it with the source, or return it"),
    "waiting_twin": _("%(facility)s also sent a profile with this licence, still waiting"),
    "full_time_elsewhere": _(
        "Full time here and, since %(date)s, full time at %(facility)s"
        " (Law 15/2023/QH15, article 36(1))"
    ),
    "works_elsewhere": _("Also registered at %(facility)s: %(hours)s. Compare the hours"),
    "hours_meet": _(
        "%(wanted)s meets %(hours)s at %(facility)s, registered since %(date)s"
        " (Law 15/2023/QH15, article 36(1))"
    ),
    "hours_meet_night": _(
        "The night that begins at %(facility)s on %(eve)s runs to %(ends)s on %(day)s; these hours"
        " begin at %(starts)s that day. Let them begin on a later day"
    ),
    "hours_apart": _("Also registered at %(facility)s: %(hours)s. The hours do not meet"),
    "works_there_unregistered": _(
        "The list says this person works at %(facility)s too, which has not registered them."
        " Ask both for the hours"
    ),
    "works_in_other_deployment": _(
        "The list says this person works at the facility %(code)s too, which this register does not"
        " hold. Both sides are heard about the hours (Law 15/2023/QH15, article 36(1))"
    ),
    "hours_travel": _(
        "On %(day)s only %(minutes)d minutes lie between %(before)s (until %(ends)s) and %(after)s"
        " (from %(starts)s); %(needed)d are expected. A warning: ask whether that is enough"
    ),
    "hours_free": _("No registration at another facility"),
    "responsible_twice": _(
        "Already responsible for the profession of %(facility)s; one facility only"
        " (Law 15/2023/QH15, article 36(2))"
    ),
    "responsible_elsewhere": _(
        "Responsible for the profession here, and works at the facility %(code)s too, which this"
        " register does not hold. Whether responsible there as well both sides are heard"
        " (Law 15/2023/QH15, article 36(2))"
    ),
    "responsible_taken": _("%(name)s is responsible for the profession of this facility now"),
    "responsible_new": _(
        "Whoever is responsible for a facility practised for %(least)d months (%(article)s); the"
        " first licence known is of %(first)s. Ask for form 11"
    ),
    "responsible_part_time": _(
        "Whoever is responsible for a facility works there full time; this profile says part time."
        " Ask the facility"
    ),
    "registered_before_license": _("Practice begins before the licence was issued"),
    "population_match": _("The population database knows this number, name, birth and sex"),
    "population_waiting": _("The population database was asked on %(date)s; its answer is to come"),
    "population_unavailable": _("The population database did not answer. Compare with the card"),
    "population_not_found": _("The population database does not know this number"),
    "population_name": _("The population database holds another name: %(held)s"),
    "population_birth": _("The population database holds another day of birth: %(held)s"),
    "population_sex": _("The population database holds another sex"),
    "population_personal_number": _(
        "The population database has cancelled this number; the person has %(held)s now"
    ),
    "population_death": _("The population database says this person died on %(held)s"),
    "twin_license": _(
        "Perhaps one person: the register has somebody of this name, sex and birth with the licence"
        " %(number)s of %(issuer)s and the number %(old)s of another kind. Both sides are heard"
    ),
    "second_license": _(
        "The register holds licence %(number)s of this person, issued by %(issuer)s;"
        " one person has one licence"
    ),
    "license_replaces": _("Replaces %(number)s, which the register holds. Compare both papers"),
    "identifier_changed": _("The register knows this person by the number %(old)s"),
    "identifier_of_new_kind": _("The register knows this person by %(old)s, a number of old kind"),
    "act_under_way": _("%(act)s is being decided, by two officials: dossier %(receipt)s"),
    "case_for": _("A case was decided for what was sent: %(reason)s"),
    "case_against": _("A case was decided against what was sent: %(reason)s"),
    "number_waits_elsewhere": _(
        "%(name)s, whom %(facility)s sent, bears the same identity number and still waits"
    ),
    "scope_of_another_title": _("“%(scope)s” is in the scope of another title"),
    "scope_wider": _("Wider than the scope approved: %(scope)s. It needs an adjusted licence"),
    "scope_within": _("Within the scope of the licence in the register"),
    "training_in_period": _(
        "%(hours)s credit hours come on top of %(total)s confirmed in the period from %(first)s to"
        " %(last)s"
    ),
    "training_beside_period": _(
        "%(hours)s credit hours of another time than the period from %(first)s to %(last)s, in which"
        " %(total)s are confirmed"
    ),
    "training_counts": _("%(hours)s credit hours come on top of %(total)s in the register"),
}

# The short word of a check in the queue.
SHORT: Mapping[str, StrOrPromise] = {
    "license_expired": _("expired"),
    "license_taken": _("licence taken"),
    "license_revoked": _("revoked"),
    "license_suspended": _("suspended"),
    "replaces_suspended": _("suspended"),
    "replaces_revoked": _("revoked"),
    "license_term_longer": _("term extended"),
    "license_title_other": _("another title"),
    "barred": _("barred"),
    "died": _("died"),
    "license_pharmacist": _("pharmacist"),
    "identifier_taken": _("number taken"),
    "full_time_elsewhere": _("hours overlap"),
    "hours_meet": _("hours overlap"),
    "hours_meet_night": _("hours overlap"),
    "works_in_other_deployment": _("works elsewhere too"),
    "works_there_unregistered": _("works elsewhere too"),
    "hours_travel": _("little time to travel"),
    "responsible_twice": _("responsible twice"),
    "responsible_elsewhere": _("works elsewhere too"),
    "person_twin": _("possible twin"),
    "waiting_twin": _("sent twice"),
    "evidence_missing": _("paper missing"),
    "second_license": _("two licences"),
    "twin_license": _("two licences"),
    "act_under_way": _("act under way"),
    "identifier_changed": _("number changed"),
    "population_waiting": _("awaits population database"),
    "population_name": _("differs from population database"),
    "population_birth": _("differs from population database"),
    "population_sex": _("differs from population database"),
    "population_personal_number": _("differs from population database"),
    "population_death": _("died"),
    "number_waits_elsewhere": _("number sent twice"),
    "scope_wider": _("scope wider"),
    "scope_of_another_title": _("scope of another title"),
}


def say(code: str, params: Mapping[str, Any]) -> str:
    """Write one check's sentence."""
    return str(SENTENCES[code]) % params if code in SENTENCES else code
