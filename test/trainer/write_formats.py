"""Writes with the trainer's own code what test/trainer/formats.test.ts writes with the core's, from the same files.

write_formats.py <base folder> <out folder> <shard bytes> <adapter folder>...
"""

import sys
from pathlib import Path

from forethought_trainer.formats.adapters import concat_adapters, open_adapter
from forethought_trainer.formats.gguf_write import write_gguf_lora
from forethought_trainer.formats.merge import merge_files

base, out, shard_bytes, adapters = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]
for dtype in ("float32", "bfloat16", "float16"):
    merge_files(base, adapters, out / dtype, dtype)
merge_files(base, adapters[:1], out / "shards", "float32", shard_bytes)
concat_adapters(adapters, out / "joined")
for folder in [*adapters, out / "joined"]:
    write_gguf_lora(
        open_adapter(folder), out / f"{Path(folder).name}.gguf", "gemma2", "same name"
    )
