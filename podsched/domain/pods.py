"""What pods are called."""

#: Names that sound like a kitchen table, not like a ranking.
POD_NAMES = (
    "Alder", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Gingko", "Hazel", "Ivy", "Juniper", "Katsura", "Larch",
    "Maple", "Nutmeg", "Oak", "Pine", "Quince", "Rowan", "Spruce", "Tamarind", "Umbra", "Vine", "Willow", "Yew",
)  # fmt: skip


def pod_name(number: int) -> str:
    """Alder, Birch, .., Yew, Alder 2, ..; number counts from 1."""
    rounds, place = divmod(number - 1, len(POD_NAMES))
    return POD_NAMES[place] if not rounds else f"{POD_NAMES[place]} {rounds + 1}"
