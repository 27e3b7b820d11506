"""A member's own pages."""

import uuid
from datetime import date, timedelta

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from podsched.domain.availability import Level, longest_block, total, write_away, write_times
from podsched.domain.budget import Wishes
from podsched.domain.rhythm import prompt
from podsched.domain.words import clock_changes
from podsched.domain.zones import local_day
from podsched.errors import Faults
from podsched.models import CohortState, Enrolment, MailKind, Pod
from podsched.services import (
    access,
    availability,
    checkins,
    cohorts,
    feeds,
    joining,
    leaving,
    own_calendar,
    proposals,
    quiet,
    recaps,
    retros,
    rotation,
    stops,
)
from podsched.services.rhythms import holiday_on, season, why_quiet
from podsched.web.forms.member import AboutForm, CheckInForm, MailForm, PauseForm, TimesForm
from podsched.web.guards import is_host, me, members_only
from podsched.web.mine import my_cohort, my_pod
from podsched.web.request import at, commit, db, house

blueprint = Blueprint("member", __name__, url_prefix="/me")
Page = str | Response | tuple[str, int]


@blueprint.get("")
@members_only
def home() -> Page:
    """The member's latest cohort; a host without one goes to the host's pages."""
    mine = access.enrolments_of(db(), me())
    if not mine:
        return redirect(url_for("host.start"), 303)
    running = [enrolment for enrolment in mine if enrolment.cohort.state is CohortState.RUNNING]
    return redirect(url_for("member.start", enrolment_id=(running or mine)[0].id), 303)


@blueprint.get("/<uuid:enrolment_id>")
@members_only
def start(enrolment_id: uuid.UUID) -> Page:
    enrolment = my_cohort(enrolment_id)
    pod = access.pod_for_member(db(), enrolment)
    others = [other for other in access.enrolments_of(db(), me()) if other.id != enrolment.id]
    common = {"enrolment": enrolment, "cohort": enrolment.cohort, "others": others}
    if pod is None:
        return render_template("member/waiting.html", **common, **_while_waiting(enrolment))
    return render_template("member/home.html", **common, **_today(enrolment, pod))


def _while_waiting(enrolment: Enrolment) -> dict[str, object]:
    lost = proposals.unplaced(db(), enrolment) if enrolment.cohort.state is CohortState.RUNNING else None
    return {
        "takes_answers": cohorts.takes_answers(enrolment.cohort, at=at()),
        "lines": write_times(availability.windows_of(enrolment)).splitlines(),
        "lost": lost,
    }


def _today(enrolment: Enrolment, pod: Pod) -> dict[str, object]:
    day = checkins.today(enrolment, at=at())
    meeting = pod.next_meeting(at())
    roles = rotation.of_week(db(), pod, meeting.week) if meeting else {}
    return {
        "pod": pod,
        "day": day,
        "is_asked": checkins.is_open(enrolment, day),
        "answered": checkins.answered_on(db(), enrolment.id, day),
        "question": prompt(day),
        "form": CheckInForm(),
        "started": day >= season(enrolment.cohort).first,
        "meeting": meeting,
        "may_run": meeting is not None and access.may_run(db(), me(), meeting, as_host=is_host()),
        "my_roles": [role.value for role, holder in roles.items() if holder.id == enrolment.id],
        "changes": clock_changes([m.slot_at for m in pod.coming(at())], enrolment.timezone),
        "people": checkins.pod_week(db(), pod, enrolment, at=at()),
        "paused_until": _paused_until(enrolment),
        "holiday": holiday_on(enrolment.cohort, day),
        "holidays": quiet.ahead(enrolment.cohort, day),
        "optional": why_quiet(meeting) if meeting else None,
    }


def _paused_until(enrolment: Enrolment) -> date | None:
    """By the calendar: after midnight a pause is over, though yesterday's check-in is still open."""
    until = enrolment.paused_until
    return until if until and until > local_day(at(), enrolment.timezone) else None


