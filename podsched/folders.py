"""Where the files that are not code lie: beside the package in a wheel, one up in a checkout."""

from pathlib import Path

HERE = Path(__file__).resolve().parent


def templates() -> Path:
    inside = HERE / "templates"
    return inside if inside.is_dir() else HERE.parent / "templates"
