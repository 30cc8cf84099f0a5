"""A citizen: who it is, as exactly as it is known."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from healthrecords.models.names import learning_names
from healthrecords.querysets import CitizenQuerySet
from portal.audit.history import tracked
from portal.database.person import Person, known_precision, known_sex
from portal.places.models import Area, Organisation


@tracked(exclude=["name_norm"])
class Citizen(Person):
    """A person the health system cares for, with or without a number (Decree 102/2025/NĐ-CP).

    ``nationality`` is an ISO 3166 code, empty when it is not known. ``address`` and ``area`` are where
    the person lives now; ``CitizenAddress`` keeps what was before and what else there is. The hour of
    birth is asked of newborns (Decision 4750/QĐ-BYT, XML1 field 6). A record that came with a file
    which was undone is withdrawn: it is not found any more, and returns when the file does.
    """

    class Origin(models.TextChoices):
        TYPED = "typed", _("typed")
        CARD = "card", _("read from a card")
        FILE = "file", _("from a file")

    class Standing(models.TextChoices):
        """How far it is known who the person is."""

        KNOWN = "known", _("known by name")
        NEWBORN = "newborn", _("newborn, no number yet")
        UNKNOWN = "unknown", _("not identified yet")

    class BloodGroup(models.TextChoices):
        A = "A", "A"
        B = "B", "B"
        AB = "AB", "AB"
        O = "O", "O"  # noqa: E741 - the group's own name

    class Rhesus(models.TextChoices):
        POSITIVE = "positive", _("Rh positive")
        NEGATIVE = "negative", _("Rh negative")

    class DeathSource(models.TextChoices):
        """Who says that the person died."""

        FAMILY = "family", _("the family says so")
        CERTIFICATE = "certificate", _("death certificate seen")
        FACILITY = "facility", _("died here or at another facility")
        REGISTER = "register", _("national population database")

    standing = models.CharField(
        _("who it is"), max_length=7, choices=Standing.choices, default=Standing.KNOWN
    )
    birth_time = models.TimeField(_("hour of birth"), null=True, blank=True)
    birth_is_estimated = models.BooleanField(_("date of birth is estimated"), default=False)
    blood_group = models.CharField(
        _("blood group"), max_length=2, choices=BloodGroup.choices, blank=True
    )
    rhesus = models.CharField(_("Rhesus"), max_length=8, choices=Rhesus.choices, blank=True)
    ethnic_group = models.CharField(_("ethnic group"), max_length=2, blank=True)
    occupation = models.CharField(_("occupation"), max_length=5, blank=True)
    nationality = models.CharField(_("nationality"), max_length=3, blank=True, default="VN")
    phone = models.CharField(_("phone"), max_length=15, blank=True)
    address = models.CharField(_("address"), max_length=1024, blank=True)
    area = models.ForeignKey(
        Area, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("commune")
    )
    home_station = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,  # an index below begins with it
        verbose_name=_("home station"),
    )
    died_on = models.DateField(_("died on"), null=True, blank=True)
    death_source = models.CharField(
        _("who says so"), max_length=11, choices=DeathSource.choices, blank=True
    )
    death_note = models.CharField(_("about the death"), max_length=500, blank=True)
    origin = models.CharField(_("came"), max_length=5, choices=Origin.choices, default=Origin.TYPED)
    registered_at = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("first registered at"),
    )
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, editable=False, related_name="merged"
    )
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True, editable=False)
    client_key = models.UUIDField(null=True, unique=True, editable=False)

    objects = CitizenQuerySet.as_manager()

    class Meta:
        verbose_name = _("citizen")
        verbose_name_plural = _("citizens")
        ordering = ["name_norm", "birth_date", "id"]
        constraints = [
            known_sex("citizen"),
            known_precision("citizen"),
            models.CheckConstraint(
                condition=Q(origin__in=["typed", "card", "file"]), name="citizen_origin_known"
            ),
            models.CheckConstraint(
                condition=~Q(name=""),
                name="citizen_has_name",
                violation_error_message=_("The name is missing; write the name or a description."),
                violation_error_code="name_missing",
            ),
            models.CheckConstraint(
                condition=Q(died_on=None) | Q(died_on__gte=F("birth_date")),
                name="citizen_born_before_death",
                violation_error_message=_("The date of death comes before the date of birth."),
                violation_error_code="death_before_birth",
            ),
            models.CheckConstraint(
                condition=Q(standing__in=["known", "newborn", "unknown"]),
                name="citizen_standing_known",
            ),
            models.CheckConstraint(
                condition=Q(blood_group__in=["", "A", "B", "AB", "O"]),
                name="citizen_blood_group_known",
            ),
            models.CheckConstraint(
                condition=Q(rhesus__in=["", "positive", "negative"]), name="citizen_rhesus_known"
            ),
            models.CheckConstraint(
                condition=Q(death_source__in=["", "family", "certificate", "facility", "register"]),
                name="citizen_death_source_known",
            ),
            models.CheckConstraint(
                condition=Q(birth_time=None) | Q(birth_precision="day"),
                name="citizen_hour_needs_day",
                violation_error_message=_("An hour of birth needs the day; write both."),
                violation_error_code="hour_without_day",
            ),
            models.CheckConstraint(
                condition=~Q(died_on=None) | Q(death_source="", death_note=""),
                name="citizen_death_has_day",
                violation_error_message=_("The day of death is missing; write it."),
                violation_error_code="death_without_day",
            ),
        ]
        indexes = [
            models.Index(fields=["name_norm", "birth_date", "id"], name="citizen_name"),
            models.Index(fields=["birth_date", "name_norm"], name="citizen_birth"),
            models.Index(fields=["home_station", "name_norm"], name="citizen_station"),
            models.Index(
                fields=["registered_at"], condition=Q(standing="unknown"), name="citizen_unknown"
            ),
            models.Index(fields=["phone"], condition=~Q(phone=""), name="citizen_phone"),
            # What a joined record was called still leads to the one that stays.
            models.Index(
                fields=["name_norm"],
                condition=Q(merged_into__isnull=False),
                name="citizen_joined_name",
            ),
        ]
        triggers = learning_names()
