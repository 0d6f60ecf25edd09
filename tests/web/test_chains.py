"""The pages of chains: the list, one chain, its twin and image, and what it comes to for a use."""

from __future__ import annotations

import csv
import html
import io
import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from usepolicy.cli.app import main
from usepolicy.cli.serve_chains import served_chains
from usepolicy.errors import UsePolicyError
from usepolicy.supply_chain.propagation import FindingKind
from usepolicy.web.app import create_app
from usepolicy.web.pages.chains import MEANINGS, ORDER
from usepolicy.web.shelf import Settings
from usepolicy.web.site import Site

FOLDER = Path(__file__).parents[2] / "examples" / "chains"
NAMES = sorted(path.stem for path in FOLDER.glob("*.yaml"))
USE = "use=Fundraising+letters+for+a+council+campaign"


def printed(capsys, *arguments: str) -> dict:
    with pytest.raises(SystemExit):
        main([*arguments, "--format", "json"])
    return json.loads(capsys.readouterr().out)


def text_of(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", page)).split())


def test_every_worked_chain_is_in_the_list(site):
    listed = site.get("/chains.json").json()["content"]["chains"]
    assert [each["name"] for each in listed] == NAMES
    assert site.get("/chains").text.count("<li><h2>") == len(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_the_json_is_what_the_command_prints(site, name, capsys):
    twin = site.get(f"/chains/{name}.json").json()
    assert (twin.pop("page"), twin.pop("title")) == (f"/chains/{name}", twin["chain"])
    assert twin == printed(capsys, "chain", str(FOLDER / f"{name}.yaml"))


def test_with_a_use_it_is_what_ask_prints(site, capsys):
    twin = site.get(f"/chains/09-two-ways.json?{USE}").json()
    theirs = printed(
        capsys,
        "ask",
        "Fundraising letters for a council campaign",
        "--chain",
        str(FOLDER / "09-two-ways.yaml"),
    )
    assert {key: twin[key] for key in theirs} == theirs


@pytest.mark.parametrize("name", NAMES)
def test_the_page_has_the_diagram_and_the_image_is_the_same(site, name):
    page = site.get(f"/chains/{name}").text
    image = site.get(f"/chains/{name}.svg")
    assert image.headers["content-type"] == "image/svg+xml"
    root = ET.fromstring(image.content)
    figure = re.search(r"<svg class=\"chain\".*?</svg>", page, re.DOTALL)
    assert figure is not None
    assert "<style" not in figure[0]
    for text in root.iter("{http://www.w3.org/2000/svg}text"):
        assert html.escape(text.text or "", quote=False) in figure[0].replace("&#39;", "'")


def test_a_page_tells_what_is_lost_with_the_words_of_the_duty(site):
    said = text_of(site.get("/chains/02-api-cloud-app").text)
    for words in (
        "Gap at Storyjar, of Heron",
        "You must require your customers to follow these restrictions",
        "Hosting forbidden at Cumulus Cloud, of Heron",
        "You may use Cumulus services for political campaigning.",
        "sees requests: can refuse, limit, suspend",
    ):
        assert words in said


def test_a_page_tells_what_must_be_handed_on(site):
    said = text_of(site.get("/chains/01-weights-host-derivative").text)
    assert "licence copy (handed on), of Alder Labs" in said
    assert "attribution (missing), of Alder Labs" in said


def test_a_use_has_a_verdict_at_each_end(site):
    said = text_of(site.get(f"/chains/09-two-ways?{USE}").text)
    assert "For Who runs it at home: prohibited" in said
    assert "For Who calls the cloud: permitted" in said
    assert "does not bind: stops at Cumulus Cloud" in said
    assert "No legal advice" in said


def test_no_use_no_verdict(site):
    page = site.get("/chains/09-two-ways?use=hello+there").text
    assert "No verdict" in page
    assert "For Who" not in page
    assert site.get("/chains/09-two-ways?use=hello").headers["cache-control"] == "no-store"


def test_what_binds_is_also_csv(site):
    rows = list(csv.DictReader(io.StringIO(site.get("/chains/03-rail.csv").text)))
    links = site.get("/chains/03-rail.json").json()["links"]
    assert len(rows) == sum(len(link["bound"]) for link in links)
    assert {row["use is"] for row in rows} <= {"prohibited", "restricted", "required"}


@pytest.mark.parametrize("name", ["nope", "../../etc/passwd", "%2e%2e%2fpolicies", "02-api"])
def test_a_name_is_one_of_a_closed_set(site, name):
    for ending in ("", ".json", ".svg"):
        assert site.get(f"/chains/{name}{ending}").status_code == 404


def test_every_kind_of_finding_has_its_place_and_meaning():
    assert set(ORDER) == set(MEANINGS) == set(FindingKind)


CHAIN = """\
chain: '<b onload="x">A "chain"</b> \\u202e'
links:
  - id: a
    kind: developer
    name: '<script>alert(1)</script>'
    access: api
    policies:
      - source: rules.md
  - id: b
    kind: user
"""


def served(folder: Path, examples) -> TestClient:
    settings = Settings(chains=served_chains(folder))
    return TestClient(create_app(Site(examples, settings)), raise_server_exceptions=False)


def test_an_operator_shows_a_folder_and_its_words_are_inert(tmp_path, examples):
    (tmp_path / "my chain.yaml").write_text(CHAIN, "utf-8")
    (tmp_path / "rules.md").write_text(
        "# R\n\nYou may not <img src=x onerror=y> use it for fraud.\n"
    )
    mine = served(tmp_path, examples)
    (line,) = mine.get("/chains.json").json()["content"]["chains"]
    assert line["address"] == "/chains/my%20chain"
    page = mine.get(line["address"]).text
    assert "&lt;script&gt;alert(1)" in page
    assert not re.search(r"<script>|<img src=x|<b onload", page)
    assert "\u202e" not in page
    ET.fromstring(mine.get(f"{line['address']}.svg").content)


BROKEN = [
    ({}, "no-chains", "an empty folder"),
    ({"a.yaml": "chain: x\nlinks: []\n"}, "no-links", "a chain without links"),
    (
        {"a.yaml": CHAIN.replace("rules.md", "http://127.0.0.1:9/x")},
        "private-address",
        "nothing of a private network",
    ),
]


@pytest.mark.parametrize(("files", "code", "why"), BROKEN, ids=[row[2] for row in BROKEN])
def test_what_cannot_be_shown_is_told_at_the_start(files, code, why, tmp_path):
    for name, text in files.items():
        (tmp_path / name).write_text(text, "utf-8")
    with pytest.raises(UsePolicyError) as error:
        served_chains(tmp_path)
    assert error.value.code == code, why


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(UsePolicyError, match="no such folder"):
        served_chains(tmp_path / "none")
