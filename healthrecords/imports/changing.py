"""What becomes of a visit that is known already, when a later file says it anew?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import F, OuterRef, Subquery
from django.utils import timezone

from healthrecords.imports import filed, results, signed, undoing
from healthrecords.imports.record import (
    VISIT_FIELDS,
    is_whole,
    measures_said,
    vitals_of,
)
from healthrecords.models import Diagnosis, Medication, Visit, VisitNote, VitalSigns
from healthrecords.services.amending import amend_by_file
from healthrecords.services.entries import MEASURED
from healthrecords.services.inheriting import inherit_sensitivity
from portal.codelists.lookup import lists_held
from portal.codelists.sensitivity import sensitivity_of, strictest
from portal.intake.comparing import Staged, row_of
from portal.intake.handler import Row
from portal.intake.models import StagedRow

if TYPE_CHECKING:
    from healthrecords.imports.writing import Writer

FIELDS = (
    *VISIT_FIELDS, "started_at", "ended_at", "status", "next_visit_on", "practitioner_numbers",
    "sensitivity", "batch_id",
)  # fmt: skip
Replaced = dict[str, list[UUID]]


def change(writer: Writer, rows: Sequence[Staged]) -> None:
    """Write what rows say anew of known visits; what they were is kept with each row, for an undo.

    Those that are signed get an amendment, and wait for their signer; where the papers alone are
    others, nothing that was signed changes.
    """
    known = Visit.objects.select_for_update().in_bulk([row.target_id for row in rows])
    as_signed = signed.with_papers_alone(rows, known)
    whole = [row for row in rows if row.target_id not in as_signed]
    papers_alone = [row for row in rows if row.target_id in as_signed]
    undoing.keep_before([row.pk for row in whole], papers_alone=[row.pk for row in papers_alone])
    filed.keep_before([row.pk for row in rows])
    _write(writer, whole, {key: visit for key, visit in known.items() if key not in as_signed})
    Visit.objects.filter(pk__in=as_signed).update(batch_id=writer.batch.pk)
    told = [(row, known[row.target_id]) for row in rows]
    results.replace(writer, told)
    writer.filing.replace(told)


def _write(writer: Writer, rows: Sequence[Staged], known: Mapping[Any, Visit]) -> None:
    """Let visits and their parts say what rows say."""
    undoing.bring_back(v.pk for v in known.values() if v.status == Visit.Status.WITHDRAWN)
    amend_by_file(
        known,
        actor=writer.batch.sent_by,
        batch_id=writer.batch.pk,
        name=writer.batch.file_name,
        at=writer.batch.confirmed_at or timezone.now(),
    )
    vitals = {one.visit_id: one for one in VitalSigns.objects.filter(visit__in=list(known))}
    replaced: Replaced = defaultdict(list)
    writer.followed.update(known)
    writer.filing.look_at_notes(known)
    for row in rows:
        _fill(known[row.target_id], writer, row)
    _protect_what_stays(writer, rows, known)
    for row in rows:
        visit = known[row.target_id]
        _change_parts(visit, writer, row, vitals.get(visit.pk), replaced)
    Visit.objects.bulk_update(known.values(), FIELDS, batch_size=500)
    inherit_sensitivity(known.values())
    VitalSigns.objects.filter(visit__in=list(known)).delete()
    Medication.objects.filter(visit__in=replaced["medicines"]).delete()
    VisitNote.objects.filter(visit__in=replaced["notes"]).delete()
    for rank in Diagnosis.Rank:
        Diagnosis.objects.filter(visit__in=replaced[rank], rank=rank).delete()
    _let_follow(known)


@lists_held()
def _protect_what_stays(writer: Writer, rows: Sequence[Staged], known: Mapping[Any, Visit]) -> None:
    """Let a visit be as protected as what stands of it beside what its row says anew.

    A file that has no column of medicines or reasons takes none away, nor what they betray.
    """
    words = writer.words
    stays: dict[UUID, set[str]] = defaultdict(set)
    replaced = {row.target_id: replaced_by(row_of(row)) for row in rows}
    for one in Diagnosis.objects.filter(visit__in=list(known)):
        if one.rank not in replaced[one.visit_id]:
            on = timezone.localdate(known[one.visit_id].ended_at or known[one.visit_id].started_at)
            stays[one.visit_id] |= {words.of_diagnosis(one), sensitivity_of([one.code], on=on)}
    for given in Medication.objects.filter(visit__in=list(known)):
        if "medicines" not in replaced[given.visit_id]:
            stays[given.visit_id].add(words.of_prescribed(given))
    raised: dict[str, list[UUID]] = defaultdict(list)
    for row in rows:
        visit = known[row.target_id]
        own = strictest({row.sensitivity, words.of_row(visit), *stays[visit.pk]})
        if own != row.sensitivity:
            row.sensitivity = visit.sensitivity = own
            raised[own].append(row.pk)
    for own, keys in raised.items():
        StagedRow.objects.filter(pk__in=keys).update(sensitivity=own)


def _let_follow(visits: Mapping[UUID, Visit]) -> None:
    """Let the parts that stay have the class that their visit has now, as those written anew have."""
    now = Visit.objects.filter(pk=OuterRef("visit")).values("sensitivity")
    for model in (Diagnosis, Medication):
        rows: Any = model.objects.filter(visit__in=list(visits))
        rows.exclude(sensitivity=F("visit__sensitivity")).update(sensitivity=Subquery(now))


def _fill(visit: Visit, writer: Writer, row: Staged) -> None:
    said = writer.said(row)
    if "MA_LOAI_KCB" not in row.values:
        del said["kind"]
    for name, value in said.items():
        setattr(visit, name, value)
    if visit.status == Visit.Status.WITHDRAWN:
        is_over = visit.ended_at is not None
        visit.status = Visit.Status.FINISHED if is_over else Visit.Status.IN_PROGRESS


def _change_parts(
    visit: Visit, writer: Writer, row: Staged, older: VitalSigns | None, replaced: Replaced
) -> None:
    read, whole = row_of(row), (visit.pk, visit.citizen_id, visit.facility_id, row.sensitivity)
    names = replaced_by(read)
    for name in names:
        replaced[name].append(visit.pk)
    writer.diagnoses(row, whole, names)
    if "medicines" in names:
        writer.medicines(row, whole)
        writer.filing.add_notes(row, whole, visit.started_at)
    # Measures stand beside those that an older sending brought and this one does not name.
    kept = {} if older is None else {name: getattr(older, name) for name in MEASURED}
    kept |= dict.fromkeys(measures_said(read)) | vitals_of(read)
    if any(value is not None for value in kept.values()):
        at = writer.measured_at(row, visit.started_at)
        writer.part(VitalSigns, whole, measured_at=at, **kept)


def replaced_by(row: Row) -> list[str]:
    """Return which parts of a known visit a row takes the place of."""
    columns = {"main": "MA_BENH_CHINH", "other": "MA_BENH_KT", "traditional": "MA_BENH_YHCT"}
    replaced = [rank for rank, name in columns.items() if name in row.values]
    return [*replaced, "medicines", "notes"] if is_whole(row) else replaced
