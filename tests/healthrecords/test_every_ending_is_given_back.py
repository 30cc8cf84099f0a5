"""A table whose rows end says how its rows stand after a parting, or why that is no matter of it."""

from collections.abc import Mapping

from django.db import models

from healthrecords.services.belongings import belongings
from healthrecords.services.merged_endings import ENDS

# What is filled in once, and is no end of the row or none that a parting takes back.
NOT_GIVEN_BACK: Mapping[str, frozenset[str]] = {
    "how it began, how long the paper holds: what was set right in it stays": frozenset(
        {
            "citizenaddress.valid_from",
            "citizenidentifier.issued_on",
            "citizenidentifier.valid_until",
            "consent.valid_until",
            "coverage.five_years_on",
            "coverage.valid_from",
            "coverage.valid_until",
            "formername.until",
            "relatedperson.since",
        }
    ),
    "who vouches for it: that holds whoever speaks": frozenset(
        {"citizenidentifier.verified_at", "fieldsource.confirmed_at"}
    ),
    "a guest is left as it came, and who speaks says its own: services/guests.py": frozenset(
        {"citizenaddress.valid_until", "relatedperson.until"}
    ),
    "a card goes with the file that brought it": frozenset({"coverage.withdrawn_on"}),
    "care is given back by what gives it: services/grounds.py, services/insured.py": frozenset(
        {"careaccess.review_due_on", "carerelation.until"}
    ),
    "a question between two records: services/merged_cases.py": frozenset({"twincase.answered_at"}),
    "a person took it back or had it answered, with a proof; it is given anew by the person": frozenset(
        {
            "consent.withdrawal_recorded_at",
            "consent.withdrawn_on",
            "datarequest.closed_on",
            "datarequest.extended_from",
            "datarequest.replied_on",
        }
    ),
    "lifted by a decision that names it": frozenset({"legalhold.lifted_on"}),
    "what was done with a person is set right by who did it, whoever it was": frozenset(
        {
            *(f"diagnosticreport.{name}" for name in ("status", "voided_at", "withdrawn_at")),
            *(f"diagnosticreport.{name}_at" for name in ("collected", "reported", "reviewed")),
            *(f"procedure.{name}" for name in ("status", "voided_at", "withdrawn_at")),
            *(f"visit.{name}" for name in ("admitted_at", "ended_at", "entered_at", "status")),
            "visit.next_visit_on",
        }
    ),
}


def filled_in_later(model: type[models.Model]) -> set[str]:
    """Return the columns by which rows of a model may end: a moment that is empty first, a state."""
    return {
        str(field.attname)
        for field in model._meta.concrete_fields
        if (isinstance(field, models.DateField) and field.null)
        or (isinstance(field, models.CharField) and field.name in {"ended", "status"})
    }


def test_every_column_by_which_a_row_of_a_joined_record_ends_is_declared(db: None) -> None:
    """Parts that hang on a visit always go with it, and end as it does."""
    own = {
        one.model for one in belongings() if one.is_movable and (not one.is_carried or one.links)
    }
    found = {
        f"{model._meta.model_name}.{name}"
        for model in own
        for name in filled_in_later(model)
        if model not in ENDS or name not in ENDS[model].columns
    }
    said = [name for names in NOT_GIVEN_BACK.values() for name in names]
    assert found == set(said)
    assert len(said) == len(set(said))


def test_every_end_that_is_given_back_is_a_column_that_its_history_keeps() -> None:
    for model, ends in ENDS.items():
        history = model._meta.get_field("historys").related_model
        kept = {str(field.attname) for field in history._meta.concrete_fields}
        own = {str(field.attname) for field in model._meta.concrete_fields}
        assert {*ends.columns, *ends.yields} <= kept & own, model
