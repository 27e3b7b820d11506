"""The retro room and the recap, for the host and for the week's note-taker."""

import uuid

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from podsched.domain.agenda import AGENDA
from podsched.errors import Faults, NotFound, Refused
from podsched.models import Meeting, Outcome, Recap
from podsched.services import access, recaps, retros
from podsched.web.forms.host import NoteForm, RecapForm
from podsched.web.guards import is_host, me, members_only
from podsched.web.request import at, commit, db, house
from podsched.web.shown import in_cohort

blueprint = Blueprint("retro", __name__, url_prefix="/retro")
Page = str | Response | tuple[str, int]


def _meeting(meeting_id: uuid.UUID) -> Meeting:
    meeting = access.retro_for_leader(db(), me(), meeting_id, as_host=is_host())
    in_cohort(meeting.pod.cohort)
    return meeting


def _back(meeting_id: uuid.UUID, anchor: str = "") -> Response:
    return redirect(url_for("retro.room", meeting_id=meeting_id) + anchor, 303)


@blueprint.get("/<uuid:meeting_id>")
@members_only
def room(meeting_id: uuid.UUID) -> Page:
    meeting = _meeting(meeting_id)
    return _page(meeting, NoteForm()), 200


def _page(meeting: Meeting, form: NoteForm) -> str:
    found = retros.room(db(), meeting)
    template = "host/retro.html" if found.retro else "host/retro_before.html"
    return render_template(
        template,
        room=found,
        pod=meeting.pod,
        cohort=meeting.pod.cohort,
        agenda=AGENDA,
        form=form,
        now=at(),
        zone=_zone(meeting),
        outcomes=[outcome.value for outcome in Outcome],
        typed_at=request.form.get("member") or request.form.get("item"),
        is_host=is_host(),
    )


def _zone(meeting: Meeting) -> str:
    seat = access.seat_of(db(), me(), meeting.pod)
    return seat.enrolment.timezone if seat else me().community.timezone


@blueprint.post("/<uuid:meeting_id>/start")
@members_only
def start(meeting_id: uuid.UUID) -> Page:
    retros.start(db(), _meeting(meeting_id), at=at())
    commit()
    return _back(meeting_id)


@blueprint.post("/<uuid:meeting_id>/item-<int:position>")
@members_only
def item(meeting_id: uuid.UUID, position: int) -> Page:
    retros.go_to(db(), _meeting(meeting_id), position, at=at())
    commit()
    return _back(meeting_id, "#item")


@blueprint.post("/<uuid:meeting_id>/extend")
@members_only
def extend(meeting_id: uuid.UUID) -> Page:
    retros.extend(db(), _meeting(meeting_id), at=at())
    commit()
    return _back(meeting_id, "#item")


@blueprint.post("/<uuid:meeting_id>/note")
@members_only
def note(meeting_id: uuid.UUID) -> Page:
    meeting = _meeting(meeting_id)
    form = NoteForm()
    if not form.validate_on_submit():
        return _page(meeting, form), 422
    retros.add_note(db(), meeting, me(), request.form.get("item", ""), form.text.value, at=at())
    commit()
    return _back(meeting_id, "#item")


@blueprint.post("/<uuid:meeting_id>/commitment")
@members_only
def commitment(meeting_id: uuid.UUID) -> Page:
    meeting = _meeting(meeting_id)
    form = NoteForm()
    if not form.validate_on_submit():
        return _page(meeting, form), 422
    retros.commit_to(db(), meeting, _id("member"), form.text.value, at=at())
    commit()
    return _back(meeting_id, "#item")


@blueprint.post("/<uuid:meeting_id>/outcome")
@members_only
def outcome(meeting_id: uuid.UUID) -> Page:
    meeting = _meeting(meeting_id)
    given = request.form.get("outcome", "")
    if given not in set(Outcome):
        raise NotFound
    retros.settle(db(), meeting, _id("commitment"), Outcome(given))
    commit()
    return _back(meeting_id, "#item")


@blueprint.post("/<uuid:meeting_id>/away")
@members_only
def away(meeting_id: uuid.UUID) -> Page:
    retros.mark_away(db(), _meeting(meeting_id), _id("member"), away=request.form.get("away") == "yes")
    commit()
    return _back(meeting_id, "#who")


def _id(field: str) -> uuid.UUID:
    try:
        return uuid.UUID(request.form.get(field, ""))
    except ValueError:
        raise NotFound from None


@blueprint.post("/<uuid:meeting_id>/close")
@members_only
def close(meeting_id: uuid.UUID) -> Page:
    made = retros.close(db(), _meeting(meeting_id), house().addresses, at=at())
    commit()
    return redirect(url_for("retro.recap", recap_id=made.id), 303)


def _recap(recap_id: uuid.UUID) -> Recap:
    recap = access.recap_for_leader(db(), me(), recap_id, as_host=is_host())
    in_cohort(recap.retro.meeting.pod.cohort)
    return recap


@blueprint.route("/recaps/<uuid:recap_id>", methods=["GET", "POST"])
@members_only
def recap(recap_id: uuid.UUID) -> Page:
    """One form: what is in it when Send is pressed is what the pod gets."""
    found = _recap(recap_id)
    form = RecapForm(data={"bullets": "\n".join(found.bullets)})
    if form.validate_on_submit():
        try:
            recaps.edit(db(), found, form.command())
            if request.form.get("send") == "yes":
                recaps.send(db(), found, house().addresses, at=at())
        except Refused as refused:
            form.take(Faults({"bullets": str(refused)}))
        else:
            commit()
            house().bells.ring_mail()
            return redirect(url_for("retro.recap", recap_id=found.id), 303)
    page = render_template(
        "host/recap.html", recap=found, meeting=found.retro.meeting, pod=found.retro.meeting.pod, form=form,
        zone=_zone(found.retro.meeting), cohort=found.retro.meeting.pod.cohort,
    )  # fmt: skip
    return page, 422 if form.errors else 200
