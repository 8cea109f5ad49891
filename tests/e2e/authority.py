# SPDX-License-Identifier: Apache-2.0
"""Certificates for the end-to-end tests, good ones and all kinds of bad ones, made by openssl(1)."""

import base64
import hashlib
import os
import ssl
import subprocess

CONFIG = """\
[ca]
default_ca = d
[d]
database = {path}/index
rand_serial = yes
new_certs_dir = {path}
policy = p
unique_subject = no
x509_extensions = x
[p]
commonName = supplied
[x]
{extensions}
"""
LEAF = "basicConstraints = critical, CA:FALSE\nextendedKeyUsage = {usage}\nsubjectAltName = {names}\n"
AUTHORITY = "basicConstraints = critical, CA:TRUE\nkeyUsage = critical, keyCertSign, cRLSign\n"
KINDS = {"ec": ("EC", "ec_paramgen_curve:P-256"), "p384": ("EC", "ec_paramgen_curve:P-384"),
         "p521": ("EC", "ec_paramgen_curve:P-521"), "rsa": ("RSA", "rsa_keygen_bits:2048"),
         "rsa1024": ("RSA", "rsa_keygen_bits:1024"), "rsa4096": ("RSA", "rsa_keygen_bits:4096")}


def openssl(*arguments):
    run = subprocess.run(["openssl", *arguments], capture_output=True)
    if run.returncode != 0:
        raise RuntimeError(f"openssl {' '.join(arguments)}: {run.stderr.decode()}")
    return run.stdout


class Certificate:
    def __init__(self, path, issuer=None):
        self.path, self.key, self.issuer = f"{path}.pem", f"{path}.key", issuer

    def pin(self):
        public = openssl("x509", "-in", self.path, "-pubkey", "-noout").decode()
        return base64.b64encode(hashlib.sha256(ssl.PEM_cert_to_DER_cert(
            public.replace("PUBLIC KEY", "CERTIFICATE"))).digest()).decode()

    def chain(self, *above):
        """A file with this certificate and those above it."""
        path = self.path.replace(".pem", ".chain")
        with open(path, "w") as out:
            for certificate in (self, *above):
                with open(certificate.path) as f:
                    out.write(f.read())
        return path

    def server(self, *above, old=False, **settings):
        """The context of a server with it; `old`: allows everything that OpenSSL still knows."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if old:
            context.set_ciphers("ALL@SECLEVEL=0")
        context.load_cert_chain(self.chain(*above), self.key)
        for name, value in settings.items():
            setattr(context, name, value)
        return context


class Authority(Certificate):
    """Issues certificates into `folder`; `issuer` is the authority above it."""

    def __init__(self, folder, name="ca", issuer=None, kind="ec", days=(-3650, 3650)):
        super().__init__(f"{folder}/{name}", issuer)
        self.folder = folder
        self.state = f"{folder}/{name}.d"
        os.mkdir(self.state)
        open(f"{self.state}/index", "w").close()
        if issuer:
            issuer.sign(self.path, self.new_key(self.key, name, kind), AUTHORITY, days, "sha256")
        else:
            algorithm, option = KINDS[kind]
            openssl("req", "-x509", "-newkey", algorithm, "-pkeyopt", option, "-nodes", "-keyout", self.key, "-out",
                    self.path, "-days", "3650", "-subj", f"/CN=Test {name}")
            os.chmod(self.key, 0o600)

    @staticmethod
    def new_key(path, name, kind):
        algorithm, option = KINDS[kind]
        request = path.replace(".key", ".csr")
        openssl("req", "-new", "-newkey", algorithm, "-pkeyopt", option, "-nodes", "-keyout", path, "-out", request,
                "-subj", f"/CN=Test {name}")
        os.chmod(path, 0o600)
        return request

    def sign(self, path, request, extensions, days, digest):
        def date(day):
            return subprocess.run(["date", "-u", "-d", f"{day} days", "+%Y%m%d%H%M%SZ"], capture_output=True, text=True,
                                  check=True).stdout.strip()

        config = f"{self.state}/config"
        with open(config, "w") as f:
            f.write(CONFIG.format(path=self.state, extensions=extensions))
        openssl("ca", "-batch", "-notext", "-config", config, "-cert", self.path, "-keyfile", self.key, "-in", request,
                "-out", path, "-md", digest, "-startdate", date(days[0]), "-enddate", date(days[1]))

    def issue(self, name, names="DNS:hop.test", kind="ec", days=(-1, 365), digest="sha256", usage="serverAuth"):
        made = Certificate(f"{self.folder}/{name}", self)
        extensions = LEAF.format(names=names, usage=usage)
        self.sign(made.path, self.new_key(made.key, name, kind), extensions, days, digest)
        return made


def self_signed(folder, name, names="DNS:hop.test"):
    made = Certificate(f"{folder}/{name}")
    algorithm, option = KINDS["ec"]
    openssl("req", "-x509", "-newkey", algorithm, "-pkeyopt", option, "-nodes", "-keyout", made.key, "-out", made.path,
            "-days", "30", "-subj", f"/CN=Test {name}", "-addext", f"subjectAltName = {names}")
    os.chmod(made.key, 0o600)
    return made


def client(authority=None, version=None, suites=None):
    """The context of a client that trusts `authority`, or every server."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if authority:
        context.load_verify_locations(authority.path)
    else:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if version:
        context.minimum_version = context.maximum_version = version
    if suites:
        context.set_ciphers(suites)
    return context
