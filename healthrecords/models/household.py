"""With whom a citizen lives, and who speaks for those who cannot speak for themselves."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from healthrecords.models.citizen import Citizen
from portal.audit.history import tracked
from portal.database.keys import Keyed
from portal.places.models import Area


@tracked()
class Household(Keyed):
    """People who live together (Decision 831/QĐ-BYT, part A: mã hộ gia đình)."""

    number = models.CharField(_("household number"), max_length=20, blank=True)
    area = models.ForeignKey(
        Area, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("commune")
    )
    address = models.CharField(_("village, house"), max_length=1024, blank=True)

    class Meta:
        verbose_name = _("household")
        verbose_name_plural = _("households")
        ordering = ["area", "number", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["area", "number"], condition=~Q(number=""), name="household_number_once"
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.number


@tracked()
class HouseholdMember(Keyed):
    """A citizen belongs to a household for a time, in relation to its head."""

    class Relation(models.TextChoices):
        HEAD = "head", _("head of the household")
        SPOUSE = "spouse", _("wife or husband")
        CHILD = "child", _("child")
        PARENT = "parent", _("father or mother")
        SIBLING = "sibling", _("brother or sister")
        GRANDCHILD = "grandchild", _("grandchild")
        GRANDPARENT = "grandparent", _("grandparent")
        OTHER = "other", _("other relation")

    household = models.ForeignKey(
        Household, models.PROTECT, related_name="members", verbose_name=_("household")
    )
    citizen = models.ForeignKey(
        Citizen, models.CASCADE, related_name="memberships", verbose_name=_("citizen")
    )
    relation = models.CharField(_("relation to the head"), max_length=11, choices=Relation.choices)
    since = models.DateField(_("since"))
    until = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("member of a household")
        verbose_name_plural = _("members of households")
        ordering = ["household", "since", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["citizen"],
                condition=Q(until=None),
                name="householdmember_one_household",
                violation_error_message=_("The person already belongs to a household."),
                violation_error_code="household_taken",
            ),
            models.UniqueConstraint(
                fields=["household"],
                condition=Q(until=None, relation="head"),
                name="householdmember_one_head",
                violation_error_message=_("The household already has a head."),
                violation_error_code="head_taken",
            ),
            models.CheckConstraint(
                condition=Q(
                    relation__in=[
                        "head",
                        "spouse",
                        "child",
                        "parent",
                        "sibling",
                        "grandchild",
                        "grandparent",
                        "other",
                    ]
                ),
                name="householdmember_relation_known",
            ),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=F("since")),
                name="householdmember_valid_period",
                violation_error_message=_("The last day comes before the first."),
                violation_error_code="period_reversed",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.get_relation_display()}"


@tracked()
class RelatedPerson(Keyed):
    """Somebody who belongs to a citizen: mother, guardian, carer; with or without a record here.

    A minor is represented by father, mother or guardian (Civil Code 91/2015/QH13, Articles 21, 134
    to 136); of a newborn without a number the mother's is kept.
    """

    class Relation(models.TextChoices):
        MOTHER = "mother", _("mother")
        FATHER = "father", _("father")
        GUARDIAN = "guardian", _("guardian")
        SPOUSE = "spouse", _("wife or husband")
        CHILD = "child", _("child")
        CARER = "carer", _("main carer")
        OTHER = "other", _("other relation")

    citizen = models.ForeignKey(
        Citizen, models.CASCADE, related_name="relatives", verbose_name=_("citizen")
    )
    relation = models.CharField(_("relation"), max_length=8, choices=Relation.choices)
    person = models.ForeignKey(
        Citizen,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="related_to",
        verbose_name=_("record of this person"),
    )
    name = models.CharField(_("full name"), max_length=255)
    number = models.CharField(_("personal number"), max_length=12, blank=True)
    phone = models.CharField(_("phone"), max_length=15, blank=True)
    represents = models.BooleanField(_("speaks for the person"), default=False)
    since = models.DateField(_("since"), null=True, blank=True)
    until = models.DateField(_("until"), null=True, blank=True)
    origin = models.CharField(
        _("came"), max_length=5, choices=Citizen.Origin.choices, default=Citizen.Origin.TYPED
    )

    class Meta:
        verbose_name = _("related person")
        verbose_name_plural = _("related persons")
        ordering = ["citizen", "-represents", "relation", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    relation__in=[
                        "mother",
                        "father",
                        "guardian",
                        "spouse",
                        "child",
                        "carer",
                        "other",
                    ]
                ),
                name="relatedperson_relation_known",
            ),
            models.CheckConstraint(
                condition=Q(origin__in=["typed", "card", "file"]),
                name="relatedperson_origin_known",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="relatedperson_has_name"),
            models.CheckConstraint(
                condition=Q(person=None) | ~Q(person=F("citizen")),
                name="relatedperson_somebody_else",
                violation_error_message=_("Nobody is related to themselves; write another person."),
                violation_error_code="related_to_self",
            ),
            models.CheckConstraint(
                condition=Q(since=None) | Q(until=None) | Q(until__gte=F("since")),
                name="relatedperson_valid_period",
                violation_error_message=_("The last day comes before the first."),
                violation_error_code="period_reversed",
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.name
