"""Every mail as a mail program shows it, and the pages on which hosts read them."""

import shutil

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from podsched.mail.render import render
from podsched.models import MailKind
from podsched.sample.letters import SAMPLES

pytestmark = [
    pytest.mark.skipif(shutil.which("chromium") is None, reason="needs the distribution's Chromium"),
    pytest.mark.xdist_group("browser"),
]
WIDEST = 600
#: Rules for pages: a mail is no landmark, and its words stand under the mail program's own headings.
FOR_PAGES = {
    "region": {"enabled": False},
    "landmark-one-main": {"enabled": False},
    "document-title": {"enabled": False},
}


@pytest.mark.parametrize(("width", "scheme"), [(WIDEST, "dark"), (360, "light")])
def test_every_mail_fits_and_can_be_read(chromium, width, scheme):
    context = chromium.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page, found = context.new_page(), []
    for sample in SAMPLES:
        page.set_content(render(sample.letter).html)
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append(f"{sample.name}: scrolls sideways")
        rules = Axe().run(page, options={"rules": FOR_PAGES}).response["violations"]
        found += [f"{sample.name}: {rule['id']}: {rule['nodes'][0]['html'][:160]}" for rule in rules]
    context.close()
    assert found == []


def test_a_mail_is_never_wider_than_mail_programs_like(chromium):
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    widths = set()
    for sample in SAMPLES:
        page.set_content(render(sample.letter).html)
        widths.add(page.locator(".page").bounding_box()["width"])
    context.close()
    assert len(widths) == 1
    assert 500 < widths.pop() <= WIDEST


def test_a_host_reads_what_members_will_get(sample, host_state, visit, looks_right):
    page = visit(f"{sample.base}/host", state=host_state)
    page.get_by_role("link", name="The mails we send").click()
    expect(page.locator("main").get_by_role("heading", level=2)).to_have_count(len(MailKind))
    looks_right.in_every_way(page)
    page.get_by_role("link", name="Change of a meeting: cancelled").click()
    expect(page.get_by_role("definition").first).to_have_text("Alder pod: no meeting in week 3")
    mail = page.frame_locator("iframe")
    expect(mail.get_by_role("heading", name="The meeting of week 3 is cancelled")).to_be_visible()
    expect(mail.get_by_role("link", name="Open the pod page")).to_have_css("border-radius", "10px")
    looks_right.in_every_way(page)