@blueprint.route("/<uuid:enrolment_id>/times", methods=["GET", "POST"])
@members_only
def times(enrolment_id: uuid.UUID) -> Page:
    enrolment = my_cohort(enrolment_id)
    form = TimesForm(
        data={
            "times": write_times(availability.windows_of(enrolment)),
            "away": write_away(availability.away_of(enrolment)),
        }
    )
    if form.validate_on_submit():
        try:
            availability.record(db(), enrolment, *form.command(), at=at())
        except Faults as faults:
            form.take(faults)
        else:
            commit()
            house().bells.ring_mail()
            return redirect(url_for("member.receipt", enrolment_id=enrolment.id), 303)
    return _times_page(enrolment, form)


def _times_page(enrolment: Enrolment, form: TimesForm, *, read: own_calendar.Read | None = None) -> Page:
    page = render_template(
        "member/times.html",
        enrolment=enrolment,
        cohort=enrolment.cohort,
        form=form,
        hints=availability.shared_times(db(), enrolment),
        taken=own_calendar.of_week(enrolment),
        read=read,
    )
    return page, 422 if form.errors else 200


@blueprint.post("/<uuid:enrolment_id>/times/calendar")
@members_only
def read_calendar(enrolment_id: uuid.UUID) -> Page:
    """Reads a calendar file for hours that are taken. What was marked so far comes back as it was, saved or not."""
    enrolment = my_cohort(enrolment_id)
    form = TimesForm()
    read = None
    try:
        read = own_calendar.read(db(), enrolment, _file(), at=at())
    except Faults as faults:
        form.take(faults)
    else:
        commit()
    return _times_page(enrolment, form, read=read)


@blueprint.post("/<uuid:enrolment_id>/times/calendar/forget")
@members_only
def forget_calendar(enrolment_id: uuid.UUID) -> Page:
    enrolment = my_cohort(enrolment_id)
    own_calendar.forget(db(), enrolment)
    commit()
    return _times_page(enrolment, TimesForm())


def _file() -> bytes:
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise Faults({"file": "Choose a file first: one that ends with .ics."})
    return bytes(sent.read())


@blueprint.get("/<uuid:enrolment_id>/receipt")
@members_only
def receipt(enrolment_id: uuid.UUID) -> Page:
    enrolment = my_cohort(enrolment_id)
    windows = availability.windows_of(enrolment)
    return render_template(
        "member/receipt.html",
        enrolment=enrolment,
        cohort=enrolment.cohort,
        lines=write_times(windows).splitlines(),
        away=write_away(availability.away_of(enrolment)).splitlines(),
        free=total(windows, Level.FREE),
        if_needed=total(windows, Level.IF_NEEDED),
        longest=longest_block(windows),
        email=enrolment.membership.person.email,
    )


@blueprint.route("/<uuid:enrolment_id>/about", methods=["GET", "POST"])
@members_only
def about(enrolment_id: uuid.UUID) -> Page:
    enrolment = my_cohort(enrolment_id)
    form = AboutForm.of(enrolment)
    if form.validate_on_submit():
        feeds.hold(db(), enrolment.cohort)
        before = enrolment.timezone
        joining.change_about(db(), enrolment, form.about(), at=at())
        pod = access.pod_for_member(db(), enrolment)
        if pod is not None and enrolment.timezone != before:
            rotation.mark_own_changed(enrolment, at=at())
            feeds.refresh_member(db(), pod, enrolment, house().addresses, at=at())
        commit()
        return redirect(url_for("member.start", enrolment_id=enrolment.id), 303)
    page = render_template(
        "member/about.html",
        enrolment=enrolment,
        cohort=enrolment.cohort,
        form=form,
        wishes=stops.wishes(db(), enrolment),
    )
    return page, 422 if form.errors else 200


