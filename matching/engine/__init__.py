"""The solver's side of matching; importing this loads OR-Tools."""

from matching.engine.form import form

__all__ = ["form"]
