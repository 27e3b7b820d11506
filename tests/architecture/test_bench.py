"""The benchmark on tiny cases: every part runs, its tables and charts are sound, the README says what is there."""

import json
import re
import shlex
from importlib import import_module
from inspect import signature
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from bench import charts, feeds, grouping_view, inputs, plans, proofs, rematch_view, rotations_view, scale_view
from bench.__main__ import PARTS, _parser, main
from bench.baselines import annealed, constrained_means, largest_slot_first, random_feasible
from bench.feeds_servers import Answer, Server
from bench.measuring import machine, spread
from bench.report import cell, keep, show, table
from matching.problem import pose
from matching.sets import numbers_in

BENCH = Path(charts.__file__).parent
SVG = "{http://www.w3.org/2000/svg}"
SURVEY = """# FILE NAME: 00063-00000001.cat
# ALTERNATIVE NAME 1: Monday 11:00-12:30 (MD)
# ALTERNATIVE NAME 2: Tuesday 7:30-9:00 (SC)
7: {1,2},{}
1: {2},{1}
"""


@pytest.fixture(scope="module")
def roster():
    return inputs.invented(20, "local", "realistic", 1)


@pytest.fixture(scope="module")
def quick_rows():
    return {"plans": list(plans.rows(quick=True)), "proofs": list(proofs.rows(quick=True))}


@pytest.fixture
def folder(tmp_path):
    """A place for results with a README that has room for every part."""
    marks = "\n".join(f"<!-- {part} -->\n<!-- /{part} -->" for part in PARTS)
    (tmp_path / "README.md").write_text(marks)
    return tmp_path


def test_our_plan_places_no_fewer_than_any_other_method(quick_rows):
    placed = {row["method"]: row["placed"] for row in quick_rows["plans"]}
    assert set(placed) == {"ours", "greedy", "random", "k-means", "annealing"}
    assert max(placed.values()) <= placed["ours"] <= quick_rows["plans"][0]["bound"]


def test_moments_of_a_run_come_in_their_order(quick_rows):
    (row,) = quick_rows["proofs"]
    moments = [row[name] for name in proofs.MOMENTS if row[name]]
    assert moments
    assert moments == sorted(moments)
    assert all(wall <= row["seconds"][0] and cpu <= row["seconds"][1] for wall, cpu in moments)


def test_a_part_is_measured_kept_and_shown_by_one_command(folder, capsys):
    main(["rotations", "--into", str(folder)])
    assert "processor" in capsys.readouterr().out
    assert len(json.loads((folder / "results" / "rotations.json").read_text())["rows"]) == 75
    assert "| 7 | 7 / 7 | 8 / 8 |" in (folder / "README.md").read_text()


def test_what_is_kept_is_shown_in_the_readme_and_drawn(quick_rows, folder):
    for part, module in (("plans", plans), ("proofs", proofs)):
        keep(folder, part, machine(), quick_rows[part])
        show(folder, part, summary=module.summary, drawings=module.drawings)
        assert json.loads((folder / "results" / f"{part}.json").read_text())["machine"]["cores"]
        assert table(module.summary(quick_rows[part])) in (folder / "README.md").read_text()
    for path in (folder / "results").glob("*.svg"):
        root = ET.parse(path).getroot()
        assert root.find(f"{SVG}title").text
        assert root.find(f"{SVG}desc").text


def test_kept_results_hold_no_path_and_the_readme_is_in_step_with_them(tmp_path):
    (tmp_path / "results").mkdir()
    (tmp_path / "README.md").write_text((BENCH / "README.md").read_text())
    for path in (BENCH / "results").glob("*.json"):
        assert not re.search(r"/(work|home|root|tmp|usr)/", path.read_text())
        (tmp_path / "results" / path.name).write_text(path.read_text())
    main(["--redraw", "--into", str(tmp_path)])
    again = {path.name: path.read_text() for path in tmp_path.rglob("*.*")}
    assert again == {path.name: path.read_text() for path in [BENCH / "README.md", *BENCH.glob("results/*")]}


def test_the_commands_of_the_readme_exist_and_every_part_has_a_table_in_it():
    readme = (BENCH / "README.md").read_text()
    commands = re.findall(r"^    \.venv/bin/python -m bench(.*?)(?:#.*)?$", readme, re.MULTILINE)
    assert commands
    for command in commands:
        _parser().parse_args(shlex.split(command))
    assert set(re.findall(r"<!-- (\w+) -->", readme)) >= set(PARTS)


