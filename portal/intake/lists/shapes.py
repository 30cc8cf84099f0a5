"""How do code lists leave as a file of code lists: each whole, as it holds today?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.codelists.models import Code, CodeList, CodeListVersion
from portal.intake.lists.rows import known_of
from portal.intake.shapes import Said, Shape

DAYS = ("TU_NGAY", "DEN_NGAY")


class CodesShape(Shape):
    """The versions of lists that hold on the day of the export."""

    kind_id = "codes"
    about = _("Each list whole, in the version that holds today.")

    @override
    def said(self, rows: Sequence[CodeList]) -> Iterator[Said]:
        versions = {
            version.code_list_id: version
            for version in CodeListVersion.objects.holding(self.on).filter(code_list__in=rows)
        }
        codes = Code.objects.filter(version__in=list(versions.values()))
        by_version: dict[object, list[Code]] = {}
        for code in codes.defer("words", "words_norm").order_by("position", "code").iterator():
            by_version.setdefault(code.version_id, []).append(code)
        for row in rows:
            version = versions.get(row.pk)
            if version is not None:
                for code in by_version.get(version.pk, ()):
                    yield _said(row, version, code)


def _said(row: CodeList, version: CodeListVersion, code: Code) -> Said:
    known = known_of(code)
    return {
        **known,
        **{name: _day(known[name]) for name in DAYS},
        "DANH_MUC": row.key,
        "HIEU_LUC_TU": f"{version.valid_from:%d/%m/%Y}",
        "CAN_CU": version.legal_basis,
        "MA": code.code,
        "NGUON": version.source,
    }


def _day(text: str) -> str:
    return f"{text[8:10]}/{text[5:7]}/{text[:4]}" if text else ""
