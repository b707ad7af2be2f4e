"""Several calls in one context: what their prompts share is evaluated once, and their tokens are decoded together.

All sequences live in one cache (`kv_unified`), so that a beginning that one sequence has evaluated is given to another for
nothing. A call whose prompt begins as one that is just being evaluated waits for it; calls come in as there is room; one
that must give way when the context is full goes on later from the tokens that it had.
"""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING, Any

from interpref_core.providers.llama_cpp.model_loading import KEPT
from interpref_core.providers.llama_cpp.requests import error_reply
from interpref_core.providers.llama_cpp.token_batch import TokenBatch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from interpref_core.providers.llama_cpp.model_loading import Loaded
    from interpref_core.providers.llama_cpp.requests import GenerationCall

_WORTH = 32  # tokens of common beginning that are worth waiting for
_HEADROOM = 128  # tokens of answer for which there is room when a call is let in
_NO_ROOM = 1  # what llama_decode says when the cache is full

Answers = list[tuple[int, dict[str, Any]]]


class QueuedCall:
    """A call that is not let in yet, with its tokens: the prompt, and what it had when it had to make way."""

    def __init__(self, identifier: int, call: GenerationCall, tokens: list[int]) -> None:
        import numpy as np

        self.identifier = identifier
        self.call = call
        self.tokens = tokens
        self.array = np.array(tokens, dtype=np.int32)


