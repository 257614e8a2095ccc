"""Certificates for brokers and clients that speak TLS: made for a recording, and gone with it."""

import subprocess
from pathlib import Path

from toolchain import program

PASSWORD = "made-up"  # noqa: S105 (of files that live as long as the recording)
STORE = ["-storetype", "PKCS12", "-storepass", PASSWORD, "-noprompt"]


class Identity:
    """A key with a certificate that it signed itself, as Java (`store`) and everybody else (`pem`) want it.

    Who trusts it takes `trust` (Java) or `certificate`.
    """

    def __init__(self, name: str, work: Path) -> None:
        self.store = work / f"{name}.p12"
        self.certificate = work / f"{name}.crt"
        self.trust = work / f"{name}.trust.p12"
        self.pem = work / f"{name}.pem"
        names = ["-dname", f"CN={name}", "-ext", "san=dns:localhost,ip:127.0.0.1"]
        _keytool("-genkeypair", "-keystore", self.store, "-alias", name, "-keyalg", "EC", "-validity", "30", *names)
        _keytool("-exportcert", "-rfc", "-keystore", self.store, "-alias", name, "-file", self.certificate)
        openssl = [program("openssl"), "pkcs12", "-in", self.store, "-nodes", "-passin", f"pass:{PASSWORD}"]
        subprocess.run([*openssl, "-out", self.pem], check=True, capture_output=True)
        _keytool("-importcert", "-keystore", self.trust, "-alias", "trusted", "-file", self.certificate)


def _keytool(*arguments: str | Path) -> None:
    command, *rest = arguments
    subprocess.run([program("keytool"), command, *STORE, *rest], check=True, capture_output=True)
