"""Tables of practitioners in the portal; services alone write them."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.admin import PortalAdmin, PortalTabularInline
from portal.admin.deeds import Deed, DeedsMixin
from portal.codelists.countries import country_on
from portal.codelists.lookup import titles_on
from practitioners.admin import registrations, trainees  # noqa: F401  (register their pages)
from practitioners.admin.accounts import LinkForm, UnlinkForm
from practitioners.admin.bans import (
    BANS,
    CONFIRM_BAN,
    DROP_BAN,
    END_BAN,
    answers_a_ban_of,
    bans_to_end,
    proposals_of,
)
from practitioners.admin.conduct import SANCTIONS
from practitioners.admin.duties import (
    CONFIRM_DUTY,
    DROP_DUTY,
    DUTIES,
    DUTY,
    answers_a_proof_of,
    license_with_duty,
    waits_for_proof,
)
from practitioners.admin.filters import RegisteredAtFilter
from practitioners.admin.learning import LEARNING
from practitioners.models import (
    ExaminationResult,
    PracticeBan,
    PracticeLanguage,
    PracticeLicense,
    Practitioner,
    PractitionerAccount,
    PractitionerIdentifier,
    ProfileSubmission,
    Qualification,
    Registration,
    Sanction,
    Speciality,
    TrainingActivity,
)

SEEN: Mapping[str, str] = {"view": "view_practitioners"}
LINK, UNLINK = "lien-ket-tai-khoan", "bo-lien-ket"


def is_linked(person: Practitioner) -> bool:
    """Say whether an account is this person's now."""
    return person.accounts.filter(valid_until=None).exists()


# A deed is offered where there is something to do it to.
THERE: Mapping[str, Callable[[Any], bool]] = {
    LINK: lambda person: not is_linked(person),
    UNLINK: is_linked,
    DUTY: lambda person: license_with_duty(person) is not None,
    END_BAN: lambda person: bans_to_end(person).exists(),
    CONFIRM_BAN: lambda person: proposals_of(person).exists(),
    DROP_BAN: lambda person: proposals_of(person).exists(),
    CONFIRM_DUTY: waits_for_proof,
    DROP_DUTY: waits_for_proof,
}
# What a colleague answered meanwhile is told in words, not by a door that is shut.
ANSWERS: Mapping[str, Callable[[Any, HttpRequest], bool]] = {
    CONFIRM_BAN: answers_a_ban_of,
    DROP_BAN: answers_a_ban_of,
    CONFIRM_DUTY: answers_a_proof_of,
    DROP_DUTY: answers_a_proof_of,
}


class ReadOnlyInline(PortalTabularInline[Any, Any]):
    """Rows that a verified profile wrote."""

    capability_to = SEEN


class TitledInline(ReadOnlyInline):
    """Rows that bear a professional title, written in the words of the list."""

    readonly_fields = ("title_in_words",)
    titles: Mapping[str, str] = {}

    @override
    def get_queryset(self, request: HttpRequest) -> Any:
        self.titles = titles_on("professional_titles", timezone.localdate())
        return super().get_queryset(request)

    @admin.display(description=_("professional title"))
    def title_in_words(self, row: Any) -> str:
        return self.titles.get(row.title, row.title)


class IdentifierInline(ReadOnlyInline):
    model = PractitionerIdentifier
    fields = ("kind", "value", "valid_from", "valid_until", "is_verified")


class BanInline(ReadOnlyInline):
    model = PracticeBan
    fields = (
        "ground_code", "decision_no", "decided_on", "authority", "valid_from", "valid_until", "ended_by",
    )  # fmt: skip
    readonly_fields = ("ended_by",)

    @override
    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("proposed_ends")

    @admin.display(description=_("ended by"))
    def ended_by(self, ban: PracticeBan) -> str:
        ended = ban.endings[-1:]
        return ", ".join(f"{row.decision_no}, {row.authority}" for row in ended)


class SanctionInline(ReadOnlyInline):
    model = Sanction
    fields = ("kind", "decision_no", "decided_on", "valid_from", "valid_until")


class LicenseInline(TitledInline):
    model = PracticeLicense
    fields = ("number_raw", "title_in_words", "scope", "issued_on", "valid_until", "superseded_on")


