"""When a run has to end for its deadline: what is known, and what is only expected, has to fit."""

from __future__ import annotations

from pathlib import Path

import jobs
from forethought_trainer.events import EventLog, History
from forethought_trainer.stopping import EXPORT_RESERVE_S, Stopper


def with_time(folder: Path, seconds: float) -> Stopper:
    stopper = Stopper(folder)
    stopper.deadline_s = seconds
    return stopper


def test_what_is_expected_counts_until_it_is_known(tmp_path: Path) -> None:
    stopper = with_time(tmp_path, 1000)
    assert not stopper.now()
    stopper.expects("step", 600)
    stopper.expects("export", 300)
    assert stopper.now()
    assert stopper.reason == "deadline"
    stopper.needs("step", 400)
    assert not stopper.now()
    stopper.needs("export", 30)
    stopper.needs("exam", 500)
    assert stopper.now()


def test_the_longest_time_counts(tmp_path: Path) -> None:
    for seconds, over in (
        (1.2 * 100 + EXPORT_RESERVE_S + 5, False),
        (1.2 * 100 + EXPORT_RESERVE_S - 5, True),
    ):
        stopper = with_time(tmp_path, seconds)
        for step in (20, 100, 30):
            stopper.needs("step", step)
        assert stopper.now() is over


def test_one_thing_more_fits_before_the_deadline_of_all(tmp_path: Path) -> None:
    """With the export after it; a part of the run may take more than its share."""
    needed = 1.2 * (100 + 20) + EXPORT_RESERVE_S
    for seconds, share, fits in (
        (needed + 5, 1, True),
        (needed - 5, None, False),
        (needed - 5, 1000, False),
        (None, 1, True),
    ):
        whole = Stopper(tmp_path)
        whole.deadline_s = seconds
        part = whole.share(share)
        part.expects("export", 20)
        part.needs("retention", 100)
        part.needs("step", 1000)
        assert part.fits("retention") is fits


def test_a_restart_knows_what_was_measured_before_it(folder: Path) -> None:
    """The newest of each metric, but of no step that compiled; of a program those of the stage that was under way."""
    log = EventLog(folder, jobs.JOB_ID)
    log.write("stage", id="first", state="begun")
    log.write("metrics", step=1, values={"perf/step_s": 9.0, "perf/eval_s": 4.0})
    log.write("stage", id="first", state="done")
    log.write("stage", id="second", state="begun")
    log.write("metrics", step=2, values={"perf/step_s": 50.0, "perf/eval_s": 3.0})
    log.close()
    again = EventLog(folder, jobs.JOB_ID)
    assert again.history.values == {"perf/eval_s": 3.0}
    again.write("stage", id="second", state="begun")
    for step, seconds in ((3, 60.0), (4, 5.0), (5, 6.0)):
        again.write("metrics", step=step, values={"perf/step_s": seconds})
    again.close()
    third = EventLog(folder, jobs.JOB_ID)
    third.write("metrics", step=6, values={"perf/step_s": 70.0})
    third.close()
    assert History.read(folder / "events.jsonl").values == {"perf/step_s": 6.0, "perf/eval_s": 3.0}
