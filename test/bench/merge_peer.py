"""PEFT's part of the merge bench: merge_and_unload and save.

merge_peer.py <base> <adapter> <out> <type>   seconds from opening the files to everything on the disk
"""

import json
import os
import sys
import time
from pathlib import Path

import memory_at_hand
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM

base, adapter, out, dtype = sys.argv[1:]
memory_at_hand.touch()
started = time.perf_counter()
model = AutoModelForCausalLM.from_pretrained(base, dtype=getattr(torch, dtype))
merged = PeftModel.from_pretrained(model, adapter).merge_and_unload()
merged.save_pretrained(out)
for path in Path(out).iterdir():
    with path.open("rb") as f:
        os.fsync(f.fileno())
print(json.dumps({"seconds": time.perf_counter() - started}))
