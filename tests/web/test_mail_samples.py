"""The pages on which a host reads every mail before members get it."""

import re
from html import unescape

import pytest

from podsched.mail.render import render
from podsched.sample.letters import SAMPLES
from podsched.services.mail_words import WORDS

each_sample = pytest.mark.parametrize("sample", SAMPLES, ids=[sample.name for sample in SAMPLES])


@pytest.fixture
def host(signed_in):
    return signed_in("hana", host=True)


def test_the_list_leads_to_every_mail_and_says_when_each_goes_and_to_whom(host):
    page = unescape(host.text("/host/mails"))
    links = re.findall(r'href="/host/mails/([^"]+)"', page)
    assert links == [sample.name for sample in SAMPLES]
    for words in WORDS.values():
        assert f"To {words.to}: {words.when}." in page
    assert 'href="/host/mails"' in host.text("/host")


@each_sample
def test_a_mail_is_shown_with_its_subject_its_text_and_its_html(host, sample):
    mail, page = render(sample.letter), host.get(f"/host/mails/{sample.name}")
    text = unescape(page.get_data(as_text=True))
    assert f"<strong>{mail.subject}</strong>" in text
    assert mail.text in text
    frame = re.search(r'<iframe [^>]*sandbox src="([^"]+)"', text)[1]
    assert host.text(frame) == mail.html.replace("<head>", '<head><base target="_blank">')
    assert page.headers["Content-Security-Policy"].endswith("; frame-ancestors 'none'; frame-src 'self'")


def test_the_html_of_a_mail_may_show_its_own_styles_and_nothing_else(host):
    assert host.get("/host/mails/check-in/html").headers["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox"
    )


@pytest.mark.parametrize("path", ["/host/mails/nothing", "/host/mails/nothing/html", "/host/mails/frame.html"])
def test_a_mail_we_do_not_send_is_not_there(host, path):
    assert host.get(path).status_code == 404
