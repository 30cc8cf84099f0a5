"""The rarer parts of a record's form: nationality, blood, insurance, second address, who speaks for whom."""

from __future__ import annotations

import re
from datetime import date, time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import F
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from healthrecords.forms.fields import BirthField, CodedField, CommuneField, NumberField
from healthrecords.models import Citizen, RelatedPerson
from healthrecords.services.entries import AddressEntry, CoverageEntry, RelativeEntry
from healthrecords.services.guests import in_front
from portal.codelists.countries import COUNTRIES, HOME, country_on
from portal.identifiers import PersonalNumber, PhoneNumber
from portal.places.lookup import find_organisations, organisation_label
from portal.places.models import Organisation
from portal.site.widgets import PickRadio, SuggestInput

CARE = ("hospital", "station", "clinic", "point")
BLANK = ("", _("not known"))


def plain(width: str, **attrs: Any) -> forms.TextInput:
    """Return a text box of a width, without the browser's own guesses."""
    box = forms.TextInput({"autocomplete": "off", **attrs})
    box.width = width  # type: ignore[attr-defined]
    return box


def pull_down(width: str) -> forms.Select:
    """Return a list to choose from, of a width."""
    box = forms.Select()
    box.width = width  # type: ignore[attr-defined]
    return box


def choices_of(enum: Any) -> list[tuple[str, Any]]:
    """Return the choices of an enumeration with a blank one first."""
    return [BLANK, *((str(value), label) for value, label in enum.choices)]


class DayField(forms.DateField):
    """A day, typed and shown day first."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", plain("w-s", inputmode="numeric", placeholder="31/12/2026"))
        super().__init__(required=False, **kwargs)

    @override
    def prepare_value(self, value: Any) -> Any:
        return f"{value:%d/%m/%Y}" if isinstance(value, date) else value


class CountryField(CodedField):
    """A country by name or code; a code that came with a file and is in no list may stay."""

    kept = HOME

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(key=COUNTRIES, **kwargs)

    @override
    def to_python(self, value: Any) -> Any:
        text = str(value or "").strip()
        if not text or text.upper() in {HOME, self.kept}:
            return text.upper()
        found = country_on(text, timezone.localdate())
        return found.code if found else super().to_python(text)


class FacilityField(forms.CharField):
    """A place of care by the insurer's five digits, or by words of its name without marks."""

    def __init__(self, **kwargs: Any) -> None:
        url = reverse_lazy("admin:healthrecords_suggest_facilities")
        super().__init__(required=False, widget=SuggestInput(url, width="w-2"), **kwargs)

    @override
    def to_python(self, value: Any) -> Any:
        text = str(super().to_python(value) or "")
        if not text:
            return None
        found = find_facilities(text)
        exact = [row for row in found if organisation_label(row) == text]
        if len(found) == 1 or exact:
            return (exact or found)[0]
        names = "; ".join(organisation_label(row) for row in found[:6])
        if not found:
            raise ValidationError(
                _(
                    "No facility is found by “%(text)s”; write its name or the insurer's five digits."
                ),
                code="facility_unknown",
                params={"text": text},
            )
        raise ValidationError(
            _("“%(text)s” may be several: %(names)s. Type more of the right one."),
            code="facility_ambiguous",
            params={"text": text, "names": names},
        )

    @override
    def prepare_value(self, value: Any) -> Any:
        return organisation_label(value) if isinstance(value, Organisation) else value


def find_facilities(text: str, *, limit: int = 20, with_code: bool = False) -> list[Organisation]:
    """Return places of care by code or name; ``with_code`` only those that insurance knows."""
    rows = Organisation.objects.filter(kind__in=CARE)
    if with_code:
        rows = rows.filter(identifiers__scheme="insurance").distinct()
    return find_organisations(text, rows, limit=limit)


def clock_of(text: str) -> time | None:
    """Return the hour written behind a date of birth: 12/11/2026 05:30."""
    found = BirthField.CLOCK.search(text.strip())
    if found is None:
        return None
    hour, minute = re.findall(r"\d+", found[0])
    return time(int(hour), int(minute))


