# SPDX-License-Identifier: Apache-2.0
"""Key records as administrators publish them, and what is wrong with each: what judge.py publishes."""
import base64
import random
import subprocess

RSA = bytes.fromhex("06092a864886f70d010101")
NULL = bytes.fromhex("0500")


def new_key(path, bits):
    """The DER of its SubjectPublicKeyInfo."""
    subprocess.run(["openssl", "genrsa", "-out", path, str(bits)], check=True, capture_output=True)
    return public(path)


def public(path, *form):
    command = ["rsa", *form] if form else ["pkey", "-pubout"]
    return subprocess.run(["openssl", *command, "-in", path, "-outform", "DER"], check=True,
                          capture_output=True).stdout


def der(tag, *contents):
    content = b"".join(contents)
    size = len(content).to_bytes(2, "big")
    return bytes([tag]) + (b"\x82" + size if len(content) > 255 else b"\x81" + size[1:] if len(content) > 127
                           else size[1:]) + content


def folded(text, width, fold):
    return fold.join(text[i:i + width] for i in range(0, len(text), width))


class Key:
    """One private key, and the forms of its public key."""

    def __init__(self, path, bits):
        self.path, self.der = path, new_key(path, bits)
        self.rsa = public(path, "-RSAPublicKey_out")
        self.text = base64.b64encode(self.der)

    def spki(self, algorithm, tail=b""):
        return base64.b64encode(der(0x30, der(0x30, *algorithm), der(0x03, b"\0", self.rsa)) + tail)

    def bare(self):
        return base64.b64encode(self.rsa)

    def negative(self):
        """The modulus without its leading zero."""
        at = self.rsa.index(b"\x02\x82")
        size = int.from_bytes(self.rsa[at + 2:at + 4], "big")
        rsa = der(0x30, der(0x02, self.rsa[at + 5:at + 4 + size]), self.rsa[at + 4 + size:])
        return base64.b64encode(der(0x30, der(0x30, RSA, NULL), der(0x03, b"\0", rsa)))