@blueprint.route("/<uuid:enrolment_id>/check-in", methods=["GET", "POST"])
@members_only
def check_in(enrolment_id: uuid.UUID) -> Page:
    enrolment, pod = my_pod(enrolment_id)
    day = checkins.today(enrolment, at=at())
    form = CheckInForm()
    if form.validate_on_submit():
        answer, line, stuck = form.command()
        checkins.answer(db(), enrolment, day, answer, line=line, stuck=stuck, at=at())
        commit()
        return redirect(url_for("member.start", enrolment_id=enrolment.id), 303)
    answered = checkins.answered_on(db(), enrolment.id, day)
    page = render_template(
        "member/check_in.html",
        form=form.filled(answered),
        day=day,
        question=prompt(day),
        answered=answered,
        goal=enrolment.goal,
        pod_name=pod.name,
        action=url_for("member.check_in", enrolment_id=enrolment.id),
    )
    return page, 422 if form.errors else 200


@blueprint.get("/<uuid:enrolment_id>/pod")
@members_only
def pod(enrolment_id: uuid.UUID) -> Page:
    enrolment, pod = my_pod(enrolment_id)
    meeting = pod.next_meeting(at())
    last = pod.meetings[-1] if meeting is None else meeting
    seat = next(seat for seat in pod.seats if seat.enrolment_id == enrolment.id)
    return render_template(
        "member/pod.html",
        enrolment=enrolment,
        cohort=enrolment.cohort,
        pod=pod,
        people=checkins.pod_week(db(), pod, enrolment, at=at()),
        why=seat.why,
        meeting=meeting,
        roles=[
            (role.value, holder.membership.person.name)
            for role, holder in rotation.of_week(db(), pod, last.week).items()
        ],
        commitments=retros.commitments(db(), last, week=last.week - 1),
        recaps=recaps.of_pod(db(), pod),
    )


@blueprint.route("/<uuid:enrolment_id>/pause", methods=["GET", "POST"])
@members_only
def pause(enrolment_id: uuid.UUID) -> Page:
    enrolment = my_cohort(enrolment_id)
    today = local_day(at(), enrolment.timezone)
    form = PauseForm(data={"until": today + timedelta(days=7)})
    if form.validate_on_submit():
        try:
            joining.pause(db(), enrolment, until=form.command(), at=at())
        except Faults as faults:
            form.take(faults)
        else:
            commit()
            return redirect(url_for("member.pause", enrolment_id=enrolment.id), 303)
    wishes = stops.wishes(db(), enrolment)
    page = render_template(
        "member/pause.html",
        enrolment=enrolment,
        form=form,
        mail=_mail_form(enrolment, wishes),
        wishes=wishes,
        paused_until=_paused_until(enrolment),
        is_off=enrolment.checkins_off_at is not None,
    )
    return page, 422 if form.errors else 200


def _mail_form(enrolment: Enrolment, wishes: Wishes) -> MailForm:
    is_told = not stops.is_stopped(db(), enrolment.membership_id, MailKind.MISSED)
    return MailForm(data={"retro": wishes.retro, "nudges": wishes.nudges, "missed": is_told})


@blueprint.post("/<uuid:enrolment_id>/mail")
@members_only
def mail(enrolment_id: uuid.UUID) -> Page:
    enrolment = my_cohort(enrolment_id)
    form = MailForm()
    stops.choose(db(), enrolment, nudges=form.nudges.data, retro=form.retro.data, missed=form.missed.data, at=at())
    commit()
    return redirect(url_for("member.pause", enrolment_id=enrolment.id) + "#mail", 303)


@blueprint.post("/<uuid:enrolment_id>/leave")
@members_only
def leave(enrolment_id: uuid.UUID) -> Page:
    """Leaving takes a press in the member's own mailbox."""
    enrolment = my_cohort(enrolment_id)
    leaving.ask(db(), enrolment, at=at())
    commit()
    house().bells.ring_mail()
    return render_template("member/leave_asked.html", enrolment=enrolment, email=enrolment.membership.person.email)


@blueprint.post("/<uuid:enrolment_id>/pause/end")
@members_only
def resume(enrolment_id: uuid.UUID) -> Page:
    enrolment = my_cohort(enrolment_id)
    joining.resume(db(), enrolment, at=at())
    commit()
    return redirect(url_for("member.start", enrolment_id=enrolment.id), 303)
