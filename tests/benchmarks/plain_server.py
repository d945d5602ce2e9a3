"""A server without batches, as the documentation of transformers writes it: what `serving.py` compares with.

    python tests/benchmarks/plain_server.py --port 8000

One queue, one pipeline, one text a call ("Using pipelines for a webserver"); no limits, no metrics, no end in order.
"""

import argparse
import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from transformers import pipeline

import hf_toxspan  # noqa: F401  registers the tasks


def build(model: str | None) -> Starlette:
    """Return the application."""
    queue: asyncio.Queue[tuple[str, asyncio.Queue[object]]] = asyncio.Queue()

    async def work() -> None:
        pipe = pipeline("toxic-span-extraction", model=model, device="cpu")
        while True:
            text, answers = await queue.get()
            await answers.put(pipe(text))

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        working = asyncio.create_task(work())
        yield
        working.cancel()

    async def extract(request: Request) -> JSONResponse:
        answers: asyncio.Queue[object] = asyncio.Queue()
        await queue.put((json.loads(await request.body())["text"], answers))
        return JSONResponse(await answers.get())

    async def ready(_: Request) -> JSONResponse:
        return JSONResponse({})

    routes = [Route("/v1/extract", extract, methods=["POST"]), Route("/readyz", ready)]
    return Starlette(routes=routes, lifespan=lifespan)


def main() -> None:
    """Serve."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--model", help="folder or Hub id (default: the one that ships)")
    args = parser.parse_args()
    uvicorn.run(build(args.model), port=args.port, log_level="warning")


if __name__ == "__main__":
    main()
