"""What is said of the machine and of the interpreter."""

import platform
import sys

import pytest

OPTIMISED = "'--enable-shared' '--enable-optimizations'"
DEBIAN = "'--enable-shared' '--prefix=/usr' '--with-wheel-pkg-dir=/usr/share/python-wheels/'"


@pytest.mark.parametrize(
    ("arguments", "prefix", "distribution", "words"),
    [
        (OPTIMISED, "/usr/local", "debian", "built with profile-guided optimisation"),
        (f"{OPTIMISED} '--with-lto'", "/usr", "fedora", "built with profile-guided and link-time optimisation"),
        (DEBIAN, "/usr", "debian", "the distribution's, which is built with profile-guided optimisation"),
        (DEBIAN, "/usr", "debian ubuntu", "the distribution's, which is built with profile-guided optimisation"),
    ],
)
def test_optimised_interpreters_are_known(arguments, prefix, distribution, words):
    from machine import build

    assert build(arguments, prefix, distribution) == (words, True)


@pytest.mark.parametrize(
    ("prefix", "distribution"), [("/root/.pyenv/versions/3.11.7", "debian"), ("/usr", "somewhere"), ("/usr/local", "")]
)
def test_others_are_not(prefix, distribution):
    from machine import build

    words = "built without profile-guided optimisation (--enable-optimizations)"
    assert build("'--enable-shared'", prefix, distribution) == (words, False)


def test_a_warning_says_how_to_choose_another(monkeypatch):
    import machine

    monkeypatch.setattr(machine, "build", lambda *_: machine.Build("built anyhow", is_optimised=False))
    monkeypatch.setattr(machine.os, "getloadavg", lambda: (0.0, 0.0, 0.0))
    _, python, tshark, warning = machine.description("pyshark")
    assert python.startswith(f"Python {platform.python_version()} (")
    assert python.endswith("), built anyhow")
    assert tshark.startswith("TShark")
    assert ", pyshark " in tshark
    assert warning.startswith("warning: ")
    assert "BENCH_PYTHON=" in warning
    monkeypatch.setattr(machine, "build", lambda *_: machine.Build("built well", is_optimised=True))
    assert len(machine.description()) == 3
    monkeypatch.setattr(machine.os, "getloadavg", lambda: (3.0, 0.0, 0.0))
    assert machine.description()[3].startswith("warning: the machine is busy")


def test_the_interpreter_is_the_one_behind_a_virtual_environment():
    import machine

    path = machine.description()[1].split("(")[1].split(")")[0]
    assert not path.startswith(sys.prefix) or sys.prefix == sys.base_prefix
