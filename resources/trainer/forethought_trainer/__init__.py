"""Forethought's trainer: runs on a host inside a job folder and publishes LoRA adapters.

Each stage is one module that reads from top to bottom; `python -m forethought_trainer <stage>` runs it.
"""

VERSION = "0.1.0"
