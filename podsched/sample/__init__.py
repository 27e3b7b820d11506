"""The sample community: real availability, invented people, everything else done by the service itself."""