@pytest.mark.parametrize("part", PARTS.values(), ids=PARTS)
def test_every_part_can_be_measured_with_what_it_is_asked_for(part):
    measure = getattr(import_module(f"bench.{part.module}"), part.function)
    assert set(part.defaults) <= set(signature(measure).parameters)
    assert not part.view or import_module(f"bench.{part.view}").summary([]) is not None


@pytest.mark.parametrize(
    ("command", "allowed"),
    [(["plan"], "plans, proofs"), (["--jobs", "0"], "1 and more"), (["--seeds", "x"], "1 and more")],
)
def test_what_cannot_be_asked_is_refused_with_what_can(command, allowed, capsys):
    with pytest.raises(SystemExit):
        main(command)
    assert allowed in capsys.readouterr().err


def test_parts_that_lack_their_data_are_left_out_and_say_so(capsys, monkeypatch):
    monkeypatch.delenv("MDGPLIB", raising=False)
    main(["grouping"])
    assert "grouping: left out" in capsys.readouterr().err


def test_a_folder_without_instances_changes_nothing_that_was_kept(folder, capsys):
    main(["grouping", "--data", str(folder), "--into", str(folder)])
    assert "nothing was found" in capsys.readouterr().err
    assert not (folder / "results").exists()


def test_students_of_a_survey_are_free_at_the_times_they_ticked(tmp_path):
    (tmp_path / "votes.cat").write_text(SURVEY)
    roster = inputs.ctu(tmp_path / "votes.cat")
    assert [len(member.free) for member in roster.members] == [2] * 7 + [1]
    assert str(roster.members[7].free[0]) == "tue 07:30-09:00"
    assert proofs._gap(proofs.form(roster, seconds=1).objective[0]) == 0


def test_the_judge_counts_only_pods_of_which_all_can_meet(roster):
    judge, problem = plans.Judge(roster), pose(roster)
    sound = largest_slot_first(problem)
    assert judge.verdict(sound).placed == sum(pod.bit_count() for pod in sound)
    everyone = (1 << len(roster.members)) - 1
    assert judge.verdict([everyone]).placed == 0
    assert judge.verdict([0b11]).placed == 0


def test_the_judge_sends_misfits_away_only_for_the_second_count(roster):
    judge, problem = plans.Judge(roster), pose(roster)
    pod = next(pod for pod in largest_slot_first(problem) if pod.bit_count() < 10)
    strangers = [i for i in range(len(roster.members)) if not judge.verdict([pod | 1 << i]).placed]
    spoilt = judge.verdict([pod | 1 << strangers[0]])
    assert (spoilt.placed, spoilt.salvaged) == (0, pod.bit_count())


@pytest.mark.parametrize("method", [random_feasible, constrained_means, annealed])
def test_nobody_is_twice_in_the_pods_of_a_method_and_sizes_are_kept(method, roster):
    pods = method(pose(roster), seed=1, seconds=0.1)
    everyone = [i for pod in pods for i in numbers_in(pod)]
    assert len(everyone) == len(set(everyone)) > 0
    assert all(6 <= pod.bit_count() <= 10 for pod in pods)


@pytest.mark.parametrize("method", [random_feasible, constrained_means, annealed])
def test_a_roster_in_which_nobody_can_meet_has_no_pods(method):
    assert method(pose(inputs.invented(8, "world", "sparse", 1)), seed=1, seconds=0.05) == []


def test_cases_come_back_in_order_from_several_processes():
    assert list(spread(abs, [-3, 2, -1], 2)) == [3, 2, 1]


def test_large_rosters_are_shown_as_shares_of_the_bound_and_seconds():
    row = {
        "members": 500, "zones": "world", "tightness": "easy", "placed": 97, "bound": 100, "share": 0.97, "if needed": 3,
        "if-needed bound": 2, "first plan, s": 2.0, "CPU s": 90.0, "wall s": 60.0, "MiB, parent": 100,
        "MiB, largest worker": 200,
    }  # fmt: skip
    (shown,) = scale_view.summary([row, row | {"share": 0.95, "placed": 95}])
    assert (shown["placed / bound"], shown["worst %"]) == ("192 / 200", 95.0)
    pictures = scale_view.drawings([row])
    assert ">97<" in pictures["scale"]
    assert {ET.fromstring(picture).tag for picture in pictures.values()} == {f"{SVG}svg"}