class _Sequence:
    """What one sequence of the context holds: the tokens of a call under way, or the prompt of one that is finished."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.identifier = 0
        self.call: GenerationCall | None = None
        self.tokens: list[int] = []
        self.prompt: Any = ()
        self.cells: list[int] = []  # one a token that was evaluated; shared ones are the same in several sequences

    @property
    def done(self) -> int:
        """Tokens that were evaluated."""
        return len(self.cells)

    @property
    def left(self) -> int:
        return len(self.tokens) - self.done


class ContinuousBatcher:
    """Works on calls of one loaded model, as many together as its context allows. Not for several threads."""

    def __init__(self, loaded: Loaded) -> None:
        import llama_cpp

        self._context = loaded.context
        self._memory = llama_cpp.llama_get_memory(loaded.context)
        self._n_ctx = loaded.n_ctx
        self._most = loaded.parallel
        self._batch = TokenBatch(loaded.n_batch)
        self._free_numbers = list(range(loaded.parallel + KEPT))
        self._waiting: deque[QueuedCall] = deque()
        self._active: list[_Sequence] = []  # in the order in which they were let in
        self._idle: list[_Sequence] = []  # the one that was used last comes last
        self._next_cell = 0
        self._in_use: int | None = 0  # None: to be counted again
        self.evaluated = 0
        """Tokens evaluated since the beginning, prompts and answers."""

    @property
    def busy(self) -> bool:
        return bool(self._waiting or self._active)

    @property
    def state(self) -> dict[str, int]:
        """For whoever watches: calls under way and waiting, and cells of the context that are in use."""
        return {"active": len(self._active), "waiting": len(self._waiting), "cells": self._used_cells()}

    def add(self, identifier: int, call: GenerationCall) -> None:
        """Work on a call from now on."""
        self._waiting.append(QueuedCall(identifier, call, list(call.prompt)))

    def cancel(self, identifier: int) -> None:
        """Forget a call, whether it waits or is under way."""
        for entry in self._waiting:
            if entry.identifier == identifier:
                self._waiting.remove(entry)
                entry.call.making.close()
                return
        for sequence in self._active:
            if sequence.identifier == identifier:
                self._retire(sequence)
                return

    def step(self) -> Answers:
        """Decode one batch; the answers that became whole with it."""
        self._admit()
        plan = self._plan()
        if not plan:
            return []
        code = self._batch.decode(self._context)
        if code == _NO_ROOM:
            return self._make_way()
        if code:
            return [self._fail_sequence(sequence, code) for sequence, _, _ in plan]
        for sequence, count, _ in plan:
            sequence.cells.extend(range(self._next_cell, self._next_cell + count))
            self._next_cell += count
            self.evaluated += count
        if self._in_use is not None:
            self._in_use += self._batch.count
        return [answer for sequence, _, index in plan if index is not None for answer in self._advance(sequence, index)]

    def _plan(self) -> list[tuple[_Sequence, int, int | None]]:
        """Fill the batch: a token of each answer under way first, then prompts, in order, as far as there is room.

        Gives each sequence with how many of its tokens go in, and where its output will be if all do.
        """
        self._batch.clear()
        plan: list[tuple[_Sequence, int, int | None]] = []
        for sequence in sorted(self._active, key=lambda one: one.left > 1):
            count = min(sequence.left, self._batch.room)
            if count <= 0:
                break
            whole = count == sequence.left
            tokens = sequence.tokens[sequence.done : sequence.done + count]
            index = self._batch.add(tokens, sequence.done, sequence.number, outputs=int(whole))
            plan.append((sequence, count, index if whole else None))
        while self._batch.count > self._n_ctx - self._used_cells() and self._idle:
            self._drop(self._idle[0])
        return plan

    def _advance(self, sequence: _Sequence, index: int) -> Iterator[tuple[int, dict[str, Any]]]:
        """The next token of a sequence whose output is there; its answer, if it is whole."""
        call = sequence.call
        if call is None:
            return
        try:
            token = call.making.next(self._context, index)
        except Exception as error:  # concerns this call alone
            self._retire(sequence)
            yield sequence.identifier, error_reply(error)
            return
        if token is not None and len(sequence.tokens) < self._n_ctx:
            sequence.tokens.append(token)
            return
        answer = call.answer()
        self._retire(sequence)
        yield sequence.identifier, answer

    def _fail_sequence(self, sequence: _Sequence, code: int) -> tuple[int, dict[str, Any]]:
        self._drop(sequence)
        return sequence.identifier, error_reply(RuntimeError(f"llama_decode says {code}"))

    def _make_way(self) -> Answers:
        """The cache is full: let go of what is only kept, else have the call that came last wait."""
        if self._idle:
            self._drop(self._idle[0])
            return []
        last = self._active[-1]
        if len(self._active) == 1:
            return [self._fail_sequence(last, _NO_ROOM)]
        if last.call is not None:
            self._waiting.appendleft(QueuedCall(last.identifier, last.call, last.tokens))
            last.call = None
        self._drop(last)
        return []

    # Which calls are let in

    def _admit(self) -> None:
        """Let in whoever is next, as long as there is room. Who waits for a common beginning lets others pass."""
        for entry in list(self._waiting):
            if len(self._active) >= self._most:
                return
            source, shared, soon = self._beginning(entry)
            if soon >= shared + _WORTH:
                continue
            if not self._let_in(entry, source, shared):
                return
            self._waiting.remove(entry)

    def _beginning(self, entry: QueuedCall) -> tuple[_Sequence | None, int, int]:
        """The sequence that has evaluated most of how the tokens of a call begin, how many of them (never all), and how
        many there will be when the prompts that are being evaluated are done.
        """
        best: _Sequence | None = None
        most = soon = 0
        for sequence in (*self._idle, *self._active):
            common = min(_common(sequence.prompt, entry.array), len(entry.tokens) - 1)
            if sequence.done < len(sequence.prompt):
                soon = max(soon, common)
            if min(common, sequence.done) > most:
                best, most = sequence, min(common, sequence.done)
        return best, most, soon

    def _let_in(self, entry: QueuedCall, source: _Sequence | None, shared: int) -> bool:
        """Give the call a sequence that begins with what it shares. False when there is no room at present.

        Calls come in an order in which those that share most follow each other. So one that begins like a kept prompt takes
        its place: what it does not share will hardly be wanted again, and would make each step slower.
        """
        length = len(entry.tokens)
        needed = length - shared + min(_HEADROOM, entry.call.most, self._n_ctx - length)
        for other in [one for one in self._idle if one is not source]:
            if self._room() < needed:
                self._drop(other)
        if source is not None and source in self._idle:
            if self._room(source, shared) < needed:
                return False
            self._idle.remove(source)
            self._trim(source, shared)
            self._begin(source, entry, shared)
            return True
        if self._room() < needed:
            return False
        sequence = _Sequence(self._free_numbers.pop())
        self._share(source, sequence, shared)
        self._begin(sequence, entry, shared)
        return True

    def _begin(self, sequence: _Sequence, entry: QueuedCall, shared: int) -> None:
        call = entry.call
        sequence.identifier, sequence.call, sequence.tokens = entry.identifier, call, entry.tokens
        sequence.prompt = entry.array[: len(call.prompt)]
        if call.cached is None:  # not when it goes on after it had to make way
            call.cached, call.began = shared, time.perf_counter()
        self._active.append(sequence)

    # What the context holds

    def _used_cells(self) -> int:
        """Cells in use; what several sequences share counts once."""
        if self._in_use is None:
            self._in_use = len(set().union(*(one.cells for one in (*self._idle, *self._active))))
        return self._in_use

    def _room(self, shortened: _Sequence | None = None, length: int = 0) -> int:
        """Cells that are neither used nor waited for by a prompt that was let in; or those, if one were shortened."""
        used = self._used_cells()
        if shortened is not None:
            others = [one.cells for one in (*self._idle, *self._active) if one is not shortened]
            used = len(set(shortened.cells[:length]).union(*others))
        return self._n_ctx - used - sum(one.left for one in self._active)

    def _share(self, source: _Sequence | None, target: _Sequence, shared: int) -> None:
        import llama_cpp

        llama_cpp.llama_memory_seq_rm(self._memory, target.number, -1, -1)
        if source is not None and shared:
            llama_cpp.llama_memory_seq_cp(self._memory, source.number, target.number, 0, shared)
            target.cells = source.cells[:shared]

    def _trim(self, sequence: _Sequence, length: int) -> None:
        import llama_cpp

        llama_cpp.llama_memory_seq_rm(self._memory, sequence.number, length, -1)
        del sequence.cells[length:]
        self._in_use = None

    def _retire(self, sequence: _Sequence) -> None:
        """Its call is over: keep the prompt for a while, for calls that begin like it."""
        if sequence.call is not None:
            sequence.call.making.close()
        sequence.call = None
        self._active.remove(sequence)
        self._trim(sequence, min(sequence.done, len(sequence.prompt)))
        self._idle.append(sequence)
        while len(self._idle) > KEPT:
            self._drop(self._idle[0])

    def _drop(self, sequence: _Sequence) -> None:
        """Let go of all that a sequence holds."""
        self._trim(sequence, 0)
        if sequence.call is not None:
            sequence.call.making.close()
            sequence.call = None
        for those in (self._idle, self._active):
            if sequence in those:
                those.remove(sequence)
        self._free_numbers.append(sequence.number)


def _common(one: Any, other: Any) -> int:
    """How many tokens two arrays have in common at their beginning."""
    length = min(len(one), len(other))
    if not length:
        return 0
    different = one[:length] != other[:length]
    first = int(different.argmax())
    return first if different[first] else length
