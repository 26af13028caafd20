"""The tools for agents, asked through the protocol's own client: in memory, over standard input and output, over HTTP."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.types import TextContent

from graph_api.settings import Settings
from graph_api.store.local import CurrentStore
from graph_api.web.agents import agent_server
from tests.conftest import ROOT, free_port


def asked(data: Path, store: CurrentStore, ask: Callable[[Client], Awaitable[Any]], **settings: Any) -> Any:
    async def session() -> Any:
        async with Client(agent_server(Settings(data=data, **settings), store)) as client:
            return await ask(client)

    return asyncio.run(session())


def called(data: Path, store: CurrentStore, tool: str, /, **arguments: Any) -> tuple[bool, Any]:
    """Whether the tool was refused, and what it said."""
    result = asked(data, store, lambda client: client.call_tool(tool, arguments))
    (content, *_) = result.content
    assert isinstance(content, TextContent)
    return bool(result.is_error), content.text


def test_five_tools_are_offered_and_none_writes(data: Path, store: CurrentStore) -> None:
    tools = asked(data, store, lambda client: client.list_tools()).tools
    assert sorted(tool.name for tool in tools) == ["compare", "describe", "find_concept", "find_path", "query"]
    assert all(tool.description for tool in tools)


def test_a_name_is_grounded_described_and_asked_about(data: Path, store: CurrentStore, client: TestClient) -> None:
    _, text = called(data, store, "find_concept", text="aide-soignant", kind="profession", lang="nl")
    best = json.loads(text)["results"][0]
    assert (best["slug"], best["kind"], best["lang"]) == ("healthcare-assistant", "profession", "nl")
    _, text = called(data, store, "describe", iri=best["id"], lang="nl")
    assert json.loads(text)["label"] == best["label"]
    _, text = called(data, store, "find_path", profession=best["slug"], country="NL", qualification="fr-deas-2021")
    served = client.get(
        "/api/v1/paths?qualification=fr-deas-2021&profession=healthcare-assistant&country=NL&k=3"
    ).json()
    served.pop("acknowledgements", None)
    served.pop("@context")
    assert json.loads(text) == served


def test_titles_are_compared(data: Path, store: CurrentStore, client: TestClient) -> None:
    _, text = called(data, store, "compare", qualifications=["fr-deas-2021", "nl-verzorgende-ig"])
    assert [item["slug"] for item in json.loads(text)["qualifications"]] == ["fr-deas-2021", "nl-verzorgende-ig"]


def test_a_query_is_run_under_limits(data: Path, store: CurrentStore) -> None:
    refused, text = called(data, store, "query", sparql="SELECT (1 + 1 AS ?two) {}")
    assert (refused, text.split()) == (False, ["two", "2"])
    refused, text = called(data, store, "query", sparql="CONSTRUCT { <urn:a> <urn:b> 1 } {}")
    assert not refused
    assert "<urn:a> <urn:b> 1" in text


@pytest.mark.parametrize(
    ("tool", "arguments", "says"),
    [
        ("find_concept", {"text": "?!"}, "no letter or digit"),
        ("describe", {"iri": "https://example.org/x"}, "there is no thing 'https://example.org/x'"),
        ("describe", {"iri": "https://w3id.org/passerelle/id/profession/astrologer"}, "there is no thing"),
        ("find_path", {"profession": "astrologer", "country": "NL"}, "there is no profession 'astrologer'"),
        ("find_path", {"profession": "midwife", "country": "NL", "facts": {"shoe_size": "44"}}, "shoe_size"),
        ("compare", {"qualifications": ["no-such", "fr-dei"]}, "there is no qualification 'no-such'"),
        ("query", {"sparql": "SELECT"}, "error"),
        ("query", {"sparql": "INSERT DATA { <urn:a> <urn:b> 1 }"}, "update"),
        ("query", {"sparql": "SELECT * { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }"}, "SERVICE"),
        ("query", {"sparql": "SELECT * { ?s ?p ?o } LIMIT 100000"}, "ask for less with LIMIT"),
        ("query", {"sparql": " " * 310_000}, "longer than"),
    ],
)
def test_what_cannot_be_done_is_told(
    data: Path, store: CurrentStore, tool: str, arguments: dict[str, Any], says: str
) -> None:
    refused, text = called(data, store, tool, **arguments)
    assert refused
    assert says in text


def test_over_standard_input_and_output(data: Path) -> None:
    """As an agent's host starts it: `passerelle mcp`."""
    command = StdioServerParameters(
        command=sys.executable, args=["-m", "graph_api", "mcp", "--data", str(data)], cwd=str(ROOT)
    )

    async def session() -> Any:
        async with Client(stdio_client(command)) as client:
            return await client.call_tool("find_concept", {"text": "Hebamme", "kind": "profession"})

    result = asyncio.run(session())
    assert json.loads(result.content[0].text)["results"][0]["slug"] == "midwife"


@pytest.mark.long
def test_over_http(data: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "graph_api", "mcp", "--data", str(data), "--http", "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    async def session() -> Any:
        for _ in range(300):
            try:
                async with Client(f"http://127.0.0.1:{port}/mcp") as client:
                    return await client.list_tools()
            except (httpx.ConnectError, ExceptionGroup):
                await asyncio.sleep(0.2)
        raise AssertionError("the server did not answer")

    try:
        assert len(asyncio.run(session()).tools) == 5
    finally:
        process.terminate()
        process.wait(timeout=120)
