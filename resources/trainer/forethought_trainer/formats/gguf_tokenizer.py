"""A SentencePiece model as a GGUF keeps it, both ways: the trainer and llama.cpp cut every text into the same tokens.

GGUF numbers the kinds of pieces as SentencePiece does. Two things are otherwise in llama.cpp. It looks for symbols
before it marks spaces, so a symbol keeps its spaces where SentencePiece has U+2581. And marks of turns are control
tokens there, while SentencePiece never finds a control piece in a text and so has them as user-defined symbols.
"""

from __future__ import annotations

import struct
from typing import Any

from forethought_trainer.formats.architecture import UnsupportedBase
from forethought_trainer.formats.gguf_file import GgufFile

CONTROL, USER_DEFINED = 3, 4
SPACE = "\u2581"
# Control tokens that a prompt writes as text; others no text writes, here as in the core.
MARKS = {"<start_of_turn>", "<end_of_turn>"}
# SentencePiece's name of a special id, and GGUF's.
SPECIAL = {"bos": "bos", "eos": "eos", "unk": "unknown", "pad": "padding"}
GEMMA_IDS = {"pad": 0, "eos": 1, "bos": 2, "unk": 3}


def sentencepiece_model(file: GgufFile) -> bytes:
    """The bytes of a tokenizer.model with this file's vocabulary."""
    kind = file.metadata.get("tokenizer.ggml.model")
    if kind != "llama":
        raise UnsupportedBase(
            f"{file.path}: tokenizer.ggml.model is {kind!r}; a Gemma has a SentencePiece one, 'llama'."
        )
    ids = {
        name: file.metadata.get(f"tokenizer.ggml.{key}_token_id", GEMMA_IDS[name])
        for name, key in SPECIAL.items()
    }
    try:
        columns = [file.array(f"tokenizer.ggml.{key}") for key in ("tokens", "scores", "token_type")]
        return model_of(columns, ids, bool(file.metadata.get("tokenizer.ggml.add_space_prefix", False)))
    except KeyError as error:
        raise UnsupportedBase(f"{file.path}: {error.args[0]} is missing.") from None
    except (AttributeError, IndexError, TypeError, ValueError, struct.error):
        raise UnsupportedBase(
            f"{file.path}: its vocabulary is damaged: tokens, scores, kinds and special ids do not go together. Get it again."
        ) from None


def model_of(columns: list[list[Any]], ids: dict[str, Any], space_prefix: bool) -> bytes:
    """columns: text, score and kind of each piece. ids: of the special ones, by SentencePiece's name."""
    from sentencepiece import sentencepiece_model_pb2 as pb

    model = pb.ModelProto()  # pyright: ignore[reportAttributeAccessIssue]
    for piece, score, piece_type in zip(*columns, strict=True):
        if piece in MARKS:
            piece_type = USER_DEFINED
        piece = piece.replace(" ", SPACE) if piece_type == USER_DEFINED else piece
        model.pieces.add(piece=piece, score=score, type=piece_type)
    trainer = model.trainer_spec
    trainer.model_type = 2  # BPE
    trainer.vocab_size = len(model.pieces)
    trainer.byte_fallback = trainer.split_digits = trainer.allow_whitespace_only_pieces = True
    for name, i in ids.items():
        setattr(trainer, f"{name}_id", i)
        setattr(trainer, f"{name}_piece", model.pieces[i].piece)
    normalizer = model.normalizer_spec
    normalizer.name = "identity"
    normalizer.add_dummy_prefix = space_prefix
    normalizer.remove_extra_whitespaces = False
    normalizer.escape_whitespaces = True
    return model.SerializeToString()


def vocabulary_of(tokenizer_model: bytes) -> dict[str, tuple[str, Any]]:
    """The `tokenizer.ggml.*` entries of a GGUF, each with its type, in the order in which they are written."""
    from sentencepiece import sentencepiece_model_pb2 as pb

    model = pb.ModelProto.FromString(tokenizer_model)  # pyright: ignore[reportAttributeAccessIssue]
    pieces, scores, types = [], [], []
    for entry in model.pieces:
        is_symbol = entry.type == USER_DEFINED
        pieces.append(entry.piece.replace(SPACE, " ") if is_symbol else entry.piece)
        scores.append(entry.score)
        types.append(CONTROL if is_symbol and entry.piece in MARKS else int(entry.type))
    entries: dict[str, tuple[str, Any]] = {
        "model": ("string", "llama"),
        "pre": ("string", "default"),
        "tokens": ("strings", pieces),
        "scores": ("f32s", scores),
        "token_type": ("i32s", types),
    }
    for name, key in SPECIAL.items():
        i = getattr(model.trainer_spec, f"{name}_id")
        if i >= 0:
            entries[f"{key}_token_id"] = ("u32", i)
    if "<end_of_turn>" in pieces:
        entries["eot_token_id"] = ("u32", pieces.index("<end_of_turn>"))
    return entries | {
        "add_bos_token": ("bool", True),
        "add_eos_token": ("bool", False),
        "add_space_prefix": ("bool", bool(model.normalizer_spec.add_dummy_prefix)),
    }
