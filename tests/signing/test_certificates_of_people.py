"""A person's certificate: set up once under their own name, opened by nobody else, gone when withdrawn."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from portal.accounts.models import User
from portal.signing import services
from portal.signing.keys import open_file
from portal.signing.models import SigningCertificate
from tests.signing.conftest import AT, PASSWORD


def test_a_wrong_password_opens_nothing(clinician: User, certificate: SigningCertificate) -> None:
    with pytest.raises(ValidationError) as refused:
        services.open_key(actor=clinician, certificate=certificate, password="khong-dung", at=AT)
    assert refused.value.code == "certificate_password"
    assert "khong-dung" not in str(refused.value)


def test_nobody_opens_anothers_certificate(
    clerk: User, clinician: User, certificate: SigningCertificate
) -> None:
    with pytest.raises(ValidationError) as refused:
        services.open_key(actor=clerk, certificate=certificate, password=PASSWORD, at=AT)
    assert refused.value.code == "certificate_unusable"
    # Moved under another's name in the table, it opens as little.
    SigningCertificate.objects.update(user=clerk)
    with pytest.raises(ValidationError) as refused:
        services.open_key(actor=clerk, certificate=certificate, password=PASSWORD, at=AT)
    assert refused.value.code == "certificate_sealed_elsewhere"


def test_a_certificate_of_another_name_is_refused(clerk: User, certificate_file: bytes) -> None:
    with pytest.raises(ValidationError) as refused:
        services.add_file(actor=clerk, content=certificate_file, password=PASSWORD, at=AT)
    assert refused.value.code == "certificate_of_another"
    assert not SigningCertificate.objects.exists()


def test_an_expired_certificate_is_refused(clinician: User, certificate_file: bytes) -> None:
    with pytest.raises(ValidationError) as refused:
        services.add_file(
            actor=clinician,
            content=certificate_file,
            password=PASSWORD,
            at=AT + timedelta(days=301),
        )
    assert refused.value.code == "certificate_expired"


def test_the_same_certificate_is_set_up_once(
    clinician: User, certificate: SigningCertificate, certificate_file: bytes
) -> None:
    with pytest.raises(ValidationError):
        services.add_file(actor=clinician, content=certificate_file, password=PASSWORD, at=AT)
    services.withdraw(actor=clinician, certificate=certificate, at=AT)
    services.add_file(actor=clinician, content=certificate_file, password=PASSWORD, at=AT)
    assert SigningCertificate.objects.filter(withdrawn_at=None).count() == 1


def test_a_withdrawn_certificate_has_no_key_left(
    clinician: User, certificate: SigningCertificate
) -> None:
    services.withdraw(actor=clinician, certificate=certificate, at=AT)
    certificate.refresh_from_db()
    assert bytes(certificate.sealed) == b""
    with pytest.raises(ValidationError) as refused:
        services.open_key(actor=clinician, certificate=certificate, password=PASSWORD, at=AT)
    assert refused.value.code == "certificate_unusable"


@pytest.mark.parametrize(
    ("subject", "is_own"),
    [
        ("Nguyễn Văn An", True),
        ("NGUYEN VAN AN, 011085012345", True),
        ("Nguyễn Văn Anh", False),
        ("Trần Nguyễn Văn Anh", False),
    ],
)
def test_a_certificate_is_ones_own_by_whole_words(
    clerk: User, certificate_file: bytes, subject: str, is_own: bool
) -> None:
    clerk.full_name = "Nguyễn Văn An"
    person = replace(open_file(certificate_file, PASSWORD).person, subject=subject)
    if is_own:
        services.require_own_name(clerk, person)
        return
    with pytest.raises(ValidationError) as refused:
        services.require_own_name(clerk, person)
    assert refused.value.code == "certificate_of_another"
