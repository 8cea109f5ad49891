# SPDX-License-Identifier: Apache-2.0
"""mailseal dmarc next with aggregate reports. Part of records.sh."""
import gzip
import json
import os
import time

DAY = 86400
if time.time() % DAY > DAY - 120:
    time.sleep(120)  # "today" must be the same in the whole suite
TODAY = int(time.time()) // DAY * DAY
KEY = ["--selector", "ok", "--key", "key.pem"]


def day(ago):
    return time.strftime("%Y-%m-%d", time.gmtime(TODAY - ago * DAY))


def dkim(domain, selector, result):
    return "<dkim><domain>%s</domain><selector>%s</selector><result>%s</result></dkim>" % (domain, selector, result)


def spf(domain, result):
    return "<spf><domain>%s</domain><scope>mfrom</scope><result>%s</result></spf>" % (domain, result)


def row(address, count, verdict, auths, reason=""):
    """One record; `verdict` is that of DKIM; SPF never counts here."""
    return """<record><row><source_ip>%s</source_ip><count>%d</count><policy_evaluated><disposition>none</disposition>
<dkim>%s</dkim><spf>fail</spf>%s</policy_evaluated></row><identifiers><header_from>stage1.example</header_from>
</identifiers><auth_results>%s</auth_results></record>
""" % (address, count, verdict, "<reason><type>%s</type></reason>" % reason if reason else "", auths)


def good(count=10, domain="stage1.example"):
    return row("192.0.2.1", count, "pass", dkim(domain, "ok", "pass"))


def bad(count, reason="", domain="stage1.example"):
    return row("203.0.113.2", count, "fail", dkim(domain, "ok", "fail"), reason)


FOREIGN = row("198.51.100.9", 500, "fail", dkim("evil.example", "x", "pass") + spf("bounce.evil.example", "pass"))


def no_verdict(done):
    document = json.loads(done.stdout)
    return document["errors"] and "stage" not in document


