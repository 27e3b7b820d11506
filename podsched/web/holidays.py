"""A community's holidays, for its hosts."""

import uuid

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from podsched.errors import Faults
from podsched.services import quiet
from podsched.web.forms.host import HolidayForm
from podsched.web.guards import hosts_only, me
from podsched.web.request import at, commit, db, house

blueprint = Blueprint("holidays", __name__, url_prefix="/host/holidays")
Page = str | Response | tuple[str, int]


@blueprint.route("", methods=["GET", "POST"])
@hosts_only
def show() -> Page:
    form = HolidayForm()
    if form.validate_on_submit():
        try:
            quiet.add_holiday(db(), me().community, house().addresses, **form.command(), at=at())
        except Faults as faults:
            form.take(faults)
        else:
            commit()
            return redirect(url_for("holidays.show"), 303)
    elif form.errors:
        form.take(Faults(quiet.impossible(me().community, form.draft(), at=at())))
    holidays = quiet.still_to_come(me().community, at=at())
    page = render_template("host/holidays.html", form=form, holidays=holidays)
    return page, 422 if form.errors else 200


@blueprint.post("/<uuid:holiday_id>/remove")
@hosts_only
def remove(holiday_id: uuid.UUID) -> Page:
    quiet.remove_holiday(db(), me().community, house().addresses, holiday_id, at=at())
    commit()
    return redirect(url_for("holidays.show"), 303)
