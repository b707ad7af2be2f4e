"""Several servers that answer for one model: the engine sends each call to one of them, and knows how each is."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interpref_core.providers.base import Reply, Request
    from interpref_core.providers.openai.provider import OpenAIProvider


class ReplicatedProvider:
    """One model at several addresses. Its calls are named after the first address, whichever answers: replicas may come and
    go, and what one server answered before the others were there is not asked again.
    """

    kind = "openai"
    at_once: int | None = None
    endpoint: str | None = None

    def __init__(self, endpoints: Sequence[OpenAIProvider]) -> None:
        """`endpoints` have one identity, that of the first."""
        self.endpoints = tuple(endpoints)
        self.model = endpoints[0].model
        self.identity = endpoints[0].identity
        self.local = all(one.local for one in endpoints)

    async def prepare(self) -> None:
        """Import the client."""
        await self.endpoints[0].prepare()

    async def complete(self, request: Request) -> Reply:
        """Ask the first server. (The engine chooses among `endpoints` itself.)"""
        return await self.endpoints[0].complete(request)

    def batch_line(self, request: Request, call: str) -> str:
        """The request as a line of a batch file, as OpenAIProvider writes it."""
        return self.endpoints[0].batch_line(request, call)

    async def close(self) -> None:
        """Close all connections."""
        for one in self.endpoints:
            await one.close()