class Suite:
    def __init__(self, seal, check, folder):
        self.seal, self.check, self.folder, self.num = seal, check, folder, 0

    def report(self, ago, rows, domain="stage1.example", policy="none", testing="", seconds=DAY - 1, number=None,
               packed=False):
        """A file with a report about the day `ago` days before today."""
        self.num += 1
        begin = TODAY - ago * DAY
        text = """<feedback><report_metadata><org_name>Receiver</org_name><report_id>%s</report_id>
<date_range><begin>%d</begin><end>%d</end></date_range></report_metadata>
<policy_published><domain>%s</domain><p>%s</p>%s</policy_published>
%s</feedback>""" % (number or self.num, begin, begin + seconds, domain, policy,
                    "<testing>%s</testing>" % testing if testing else "", rows)
        name = "evidence%d.xml%s" % (self.num, ".gz" if packed else "")
        with open(os.path.join(self.folder, name), "wb") as file:
            file.write(gzip.compress(text.encode()) if packed else text.encode())
        return name

    def days(self, agos, rows=None, **kind):
        rows = rows or good(domain=kind.get("domain", "stage1.example"))
        return [self.report(ago, rows, **kind) for ago in agos]

    def next(self, files, *options, domain="stage1.example", keys=KEY):
        done = self.seal("dmarc", "next", domain, *files, *keys, *options, "--json")
        return (json.loads(done.stdout) if done.stdout else {"evidence": None}), done

    def lacks(self, name, files, wanted, *options, domain="stage1.example", keys=KEY):
        """The reports lack exactly this; the record is printed only if they lack nothing."""
        document, done = self.next(files, *options, domain=domain, keys=keys)
        got = (document["evidence"] or {}).get("lacks")
        self.check(got == wanted, name, (got, done.stderr))
        self.check((document.get("allowed"), done.returncode, document.get("value") is not None) ==
                   ((True, 0, True) if not wanted else (False, 1, False)), name + ": allowed", (document, done))
        return document, done

    def test_days(self):
        check = self.check
        document, done = self.lacks("enough", self.days(range(1, 15)), [])
        evidence = document["evidence"]
        check(evidence == {"reports": 14, "days": 14, "days_wanted": 14, "begin": TODAY - 14 * DAY, "end": TODAY - 1,
                           "messages": 140, "pass": 140, "ours": 140, "ours_pass": 140, "ours_fail": 0, "lacks": [],
                           "failing": []}, "enough: evidence", evidence)
        check("reports for 14 days show no failures of your own systems" in document["advice"], "enough: advice",
              document["advice"])
        document, done = self.lacks("nine days", self.days(range(1, 10)), ["days"])
        check("reports cover 9 of 14 days; collect reports until %s" % day(-4) in document["advice"] and
              document["advice"] in done.stderr, "nine days: advice", (document["advice"], done.stderr))
        check(document["stage"] == "quarantine", "the stage stays", document["stage"])
        document, _ = self.next(self.days(range(1, 10)), "--force")
        check(document["allowed"] and document["value"] and document["evidence"]["lacks"] == ["days"], "--force",
              document)
        document, _ = self.lacks("a gap", self.days([*range(1, 8), *range(15, 21)]), ["days"])
        check(document["evidence"]["days"] == 13 and document["evidence"]["begin"] == TODAY - 20 * DAY, "a gap: days",
              document["evidence"])
        two = self.days(range(1, 10)) + self.days(range(1, 10))
        check(self.lacks("two receivers", two, ["days"])[0]["evidence"]["days"] == 9, "days are counted once")
        self.lacks("half a day more", self.days(range(1, 14)) + self.days([14], seconds=DAY // 2), ["days"])
        self.lacks("ends that are begins", self.days(range(1, 15), seconds=DAY), [])
        self.lacks("days that end a minute early", self.days(range(1, 15), seconds=DAY - 60), [])
        self.lacks("two weeks in two reports", self.days([7, 14], seconds=7 * DAY), [])
        document, _ = self.lacks("a day within a week", self.days([7, 14], seconds=7 * DAY) + self.days([12]), [])
        check(document["evidence"]["days"] == 14, "a day within a week: days", document["evidence"])
        document, _ = self.lacks("the day that is missing is over", self.days(range(5, 18)), ["days"])
        check("collect reports until %s" % day(0) in document["advice"], "the day that is missing is over: advice",
              document["advice"])
        document, _ = self.lacks("few days long ago", self.days(range(40, 45)), ["days", "recent"])
        check("collect reports until %s" % day(-9) in document["advice"], "few days long ago: advice",
              document["advice"])
        document, done = self.lacks("long ago", self.days(range(40, 54)), ["recent"])
        check("the last report ends on %s" % day(40) in document["advice"], "long ago: advice", document["advice"])
        check(self.lacks("--since", self.days(range(1, 15)), ["days"], "--since", day(5))[0]["evidence"]["days"] == 5,
              "--since: days")

    def test_periods_of_strangers(self):
        for name, ago, seconds in (("a period of weeks", 20, 20 * DAY), ("the future", -2, DAY), ("backwards", 3, -DAY),
                                   ("since 1970", TODAY // DAY, TODAY)):
            files = self.days(range(1, 14)) + [self.report(ago, good(), seconds=seconds)]
            document, done = self.lacks(name, files, ["days"])
            got = (document["evidence"]["reports"], document["evidence"]["days"])
            self.check(got == (13, 13) and "without a usable period" in done.stderr, name + ": not counted",
                       (got, done.stderr))

    def test_repeated_and_foreign(self):
        check = self.check
        once = self.report(1, good(), number="same")
        files = self.days(range(2, 15)) + [once, self.report(1, good(), number="same", packed=True)]
        document, done = self.lacks("the same report twice", files, [])
        check((document["evidence"]["reports"], document["evidence"]["messages"]) == (14, 140) and
              "not counted again" in done.stderr, "the same report twice: counted once", document["evidence"])
        others = self.days(range(1, 15), domain="other.example")
        document, done = self.lacks("reports of another domain", others, ["days"])
        check(document["evidence"]["reports"] == 0 and document["evidence"]["begin"] is None and
              "about another domain (for other.example, p=none), not counted, like some others" in done.stderr,
              "reports of another domain: note", done.stderr)
        document, _ = self.lacks("a mailbox for two domains", self.days(range(1, 15)) + others, [])
        check(document["evidence"]["messages"] == 140, "a mailbox for two domains: messages", document["evidence"])
        self.lacks("the domain in capitals", self.days(range(1, 15), rows=good(), domain="Stage1.EXAMPLE"), [])

    def test_failing(self):
        check = self.check
        most = self.days(range(2, 15))
        document, done = self.lacks("ours fails", most + [self.report(1, good() + bad(3))], ["pass"])
        failing = document["evidence"]["failing"]
        check([(f["source_ip"], f["count"], f["ours"], f["blocks"], f["end"]) for f in failing] ==
              [("203.0.113.2", 3, True, True, TODAY - 1)], "ours fails: failing", failing)
        check("of 143 messages with a signature of your keys, 3 fail" in document["advice"] and
              "(203.0.113.2)" in document["advice"], "ours fails: advice", document["advice"])
        check(document["evidence"]["ours_pass"] == 140 and document["evidence"]["ours_fail"] == 3, "ours fails: counts",
              document["evidence"])
        mixed = [self.report(1, row("203.0.113.2", 7, "pass", dkim("stage1.example", "ok", "pass")) + bad(5) + FOREIGN),
                 self.report(3, FOREIGN + bad(2))]
        document, _ = self.lacks("addresses in turn", most + mixed, ["pass"])
        check([(f["source_ip"], f["count"], f["messages"], f["dkim_as"], f["end"])
               for f in document["evidence"]["failing"]] == [
                   ("203.0.113.2", 7, 14, None, TODAY - 1), ("198.51.100.9", 1000, 1000, "evil.example", TODAY - 1)],
              "addresses in turn: what blocks first", document["evidence"]["failing"])
        document, _ = self.lacks("one of ours in fifty", most + [self.report(1, good() + bad(2))], [])
        check([(f["ours"], f["blocks"]) for f in document["evidence"]["failing"]] == [(True, False)],
              "one of ours in fifty: listed", document["evidence"])
        document, _ = self.lacks("ours, forwarded", most + [self.report(1, good() + bad(30, "mailing_list"))], [])
        check(document["evidence"]["failing"][0]["forwarded"] is True, "ours, forwarded: said", document["evidence"])
        self.lacks("ours, overridden for another reason", most + [self.report(1, good() + bad(30, "local_policy"))],
                   ["pass"])
        document, done = self.lacks("a forger", most + [self.report(1, good() + FOREIGN)], [])
        check(document["evidence"]["failing"] == [
            {"source_ip": "198.51.100.9", "count": 500, "messages": 500, "header_from": "stage1.example",
             "dkim_as": "evil.example", "spf_as": "bounce.evil.example", "ours": False, "sender": False,
             "forwarded": False, "blocks": False, "end": TODAY - 1}], "a forger: listed", document["evidence"])
        check("those that send for you" in document["advice"], "a forger: advice", document["advice"])
        files = most + [self.report(1, good() + FOREIGN)]
        for sender in ("198.51.100.9", "198.51.100.0/24"):
            document, _ = self.lacks("not a forger but " + sender, files, ["sender"], "--sends-from", sender)
            check([(f["sender"], f["blocks"]) for f in document["evidence"]["failing"]] == [(True, True)],
                  sender + ": blocks", document["evidence"])
        few = self.report(1, good() + row("198.51.100.9", 1, "fail", "") + row("198.51.100.9", 60, "pass", ""))
        self.lacks("one of a sender's in fifty", most + [few], [], "--sends-from", "198.51.100.9")
        self.lacks("another network", files, [], "--sends-from", "198.51.101.0/24", "--sends-from", "2001:db8::/32")
        self.lacks("corrected", self.days(range(15, 20), bad(10)) + self.days(range(1, 15)), [], "--since", day(14))
        self.lacks("no source signs", self.days(range(1, 15), FOREIGN), ["ours"])
        self.lacks("another selector signs", self.days(range(1, 15), row(
            "192.0.2.1", 1, "pass", dkim("stage1.example", "old", "pass"))), ["ours"])
        self.lacks("the configuration's keys", self.days(range(1, 15), row(
            "192.0.2.1", 9, "fail", dkim("stage1.example", "ok", "fail"))), ["pass"], keys=["--config", "stage1.conf"])

    def test_policy(self):
        check = self.check
        stage2 = {"domain": "stage2.example"}
        self.lacks("reject", self.days(range(1, 29), policy="quarantine", **stage2), [], **stage2)
        document, _ = self.lacks("reject too early", self.days(range(1, 28), policy="quarantine", **stage2), ["days"],
                                 **stage2)
        check("reports under the current policy cover 27 of 28 days; collect reports until %s" % day(0) in
              document["advice"], "reject too early: advice", document["advice"])
        mixed = self.days(range(11, 40), **stage2) + self.days(range(1, 11), policy="quarantine", **stage2)
        document, done = self.lacks("days under p=none", mixed, ["days"], **stage2)
        check(document["evidence"]["days"] == 10 and "from before the current policy" in done.stderr,
              "days under p=none do not count", done.stderr)
        self.lacks("days under t=y", self.days(range(1, 29), policy="quarantine", testing="y", **stage2), ["days"],
                   **stage2)
        self.lacks("days under t=n", self.days(range(1, 29), policy="quarantine", testing="n", **stage2), [], **stage2)
        self.lacks("days under p=reject; t=y", self.days(range(1, 29), policy="reject", testing="y", **stage2), [],
                   **stage2)
        document, done = self.next(self.days([1], domain="stage3.example"), domain="stage3.example")
        check((document["stage"], document["allowed"], document["evidence"]["days"], done.returncode) ==
              ("done", True, 1, 0), "nothing is left to decide", document)
        document, done = self.next([])
        check(document["evidence"] is None and document["allowed"] and "no reports were given" in document["advice"],
              "without reports", document)
        document, done = self.next(self.days(range(1, 15)), keys=[])
        check((document["allowed"], document["evidence"]["lacks"], document["evidence"]["ours"]) == (False, [], 0),
              "without keys nothing is ours, nor missed", document)
        document, done = self.next(self.days(range(1, 15)), keys=["--selector", "missing"])
        check(not document["allowed"] and done.returncode == 1 and "DKIM" in done.stderr, "reports do not replace DKIM",
              done.stderr)

    def test_bad_files(self):
        files = self.days(range(1, 15))
        for name, data, code, message in (("html", "<html/>", 1, "expected a DMARC aggregate report"),
                                          ("dtd", '<!DOCTYPE feedback SYSTEM "x">', 1,
                                           "document type declarations are"),
                                          ("zeros", gzip.compress(bytes(100 << 20)), 1, "unpacks to more than")):
            with open(os.path.join(self.folder, "evidence-bad"), "wb") as file:
                file.write(data if isinstance(data, bytes) else data.encode())
            _, done = self.next([*files, "evidence-bad"], "--force")
            self.check(done.returncode == code and no_verdict(done) and message in done.stderr and
                       "evidence-bad" in done.stderr, "bad file " + name, done)
        _, done = self.next([*files, "nowhere.xml"])
        self.check(done.returncode == 5 and no_verdict(done), "a file that is not there", done)
        for options in (["--since", "yesterday"], ["--since", "2026-11-30x"], ["--sends-from", "198.51.100.0/33"],
                        ["--sends-from", "include:x.example"], ["--sends-from", ""]):
            self.check(self.next(files, *options)[1].returncode == 2, "refused: %s" % options)

    def test_text(self):
        done = self.seal("dmarc", "next", "stage1.example", *self.days(range(2, 15)),
                         self.report(1, good() + bad(3) + FOREIGN), *KEY)
        for line in ("14 reports of stage1.example, %s to %s: 14 days covered\n" % (day(14), day(1)),
                     "643 messages, 140 pass; 143 signed by you, 140 of them found good, 3 fail\n",
                     "  203.0.113.2: 3 of 3 fail, the last on %s, From stage1.example; signed by you; BLOCKS\n" %
                     day(1),
                     "  198.51.100.9: 500 of 500 fail, the last on %s, From stage1.example; DKIM passes for "
                     "evil.example; SPF passes for bounce.evil.example\n" % day(1)):
            self.check(line in done.stderr, "text: " + line, done.stderr)
        self.check(done.returncode == 1 and not done.stdout, "text: nothing to publish", done.stdout)


def run(seal, check, folder):
    suite = Suite(seal, check, folder)
    for test in (suite.test_days, suite.test_periods_of_strangers, suite.test_repeated_and_foreign, suite.test_failing,
                 suite.test_policy, suite.test_bad_files, suite.test_text):
        test()
