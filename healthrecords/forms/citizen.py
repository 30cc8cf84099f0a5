"""The administrative part of a record as the paper form asks for it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from healthrecords.forms.around import AroundFields, around_initial, clock_of, plain
from healthrecords.forms.fields import (
    BirthField,
    CodedField,
    CommuneField,
    NumberField,
    commune_label,
)
from healthrecords.models import Citizen, CitizenIdentifier, Coverage
from healthrecords.services import CitizenEntry, NumberEntry, Twin, find_twins
from healthrecords.services.citizens import check_entry
from healthrecords.services.coverage import overlapping
from healthrecords.services.numbers import shown_numbers
from portal.codelists.countries import HOME
from portal.codelists.stages import is_in_stage
from portal.identifiers import InsuranceCard, OldIdCard, Passport, PersonalNumber, PhoneNumber
from portal.scope import scope_of
from portal.site.widgets import PickRadio

SEXES = [(str(value), label) for value, label in Citizen.Sex.choices]
# Whose number can change without a slip: a new passport, a card of another insurance number.
RENEWABLE = {
    "insurance": ("insurance_card", "insurance_number"),
    "passport": ("passport",),
}
CHANGES = [
    ("renewed", _("a new one was issued")),
    ("slip", _("it was written wrongly")),
]
ORIGINS = [(str(value), label) for value, label in Citizen.Origin.choices]


class CitizenForm(AroundFields):
    """One record's administrative part; twins are asked about before it is stored."""

    required_css_class = "required"

    name = forms.CharField(
        label=_("Full name"), max_length=255, widget=plain("w-2", autocapitalize="words")
    )
    birth = BirthField(
        label=_("Date of birth"),
        help_text=_("12/03/1962, 03/1962 or 1962; a newborn with the hour: 12/11/2026 05:30"),
        widget=plain("w-m"),
    )
    sex = forms.ChoiceField(label=_("Sex"), choices=SEXES, widget=PickRadio())
    ethnic_group = CodedField(key="ethnic_groups", label=_("Ethnic group"))
    occupation = CodedField(key="occupations", label=_("Occupation"), width="w-l")
    personal_number = NumberField(
        kind=PersonalNumber,
        label=_("Personal number"),
        widget=plain("w-m", inputmode="numeric"),
    )
    insurance = NumberField(kind=InsuranceCard, label=_("Insurance card"), widget=plain("w-m"))
    old_card = NumberField(
        kind=OldIdCard, label=_("Old ID card"), widget=plain("w-s", inputmode="numeric")
    )
    passport = NumberField(kind=Passport, label=_("Passport"), widget=plain("w-s"))
    commune = CommuneField(
        label=_("Commune, ward"), help_text=_("Type “muong cha”; old names are known too.")
    )
    address = forms.CharField(
        label=_("Village, house"), required=False, max_length=1000, widget=plain("w-2")
    )
    phone = NumberField(kind=PhoneNumber, label=_("Phone"), widget=plain("w-m", inputmode="tel"))
    insurance_change = forms.ChoiceField(
        label=_("The other number of the insurance card"),
        choices=CHANGES,
        required=False,
        widget=PickRadio(),
    )
    passport_change = forms.ChoiceField(
        label=_("The other number of the passport"),
        choices=CHANGES,
        required=False,
        widget=PickRadio(),
    )
    client_key = forms.UUIDField(widget=forms.HiddenInput)
    origin = forms.ChoiceField(
        choices=ORIGINS, required=False, widget=forms.HiddenInput, initial="typed"
    )
    issued_on = forms.DateField(required=False, widget=forms.HiddenInput)
    identified_by = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)

    @property
    def parts(self) -> tuple[Any, ...]:
        """Return what is always asked, line by line; about a changed number where one changes."""
        papers = ("personal_number", "insurance", "old_card", "passport")
        return (
            (
                _("1. Person"),
                _("Register A1, columns 2 to 8"),
                (("name", "birth", "sex"), ("ethnic_group", "occupation")),
            ),
            (_("2. Papers"), "", (papers, *((f"{name}_change",) for name in self.changed))),
            (_("3. Address"), _("Where the person lives now"), (("commune", "address", "phone"),)),
        )

    def __init__(
        self,
        *args: Any,
        user: Any,
        citizen: Citizen | None = None,
        scanned: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        self.user, self.citizen, self.scanned = user, citizen, scanned or {}
        self.twins: list[Twin] = []
        self.changed: dict[str, tuple[str, str]] = {}
        self.cards_beside: list[Coverage] = []
        super().__init__(*args, **kwargs)
        area = getattr(user.place_of_work, "area", None)
        commune: Any = self.fields["commune"]
        commune.near = area and (area.parent_id or area.pk)
        permanent: Any = self.fields["permanent_commune"]
        permanent.near = commune.near
        country: Any = self.fields["nationality"]
        country.kept = citizen.nationality if citizen else HOME
        self.fields["name"].error_messages["required"] = _(
            "The name is missing; write the name or a description."
        )
        self.fields["birth"].error_messages["required"] = _(
            "The date of birth is missing; when only the year is known write that, like 1962."
        )
        self.fields["sex"].error_messages["required"] = _("The sex is missing; choose one.")
        self._begin_at_first_empty()

    def _begin_at_first_empty(self) -> None:
        for name in ("name", "birth", "sex", "ethnic_group", "commune"):
            if not self.initial.get(name):
                if name == "sex":
                    continue
                self.fields[name].widget.attrs["autofocus"] = True
                return

    @property
    def not_twins(self) -> frozenset[UUID]:
        """Return the records of which the clerk said that they are other people."""
        keys: set[UUID] = set()
        data: Any = self.data
        for text in data.getlist("not_twin") if self.is_bound else []:
            try:
                keys |= {UUID(key) for key in text.split(",") if key}
            except ValueError:
                continue
        return frozenset(keys)

    @property
    def unanswered(self) -> list[Twin]:
        return [twin for twin in self.twins if twin.asks and twin.citizen.pk not in self.not_twins]

    @override
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        self.check_around(cleaned)
        self._ask_about_changes(cleaned)
        self._compare_personal(cleaned)
        self._compare_cards()
        if not {"name", "birth", "sex"} <= cleaned.keys():
            return cleaned
        entry = self.entry()
        try:
            check_entry(entry, at=timezone.now())
        except ValidationError as refused:
            self.add_error(None, refused)
            return cleaned
        self.twins = find_twins(
            entry, scope=scope_of(self.user, "view_records"), besides=self.citizen
        )
        if self.citizen is not None:
            known = {case.older_id for case in self.citizen.older_twins.all()}
            known |= {case.newer_id for case in self.citizen.younger_twins.all()}
            self.twins = [twin for twin in self.twins if twin.citizen.pk not in known]
        if self.unanswered and not self.errors:
            message = _("This may be somebody who already has a record; answer the question.")
            self.add_error(NON_FIELD_ERRORS, ValidationError(message, "confirm_twin"))
        return cleaned

    def _ask_about_changes(self, cleaned: Mapping[str, Any]) -> None:
        """Ask of a paper that bears another number whether it is a new one or the old was a slip."""
        if self.citizen is None:
            return
        held = {row.kind: row.value for row in shown_numbers(self.citizen)}
        for name, kinds in RENEWABLE.items():
            old = next((held[kind] for kind in kinds if kind in held), "")
            new = cleaned[name].value if cleaned.get(name) else ""
            if name == "insurance" and new and cleaned[name].is_personal_number:
                continue
            is_same = old[-10:] == new[-10:] if name == "insurance" else old == new
            if not old or not new or is_same:
                continue
            self.changed[name] = (old, new)
            if not cleaned.get(f"{name}_change") and f"{name}_change" not in self.errors:
                message = _(
                    "%(old)s becomes %(new)s: say whether a new paper was issued or the number was"
                    " written wrongly."
                )
                params = {"old": old, "new": new}
                self.add_error(f"{name}_change", ValidationError(message, "confirm_change", params))

    def _compare_personal(self, cleaned: Mapping[str, Any]) -> None:
        """Refuse a card that bears another personal number than the person."""
        card, number = cleaned.get("insurance"), cleaned.get("personal_number")
        if card and number and card.is_personal_number and card.value != number.value:
            message = _(
                "The card bears the personal number %(card)s, the person %(number)s; compare both with"
                " the papers."
            )
            params = {"card": card.value, "number": number.value}
            self.add_error("insurance", ValidationError(message, "other_personal_number", params))

    def _compare_cards(self) -> None:
        """Find other cards of the same days, where something about the card was changed."""
        entry = self.coverage()
        if entry is None or self.citizen is None:
            return
        stored = around_initial(self.citizen, entry.number)
        names = ("registered_at", "card_from", "card_until")
        if any(stored[name] != self.cleaned_data.get(name) for name in names):
            self.cards_beside = overlapping(self.citizen, entry)

    def _renewed(self) -> frozenset[str]:
        said = self.cleaned_data
        card = said.get("insurance")
        names = [name for name in RENEWABLE if said.get(f"{name}_change") == "renewed"]
        if card and card.is_personal_number:  # no slip: the personal number stands for the card's
            names.append("insurance")
        return frozenset(kind for name in names for kind in RENEWABLE[name])

    def entry(self) -> CitizenEntry:
        """Return what was typed as the services take it."""
        said = self.cleaned_data
        return CitizenEntry(
            name=said["name"],
            sex=said["sex"],
            birth=said["birth"],
            area=said.get("commune"),
            address=said.get("address", ""),
            ethnic_group=said.get("ethnic_group") or "",
            occupation=said.get("occupation") or "",
            nationality=said.get("nationality") or "",
            phone=said["phone"].value if said.get("phone") else "",
            origin=said.get("origin") or "typed",
            numbers=self._numbers(),
            standing=said.get("standing") or None,
            birth_time=clock_of(str(self.data.get("birth", ""))),
            birth_is_estimated=bool(said.get("birth_is_estimated")),
            blood_group=said.get("blood_group", ""),
            rhesus=said.get("rhesus", ""),
            was_renamed=bool(said.get("was_renamed")),
            renewed=self._renewed(),
            from_card=self.from_card(),
            permanent=self.permanent(),
            coverage=self.coverage(),
            relative=self.relative(),
        )

    def from_card(self) -> frozenset[str]:
        """Return the fields that stand as the card said them; what was typed over is typed."""
        said, read = self.cleaned_data, self.scanned
        if said.get("origin") != "card" or not read:
            return frozenset()
        kept = {
            name
            for name in ("name", "birth", "sex", "personal_number")
            if read.get(name) and str(said.get(name)) == str(read[name])
        }
        area = said.get("commune")
        lives = read.get("address", ""), read.get("commune", "")
        if any(lives) and lives == (said.get("address", ""), commune_label(area) if area else ""):
            kept.add("address")
        return frozenset(kept)

    def _numbers(self) -> list[NumberEntry]:
        said, kinds = self.cleaned_data, CitizenIdentifier.Kind
        from_card = said.get("origin") == "card"
        if self.scanned:
            from_card = "personal_number" in self.from_card()
        rows = []
        if number := said.get("personal_number"):
            origin, issued = ("card", said.get("issued_on")) if from_card else ("typed", None)
            rows.append(NumberEntry(kinds.PERSONAL, number.value, origin, issued))
        if card := said.get("insurance"):
            known = {(row.kind, row.value) for row in rows}
            rows += [NumberEntry(*named) for named in card.named_by() if named not in known]
        others = {name: said.get(name) for name in ("old_card", "passport")}
        rows += [NumberEntry(name, number.value) for name, number in others.items() if number]
        return rows

    def doubts(self) -> list[str]:
        """Return what is unlikely about the numbers, to say after saving."""
        said = self.cleaned_data
        found = []
        if number := said.get("personal_number"):
            found += number.warnings(sex=said["sex"], born=said["birth"], on=timezone.localdate())
        if card := said.get("insurance"):
            found += card.doubts()
        found += [overlap_of(card) for card in self.cards_beside]
        return [*map(str, found), *map(str, self._doubts_of_newborn())]

    def _doubts_of_newborn(self) -> list[Any]:
        """The hour of birth is part of a newborn's record; without it the record is kept all the same."""
        entry, on = self.entry(), timezone.localdate()
        born = entry.birth.as_date()
        if born is None or entry.birth_time or not is_in_stage("newborn", born, on):
            return []
        return [
            _(
                "The hour of birth is missing: it is needed up to 28 days of age. Mend the record and"
                " write it behind the date, like 12/11/2026 05:30 (Decision 4750/QĐ-BYT)."
            )
        ]


def initial_of(citizen: Citizen) -> dict[str, Any]:
    """Return a stored record as the form shows it."""
    held = {row.kind: row for row in shown_numbers(citizen)}
    names = {"personal": "personal_number", "old_card": "old_card", "passport": "passport"}
    numbers = {field: held[kind].value if kind in held else "" for kind, field in names.items()}
    personal = held.get("personal")
    card = held.get("insurance_card") or held.get("insurance_number")
    if card is None and personal and citizen.coverages.filter(number=personal.value).exists():
        card = personal
    return {
        **around_initial(citizen, card.value if card else ""),
        **numbers,
        "insurance": card.value if card else "",
        "name": citizen.name,
        "birth": birth_text(citizen),
        "sex": citizen.sex,
        "ethnic_group": citizen.ethnic_group,
        "occupation": citizen.occupation,
        "commune": citizen.area,
        "address": citizen.address,
        "phone": citizen.phone,
        "origin": personal.origin if personal else citizen.origin,
    }


def overlap_of(card: Coverage) -> str:
    """Say that another card is valid on days on which the one that was written is."""
    days = [f"{day:%d/%m/%Y}" if day else "…" for day in (card.valid_from, card.valid_until)]
    said = _(
        "The insurance card %(number)s (%(begin)s–%(end)s, %(place)s) is valid on the same days. Compare"
        " both cards: where the one that begins last is registered cares from its first day on."
    )
    place = card.registered_at.name if card.registered_at else card.registered_code or "–"
    params = {"number": card.number, "begin": days[0], "end": days[1], "place": place}
    return str(said) % params


def birth_text(citizen: Citizen) -> str:
    """Write a birth as it is typed: with the hour where it is known."""
    clock = f" {citizen.birth_time:%H:%M}" if citizen.birth_time else ""
    return f"{citizen.birth}{clock}"
