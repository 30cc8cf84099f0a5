"""Which source said what of a citizen's field, and who confirmed it?"""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from healthrecords.models.citizen import Citizen
from portal.audit.history import tracked
from portal.database.keys import Keyed
from portal.places.models import Organisation
from portal.verification.models import Inquiry

OF_CITIZEN = [
    "name",
    "standing",
    "birth",
    "birth_time",
    "birth_estimated",
    "sex",
    "ethnic_group",
    "occupation",
    "nationality",
    "phone",
    "address",
    "blood_group",
    "personal_number",
    "death",
]
OF_ROWS = [
    "identifier",
    "further_address",
    "card_number",
    "card_place",
    "card_until",
    "card_years",
    "relative",
    "relative_number",
    "relative_phone",
    "speaks_for",
    "household",
]


@tracked()
class FieldSource(Keyed):
    """One source's word on one field of a citizen, as said on a day.

    It tells where the present value comes from as long as it is the present value. A word of the
    national population database that differs waits until a person takes it or sets it aside. What
    stands in rows around the citizen has its words by row: they stand where their row stands.
    """

    class Field(models.TextChoices):
        NAME = "name", _("full name")
        STANDING = "standing", _("who it is")
        BIRTH = "birth", _("date of birth")
        BIRTH_TIME = "birth_time", _("hour of birth")
        BIRTH_ESTIMATED = "birth_estimated", _("date of birth is estimated")
        SEX = "sex", _("sex")
        ETHNIC_GROUP = "ethnic_group", _("ethnic group")
        OCCUPATION = "occupation", _("occupation")
        NATIONALITY = "nationality", _("nationality")
        PHONE = "phone", _("phone")
        ADDRESS = "address", _("address")
        BLOOD_GROUP = "blood_group", _("blood group")
        PERSONAL_NUMBER = "personal_number", _("personal number")
        DEATH = "death", _("death")
        IDENTIFIER = "identifier", _("number of a paper")
        FURTHER_ADDRESS = "further_address", _("further address")
        CARD_NUMBER = "card_number", _("insurance card")
        CARD_PLACE = "card_place", _("registered for primary care at")
        CARD_UNTIL = "card_until", _("last day of the insurance card")
        CARD_YEARS = "card_years", _("five years without a gap on")
        RELATIVE = "relative", _("related person")
        RELATIVE_NUMBER = "relative_number", _("number of the related person")
        RELATIVE_PHONE = "relative_phone", _("phone of the related person")
        SPEAKS_FOR = "speaks_for", _("speaks for the person")
        HOUSEHOLD = "household", _("household")

    class Source(models.TextChoices):
        TYPED = "typed", _("typed")
        CARD = "card", _("read from a card")
        FILE = "file", _("from a file")
        REGISTER = "register", _("national population database")

    citizen = models.ForeignKey(
        Citizen, models.CASCADE, related_name="sources", verbose_name=_("citizen")
    )
    field = models.CharField(_("field"), max_length=15, choices=Field.choices)
    row_id = models.UUIDField(_("row it speaks of"), null=True, blank=True, editable=False)
    value = models.CharField(_("what it said"), max_length=1100, blank=True)
    source = models.CharField(_("source"), max_length=8, choices=Source.choices)
    said_at = models.DateTimeField(_("said at"))
    said_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("said by"),
    )
    organisation = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("place"),
    )
    batch_id = models.UUIDField(_("uploaded batch"), null=True, blank=True, editable=False)
    # Of a death: the visit that ended with it, so that its correction finds the word again.
    visit_id = models.UUIDField(_("visit that says it"), null=True, blank=True, editable=False)
    inquiry = models.ForeignKey(
        Inquiry,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("inquiry"),
    )
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("confirmed by"),
    )
    set_aside_at = models.DateTimeField(_("set aside at"), null=True, blank=True)
    set_aside_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("set aside by"),
    )
    set_aside_because = models.CharField(_("why set aside"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("source of a field")
        verbose_name_plural = _("sources of fields")
        ordering = ["citizen", "field", "-said_at", "-id"]
        indexes = [
            models.Index(
                fields=["visit_id"], condition=~Q(visit_id=None), name="fieldsource_of_visit"
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(field__in=OF_CITIZEN, row_id=None)
                | Q(field__in=OF_ROWS, row_id__isnull=False),
                name="fieldsource_field_known",
            ),
            models.CheckConstraint(
                condition=Q(source__in=["typed", "card", "file", "register"]),
                name="fieldsource_source_known",
            ),
            models.CheckConstraint(
                condition=Q(set_aside_at=None) | ~Q(set_aside_because=""),
                name="fieldsource_set_aside_has_reason",
                violation_error_message=_("Write why the own entry is kept."),
                violation_error_code="reason_missing",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.get_field_display()}"

    @property
    def spoke_at(self) -> Any:
        """Return the place that said it."""
        return self.organisation_id

    @property
    def is_settled(self) -> bool:
        """Whether somebody took it over or set it aside."""
        return self.set_aside_at is not None or self.confirmed_at is not None


@tracked()
class IdentityCheck(Keyed):
    """A citizen's number and person were put to the national population database.

    ``open_count`` is how many differing fields still wait for a person.
    """

    citizen = models.ForeignKey(
        Citizen, models.CASCADE, related_name="identity_checks", verbose_name=_("citizen")
    )
    inquiry = models.OneToOneField(
        Inquiry, models.PROTECT, related_name="+", verbose_name=_("inquiry")
    )
    open_count = models.PositiveSmallIntegerField(_("differences that wait"), default=0)

    class Meta:
        verbose_name = _("identity check")
        verbose_name_plural = _("identity checks")
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["citizen"], condition=Q(open_count__gt=0), name="identitycheck_open"
            )
        ]

    @override
    def __str__(self) -> str:
        return f"{self.inquiry_id}"
