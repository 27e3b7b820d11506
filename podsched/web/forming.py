"""Forming pods: press, watch, read the proposal, publish."""

import uuid

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from podsched.models import UNDER_WAY, FormingRun, RunState
from podsched.services import access, forming, proposals, publishing
from podsched.web.forms.fields import Form
from podsched.web.guards import hosts_only, me
from podsched.web.request import at, commit, db, house
from podsched.web.shown import in_cohort

blueprint = Blueprint("forming", __name__, url_prefix="/host")
Page = str | Response | tuple[str, int]
HTMX_STOPS = 286


@blueprint.post("/cohorts/<uuid:cohort_id>/form")
@hosts_only
def form_pods(cohort_id: uuid.UUID) -> Page:
    run = forming.request(db(), access.cohort_for_host(db(), me(), cohort_id), me(), at=at())
    commit()
    if run.state is RunState.QUEUED:
        house().bells.ring_forming(run.id)
    return redirect(url_for("forming.show", run_id=run.id), 303)


def _run(run_id: uuid.UUID) -> FormingRun:
    run = access.run_for_host(db(), me(), run_id)
    in_cohort(run.cohort)
    return run


@blueprint.get("/runs/<uuid:run_id>")
@hosts_only
def show(run_id: uuid.UUID) -> Page:
    run = _run(run_id)
    if run.state in UNDER_WAY:
        return render_template("host/forming.html", **_progress(run))
    if run.plan is None:
        return render_template("host/ended.html", run=run, cohort=run.cohort, form=Form())
    return render_template(
        "host/proposal.html",
        run=run,
        cohort=run.cohort,
        form=Form(),
        proposal=proposals.proposal(db(), run),
        changes=proposals.changes_since(db(), run) if run.state is RunState.PROPOSED else [],
        is_published=run.state is RunState.PUBLISHED,
    )


@blueprint.get("/runs/<uuid:run_id>/progress")
@hosts_only
def progress(run_id: uuid.UUID) -> Page:
    """A piece of the page, asked for every second; when the run has ended it sends the browser to the whole page."""
    run = _run(run_id)
    if run.state in UNDER_WAY:
        return render_template("host/_progress.html", **_progress(run))
    answer = Response("", HTMX_STOPS)
    answer.headers["HX-Redirect"] = url_for("forming.show", run_id=run.id)
    return answer


def _progress(run: FormingRun) -> dict[str, object]:
    waited = (at() - run.requested_at).total_seconds()
    return {
        "run": run,
        "cohort": run.cohort,
        "form": Form(),
        "members": len(run.roster["members"]),
        "step": run.progress.get("step"),
        "placed": run.progress.get("placed", 0),
        "bound": run.progress.get("bound", len(run.roster["members"])),
        "elapsed": int(waited),
        "is_slow_to_start": run.state is RunState.QUEUED and waited > 5,
    }


@blueprint.post("/runs/<uuid:run_id>/cancel")
@hosts_only
def cancel(run_id: uuid.UUID) -> Page:
    run = _run(run_id)
    forming.cancel(db(), run, at=at())
    commit()
    return redirect(url_for("forming.show", run_id=run.id), 303)


@blueprint.post("/runs/<uuid:run_id>/publish")
@hosts_only
def publish(run_id: uuid.UUID) -> Page:
    run = _run(run_id)
    publishing.publish(db(), run, house().addresses, at=at())
    commit()
    house().bells.ring_mail()
    return redirect(url_for("host.board", cohort_id=run.cohort_id), 303)
