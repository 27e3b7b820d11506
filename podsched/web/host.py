"""The host's pages: cohorts, the board, a member, a pod."""

import uuid
from datetime import timedelta

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from podsched.domain.zones import local_day
from podsched.errors import Faults
from podsched.models import Cohort, CohortState, MailKind
from podsched.services import (
    access,
    checkins,
    cohorts,
    forming,
    joining,
    leaving,
    links,
    meetings,
    missed,
    nudging,
    quiet,
    rotation,
    stops,
)
from podsched.web import undelivered
from podsched.web.forms.fields import Form
from podsched.web.forms.host import CohortForm, RoomForm
from podsched.web.guards import hosts_only, me
from podsched.web.request import at, commit, db, house
from podsched.web.shown import in_cohort

blueprint = Blueprint("host", __name__, url_prefix="/host")
Page = str | Response | tuple[str, int]


@blueprint.get("")
@hosts_only
def start() -> Page:
    community = me().community
    return render_template(
        "host/start.html",
        community=community,
        person=me().person,
        cohorts=cohorts.of_community(db(), community),
        undelivered=undelivered.of(me()),
        has_digest=not stops.is_stopped(db(), me().id, MailKind.DIGEST),
        form=Form(),
    )


@blueprint.post("/digest")
@hosts_only
def digest() -> Page:
    """Whether this host gets the Monday digest."""
    if request.form.get("wanted") == "yes":
        stops.start(db(), me(), MailKind.DIGEST)
    else:
        stops.stop(db(), me(), MailKind.DIGEST, at=at())
    commit()
    return redirect(url_for("host.start"), 303)


@blueprint.route("/cohorts/new", methods=["GET", "POST"])
@hosts_only
def new_cohort() -> Page:
    today = local_day(at(), me().community.timezone)
    monday = today + timedelta(days=14 - today.weekday())
    form = CohortForm(
        data={
            "timezone": me().community.timezone,
            "starts_on": monday,
            "answers_until": monday - timedelta(days=4),
        }
    )
    if form.validate_on_submit():
        try:
            cohort = cohorts.open_cohort(db(), me().community, form.command(), at=at())
        except Faults as faults:
            form.take(faults)
        else:
            commit()
            return redirect(url_for("host.board", cohort_id=cohort.id), 303)
    return _cohort_form(form, None)


def _cohort_form(form: CohortForm, cohort: Cohort | None) -> Page:
    """The form again; where it was refused, with every fault at once."""
    if form.errors:
        form.take(Faults(cohorts.impossible(form.draft(), at=at())))
    return render_template("host/cohort_form.html", form=form, cohort=cohort), 422 if form.errors else 200


def _cohort(cohort_id: uuid.UUID) -> Cohort:
    cohort = access.cohort_for_host(db(), me(), cohort_id)
    in_cohort(cohort)
    return cohort


@blueprint.route("/cohorts/<uuid:cohort_id>/change", methods=["GET", "POST"])
@hosts_only
def change_cohort(cohort_id: uuid.UUID) -> Page:
    cohort = _cohort(cohort_id)
    form = CohortForm(obj=cohort)
    if form.validate_on_submit():
        try:
            cohorts.change_cohort(db(), cohort, form.command(), at=at())
        except Faults as faults:
            form.take(faults)
        else:
            commit()
            return redirect(url_for("host.board", cohort_id=cohort.id), 303)
    return _cohort_form(form, cohort)


@blueprint.get("/cohorts/<uuid:cohort_id>")
@hosts_only
def board(cohort_id: uuid.UUID) -> Page:
    cohort = _cohort(cohort_id)
    return render_template(
        "host/board.html",
        board=cohorts.board(db(), cohort, at=at()),
        cohort=cohort,
        form=Form(),
        run=forming.latest(db(), cohort),
        invite=house().addresses.cohort(cohort.code),
        is_open=cohort.state is CohortState.OPEN,
        takes_answers=cohorts.takes_answers(cohort, at=at()),
        quiet={quiet_week.week for quiet_week in cohort.quiet_weeks},
        holidays=quiet.within_cohort(cohort),
        to_ask_after=missed.to_ask_after(db(), cohort, at=at()),
    )


