"""The list of continuing training that a provider or a facility keeps: one row, one person's training."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from typing_extensions import override

from portal.intake.comparing import Staged
from portal.intake.copying import Pipe
from portal.intake.declaration import Column, Kind, Need, Table, Type
from portal.intake.handler import Consequences, Handler, Known, Row, Subject, Values
from portal.intake.models import StagedRow
from portal.intake.noting import keep_before, note, note_all, take_repetitions_once
from portal.intake.problems import Problem, of_first
from portal.intake.progress import Teller
from portal.intake.since import changed_since, kept_rows
from portal.names import display_name, name_norm
from portal.places.models import Organisation
from practitioners.approved import license_key
from practitioners.imports import rules
from practitioners.imports.decided import signed_since
from practitioners.imports.declared import KEEPER, tell_confirmed, tell_declared
from practitioners.models import PracticeLicense, Practitioner, Registration, TrainingActivity
from practitioners.querysets import holding_on
from practitioners.services import TrainingEntry, record_training
from practitioners.services.training import require_over
from practitioners.training import FORMS, convert

KEY = ("MACCHN", "TEN_HOAT_DONG", "DEN_NGAY")
NAMED_AT_MOST = 20
COLUMNS = {
    "hours": "SO_GIO", "form": "HINH_THUC", "started_on": "TU_NGAY", "ended_on": "DEN_NGAY",
}  # fmt: skip
UNKNOWN = Problem(
    "training_person_unknown",
    _("%(name)s with licence %(value)s does not practise at %(sender)s, as the register has it."),
    _("Check the number and the name; a new colleague's profile is sent first."),
    column="MACCHN",
)


class TrainingHandler(Handler):
    """A row is the sender's word: it counts at once, and confirms what the person declared."""

    @cached_property
    def _people(self) -> dict[tuple[int, str, str], list[Practitioner]]:
        """Return who practises at the sender or below it, by their licence numbers."""
        below = Organisation.objects.below(self.batch.organisation)
        here = Registration.objects.filter(holding_on(self.on), facility__in=below)
        licenses = PracticeLicense.objects.filter(
            Q(practitioner__in=here.values("practitioner"))
            | Q(practitioner__keeper=self.batch.organisation)
        ).select_related("practitioner")
        found: dict[tuple[int, str, str], list[Practitioner]] = {}
        for license in licenses:
            found.setdefault(license.key, []).append(license.practitioner)
        return found

    def _person(self, values: Values) -> Practitioner | None:
        key = license_key(str(values.get("MACCHN") or ""))
        name = name_norm(str(values.get("HO_TEN") or ""))
        people = self._people.get(key, ()) if key else ()
        return next((person for person in people if person.name_norm == name), None)

    @override
    def check_row(self, row: Row) -> Iterator[Problem]:
        values = row.values
        ended = values.get("DEN_NGAY")
        if not ended:
            return
        try:
            require_over(date.fromisoformat(ended), self.on)
            convert(
                form=values.get("HINH_THUC") or "",
                amount=number(values.get("SO_TIET")),
                hours=number(values.get("SO_GIO")),
                ended_on=date.fromisoformat(ended),
            )
        except ValidationError as refused:
            yield _told(refused)

    @override
    def check_all(self) -> None:
        take_repetitions_once(self.batch, KEY)
        rows = StagedRow.objects.filter(batch=self.batch, written_at=None).exclude(
            decision=StagedRow.Decision.WRONG
        )
        said, found = [], []
        for row in rows:
            person = self._person(row.values)
            if person is None:
                said.append((row, self._unknown(row.values)))
            else:
                row.subject_id = person.pk
                found.append(row)
        StagedRow.objects.bulk_update(found, ["subject_id"], batch_size=2_000)
        note_all(self.batch, said)

    def _unknown(self, values: Values) -> Problem:
        number_sent = str(values.get("MACCHN") or "–")
        params = {
            "name": display_name(str(values.get("HO_TEN") or "")),
            "value": number_sent,
            "sender": self.batch.organisation.name,
        }
        return Problem(
            UNKNOWN.code, UNKNOWN.message, UNKNOWN.remedy, params, UNKNOWN.severity, UNKNOWN.column
        )

    @override
    def known(self, keys: Sequence[str]) -> Mapping[str, Known]:
        rows = StagedRow.objects.filter(batch=self.batch, key__in=keys).exclude(subject_id=None)
        staged = {row.key: row for row in rows}
        people = {row.subject_id for row in staged.values()}
        held: dict[tuple[UUID | None, str, str], TrainingActivity] = {
            (one.practitioner_id, one.title, one.ended_on.isoformat()): one
            for one in TrainingActivity.objects.counting().filter(practitioner__in=people)
        }
        found = {}
        for key, row in staged.items():
            title = " ".join(str(row.values["TEN_HOAT_DONG"]).split())
            one = held.get((row.subject_id, title, row.values["DEN_NGAY"]))
            if one is not None:
                found[key] = Known(one.pk, {"DEN_NGAY": row.values["DEN_NGAY"]}, row.subject_id)
        return found

    @override
    def shape(self, row: Row) -> Values:
        """A training counts once: whatever else a list says of a known one changes nothing."""
        return {"DEN_NGAY": row.values.get("DEN_NGAY")}

    @override
    def look_at_changes(self) -> None:
        rows = StagedRow.objects.filter(
            batch=self.batch, written_at=None, decision=StagedRow.Decision.NEW
        ).exclude(subject_id=None)
        tell_declared(self.batch, [(row, entry_of(row.values)) for row in rows])

    @override
    def write(self, rows: Sequence[Staged], pipe: Pipe) -> Mapping[UUID, UUID]:
        people = Practitioner.objects.in_bulk([r.subject_id for r in rows if r.subject_id])
        declared = TrainingActivity.objects.waiting().filter(practitioner__in=people)
        before = KEEPER.look(list(declared.values_list("pk", flat=True)))
        written: dict[UUID, UUID] = {}
        for row in rows:
            if row.subject_id is None:
                continue
            try:
                with transaction.atomic():
                    written[row.pk] = record_training(
                        practitioner=people[row.subject_id],
                        entry=entry_of(row.values),
                        actor=self.batch.confirmed_by or self.batch.sent_by,
                        at=self.batch.confirmed_at or timezone.now(),
                        batch_id=self.batch.pk,
                    ).pk
            except ValidationError as refused:
                note(self.batch, StagedRow.objects.get(pk=row.pk), _told(refused))
        confirmed = {row: key for row, key in written.items() if key in before}
        after = KEEPER.look(list(confirmed.values()))
        changed = {row: (before[k], after[k]) for row, k in confirmed.items()}
        keep_before({row: KEEPER.change(*tables) for row, tables in changed.items()})
        tell_confirmed(self.batch, changed)
        return written

    @override
    def consequences(self) -> Consequences:
        kept = kept_rows(self.batch)
        own = TrainingActivity.objects.filter(batch_id=self.batch.pk)
        people = {row.subject_id for row in kept.values() if row.subject_id}
        named = {one.pk: one.title for one in TrainingActivity.objects.filter(pk__in=list(kept))}
        since = self.batch.written_at
        return Consequences(
            touched=[
                (_("trainings are taken out again"), own.count()),
                (_("trainings people declared wait for confirmation again"), len(kept)),
            ],
            obstacles=[
                *changed_since(self.batch, KEEPER, kept, named),
                *(signed_since({*people, *own.values_list("practitioner", flat=True)}, since)),
            ][:NAMED_AT_MOST],
        )

    @override
    def undo(self, at: datetime, teller: Teller) -> None:
        """Take the list's own trainings out; what a person had declared waits again."""
        KEEPER.give_back([row.before for row in kept_rows(self.batch).values() if row.before])
        TrainingActivity.objects.filter(batch_id=self.batch.pk).delete()

    @override
    def describe(self, ids: Iterable[UUID]) -> Mapping[UUID, Subject]:
        people = Practitioner.objects.filter(pk__in=list(ids))
        return {person.pk: Subject(title=person.name) for person in people}

    @override
    def summary(self, row: Row) -> Subject:
        return Subject(
            title=display_name(str(row.values.get("HO_TEN") or "")),
            about=str(row.values.get("TEN_HOAT_DONG") or ""),
        )


