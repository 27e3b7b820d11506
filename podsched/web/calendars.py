"""Pages about calendars: a member's own, and those of pods and cohorts for hosts."""

import uuid
from urllib.parse import quote

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Redirect

from podsched.domain import subjects
from podsched.errors import NotFound
from podsched.models import Cohort, Community, Meeting, Pod
from podsched.services import access, feeds, inviting, links, serving
from podsched.web.forms.member import AlarmForm
from podsched.web.guards import hosts_only, me, members_only
from podsched.web.mine import my_pod
from podsched.web.request import at, commit, db, house
from podsched.web.shown import in_cohort

blueprint = Blueprint("calendars", __name__)
Page = str | Redirect


def buttons(address: str, name: str) -> dict[str, str]:
    """The ways in which calendar programs take an address."""
    webcal = "webcal://" + address.split("://", 1)[1]
    return {
        "address": address,
        "webcal": webcal,
        "google": "https://calendar.google.com/calendar/r?cid=" + quote(webcal, safe=""),
        "outlook": f"https://outlook.live.com/calendar/0/addfromweb?url={quote(address, safe='')}&name={quote(name)}",
    }


@blueprint.get("/me/<uuid:enrolment_id>/calendar")
@members_only
def mine(enrolment_id: uuid.UUID) -> Page:
    enrolment, pod = my_pod(enrolment_id)
    name = f"{pod.name} pod"
    return render_template(
        "member/calendar.html",
        enrolment=enrolment,
        pod=pod,
        **buttons(house().addresses.named_feed(enrolment, name), name),
        busy=house().addresses.busy_feed(enrolment),
        visits=serving.visits(db(), enrolment.id),
        alarm=AlarmForm(data={"minutes": str(enrolment.alarm_minutes or "")}),
        invitations=inviting.answers_of(db(), enrolment),
        meetings=pod.coming(at()),
    )


@blueprint.post("/me/<uuid:enrolment_id>/calendar/rotate")
@members_only
def rotate(enrolment_id: uuid.UUID) -> Page:
    enrolment, _ = my_pod(enrolment_id)
    links.rotate_feed(db(), house().addresses, enrolment, at=at())
    commit()
    return redirect(url_for("calendars.mine", enrolment_id=enrolment.id), 303)


@blueprint.post("/me/<uuid:enrolment_id>/calendar/invitations")
@members_only
def choose(enrolment_id: uuid.UUID) -> Page:
    """Invitations by mail, or the feed alone."""
    enrolment, pod = my_pod(enrolment_id)
    inviting.choose(db(), enrolment, pod, invites=request.form.get("invites") == "yes", at=at())
    commit()
    house().bells.ring_mail()
    return redirect(url_for("calendars.mine", enrolment_id=enrolment.id) + "#invitations", 303)


@blueprint.post("/me/<uuid:enrolment_id>/calendar/alarm")
@members_only
def remind(enrolment_id: uuid.UUID) -> Page:
    enrolment, pod = my_pod(enrolment_id)
    form = AlarmForm()
    if form.validate():
        inviting.remind(db(), enrolment, pod, form.command(), house().addresses, at=at())
        commit()
    return redirect(url_for("calendars.mine", enrolment_id=enrolment.id) + "#remind", 303)


@blueprint.get("/me/<uuid:enrolment_id>/calendar/<uuid:meeting_id>/event.ics")
@members_only
def event(enrolment_id: uuid.UUID, meeting_id: uuid.UUID) -> Response:
    """One meeting as a file, for calendars that cannot subscribe."""
    enrolment, pod = my_pod(enrolment_id)
    meeting = _meeting_of(pod, meeting_id)
    response = Response(feeds.event_file(db(), pod, enrolment, meeting, house().addresses))
    response.headers["Content-Type"] = "text/calendar; charset=utf-8"
    response.headers["Content-Disposition"] = f"attachment; filename=week-{meeting.week}.ics"
    return response


def _meeting_of(pod: Pod, meeting_id: uuid.UUID) -> Meeting:
    for meeting in pod.meetings:
        if meeting.id == meeting_id and not meeting.is_cancelled:
            return meeting
    raise NotFound


@blueprint.route("/host/calendar", methods=["GET", "POST"])
@hosts_only
def of_community() -> Page:
    return _for_host(me().community, subjects.community(me().community_id), url_for("host.start"))


@blueprint.route("/host/cohorts/<uuid:cohort_id>/calendar", methods=["GET", "POST"])
@hosts_only
def of_cohort(cohort_id: uuid.UUID) -> Page:
    cohort = access.cohort_for_host(db(), me(), cohort_id)
    in_cohort(cohort)
    return _for_host(cohort, subjects.cohort(cohort.id), url_for("host.board", cohort_id=cohort.id))


@blueprint.route("/host/pods/<uuid:pod_id>/calendar", methods=["GET", "POST"])
@hosts_only
def of_pod(pod_id: uuid.UUID) -> Page:
    pod = access.pod_for_host(db(), me(), pod_id)
    in_cohort(pod.cohort)
    return _for_host(pod, subjects.pod(pod.id), url_for("host.pod", pod_id=pod.id))


def _for_host(about: Pod | Cohort | Community, subject: str, back: str) -> Page:
    if request.method == "POST":
        feeds.hand_out_to_host(db(), house().addresses, me(), about, at=at())
        commit()
        return redirect(request.path, 303)
    name = f"{about.name} pod" if isinstance(about, Pod) else about.name
    address = links.known_host_feed(db(), house().addresses, me(), subject, name)
    return render_template(
        "host/calendar.html",
        name=name,
        back=back,
        here=request.path,
        visits=serving.visits_of_host(db(), me().id, subject),
        **(buttons(address, name) if address else {"address": None}),
    )


@blueprint.post("/host/calendar/rotate")
@hosts_only
def rotate_host() -> Page:
    """All of this host's calendar addresses are replaced at once: they came from one place."""
    links.rotate_host_feeds(db(), me(), at=at())
    commit()
    return redirect(url_for("calendars.of_community"), 303)
