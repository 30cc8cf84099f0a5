"""Reads of citizens and visits: within a scope for lists, of an access for one record."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Self, TypeVar

from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils import timezone
from typing_extensions import override

from portal.scope import Scope, ScopedQuerySet
from portal.sensitivity import Sensitivity

if TYPE_CHECKING:
    from healthrecords.models import (  # noqa: F401  (bases below)
        CareAccess,
        CareRelation,
        Citizen,
        Consent,
        DataRequest,
        DisposalList,
        LegalHold,
        RestrictionLift,
        TwinCase,
        Visit,
        VisitAmendment,
    )

M = TypeVar("M", bound=models.Model)

# Up to so many organisations their people are collected; beyond, the register is walked.
FEW_ORGANISATIONS = 20
# A record that says one of these speaks for nobody now.
GONE = ("merged_into", "withdrawn_at")
# A visit of one of these states did not take place.
NOT_HELD = ("withdrawn", "cancelled")


class CitizenQuerySet(ScopedQuerySet["Citizen"]):
    """Citizens of an organisation are those of its catchment or in its care."""

    @override
    def in_scope(self, scope: Scope) -> Q:
        cared_for = self.rows_of("care_relations").holding(timezone.localdate())
        cared_for = cared_for.filter(organisation__in=scope.ids)
        if len(scope.ids) > FEW_ORGANISATIONS:
            # Nearly everyone passes: walk the names in order and ask for each.
            return Q(home_station__in=scope.ids) | Q(
                Exists(cared_for.filter(citizen=OuterRef("pk")))
            )
        # Few pass: collect them, then sort. With the OR a station's list reads the whole register.
        at_home = self.model._default_manager.filter(home_station__in=scope.ids).order_by()
        return Q(pk__in=at_home.values("pk").union(cared_for.order_by().values("citizen")))

    def among(self, scope: Scope) -> Self:
        """Return the same people as ``within``, asking for each: for a few that a name has found."""
        if scope.everything:
            return self
        cared_for = self.rows_of("care_relations").holding(timezone.localdate())
        cared_for = cared_for.filter(organisation__in=scope.ids, citizen=OuterRef("pk"))
        return self.filter(Q(home_station__in=scope.ids) | Q(Exists(cared_for)))

    def with_restriction(self, on: date) -> Self:
        """Say of each person whether the processing is restricted on a day, as ``is_restricted``."""
        requests = self.rows_of("data_requests").restricting(on)
        return self.annotate(is_restricted=Exists(requests.filter(citizen=OuterRef("pk"))))

    def current(self) -> Self:
        """Leave out records that were merged into another, or withdrawn with their file."""
        return self.filter(**dict.fromkeys(GONE))

    def joined(self) -> Self:
        """Return records that were joined into another and said who the person is.

        What they say is still true of that person; a description of somebody unknown is no name.
        """
        rows = self.filter(merged_into__isnull=False, withdrawn_at=None)
        return rows.exclude(standing="unknown")


class TwinCaseQuerySet(ScopedQuerySet["TwinCase"]):
    """Questions whether two records are one person."""

    @override
    def in_scope(self, scope: Scope) -> Q:
        """Those of which at least one record is in the scope; the other one's name is not shown."""
        people: Any = self.model._meta.get_field("older").related_model
        mine = people.objects.within(scope).order_by().values("pk")
        return Q(older__in=mine) | Q(newer__in=mine)

    def both_within(self, scope: Scope) -> Self:
        """Return those of which both records are in the scope."""
        if scope.everything:
            return self
        people: Any = self.model._meta.get_field("older").related_model
        mine = people.objects.within(scope).order_by().values("pk")
        return self.filter(older__in=mine, newer__in=mine)

    def open(self) -> Self:
        """Return those nobody answered, between records that still stand for themselves."""
        sides = {f"{side}__{name}": None for side in ("older", "newer") for name in GONE}
        return self.filter(answer="", **sides)


class CareRelationQuerySet(models.QuerySet["CareRelation"]):
    """Reads of who cares for whom."""

    def holding(self, on: date) -> Self:
        """Return the relations that hold on a day: its first and last day are among them."""
        return self.not_over(on).filter(since__lte=on)

    def not_over(self, on: date) -> Self:
        """Return those that hold on a day or begin later: a card of next year is known before."""
        return self.filter(Q(until=None) | Q(until__gte=on))


class CareAccessQuerySet(ScopedQuerySet["CareAccess"]):
    """Reads of opened records."""

    def open(self, *, user: Any, citizen_id: Any, at: datetime) -> Self:
        return self.filter(user=user, citizen=citizen_id, opened_at__lte=at, until__gt=at)

    def by_glass(self) -> Self:
        """Return the openings that a reviewer checks."""
        return self.filter(ground="glass")

    def unreviewed(self) -> Self:
        return self.by_glass().filter(glass_review=None)


class OfCitizenQuerySet(ScopedQuerySet[M]):
    """Rows about one citizen that a facility recorded."""

    place = "facility"

    def of(self, access: "CareAccess") -> Self:
        """Return one citizen's rows from every facility, given an open access."""
        return self.filter(citizen=access.citizen_id)


