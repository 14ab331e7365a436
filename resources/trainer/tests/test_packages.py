"""What is installed is told apart from what is locked."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

from forethought_trainer.packages import LOCK, differences


def test_names_what_differs_and_what_is_missing(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    numpy = metadata.version("numpy")
    lock.write_text(
        f"numpy=={numpy} \\\n    --hash=sha256:00\nflax==0.0.1 \\\n    --hash=sha256:00\nno-such==2.0\n"
    )
    assert differences(lock) == [
        f"flax {metadata.version('flax')} (locked: 0.0.1)",
        "no-such missing (locked: 2.0)",
    ]


def test_reads_every_pin_of_the_committed_lock(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    text = LOCK.read_text(encoding="utf-8")
    lock.write_text(text.replace("==", "==0.0.0."))
    assert len(differences(lock)) == text.count("==") > 40
