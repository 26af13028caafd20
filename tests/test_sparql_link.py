"""What passes between the server and a query process: one message, however it comes, and a moment that both see."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator

import pytest

from graph_api.web.sparql.link import Clock, Incoming, Said, send

HEAD = {"outcome": "done", "message": "", "rewritten": "top-counts", "tired": False}


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    ours, theirs = os.pipe()
    yield ours, theirs
    for file in (ours, theirs):
        os.close(file)


def test_a_message_is_read_whole_and_what_follows_is_left(pipe: tuple[int, int]) -> None:
    ours, theirs = pipe
    send(theirs, HEAD, b"body")
    os.write(theirs, b"f")
    assert Incoming().take(ours) == Said("done", "", "top-counts", False, b"body")
    assert os.read(ours, 10) == b"f"


def test_a_message_that_is_not_all_there_is_gone_on_with_later(pipe: tuple[int, int]) -> None:
    ours, theirs = pipe
    send(theirs, HEAD, b"a long body")
    whole = os.read(ours, 10_000)
    os.set_blocking(ours, False)
    incoming = Incoming()
    for end in range(len(whole) - 1):
        os.write(theirs, whole[end : end + 1])
        with pytest.raises(BlockingIOError):
            incoming.take(ours)
        assert incoming.begun
    os.write(theirs, whole[-1:])
    said = incoming.take(ours)
    assert said is not None
    assert said.body == b"a long body"


def test_a_body_larger_than_what_a_pipe_holds_comes_whole(pipe: tuple[int, int]) -> None:
    ours, theirs = pipe
    body = os.urandom(1_000_000)
    writing = threading.Thread(target=send, args=(theirs, HEAD, body))
    writing.start()
    said = Incoming().take(ours)
    writing.join()
    assert said is not None
    assert said.body == body


def test_a_process_that_ends_within_a_message_is_noticed() -> None:
    ours, theirs = os.pipe()
    os.write(theirs, b"\0\0\0\5")
    os.close(theirs)
    with pytest.raises(EOFError):
        Incoming().take(ours)
    os.close(ours)


def test_both_sides_see_when_a_query_was_begun() -> None:
    mine = Clock()
    theirs = Clock(os.dup(mine.file))
    mine.share()
    theirs.share()
    mine.clear()
    assert theirs.began is None
    theirs.begin()
    assert mine.began is not None
    assert mine.began == theirs.began
    mine.clear()
    assert theirs.began is None
