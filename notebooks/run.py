"""Run the notebooks, and write what came out into them.

python notebooks/run.py            # all
python notebooks/run.py 03         # those whose names begin so

What came out is the same every time, so that a test can hold the notebooks to it; of those with `"outputs": "vary"` in
their metadata (live traffic), nothing is written.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Final

import nbformat
from nbclient import NotebookClient

HERE: Final = Path(__file__).parent
_SECONDS: Final = 120  # for a cell
_ADDRESS: Final = re.compile(r" at 0x[0-9a-f]+(?=>)")


def run(path: Path) -> nbformat.NotebookNode:
    """Return a notebook as it is after all of its cells ran, without what differs from run to run."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    client = NotebookClient(
        notebook, timeout=_SECONDS, kernel_name="python3", resources={"metadata": {"path": str(path.parent)}}
    )
    client.execute()
    for number, cell in enumerate(notebook.cells, 1):
        cell.id = f"cell-{number}"
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", ()):
            plain = output.get("data", {}).get("text/plain")
            if plain is not None:
                output.data["text/plain"] = _ADDRESS.sub("", plain)
    notebook.metadata.language_info = {"name": "python"}
    return notebook


def main(names: list[str]) -> None:
    """Run the notebooks whose names begin with one of these; all for none."""
    for path in sorted(HERE.glob("*.ipynb")):
        if names and not path.name.startswith(tuple(names)):
            continue
        sys.stdout.write(f"{path.name}\n")
        notebook = run(path)
        if notebook.metadata.get("outputs") == "vary":
            for cell in notebook.cells:
                if cell.cell_type == "code":
                    cell.outputs, cell.execution_count = [], None
        nbformat.write(notebook, path)


if __name__ == "__main__":
    main(sys.argv[1:])
