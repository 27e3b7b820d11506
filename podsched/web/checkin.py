"""Pages behind links in mail that need no sign-in: answer one check-in, stop a kind of mail, leave, use an address.

The token is the right to press. It is signed, says what it is for, and opens nothing else, so no CSRF token is asked:
a mail program that posts (RFC 8058) has none, and a page elsewhere does not know the address.
"""

from datetime import date

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from podsched.domain.rhythm import accepts_answer, prompt
from podsched.errors import Refused
from podsched.models import Enrolment, EnrolmentState, MailKind
from podsched.services import access, addressing, checkins, joining, leaving, stops
from podsched.web.forms.member import CheckInForm
from podsched.web.request import at, commit, db, house
from podsched.web.shown import in_cohort

blueprint = Blueprint("checkin", __name__)
Page = str | Response | tuple[str, int]


@blueprint.route("/check-in/<token>", methods=["GET", "POST"])
def answer(token: str) -> Page:
    enrolment_id, day = house().addresses.read_check_in(token)
    enrolment = checkins.asked_by_mail(db(), enrolment_id)
    in_cohort(enrolment.cohort, zone=enrolment.timezone)
    form = CheckInForm(meta={"csrf": False})
    if form.validate_on_submit():
        given, line, stuck = form.command()
        try:
            checkins.answer(db(), enrolment, day, given, line=line, stuck=stuck, at=at())
        except Refused as late:
            return _page(enrolment, day, form, refused=str(late)), 409
        commit()
        return redirect(url_for("checkin.answer", token=token), 303)
    return _page(enrolment, day, form), 422 if form.errors else 200


def _page(enrolment: Enrolment, day: date, form: CheckInForm, *, refused: str | None = None) -> str:
    pod = access.pod_for_member(db(), enrolment)
    answered = checkins.answered_on(db(), enrolment.id, day)
    coming = pod.next_meeting(at()) if pod else None
    return render_template(
        "member/check_in.html",
        form=form.filled(answered),
        day=day,
        question=prompt(day),
        answered=answered,
        goal=enrolment.goal,
        pod_name=pod.name if pod else enrolment.cohort.name,
        action=request.path,
        is_over=not accepts_answer(day, at=at(), zone=enrolment.timezone),
        meeting=coming,
        refused=refused,
        zone=enrolment.timezone,
    )


@blueprint.route("/stop/<token>", methods=["GET", "POST"])
def stop(token: str) -> Page:
    enrolment = checkins.asked_by_mail(db(), house().addresses.read_stop(token))
    in_cohort(enrolment.cohort, zone=enrolment.timezone)
    if request.method == "POST":
        joining.stop_check_ins(db(), enrolment, at=at())
        commit()
    return render_template(
        "member/stop.html",
        is_off=enrolment.checkins_off_at is not None,
        pause=url_for("member.pause", enrolment_id=enrolment.id),
    )


@blueprint.route("/stop-mail/<token>", methods=["GET", "POST"])
def stop_mail(token: str) -> Page:
    membership_id, kind = house().addresses.read_stop_mail(token)
    membership = stops.member_named(db(), membership_id, kind)
    if request.method == "POST":
        stops.stop(db(), membership, kind, at=at())
        commit()
    return render_template(
        "member/stop_mail.html",
        what=stops.NAMES[kind],
        is_off=stops.is_stopped(db(), membership.id, kind),
        is_for_hosts=kind is MailKind.DIGEST,
        comes_back=kind is not MailKind.TIMES_MISSING,
    )


@blueprint.route("/leave/<token>", methods=["GET", "POST"])
def leave(token: str) -> Page:
    enrolment_id, asked_at = house().addresses.read_leave(token)
    enrolment = access.enrolment_named(db(), enrolment_id)
    in_cohort(enrolment.cohort, zone=enrolment.timezone)
    is_stale = at() > asked_at + leaving.LINK_LIVES
    if request.method == "POST" and not is_stale:
        leaving.leave(db(), enrolment, house().addresses, at=at())
        commit()
    return render_template(
        "member/leave.html",
        cohort=enrolment.cohort,
        pod=access.pod_for_member(db(), enrolment),
        has_left=enrolment.state is EnrolmentState.LEFT,
        is_stale=is_stale,
        pause=url_for("member.pause", enrolment_id=enrolment.id),
    )


@blueprint.route("/address/<token>", methods=["GET", "POST"])
def address(token: str) -> Page:
    asked = house().addresses.read_new_address(token)
    membership = addressing.membership_named(db(), asked)
    refused = None
    if request.method == "POST":
        try:
            addressing.confirm(db(), membership, asked, at=at())
        except Refused as taken:
            refused = str(taken)
        else:
            commit()
            house().bells.ring_mail()
    page = render_template(
        "member/address_confirm.html",
        email=asked.email,
        name=membership.person.name,
        community=membership.community.name,
        is_done=addressing.is_done(membership.person, asked),
        is_stale=addressing.is_stale(membership.person, asked, at=at()),
        refused=refused,
    )
    return page, 409 if refused else 200
