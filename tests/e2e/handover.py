# SPDX-License-Identifier: Apache-2.0
# Usage: handover.py -- see handover.sh.
import base64, html.parser, json, os, re, shlex, shutil, subprocess
import program
from browser import Browser
from nameserver import NameServer
from program import run

TEXTS = os.path.abspath("tools/mailseal/sheet")
RUA = "mailto:dmarc@reports.example"
SPF = "include:spf.operator.example"
OLD_SPF = "v=spf1 include:_spf.google.com -all"
HEAD = "$TTL 300\n@ IN SOA ns.{0}. admin.{0}. 1 3600 600 86400 300\n@ IN NS ns.{0}.\nns IN A 127.0.0.1\n"
SERVED = ["zone", "bind", "cloudflare", "route53", "json", "powershell", "nsupdate"]

os.environ["SOURCE_DATE_EPOCH"] = "1768478400"


def check(what, ok, detail=""):
    return program.check(ok, what, detail)


def sheet(domain, form, *more):
    code, out, err = run("handover", domain, "--format", form, *more)
    check(f"{domain} as {form}", code == 0 and out != "", err)
    return out


def fails(what, code, pattern, *arguments):
    got, out, err = run("handover", *arguments)
    check(what, got == code and re.search(pattern, err) and out == "", f"{got} {err}")


def public_key(path):
    der = subprocess.run(["openssl", "pkey", "-in", path, "-pubout", "-outform", "DER"],
                         capture_output=True, check=True).stdout
    return "v=DKIM1; k=rsa; p=" + base64.b64encode(der).decode()


def keys(domain, names=("s20260115", "s20260115b")):
    """What DNS must say: name -> value."""
    return {f"{s}._domainkey.{domain}": public_key(f"{domain}.{s}.pem") for s in names}


# --- readers of the formats ---------------------------------------------------------------------------------------

def from_route53(text):
    lines = []
    for change in json.loads(text)["Changes"]:
        record = change["ResourceRecordSet"]
        check("route53 never overwrites", change["Action"] == "CREATE")
        for value in record["ResourceRecords"]:
            lines.append(f'{record["Name"]} {record["TTL"]} IN {record["Type"]} {value["Value"]}')
    return "\n".join(lines) + "\n"


def from_json(text):
    return "".join(f'{r["name"]}. {r["ttl"]} IN {r["type"]} {r["rdata"]}\n' for r in json.loads(text)["records"])


def from_powershell(text):
    """Words as PowerShell has them in what we write: no escapes, '...' and "..." alike."""
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
        check(f"Knot serves {name}", knot.look_up(name, "SOA"))
    return knot


def update(knot, script):
    """With the tool that the script is for, or one that reads the same."""
    tool = shutil.which("nsupdate") or shutil.which("knsupdate")
    if not check("there is nsupdate or knsupdate", tool is not None):
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
            check("powershell names the zone", zone == domain, zone)
        elif form == "nsupdate":
            script, text = text, ""
        zones[domain] = text
    delegated(zones)
    below(zones, expected)
    knot = serve(zones)
    code, said = update(knot, script)
    check("nsupdate is taken", code == 0, said)
    for name, value in expected.items():
        check(f"{name} in DNS is the key's", knot.texts(name) == [value], knot.texts(name))
    before = knot.texts("_dmarc.nsupdate.example")
    update(knot, script.replace("p=none", "p=reject"))
    check("nsupdate overwrites nothing", knot.texts("_dmarc.nsupdate.example") == before)
    for n in "12":
        alias = knot.look_up(f"k{n}._domainkey.cname.example", "CNAME")
        value = knot.texts(alias)
        check(f"CNAME {n} leads to the key", value == [public_key(f"cname.example.k{n}.pem")], alias)
    knot.end()


def delegated(zones):
    """The customer publishes CNAMEs, the operator what they lead to."""
    run("domain", "add", "cname.example", "--cname", "keys.operator.example")
    zones["cname.example"] = sheet("cname.example", "bind")
    zones["keys.operator.example"] = sheet("cname.example", "bind", "--for", "operator")
    check("the customer holds no key", "DKIM1" not in zones["cname.example"])
    check("the operator's zone is named", "$ORIGIN keys.operator.example." in zones["keys.operator.example"])
    check("no proxy before a CNAME", sheet("cname.example", "cloudflare").count("cf-proxied:false") == 2)
    check("PowerShell makes CNAMEs", from_powershell(sheet("cname.example", "powershell"))[0].count("CNAME") == 2)
    check("as if it were one", "k1._domainkey" not in sheet("zone.example", "zone", "--cname", "keys.operator.example"))
    fails("no zone of ours", 2, "not published by CNAME", "zone.example", "--for", "operator")


