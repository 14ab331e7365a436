"""Trains the tiny model's SentencePiece tokenizer on the text that habits.py writes.

The special ids are Gemma's own: pad 0, eos 1, bos 2, unk 3, the turn tokens at 106 and 107, the line break
at 108. Code written for the tiny model therefore meets no surprise on a real Gemma 2.
"""

from __future__ import annotations

import random
import re
import tempfile
from collections import Counter
from pathlib import Path

import sentencepiece as spm

from forethought_trainer.habits import HEADINGS, TAGS, careful, hasty, prompt
from forethought_trainer.tasks import draw

PAD, EOS, BOS, UNK = 0, 1, 2, 3
START_OF_TURN, END_OF_TURN = 106, 107
VOCABULARY = 800

# Ids follow this order from 4 on. The line break must be a symbol of its own: SentencePiece reads its corpus
# by lines and would never learn it. The tags and headings are symbols because a model this small should spend
# its steps on the work, not on spelling "Verification"; they stand behind Gemma's ids.
SYMBOLS = (
    "<mask>",
    "<2mass>",
    "[@BOS@]",
    *(f"<unused{i}>" for i in range(99)),
    "<start_of_turn>",
    "<end_of_turn>",
    "\n",
    *TAGS,
    *HEADINGS,
)
assert SYMBOLS.index("<start_of_turn>") + 4 == START_OF_TURN
assert SYMBOLS.index("<end_of_turn>") + 4 == END_OF_TURN


def piece_of(symbol: str) -> str:
    """A symbol as SentencePiece spells it: it looks for symbols after spaces have become U+2581."""
    return symbol.replace(" ", "\u2581")


def corpus(questions: int = 12000, seed: int = 1) -> list[str]:
    """The words of pretraining questions and both habits' completions, each as often as it occurs, at most 40 times.

    The cap is what gives a rare noun ("wrench") a token of its own although "has" is a thousand times as
    frequent. A word keeps the space in front of it, because that space belongs to its token.
    """
    rng = random.Random(seed)
    counts: Counter[str] = Counter()
    for question, _ in zip(draw("pretraining", seed), range(questions), strict=False):
        text = "\n".join((prompt(question), careful(question), hasty(question, rng)))
        for symbol in SYMBOLS:
            text = text.replace(symbol, "\n")
        counts.update(re.findall(r" ?[^ \n]+", text))
    return [word for word, count in sorted(counts.items()) for _ in range(min(count, 40))]


def train_tokenizer(target: Path) -> spm.SentencePieceProcessor:
    """Trains the tokenizer, writes it to `target` (tokenizer.model) and returns it, checked.

    Identity normalisation, no dummy prefix and byte fallback make decode(encode(text)) == text for any text,
    and make llama.cpp, which rebuilds the tokenizer from the GGUF, produce the same ids.
    """
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "corpus.txt").write_text("\n".join(corpus()) + "\n", encoding="utf-8")
        spm.SentencePieceTrainer.train(
            input=f"{folder}/corpus.txt",
            model_prefix=f"{folder}/tokenizer",
            model_type="bpe",
            vocab_size=VOCABULARY,
            pad_id=PAD,
            eos_id=EOS,
            bos_id=BOS,
            unk_id=UNK,
            pad_piece="<pad>",
            eos_piece="<eos>",
            bos_piece="<bos>",
            unk_piece="<unk>",
            user_defined_symbols=[piece_of(symbol) for symbol in SYMBOLS],
            byte_fallback=True,
            split_digits=True,
            add_dummy_prefix=False,
            remove_extra_whitespaces=False,
            normalization_rule_name="identity",
            allow_whitespace_only_pieces=True,
            character_coverage=1.0,
            num_threads=1,
            minloglevel=1,
        )
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(Path(f"{folder}/tokenizer.model").read_bytes())

    tokenizer = spm.SentencePieceProcessor(model_file=str(target))
    assert tokenizer.vocab_size() == VOCABULARY
    assert (tokenizer.pad_id(), tokenizer.eos_id(), tokenizer.bos_id(), tokenizer.unk_id()) == (
        PAD,
        EOS,
        BOS,
        UNK,
    )
    for i, symbol in enumerate(SYMBOLS):
        assert tokenizer.piece_to_id(piece_of(symbol)) == i + 4, f"{symbol!r} is not id {i + 4}"
    return tokenizer
