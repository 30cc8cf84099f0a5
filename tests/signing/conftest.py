"""An authority made by code, and the certificate file of the clinician."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from portal.accounts.models import User
from portal.signing import services
from portal.signing.authority import Authority, Issued
from portal.signing.models import SigningCertificate

AT = datetime(2026, 11, 5, 1, 30, tzinfo=UTC)
PASSWORD = "mật khẩu chứng thư"


@pytest.fixture(scope="session")
def authority() -> Authority:
    return Authority.found(AT - timedelta(days=30))


@pytest.fixture(scope="session")
def doctor(authority: Authority) -> Issued:
    """The certificate of Đỗ Quang Hưng."""
    return authority.issue(
        "BS. ĐỖ QUANG HƯNG",
        since=AT - timedelta(days=10),
        until=AT + timedelta(days=300),
        number="011078002915",
    )


@pytest.fixture
def certificate_file(doctor: Issued, authority: Authority) -> bytes:
    return doctor.pkcs12(PASSWORD, [authority.root.certificate])


@pytest.fixture
def certificate(clinician: User, certificate_file: bytes) -> SigningCertificate:
    return services.add_file(actor=clinician, content=certificate_file, password=PASSWORD, at=AT)


@pytest.fixture
def trusting(settings: Any, tmp_path: Path, authority: Authority) -> Callable[..., None]:
    """Trust the authority here, with or without its list of revoked certificates."""
    folder = tmp_path / "trust"
    folder.mkdir()
    settings.SIGNING_TRUST = folder

    def trust(*revoked: int, with_list: bool = True) -> None:
        (folder / "root.pem").write_bytes(authority.root.pem())
        if with_list:
            (folder / "root.crl").write_bytes(authority.revocations(list(revoked), at=AT))

    return trust


@pytest.fixture(autouse=True)
def _papers_of_their_own(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"
