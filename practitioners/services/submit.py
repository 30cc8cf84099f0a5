"""A facility sends in a practitioner's profile, or those of its whole staff."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.places.models import Organisation
from portal.verification import services as verification
from portal.verification.models import Inquiry
from practitioners.around import Around
from practitioners.disputes import Departments, Dispute, disputes_of
from practitioners.items import Values, cut, items_in
from practitioners.models import (
    Evidence,
    Practitioner,
    ProfileSubmission,
    SubmissionCheck,
    SubmissionItem,
)
from practitioners.profile import countries_on, read
from practitioners.services.cases import departments, open_cases
from practitioners.services.judging import checks_of, judge
from practitioners.services.population import question_about
from practitioners.terms import review_due

Decision = SubmissionItem.Decision
COPIED = ("title", "sha256", "kind", "size", "proves", "page", "page_count", "pages")
KEYS_ELSEWHERE = ["name_norm", "values", "facility", "practitioner", "supersedes", "submitted_by"]


@dataclass(frozen=True, slots=True)
class Sending:
    """One profile on its way to review.

    ``supersedes`` is the returned profile this one mends: its evidence comes along. ``lacking``
    fields may be blank in a profile made from a list. ``of`` is whom it speaks of where the sender
    knows: a name or a birthday can be corrected.
    """

    facility: Organisation
    values: Values
    client_key: UUID
    supersedes: ProfileSubmission | None = None
    lacking: Container[str] = ()
    of: Practitioner | None = None


@dataclass(slots=True)
class _Drafts:
    """What sending some profiles will write."""

    submissions: list[ProfileSubmission] = field(default_factory=list)
    items: list[SubmissionItem] = field(default_factory=list)
    checks: list[SubmissionCheck] = field(default_factory=list)
    taken: list[Evidence] = field(default_factory=list)
    copied: list[Evidence] = field(default_factory=list)
    inquiries: list[Inquiry] = field(default_factory=list)
    disputes: list[Dispute] = field(default_factory=list)

    def write(self) -> None:
        ProfileSubmission.objects.bulk_create(self.submissions)
        SubmissionItem.objects.bulk_create(self.items)
        SubmissionCheck.objects.bulk_create(self.checks)
        Evidence.objects.bulk_update(self.taken, ["submission"], batch_size=500)
        Evidence.objects.bulk_create(self.copied)
        verification.inquire_many(self.inquiries)


@transaction.atomic
def submit_profile(
    *,
    facility: Organisation,
    values: Values,
    client_key: UUID,
    actor: Any,
    at: datetime,
    supersedes: ProfileSubmission | None = None,
    lacking: Container[str] = (),
    of: Practitioner | None = None,
) -> ProfileSubmission:
    """Send a profile to review with the evidence kept under ``client_key``.

    A second sending with the same key returns the first and changes nothing.
    """
    sending = Sending(facility, values, client_key, supersedes, lacking, of)
    (answer,) = submit_profiles(sendings=[sending], actor=actor, at=at)
    if isinstance(answer, ValidationError):
        raise answer
    return answer


@transaction.atomic
def submit_profiles(
    *, sendings: Sequence[Sending], actor: Any, at: datetime, batch_id: UUID | None = None
) -> list[ProfileSubmission | ValidationError]:
    """Send profiles to review; what is refused has its refusal in its place, the others are sent.

    What clashes with the register opens cases. The number of queries does not depend on the number
    of profiles. ``batch_id`` names the file they came with.
    """
    return _Submitting(actor, at, timezone.localdate(at), batch_id).submit(sendings)


@dataclass
class _Submitting:
    """One sending of profiles by one person."""

    actor: Any
    at: datetime
    on: date
    batch_id: UUID | None = None
    drafts: _Drafts = field(default_factory=_Drafts)
    asks: bool = field(default_factory=verification.is_set_up)

    @cached_property
    def departments(self) -> Departments:
        return departments()

    def submit(self, sendings: Sequence[Sending]) -> list[ProfileSubmission | ValidationError]:
        keys = [sending.client_key for sending in sendings]
        already = {
            row.client_key: row for row in ProfileSubmission.objects.filter(client_key__in=keys)
        }
        read_ = self._read([one for one in sendings if one.client_key not in already])
        found = {key: values for key, values in read_.items() if isinstance(values, dict)}
        places = {one.facility.pk for one in sendings if one.client_key in found}
        around = Around.of(
            list(found.values()),
            facilities=places,
            on=self.on,
            people={one.of.pk for one in sendings if one.of is not None},
        )
        kept, sent_before = self._evidence(sendings)
        due = review_due(self.on)
        answers: list[ProfileSubmission | ValidationError] = []
        for one in sendings:
            try:
                if one.client_key in already:
                    answers.append(self._sent_already(already[one.client_key], one))
                    continue
                values = read_[one.client_key]
                if isinstance(values, ValidationError):
                    raise values
                superseded = one.supersedes is not None and one.supersedes.pk in sent_before
                row = self._draft(one, values, around, due, is_superseded=superseded)
                self._send(row, one, around, kept)
                answers.append(row)
            except ValidationError as refused:
                answers.append(refused)
        self.drafts.write()
        open_cases(self.drafts.disputes, actor=None, at=self.at, batch_id=self.batch_id)
        return answers

    def _read(self, sendings: Sequence[Sending]) -> dict[UUID, dict[str, str] | ValidationError]:
        countries = countries_on(self.on)
        found: dict[UUID, dict[str, str] | ValidationError] = {}
        for one in sendings:
            try:
                found[one.client_key] = read(
                    one.values, on=self.on, lacking=one.lacking, countries=countries
                )
            except ValidationError as refused:
                found[one.client_key] = refused
        return found

    def _sent_already(self, row: ProfileSubmission, one: Sending) -> ProfileSubmission:
        if (row.facility_id, row.submitted_by_id) != (one.facility.pk, self.actor.pk):
            raise ValidationError(
                _("This form was already sent for another facility; open a new one."),
                code="key_used_elsewhere",
            )
        return row

    def _draft(
        self,
        one: Sending,
        found: dict[str, str],
        around: Around,
        due: date | None,
        *,
        is_superseded: bool,
    ) -> ProfileSubmission:
        person = around.people[one.of.pk] if one.of is not None else around.person_of(found)
        _refuse_second(one, person, around, is_superseded=is_superseded)
        submission = ProfileSubmission(
            client_key=one.client_key,
            facility=one.facility,
            practitioner=person,
            supersedes=one.supersedes,
            name=found["name"],
            title=found["title"],
            license_number=found["license_number"],
            values=found,
            submitted_by=self.actor,
            submitted_at=self.at,
            due_on=due,
        )
        submission.clean_fields(exclude=KEYS_ELSEWHERE)
        return submission

    def _send(
        self,
        submission: ProfileSubmission,
        one: Sending,
        around: Around,
        kept: dict[UUID, list[Evidence]],
    ) -> None:
        """Judge a profile, and let it be written; refuses one that says nothing new."""
        taken = kept.get(one.client_key, [])
        copied = self._copied(submission, kept, {paper.sha256 for paper in taken})
        said = cut(submission.values)
        items = [
            SubmissionItem(
                submission=submission, key=item.key, position=place, submitted=said[item.key]
            )
            for place, item in enumerate(items_in(submission.values), 1)
        ]
        around.add(submission, [*taken, *copied])
        inquiry = question_about(submission, actor=self.actor, at=self.at) if self.asks else None
        if inquiry is not None:
            around.beside.inquiries[submission.pk] = inquiry
        findings = judge(submission, items, around)
        if all(item.decision != Decision.PENDING for item in items):
            around.forget(submission)
            raise ValidationError(
                _(
                    "Nothing differs from the verified profile of %(name)s; there is nothing to send."
                ),
                code="nothing_changed",
                params={"name": submission.name},
            )
        disputes = disputes_of(submission, findings, self.departments)
        if disputes:
            # The case that is opened speaks for the check that met it.
            around.beside.cases |= {one.case.key: one.case for one in disputes}
            findings = judge(submission, items, around)
            self.drafts.disputes += disputes
        submission.checked_at = self.at
        for paper in taken:
            paper.submission = submission
        self.drafts.submissions.append(submission)
        self.drafts.inquiries += [inquiry] if inquiry is not None else []
        self.drafts.items += items
        self.drafts.checks += checks_of(submission, findings)
        self.drafts.taken += taken
        self.drafts.copied += copied

    def _evidence(
        self, sendings: Sequence[Sending]
    ) -> tuple[dict[UUID, list[Evidence]], set[UUID]]:
        """Return papers by form and by the profile they were sent with; and what was sent again."""
        keys = [one.client_key for one in sendings]
        kept: dict[UUID, list[Evidence]] = {}
        for paper in Evidence.objects.filter(
            client_key__in=keys, uploaded_by=self.actor, submission=None
        ):
            kept.setdefault(paper.client_key, []).append(paper)
        mended = [one.supersedes.pk for one in sendings if one.supersedes is not None]
        if not mended:
            return kept, set()
        for paper in Evidence.objects.filter(submission__in=mended):
            kept.setdefault(paper.submission_id, []).append(paper)  # type: ignore[arg-type]
        again = ProfileSubmission.objects.filter(supersedes__in=mended)
        return kept, set(again.values_list("supersedes_id", flat=True))

    @staticmethod
    def _copied(
        submission: ProfileSubmission, kept: dict[UUID, list[Evidence]], known: set[str]
    ) -> list[Evidence]:
        if submission.supersedes_id is None:
            return []
        return [
            Evidence(
                submission=submission,
                client_key=submission.client_key,
                **{name: getattr(row, name) for name in COPIED},
                uploaded_by_id=row.uploaded_by_id,
                uploaded_at=row.uploaded_at,
            )
            for row in kept.get(submission.supersedes_id, ())
            if row.sha256 not in known
        ]


def _refuse_second(
    one: Sending, person: Practitioner | None, around: Around, *, is_superseded: bool
) -> None:
    mended = one.supersedes
    if mended is not None and (
        mended.facility_id != one.facility.pk
        or mended.state != ProfileSubmission.State.RETURNED
        or is_superseded
    ):
        raise ValidationError(
            _("The profile of %(name)s was already sent again; open the newer one."),
            code="resent_already",
            params={"name": mended.name},
        )
    if person is not None and (one.facility.pk, person.pk) in around.waiting_people:
        raise ValidationError(
            _("A profile of %(name)s from this facility is still waiting for review."),
            code="profile_waiting",
            params={"name": person.name},
        )
