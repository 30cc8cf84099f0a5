"""Where a value of a practitioner's profile comes from, who verified it, and past practice."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.attachments.models import StoredFile
from portal.audit.history import tracked
from portal.database.keys import Keyed
from portal.places.models import Organisation
from portal.verification.models import Inquiry
from practitioners.models.practitioner import Practitioner
from practitioners.models.submission import ProfileSubmission
from practitioners.querysets import OfPractitionerQuerySet
from practitioners.words import FIELDS


@tracked()
class ProfileSource(Keyed):
    """One source's word on one field of a profile, as said at a moment.

    ``field`` is a field of the paper, or a table's column (practitioners.words). A word tells where the present value
    comes from as long as it *is* the present value; ``row_id`` says of which licence, diploma or
    registration where a person has several. How long a word stays fresh is the list
    profile_freshness.
    """

    class Source(models.TextChoices):
        FACILITY = "facility", _("sent by the facility")
        PRACTITIONER = "practitioner", _("said by the practitioner")
        PAPER = "paper", _("compared with the paper")
        DECISION = "decision", _("by a decision of the department")
        FILE = "file", _("from a file")
        POPULATION = "population", _("national population database")
        OTHER_REGISTER = "register", _("another department's register")

    practitioner = models.ForeignKey(
        Practitioner, models.PROTECT, related_name="sources", verbose_name=_("practitioner")
    )
    field = models.CharField(_("field"), max_length=60)
    row_id = models.UUIDField(_("of the row"), null=True, blank=True, editable=False)
    value = models.CharField(_("what it said"), max_length=2000, blank=True)
    source = models.CharField(_("source"), max_length=12, choices=Source.choices)
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
    submission = models.ForeignKey(
        ProfileSubmission,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("from the profile"),
    )
    inquiry = models.ForeignKey(
        Inquiry,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("inquiry"),
    )
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("verified by"),
    )
    verified_at = models.DateTimeField(_("verified at"), null=True, blank=True)
    paper = models.ForeignKey(
        StoredFile,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("copy of the paper"),
    )

    objects = OfPractitionerQuerySet["ProfileSource"].as_manager()

    class Meta:
        verbose_name = _("source of a field of a profile")
        verbose_name_plural = _("sources of fields of profiles")
        ordering = ["practitioner", "field", "-said_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(field__in=list(FIELDS)), name="profilesource_field_known"
            ),
            models.CheckConstraint(
                condition=Q(
                    source__in=[
                        "facility",
                        "practitioner",
                        "paper",
                        "decision",
                        "file",
                        "population",
                        "register",
                    ]
                ),
                name="profilesource_source_known",
            ),
            models.CheckConstraint(
                condition=Q(verified_by=None) | Q(verified_at__isnull=False),
                name="profilesource_verified_at_a_moment",
            ),
        ]
        indexes = [
            models.Index(fields=["practitioner", "field", "-said_at"], name="profilesource_latest"),
        ]

    @override
    def __str__(self) -> str:
        return self.field


@tracked()
class PracticePeriod(Keyed):
    """A time a practitioner practised somewhere, learnt a speciality, or was away.

    Practice is proved by form 11 of Decree 96/2023/NĐ-CP. Training in a speciality does not count
    as time without practising (Law 15/2023/QH15, article 35(1)).
    """

    class Kind(models.TextChoices):
        PRACTICE = "practice", _("practised")
        SPECIALIST_TRAINING = "specialist", _("training in a speciality")
        ABSENCE = "absence", _("did not practise")

    practitioner = models.ForeignKey(
        Practitioner,
        models.PROTECT,
        related_name="practice_periods",
        verbose_name=_("practitioner"),
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.PRACTICE)
    facility = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("facility"),
    )
    place_text = models.CharField(_("place as written"), max_length=300)
    position_text = models.CharField(_("work as written"), max_length=300, blank=True)
    certificate_no = models.CharField(_("number of the certificate"), max_length=60, blank=True)
    valid_from = models.DateField(_("from"))
    valid_until = models.DateField(_("until"), null=True, blank=True)

    objects = OfPractitionerQuerySet["PracticePeriod"].as_manager()

    class Meta:
        verbose_name = _("time of practice")
        verbose_name_plural = _("times of practice")
        ordering = ["practitioner", "-valid_from", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["practice", "specialist", "absence"]),
                name="practiceperiod_kind_known",
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="practiceperiod_valid_period",
                violation_error_message=_("The last day of validity comes before the first."),
                violation_error_code="period_reversed",
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.place_text
