# SPDX-License-Identifier: Apache-2.0
# Usage: handover.py -- see handover.sh.
import base64, html.parser, json, os, re, shlex, shutil, subprocess
import program
import tally
from browser import Browser
from nameserver import NameServer
from program import run
from tally import check

TEXTS = os.path.abspath("tools/mailseal/sheet")
RUA = "mailto:dmarc@reports.example"
SPF = "include:spf.operator.example"
OLD_SPF = "v=spf1 include:_spf.google.com -all"
HEAD = "$TTL 300\n@ IN SOA ns.{0}. admin.{0}. 1 3600 600 86400 300\n@ IN NS ns.{0}.\nns IN A 127.0.0.1\n"
SERVED = ["zone", "bind", "cloudflare", "route53", "json", "powershell", "nsupdate"]

os.environ["SOURCE_DATE_EPOCH"] = "1768478400"


def sheet(domain, form, *more):
    code, out, err = run("handover", domain, "--format", form, *more)
    check(code == 0 and out != "", f"{domain} as {form}", err)
    return out


def fails(what, code, pattern, *arguments):
    got, out, err = run("handover", *arguments)
    check(got == code and re.search(pattern, err) and out == "", what, f"{got} {err}")


def public_key(path):
    der = subprocess.run(["openssl", "pkey", "-in", path, "-pubout", "-outform", "DER"],
                         capture_output=True, check=True).stdout
    return "v=DKIM1; k=rsa; p=" + base64.b64encode(der).decode()


def keys(domain, names=("s20260115", "s20260115b")):
    """What DNS must contain: name -> value."""
    return {f"{s}._domainkey.{domain}": public_key(f"{domain}.{s}.pem") for s in names}


# --- readers of the formats ---------------------------------------------------------------------------------------

def from_route53(text):
    lines = []
    for change in json.loads(text)["Changes"]:
        record = change["ResourceRecordSet"]
        check(change["Action"] == "CREATE", "route53 never overwrites")
        for value in record["ResourceRecords"]:
            lines.append(f'{record["Name"]} {record["TTL"]} IN {record["Type"]} {value["Value"]}')
    return "\n".join(lines) + "\n"


def from_json(text):
    return "".join(f'{r["name"]}. {r["ttl"]} IN {r["type"]} {r["rdata"]}\n' for r in json.loads(text)["records"])


def from_powershell(text):
    """Words as PowerShell reads them in our script: no escapes, '...' and "..." alike."""
    lines, zone = [], ""
    for line in text.splitlines():
        if line.startswith("$zone = "):
            zone = shlex.split(line)[2]
        words = shlex.split(line, comments=True, posix=True)
        if words[:1] == ["dnscmd"]:
            assert words[1:4] == [".", "/RecordAdd", "$zone"], words
            strings = words[7:]
            assert all(len(s) <= 255 for s in strings) and words[6] == "TXT", words
            lines.append((words[4], "TXT", " ".join(f'"{s}"' for s in strings)))
        elif words[:1] == ["Add-DnsServerResourceRecord"]:
            named = dict(zip(words, words[1:] + [""]))
            assert named["-ZoneName"] == "$zone", words
            if "-Txt" in words:
                assert len(named["-DescriptiveText"]) <= 254, words
                lines.append((named["-Name"], "TXT", f'"{named["-DescriptiveText"]}"'))
            else:
                lines.append((named["-Name"], "CNAME", named["-HostNameAlias"]))
    return "".join(f"{name} IN {kind} {data}\n" for name, kind, data in lines), zone


# --- a name server ------------------------------------------------------------------------------------------------

def serve(zones):
    for name, text in zones.items():
        with open(f"{name}.zone", "w", encoding="ascii") as f:
            f.write(HEAD.format(name) + text)
    knot = NameServer(os.path.abspath("knot"), {name: f"{name}.zone" for name in zones}, updates=True)
    for name in zones:
        check(knot.look_up(name, "SOA"), f"Knot serves {name}")
    return knot


def update(knot, script):
    """Run the script with its tool, or with one that reads the same format."""
    tool = shutil.which("nsupdate") or shutil.which("knsupdate")
    if not check(tool is not None, "nsupdate or knsupdate is installed"):
        return 1, ""
    done = subprocess.run([tool], input=f"server 127.0.0.1 {knot.port}\n{script}".encode(), capture_output=True,
                          timeout=30)
    return done.returncode, done.stdout.decode() + done.stderr.decode()


