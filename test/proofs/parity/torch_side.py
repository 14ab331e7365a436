"""The side of torch, transformers and PEFT of the parity proof. Knows nothing of the trainer.

    torch_side.py <request.json>

Of each variant, a Hugging Face folder and PEFT adapters that are active on it together, it writes <out>/<name>.f32, the
logits of every position (or of the last) of every sequence, and, where greedy texts are wanted, <out>/<name>.json.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import sentencepiece
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM

BATCH = 50


def load(variant: dict[str, Any]) -> Any:
    model: Any = AutoModelForCausalLM.from_pretrained(
        variant["base"], dtype=torch.float32, attn_implementation="eager"
    ).eval()
    if variant["adapters"]:
        first, *others = variant["adapters"]
        model = PeftModel.from_pretrained(model, first, adapter_name="adapter0")
        for i, folder in enumerate(others, 1):
            model.load_adapter(folder, adapter_name=f"adapter{i}")
        model.base_model.set_adapter([f"adapter{i}" for i in range(len(variant["adapters"]))])
    return model


def write_logits(model: Any, request: dict[str, Any], path: Path) -> None:
    with path.open("wb") as f:
        for sequence in request["sequences"]:
            keep = 1 if request["positions"] == "last" else 0  # 0: all
            logits = model(torch.tensor([sequence]), logits_to_keep=keep).logits[0]
            f.write(logits.float().contiguous().numpy().data)


def greedy_texts(model: Any, request: dict[str, Any], tokenizer: Any) -> list[str]:
    """Fifty prompts at a time, padded on the left; the mask keeps the padding out of everything."""
    texts: list[str] = []
    rows = [[tokenizer.bos_id(), *tokenizer.encode(prompt)] for prompt in request["prompts"]]
    for first in range(0, len(rows), BATCH):
        part = rows[first : first + BATCH]
        width = max(map(len, part))
        ids = torch.tensor([[0] * (width - len(row)) + row for row in part])
        mask = torch.tensor([[0] * (width - len(row)) + [1] * len(row) for row in part])
        made = model.generate(
            input_ids=ids,
            attention_mask=mask,
            do_sample=False,
            max_new_tokens=request["maxTokens"],
            eos_token_id=request["endTokens"],
            pad_token_id=0,
        )[:, width:].tolist()
        for tokens in made:
            end = next((i for i, token in enumerate(tokens) if token in request["endTokens"]), len(tokens))
            texts.append(tokenizer.decode(tokens[:end]))
    return texts


def main() -> None:
    request = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    out = Path(request["out"])
    out.mkdir(parents=True, exist_ok=True)
    torch.set_grad_enabled(False)
    for variant in request["variants"]:
        print(f"torch: {variant['name']}", file=sys.stderr, flush=True)
        model = load(variant)
        write_logits(model, request, out / f"{variant['name']}.f32")
        if variant["greedy"]:
            tokenizer = sentencepiece.SentencePieceProcessor(model_file=f"{variant['base']}/tokenizer.model")
            texts = greedy_texts(model, request, tokenizer)
            (out / f"{variant['name']}.json").write_text(json.dumps(texts), encoding="utf-8")


if __name__ == "__main__":
    main()
