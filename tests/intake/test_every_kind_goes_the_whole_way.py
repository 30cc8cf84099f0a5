"""Every kind of file goes the same way: sent by command or interface, answered, written, undone, sent again."""

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.accounts.services import give_role
from portal.admin import exports
from portal.intake import answering, services
from portal.intake.declaration import kind_of, kinds
from portal.intake.models import Answer, Batch, Finding
from portal.places.models import Organisation
from practitioners.models import Practitioner
from tests.conftest import SINCE, TODAY, make_user
from tests.intake.sending import NOW, counts, envelope, record, send, visit, workbook
from tests.intake.test_a_list_becomes_people import person
from tests.intake.test_check_ins import CHECK_IN, alone
from tests.intake.test_form_01_is_four_lists import leaver
from tests.intake.test_own_exports_come_back import exported
from tests.intake.test_staff_lists_become_profiles import FORM, staff, verified

__all__ = ["verified"]
pytestmark = pytest.mark.usefixtures("lists")


@dataclass(frozen=True)
class Case:
    """A good file of a kind, the place it is sent for, who sends it, and what was known before."""

    kind: str
    row: Mapping[str, Any] = field(default_factory=dict)
    place: str = "hospital"
    by: str = "data_officer"
    needs: tuple[str, ...] = ()
    xml: Callable[[], bytes] | None = None

    @property
    def name(self) -> str:
        return "tep.xml" if self.xml else "tep.xlsx"

    def content(self, **changed: Any) -> bytes:
        if self.xml:
            return self.xml()
        row = {**self.row, **changed}
        return workbook([row], headings=list(row), sheet=kind_of(self.kind).main.name)


LIST = {
    "DANH_MUC": "discharge_kinds",
    "HIEU_LUC_TU": "01/12/2026",
    "CAN_CU": "Thông tư thử",
    "MA": "1",
    "TEN": "Ra viện",
}
TRAINED = {
    "HO_TEN": "Lò Văn Thoan",
    "MACCHN": "001287/ĐB-GPHN",
    "TEN_HOAT_DONG": "Siêu âm tim",
    "DEN_NGAY": "29/05/2026",
    "SO_GIO": "8",
}
DEVICE = {"MA_TAI_SAN": "TB-01", "TEN_THIET_BI": "Huyết áp kế", "TINH_TRANG": "hỏng"}
LOT = {
    "MA_THUOC": "GANG",
    "TEN_THUOC": "Găng tay",
    "DON_VI_TINH": "đôi",
    "SO_LO": "G1",
    "SO_LUONG": "200",
}
FORM_01 = {**staff(), **FORM}
CASES = (
    Case("visits", visit()),
    Case("envelope", xml=lambda: envelope(record())),
    Case("check_ins", xml=lambda: alone(CHECK_IN)),
    Case("citizens", person()),
    Case(
        "facilities",
        {"MA_CSKCB": "11047", "TEN_CSKCB": "Trạm Y tế xã Mường Pồn"},
        "department",
        "licensing_officer",
    ),
    Case("practitioners", staff()),
    Case("form01", FORM_01),
    Case("form01_changed", FORM_01),
    Case("form01_added", FORM_01),
    Case("form01_report", leaver(), needs=("verified",)),
    Case("training", TRAINED, needs=("verified",)),
    Case("codes", LIST, "ministry", "administrator"),
    Case("equipment", DEVICE, "station", "head"),
    Case("stock", LOT, "station", "head"),
)
every_kind = pytest.mark.parametrize("case", CASES, ids=[case.kind for case in CASES])


@pytest.fixture
def head(station: Organisation) -> User:
    return make_user("tam", "Lò Thị Tâm", Role.STATION_HEAD, station)


@dataclass
class Way:
    """Where a case happens."""

    place: Organisation
    by: User


@pytest.fixture
def way(request: pytest.FixtureRequest, case: Case) -> Way:
    for name in case.needs:
        request.getfixturevalue(name)
    return Way(request.getfixturevalue(case.place), request.getfixturevalue(case.by))


def test_every_kind_that_is_registered_has_its_case() -> None:
    assert [case.kind for case in CASES if kind_of(case.kind)] == [case.kind for case in CASES]
    assert {kind.id for kind in kinds()} == {case.kind for case in CASES}


def brought(case: Case, way: Way, tmp_path: Path, content: bytes = b"") -> dict[str, Any]:
    """Bring the file in by the command, and return what it said."""
    path, out = tmp_path / case.name, io.StringIO()
    path.write_bytes(content or case.content())
    options = {"kind": case.kind, "facility": str(way.place.pk), "user": way.by.username}
    call_command("import_file", str(path), confirm=True, json=True, stdout=out, **options)
    said: dict[str, Any] = json.loads(out.getvalue())
    return said


def undone(batch: Batch, by: User) -> Batch:
    services.ask_to_undo(actor=by, batch=batch, reason="Gửi nhầm tệp")
    return services.undo_batch(batch.pk, at=NOW)


@every_kind
def test_it_is_brought_by_the_command_undone_and_brought_again(
    case: Case, way: Way, tmp_path: Path
) -> None:
    for _time in range(2):
        said = brought(case, way, tmp_path)
        assert (said["state"], said["written"], said["error"]) == ("written", 1, ""), said
        assert said["findings"] == [] or {f["severity"] for f in said["findings"]} == {"warning"}
        again = brought(case, way, tmp_path)
        assert (again["new"], again["changed"], again["written"]) == (0, 0, 0), again
        batch = undone(Batch.objects.get(pk=said["batch"]), way.by)
        assert batch.state == "undone"