class AroundFields(forms.Form):
    """What is asked rarely, behind one fold of the form."""

    standing = forms.ChoiceField(
        label=_("Who it is"),
        choices=Citizen.Standing.choices,
        required=False,
        widget=PickRadio(),
        initial=Citizen.Standing.KNOWN,
        help_text=_("A newborn or an unknown person gets a temporary number to be found by."),
    )
    birth_is_estimated = forms.BooleanField(
        label=_("The date of birth is estimated"), required=False
    )
    was_renamed = forms.BooleanField(
        label=_("The name before was the person's own: keep it as a former name"), required=False
    )
    nationality = CountryField(label=_("Nationality"))
    blood_group = forms.ChoiceField(
        label=_("Blood group"),
        choices=choices_of(Citizen.BloodGroup),
        required=False,
        widget=pull_down("w-s"),
    )
    rhesus = forms.ChoiceField(
        label=_("Rhesus"),
        choices=choices_of(Citizen.Rhesus),
        required=False,
        widget=pull_down("w-s"),
    )
    registered_at = FacilityField(label=_("Registered for primary care at"))
    card_from = DayField(label=_("Card valid from"))
    card_until = DayField(label=_("Card valid until"))
    five_years_on = DayField(label=_("Five years without a gap on"))
    permanent_commune = CommuneField(label=_("Commune of permanent registration"))
    permanent_address = forms.CharField(
        label=_("Village, house of permanent registration"),
        required=False,
        max_length=1000,
        widget=plain("w-2"),
    )
    relative_relation = forms.ChoiceField(
        label=_("Relation"),
        choices=choices_of(RelatedPerson.Relation),
        required=False,
        widget=pull_down("w-m"),
    )
    relative_name = forms.CharField(
        label=_("Name of mother, father or guardian"),
        required=False,
        max_length=255,
        widget=plain("w-2"),
    )
    relative_number = NumberField(
        kind=PersonalNumber,
        label=_("Their personal number"),
        widget=plain("w-m", inputmode="numeric"),
    )
    relative_phone = NumberField(
        kind=PhoneNumber, label=_("Their phone"), widget=plain("w-m", inputmode="tel")
    )
    relative_represents = forms.BooleanField(
        label=_("Speaks for the person"), required=False, initial=True
    )

    FOLDED = (
        (
            _("4. Further"),
            _("Decision 831/QĐ-BYT, part A"),
            (
                ("standing",),
                ("nationality", "blood_group", "rhesus"),
                ("birth_is_estimated", "was_renamed"),
            ),
        ),
        (
            _("5. Health insurance"),
            "",
            (("registered_at", "card_from", "card_until", "five_years_on"),),
        ),
        (
            _("6. Permanent address"),
            _("Where it is not the address above"),
            (("permanent_commune", "permanent_address"),),
        ),
        (
            _("7. Who speaks for the person"),
            _("For minors and whoever cannot speak: mother, father, guardian"),
            (
                ("relative_relation", "relative_name"),
                ("relative_number", "relative_phone", "relative_represents"),
            ),
        ),
    )

    @property
    def is_unfolded(self) -> bool:
        """Say whether the fold stands open: something in it is refused, or is the matter."""
        names = {name for _title, _about, lines in self.FOLDED for line in lines for name in line}
        return bool(names & self.errors.keys()) or self["standing"].value() not in {
            "",
            None,
            Citizen.Standing.KNOWN,
        }

    def check_around(self, cleaned: dict[str, Any]) -> None:
        """Refuse what does not fit together: a card's days without a card, a relative without a name."""
        begins, ends = cleaned.get("card_from"), cleaned.get("card_until")
        if begins and ends and ends < begins:
            self.add_error(
                "card_until",
                ValidationError(
                    _("The card ends before it begins; compare both days."), "period_reversed"
                ),
            )
        said = [cleaned.get(name) for name in ("registered_at", "card_from", "card_until")]
        if any(said) and not cleaned.get("insurance") and "insurance" not in self.errors:
            self.add_error(
                "insurance",
                ValidationError(_("The insurance card is missing; write its number."), "required"),
            )
        relative = [cleaned.get(f"relative_{name}") for name in ("relation", "number", "phone")]
        if any(relative) and not cleaned.get("relative_name"):
            self.add_error(
                "relative_name",
                ValidationError(
                    _("The name of this person is missing; write it."), "relative_without_name"
                ),
            )
        elif cleaned.get("relative_name") and not cleaned.get("relative_relation"):
            self.add_error(
                "relative_relation",
                ValidationError(_("Choose what this person is to them."), "relation_missing"),
            )

    def permanent(self) -> AddressEntry:
        """Return the permanent address as the services take it."""
        said = self.cleaned_data
        return AddressEntry(
            "permanent", said.get("permanent_address", ""), said.get("permanent_commune")
        )

    def coverage(self) -> CoverageEntry | None:
        """Return the insurance as the services take it; a bare number is kept as a number alone."""
        said = self.cleaned_data
        names = ("card_from", "card_until", "five_years_on", "registered_at")
        if not said.get("insurance") or not any(said.get(name) for name in names):
            return None
        return CoverageEntry(
            number=said["insurance"].value,
            registered_at=said.get("registered_at"),
            valid_from=said.get("card_from"),
            valid_until=said.get("card_until"),
            five_years_on=said.get("five_years_on"),
        )

    def relative(self) -> RelativeEntry | None:
        """Return who speaks for the person as the services take it."""
        said = self.cleaned_data
        if not (said.get("relative_name") and said.get("relative_relation")):
            return None
        number, phone = said.get("relative_number"), said.get("relative_phone")
        return RelativeEntry(
            relation=said["relative_relation"],
            name=said["relative_name"],
            number=number.value if number else "",
            phone=phone.value if phone else "",
            represents=bool(said.get("relative_represents")),
        )


def around_initial(citizen: Citizen, card_number: str) -> dict[str, Any]:
    """Return the folded parts of a stored record as the form shows them; of the card whose number it does."""
    permanent = in_front(citizen.addresses.filter(kind="permanent", valid_until=None)).first()
    coverage = citizen.coverages.filter(withdrawn_on=None, number=card_number)
    coverage = coverage.select_related("registered_at__parent")
    card = coverage.order_by(F("valid_from").desc(nulls_last=True), "-id").first()
    relatives = in_front(citizen.relatives.filter(until=None))
    relative = relatives.order_by("-represents", "id").first()
    return {
        "standing": citizen.standing,
        "birth_is_estimated": citizen.birth_is_estimated,
        "nationality": citizen.nationality,
        "blood_group": citizen.blood_group,
        "rhesus": citizen.rhesus,
        "registered_at": card.registered_at if card else None,
        "card_from": card.valid_from if card else None,
        "card_until": card.valid_until if card else None,
        "five_years_on": card.five_years_on if card else None,
        "permanent_commune": permanent.area if permanent else None,
        "permanent_address": permanent.text if permanent else "",
        "relative_relation": relative.relation if relative else "",
        "relative_name": relative.name if relative else "",
        "relative_number": relative.number if relative else "",
        "relative_phone": relative.phone if relative else "",
        "relative_represents": relative.represents if relative else True,
    }
