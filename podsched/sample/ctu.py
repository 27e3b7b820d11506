"""Who could come when: 82 real students, 17 real times.

Source: PrefLib, dataset 00063 (CTU AG1 Tutorial Time Selection, Prague 2024), donated by D. Knop and S. Schierreich;
N. Mattei and T. Walsh, "PrefLib: A Library for Preferences", 2013. Parallel tutorials at one time are one time here.
"""

#: (weekday, first minute, last minute) on the clock of Prague, widened to the half hour; one letter each, from a.
TIMES = (
    (0, 660, 750),  # Monday 11:00-12:30
    (0, 750, 870),  # Monday 12:45-14:25
    (0, 870, 960),  # Monday 14:30-16:00
    (0, 960, 1080),  # Monday 16:15-17:45
    (0, 1080, 1170),  # Monday 18:00-19:30
    (1, 450, 540),  # Tuesday 7:30-9:00
    (1, 540, 660),  # Tuesday 9:15-10:45
    (1, 660, 750),  # Tuesday 11:00-12:30
    (1, 750, 870),  # Tuesday 12:45-14:15
    (2, 960, 1080),  # Wednesday 16:15-17:45
    (2, 1080, 1170),  # Wednesday 18:00-19:30
    (3, 450, 540),  # Thursday 7:30-9:00
    (3, 540, 660),  # Thursday 9:15-10:45
    (3, 960, 1080),  # Thursday 16:15-17:45
    (3, 1080, 1170),  # Thursday 18:00-19:30
    (4, 750, 870),  # Friday 12:45-14:15
    (4, 870, 960),  # Friday 14:30-16:00
)

#: One string a student: the letters of the times that fit.
STUDENTS = (
    "abcdhijnpq", "ko", "aehjk", "no", "abchno", "adejkno", "abfghilmp", "afn", "abcghimpq", "j", "abcdehijknopq",
    "abcdhijn", "abcghimpq", "abcghjknp", "jk", "eh", "cdejknoq", "hj", "abcdehijkmnopq", "gi", "p", "eno",
    "abcdeghijkmn", "afq", "abhik", "h", "abcdehjkno", "abcdhijnpq", "m", "m", "no", "lmno", "hk", "ino", "aehijkno",
    "aefhjknopq", "aekmno", "no", "hijmn", "bcfghi", "afghijn", "hjkp", "a", "abcghijmnpq", "bdeijknopq", "achi",
    "abcdefghijklmno", "jkno", "m", "abceno", "abd", "eko", "abcdghijkmnop", "bc", "abcdefhijlmn", "imn", "lmno",
    "efginopq", "nopq", "abcdeghijkmno", "egkm", "abcdeghijkmnopq", "ajq", "cdhijm", "abcdefghijk", "abcdehilmno",
    "no", "fg", "bcdeno", "akmn", "eijknopq", "ehmnpq", "bcdeino", "jkno", "aejk", "aehno", "jkno", "aelm", "bcgm",
    "abcdhi", "i", "aehjklmpq",
)  # fmt: skip