def below(zones, expected):
    """A domain in the middle of a zone."""
    domain, zone = "learning.customer.example", "customer.example"
    run("domain", "add", domain)
    expected.update(keys(domain))
    zones[zone] = sheet(domain, "bind", "--zone", zone)
    check("the zone's names are relative", "\ns20260115._domainkey.learning\t" in zones[zone])
    text = sheet(domain, "text")
    check("the host is printed", re.search(r"Host +s20260115\._domainkey \(.* learning\.customer\.example\)", text))
    check("the other too", re.search(r"Host +s20260115\._domainkey\.learning \(.* customer\.example\)", text), text)
    check("one host with --zone", "s20260115._domainkey (" not in sheet(domain, "text", "--zone", zone))
    run("domain", "add", "example.co.uk")
    check("no host within a registry", "in the zone co.uk" not in sheet("example.co.uk", "text"))
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
    """rows of 0 and 1 (dark) are a QR code that says this."""
    if not check("there is zbarimg", shutil.which("zbarimg") is not None):
        return
    size, scale = len(rows[0]) + 8, 6
    rows = [[0] * size] * 4 + [[0] * 4 + r + [0] * 4 for r in rows] + [[0] * size] * 4
    with open("qr.pgm", "wb") as f:
        f.write(f"P5 {size * scale} {len(rows) * scale} 255\n".encode())
        for row in rows:
            f.write(b"".join(bytes([0 if dark else 255]) * scale for dark in row) * scale)
    said = subprocess.run(["zbarimg", "-q", "--raw", "qr.pgm"], capture_output=True).stdout.decode().strip()
    check(f"the code in {what}", said == wanted, said)


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
    check("SPF is merged", about["spf"] == {"name": domain, "existing": OLD_SPF, "merged": merged}, about["spf"])
    check("a change of SPF is no record", [r["purpose"] for r in about["records"]] == ["dkim", "next", "dmarc"])
    check("dates", (about["date"], about["valid_until"]) == ("2026-01-15", "2026-04-15"))
    text = sheet(domain, "text", *more)
    lines = text.splitlines()
    check("values stand on lines of their own", all(v in lines for v in values))
    split = [f'"{values[0][:255]}"', f'"{values[0][255:]}"']
    check("and split at 255", all(s in lines for s in split))
    check("the text is narrow", all(len(l) < 80 or l[0] in '"v' for l in lines if l), max(lines, key=len))
    check("nothing trails", not any(l != l.rstrip() for l in lines if "█" not in l and "▀" not in l))
    for part in ("Please do not remove", "IT <it@a.example> & Co", OLD_SPF, merged, "p=quarantine",
                 about["verify"]["link"]):
        check(f"the text says {part}", part in text)
    decode(code_of_text(text), "the text", about["verify"]["link"])
    marked = sheet(domain, "markdown", *more)
    check("Markdown has them in blocks", all(v in blocks(marked) for v in values + ["\n".join(split)]))
    check("Markdown shows the difference", f"- {OLD_SPF}\n+ {merged}" in blocks(marked))
    page = Page(sheet(domain, "html", *more))
    check("HTML has them to copy", all(v in page.copies for v in values + ["\n".join(split), merged]), page.copies)
    check("HTML has names both ways", "s20260115._domainkey" in page.copies and
          f"s20260115._domainkey.{domain}." in page.copies)
    check("HTML needs nothing from elsewhere", not page.outside and
          not {"script", "link", "img", "iframe"} & set(page.tags))
    check("HTML is escaped", "IT &lt;it@a.example&gt; &amp; Co" in sheet(domain, "html", *more))
    decode(code_of_svg(page.paths[0]), "the HTML", about["verify"]["link"])
    check("the same again", sheet(domain, "html", *more) == sheet(domain, "html", *more))
    record = json.loads(sheet(domain, "json", "--spf", SPF, "--spf", "ip4:192.0.2.1"))["records"][-1]
    check("a first SPF record", (record["purpose"], record["value"]) ==
          ("spf", f"v=spf1 {SPF} ip4:192.0.2.1 ~all"), record)


def languages():
    files = {f[:-4]: open(f"{TEXTS}/{f}", encoding="utf-8").read() for f in os.listdir(TEXTS) if f.endswith(".txt")}
    names = {lang: set(re.findall(r"^([a-z0-9.]+) = \S", text, re.M)) for lang, text in files.items()}
    for lang in files:
        check(f"{lang} has all texts", names[lang] == names["en"], names[lang] ^ names["en"])
        for form in ("text", "markdown", "html"):
            for domain in ("zone.example", "cname.example", "learning.customer.example"):
                text = sheet(domain, form, "--lang", lang, "--rua", RUA, "--spf", SPF, "--existing-spf", OLD_SPF)
                text = re.sub(r"(?s)<style>.*</style>", "", text)
                check(f"{form} in {lang} is filled in", not re.search(r"[{}]", text) and "None" not in text)
    check("German is German", "Bitte nicht entfernen" in sheet("zone.example", "text", "--lang", "de"))
    fails("no such language", 2, "no texts for xx", "zone.example", "--lang", "xx")


