"""What a member's own pages begin with: their enrolment, named in the top bar, and their pod."""

import uuid

from podsched.errors import NotFound
from podsched.models import Enrolment, Pod
from podsched.services import access
from podsched.web.guards import my_enrolment
from podsched.web.request import db
from podsched.web.shown import in_cohort


def my_cohort(enrolment_id: uuid.UUID) -> Enrolment:
    enrolment = my_enrolment(enrolment_id)
    in_cohort(enrolment.cohort, zone=enrolment.timezone)
    return enrolment


def my_pod(enrolment_id: uuid.UUID) -> tuple[Enrolment, Pod]:
    enrolment = my_cohort(enrolment_id)
    pod = access.pod_for_member(db(), enrolment)
    if pod is None:
        raise NotFound
    return enrolment, pod
