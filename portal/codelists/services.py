"""Writes on code lists: publish a dated version, keep the holidays of a year."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.codelists.models import Code, CodeList, CodeListVersion
from portal.codelists.tables import Row

ONE_DAY = timedelta(days=1)
BATCH = 2_000


@dataclass(frozen=True, slots=True)
class Edition:
    """What a version says about itself: since when, by which law, from which file."""

    valid_from: date
    legal_basis: str
    valid_until: date | None = None
    lawful_until: date | None = None
    source: str = ""
    is_verified: bool = False
    note: str = ""
    origin: str = CodeListVersion.Origin.UPLOADED
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """How a new version differs from the one that holds before it."""

    new: tuple[str, ...]
    changed: tuple[str, ...]
    valued: tuple[str, ...]  # of the same title, with another value in a further column
    gone: tuple[str, ...]
    unchanged: int


def compare(*, code_list: CodeList, rows: Sequence[Row], on: date) -> Difference:
    """Compare a file's rows with the codes that hold on the day before ``on``, or else on it."""
    versions = code_list.versions.all()
    before = versions.holding(on - ONE_DAY).first() or versions.holding(on).first()
    held = Code.objects.filter(version=before) if before else Code.objects.none()
    old = {
        code: (title, said) for code, title, said in held.values_list("code", "title", "attributes")
    }
    new = {row.code: (row.title, dict(row.attributes)) for row in rows}
    kept = old.keys() & new.keys()
    changed = tuple(sorted(code for code in kept if old[code][0] != new[code][0]))
    valued = tuple(sorted(code for code in kept - {*changed} if old[code] != new[code]))
    return Difference(
        new=tuple(sorted(new.keys() - old.keys())),
        changed=changed,
        valued=valued,
        gone=tuple(sorted(old.keys() - new.keys())),
        unchanged=len(kept) - len(changed) - len(valued),
    )


@transaction.atomic
def keep_list(*, key: str, title: str, standard: str = "") -> CodeList:
    """Create a list, or give it its present title."""
    code_list = CodeList.objects.select_for_update().filter(key=key).first() or CodeList(key=key)
    if code_list._state.adding or (code_list.title, code_list.standard) != (title, standard):
        code_list.title, code_list.standard = title, standard
        code_list.full_clean()
        code_list.save()
    return code_list


@transaction.atomic
def publish_version(
    *, code_list: CodeList, rows: Sequence[Row], edition: Edition
) -> CodeListVersion:
    """Let a version of ``code_list`` hold from its day; the one before ends the day before.

    A version of that very day is refused: what held once is kept as it was.
    """
    CodeList.objects.select_for_update().get(pk=code_list.pk)
    versions = code_list.versions.all()
    if versions.filter(valid_from=edition.valid_from).exists():
        raise ValidationError(
            _("A version of this list already begins on %(day)s; choose another day."),
            code="version_day_taken",
            params={"day": edition.valid_from.strftime("%d/%m/%Y")},
        )
    versions.filter(
        Q(valid_until=None) | Q(valid_until__gte=edition.valid_from),
        valid_from__lt=edition.valid_from,
    ).update(valid_until=edition.valid_from - ONE_DAY)
    later = versions.filter(valid_from__gt=edition.valid_from).order_by("valid_from").first()
    until = edition.valid_until
    if later is not None:
        until = min(until or date.max, later.valid_from - ONE_DAY)
    version = CodeListVersion(
        code_list=code_list,
        valid_from=edition.valid_from,
        valid_until=until,
        lawful_until=edition.lawful_until,
        legal_basis=edition.legal_basis,
        source=edition.source,
        is_verified=edition.is_verified,
        note=edition.note,
        origin=edition.origin,
        digest=edition.digest,
    )
    version.full_clean()
    version.save(force_insert=True)
    _write_codes(version, rows)
    return version


@transaction.atomic
def mend_version(
    *, version: CodeListVersion, rows: Sequence[Row], edition: Edition
) -> CodeListVersion:
    """Set a version right from a corrected file of the same day; its key stays."""
    version = CodeListVersion.objects.select_for_update().get(pk=version.pk)
    version.legal_basis, version.source = edition.legal_basis, edition.source
    version.is_verified, version.note = edition.is_verified, edition.note
    version.digest, version.lawful_until = edition.digest, edition.lawful_until
    version.full_clean()
    version.save()
    version.codes.all().delete()
    _write_codes(version, rows)
    return version


def _write_codes(version: CodeListVersion, rows: Iterable[Row]) -> None:
    Code.objects.bulk_create(
        (
            Code(
                version=version,
                code=row.code,
                title=row.title,
                parent_code=row.parent,
                position=position,
                words=row.words,
                attributes=dict(row.attributes),
                valid_from=row.valid_from if row.valid_from != version.valid_from else None,
                valid_until=row.valid_until,
            )
            for position, row in enumerate(rows, start=1)
        ),
        batch_size=BATCH,
    )
