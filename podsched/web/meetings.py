"""One meeting of a pod, for its host: another hour, no meeting this week, or on again."""

import uuid
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from podsched.errors import Faults
from podsched.models import Meeting
from podsched.services import access, inviting, meetings
from podsched.web.forms.host import MoveForm
from podsched.web.guards import hosts_only, me
from podsched.web.request import at, commit, db, house
from podsched.web.shown import in_cohort

blueprint = Blueprint("meetings", __name__, url_prefix="/host/meetings")
Page = str | Response | tuple[str, int]


def _meeting(meeting_id: uuid.UUID) -> Meeting:
    meeting = access.meeting_for_host(db(), me(), meeting_id)
    in_cohort(meeting.pod.cohort)
    return meeting


@blueprint.get("/<uuid:meeting_id>")
@hosts_only
def show(meeting_id: uuid.UUID) -> Page:
    meeting = _meeting(meeting_id)
    wall = meeting.starts_at.astimezone(ZoneInfo(_zone()))
    return _page(meeting, MoveForm(data={"day": wall.date(), "hour": f"{wall:%H:%M}"}), meeting.starts_at)


@blueprint.post("/<uuid:meeting_id>")
@hosts_only
def move(meeting_id: uuid.UUID) -> Page:
    """The first press shows how the hour suits everybody; if it suits all, or with a second press, it is moved."""
    meeting = _meeting(meeting_id)
    form = MoveForm()
    if not form.validate_on_submit():
        return _page(meeting, form, meeting.starts_at)
    starts_at = meetings.instant(*form.command(), _zone())
    try:
        meetings.refuse_impossible(meeting, starts_at, at=at())
    except Faults as faults:
        form.take(faults)
        return _page(meeting, form, meeting.starts_at)
    suits_all = all(one.level and not one.is_away for one in meetings.attendance(db(), meeting, starts_at))
    is_odd = meetings.meets_a_clock_change(db(), meeting, starts_at)
    if (is_odd or not suits_all) and request.form.get("agreed") != starts_at.isoformat():
        return _page(meeting, form, starts_at)
    meetings.move(db(), meeting, starts_at, house().addresses, at=at())
    return _done(meeting)


@blueprint.post("/<uuid:meeting_id>/cancel")
@hosts_only
def cancel(meeting_id: uuid.UUID) -> Page:
    meeting = _meeting(meeting_id)
    meetings.cancel(db(), meeting, house().addresses, at=at())
    return _done(meeting)


@blueprint.post("/<uuid:meeting_id>/restore")
@hosts_only
def restore(meeting_id: uuid.UUID) -> Page:
    meeting = _meeting(meeting_id)
    meetings.restore(db(), meeting, house().addresses, at=at())
    return _done(meeting)


def _done(meeting: Meeting) -> Page:
    commit()
    house().bells.ring_mail()
    return redirect(url_for("meetings.show", meeting_id=meeting.id), 303)


def _zone() -> str:
    return me().community.timezone


def _page(meeting: Meeting, form: MoveForm, starts_at: datetime) -> Page:
    attendance = meetings.attendance(db(), meeting, starts_at)
    page = render_template(
        "host/meeting.html",
        meeting=meeting,
        pod=meeting.pod,
        cohort=meeting.pod.cohort,
        form=form,
        zone=_zone(),
        starts_at=starts_at,
        is_proposed=starts_at != meeting.starts_at and not form.errors,
        attendance=attendance,
        unmarked=[one for one in attendance if one.level is None and not one.is_away],
        away=[one for one in attendance if one.is_away],
        night=meetings.meets_a_clock_change(db(), meeting, starts_at),
        is_over=meeting.ends_at <= at(),
        answers=inviting.answers_to(db(), meeting),
    )
    return page, 422 if form.errors else 200
