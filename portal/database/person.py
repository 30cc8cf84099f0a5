"""What is every person known by: a name, a birth as exactly as it is known, a sex?"""

from django.db import models
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.database.keys import Keyed
from portal.database.names import folded
from portal.dates import PartialDate


class Person(Keyed):
    """A person of a register.

    ``birth_date`` is the first day that ``birth_precision`` leaves open: a person known to be born
    in 1958 has 01/01/1958 and ``year``. ``name_sort`` orders by given name as Vietnamese do.
    """

    class Sex(models.TextChoices):
        MALE = "male", _("Male")
        FEMALE = "female", _("Female")
        UNKNOWN = "unknown", _("Not determined")

    class Precision(models.TextChoices):
        DAY = "day", _("day")
        MONTH = "month", _("month")
        YEAR = "year", _("year")

    name = models.CharField(_("full name"), max_length=255)
    name_norm = folded("name")
    name_sort = models.TextField(db_collation="C", editable=False, blank=True)
    birth_date = models.DateField(_("date of birth"))
    birth_precision = models.CharField(
        _("date known to the"), max_length=5, choices=Precision.choices, default=Precision.DAY
    )
    sex = models.CharField(_("sex"), max_length=7, choices=Sex.choices)

    class Meta:
        abstract = True

    @override
    def __str__(self) -> str:
        return self.name

    @property
    def birth(self) -> PartialDate:
        """The date of birth as exactly as it is known."""
        born = self.birth_date
        if self.birth_precision == self.Precision.YEAR:
            return PartialDate(born.year)
        if self.birth_precision == self.Precision.MONTH:
            return PartialDate(born.year, born.month)
        return PartialDate.of(born)

    @birth.setter
    def birth(self, value: PartialDate) -> None:
        self.birth_date = value.earliest
        self.birth_precision = (
            self.Precision.DAY
            if value.is_full
            else self.Precision.MONTH
            if value.month
            else self.Precision.YEAR
        )


def known_sex(model: str) -> models.CheckConstraint:
    """Return the rule that the sex is one of the list."""
    return models.CheckConstraint(
        condition=models.Q(sex__in=["male", "female", "unknown"]), name=f"{model}_sex_known"
    )


def known_precision(model: str) -> models.CheckConstraint:
    """Return the rule that the birth is known to the day, the month or the year."""
    return models.CheckConstraint(
        condition=models.Q(birth_precision__in=["day", "month", "year"]),
        name=f"{model}_birth_precision_known",
    )
