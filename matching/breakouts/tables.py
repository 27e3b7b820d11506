"""Rows of differences for numbers of rooms that are no prime powers: see ``designs``.

For each number of rooms g: a group Z_m x Z_n with m n = g, and rows of its elements (base 36, (a, b) being a n + b), to
which a row of zeros belongs as well. Every two rows have all of their differences distinct, which tests make sure of.
The rows were found by backtracking with restarts, each row filled column by column in an order by chance.
"""

#: Number of rooms: groups and their rows; longer rows, which serve larger rooms too, are fewer.
ROWS: dict[int, tuple[tuple[tuple[int, int], tuple[str, ...]], ...]] = {
    10: (((1, 10), ("06153984", "05918627", "02471835", "08762319", "09627143", "01236578", "07389452")),),
    12: (
        (
            (2, 6),
            ("0b289467a", "0192b7a83", "037a85924", "0543267a8", "0257ab436", "0a3162845", "061b7a592", "0789432b1"),
        ),
        ((2, 6), ("03746285ba", "0962835a17", "0a31472869", "01985a762b", "06ab781492")),
    ),
    14: (
        ((1, 14), ("037281", "0a936b", "01ad95", "0c54d8", "0935c2", "0789bc", "02db14", "05187d", "06b743", "046ca7")),
        ((1, 14), ("054712d", "07ac4b9", "0c9576a", "062a9c5", "0a3428b", "04538d7", "028da7c", "08c9d13", "0d72b94")),
        ((1, 14), ("0b3adc15", "0a82b536", "024397cd", "06d8a357", "089d7a61", "0c254193", "0957cda8", "07a126d9")),
        ((1, 14), ("07521bc49", "041a79d62", "0c45d7981", "08c465bd7", "036892a1c", "0d9386125", "0ab9cd634")),
        ((1, 14), ("0948bcd253", "015c9724da", "0cd5a64891", "0b23415a68", "053d14a98c", "0396c51b47")),
    ),
}
