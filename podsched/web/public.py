"""Pages for everybody: the front door, a cohort, and joining it."""

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from podsched.domain.availability import DAY_NAMES
from podsched.domain.rhythm import RITUALS
from podsched.services import access, cohorts, joining, people
from podsched.web.forms.member import JoinForm
from podsched.web.request import at, commit, db, sign_in, who
from podsched.web.shown import in_cohort

blueprint = Blueprint("public", __name__)
Page = str | Response | tuple[str, int]
#: The weekly rhythm as seven days: (day, what the check-in of that day is about).
STRIP = [(name[:3], RITUALS.get(number, "")) for number, name in enumerate(DAY_NAMES)]


@blueprint.get("/")
def front() -> Page:
    return render_template("public/front.html", is_new=people.first_host(db()) is None, member=who())


@blueprint.get("/c/<code>")
def cohort(code: str) -> Page:
    found = access.cohort_by_code(db(), code)
    in_cohort(found)
    return render_template("public/cohort.html", page=cohorts.public_page(db(), found, at=at()), strip=STRIP)


@blueprint.route("/c/<code>/join", methods=["GET", "POST"])
def join(code: str) -> Page:
    found = access.cohort_by_code(db(), code)
    in_cohort(found)
    form = JoinForm()
    if form.validate_on_submit():
        joined = joining.join(db(), found, form.command(), at=at())
        if joined.is_new:
            sign_in(joined.enrolment.membership, host_tools=False)
        commit()
        if joined.is_new:
            return redirect(url_for("member.times", enrolment_id=joined.enrolment.id), 303)
        return render_template("public/look_in_mail.html", sent_to=form.email.value, joined=True)
    page = cohorts.public_page(db(), found, at=at())
    return render_template("public/join.html", page=page, form=form), 422 if form.errors else 200