def variants(key, odd, other, short):
    """{name: (key that signs, [record, ...])}. `odd` is one whose base64 ends in "="."""
    p, o = b"p=" + key.text, b"p=" + odd.text
    v = b"v=DKIM1; "
    full = v + b"k=rsa; " + p
    ours = {
        # correct, or nearly so
        "plain": full, "no-version": b"k=rsa; " + p, "only-p": p, "last-semicolon": full + b";",
        "no-blanks": b"v=DKIM1;k=rsa;" + p, "blanks": b" v = DKIM1 ; k = rsa ; p = " + key.text + b" ; ",
        "tabs": b"v=DKIM1;\tk=rsa;\t" + p, "line-ends": b"v=DKIM1;\r\n k=rsa;\r\n " + p,
        "line-end-last": full + b"\r\n", "semicolon-line-end": full + b";\r\n",
        "blanks-in-p": v + b"p=" + folded(key.text, 60, b" "), "folds-in-p": v + b"p=" + folded(key.text, 60, b"\r\n "),
        "lf-in-p": v + b"p=" + folded(key.text, 60, b"\n"), "tabs-in-p": v + b"p=" + folded(key.text, 60, b"\t"),
        "testing": v + b"t=y; " + p, "strict": v + b"t=s; " + p, "testing-strict": v + b"t=y:s; " + p,
        "testing-upper": v + b"t=Y; " + p, "t-empty": v + b"t=; " + p, "t-other": v + b"t=x; " + p,
        "t-blanks": v + b"t= y : s ; " + p,
        "notes": v + b"n=call=20me; " + p, "notes-blanks": v + b"n=call me, please: \"now\"; " + p,
        "unknown-tag": v + b"x=1; " + p, "unknown-empty": v + b"x_1=; " + p,
        "h-sha256": v + b"h=sha256; " + p, "h-both": v + b"h=sha1:sha256; " + p, "h-turned": v + b"h=sha256:sha1; " + p,
        "h-blanks": v + b"h=sha1 : sha256; " + p, "h-more": v + b"h=sha256:sha512; " + p,
        "s-email": v + b"s=email; " + p, "s-star": v + b"s=*; " + p, "s-both": v + b"s=email:tlsrpt; " + p,
        "s-turned": v + b"s=tlsrpt:email; " + p, "s-blanks": v + b"s=tlsrpt : email; " + p,
        "p-first": p + b"; k=rsa", "p-middle": v + p + b"; k=rsa", "g-star": v + b"g=*; " + p,
        "long": v + b"n=" + b"x" * 400 + b"; " + p, "1023": v + b"n=" + b"x" * (1010 - len(p)) + b"; " + p,
        "1024": v + b"n=" + b"x" * (1011 - len(p)) + b"; " + p,
        "1025": v + b"n=" + b"x" * (1012 - len(p)) + b"; " + p, "longer": v + b"n=" + b"x" * 1300 + b"; " + p,
        "longest": v + b"n=" + b"x" * 3000 + b"; " + p, "strict-identity": v + b"t=s; " + p,
        "testing-identity": v + b"t=y; " + p,
        # punctuation
        "empty-last": full + b";;", "empty-first": b"; " + full, "empty-middle": b"v=DKIM1;; " + p,
        "blank-tag": b"v=DKIM1; ; " + p, "empty-blank-last": full + b"; ;", "no-semicolons": b"v=DKIM1 k=rsa " + p,
        "commas": b"v=DKIM1, k=rsa, " + p, "colons": b"v:DKIM1; k:rsa; p:" + key.text,
        "quotes": b'"' + full + b'"', "quotes-between": v + b"p=" + key.text[:100] + b'" "' + key.text[100:],
        "quoted-p": v + b'p="' + key.text + b'"', "single-quotes": b"'" + full + b"'",
        "backslashes": b"v=DKIM1\\; k=rsa\\; " + p, "backslash-last": full + b"\\", "brackets": b"(" + full + b")",
        "word-last": full + b" IN TXT", "tag-last": full + b"; garbage", "dot-last": full + b".",
        "comma-last": full + b",", "ttl-last": full + b"; 3600", "name-first": b"seal._domainkey " + full,
        "txt-first": b"TXT " + full, "tag-no-name": v + b"=x; " + p, "tag-digit": v + b"1x=y; " + p,
        "tag-hyphen": v + b"x-y=z; " + p, "tag-blank": v + b"x y=z; " + p, "html": v + b"p=" + key.text + b"&#13;",
        # octets
        "utf8-notes": v + "n=Schlüssel; ".encode() + p, "bom": b"\xef\xbb\xbf" + full,
        "nbsp": b"v=DKIM1;\xc2\xa0k=rsa; " + p, "smart-quotes": "“".encode() + full + "”".encode(),
        "nul-notes": v + b"n=a\0b; " + p, "del-notes": v + b"n=a\x7fb; " + p, "bell-notes": v + b"n=a\ab; " + p,
        "form-feed": b"v=DKIM1;\f k=rsa; " + p, "nul-last": full + b"\0", "zero-width": v + b"p=" + key.text[:50] +
        b"\xe2\x80\x8b" + key.text[50:], "form-feed-in-p": v + b"p=" + key.text[:50] + b"\f" + key.text[50:],
        # versions and names
        "v-last": b"k=rsa; " + p + b"; v=DKIM1", "v-second": b"k=rsa; v=DKIM1; " + p, "v-dkim2": b"v=DKIM2; " + p,
        "v-lower": b"v=dkim1; " + p, "v-1": b"v=1; " + p, "v-empty": b"v=; " + p, "v-blank": b"v=DKIM 1; " + p,
        "v-dmarc": b"v=DMARC1; " + p, "upper-v": b"V=DKIM1; k=rsa; " + p, "upper-k": v + b"K=rsa; " + p,
        "upper-p": v + b"k=rsa; P=" + key.text, "upper-all": b"V=DKIM1; K=RSA; P=" + key.text,
        "k-upper": v + b"k=RSA; " + p, "k-ed25519": v + b"k=ed25519; " + p, "k-empty": v + b"k=; " + p,
        "k-list": v + b"k=rsa:ed25519; " + p, "k-sha": v + b"k=rsa-sha256; " + p, "k-dsa": v + b"k=dsa; " + p,
        "ed25519": v + b"k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
        "h-upper": v + b"h=SHA256; " + p, "h-sha1": v + b"h=sha1; " + p, "h-md5": v + b"h=md5; " + p,
        "h-empty": v + b"h=; " + p, "h-last-colon": v + b"h=sha256:; " + p, "h-first-colon": v + b"h=:sha256; " + p,
        "h-hyphen": v + b"h=sha-256; " + p, "h-comma": v + b"h=sha1,sha256; " + p, "h-rsa": v + b"h=rsa-sha256; " + p,
        "s-upper": v + b"s=Email; " + p, "s-tlsrpt": v + b"s=tlsrpt; " + p, "s-other": v + b"s=web; " + p,
        "s-empty": v + b"s=; " + p, "s-last-colon": v + b"s=email:; " + p, "s-mail": v + b"s=e-mail; " + p,
        "g-empty": v + b"g=; " + p, "g-user": v + b"g=user; " + p, "g-some": v + b"g=us*; " + p,
        # each once
        "twice-v": v + v + p, "twice-k": v + b"k=rsa; k=rsa; " + p, "twice-p": full + b"; " + p,
        "twice-p-other": full + b"; p=" + other.text, "twice-n": v + b"n=a; n=b; " + p,
        "twice-t": v + b"t=s; t=s; " + p,
        "twice-unknown": v + b"x=a; x=b; " + p, "joined": full + full, "joined-semicolon": full + b"; " + full,
        # the key
        "p-empty": v + b"k=rsa; p=", "p-blank": v + b"k=rsa; p= ;", "p-missing": v + b"k=rsa", "empty": b"",
        "not-dkim": b"v=spf1 -all", "other-key": v + b"p=" + other.text, "half": v + b"p=" + key.text[:200],
        "cut-255": full[:255], "one-less": full[:-1], "one-more": full + b"A", "first-less": v + b"p=" + key.text[1:],
        "hex": v + b"p=" + key.der.hex().encode(), "url-safe": v + b"p=" + key.text.replace(b"+", b"-").replace(
            b"/", b"_"), "plus-lost": v + b"p=" + key.text.replace(b"+", b" "), "no-key": v + b"p=SGVsbG8gd29ybGQ=",
        "star": v + b"p=" + key.text[:50] + b"*" + key.text[50:], "padded": full + b"=", "padded-2": full + b"==",
        "padded-4": full + b"====", "padding-inside": v + b"p=" + key.text[:100] + b"=" + key.text[100:],
        "pem": v + b"p=-----BEGIN PUBLIC KEY-----" + key.text + b"-----END PUBLIC KEY-----",
        "no-null": v + b"p=" + key.spki((RSA,)), "pkcs1": v + b"p=" + key.bare(),
        "pss": v + b"p=" + key.spki((bytes.fromhex("06092a864886f70d01010a"),)),
        "der-more": v + b"p=" + key.spki((RSA, NULL), b"\0\0\0"), "der-negative": v + b"p=" + key.negative(),
        "octet-changed": v + b"p=" + key.text[:120] + (b"A" if key.text[120:121] != b"A" else b"B") + key.text[121:],
        "certificate": v + b"p=MIIDazCCAlOgAwIBAgIUc2hvcnQ=", "short-key": v + b"p=" + short.text,
    }
    padding = odd.text[odd.text.index(b"="):]
    odds = {
        "odd": v + o, "odd-none": v + o.rstrip(b"="), "odd-more": v + o + b"=", "odd-tail": v + o + b"AAAA",
        "odd-blank": v + o[:-len(padding)] + b" " + padding,
        "odd-bits": v + o[:-len(padding) - 1] + bytes([o[-len(padding) - 1] + 1]) + padding,
    }
    several = {
        "second-before": [full, b"a"], "second-after": [full, b"zzz"], "second-long": [full, b"x" * 700],
        "second-dkim": [full, v + b"k=rsa; p=" + other.text], "second-same": [full, full + b";"],
        "second-old": [full, v + b"k=rsa; p="],
    }
    return {name: (key, [record]) for name, record in ours.items()} | {
        name: (odd, [record]) for name, record in odds.items()} | {
        name: (key, records) for name, records in several.items()}


