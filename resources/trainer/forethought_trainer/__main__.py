"""`python -m forethought_trainer <stage> …`: checks the interpreter, then hands over to the stage's module.

This file and __init__ keep to syntax that old Pythons can read, so that they can say what is wrong.
"""

import importlib
import os
import sys

STAGES = {
    "grpo": "train a LoRA adapter with GRPO in a job folder",
    "sft": "train a LoRA adapter on completions in a job folder",
    "dpo": "train a LoRA adapter on preference pairs in a job folder",
    "program": "run stages one after the other in a job folder, with nobody watching",
    "rejection": "sample completions and keep those that a suite lets pass, as rows to train on",
    "generate": "have a model complete prompts",
    "evaluate": "have a model answer sets of questions and score them",
    "merge": "merge adapters into their base, or into one adapter",
    "export": "write a model or an adapter for other programs",
    "fetch": "bring a base from a model hub",
    "tasks": "write the tiny-tasks question files",
    "open_tasks": "write the tiny-open question files and their traces",
    "pretrain": "make the tiny base: tokenizer, pretraining, Hugging Face and GGUF files",
}
LOWEST_PYTHON = (3, 11)


def main(argv):
    if sys.version_info < LOWEST_PYTHON:
        print(
            "forethought_trainer: the trainer needs Python %d.%d or newer, but %s is Python %d.%d. "
            "Set FORETHOUGHT_PYTHON to a newer one, or install it and make the environment again."
            % (*LOWEST_PYTHON, sys.executable, *sys.version_info[:2]),
            file=sys.stderr,
        )
        return 2
    if not argv or argv[0] in ("-h", "--help"):
        print("usage: python -m forethought_trainer <stage> [options]\n")
        for name, what in STAGES.items():
            print("  %-10s %s" % (name, what))
        return 0 if argv else 2
    if argv[0] not in STAGES:
        print(
            "forethought_trainer: there is no stage '%s'; there are: %s" % (argv[0], ", ".join(STAGES)),
            file=sys.stderr,
        )
        return 2
    # Small compilations are worth keeping too: a second run then starts in seconds.
    os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0.5")
    # numpy multiplies small matrices only (adapters into weights): threads of its BLAS would wait for each other, and
    # on a busy machine take four times as long.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    stage = importlib.import_module("forethought_trainer." + argv[0])
    return stage.main(argv[1:]) or 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