@every_kind
def test_its_page_tells_what_undoing_touches(case: Case, way: Way, tmp_path: Path) -> None:
    batch = Batch.objects.get(pk=brought(case, way, tmp_path)["batch"])
    client = Client()
    client.force_login(way.by)
    page = client.get(reverse("intake:undo", args=[batch.pk]))
    assert page.status_code == 200
    told = services.handler_of(batch).consequences()
    assert any(count for _said, count in told.touched)
    assert told.obstacles == []
    assert all(str(said) in page.content.decode() for said, count in told.touched if count)


@every_kind
def test_it_is_sent_by_the_interface_and_confirmed(case: Case, way: Way) -> None:
    client = Client(headers={"accept": "application/json"})
    client.force_login(way.by)
    body = {"kind": case.kind, "organisation": str(way.place.pk)}
    body["file"] = SimpleUploadedFile(case.name, case.content())  # type: ignore[assignment]
    answer = client.post("/api/v1/uploads/", body)
    assert answer.status_code == 201, answer.content
    said = answer.json()
    services.read_batch(UUID(said["id"]), at=NOW)
    assert client.post(said["links"]["confirm"]).status_code == 202
    services.write_batch(UUID(said["id"]), at=NOW)
    assert client.get(said["links"]["self"]).json()["counts"]["written"] == 1
    told = client.get(said["links"]["undo"]).json()
    assert (told["obstacles"], any(one["count"] for one in told["touched"])) == ([], True)
    assert client.post(said["links"]["undo"], {"reason": " "}).status_code == 400
    assert client.post(said["links"]["undo"], {"reason": "Gửi nhầm tệp"}).status_code == 202
    assert services.undo_batch(UUID(said["id"]), at=NOW).state == "undone"


@every_kind
def test_a_row_without_what_it_needs_comes_back_marked(
    case: Case, way: Way, tmp_path: Path
) -> None:
    required = [column.name for column in kind_of(case.kind).main.required]
    column = required[-1]
    content = (
        case.content().replace(b"<NGAY_VAO>202611020805</NGAY_VAO>", b"<NGAY_VAO></NGAY_VAO>")
        if case.kind == "check_ins"
        else envelope(record(NGAY_VAO=""))
        if case.xml
        else case.content(**{column: None})
    )
    said = brought(case, way, tmp_path, content)
    assert (said["written"], said["wrong"]) == (0, 1), said
    [wrong] = [one for one in said["findings"] if one["severity"] == "error"]
    assert (wrong["column"], wrong["code"]) == (column, "cell_blank")
    batch = Batch.objects.get(pk=said["batch"])
    asked, _new = answering.ask_answer(batch=batch, open_=True, at=NOW)
    made = answering.make_answer(asked.pk, at=NOW)
    assert made.state == Answer.State.READY
    client = Client()
    client.force_login(way.by)
    given = b"".join(client.get(reverse("intake:answer", args=[batch.pk])).streaming_content)
    sheets = openpyxl.load_workbook(io.BytesIO(given)).sheetnames
    assert "Lỗi" in sheets


@every_kind
def test_a_place_that_does_not_send_it_is_refused(
    case: Case, way: Way, department: Organisation, station: Organisation, tmp_path: Path
) -> None:
    elsewhere = station if case.place in {"department", "ministry"} else department
    with pytest.raises(CommandError) as refused:
        brought(case, Way(elsewhere, way.by), tmp_path)
    assert elsewhere.name in str(refused.value)
    assert not Batch.objects.exists()


def test_a_leaver_s_file_counts_as_the_others_do(
    verified: Practitioner, data_officer: User, hospital: Organisation, tmp_path: Path
) -> None:
    case = next(case for case in CASES if case.kind == "form01_report")
    batch = Batch.objects.get(pk=brought(case, Way(hospital, data_officer), tmp_path)["batch"])
    assert counts(batch) == {"changed": 1}
    assert not Finding.objects.filter(batch=batch, severity="error").exists()


LEAVING = [
    pytest.param(case, model._meta.label_lower.replace(".", "_"), id=case.kind)
    for model, shapes in exports.offered().items()
    for shape in shapes
    for case in CASES
    if case.kind == shape.kind_id
]


@pytest.fixture
def everybody(ministry: Organisation) -> User:
    """Holds every role at the root: no list is closed for them."""
    user = make_user("tat.ca", "Người Đủ Quyền", Role.STATION_HEAD, ministry)
    for role in set(Role) - {Role.STATION_HEAD}:
        give_role(
            actor=None,
            user=user,
            role=role,
            organisation=ministry,
            valid_from=SINCE,
            today=TODAY,
        )
    return user


def test_every_kind_that_leaves_also_comes() -> None:
    leaving = {shape.kind_id for shapes in exports.offered().values() for shape in shapes}
    assert leaving == {param.id for param in LEAVING}
    assert leaving >= {"visits", "citizens", "practitioners", "facilities", "codes", "stock"}


# What is sent of practitioners stands in no list until the department has verified it; that their
# list comes back unchanged then is shown in test_own_exports_come_back.
AT_ONCE = [param for param in LEAVING if param.id not in {"practitioners", "form01"}]


@pytest.mark.parametrize("form", ["xlsx", "csv"])
@pytest.mark.parametrize(("case", "listed"), AT_ONCE)
def test_what_was_sent_leaves_and_comes_back_without_a_change(
    case: Case, way: Way, everybody: User, tmp_path: Path, listed: str, form: str
) -> None:
    brought(case, way, tmp_path)
    content = exported(everybody, listed, case.kind, form)
    said = {"by": everybody, "organisation": way.place, "kind": case.kind, "name": f"ra.{form}"}
    batch = send(content, **said, at=timezone.now())  # after the command, which has no other clock
    assert list(Finding.objects.filter(batch=batch, severity="error")) == []
    assert list(counts(batch)) == ["unchanged"]
    assert counts(batch)["unchanged"] >= 1
