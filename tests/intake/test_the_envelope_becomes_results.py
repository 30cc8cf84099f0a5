"""The lines of laboratory, imaging and services of an envelope become results and procedures."""

from collections.abc import Mapping, Sequence
from datetime import date

import pytest

from healthrecords.models import DiagnosticReport, Procedure, Result, Visit
from healthrecords.services.judging import LIST
from portal.accounts.models import User
from portal.codelists.models import CodeList
from portal.codelists.services import Edition, publish_version
from portal.codelists.tables import Row
from portal.intake import services
from portal.intake.models import Batch, Finding, StagedRow
from portal.places.models import Organisation
from tests.intake.envelopes import RESULT, service, whole, written
from tests.intake.sending import NOW, confirm, counts, envelope, send

pytestmark = pytest.mark.usefixtures("lists", "registers")
Line = dict[str, str]
IMAGING: Mapping[str, str] = {
    "MA_DICH_VU": "18.0119.0028",
    "TEN_CHI_SO": "X-quang ngực thẳng",
    "GIA_TRI": "",
    "MO_TA": "Hai phế trường sáng đều.",
    "KET_LUAN": "Chưa thấy bất thường.",
    "NGAY_KQ": "202611020900",
    "MA_BS_DOC_KQ": "000001/HNO-CCHN",
}


def result(stt: int = 1, **changed: str) -> Line:
    return {"STT": str(stt), **RESULT, **changed}


def imaging(stt: int = 2, **changed: str) -> Line:
    return {"STT": str(stt), **IMAGING, **changed}


def bring(officer: User, hospital: Organisation, lines: Sequence[Line], **said: str) -> Batch:
    """Send an envelope of one record with these lines of XML4, and have it written."""
    batch = read(officer, hospital, lines, **said)
    return confirm(batch, officer)


def read(officer: User, hospital: Organisation, lines: Sequence[Line], **said: str) -> Batch:
    services_ = [service(), service(2, MA_NHOM="18", MA_DICH_VU="10.1", TEN_DICH_VU="Thay băng")]
    content = envelope(written(whole(services=services_, more={"XML4": list(lines)}, **said)))
    return send(content, by=officer, organisation=hospital, kind="envelope", name="hoso.xml")


def undo(batch: Batch, by: User) -> None:
    services.ask_to_undo(actor=by, batch=batch, reason="Gửi nhầm tệp")
    services.undo_batch(batch.pk, at=NOW)


def standing() -> dict[str, str]:
    """What reports in force say, by title."""
    return {
        report.title: "; ".join(report.results.values_list("value", flat=True)) or report.conclusion
        for report in DiagnosticReport.objects.standing().order_by("title")
    }


def test_a_laboratory_line_becomes_a_judged_value_under_its_service(
    data_officer: User, hospital: Organisation
) -> None:
    bring(data_officer, hospital, [result(GIA_TRI="12,4")])
    report = DiagnosticReport.objects.get()
    assert (report.title, report.kind, report.status) == (
        "Định lượng Glucose",
        "laboratory",
        "final",
    )
    assert (report.origin, report.visit, report.facility) == ("file", Visit.objects.get(), hospital)
    value = report.results.get()
    assert (value.test, value.value, str(value.number)) == ("glucose", "12,4", "12.40000")
    assert (value.flag, value.limits_from, value.unit) == ("high", "list", "mmol/L")
    assert value.citizen_id == report.citizen_id


def test_the_lines_of_one_service_and_time_are_one_report(
    data_officer: User, hospital: Organisation
) -> None:
    blood = {"MA_DICH_VU": "22.0121.1369", "NGAY_KQ": "202611020840", "DON_VI_DO": "G/L"}
    lines = [
        result(),
        result(2, TEN_CHI_SO="WBC", GIA_TRI="12.1", **blood),
        result(3, TEN_CHI_SO="PLT", GIA_TRI="240", **blood),
    ]
    bring(data_officer, hospital, lines)
    assert sorted(r.results.count() for r in DiagnosticReport.objects.all()) == [1, 2]
    assert list(Result.objects.filter(test="wbc").values_list("flag", flat=True)) == ["high"]


def test_an_imaging_line_becomes_a_report_in_words(
    data_officer: User, hospital: Organisation
) -> None:
    bring(data_officer, hospital, [imaging()])
    report = DiagnosticReport.objects.get()
    assert (report.kind, report.conclusion) == ("imaging", "Chưa thấy bất thường.")
    assert (report.results.count(), report.is_ai) == (0, False)


def test_a_line_without_a_value_waits_and_its_value_comes_with_a_later_file(
    data_officer: User, hospital: Organisation
) -> None:
    bring(data_officer, hospital, [result(GIA_TRI="", NGAY_KQ="")])
    waiting = DiagnosticReport.objects.get()
    assert waiting.status == "registered"
    later = read(data_officer, hospital, [result(GIA_TRI="5.4")])
    assert counts(later) == {"changed": 1}
    confirm(later, data_officer)
    waiting.refresh_from_db()
    assert waiting.superseded_by is not None
    assert (waiting.superseded_by.status, standing()) == ("final", {"Định lượng Glucose": "5.4"})


