"""Where one's mail goes: the page to change it. The press that does it is behind a link in the new mailbox."""

from flask import Blueprint, render_template
from werkzeug.wrappers import Response

from podsched.errors import Refused
from podsched.services import addressing
from podsched.web.forms.member import AddressForm
from podsched.web.guards import is_host, me, members_only
from podsched.web.request import at, commit, db, house

blueprint = Blueprint("address", __name__, url_prefix="/me")
Page = str | Response | tuple[str, int]


@blueprint.route("/address", methods=["GET", "POST"])
@members_only
def change() -> Page:
    membership = me()
    addressing.refuse_gone(db(), membership)
    form = AddressForm(data={"email": membership.person.email})
    common = {"person": membership.person, "home": "host.start" if is_host() else "member.home"}
    if not form.validate_on_submit():
        return render_template("member/address.html", form=form, **common), 422 if form.errors else 200
    try:
        addressing.ask(db(), membership, form.email.value, at=at())
    except Refused as refused:
        return render_template("member/address.html", form=form, refused=str(refused), **common), 409
    commit()
    house().bells.ring_mail()
    return render_template("member/address_asked.html", sent_to=form.email.value, **common)
