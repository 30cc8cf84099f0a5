"""What the pages of accounts ask."""

from typing import Any

from django import forms
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise
from typing_extensions import override

from portal.accounts import services
from portal.accounts.lookup import find_users, user_label
from portal.accounts.models import Assignment, User
from portal.accounts.roles import EXPLAINED, Role
from portal.admin.deeds import DayField, DeedForm, Shown
from portal.admin.rows import RowField
from portal.places.lookup import find_organisations, organisation_label
from portal.places.models import Organisation
from portal.scope import scope_of

PASSWORD_ONCE = "portal/accounts/password_once.html"  # noqa: S105  (a template's name)


def role_choices() -> list[tuple[str, str]]:
    """Return each role with what it may do."""
    return [(role.value, f"{role.label}. {EXPLAINED[role]}") for role in Role]


class GiveRoleForm(forms.Form):
    """One person, one role, one place, from, until; a new person is named here too."""

    person = RowField(
        label=_("Person"),
        required=False,
        naming=user_label,
        url=reverse_lazy("admin:accounts_assignment_suggest_person"),
        help_text=_("Name or user name of somebody with an account."),
    )
    new_name = forms.CharField(
        label=_("Or a new person: full name"), required=False, max_length=120
    )
    new_username = forms.CharField(
        label=_("User name of the new person"),
        required=False,
        max_length=150,
        validators=[UnicodeUsernameValidator()],
        help_text=_("A first password is made and shown once."),
    )
    role = forms.ChoiceField(
        label=_("Role"), choices=role_choices, widget=forms.RadioSelect(), required=True
    )
    organisation = RowField(
        label=_("At"),
        naming=organisation_label,
        url=reverse_lazy("admin:accounts_assignment_suggest_place"),
    )
    valid_from = DayField(label=_("From"), initial=timezone.localdate)
    valid_until = DayField(
        label=_("Until"), required=False, help_text=_("Empty: until somebody ends it.")
    )

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.actor: Any = request.user
        scope = scope_of(self.actor, "manage_accounts")
        fields: dict[str, Any] = self.fields
        fields["person"].find = lambda text: find_users(text, scope)
        among = Organisation.objects.current().within(scope)
        fields["organisation"].find = lambda text: find_organisations(text, among)

    @override
    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        new = bool(said.get("new_name")) or bool(said.get("new_username"))
        if said.get("person") and new:
            message = _("Name either somebody with an account or a new person, not both.")
            self.add_error("person", ValidationError(message, code="two_persons"))
        elif new:
            self._check_new(said)
        elif not said.get("person") and "person" not in self.errors:
            message = _("Say who receives the role.")
            self.add_error("person", ValidationError(message, code="person_missing"))
        return said

    def _check_new(self, said: dict[str, Any]) -> None:
        for name in ("new_name", "new_username"):
            if not said.get(name) and name not in self.errors:
                message = _("A new person needs a full name and a user name.")
                self.add_error(name, ValidationError(message, code="new_person_incomplete"))
        username = said.get("new_username")
        if username and User.objects.filter(username__iexact=username).exists():
            message = _("The user name “%(name)s” is taken; add a letter or a number.")
            error = ValidationError(message, code="username_taken", params={"name": username})
            self.add_error("new_username", error)

    def carry_out(self) -> StrOrPromise | Shown:
        """Give the role, to a new account where a new person was named."""
        said = self.cleaned_data
        user, password = said["person"], ""
        if user is None:
            user, password = services.create_account(
                username=said["new_username"], full_name=said["new_name"]
            )
        assignment = services.give_role(
            actor=self.actor,
            user=user,
            role=said["role"],
            organisation=said["organisation"],
            valid_from=said["valid_from"],
            valid_until=said["valid_until"],
            today=timezone.localdate(),
        )
        if password:
            return Shown(PASSWORD_ONCE, {"person": user, "password": password})
        return _("%(person)s: %(words)s.") % {
            "person": user.full_name,
            "words": in_words(assignment),
        }


def in_words(assignment: Assignment) -> str:
    """Write an assignment as a sentence: place, role, from, until."""
    values = {
        "place": assignment.organisation.name,
        "role": str(assignment.get_role_display()).lower(),
        "from": assignment.valid_from.strftime("%d/%m/%Y"),
    }
    if assignment.withdrawn_at is not None:
        values["at"] = timezone.localtime(assignment.withdrawn_at).strftime("%H:%M %d/%m/%Y")
        return str(_("%(place)s: %(role)s, withdrawn at %(at)s") % values)
    if assignment.valid_until is None:
        return str(_("%(place)s: %(role)s, from %(from)s") % values)
    values["until"] = assignment.valid_until.strftime("%d/%m/%Y")
    return str(_("%(place)s: %(role)s, from %(from)s until %(until)s") % values)


class EndForm(DeedForm):
    """From which day the role is held no more."""

    on = DayField(label=_("First day without it"))

    @override
    def carry_out(self) -> StrOrPromise | Shown:
        actor: Any = self.request.user
        ended = services.end_assignment(
            actor=actor,
            assignment=self.row,
            on=self.cleaned_data["on"],
            today=timezone.localdate(),
        )
        return _("%(person)s: %(words)s.") % {
            "person": ended.user.full_name,
            "words": in_words(ended),
        }


class ResetPasswordForm(DeedForm):
    """Nothing to fill in: a new password is made and shown once."""

    @override
    def carry_out(self) -> StrOrPromise | Shown:
        actor: Any = self.request.user
        password = services.reset_password(actor=actor, user=self.row)
        return Shown(PASSWORD_ONCE, {"person": self.row, "password": password})


class StopLoginForm(DeedForm):
    """The account may log in no more; what it wrote stays."""

    @override
    def carry_out(self) -> StrOrPromise | Shown:
        actor: Any = self.request.user
        services.allow_login(actor=actor, user=self.row, allowed=False)
        return _("%(person)s can no longer log in.") % {"person": self.row.full_name}


class AllowLoginForm(DeedForm):
    """The account may log in again."""

    @override
    def carry_out(self) -> StrOrPromise | Shown:
        actor: Any = self.request.user
        services.allow_login(actor=actor, user=self.row, allowed=True)
        return _("%(person)s can log in again.") % {"person": self.row.full_name}


class WorkplaceForm(forms.Form):
    """One of the places where the user holds a role."""

    place = forms.ChoiceField(label=_("Place of work"), widget=forms.RadioSelect())

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.places = {str(a.organisation_id): a.organisation for a in user.assignments_now}
        field: Any = self.fields["place"]
        field.choices = [(key, place.name) for key, place in self.places.items()]
        current = user.place_of_work
        field.initial = str(current.pk) if current else None

    def carry_out(self) -> StrOrPromise | Shown:
        """Work there from now on."""
        place = self.places[self.cleaned_data["place"]]
        services.choose_workplace(user=self.user, organisation=place)
        return _("Place of work: %(place)s.") % {"place": place.name}


class SettingsForm(forms.ModelForm[User]):
    """What a person sets for themselves."""

    class Meta:
        model = User
        fields = ("language", "letter_keys")


class AccessOnDayForm(forms.Form):
    """Which place, which day."""

    organisation = RowField(
        label=_("Organisation"),
        naming=organisation_label,
        url=reverse_lazy("admin:accounts_assignment_suggest_place"),
    )
    on = DayField(label=_("On"), initial=timezone.localdate)