class QualificationInline(ReadOnlyInline):
    model = Qualification
    fields = ("level", "field", "school", "diploma_number", "issued_on")


class SpecialityInline(ReadOnlyInline):
    model = Speciality
    fields = ("text", "code", "qualification", "valid_from", "valid_until")


class ExaminationInline(TitledInline):
    model = ExaminationResult
    fields = ("title_in_words", "sat_on", "result", "result_no", "valid_until")


class LanguageInline(ReadOnlyInline):
    model = PracticeLanguage
    fields = ("language", "way", "interpreter", "valid_from", "valid_until")


class RegistrationInline(ReadOnlyInline):
    model = Registration
    fields = ("facility", "position_text", "is_full_time", "hours", "valid_from", "valid_until")


class TrainingInline(ReadOnlyInline):
    model = TrainingActivity
    fields = ("title", "hours", "ended_on", "certificate_number")


class AccountInline(ReadOnlyInline):
    model = PractitionerAccount
    fields = ("user", "valid_from", "valid_until", "linked_by")
    readonly_fields = ("linked_by",)


@admin.register(Practitioner)
class PractitionerAdmin(DeedsMixin, PortalAdmin[Practitioner]):
    capability_to = {
        **SEEN,
        "link": "review_practitioners",
        "learn": "review_practitioners",
        "decide": "decide_licenses",
    }
    deeds = (
        Deed(
            LINK,
            _("Link an account"),
            LinkForm,
            needs="link",
            icon="user",
            explanation=_(
                "Say with which account this person logs in. Who signs visits is asked of the"
                " register by this link."
            ),
            button=_("Link"),
        ),
        *DUTIES,
        *BANS,
        *SANCTIONS,
        *LEARNING,
        Deed(
            UNLINK,
            _("End the link with the account"),
            UnlinkForm,
            needs="link",
            icon="lock",
            button=_("End the link"),
        ),
    )
    shows_people = "pk"
    search_folded = "name_norm"
    search_fields = ("name_norm",)
    search_help_text = _("Name without marks, like lo van thoan")
    list_display = ("name", "birth_date", "sex", "keeper", "verified_at")
    list_select_related = ("keeper",)
    list_filter = ("sex", RegisteredAtFilter)
    ordering = ("name_sort", "birth_date", "id")
    inlines: ClassVar[tuple[Any, ...]] = (
        LicenseInline,
        RegistrationInline,
        QualificationInline,
        SpecialityInline,
        ExaminationInline,
        LanguageInline,
        TrainingInline,
        IdentifierInline,
        BanInline,
        SanctionInline,
        AccountInline,
    )
    fields = (
        ("name", "birth_date", "sex"),
        ("country", "phone", "email"),
        ("keeper", "verified_at"),
        ("profile",),
    )
    readonly_fields = ("country", "profile")

    @override
    def allows_deed(self, request: HttpRequest, deed: Deed, row: Any) -> bool:
        if not super().allows_deed(request, deed, row):
            return False
        there = THERE.get(deed.slug)
        answers = ANSWERS.get(deed.slug)
        return there is None or there(row) or (answers is not None and answers(row, request))

    @admin.display(description=_("profile"))
    def profile(self, practitioner: Practitioner) -> str:
        url = reverse("practitioners:person", args=[practitioner.pk])
        return format_html('<a href="{}">{}</a>', url, _("The whole profile, as of any day"))

    @admin.display(description=_("nationality"))
    def country(self, practitioner: Practitioner) -> str:
        found = country_on(practitioner.nationality, timezone.localdate())
        return found.title if found else practitioner.nationality


@admin.register(ProfileSubmission)
class ProfileSubmissionAdmin(PortalAdmin[ProfileSubmission]):
    capability_to = SEEN
    shows_people = "person_id"
    search_folded = "name_norm"
    search_fields = ("name_norm",)
    list_display = ("name", "license_number", "facility", "state", "submitted_at", "due_on")
    list_select_related = ("facility",)
    list_filter = ("state", "worst")
    fields = (
        ("name", "license_number", "title"),
        ("facility", "submitted_by", "submitted_at"),
        ("state", "due_on", "worst"),
        ("reviewer", "decided_at"),
        ("reason_code", "reason"),
    )