def test_rounds_without_a_repeat_are_shown_beside_those_known():
    rows = [{"rooms": 7, "size": size, "rounds": 7, "known": size, "milliseconds": 1.0} for size in (6, 7)]
    assert rotations_view.summary(rows) == [{"rooms": 7, "of 6": "7 / 6", "of 7": "7 / 7"}]


def test_a_lead_is_counted_by_class_and_over_all():
    rows = [
        {"class": name, "ours better by %": lead, "CPU s ours, TPSDP": [3.0, 3.0]}
        for name, lead in (("a", 1.0), ("b", -1.0))
    ]
    assert [(row["class"], row["mean lead %"], row["at least as good"]) for row in grouping_view.summary(rows)] == [
        ("a", 1.0, 1),
        ("b", -1.0, 0),
        ("all", 0.0, 1),
    ]


def test_moves_are_summed_by_tightness():
    row = {
        "members": 150, "zones": "local", "tightness": "hard", "moved": 2, "least_moved": 1, "placed": 9, "most_placed": 9,
        "moving": 0.5, "whole": 1.0, "idle_moved": 0,
    }  # fmt: skip
    (shown,) = rematch_view.summary([row, row | {"moved": 1}])
    assert (shown["moved / least"], shown["proven fewest"]) == ("3 / 2", 1)


def test_every_kind_of_poll_is_answered_as_it_should_be_and_compared_with_ok():
    first, *others = rows = list(feeds.rows(quick=True))
    polls = {(row["answer"], row["events"]): row["status"] for row in rows if "Radicale" not in row["answer"]}
    assert polls == {
        ("ok", None): 200,
        ("ok, inside the service", None): 200,
        ("304", 11): 304,
        ("304", 6): 304,
        ("200", 11): 200,
        ("200, gzip", 11): 200,
        ("200, gzip", 6): 200,
        ("404, unknown token", None): 404,
        ("our render, each time", 11): 200,
        ("our render, each time", 6): 200,
        ("icalendar, each time", 11): 200,
        ("icalendar, each time", 6): 200,
        ("calendars.render, no server", 11): None,
        ("icalendar, no server", 11): None,
        ("feeds.refresh_pod", 6): None,
        ("feeds.refresh_pod, a long cohort", 60): None,
        ("feeds.refresh, with the host's calendar", 6): None,
    }
    assert (first["x ok"], first["x ok, kept connection"]) == (1, 1)
    assert all(list(row) == list(first) and row["CPU us"] > 0 for row in others)
    assert all((row["bar"] is None) == (row["met"] is None) for row in rows)


def test_a_poll_that_is_answered_otherwise_than_it_should_be_ends_the_measuring():
    poll = feeds.Poll("304", Server(1, 1, {}), "/f/token.ics", 304)
    with pytest.raises(ValueError, match=r"/f/token\.ics was answered with 200, not 304"):
        feeds._check(poll, [Answer(304, {}, b""), Answer(200, {}, b"")])


def test_charts_are_xml_whatever_is_in_their_names():
    awkward = "<a> & \"b\" 'c'"
    pictures = [
        charts.bars(awkward, awkward, [charts.Bars(awkward, ((awkward, 0.0), ("x", 3.0)), 3.0, 5.0)]),
        charts.bars(awkward, awkward, []),
        charts.dots(awkward, awkward, [awkward], [charts.Lane(awkward, ((0.0, 1.0, 99.0),), 4)], first=0.1, last=10),
        charts.steps(
            awkward, awkward, [charts.Steps(awkward, (((0.0, 0.5), (1.0, 1.0)),), ())], first=0.1, last=10, low=0.6
        ),
    ]
    for picture in pictures:
        root = ET.fromstring(picture)
        assert root.find(f"{SVG}title").text == awkward
        assert not re.search(r"nan|inf", picture)


def test_cells_say_what_never_happened_and_keep_three_digits():
    assert [cell(None), cell(0.123456), cell(1234.5), cell((1.5, None)), cell("a|b")] == [
        "–",
        "0.123",
        "1234",
        "1.5, –",
        "a\\|b",
    ]
