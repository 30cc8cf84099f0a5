"""A person with an account; what they may do comes from assignments alone."""

from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.audit.history import tracked
from portal.database.keys import Keyed
from portal.places.models import Organisation
from portal.scope import Scope, scope_of

if TYPE_CHECKING:
    from portal.accounts.models.assignment import Assignment


class UserManager(BaseUserManager["User"]):
    """Makes accounts; there is no short cut to rights."""

    def create_user(self, username: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(username=self.model.normalize_username(username), **fields)
        user.set_password(password)
        user.full_clean(exclude=["password"])
        user.save(using=self._db)
        return user


@tracked(exclude=["password", "last_login"])
class User(Keyed, AbstractBaseUser, PermissionsMixin):
    """A person's own account; shared accounts are forbidden (Decree 90/2026/NĐ-CP, article 95)."""

    class Language(models.TextChoices):
        VIETNAMESE = "vi", "Tiếng Việt"
        ENGLISH = "en", "English"

    username = models.CharField(
        _("user name"),
        max_length=150,
        unique=True,
        validators=[UnicodeUsernameValidator()],
        error_messages={"unique": _("Another account already has this user name.")},
    )
    full_name = models.CharField(_("full name"), max_length=120)
    is_active = models.BooleanField(_("may log in"), default=True)
    password_changed_at = models.DateTimeField(
        _("password changed"), null=True, blank=True, editable=False
    )
    language = models.CharField(
        _("language"), max_length=2, choices=Language.choices, default=Language.VIETNAMESE
    )
    letter_keys = models.BooleanField(_("single-letter keys"), default=True)
    workplace = models.ForeignKey(
        Organisation,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("place of work"),
    )

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["full_name"]
    objects = UserManager()

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ["username", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(language__in=["vi", "en"]), name="user_language_known"
            ),
            models.CheckConstraint(condition=Q(is_superuser=False), name="user_no_superuser"),
        ]

    @override
    def __str__(self) -> str:
        return self.full_name or self.username

    @override
    def set_password(self, raw_password: str | None) -> None:
        """Set the password and when: history keeps the moment and the hand, never the password."""
        super().set_password(raw_password)
        self.password_changed_at = timezone.now()

    @property
    def is_staff(self) -> bool:
        """Every account may enter the portal; what it finds there depends on its assignments."""
        return True

    def get_full_name(self) -> str:
        return self.full_name

    def get_short_name(self) -> str:
        return self.full_name.rsplit(" ", 1)[-1]

    def find_scope(self, capability: str) -> Scope:
        """Return where this user holds ``capability`` today; ask ``scope_of``, which remembers."""
        from portal.accounts.grants import find_scope

        return find_scope(self, capability)

    def has_capability(self, capability: str, organisation_id: UUID | None = None) -> bool:
        """Say whether the user holds ``capability`` somewhere, or at one organisation."""
        scope = scope_of(self, capability)
        return bool(scope) if organisation_id is None else organisation_id in scope

    def current_assignments(self) -> "models.QuerySet[Assignment]":
        from portal.accounts.models.assignment import Assignment

        return (
            Assignment.objects.holding()
            .filter(user=self)
            .select_related("organisation__area__parent")
        )

    @property
    def assignments_now(self) -> "list[Assignment]":
        """Return what the user holds today, asked once per request."""
        if "_assignments_now" not in self.__dict__:
            self.__dict__["_assignments_now"] = list(self.current_assignments())
        held: list[Assignment] = self.__dict__["_assignments_now"]
        return held

    @property
    def place_of_work(self) -> Organisation | None:
        """Return the organisation the user works at now: the one chosen, else the first."""
        places = {a.organisation_id: a.organisation for a in self.assignments_now}
        chosen = places.get(self.workplace_id) if self.workplace_id else None
        return chosen or next(iter(places.values()), None)

    @property
    def has_several_places(self) -> bool:
        return len({a.organisation_id for a in self.assignments_now}) > 1

    @property
    def role_name(self) -> str:
        """Return what the user is at the place of work, in words."""
        place = self.place_of_work
        held = [a for a in self.assignments_now if place and a.organisation_id == place.pk]
        return ", ".join(str(a.get_role_display()) for a in held)
