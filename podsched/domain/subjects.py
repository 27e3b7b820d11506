"""What a calendar feed shows, as the name under which it is stored."""

import uuid


def member(enrolment_id: uuid.UUID) -> str:
    return f"member:{enrolment_id.hex}"


def is_member(subject: str) -> bool:
    return subject.startswith("member:")


def pod(pod_id: uuid.UUID) -> str:
    return f"pod:{pod_id.hex}"


def cohort(cohort_id: uuid.UUID) -> str:
    return f"cohort:{cohort_id.hex}"


def community(community_id: uuid.UUID) -> str:
    """All cohorts of a community, for its hosts."""
    return f"community:{community_id.hex}"


def id_of(subject: str) -> uuid.UUID:
    return uuid.UUID(subject.rpartition(":")[2])
