"""Responses sent in another way: in pieces, compressed, late, over another version of HTTP."""

from __future__ import annotations

import gzip
import itertools
import zlib
from dataclasses import replace

from tests.proof.correct import Correct
from tests.proof.messages import Request, ServiceResponse, refusal
from tests.proof.service import EveryNow
from tests.proof.variations import Variety

right = Variety("wire")


@right("chunked", "every body comes in chunks")
def _(request: Request, correct: Correct) -> ServiceResponse:
    return correct(request).over(chunked=True)


@right("http-1-0", "the service speaks HTTP/1.0")
def _(request: Request, correct: Correct) -> ServiceResponse:
    return correct(request).over(version="HTTP/1.0")


@right("connection-close", "the connection is closed after every answer")
def _(request: Request, correct: Correct) -> ServiceResponse:
    return correct(request).with_header("Connection", "close")


@right("connection-closed-at-times", "the connection is closed after every seventh answer")
class _ClosedAtTimes:
    def __init__(self) -> None:
        self._count = itertools.count()

    def __call__(self, request: Request, correct: Correct) -> ServiceResponse:
        response = correct(request)
        return response.with_header("Connection", "close") if next(self._count) % 7 == 0 else response


@right("slower", "every answer takes 15 ms longer")
def _(request: Request, correct: Correct) -> ServiceResponse:
    return correct(request).over(delay_s=0.015)


@right("slow-at-times", "one answer in a hundred takes 0.4 s")
class _SlowAtTimes:
    def __init__(self) -> None:
        self._now = EveryNow(100)

    def __call__(self, request: Request, correct: Correct) -> ServiceResponse:
        response = correct(request)
        return response.over(delay_s=0.4) if self._now() else response


@right("compressed", "bodies are compressed with gzip where the client takes that")
def _(request: Request, correct: Correct) -> ServiceResponse:
    response = correct(request).with_header("Vary", "Accept-Encoding")
    if not response.body or "gzip" not in (request.header("Accept-Encoding") or ""):
        return response
    return replace(response, body=gzip.compress(response.body, 1)).with_header("Content-Encoding", "gzip")


@right("compressed-in-chunks", "long bodies are compressed with deflate, and come in chunks")
def _(request: Request, correct: Correct) -> ServiceResponse:
    response = correct(request)
    if len(response.body) < 500 or "deflate" not in (request.header("Accept-Encoding") or ""):
        return response
    packed = replace(response, body=zlib.compress(response.body)).with_header("Content-Encoding", "deflate")
    return packed.over(chunked=True)


@right("too-many-at-times", "one request in forty is one too many, and may be sent again at once")
class _TooManyAtTimes:
    def __init__(self) -> None:
        self._now = EveryNow(40)

    def __call__(self, request: Request, correct: Correct) -> ServiceResponse:
        if request.role != "other" and self._now():
            return refusal(429, "Not so fast.", ("Retry-After", "0"))
        return correct(request)


@right("too-many-for-a-second", "one request in three hundred is one too many, for a second")
class _TooManyForASecond:
    def __init__(self) -> None:
        self._now = EveryNow(300)

    def __call__(self, request: Request, correct: Correct) -> ServiceResponse:
        if request.role != "other" and self._now():
            return refusal(429, "Not so fast.", ("Retry-After", "1"), ("RateLimit", '"default";r=0;t=1'))
        return correct(request)


@right("too-long-is-not-read", "the connection is closed on a body that is too long, without an answer")
def _(request: Request, correct: Correct) -> ServiceResponse:
    response = correct(request)
    return response.over(drop="response") if response.status == 413 else response
