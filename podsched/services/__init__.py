"""Use cases, each named by what a host or member would say. They take a session, flush, and never commit."""
