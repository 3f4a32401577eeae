"""A server on loopback that answers connections from a thread of its own."""

from __future__ import annotations

import asyncio
import socket
import threading
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Self


class ThreadedServer(ABC):
    """Serves while its ``with`` block runs; a subclass says in `_connection` what becomes of each one."""

    url = ""
    """Where it serves."""

    def __enter__(self) -> Self:
        listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(
            target=lambda: self._loop.run_until_complete(self._serve(listener)), daemon=True
        )
        self._thread.start()
        return self

    def __exit__(self, *error) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        self._loop.close()

    async def _serve(self, listener: socket.socket) -> None:
        server = await asyncio.start_server(self._connection, sock=listener)
        await self._stop.wait()
        server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @abstractmethod
    async def _connection(self, reader, writer) -> None:
        """Answer one client."""