def _told(refused: ValidationError) -> Problem:
    """Return the first word of a refusal at the column it is about."""
    return of_first(refused, COLUMNS).in_column("TEN_HOAT_DONG")


def number(text: Any) -> Decimal | None:
    """Return a number of a staged row."""
    return Decimal(str(text)) if text not in {None, ""} else None


def entry_of(values: Mapping[str, Any]) -> TrainingEntry:
    """Return what a row says of a training."""
    begun = values.get("TU_NGAY")
    return TrainingEntry(
        title=values["TEN_HOAT_DONG"],
        ended_on=date.fromisoformat(values["DEN_NGAY"]),
        form=values.get("HINH_THUC") or "",
        role=values.get("VAI_TRO") or "",
        organiser=values.get("DON_VI_TC") or "",
        certificate_number=values.get("SO_GCN") or "",
        started_on=date.fromisoformat(begun) if begun else None,
        amount=number(values.get("SO_TIET")),
        hours=number(values.get("SO_GIO")),
    )


TRAINING_LIST = Kind(
    id="training",
    title=_("List of continuing training"),
    about=_("One row per person and training; it counts at once in the person's credit hours."),
    tables=(
        Table(
            name="CapNhatKienThuc",
            title="Cập nhật kiến thức y khoa liên tục",
            columns=(
                Column(name="STT", label="Số thứ tự", aliases=("TT",)),
                Column(name="MA_NV", label="Mã nhân viên", length=50),
                Column(
                    name="HO_TEN",
                    label="Họ và tên",
                    aliases=("Họ tên", "Họ tên nhân viên"),
                    type=Type.NAME,
                    length=255,
                    need=Need.REQUIRED,
                    example="Lò Văn Thoan",
                ),
                Column(
                    name="MACCHN",
                    label="Số giấy phép hành nghề",
                    aliases=("Mã CCHN", "Số CCHN", "Số GPHN", "Số chứng chỉ hành nghề"),
                    type=Type.IDENTIFIER,
                    rule=rules.license_number,
                    need=Need.REQUIRED,
                    example="001287/ĐB-GPHN",
                ),
                Column(
                    name="TEN_HOAT_DONG",
                    label="Tên hoạt động",
                    aliases=("Tên khóa học", "Nội dung", "Tên lớp"),
                    length=300,
                    need=Need.REQUIRED,
                    example="Siêu âm tim cơ bản",
                ),
                Column(
                    name="HINH_THUC",
                    label="Hình thức",
                    type=Type.CODE,
                    code_list=FORMS,
                    code_on="DEN_NGAY",
                    example="short_course",
                    about=_("code or title of the list; blank: the hours of the certificate"),
                ),
                Column(
                    name="VAI_TRO",
                    label="Vai trò",
                    aliases=("Chi tiết", "Chi tiết, vai trò"),
                    length=200,
                    example="Tham dự",
                ),
                Column(
                    name="DON_VI_TC",
                    label="Đơn vị tổ chức",
                    aliases=("Đơn vị, cá nhân chịu trách nhiệm", "Nơi tổ chức"),
                    length=200,
                    example="Bệnh viện Đa khoa tỉnh Điện Biên",
                ),
                Column(name="TU_NGAY", label="Ngày bắt đầu", aliases=("Từ ngày",), type=Type.DAY),
                Column(
                    name="DEN_NGAY",
                    label="Ngày kết thúc",
                    aliases=("Đến ngày",),
                    type=Type.DAY,
                    need=Need.REQUIRED,
                    example="29/05/2026",
                ),
                Column(
                    name="SO_TIET",
                    label="Số tiết",
                    aliases=("Số tiết, số buổi",),
                    type=Type.DECIMAL,
                    low=Decimal("0.1"),
                    high=Decimal(2000),
                    example="24",
                ),
                Column(
                    name="SO_GIO",
                    label="Số giờ tín chỉ",
                    aliases=("Số giờ tín chỉ quy đổi", "Giờ tín chỉ"),
                    type=Type.DECIMAL,
                    low=Decimal("0.1"),
                    high=Decimal(2000),
                    about=_("blank: converted from the lessons"),
                ),
                Column(
                    name="SO_GCN",
                    label="Số giấy chứng nhận",
                    aliases=("Số chứng nhận",),
                    length=60,
                ),
            ),
        ),
    ),
    key=KEY,
    handler=TrainingHandler,
    upload="submit_practitioners",
    confirm="submit_practitioners",
    sees="",
    noun=pgettext_lazy("rows of a file", "trainings"),
    order=44,
)