class ConsentQuerySet(OfCitizenQuerySet["Consent"]):
    """Reads of consents."""

    def allowing(self, on: date) -> Self:
        """Return those by which something may be done on a day; ``is_allowed`` tells why or why not.

        The last answer to a purpose counts: given, not run out, neither withdrawn nor asked back,
        and by nobody who has the processing restricted.
        """
        requests = self.rows_of("citizen").rows_of("data_requests")
        requests = requests.filter(citizen=OuterRef("citizen"))
        asked = requests.withdrawing(on).filter(
            purpose=OuterRef("purpose"), received_on__gte=OuterRef("given_on")
        )
        answers = self.model._default_manager.filter(
            citizen=OuterRef("citizen"), purpose=OuterRef("purpose"), given_on__lte=on
        ).order_by("-given_on", "-recorded_at", "-id")
        return self.filter(
            Q(withdrawn_on=None) | Q(withdrawn_on__gt=on),
            Q(valid_until=None) | Q(valid_until__gte=on),
            ~Exists(asked),
            ~Exists(requests.restricting(on)),
            answer="given",
            pk=Subquery(answers.values("pk")[:1]),
        )


class DataRequestQuerySet(OfCitizenQuerySet["DataRequest"]):
    """Reads of requests about one's data."""

    def open(self) -> Self:
        return self.filter(closed_on=None)

    def to_do(self) -> Self:
        """Return the open ones, and restrictions whose end waits for a decision."""
        waiting = self.rows_of("lifts").waiting().values("restriction")
        return self.filter(Q(closed_on=None) | Q(pk__in=waiting))

    def restricting(self, on: date) -> Self:
        """Return the restrictions of processing that hold on a day."""
        ended = self.rows_of("lifts").filter(restriction=OuterRef("pk"), lifted_on__lte=on)
        rows = self.filter(kind="restrict", outcome="done", closed_on__lte=on)
        return rows.exclude(Exists(ended))

    def withdrawing(self, on: date) -> Self:
        """Return the withdrawals received by a day and neither refused nor taken back by then."""
        rows = self.filter(kind="withdraw", received_on__lte=on)
        return rows.filter(Q(outcome__in=["", "done"]) | Q(closed_on__gt=on))

    def overdue(self, on: date) -> Self:
        """Return the open ones whose reply or whose term is late."""
        late_reply = Q(replied_on=None, reply_due_on__lt=on)
        return self.open().filter(late_reply | Q(due_on__lt=on))


class RestrictionLiftQuerySet(models.QuerySet["RestrictionLift"]):
    """Reads of proposals to end a restriction."""

    def waiting(self) -> Self:
        """Return those that nobody decided on."""
        return self.filter(decided_on=None)


class LegalHoldQuerySet(OfCitizenQuerySet["LegalHold"]):
    """Reads of legal holds."""

    def holding(self) -> Self:
        return self.filter(lifted_on=None)


class DisposalListQuerySet(ScopedQuerySet["DisposalList"]):
    """Reads of disposal lists."""

    place = "facility"

    def open(self) -> Self:
        return self.filter(decided_on=None)


class SensitiveQuerySet(ScopedQuerySet[M]):
    """Rows that carry a sensitivity class."""

    place = "facility"

    def open_to(self, *, sees_sensitive: bool) -> Self:
        """Leave out sensitive rows for those without the right."""
        return self if sees_sensitive else self.filter(sensitivity=Sensitivity.NONE)

    def of(self, access: "CareAccess") -> Self:
        """Return one citizen's rows from every facility, given an open access."""
        return self.filter(citizen=access.citizen_id)


class VisitQuerySet(SensitiveQuerySet["Visit"]):
    """Reads of visits."""

    def to_sign(self, *, sees_sensitive: bool) -> Self:
        """Return finished visits that nobody has signed, or of which something is not signed yet."""
        seals = self.rows_of("seal").filter(visit=OuterRef("pk"), amendment=None)
        return self.filter(
            ~Exists(seals) | self.signed_with_more(sees_sensitive=sees_sensitive),
            status="finished",
        )

    def signed_with_more(self, *, sees_sensitive: bool) -> Exists:
        """Say of a visit that something came after its signature, as this reader may know."""
        later = Q(has_later=True)
        if sees_sensitive:
            later |= Q(has_protected_later=True)
        return Exists(self.rows_of("seal").filter(later, visit=OuterRef("pk"), amendment=None))


class AmendmentQuerySet(models.QuerySet["VisitAmendment"]):
    """Reads of amendments."""

    def open(self) -> Self:
        return self.filter(closed_at=None)

    def with_class_before(self) -> Self:
        """Note as ``before`` the class of the signed version that each of them amends."""
        versions: Any = self.model._meta.get_field("visit").related_model._meta.get_field(
            "versions"
        )
        amended = versions.related_model.objects.filter(
            visit=OuterRef("visit"), number=OuterRef("based_on")
        )
        return self.annotate(before=Subquery(amended.values("sensitivity")[:1]))


class VisitPartQuerySet(SensitiveQuerySet[M]):
    """Reads of the parts of visits."""


class ReportQuerySet(SensitiveQuerySet[Any]):
    """Reads of result reports."""

    def standing(self) -> Self:
        """Leave out what was replaced, withdrawn with its file, or entered in error."""
        rows = self.filter(superseded_by=None, withdrawn_at=None)
        return rows.exclude(status="entered_in_error")

    def waiting_for_person(self) -> Self:
        """Return readings by AI that nobody has confirmed or rejected."""
        return self.standing().filter(is_ai=True, review="")


def outside_hidden_visits(rows: Any) -> Any:
    """Leave out what belongs to a visit of a sensitive class: nothing is more open than its visit."""
    held = {field.name: field for field in rows.model._meta.fields}.get("visit")
    if held is None:
        return rows
    shown = Q(visit__sensitivity=Sensitivity.NONE)
    return rows.filter(shown | Q(visit=None) if held.null else shown)


def of_held_visits(rows: Any) -> Any:
    """Leave out what belongs to a visit that was withdrawn or never held: it does not hold either."""
    return rows.exclude(visit__status__in=NOT_HELD)
