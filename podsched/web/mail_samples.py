"""Every mail podsched sends, with invented people: so that a host knows what members get before they get it."""

from dataclasses import dataclass

from flask import Blueprint, Response, make_response, render_template

from podsched.errors import NotFound
from podsched.mail.render import render
from podsched.sample.letters import SAMPLES, Sample
from podsched.services.mail_words import WORDS, MailWords
from podsched.web.guards import hosts_only
from podsched.web.headers import MAIL_POLICY, POLICY_WITH_FRAME

blueprint = Blueprint("mail_samples", __name__, url_prefix="/host/mails")
#: The frame is nobody's origin, and its links, which lead nowhere, open nothing.
SAMPLE_POLICY = f"{MAIL_POLICY}; sandbox"
_HEAD, _HEAD_WITHOUT_LINKS = "<head>", '<head><base target="_blank">'


@dataclass(frozen=True, slots=True)
class Kind:
    words: MailWords
    samples: list[Sample]


@blueprint.get("")
@hosts_only
def every() -> str:
    kinds = dict.fromkeys(sample.kind for sample in SAMPLES)
    shown = [Kind(WORDS[kind], [sample for sample in SAMPLES if sample.kind is kind]) for kind in kinds]
    return render_template("host/mails.html", kinds=shown)


@blueprint.get("/<name>")
@hosts_only
def one(name: str) -> Response:
    sample = _named(name)
    page = render_template(
        "host/mail_sample.html",
        sample=sample,
        letter=sample.letter,
        words=WORDS[sample.kind],
        mail=render(sample.letter),
    )
    answer = make_response(page)
    answer.headers["Content-Security-Policy"] = POLICY_WITH_FRAME
    return answer


@blueprint.get("/<name>/html")
@hosts_only
def one_html(name: str) -> Response:
    html = render(_named(name).letter).html.replace(_HEAD, _HEAD_WITHOUT_LINKS, 1)
    return Response(html, mimetype="text/html", headers={"Content-Security-Policy": SAMPLE_POLICY})


def _named(name: str) -> Sample:
    found = next((sample for sample in SAMPLES if sample.name == name), None)
    if found is None:
        raise NotFound
    return found