def servers():
    zones, expected = {}, {}
    for form in SERVED:
        domain = f"{form}.example"
        run("domain", "add", domain)
        expected.update(keys(domain))
        expected[f"_dmarc.{domain}"] = f"v=DMARC1; p=none; rua={RUA}"
        text = sheet(domain, form, "--rua", RUA)
        if form == "route53":
            text = from_route53(text)
        elif form == "json":
            text = from_json(text)
        elif form == "powershell":
            text, zone = from_powershell(text)
            check(zone == domain, "powershell names the zone", zone)
        elif form == "nsupdate":
            script, text = text, ""
        zones[domain] = text
    delegated(zones)
    below(zones, expected)
    knot = serve(zones)
    code, said = update(knot, script)
    check(code == 0, "the server accepts the nsupdate script", said)
    for name, value in expected.items():
        check(knot.texts(name) == [value], f"{name} in DNS is the key's", knot.texts(name))
    before = knot.texts("_dmarc.nsupdate.example")
    update(knot, script.replace("p=none", "p=reject"))
    check(knot.texts("_dmarc.nsupdate.example") == before, "nsupdate overwrites nothing")
    for n in "12":
        alias = knot.look_up(f"k{n}._domainkey.cname.example", "CNAME")
        value = knot.texts(alias)
        check(value == [public_key(f"cname.example.k{n}.pem")], f"CNAME {n} leads to the key", alias)
    knot.end()


def delegated(zones):
    """The customer publishes CNAMEs, the operator their targets."""
    run("domain", "add", "cname.example", "--cname", "keys.operator.example")
    zones["cname.example"] = sheet("cname.example", "bind")
    zones["keys.operator.example"] = sheet("cname.example", "bind", "--for", "operator")
    check("DKIM1" not in zones["cname.example"], "the customer holds no key")
    check("$ORIGIN keys.operator.example." in zones["keys.operator.example"], "the operator's zone is named")
    check(sheet("cname.example", "cloudflare").count("cf-proxied:false") == 2, "no proxy before a CNAME")
    check(from_powershell(sheet("cname.example", "powershell"))[0].count("CNAME") == 2, "PowerShell makes CNAMEs")
    check("k1._domainkey" not in sheet("zone.example", "zone", "--cname", "keys.operator.example"), "as if it were one")
    fails("no zone of ours", 2, "not published by CNAME", "zone.example", "--for", "operator")


def below(zones, expected):
    """A domain in the middle of a zone."""
    domain, zone = "learning.customer.example", "customer.example"
    run("domain", "add", domain)
    expected.update(keys(domain))
    zones[zone] = sheet(domain, "bind", "--zone", zone)
    check("\ns20260115._domainkey.learning\t" in zones[zone], "the zone's names are relative")
    text = sheet(domain, "text")
    check(re.search(r"Host +s20260115\._domainkey \(.* learning\.customer\.example\)", text), "the host is printed")
    check(re.search(r"Host +s20260115\._domainkey\.learning \(.* customer\.example\)", text), "the other too", text)
    check("s20260115._domainkey (" not in sheet(domain, "text", "--zone", zone), "one host with --zone")
    run("domain", "add", "example.co.uk")
    check("in the zone co.uk" not in sheet("example.co.uk", "text"), "no host within a registry")
    fails("another zone", 2, "is not in the zone", domain, "--zone", "example.net")


# --- for people ---------------------------------------------------------------------------------------------------

