"""DKIM: what is signed is what arrives, and nothing of it can be changed."""

import re
from pathlib import Path

import dkim
import pytest

from podsched.app import create_app, house_of
from podsched.jobs.delivery import drain
from podsched.settings import SettingsError, read

KEY = Path(__file__).parent / "only-for-tests.pem"
#: What a domain publishes for it.
RECORD = (
    b"v=DKIM1; k=rsa; p="
    b"MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAk5cmo26jCi7+j+LSyCbUfi5aFIw5+Q/WqYD7b3ZPTcURpoTOgbpquM0+"
    b"umcxGzbMMkaUx8Tn9daJsqnP/WSzXhQkVq1e942vLL7UyTYp1pQ75VY3wq7gXdZEM0AOYRxw3WXoGdJxfN1RJoNr6RZUrOOnKQF1"
    b"snea5ngkMC83eLBJGhVQ7QB+eMUFoS/hM/wkkUxPzrq06+hSfnJ+nP2ilEbxQMVHu9SA+/toM6X9aXcy7FxpRaOUdq2o+44Dyvkc"
    b"635rbeMYd58lDZa/wxg9PBS+hfpT9P9bQ1CVfgnXh+RxTskYDNJ/+jidcpGxTfn7K8vRFKyjXguYUeoitFqDpwIDAQAB"
)


@pytest.fixture
def sent(environ, smtp_sink, request, time):
    """The bytes of each mail as a server got them."""
    arrived = []

    async def handle_data(_server, _session, envelope):
        arrived.append(envelope.original_content)
        return "250 Accepted"

    smtp_sink.handle_DATA = handle_data
    environ["MAIL_URL"] = f"smtp+plain://{smtp_sink.host}:{smtp_sink.port}"
    environ["PODSCHED_MAIL_FROM"] = "pods@pods.example.org"
    environ["PODSCHED_DKIM_KEY"] = str(KEY)
    environ["PODSCHED_DKIM_SELECTOR"] = "kitchen"
    app = request.getfixturevalue("app")
    request.getfixturevalue("pod")
    drain(app)
    assert len(arrived) == 12
    return arrived


def verifies(message, record):
    asked = []

    def dnsfunc(name, timeout=5):
        asked.append(name.decode())
        return record

    return dkim.verify(message, dnsfunc=dnsfunc), asked


def test_every_mail_is_signed_by_the_domain_it_comes_from(sent):
    for message in sent:
        assert verifies(message, RECORD) == (True, ["kitchen._domainkey.pods.example.org."])


@pytest.mark.parametrize(
    ("old", "new"),
    [(b"Subject: ", b"Subject: Not "), (b"pod", b"cat"), (b"From: ", b"From: Evil "), (b"To: ", b"To: x")],
)
def test_a_mail_that_was_changed_on_its_way_is_known(sent, old, new):
    head, _, body = sent[-1].partition(b"From: ")
    changed = head + (b"From: " + body).replace(old, new, 1)
    assert verifies(changed, RECORD)[0] is False


def test_what_stops_mail_is_signed_with_it(sent):
    signed = [re.search(rb"[; ]h=([^;]*)", message.replace(b"\r\n ", b""))[1] for message in sent]
    assert {b"from", b"subject", b"message-id", b"auto-submitted"} <= set(signed[0].replace(b" ", b"").split(b":"))


@pytest.mark.parametrize(
    ("content", "says"), [("", "holds no RSA key"), (None, "cannot be read"), ("-----BEGIN", "holds no")]
)
def test_a_key_that_cannot_sign_is_refused_at_the_start(environ, tmp_path, content, says):
    path = tmp_path / "key"
    if content is not None:
        path.write_text(content)
    with pytest.raises(SettingsError, match=says):
        read(environ | {"PODSCHED_DKIM_KEY": str(path)})


def test_a_selector_that_is_no_name_is_refused(environ):
    with pytest.raises(SettingsError, match="is no name"):
        read(environ | {"PODSCHED_DKIM_SELECTOR": "a b"})


def test_the_key_is_in_no_representation(environ):
    settings = read(environ | {"PODSCHED_DKIM_KEY": str(KEY)})
    assert "PRIVATE" not in repr(settings)
    assert house_of(create_app(settings)).settings.dkim.selector == "podsched"