@blueprint.post("/cohorts/<uuid:cohort_id>/nudge")
@hosts_only
def nudge(cohort_id: uuid.UUID) -> Page:
    nudging.ask_for_times(db(), _cohort(cohort_id), at=at())
    commit()
    house().bells.ring_mail()
    return redirect(url_for("host.board", cohort_id=cohort_id), 303)


@blueprint.post("/cohorts/<uuid:cohort_id>/quiet-<int:week>")
@hosts_only
def quiet_week(cohort_id: uuid.UUID, week: int) -> Page:
    cohort = _cohort(cohort_id)
    is_quiet = request.form.get("quiet") == "yes"
    quiet.set_week(db(), cohort, week, house().addresses, quiet=is_quiet, at=at())
    commit()
    return redirect(url_for("host.board", cohort_id=cohort_id) + "#quiet", 303)


@blueprint.get("/members/<uuid:enrolment_id>")
@hosts_only
def member(enrolment_id: uuid.UUID) -> Page:
    enrolment = access.enrolment_for_host(db(), me(), enrolment_id)
    in_cohort(enrolment.cohort)
    return render_template(
        "host/member.html", enrolment=enrolment, person=enrolment.membership.person, cohort=enrolment.cohort, form=Form(),
        pod=access.pod_for_member(db(), enrolment),
    )  # fmt: skip


@blueprint.post("/members/<uuid:enrolment_id>/resend")
@hosts_only
def resend(enrolment_id: uuid.UUID) -> Page:
    joining.send_receipt(db(), access.enrolment_for_host(db(), me(), enrolment_id), at=at())
    commit()
    house().bells.ring_mail()
    return redirect(url_for("host.member", enrolment_id=enrolment_id), 303)


@blueprint.post("/members/<uuid:enrolment_id>/asked")
@hosts_only
def asked_after(enrolment_id: uuid.UUID) -> Page:
    enrolment = access.enrolment_for_host(db(), me(), enrolment_id)
    missed.asked_after(enrolment, at=at())
    commit()
    return redirect(url_for("host.board", cohort_id=enrolment.cohort_id), 303)


@blueprint.post("/members/<uuid:enrolment_id>/take-back")
@hosts_only
def take_back(enrolment_id: uuid.UUID) -> Page:
    enrolment = access.enrolment_for_host(db(), me(), enrolment_id)
    leaving.take_back(db(), enrolment, house().addresses, at=at())
    commit()
    return redirect(url_for("host.member", enrolment_id=enrolment_id), 303)


@blueprint.post("/members/<uuid:enrolment_id>/revoke")
@hosts_only
def revoke(enrolment_id: uuid.UUID) -> Page:
    enrolment = access.enrolment_for_host(db(), me(), enrolment_id)
    links.revoke_personal(db(), house().addresses, enrolment.membership, at=at())
    joining.send_receipt(db(), enrolment, at=at())
    commit()
    house().bells.ring_mail()
    return redirect(url_for("host.member", enrolment_id=enrolment_id), 303)


@blueprint.route("/pods/<uuid:pod_id>", methods=["GET", "POST"])
@hosts_only
def pod(pod_id: uuid.UUID) -> Page:
    found = access.pod_for_host(db(), me(), pod_id)
    in_cohort(found.cohort)
    form = RoomForm(data={"url": found.room_url})
    if form.validate_on_submit():
        meetings.set_room(db(), found, form.url.value, house().addresses, at=at())
        commit()
        house().bells.ring_mail()
        return redirect(url_for("host.pod", pod_id=found.id), 303)
    coming = found.next_meeting(at())
    page = render_template(
        "host/pod.html",
        form=form,
        pod=found,
        cohort=found.cohort,
        zone=me().community.timezone,
        coming=coming,
        people=checkins.pod_week(db(), found, None, at=at()),
        roles=[
            (role.value, holder.membership.person.name)
            for role, holder in (rotation.of_week(db(), found, coming.week).items() if coming else ())
        ],
    )
    return page, 422 if form.errors else 200
