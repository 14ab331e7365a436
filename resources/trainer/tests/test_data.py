"""The order of rows: fair, seeded, and the same for a run that goes on."""

from __future__ import annotations

from collections import Counter

from forethought_trainer.data import rows_of_step, sampling_seed


def test_each_pass_takes_every_row_once() -> None:
    drawn = [i for step in range(1, 6) for i in rows_of_step(seed=3, step=step, size=4, count=20)]
    assert Counter(drawn) == Counter(range(20))


def test_a_step_never_holds_a_row_twice_even_across_passes() -> None:
    for step in range(1, 40):
        rows = rows_of_step(seed=3, step=step, size=4, count=7)
        assert len(set(rows)) == 4


def test_order_depends_on_seed_and_step_alone() -> None:
    assert rows_of_step(1, 9, 4, 50) == rows_of_step(1, 9, 4, 50)
    assert rows_of_step(1, 9, 4, 50) != rows_of_step(2, 9, 4, 50)
    assert rows_of_step(1, 9, 4, 50) != rows_of_step(1, 10, 4, 50)


def test_every_step_samples_with_another_seed() -> None:
    seeds = {sampling_seed(7, step) for step in range(1000)}
    assert len(seeds) == 1000
    assert all(0 <= seed < 2**31 for seed in seeds)
    assert sampling_seed(7, 1) != sampling_seed(8, 1)
