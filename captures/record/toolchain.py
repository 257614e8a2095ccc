"""Fetch and build what the recordings run: broker, client libraries, client programs.

Everything lands under ``.cache/record`` in the repository, keyed by the pinned versions, so that a
second recording starts at once.
"""

import hashlib
import json
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path

HERE = Path(__file__).resolve().parent
CLIENTS = HERE / "clients"
PLUGINS = HERE / "plugins"
CACHE = HERE.parents[1] / ".cache" / "record"
VERSIONS = tomllib.loads((HERE / "versions.toml").read_text())


class ToolMissingError(Exception):
    """A program that recording needs is not on this machine."""


def program(name: str) -> str:
    """Return the path of a program, or say what to install."""
    if path := shutil.which(name):
        return path
    raise ToolMissingError(f"{name} is not installed (see captures/README.md for what recording needs)")


@cache
def java_classpath(artifact: str, version: str) -> str:
    """Return the class path of a Kafka artifact with everything that it needs at run time."""
    listing = _place(f"{artifact}-{version}", (HERE / "pom.xml").read_text()).with_suffix(".classpath")
    if not listing.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        options = {
            "kafka.artifact": artifact,
            "kafka.version": version,
            **{f"{library}.version": VERSIONS["kafka"][library] for library in ("jackson", "jaxb", "slf4j")},
            "mdep.includeScope": "runtime",
            "mdep.outputFile": listing,
        }
        subprocess.run(
            [program("mvn"), "-q", "-B", "-f", HERE / "pom.xml", "dependency:build-classpath"]
            + [f"-D{key}={value}" for key, value in options.items()],
            check=True,
        )
    return listing.read_text().strip()


def broker_classpath() -> str:
    """Return the class path of the newest broker; the Java client is among it."""
    return java_classpath("kafka_2.13", VERSIONS["kafka"]["broker"])


def without(*libraries: str) -> str:
    """Return the class path of the newest broker without libraries that clients can do without."""
    jars = broker_classpath().split(":")
    return ":".join(jar for jar in jars if not any(name in Path(jar).name for name in libraries))


def java_client(name: str = "JavaClient", classpath: Callable[[], str] = broker_classpath) -> list[str]:
    """Return the command of a Java client, compiled against the library that it is to use."""
    jars = classpath()
    place = _compiled([CLIENTS / f"{name}.java", CLIENTS / "Agent.java"], jars)
    options = ["-XX:TieredStopAtLevel=1", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"]
    return [program("java"), *options, "-cp", f"{place}:{jars}", name]


def key_log_agent() -> Path:
    """Return the jar of a Java agent that logs the secrets of TLS connections."""
    version = VERSIONS["extract-tls-secrets"]
    jar = CACHE / f"extract-tls-secrets-{version}.jar"
    if not jar.exists():
        copy = [program("mvn"), "-q", "-B", "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy"]
        artifact = f"-Dartifact=name.neykov:extract-tls-secrets:{version}"
        CACHE.mkdir(parents=True, exist_ok=True)
        subprocess.run([*copy, artifact, f"-DoutputDirectory={CACHE}"], cwd=CACHE, check=True)
    return jar


def plugin_classpath(name: str) -> str:
    """Return the class path of the newest broker with a plugin of ours in front."""
    jars = broker_classpath()
    return f"{_compiled([PLUGINS / f'{name}.java'], jars)}:{jars}"


def python_client(name: str, library: str = "python") -> list[str]:
    """Return the command of a Python client, in a virtual environment of its own."""
    requirements = [f"{package}=={version}" for package, version in VERSIONS[library].items()]
    place = _place(library, *requirements)
    interpreter = place / "bin" / "python"
    if not _done(place):
        subprocess.run([sys.executable, "-m", "venv", "--clear", place], check=True)
        subprocess.run([interpreter, "-m", "pip", "install", "-q", *requirements], check=True)
        _mark_done(place)
    return [str(interpreter), str(CLIENTS / f"{name}.py")]


def node_client() -> list[str]:
    """Return the command of the kafkajs client."""
    source = CLIENTS / "kafkajs_client.js"
    packages = VERSIONS["npm"]
    place = _place("node", json.dumps(packages))
    if not _done(place):
        place.mkdir(parents=True, exist_ok=True)
        (place / "package.json").write_text(json.dumps({"private": True, "dependencies": packages}))
        subprocess.run([program("npm"), "install", "--silent", "--no-audit"], cwd=place, check=True)
        _mark_done(place)
    shutil.copy(source, place)  # Node looks for modules beside the program
    return [program("node"), str(place / source.name)]


def go_client() -> list[str]:
    """Return the command of the franz-go client, built once per change of its source."""
    source = CLIENTS / "franz_go_client.go"
    modules = [f"{module}@v{version}" for module, version in VERSIONS["go"].items()]
    place = _place("go", source.read_text(), *modules)
    if not _done(place):
        place.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, place)
        (place / "go.mod").write_text("module recorder\n\ngo 1.21\n")
        subprocess.run([program("go"), "get", *modules], cwd=place, check=True)
        subprocess.run([program("go"), "build", "-o", "client", "."], cwd=place, check=True)
        _mark_done(place)
    return [str(place / "client")]


def _compiled(sources: list[Path], jars: str) -> Path:
    place = _place("java", jars, *(source.read_text() for source in sources))
    if not _done(place):
        javac = [program("javac"), "-XDsuppressNotes", "-proc:none", "-cp", jars, "-d", place]
        subprocess.run([*javac, *sources], check=True)
        _mark_done(place)
    return place


def _place(language: str, *content: str) -> Path:
    digest = hashlib.sha256("\n".join(content).encode()).hexdigest()[:12]
    return CACHE / f"{language}-{digest}"


def _done(place: Path) -> bool:
    return (place / ".done").exists()


def _mark_done(place: Path) -> None:
    (place / ".done").touch()