def steps():
    """Who does what, in which order, in every form for people and each language."""
    for lang in ("en", "de"):
        with open(f"{TEXTS}/{lang}.txt", encoding="utf-8") as f:
            words = dict(re.findall(r"^([a-z.]+) = (.*)$", f.read(), re.M))
        names = [key[5:] for key in words if re.fullmatch("step[.][a-z]+", key)]
        check(f"{lang} has the steps", names == "key record signs spf dmarc test next age old".split(), names)
        dns = {"record", "spf", "dmarc", "next", "old"}
        wanted = [f'{words["step." + n]} ({words["who.dns" if n in dns else "who.you"]})' for n in names]
        for form in ("text", "markdown"):
            told = sheet("zone.example", form, "--lang", lang).split(words["steps.heading"])[1]
            check(f"{form} in {lang} tells the steps", re.findall(r"^ *\d\. (.*)$", told, re.M) == wanted, told)
        told = sheet("zone.example", "html", "--lang", lang).split(words["steps.heading"])[1].split("</section>")[0]
        told = re.sub(" +", " ", re.sub("<small>(.*?)</small>", r"(\1)", told))
        check(f"html in {lang} tells the steps", re.findall("<li>(.*?)</li>", told) == wanted, told)
    check("not to ourselves", "What happens next" not in sheet("cname.example", "text", "--for", "operator"))


def providers():
    values = list(keys("zone.example").values())
    for name, apex, value in (("cloudflare", "@", values[0]), ("godaddy", "@", values[0]), ("ionos", "@", values[0]),
                              ("ovh", "", values[0]), ("microsoft", "", f"{values[0][:255]}\n{values[0][255:]}"),
                              ("route53", "", f'"{values[0][:255]}" "{values[0][255:]}"'),
                              ("hetzner", "@", f'"{values[0][:255]}" "{values[0][255:]}"')):
        marked = sheet("zone.example", "markdown", "--provider", name, "--spf", SPF)
        check(f"{name}: the value", value in blocks(marked), marked)
        records = json.loads(sheet("zone.example", "json", "--provider", name, "--spf", SPF))["records"]
        check(f"{name}: the zone's own name", records[-1]["host"] == apex, records[-1])
        check(f"{name}: its page", re.search(r"<https://[a-z.]+/", marked))
    fails("no such provider", 2, "--provider: expected cloudflare", "zone.example", "--provider", "nobody")


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
    """Dark on white: this share of it is dark at least, most of it light."""
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
            check(f"{domain} in {lang}: two keys", len(values) == 2)
            browser.open("p.html")
            for paper, inches in (("A4", None), ("letter", (8.5, 11))):
                on_paper(f"{domain} in {lang}", browser.pdf(inches), paper, values, about["verify"]["link"])
            in_window(f"{domain} in {lang}", browser, values, about)
    browser.end()


def on_paper(what, pdf, paper, values, link):
    with open("p.pdf", "wb") as f:
        f.write(pdf)
    said = subprocess.run(["pdfinfo", "p.pdf"], capture_output=True).stdout.decode()
    check(f"{what} prints on one page", re.search(r"Pages: +1\n", said) and f"({paper})" in said, said)
    text = squeezed(subprocess.run(["pdftotext", "p.pdf", "-"], capture_output=True).stdout.decode())
    check(f"{what} on {paper}: the keys", all(squeezed(v) in text for v in values), text)
    subprocess.run(["pdftoppm", "-r", "170", "-gray", "-singlefile", "p.pdf", "p"], capture_output=True)
    with open("p.pgm", "rb") as f:
        check(f"{what} on {paper} is dark on white", is_light(f.read()[-1400 * 1800:], 0.02))
    said = subprocess.run(["zbarimg", "-q", "--raw", "p.pgm"], capture_output=True).stdout.decode().strip()
    check(f"{what} on {paper}: the code", said == link, said)


def in_window(what, browser, values, about):
    copied = [text.replace("\n", "") for text in browser.evaluate(COPIED)]
    wanted = values + [r[k] + dot for r in about["records"] for k, dot in (("host", ""), ("name", "."), ("value", ""))]
    check(f"{what}: what is copied", all(w in copied for w in wanted), [w for w in wanted if w not in copied])
    picture = base64.b64encode(browser.picture()).decode()
    check(f"{what} is there to see", is_light(bytes(browser.evaluate(GREYS % picture)), 0.005))


