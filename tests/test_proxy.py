"""Clients that people use, unchanged, through a path prefix behind a real reverse proxy."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator

import pytest
from rdflib import Graph, URIRef
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from SPARQLWrapper import JSON, JSONLD, N3, POST, RDFXML, TURTLE, XML, SPARQLWrapper

from graph_api.client import Passerelle
from tests.conftest import free_port, wait_for
from tests.test_clients import CLIENTS, IN_FOUR_LANGUAGES, LABEL, MIDWIFE, NAMES

CONFIGURATION = """
daemon off; pid {folder}/pid; error_log {folder}/errors; worker_processes 1;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
  uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
  server {{
    listen 127.0.0.1:{port};
    location /moon/passerelle/ {{
      proxy_pass {there}/;
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Prefix /moon/passerelle;
    }}
  }}
}}
"""


@pytest.fixture(scope="module")
def below(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the service under a prefix, with nginx before it."""
    nginx = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
    if nginx is None:
        pytest.skip("there is no nginx on this machine")
    folder, port = tmp_path_factory.mktemp("nginx"), free_port()
    file = folder / "nginx.conf"
    file.write_text(CONFIGURATION.format(folder=folder, port=port, there=server), encoding="utf-8")
    process = subprocess.Popen([nginx, "-c", str(file)], stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}/moon/passerelle"
    try:
        wait_for(f"{address}/health", process)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=120)


def fetched(address: str, accept: str = "*/*", method: str = "GET") -> tuple[str, bytes]:
    """Where one ends up, and what is there."""
    request = urllib.request.Request(address, headers={"Accept": accept}, method=method)
    with urllib.request.urlopen(request, timeout=180) as answer:
        return answer.url, answer.read()


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")  # rdflib's own reader of JSON-LD makes one
@pytest.mark.parametrize("form", [JSON, XML, TURTLE, RDFXML, JSONLD, N3])
@pytest.mark.parametrize("method", ["GET", POST])
def test_sparqlwrapper_in_every_form_and_method(below: str, form: str, method: str) -> None:
    wrapper = SPARQLWrapper(f"{below}/sparql", returnFormat=form)
    wrapper.setMethod(method)
    table = form in (JSON, XML)
    wrapper.setQuery(NAMES if table else f"CONSTRUCT {{ <{MIDWIFE}> <{LABEL}> ?n }} {{ <{MIDWIFE}> <{LABEL}> ?n }}")
    if table:
        wrapper.query().convert()
        return
    read_as = {TURTLE: "turtle", N3: "turtle", RDFXML: "xml", JSONLD: "json-ld"}[form]
    assert len(Graph().parse(data=wrapper.query().response.read(), format=read_as)) == 4


def test_rdflib_reads_addresses_and_asks(below: str) -> None:
    graph = Graph().parse(f"{below}/id/profession/midwife")
    assert len(list(graph.objects(URIRef(MIDWIFE), URIRef(LABEL)))) == 4
    asked = Graph(SPARQLStore(f"{below}/sparql", returnFormat="json"))
    assert [(str(name), name.language) for (name,) in asked.query(NAMES)] == IN_FOUR_LANGUAGES


def test_the_python_client_follows_pages(below: str) -> None:
    with Passerelle(below) as passerelle:
        slugs = [regime["slug"] for regime in passerelle.all("regimes", limit=9)]
    assert len(slugs) == len(set(slugs)) > 20


@pytest.mark.long
def test_a_link_checker_finds_every_address_of_a_page(below: str) -> None:
    url, page = fetched(f"{below}/id/profession/midwife", "text/html")
    assert url == f"{below}/page/profession/midwife"
    inner = sorted(set(re.findall(r'\s(?:href|src|action)="(/[^"#]*)', page.decode())))
    host = below.removesuffix("/moon/passerelle")
    assert inner
    for address in inner[:25]:
        assert address.startswith("/moon/passerelle/")
        fetched(host + address.replace("&amp;", "&"), method="HEAD")


@pytest.mark.long
def test_curl_and_comunica_are_served(below: str) -> None:
    done = subprocess.run(
        ["curl", "-sS", "-G", f"{below}/sparql", "--data-urlencode", f"query={NAMES}", "-H", "Accept: text/csv"],
        capture_output=True,
        check=True,
        timeout=180,
    )
    assert done.stdout.decode().split() == ["name", *(name for name, _ in IN_FOUR_LANGUAGES)]
    if not (CLIENTS / "node_modules" / ".package-lock.json").is_file():
        pytest.skip("Comunica is not installed")
    command = ["node", str(CLIENTS / "comunica.mjs"), f"{below}/sparql", NAMES]
    rows = json.loads(subprocess.run(command, capture_output=True, check=True, timeout=300).stdout)
    assert [(row["name"]["value"], row["name"]["language"]) for row in rows] == IN_FOUR_LANGUAGES
