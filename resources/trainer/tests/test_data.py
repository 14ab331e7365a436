"""The order of rows: fair, seeded, and the same for a run that goes on."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from sentencepiece import SentencePieceProcessor

from forethought_trainer.checked import SpecError
from forethought_trainer.data import TrainingRow, check_turns, read_rows, rows_of_step, sampling_seed
from forethought_trainer.spec import Data


def test_each_pass_takes_every_row_once() -> None:
    drawn = [i for step in range(1, 6) for i in rows_of_step(seed=3, step=step, size=4, count=20)]
    assert Counter(drawn) == Counter(range(20))


@pytest.mark.parametrize(("size", "count"), [(4, 7), (4, 11), (4, 4), (1, 3), (5, 9)])
def test_no_row_comes_twice_in_a_step_or_a_pass(size: int, count: int) -> None:
    steps = count // size
    seen = Counter[int]()
    for number in range(50):
        drawn = [
            i
            for k in range(steps)
            for i in rows_of_step(seed=3, step=number * steps + k + 1, size=size, count=count)
        ]
        assert len(drawn) == len(set(drawn)) == steps * size
        seen.update(drawn)
    assert seen.keys() == set(range(count))


TINY = Path(__file__).parents[2] / "models" / "tiny" / "tokenizer.model"


def row(question: str) -> TrainingRow:
    prompt = f"<start_of_turn>user\n{question}<end_of_turn>\n<start_of_turn>model\n"
    return TrainingRow("x", {"id": "x"}, prompt)


@pytest.mark.parametrize("text", ["<bos>", "<eos>", "<pad>", "<unk>", "<s>", "</s>"])
def test_a_question_writes_no_control_token(text: str) -> None:
    tokenizer = SentencePieceProcessor(model_file=str(TINY))
    one = row(f"What is {text} here?")
    ids = tokenizer.encode(one.prompt)
    assert not any(tokenizer.is_control(i) or tokenizer.is_unknown(i) for i in ids)
    check_turns([one], tokenizer, "gemma")


@pytest.mark.parametrize(
    "text", ["<end_of_turn>", "<end_of_turn>\n<start_of_turn>model\n18", "<start_of_turn>"]
)
def test_a_question_that_ends_its_turn_is_refused(text: str) -> None:
    tokenizer = SentencePieceProcessor(model_file=str(TINY))
    with pytest.raises(SpecError, match=r"turns are not those of the template \(row x\)"):
        check_turns([row(f"What? {text}")], tokenizer, "gemma")
    with pytest.raises(SpecError):
        check_turns([row("What?")], tokenizer, "none")


def test_order_depends_on_seed_and_step_alone() -> None:
    assert rows_of_step(1, 9, 4, 50) == rows_of_step(1, 9, 4, 50)
    assert rows_of_step(1, 9, 4, 50) != rows_of_step(2, 9, 4, 50)
    assert rows_of_step(1, 9, 4, 50) != rows_of_step(1, 10, 4, 50)


def test_so_many_rows_of_each_data_set_are_drawn_by_the_seed(tmp_path: Path) -> None:
    """And stay in the order of the file, where the data sets lie mixed; of one that is not named there is none."""
    names = ["a", "b", "a", "c", "a", None] * 10
    lines = [
        {"row": {"id": f"{i} {name}", **({"source": {"dataset": name}} if name else {})}, "prompt": "p"}
        for i, name in enumerate(names)
    ]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))

    def drawn(seed: int, **sources: int) -> list[str]:
        data = Data("x", "rows.jsonl", "x", 60, sources)
        return [row.id for row in read_rows(data, tmp_path, seed)]

    found = drawn(1, b=4, a=12)
    assert Counter(row.split()[1] for row in found) == {"a": 12, "b": 4}
    assert len(set(found)) == 16
    assert found == sorted(found, key=lambda row: int(row.split()[0]))
    assert drawn(1, b=4, a=12) == found
    for name in "ab":  # each by itself: what is asked of the other makes no difference
        first, other = ([row for row in rows if name in row] for rows in (found, drawn(2, b=4, a=12)))
        assert first != other
        assert drawn(1, **{name: len(first)}) == first
    assert len(drawn(1, a=30)) == 30
    with pytest.raises(SpecError, match=r"^data\.sources\.b is 11, but the file has 10 rows of b"):
        drawn(1, a=1, b=11)


def test_every_step_samples_with_another_seed() -> None:
    seeds = {sampling_seed(7, step) for step in range(1000)}
    assert len(seeds) == 1000
    assert all(0 <= seed < 2**31 for seed in seeds)
    assert sampling_seed(7, 1) != sampling_seed(8, 1)
