# SPDX-License-Identifier: Apache-2.0
"""Chromium without a window, controlled over a pipe (Chrome DevTools Protocol): one start for all pages."""

import atexit
import base64
import fcntl
import json
import os
import select
import signal
import subprocess
import time

OPTIONS = ("--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
           "--disable-component-update --disable-sync --remote-debugging-pipe").split()


class Browser:
    """`folder` is for its profile and its output."""

    def __init__(self, folder):
        os.makedirs(f"{folder}/profile")
        its_input, self.output = os.pipe()
        self.input, its_output = os.pipe()
        ends = [fcntl.fcntl(fd, fcntl.F_DUPFD, 10) for fd in (its_input, its_output)]

        def place():
            os.dup2(ends[0], 3)
            os.dup2(ends[1], 4)
        with open(f"{folder}/log", "wb") as log:
            self.process = subprocess.Popen(["chromium", *OPTIONS, f"--user-data-dir={folder}/profile"],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=place,
                                            pass_fds=(3, 4), start_new_session=True)
        for fd in (its_input, its_output, *ends):
            os.close(fd)
        atexit.register(self.end)
        self.buffer, self.count, self.session, self.events = b"", 0, None, []
        target = self.order("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.order("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.order("Page.enable")

    def end(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)     # with its children, which are still writing
            self.process.wait()

    def read(self, timeout=60):
        end = time.monotonic() + timeout
        while b"\0" not in self.buffer:
            ready = select.select([self.input], [], [], max(0, end - time.monotonic()))[0]
            octets = os.read(self.input, 1 << 20) if ready else b""
            if not octets:
                raise SystemExit("Chromium does not respond")
            self.buffer += octets
        text, _, self.buffer = self.buffer.partition(b"\0")
        return json.loads(text)

    def order(self, method, **arguments):
        self.count += 1
        message = {"id": self.count, "method": method, "params": arguments}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.output, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.read()
            if answer.get("id") == self.count:
                if "error" in answer:
                    raise SystemExit(f"Chromium, {method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer.get("method"))

    def open(self, path):
        self.events.clear()
        self.order("Page.navigate", url="file://" + os.path.abspath(path))
        while "Page.loadEventFired" not in self.events:
            self.events.append(self.read().get("method"))

    def evaluate(self, expression):
        done = self.order("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        return done["result"]["value"]

    def pdf(self, inches=None):
        """On paper of this width and height, or of the size that the page requests."""
        paper = {"paperWidth": inches[0], "paperHeight": inches[1]} if inches else {"preferCSSPageSize": True}
        return base64.b64decode(self.order("Page.printToPDF", **paper)["data"])

    def picture(self):
        return base64.b64decode(self.order("Page.captureScreenshot")["data"])
