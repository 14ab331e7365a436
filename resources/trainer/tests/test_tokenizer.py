"""The tokenizer: Gemma's special ids, exact round trips, and texts short enough for the demo's limits."""

from __future__ import annotations

import itertools
import random
from pathlib import Path

import pytest
import sentencepiece as spm

from forethought_trainer import habits, tasks, tokenizer

COMMITTED = Path(__file__).parents[2] / "models" / "tiny" / "tokenizer.model"


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tokenizer") / "tokenizer.model"
    tokenizer.train_tokenizer(path)
    return path


@pytest.fixture(scope="module")
def processor(trained: Path) -> spm.SentencePieceProcessor:
    return spm.SentencePieceProcessor(model_file=str(trained))


def test_the_committed_tokenizer_is_what_training_gives(processor: spm.SentencePieceProcessor) -> None:
    if not COMMITTED.is_file():
        pytest.skip("resources/models/tiny holds no tokenizer")
    committed = spm.SentencePieceProcessor(model_file=str(COMMITTED))
    pieces = range(processor.vocab_size())
    assert [committed.id_to_piece(i) for i in pieces] == [processor.id_to_piece(i) for i in pieces]


def test_special_ids_are_gemmas(processor: spm.SentencePieceProcessor) -> None:
    assert (processor.pad_id(), processor.eos_id(), processor.bos_id(), processor.unk_id()) == (0, 1, 2, 3)
    assert processor.encode("<start_of_turn>user\n")[0] == 106
    assert processor.encode("\n<end_of_turn>\n") == [108, 107, 108]


def test_tags_and_headings_are_one_token_each(processor: spm.SentencePieceProcessor) -> None:
    for symbol in (*habits.TAGS, *habits.HEADINGS):
        assert len(processor.encode(symbol)) == 1, symbol


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "  two leading spaces",
        "tabs\tand\r\nline ends\n\n",
        "ümläut, 漢字, emoji 🧠, nul-free",
        "Analysis & Strategy: in the middle, <reasoning>inline</reasoning>",
        "1234567890 -12.5",
        "<start_of_turn>user\nHow many?<end_of_turn>\n<start_of_turn>model\n",
        "\u2581literal meta space kept as a space",
    ],
)
def test_round_trip(processor: spm.SentencePieceProcessor, text: str) -> None:
    # SentencePiece writes a space as U+2581, so that one character cannot be told from a space.
    assert processor.decode(processor.encode(text)) == text.replace("\u2581", " ")


def test_own_texts_round_trip_without_byte_tokens_within_the_limits(
    processor: spm.SentencePieceProcessor,
) -> None:
    rng = random.Random(2)
    for pool in tasks.POOLS:
        for question in itertools.islice(tasks.draw(pool, 9), 1200):
            asked = processor.encode(habits.prompt(question))
            assert len(asked) + 1 <= 64, "BOS and prompt"
            for text, limit in ((habits.careful(question), 96), (habits.hasty(question, rng), 24)):
                ids = processor.encode(text)
                assert len(ids) <= limit
                assert ids[-1] == 107 and ids.count(107) == 1
                assert processor.decode(ids) == text
                assert not any(processor.is_byte(i) or processor.is_unknown(i) for i in (*asked, *ids))
