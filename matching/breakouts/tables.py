"""Rows of differences for numbers of rooms that are no prime powers: see ``designs``.

For each number of rooms g: a group Z_m x Z_n with m n = g, and rows of its elements (base 36, (a, b) being a n + b), to
which a row of zeros belongs as well. Every two rows have all of their differences distinct, which tests make sure of.
The rows were found by backtracking with restarts, each row filled column by column in an order by chance.
"""

#: Number of rooms: groups and their rows; longer rows, which serve larger rooms too, are fewer.
ROWS: dict[int, tuple[tuple[tuple[int, int], tuple[str, ...]], ...]] = {
    10: (
        ((1, 10), ("04532871", "08293754", "07624519", "01385492", "02761345", "05817263", "03156928")),
        ((1, 10), ("029857314", "075196482", "013628549", "056349128")),
    ),
    12: (
        (
            (2, 6),
            (
                "014b32",
                "0a8517",
                "095368",
                "036829",
                "02349a",
                "081946",
                "06ba75",
                "0726b4",
                "0b7153",
                "0592a1",
                "04a78b",
            ),
        ),
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
    15: (
        ((1, 15), ("0459b7", "0c7e3a", "02e568", "0e8a14", "0596ed", "013dc2", "0ba493", "0d6b8c", "0a12de", "084c75")),
        ((1, 15), ("08e2c76", "02491d3", "07a34be", "037dbc8", "04dc59a", "06b8d35", "0b8a76d", "0195e8c", "0dc13e7")),
        ((1, 15), ("0581ad43", "095e63c4", "067a19bd", "0edbc482", "0a29dbe7", "0c17489e", "02438eab", "07cd9528")),
        ((1, 15), ("05bec82713", "086bacd174", "0b5471eac2", "041ae63d9c", "0de527b381", "0ad932154e")),
    ),
    18: (
        (
            (3, 6),
            (
                "026fhg",
                "0c1d42",
                "079hb8",
                "0ge6c4",
                "09hg8d",
                "0ha1ef",
                "08d52h",
                "01fa9c",
                "0e273b",
                "0a52d6",
                "054bfa",
                "067851",
                "0dgc17",
            ),
        ),
        (
            (3, 6),
            (
                "0a8g1e32",
                "01b5cg2e",
                "0ce923h6",
                "036275gc",
                "0gfcda7h",
                "0fc1485d",
                "0237fceb",
                "06d4b7f5",
                "075e82b3",
                "0e2854ag",
            ),
        ),
        (
            (3, 6),
            (
                "0416c795ef",
                "0d9cahb67e",
                "0g7a16he98",
                "03857f1dg2",
                "05hg3e2186",
                "0hg86cdb47",
                "06f1d9g32c",
                "08cdeg7hfa",
            ),
        ),
    ),
    20: (
        (
            (2, 10),
            (
                "03dbj8",
                "0fj6g2",
                "0b9ed5",
                "0g7896",
                "0igdh7",
                "024c7e",
                "0e1fia",
                "0784bc",
                "01fa43",
                "0521a4",
                "0h6j5i",
                "0jc38d",
                "0837fj",
                "04a2eh",
            ),
        ),
        (
            (2, 10),
            (
                "018cg9h5",
                "0gai5h1f",
                "0j347gia",
                "0b278431",
                "0a9f6dg2",
                "0569412b",
                "09edj3cg",
                "0di6bc47",
                "04b216dc",
                "024b3e7h",
                "07fj9283",
            ),
        ),
        (
            (2, 10),
            (
                "0486dibhj7",
                "0je92c4fi3",
                "0623i1798f",
                "076d43aef9",
                "0g3fea58dh",
                "09hej8642b",
                "03f1a4edhg",
                "0bj8g2fc16",
                "0eb5f683a1",
            ),
        ),
    ),
}
