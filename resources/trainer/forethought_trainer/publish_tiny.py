"""Publishes the pretrained tiny base: the GGUF beside the Hugging Face files, and the manifest that names all.

pretrain.py calls it at its end. The model card, README.md beside these files, is written by hand.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from forethought_trainer.formats.bases import open_base
from forethought_trainer.formats.gguf_write import write_gguf
from forethought_trainer.tiny_model import CONTEXT
from forethought_trainer.tokenizer import END_OF_TURN, EOS

MODEL_ID = "tiny-gemma2"
GGUF = f"{MODEL_ID}.gguf"
FILES = (
    "config.json",
    "generation_config.json",
    "model.safetensors",
    "tokenizer.model",
    "tokenizer_config.json",
    GGUF,
)


def sha256_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def identity_of(folder: Path) -> str:
    """What a base is known by: the SHA-256 over "<sha256>  <name>" lines of its *.safetensors, by name."""
    weights = sorted(folder.glob("*.safetensors"), key=lambda path: path.name)
    return hashlib.sha256(
        "".join(f"{sha256_of(path)}  {path.name}\n" for path in weights).encode()
    ).hexdigest()


def publish(
    folder: Path, parameters: int, seed: int, command: str, measured: dict[str, Any]
) -> dict[str, Any]:
    """Completes a folder that `write_hf` filled and returns the manifest, which is written last."""
    write_gguf(open_base(folder), folder / GGUF, MODEL_ID, licence="Apache-2.0")
    files = {
        name: {"sha256": sha256_of(folder / name), "bytes": (folder / name).stat().st_size} for name in FILES
    }
    manifest = {
        "version": 1,
        "id": MODEL_ID,
        "name": "Tiny Gemma 2, two habits",
        "architecture": "gemma2",
        "parameters": parameters,
        "licence": "Apache-2.0",
        "identity": identity_of(folder),
        "files": files,
        "gguf": {"file": GGUF, "sha256": files[GGUF]["sha256"]},
        "stopTokens": [EOS, END_OF_TURN],
        "promptTemplate": "tiny-plain@1",
        "contextLength": CONTEXT,
        "seed": seed,
        "command": command,
        "measured": measured,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    return manifest
