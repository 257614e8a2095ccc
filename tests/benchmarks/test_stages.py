"""The stages, and that their costs are those of the whole."""

import re
import subprocess
import sys
from importlib.util import find_spec

import pytest


def test_every_stage_is_made_of_modules_that_are_there():
    from stages import STAGES

    names = [name for modules in STAGES.values() for name in modules if not name.startswith("<")]
    assert [name for name in names if find_spec(name) is None] == []


def test_every_module_on_the_road_belongs_to_a_stage():
    """What remains is for captures in TLS."""
    from stages import OTHERS, stage

    code = "import sys, dissector.engine, dissector.views.jsonl; print(*sys.modules)"
    names = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    ours = {name for name in names if name.startswith(("dissector.", "structs."))}
    encrypted = {f"dissector.{name}" for name in ("decryption", "keylog", "plaintext", "tls")}
    assert len(ours) > len(encrypted)
    assert {name for name in ours if stage(name) == OTHERS} <= encrypted


def test_code_that_is_written_for_grammars_belongs_to_a_stage(request):
    from stages import OTHERS, stage

    folders = [request.config.rootpath / name for name in ("structs", "dissector")]
    texts = [path.read_text() for folder in folders for path in folder.rglob("*.py")]
    written = {name for text in texts for name in re.findall(r'generated\.run\(\w+, f"(<\w+) ', text)}
    assert written
    assert {name for name in written if stage(name) == OTHERS} == set()


@pytest.mark.parametrize(
    ("module", "expected"),
    [
        ("dissector.sources.pcap", "packets"),
        ("structs.records.batch", "records"),
        ("structs.wire.node", "bodies"),
        ("<decoder", "bodies"),
        ("dissector.recordsets", "records"),
        ("dissector.keylog", "others, the loop"),
        ("start", "start"),
    ],
)
def test_modules_belong_to_the_stage_with_the_longest_name_that_fits(module, expected):
    from stages import stage

    assert stage(module) == expected


def test_the_stages_of_a_capture_add_up_for_each_piece_of_work(request):
    root = request.config.rootpath
    command = [sys.executable, str(root / "benchmarks" / "stages.py"), str(root / "captures" / "mock.pcap")]
    answer = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    tables = answer.split("\n\n")[1:]
    assert [table.split()[1] for table in tables] == ["stats", "bodies", "records", "jsonl"]
    for table in tables:
        *rows, total = [re.split(r" *\| *", line)[1:-1] for line in table.splitlines()[2:]]
        assert "start" in {row[0] for row in rows}
        assert float(total[1]) == pytest.approx(sum(float(row[1]) for row in rows), abs=0.01 * len(rows))