def test_a_service_of_surgery_or_intervention_becomes_a_procedure(
    data_officer: User, hospital: Organisation
) -> None:
    bring(data_officer, hospital, [result()])
    done = Procedure.objects.get()
    assert (done.title, done.kind, done.code) == ("Thay băng", "intervention", "10.1")
    assert f"{done.performed_at:%Y%m%d%H%M}" == "202611020115"  # 08:15 in Vietnam


def test_the_same_file_again_changes_nothing(data_officer: User, hospital: Organisation) -> None:
    bring(data_officer, hospital, [result(), imaging()])
    again = read(data_officer, hospital, [result(), imaging()])
    assert counts(again) == {"unchanged": 1}


def test_a_mended_value_takes_the_old_ones_place_and_both_are_kept(
    data_officer: User, hospital: Organisation
) -> None:
    bring(data_officer, hospital, [result(GIA_TRI="5.4"), imaging()])
    film = DiagnosticReport.objects.get(kind="imaging")
    bring(data_officer, hospital, [result(GIA_TRI="6.1"), imaging()])
    assert standing()["Định lượng Glucose"] == "6.1"
    assert DiagnosticReport.objects.filter(superseded_by__status="amended").count() == 1
    assert Result.objects.count() == 2
    film.refresh_from_db()
    assert film.is_current


def test_an_undone_sending_gives_back_what_it_replaced(
    data_officer: User, hospital: Organisation
) -> None:
    bring(data_officer, hospital, [result(GIA_TRI="5.4"), imaging()])
    before, done = standing(), Procedure.objects.filter(withdrawn_at=None).count()
    second = bring(data_officer, hospital, [result(GIA_TRI="6.1")])
    assert standing() == {"Định lượng Glucose": "6.1"}
    undo(second, data_officer)
    assert standing() == before
    assert Procedure.objects.filter(withdrawn_at=None).count() == done


def test_an_undone_file_withdraws_its_results_and_sent_again_brings_them_back(
    data_officer: User, hospital: Organisation
) -> None:
    first = bring(data_officer, hospital, [result(), imaging()])
    before = standing()
    undo(first, data_officer)
    assert (standing(), Procedure.objects.filter(withdrawn_at=None).exists()) == ({}, False)
    again = bring(data_officer, hospital, [result(), imaging()])
    assert standing() == before
    assert DiagnosticReport.objects.count() == 2
    undo(again, data_officer)
    assert standing() == {}


def test_an_hiv_test_is_protected_though_its_visit_is_not(
    data_officer: User, hospital: Organisation
) -> None:
    lines = [result(), result(2, MA_DICH_VU="24.0169", TEN_CHI_SO="HIV Ab test nhanh")]
    bring(data_officer, hospital, lines)
    assert Visit.objects.get().sensitivity == ""
    classes = dict(Result.objects.values_list("name", "sensitivity"))
    assert classes == {"Glucose": "", "HIV Ab test nhanh": "hiv"}
    lines[1]["GIA_TRI"] = "Dương tính"
    changed = read(data_officer, hospital, lines)
    told = str(StagedRow.objects.get(batch=changed).changes)
    assert "HIV" not in told
    assert "Dương tính" not in told


def test_a_time_that_cannot_be_read_does_not_cost_the_result(
    data_officer: User, hospital: Organisation
) -> None:
    bring(data_officer, hospital, [result(NGAY_KQ="202613450000")])
    assert standing() == {"Định lượng Glucose": "5.4"}


def test_a_value_that_cannot_be_is_kept_and_its_sender_told(
    data_officer: User, hospital: Organisation
) -> None:
    lines = [
        result(1, GIA_TRI="142"),
        result(2, GIA_TRI="142", DON_VI_DO="mg/dL", NGAY_KQ="202611020831"),
        result(3, TEN_CHI_SO="Tải lượng HIV", GIA_TRI="-5", DON_VI_DO="bản sao/mL"),
    ]
    batch = read(data_officer, hospital, lines)
    told = Finding.objects.filter(batch=batch, code="result_impossible")
    assert [(one.severity, one.value) for one in told] == [("warning", "142")]
    assert told.get().params["value"] == "142 mmol/L"
    confirm(batch, data_officer)
    assert sorted(Result.objects.values_list("value", flat=True)) == ["-5", "142", "142"]


def test_a_value_is_judged_by_the_tests_of_the_day_it_was_measured(
    data_officer: User, hospital: Organisation
) -> None:
    """The list changed between the visit (02/11) and the day the file came (05/11)."""
    tests = CodeList.objects.get(key=LIST)
    [held] = tests.versions.all()
    rows = [
        Row(c.code, c.title, attributes={**c.attributes, "impossible_high": "5"})
        for c in held.codes.all()
    ]
    publish_version(
        code_list=tests,
        rows=rows,
        edition=Edition(valid_from=date(2026, 11, 4), legal_basis="Thử"),
    )
    batch = read(data_officer, hospital, [result(GIA_TRI="12")])
    assert not Finding.objects.filter(batch=batch, code="result_impossible").exists()
