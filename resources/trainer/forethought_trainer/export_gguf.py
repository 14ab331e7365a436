"""Writes the GGUF of the tiny base from its Hugging Face folder, for llama.cpp.

Only the command that makes the base calls it, so PyPI's `gguf` is imported here and is not part of what a
training host installs.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import sentencepiece as spm
from safetensors.numpy import load_file

from forethought_trainer.tokenizer import BOS, END_OF_TURN, EOS, PAD, SYMBOLS, UNK

BLOCK_NAMES = {
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "post_attention_norm",
    "pre_feedforward_layernorm": "ffn_norm",
    "post_feedforward_layernorm": "post_ffw_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}


def gguf_name(name: str) -> str:
    """`model.layers.3.mlp.up_proj.weight` → `blk.3.ffn_up.weight`."""
    if name == "model.embed_tokens.weight":
        return "token_embd.weight"
    if name == "model.norm.weight":
        return "output_norm.weight"
    _, _, layer, module = name.removesuffix(".weight").split(".", 3)
    return f"blk.{layer}.{BLOCK_NAMES[module]}.weight"


def write_gguf(folder: Path, target: Path, name: str) -> None:
    """Reads config.json, model.safetensors and tokenizer.model in `folder` and writes `target`, all float32.

    float32 although the values come from float16: llama.cpp would round activations to float16 too where
    weights are float16, and this file is held against the trainer's own logits.
    """
    import gguf

    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    tokenizer_config = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
    writer = gguf.GGUFWriter(str(target), "gemma2")
    writer.add_type("model")
    writer.add_name(name)
    writer.add_license("Apache-2.0")
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_key_length(config["head_dim"])
    writer.add_value_length(config["head_dim"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_attn_logit_softcapping(config["attn_logit_softcapping"])
    writer.add_final_logit_softcapping(config["final_logit_softcapping"])
    writer.add_sliding_window(config["sliding_window"])
    add_tokenizer(writer, folder / "tokenizer.model")
    writer.add_chat_template(tokenizer_config["chat_template"])

    for tensor_name, tensor in load_file(str(folder / "model.safetensors")).items():
        tensor = tensor.astype(np.float32)
        if tensor_name.endswith("norm.weight"):
            tensor = tensor + np.float32(1)  # llama.cpp multiplies by the weight, Gemma by 1 + weight
        writer.add_tensor(gguf_name(tensor_name), np.ascontiguousarray(tensor))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def add_tokenizer(writer, tokenizer_file: Path) -> None:
    """Adds the SentencePiece model, such that llama.cpp cuts every text into the same ids."""
    import gguf

    tokenizer = spm.SentencePieceProcessor(model_file=str(tokenizer_file))
    turn_tokens = {"<start_of_turn>", "<end_of_turn>"}
    pieces, scores, types = [], [], []
    for i in range(tokenizer.vocab_size()):
        piece = tokenizer.id_to_piece(i)
        if tokenizer.is_unknown(i):
            kind = gguf.TokenType.UNKNOWN
        elif tokenizer.is_control(i) or piece in turn_tokens:
            kind = gguf.TokenType.CONTROL
        elif tokenizer.is_byte(i):
            kind = gguf.TokenType.BYTE
        elif UNK < i <= UNK + len(SYMBOLS):
            kind = gguf.TokenType.USER_DEFINED
            piece = piece.replace("\u2581", " ")  # llama.cpp looks for symbols before it marks spaces
        else:
            kind = gguf.TokenType.NORMAL
        pieces.append(piece.encode())
        scores.append(float(tokenizer.get_score(i)))
        types.append(kind)
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(pieces)
    writer.add_token_scores(scores)
    writer.add_token_types(types)
    writer.add_bos_token_id(BOS)
    writer.add_eos_token_id(EOS)
    writer.add_eot_token_id(END_OF_TURN)
    writer.add_unk_token_id(UNK)
    writer.add_pad_token_id(PAD)
    writer.add_add_bos_token(True)
    writer.add_add_eos_token(False)
    writer.add_add_space_prefix(False)
