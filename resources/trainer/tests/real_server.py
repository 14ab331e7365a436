"""The reward server as it is built, for tests that meet it: Deno, its bundle, and the sandbox in which it runs programs."""

from __future__ import annotations

from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[3]
BUNDLE = REPOSITORY / "dist" / "reward-server.js"
PYODIDE = REPOSITORY / "node_modules" / "pyodide"
DENO = next(iter(REPOSITORY.glob("node_modules/@deno/*/deno")), None)

needed = pytest.mark.skipif(
    not (BUNDLE.exists() and PYODIDE.exists() and DENO), reason="needs npm ci and npm run build:rewards"
)


def command(cache: Path | None = None) -> list[str]:
    """Starts it; with a folder for the snapshot also its sandbox."""
    deno = [str(DENO), "run", "--no-prompt", "--no-remote", "--no-config", f"--allow-read={BUNDLE}"]
    if cache is None:
        return [*deno, str(BUNDLE)]
    return [*deno, f"--allow-run={DENO},/bin/sh", str(BUNDLE), "serve", str(DENO), str(PYODIDE), str(cache)]