# The result of mailseal verify for each record that the gateway refuses; it accepts those not named here.
REFUSED = {
    "dkim-syntax": "empty-last empty-first empty-middle blank-tag empty-blank-last colons single-quotes brackets "
                   "tag-last ttl-last name-first txt-first tag-no-name tag-digit tag-hyphen tag-blank utf8-notes bom "
                   "nbsp smart-quotes nul-notes del-notes bell-notes form-feed nul-last zero-width form-feed-in-p "
                   "twice-v twice-k twice-p twice-p-other twice-n twice-t twice-unknown joined joined-semicolon",
    "dkim-quotes": "quotes quotes-between quoted-p backslashes backslash-last",
    "dkim-not-dkim1": "no-semicolons commas v-last v-second v-dkim2 v-lower v-1 v-empty v-blank v-dmarc not-dkim",
    "dkim-no-p": "upper-p upper-all p-missing empty", "dkim-revoked": "p-empty p-blank",
    "dkim-key-type": "k-upper k-ed25519 k-empty k-list k-sha k-dsa ed25519 pss",
    "dkim-hash": "h-upper h-sha1 h-md5 h-empty h-hyphen h-comma h-rsa",
    "dkim-service": "s-upper s-tlsrpt s-other s-empty s-mail",
    "dkim-not-base64": "word-last dot-last comma-last html one-more url-safe star padded padded-2 padded-4 "
                       "padding-inside pem odd-none odd-more odd-tail odd-bits",
    "dkim-truncated": "half cut-255 one-less plus-lost certificate", "dkim-not-a-key": "first-less no-key",
    "dkim-hex": "hex", "dkim-key-form": "no-null pkcs1 der-more der-negative",
    "dkim-other-key": "other-key octet-changed short-key", "dkim-long": "1025 longer longest",
    "dkim-identity": "strict-identity", "dkim-several": "second-dkim second-same second-old",
    "dkim-other-txt": "second-before second-after second-long",
}
# Good records that one of the three verifiers refuses: a warning.
DISPUTED = "h-blanks s-both s-turned s-blanks s-last-colon g-empty g-user g-some"
# The tool reports about the verifiers of Debian 12. Later versions refuse these too: name, verifier.
REFUSED_SINCE = {
    ("k-empty", "Mail::DKIM"): (1, 20240923), ("pss", "Mail::DKIM"): (1, 20240923), ("odd-tail", "dkimpy"): (1, 1, 8),
}
# Without the private key and its section these are good records.
OF_ANOTHER = "other-key octet-changed strict-identity"
# Its answer is too large for the gateway's resolver, which learns nothing from it.
UNREAD = "longest"


