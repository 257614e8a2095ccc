"""The notebooks run, what stands in them is what comes out, and an export of them works in a browser."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
import pytest
from nbconvert import HTMLExporter
from support.browser import open_browser

from dissector.sources.errors import CaptureError

if TYPE_CHECKING:
    from types import ModuleType

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
PICTURE = "image/png"

# The kernel speaks TCP on this machine, and says so at length.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:jupyter_client", "ignore::UserWarning:nbclient")


def name(path: Path) -> str:
    return path.stem


def outputs(notebook: nbformat.NotebookNode) -> list[list[dict[str, Any]]]:
    """Return what each cell gave; of pictures that there is one: libraries draw letters a little differently."""
    found = []
    for cell in notebook.cells:
        given = [dict(output.get("data", {"text": output.get("text")})) for output in cell.get("outputs", ())]
        found.append([{kind: said(kind, part) for kind, part in each.items()} for each in given])
    return found


def said(kind: str, part: str) -> str:
    """Return what an output says, however it looks."""
    return "" if kind == PICTURE else re.sub(r"<(style|script)\b.*?</\1>", "", part, flags=re.DOTALL)


def varies(notebook: nbformat.NotebookNode) -> bool:
    return notebook.metadata.get("outputs") == "vary"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_it_runs_and_gives_what_it_shows(path: Path, runner: ModuleType) -> None:
    shown = nbformat.read(path, as_version=4)
    if varies(shown):
        may_capture()
    again = runner.run(path)
    assert not [output for cell in again.cells for output in cell.get("outputs", ()) if output.output_type == "error"]
    assert not [output for cell in again.cells for output in cell.get("outputs", ()) if output.get("name") == "stderr"]
    if varies(shown):
        assert not any(cell.get("outputs") for cell in shown.cells)
    else:
        assert outputs(again) == outputs(shown), f"python notebooks/run.py {path.name[:2]} writes it anew"


def may_capture() -> None:
    """Skip where packets may not be captured."""
    import dissector

    try:
        dissector.sniff("lo", duration=0.01).close()
    except CaptureError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_it_says_nothing_of_the_machine_it_ran_on(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert str(path.parent) not in text
    assert not re.search(r"/(home|root|tmp|Users)/", text)


def test_their_numbers_are_in_order() -> None:
    assert [path.name[:2] for path in NOTEBOOKS] == [f"{number:02}" for number in range(1, len(NOTEBOOKS) + 1)]


def test_an_export_needs_no_network_for_what_is_ours(tmp_path: Path) -> None:
    """In the exported page, fields and bytes still find one another, in every cell for itself."""
    exported, _ = HTMLExporter().from_filename(str(NOTEBOOKS[0]))
    page = tmp_path / "page.html"
    page.write_text(exported, encoding="utf-8")
    with open_browser() as browser:
        browser.get(page.as_uri())
        exchange = browser.find_element("css selector", ".kafka-dissector.kd-exchange")
        assert "kd-bound" in exchange.get_attribute("class")
        field = exchange.find_element("xpath", ".//span[text()='client_id']/..")
        field.click()
        assert [mark.text for mark in exchange.find_elements("css selector", "mark")][1::2] == ["..orders", "-service"]
        assert browser.find_elements("css selector", "table.kd-apis tbody tr")
        severe = [entry["message"] for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]
        assert not [message for message in severe if "kafka" in message.lower()]
