"""Executes the cells of a notebook, given as JSON, in a kernel; prints the outputs as JSON."""

from __future__ import annotations

import json
import sys
from typing import Any

from jupyter_client.manager import KernelManager

SECONDS = 60


def main() -> None:
    """The connection file's path is the first argument; the cells come by standard input."""
    manager = KernelManager(connection_file=sys.argv[1])
    manager.start_kernel()
    client = manager.blocking_client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=SECONDS)
        json.dump([_output(client, cell) for cell in json.load(sys.stdin)], sys.stdout)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def _output(client: Any, cell: str) -> str:
    texts: list[str] = []

    def hear(message: dict[str, Any]) -> None:
        content = message["content"]
        texts.append(content.get("text") or "\n".join(content.get("traceback", ())))

    client.execute_interactive(cell, timeout=SECONDS, output_hook=hear)
    return "".join(texts)


if __name__ == "__main__":
    main()