def wanted():
    """{name: code} of those that are refused."""
    return {name: code for code, names in REFUSED.items() for name in names.split()}


PIECES = [b";", b"=", b":", b"\"", b"\\", b"\r\n ", b"\t", b"\0", b"\xc3\xbc", b"v=DKIM1", b"k=rsa", b"p=", b"t=y",
          b" ", b"t=s", b"h=sha256", b"s=email", b"n=a", b"g=*", b"A", b"a", b"*", b"==", b"; ;", b"sha1:", b"1", b"_",
          b"-", b",", b"\f"]
TAGS = [b"k=rsa", b"t=y", b"t=s", b"h=sha256", b"h=sha1:sha256", b"s=*", b"s=email", b"n=notes", b"x=1"]


def mutations(key, seed, count):
    """Variants: records of `key`, each with one to three changes."""
    rng = random.Random(seed)
    made = {}
    for number in range(count):
        # The text before and after the key is changed, because most of a record is the key.
        tags = rng.sample(TAGS, rng.randrange(4))
        start = b"; ".join([b"v=DKIM1"] * rng.randrange(2) + tags + [b"p="])
        end = rng.choice([b"", b";", b"; t=y", b"; n=x"])
        for _ in range(rng.randrange(1, 4)):
            where = rng.randrange(8)
            if where == 7:
                at, piece = rng.randrange(len(end) + 1), rng.choice(PIECES)
                end = end[:at] + piece + end[at:]
                continue
            at = rng.randrange(len(start))
            start = start[:at] + (rng.choice(PIECES) if where % 2 else b"") + start[at + rng.randrange(2):]
        made[f"m{number}"] = (key, [start + key.text + end])
    return made