# --- files and errors ---------------------------------------------------------------------------------------------

def next_hop(host):
    with open("gateway.conf", encoding="ascii") as old, open("hop.conf", "w", encoding="ascii") as new:
        new.write(re.sub(r"next-hop = .*", f"next-hop = {host}", old.read()))


def files():
    code, out, err = run("handover", "zone.example", "-o", "sheet.txt")
    check("-o", code == 0 and out + err == "", err)
    check("-o writes", "DNS records" in open("sheet.txt", encoding="utf-8").read())
    with open("sheet.txt", "w", encoding="utf-8") as f:
        f.write("precious")
    fails("nothing is overwritten", 5, "exists already.*--force", "zone.example", "-o", "sheet.txt")
    check("the file stays", open("sheet.txt", encoding="utf-8").read() == "precious")
    fails("nor in a dry run", 5, "exists already", "zone.example", "-o", "sheet.txt", "-n")
    code, out, err = run("handover", "zone.example", "-o", "dry.txt", "--dry-run")
    check("--dry-run", code == 0 and out == f"dry.txt: {len(sheet('zone.example', 'text').encode())} octets "
          "(not written)\n", out + err)
    code, out, err = run("handover", "zone.example", "-o", "dry.txt", "--dry-run", "--json")
    told = {"file": "dry.txt", "octets": len(sheet("zone.example", "json").encode()), "dry_run": True}
    check("--dry-run --json", code == 0 and json.loads(out) == told, out + err)
    check("a dry run writes nothing", not os.path.exists("dry.txt"))
    check("without -o there is nothing to write", run("handover", "zone.example", "-n")[1] ==
          sheet("zone.example", "text"))
    check("--force", run("handover", "zone.example", "-o", "sheet.txt", "--force")[0] == 0)
    check("is there then", "DNS records" in open("sheet.txt", encoding="utf-8").read())
    check("no key is handed over", "PRIVATE" not in sheet("zone.example", "json") + sheet("zone.example", "html"))
    fails("no such format", 2, "--format: expected text", "zone.example", "-f", "pdf")
    fails("no such domain", 3, "has no key; make one", "none.example")
    fails("no domain", 2, "expected a domain")
    fails("no configuration", 5, "cannot be opened", "zone.example", "-c", "none.conf")
    for rua in ("dmarc@a.example", "mailto:a", "mailto:@a", "mailto:a@", 'mailto:a"@b', "mailto:a;b@c", "mailto:a@b@c"):
        fails(f"rua {rua}", 2, "--rua: expected", "zone.example", "--rua", rua)
    fails("two lines of contact", 2, "--contact", "zone.example", "--contact", "a\nb")
    next_hop("smtp.office365.com:587")
    about = json.loads(sheet("zone.example", "json", "--spf", "next-hop", "--spf", "ip4:192.0.2.1", "-c", "hop.conf"))
    check("SPF of the next hop", about["records"][-1]["value"] ==
          "v=spf1 include:spf.protection.outlook.com ip4:192.0.2.1 ~all", about["records"][-1])
    about = json.loads(sheet("zone.example", "json", "--spf", "next-hop", "--existing-spf", OLD_SPF, "-c", "hop.conf"))
    check("into the record there is", about["spf"]["merged"] ==
          "v=spf1 include:_spf.google.com include:spf.protection.outlook.com -all", about["spf"])
    for host, why in (("192.0.2.25", "is an address"), ("mx.example.net", "no mail service whose SPF is known")):
        next_hop(host)
        fails(f"SPF of {host}", 2, f"{why}(.|\\n)*--spf include:NAME or --spf ip4:ADDRESS", "zone.example", "--spf",
              "next-hop", "-c", "hop.conf")
    fails("SPF that is none", 2, "--spf: expected", "zone.example", "--spf", "nonsense")
    fails("SPF that breaks out", 2, "--spf: expected", "zone.example", "--spf", 'include:a.example" "x')
    fails("an SPF record that is none", 2, "--existing-spf: expected", "zone.example", "--spf", SPF,
          "--existing-spf", "v=spf2")
    fails("an SPF record and nothing for it", 2, "needs --spf", "zone.example", "--existing-spf", OLD_SPF)
    code, out, err = run("handover", "zone.example", "--json", "--spf", SPF, "--existing-spf", f"v=spf1 {SPF} -all")
    check("SPF that is fine", code == 0 and json.loads(out)["spf"] is None and "needs no change" in err, err)
    check("reports elsewhere", "zone.example._report._dmarc.reports.example. TXT" in
          run("handover", "zone.example", "--rua", RUA)[2])
    check("reports at home", run("handover", "zone.example", "--rua", "mailto:a@zone.example")[2] == "")
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
providers()
files()
printed()
program.end()