class Page(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.copies, self.inside, self.tags, self.outside, self.paths = [], 0, [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.tags.append(tag)
        self.outside += [v for k, v in attrs.items() if k in ("src", "srcset", "data", "action") or
                         (k == "href" and tag != "a")]
        if tag == "path":
            self.paths.append(attrs["d"])
        if "copy" in (attrs.get("class") or "").split():
            self.copies.append("")
            self.inside = tag
    def handle_endtag(self, tag):
        if tag == self.inside:
            self.inside = 0

    def handle_data(self, data):
        if self.inside:
            self.copies[-1] += data


def decode(rows, what, wanted):
    """Check that rows of 0 and 1 (dark) are a QR code with this text."""
    if not check(shutil.which("zbarimg") is not None, "zbarimg is installed"):
        return
    size, scale = len(rows[0]) + 8, 6
    rows = [[0] * size] * 4 + [[0] * 4 + r + [0] * 4 for r in rows] + [[0] * size] * 4
    with open("qr.pgm", "wb") as f:
        f.write(f"P5 {size * scale} {len(rows) * scale} 255\n".encode())
        for row in rows:
            f.write(b"".join(bytes([0 if dark else 255]) * scale for dark in row) * scale)
    said = subprocess.run(["zbarimg", "-q", "--raw", "qr.pgm"], capture_output=True).stdout.decode().strip()
    check(said == wanted, f"the code in {what}", said)


def code_of_text(text):
    lines = [line[4:] for line in text.splitlines() if re.fullmatch("    [ ▀▄█]+", line)]
    width = max(map(len, lines))
    rows = []
    for line in lines:
        line = line.ljust(width)
        rows += [[int(c in "▀█") for c in line], [int(c in "▄█") for c in line]]
    return rows[:width]


def code_of_svg(path):
    runs = [tuple(map(int, m)) for m in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", path)]
    size = max(y for _, y, _ in runs) + 1
    rows = [[0] * size for _ in range(size)]
    for x, y, length in runs:
        rows[y][x:x + length] = [1] * length
    return [row[4:] for row in rows[4:]]


def blocks(markdown):
    return re.findall(r"```\w*\n(.*?)\n```", markdown, re.S)


def people():
    domain = "zone.example"
    values = list(keys(domain).values())
    more = ["--rua", RUA, "--spf", SPF, "--existing-spf", OLD_SPF, "--contact", "IT <it@a.example> & Co"]
    about = json.loads(sheet(domain, "json", *more))
    merged = f"v=spf1 include:_spf.google.com {SPF} -all"
    check(about["spf"] == {"name": domain, "existing": OLD_SPF, "merged": merged}, "SPF is merged", about["spf"])
    check([r["purpose"] for r in about["records"]] == ["dkim", "next", "dmarc"], "a change of SPF is no record")
    check((about["date"], about["valid_until"]) == ("2026-01-15", "2026-04-15"), "dates")
    text = sheet(domain, "text", *more)
    lines = text.splitlines()
    check(all(v in lines for v in values), "values are on separate lines")
    split = [f'"{values[0][:255]}"', f'"{values[0][255:]}"']
    check(all(s in lines for s in split), "and split at 255")
    check(all(len(l) < 80 or l[0] in '"v' for l in lines if l), "the text is narrow", max(lines, key=len))
    check(not any(l != l.rstrip() for l in lines if "█" not in l and "▀" not in l), "nothing trails")
    for part in ("Please do not remove", "IT <it@a.example> & Co", OLD_SPF, merged, "p=quarantine",
                 about["verify"]["link"]):
        check(part in text, f"the text says {part}")
    decode(code_of_text(text), "the text", about["verify"]["link"])
    marked = sheet(domain, "markdown", *more)
    check(all(v in blocks(marked) for v in values + ["\n".join(split)]), "Markdown has them in blocks")
    check(f"- {OLD_SPF}\n+ {merged}" in blocks(marked), "Markdown shows the difference")
    page = Page(sheet(domain, "html", *more))
    check(all(v in page.copies for v in values + ["\n".join(split), merged]), "HTML has them to copy", page.copies)
    check("s20260115._domainkey" in page.copies and
          f"s20260115._domainkey.{domain}." in page.copies, "HTML has names both ways")
    check(not page.outside and
          not {"script", "link", "img", "iframe"} & set(page.tags), "HTML needs nothing from elsewhere")
    check("IT &lt;it@a.example&gt; &amp; Co" in sheet(domain, "html", *more), "HTML is escaped")
    decode(code_of_svg(page.paths[0]), "the HTML", about["verify"]["link"])
    check(sheet(domain, "html", *more) == sheet(domain, "html", *more), "the same again")
    record = json.loads(sheet(domain, "json", "--spf", SPF, "--spf", "ip4:192.0.2.1"))["records"][-1]
    check((record["purpose"], record["value"]) ==
          ("spf", f"v=spf1 {SPF} ip4:192.0.2.1 ~all"), "a first SPF record", record)


def languages():
    files = {f[:-4]: open(f"{TEXTS}/{f}", encoding="utf-8").read() for f in os.listdir(TEXTS) if f.endswith(".txt")}
    names = {lang: set(re.findall(r"^([a-z0-9.]+) = \S", text, re.M)) for lang, text in files.items()}
    for lang in files:
        check(names[lang] == names["en"], f"{lang} has all texts", names[lang] ^ names["en"])
        for form in ("text", "markdown", "html"):
            for domain in ("zone.example", "cname.example", "learning.customer.example"):
                text = sheet(domain, form, "--lang", lang, "--rua", RUA, "--spf", SPF, "--existing-spf", OLD_SPF)
                text = re.sub(r"(?s)<style>.*</style>", "", text)
                check(not re.search(r"[{}]", text) and "None" not in text, f"{form} in {lang} is filled in")
    check("Bitte nicht entfernen" in sheet("zone.example", "text", "--lang", "de"), "German is German")
    fails("no such language", 2, "--lang: expected en or de, found xx", "zone.example", "--lang", "xx")


def steps():
    """Who does what, in which order, in every form for people and each language."""
    for lang in ("en", "de"):
        with open(f"{TEXTS}/{lang}.txt", encoding="utf-8") as f:
            words = dict(re.findall(r"^([a-z.]+) = (.*)$", f.read(), re.M))
        names = [key[5:] for key in words if re.fullmatch("step[.][a-z]+", key)]
        check(names == "key record signs spf dmarc test next age old".split(), f"{lang} has the steps", names)
        dns = {"record", "spf", "dmarc", "next", "old"}
        wanted = [f'{words["step." + n]} ({words["who.dns" if n in dns else "who.you"]})' for n in names]
        for domain, more, covered in (
                ("zone.example", ["--rua", RUA, "--spf", SPF, "--existing-spf", OLD_SPF], wanted),
                ("zone.example", ["--rua", RUA], wanted[:3] + wanted[4:]),
                ("zone.example", ["--spf", SPF], wanted[:4] + wanted[5:]),
                ("zone.example", [], wanted[:3] + wanted[5:]),
                ("cname.example", [], [s.replace(words["who.dns"], words["who.you"]) if s in (wanted[6], wanted[8])
                                       else s for s in wanted[:3] + wanted[5:]])):
            what = f"{domain} in {lang} with {len(covered)} steps"
            for form in ("text", "markdown"):
                seen = sheet(domain, form, "--lang", lang, *more).split(words["steps.heading"])[1]
                check(re.findall(r"^ *(\d)\. (.*)$", seen, re.M) ==
                      [(str(i), s) for i, s in enumerate(covered, 1)], f"{form} of {what}", seen)
            seen = sheet(domain, "html", "--lang", lang, *more).split(words["steps.heading"])[1].split("</section>")[0]
            seen = re.sub(" +", " ", re.sub("<small>(.*?)</small>", r"(\1)", seen))
            check(re.findall("<li>(.*?)</li>", seen) == covered, f"html of {what}", seen)
    for form in ("text", "markdown", "html"):
        seen = sheet("cname.example", form, "--for", "operator", "--rua", RUA)
        check("What happens next" not in seen, f"{form}: no steps for ourselves")
        check("DMARC" not in seen, f"{form}: no stages without a record", seen)


def conditions():
    """Records that must not be added next to an existing one, and what belongs to another zone."""
    more = ["--rua", RUA, "--spf", SPF]
    report = 'zone.example._report._dmarc.reports.example.'
    for lang, words in (("en", ("Only if zone.example has no SPF record", "Only if zone.example has no DMARC record")),
                        ("de", ("Nur wenn zone.example noch keinen SPF-Eintrag hat",
                                "Nur wenn zone.example noch keinen DMARC-Eintrag hat"))):
        for form, mark in (("zone", ";"), ("bind", ";"), ("cloudflare", ";;"), ("nsupdate", ";"), ("powershell", "#")):
            lines = sheet("zone.example", form, "--lang", lang, *more).splitlines()
            rest = [[i for i, line in enumerate(lines) if line.startswith(f"{mark} {w}")] for w in words]
            for found, value in zip(rest, ("v=spf1", "v=DMARC1; p")):
                check(len(found) == 1 and value in "".join(lines[found[0] + 1:found[0] + 5]),
                      f"{form}: {value} if none exists", lines)
            check(any(l.startswith(f"{mark} {report}") for l in lines), f"{form}: the other zone's record", lines)
            check(not any(report in l for l in lines if not l.startswith(mark)), f"{form}: as a comment", lines)
            lines = sheet("zone.example", form, "--lang", lang).splitlines()
            check(not any(w in line for line in lines for w in words), f"{form}: keys have no condition", lines)
    check("serial number" in sheet("zone.example", "bind"), "bind: the serial number")
    about = json.loads(sheet("zone.example", "json", *more))
    check(about["report"] == {"zone": "reports.example", "type": "TXT", "name": report[:-1], "ttl": 3600,
                              "value": "v=DMARC1"}, "json: the other zone's record", about["report"])
    check(json.loads(sheet("zone.example", "json", "--rua", "a@zone.example"))["report"] is None, "json: none at home")
    err = run("handover", "zone.example", "--spf", SPF)[2]
    check(re.search("note: .*two records break SPF.*--existing-spf", err), "a note about a new SPF record", err)
    check(run("handover", "zone.example", "--spf", SPF, "--existing-spf", OLD_SPF)[2] == "", "none about a change")
    for form in ("text", "markdown", "html"):
        seen = sheet("zone.example", form, *more)
        check(report in seen and "v=DMARC1" in seen.split(report)[1], f"{form}: the other zone's record", seen)
        check("SPF: a new record" in seen and "SPF: one change" not in seen, f"{form}: a new SPF record", seen)
        check("only if" in seen.split("1. ")[0].split("conditional")[0], f"{form}: conditions are announced", seen)
        check("conditional" not in sheet("zone.example", form), f"{form}: unless none exists")
        for name in [*keys("zone.example"), "_dmarc.zone.example", "zone.example"]:
            command = f"nslookup -type=TXT {re.escape(name)}"
            check(re.search(f"{command}$|>{command}<", seen, re.M), f"{form}: the command for {name}", seen)
        seen = sheet("cname.example", form)
        check("nslookup -type=CNAME k1._domainkey.cname.example" in seen, f"{form}: the command for a CNAME", seen)
        seen = squeezed(re.sub("<[^>]*>", "", sheet("zone.example", form, "--spf", SPF, "--existing-spf", OLD_SPF)))
        change = seen.split("SPF:onechange")[1].replace("*", "").replace("`", "")
        check(re.search(r"^.*?(Type:?TXT)-?(Host:?@\(?)", change), f"{form}: the host of the change", change)
        for contact, wanted in ((["--contact", "IT"], False), ([], True)):
            seen = sheet("zone.example", form, *contact)
            check(("the person who sent you this sheet" in seen) == wanted, f"{form}: whom to ask {contact}", seen)
    check("The code" not in sheet("zone.example", "markdown"), "Markdown has no code")


def providers():
    values = list(keys("zone.example").values())
    for name, apex, value in (("cloudflare", "@", values[0]), ("godaddy", "@", values[0]), ("ionos", "@", values[0]),
                              ("ovh", "", values[0]), ("microsoft", "", f"{values[0][:255]}\n{values[0][255:]}"),
                              ("route53", "", f'"{values[0][:255]}" "{values[0][255:]}"'),
                              ("hetzner", "@", f'"{values[0][:255]}" "{values[0][255:]}"')):
        marked = sheet("zone.example", "markdown", "--provider", name, "--spf", SPF)
        check(value in blocks(marked), f"{name}: the value", marked)
        records = json.loads(sheet("zone.example", "json", "--provider", name, "--spf", SPF))["records"]
        check(records[-1]["host"] == apex, f"{name}: the zone's own name", records[-1])
        check(re.search(r"<https://[a-z.]+/", marked), f"{name}: its page")
    fails("no such provider", 2, "--provider: expected cloudflare", "zone.example", "--provider", "unknown")


COPIED = """(() => {
    const selection = getSelection();
    document.querySelectorAll("details").forEach(e => { e.open = true });
    return [...document.querySelectorAll(".copy")].map(e => (selection.selectAllChildren(e), selection.toString()));
})()"""
GREYS = """(async () => {
    const image = new Image();
    image.src = "data:image/png;base64,%s";
    await image.decode();
    const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
    canvas.drawImage(image, 0, 0);
    const data = canvas.getImageData(0, 0, image.width, image.height).data;
    return Array.from({length: data.length / 4}, (_, i) => data[4 * i + 1]);
})()"""


def is_light(greys, least_dark):
    """Dark on white: at least this share of it is dark, and most of it is light."""
    dark, light = (len(greys.translate(None, bytes(others))) for others in (range(100, 256), range(236)))
    return dark > len(greys) * least_dark and light > len(greys) * 0.6


def squeezed(text):
    return re.sub(r"\s", "", text)


def printed():
    """As a browser prints and shows it."""
    long = "learning.customer-university.example"
    run("domain", "add", long, "--site", "learning-platform01")
    browser = Browser(f"{folder}/browser")
    for lang in sorted(f[:-4] for f in os.listdir(TEXTS) if f.endswith(".txt")):
        for domain, more in (("zone.example", []), (long, ["--provider", "microsoft"])):
            options = [domain, "--lang", lang, "--rua", RUA, "--spf", SPF, "--contact", "IT <it@operator.example>",
                       "--existing-spf", OLD_SPF, *more]
            run("handover", *options, "--format", "html", "-o", "p.html", "--force")
            about = json.loads(run("handover", *options, "--format", "json")[1])
            values = [public_key(f"{domain}.{r['selector']}.pem") for r in about["records"] if "selector" in r]
            check(len(values) == 2, f"{domain} in {lang}: two keys")
            browser.open("p.html")
            for paper, inches in (("A4", None), ("letter", (8.5, 11))):
                on_paper(f"{domain} in {lang}", browser.pdf(inches), paper, values, about["verify"]["link"])
            in_window(f"{domain} in {lang}", browser, values, about)
    browser.end()


def on_paper(what, pdf, paper, values, link):
    with open("p.pdf", "wb") as f:
        f.write(pdf)
    said = subprocess.run(["pdfinfo", "p.pdf"], capture_output=True).stdout.decode()
    check(re.search(r"Pages: +1\n", said) and f"({paper})" in said, f"{what} prints on one page", said)
    text = squeezed(subprocess.run(["pdftotext", "p.pdf", "-"], capture_output=True).stdout.decode())
    check(all(squeezed(v) in text for v in values), f"{what} on {paper}: the keys", text)
    subprocess.run(["pdftoppm", "-r", "170", "-gray", "-singlefile", "p.pdf", "p"], capture_output=True)
    with open("p.pgm", "rb") as f:
        check(is_light(f.read()[-1400 * 1800:], 0.02), f"{what} on {paper} is dark on white")
    said = subprocess.run(["zbarimg", "-q", "--raw", "p.pgm"], capture_output=True).stdout.decode().strip()
    check(said == link, f"{what} on {paper}: the code", said)


def in_window(what, browser, values, about):
    copied = [text.replace("\n", "") for text in browser.evaluate(COPIED)]
    wanted = values + [r[k] + dot for r in about["records"] for k, dot in (("host", ""), ("name", "."), ("value", ""))]
    check(all(w in copied for w in wanted), f"{what}: what is copied", [w for w in wanted if w not in copied])
    picture = base64.b64encode(browser.picture()).decode()
    check(is_light(bytes(browser.evaluate(GREYS % picture)), 0.005), f"{what} is visible")


# --- files and errors ---------------------------------------------------------------------------------------------

def next_hop(host):
    with open("gateway.conf", encoding="ascii") as old, open("hop.conf", "w", encoding="ascii") as new:
        new.write(re.sub(r"next-hop = .*", f"next-hop = {host}", old.read()))


def files():
    code, out, err = run("handover", "zone.example", "-o", "sheet.txt")
    check(code == 0 and out + err == "", "-o", err)
    check("DNS records" in open("sheet.txt", encoding="utf-8").read(), "-o writes")
    with open("sheet.txt", "w", encoding="utf-8") as f:
        f.write("precious")
    fails("nothing is overwritten", 5, "already exists.*--force", "zone.example", "-o", "sheet.txt")
    check(open("sheet.txt", encoding="utf-8").read() == "precious", "the file stays")
    fails("nor in a dry run", 5, "already exists", "zone.example", "-o", "sheet.txt", "-n")
    code, out, err = run("handover", "zone.example", "-o", "dry.txt", "--dry-run")
    check(code == 0 and out == f"dry.txt: {len(sheet('zone.example', 'text').encode())} bytes "
          "(not written)\n", "--dry-run", out + err)
    code, out, err = run("handover", "zone.example", "-o", "dry.txt", "--dry-run", "--json")
    seen = {"file": "dry.txt", "octets": len(sheet("zone.example", "json").encode()), "dry_run": True}
    check(code == 0 and json.loads(out) == seen | {"format": 1, "errors": [], "warnings": [], "notes": []},
          "--dry-run --json", out + err)
    check(not os.path.exists("dry.txt"), "a dry run writes nothing")
    check(run("handover", "zone.example", "-n")[1] ==
          sheet("zone.example", "text"), "without -o there is nothing to write")
    check(run("handover", "zone.example", "-o", "sheet.txt", "--force")[0] == 0, "--force")
    check("DNS records" in open("sheet.txt", encoding="utf-8").read(), "is complete then")
    check("PRIVATE" not in sheet("zone.example", "json") + sheet("zone.example", "html"), "no key is handed over")
    fails("no such format", 2, "--format: expected text", "zone.example", "-f", "pdf")
    fails("no such domain", 3, "has no key; create one", "none.example")
    fails("no domain", 2, "expected DOMAIN")
    fails("no configuration", 5, "cannot be opened", "zone.example", "-c", "none.conf")
    for rua in ("a", "@a", "a@", "mailto:a", "mailto:@a", "mailto:a@", 'mailto:a"@b', "mailto:a;b@c", "mailto:a@b@c"):
        fails(f"rua {rua}", 2, "--rua: expected", "zone.example", "--rua", rua)
    check(sheet("zone.example", "zone", "--rua", RUA[7:]) ==
          sheet("zone.example", "zone", "--rua", RUA), "rua without mailto:")
    fails("two lines of contact", 2, "--contact", "zone.example", "--contact", "a\nb")
    next_hop("smtp.office365.com:587")
    about = json.loads(sheet("zone.example", "json", "--spf", "next-hop", "--spf", "ip4:192.0.2.1", "-c", "hop.conf"))
    check(about["records"][-1]["value"] ==
          "v=spf1 include:spf.protection.outlook.com ip4:192.0.2.1 ~all", "SPF of the next hop", about["records"][-1])
    about = json.loads(sheet("zone.example", "json", "--spf", "next-hop", "--existing-spf", OLD_SPF, "-c", "hop.conf"))
    check(about["spf"]["merged"] ==
          "v=spf1 include:_spf.google.com include:spf.protection.outlook.com -all",
          "into the existing record", about["spf"])
    for host, why in (("192.0.2.25", "is an address"), ("mx.example.net", "is not a known mail service")):
        next_hop(host)
        fails(f"SPF of {host}", 2, f"{why}(.|\\n)*--spf include:NAME or --spf ip4:ADDRESS", "zone.example", "--spf",
              "next-hop", "-c", "hop.conf")
    fails("SPF that is none", 2, "--spf: expected", "zone.example", "--spf", "nonsense")
    fails("SPF that breaks out", 2, "--spf: expected", "zone.example", "--spf", 'include:a.example" "x')
    fails("an invalid SPF record", 2, "--existing-spf: expected", "zone.example", "--spf", SPF,
          "--existing-spf", "v=spf2")
    fails("an SPF record and nothing for it", 2, "needs --spf", "zone.example", "--existing-spf", OLD_SPF)
    code, out, err = run("handover", "zone.example", "--json", "--spf", SPF, "--existing-spf", f"v=spf1 {SPF} -all")
    check(code == 0 and json.loads(out)["spf"] is None and "no change is needed" in err, "SPF that is fine", err)
    check("zone.example._report._dmarc.reports.example. TXT" in
          run("handover", "zone.example", "--rua", RUA)[2], "reports elsewhere")
    check(run("handover", "zone.example", "--rua", "mailto:a@zone.example")[2] == "", "reports at home")
    os.rename("zone.example.s20260115.pem", "away.pem")
    fails("a key is missing", 4, "key cannot be opened", "zone.example")
    os.rename("away.pem", "zone.example.s20260115.pem")


folder = program.new_folder()
os.chdir(folder)
with open("gateway.conf", "w", encoding="ascii") as config:
    config.write("[gateway]\nhostname = gw.example.com\nnext-hop = 127.0.0.1:2526\n")
servers()
people()
languages()
steps()
conditions()
providers()
files()
printed()
tally.end()
