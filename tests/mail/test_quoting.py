"""What somebody wrote in a reply, as the mail programs people have send it."""

from time import process_time

import pytest

from podsched.mail.plain import text_of
from podsched.mail.quoting import own_words

OURS = """== Reply above this line ==

What is the one thing you want done by Friday?

Your goal: Finish the shed

Answer with one press (done, partly, not today):
https://pods.example.org/check-in/signed

Take a break: https://pods.example.org/me/1/pause
"""
QUOTED = "".join(f"> {line}\n" for line in OURS.splitlines())
UNDER = {
    "gmail": f"On Mon, 18 Jan 2027 at 09:00, Alder pod <podsched+c.1@example.org> wrote:\n{QUOTED}",
    "gmail, folded": f"On Mon, 18 Jan 2027 at 09:00, Alder pod\n<podsched+c.1@example.org> wrote:\n\n{QUOTED}",
    "thunderbird, german": f"Am 18.01.27 um 09:00 schrieb Alder pod:\n{QUOTED}",
    "apple, french": f"Le 18 janv. 2027 à 09:00, Alder pod <p@example.org> a écrit :\n\n{QUOTED}",
    "gmail, polish": f"Dnia 18 sty 2027 o 09:00 Alder pod napisał(a):\n{QUOTED}",
    "outlook": f"From: Alder pod <podsched+c.1@example.org>\nSent: Monday, 18 January 2027 09:00\nTo: Ivy <ivy@example.net>\nSubject: Alder pod\n\n{OURS}",
    "unknown program": OURS,
    "quotes alone": QUOTED,
    "outlook, ruled": f"{'_' * 32}\nFrom: Alder pod <p@example.org>\nSent: Monday\n\n{OURS}",
}
SIGNED = {
    "nothing": "",
    "signature": "\n-- \nIvy Long\nCarpenter\n",
    "phone": "\nSent from my iPhone\n",
    "greeting": "\nBest regards,\nIvy\n",
    "telefon": "\nGesendet von meinem iPhone\n",
}


@pytest.mark.parametrize("under", UNDER.values(), ids=UNDER)
@pytest.mark.parametrize("signed", SIGNED.values(), ids=SIGNED)
@pytest.mark.parametrize(
    "words",
    [
        "The roof is on",
        "Done: the roof is on.\nDo: the door.\nTake the dog out tomorrow.",
        "- the roof\n- the door",
        "The roof is on.\nThanks, Bo, for the nails!\nBest, by far.",
        "屋根ができた",
    ],
)
def test_the_words_above_are_all_that_is_taken(words, signed, under):
    assert own_words(f"{words}\n{signed}\n{under}") == words


@pytest.mark.parametrize("under", UNDER.values(), ids=UNDER)
def test_a_reply_without_words_has_none(under):
    assert own_words(under) == own_words(f"\n\n{under}") == ""


def test_a_greeting_alone_is_what_somebody_wanted_to_say():
    assert own_words(f"Thanks!\n\n{UNDER['gmail']}") == "Thanks!"


def test_words_below_the_quoted_mail_are_found():
    assert own_words(f"{UNDER['gmail']}\nThe roof is on\n") == "The roof is on"


def test_words_that_are_wrapped_or_long_come_whole():
    long = " ".join(f"word{number}" for number in range(120))
    assert own_words(f"{long}\n\n{UNDER['outlook']}").split() == long.split()


def test_a_quoted_line_that_is_long_is_quoted_to_its_end():
    assert own_words(f"Mine\n> {'theirs ' * 100}\n") == "Mine"


@pytest.mark.parametrize(
    "piece",
    [
        "On a ", "Am x schrieb ", "Am x schrieb\n", "\n", "> > ", "a > > ", "From: x\n", "2020年1月1日", "- -\n",
        "On x\nwrote: a\n", "Le x a écrit a: ", "Warning: mail ", "_", " \n ",
    ],
)  # fmt: skip
def test_text_that_is_made_to_take_for_ever_does_not(piece):
    """The library alone takes minutes over four thousand characters of the second one."""
    began = process_time()
    own_words(piece * 20_000)
    assert process_time() - began < 5


GMAIL = (
    '<div dir="ltr">Done: the <b>roof</b> is&nbsp;on &amp; dry</div><br><div class="gmail_quote"><div dir="ltr" class='
    '"gmail_attr">On Mon, 18 Jan 2027 at 09:00, Alder pod &lt;<a href="mailto:p@example.org">p@example.org</a>&gt; wrote:'
    "<br></div><blockquote class='gmail_quote' style='margin:0'><div>Reply above this line</div><h1>What is the one thing"
    "?</h1></blockquote></div>"
)
OUTLOOK = (
    "<html><head><style><!-- p.MsoNormal { margin: 0 } --></style><title>Re</title></head><body><p class=MsoNormal>Done: the"
    " roof is on &amp; dry<o:p></o:p></p><div style='border:none'><p><b>From:</b> Alder pod<br><b>Sent:</b> Monday<br><b>To:"
    "</b> Ivy<br></p></div><p>Reply above this line</p><h1>What is the one thing?</h1></body></html>"
)


@pytest.mark.parametrize("page", [GMAIL, OUTLOOK], ids=["gmail", "outlook"])
def test_html_alone_is_read_as_text(page):
    assert own_words(text_of(page)) == "Done: the roof is on & dry"


def test_scripts_styles_and_comments_are_no_words():
    page = "<style>p { x: y }</style><script>alert(1)</script><!-- hidden --><p>Seen<br>twice</p><p>1 < 2"
    assert text_of(page).split() == ["Seen", "twice", "1", "<", "2"]


@pytest.mark.parametrize(
    "piece", ["<a", "<a b=", "<!--", "<a x='", "</", "<", "&", "<div>", "<blockquote>", "<![CDATA["]
)
def test_a_page_that_is_made_to_take_for_ever_does_not(piece):
    began = process_time()
    text_of(piece * (256_000 // len(piece)))
    assert process_time() - began < 5
