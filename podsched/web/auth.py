"""Links that sign in. Opening one shows a button; only pressing the button does something."""

import re

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from podsched.errors import NotFound
from podsched.models import AccessLink, LinkKind, MailKind, Membership, Rank
from podsched.services import joining, links, outbox, people
from podsched.services.access import enrolments_of
from podsched.web.forms.member import LinkForm
from podsched.web.request import at, browser_session, commit, db, house, sign_in, sign_out

blueprint = Blueprint("auth", __name__)
Page = str | Response | tuple[str, int]
OWN_PAGE = re.compile(r"/me/[0-9a-f-]{36}/[a-z-]{1,20}")


@blueprint.route("/m/<token>", methods=["GET", "POST"])
def personal(token: str) -> Page:
    link = _link(token, LinkKind.PERSONAL)
    if link is None:
        return render_template("public/old_link.html", form=LinkForm()), 404
    onwards = _own_page(request.args.get("next", ""))
    found = browser_session()
    if found is not None and found.membership_id == link.membership_id and request.method != "POST":
        return redirect(onwards, 303)  # this browser is signed in as them already: nothing to press
    if request.method == "POST":
        sign_in(link.membership, host_tools=False)
        commit()
        return redirect(onwards, 303)
    return render_template(
        "public/open_link.html", name=link.membership.person.name, host=False, action=request.full_path.rstrip("?")
    )


def _own_page(path: str) -> str:
    """Where a personal link leads on to: one of the member's own pages, never another site."""
    return path if OWN_PAGE.fullmatch(path) else url_for("member.home")


@blueprint.route("/sign-in/<token>", methods=["GET", "POST"])
def host_link(token: str) -> Page:
    link = _link(token, LinkKind.SIGN_IN)
    if link is None:
        return render_template("public/old_link.html", form=LinkForm()), 404
    if request.method == "POST":
        links.use_up(db(), link, at=at())
        sign_in(link.membership, host_tools=True)
        commit()
        return redirect(url_for("host.start"), 303)
    return render_template("public/open_link.html", name=link.membership.person.name, host=True, action=request.path)


def _link(token: str, kind: LinkKind) -> AccessLink | None:
    try:
        return links.find(db(), token, kind, at=at())
    except NotFound:
        return None


@blueprint.route("/link", methods=["GET", "POST"])
def ask_for_link() -> Page:
    """The same answer whether or not the address is known."""
    form = LinkForm()
    if not form.validate_on_submit():
        return render_template("public/ask_for_link.html", form=form), 422 if form.errors else 200
    for membership in people.memberships_with(db(), form.email.value):
        _send_link(membership)
    commit()
    house().bells.ring_mail()
    return render_template("public/look_in_mail.html", sent_to=form.email.value)


def _send_link(membership: Membership) -> None:
    """Hosts get a sign-in link, members their personal one; at most one of each a minute."""
    if membership.rank is Rank.HOST:
        outbox.put(
            db(),
            membership_id=membership.id,
            kind=MailKind.SIGN_IN,
            occurrence=f"{at():%Y%m%d%H%M}",
            about={"browser": request.user_agent.string[:120]},
            at=at(),
            expires_at=at() + links.SIGN_IN_LIVES,
        )
    for enrolment in enrolments_of(db(), membership)[:1]:
        joining.send_link(db(), enrolment, at=at())


@blueprint.post("/sign-out")
def leave() -> Page:
    sign_out()
    commit()
    answer = redirect(url_for("public.front"), 303)
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer
