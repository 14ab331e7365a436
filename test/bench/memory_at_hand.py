"""Memory that the merge bench's ways find at hand, each of them alike.

The host of a virtual machine takes back memory that lies idle for two seconds; to get it again takes whoever happens to write into it several
times as long as the writing. So it is touched directly before the time is taken, after everything is imported.
"""

import os

# The ways use 6 GB at most, and what they read must stay in the system's cache beside it.
WHOLE = 12e9
BYTES = 6 * 2**30
AT_ONCE = 2**30


def touch() -> None:
    """Writes into so much of what is free, and frees it again. Ends the program on a machine that is too small for it."""
    whole = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    if whole < WHOLE:
        raise SystemExit(
            f"The merge bench needs {WHOLE / 1e9:.0f} GB of memory, and there are {whole / 1e9:.1f}."
        )
    kept = [b"\1" * AT_ONCE for _ in range(BYTES // AT_ONCE)]
    del kept


if __name__ == "__main__":
    touch()
