"""A sample agent for Calseta. It needs Python 3.9 and nothing else.

1. It verifies the signature over the bytes as they came, before it parses anything.
2. It writes the push to its inbox, answers 204, and works afterwards: Calseta waits for ten seconds only.
3. It does the work of a webhook-id once, however often it is pushed, also across restarts.
4. It posts a finding with that webhook-id as Idempotency-Key, and moves the status of the alert.
5. It asks for the workflow named by WORKFLOW about what is malicious, and waits for the end of the run. It cannot approve
   the run: a person may have to.

Set CALSETA_API_KEY (scopes alerts:read, findings:write, alerts:triage, with WORKFLOW also workflows:read and
workflows:execute, and no more) and CALSETA_SIGNING_SECRET.
"""

import base64
import hashlib
import hmac
import json
import os
import pathlib
import queue
import re
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CALSETA_URL = os.environ.get("CALSETA_URL", "http://localhost:8000").rstrip("/")
API_KEY = os.environ["CALSETA_API_KEY"]
# Two secrets, separated by a space, while one is rotated.
SIGNING_SECRETS = os.environ["CALSETA_SIGNING_SECRET"].split()
HOST = os.environ.get("HOST", "127.0.0.1")
PORT = int(os.environ.get("PORT", "9000"))
WORKFLOW = os.environ.get("WORKFLOW", "")
INBOX = pathlib.Path(os.environ.get("INBOX_DIR", "inbox"))

MAX_BODY_BYTES = 4 * 1024 * 1024
TIMESTAMP_TOLERANCE_SECONDS = 300
RETRY_SECONDS = 5
GIVE_UP_SECONDS = 24 * 3600
# Longer than Calseta tries to push; what is older may be forgotten.
REMEMBER_SECONDS = 7 * 24 * 3600
RUN_HAS_ENDED = {"succeeded", "failed", "rejected", "expired", "uncertain"}
WEBHOOK_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")


def verify(headers, body, now):
    """Says what is wrong with a push, or None. `body` is bytes: a body that was parsed and written again is another."""
    webhook_id = headers.get("webhook-id", "")
    timestamp = headers.get("webhook-timestamp", "")
    if not WEBHOOK_ID.fullmatch(webhook_id) or not re.fullmatch(r"[0-9]{1,12}", timestamp):
        return "webhook-id or webhook-timestamp is missing"
    if abs(now - int(timestamp)) > TIMESTAMP_TOLERANCE_SECONDS:
        return "webhook-timestamp is too old or too new"
    signed = f"{webhook_id}.{timestamp}.".encode() + body
    expected = [
        base64.b64encode(hmac.new(key_of(secret), signed, hashlib.sha256).digest()).decode()
        for secret in SIGNING_SECRETS
    ]
    given = [
        part[3:] for part in headers.get("webhook-signature", "").split() if part.startswith("v1,")
    ]
    if any(hmac.compare_digest(a.encode(), b.encode()) for a in given for b in expected):
        return None
    return "no signature is right"


def key_of(secret):
    return base64.b64decode(secret[len("whsec_"):] if secret.startswith("whsec_") else secret)


class Inbox:
    """A file for each webhook-id: with its push while there is work to do, and empty once that is done."""

    def __init__(self, directory):
        self.directory = directory
        directory.mkdir(parents=True, exist_ok=True)
        self.waiting = queue.Queue()
        for draft in directory.glob("*.draft"):
            draft.unlink()
        for file in sorted(directory.glob("*.json")):
            if file.stat().st_size > 0:
                self.waiting.put(file.stem)

    def file_of(self, webhook_id):
        return self.directory / f"{webhook_id}.json"

    def take_in(self, webhook_id, body):
        """Writes a push to the disk. A known webhook-id changes nothing."""
        draft = self.directory / f"{webhook_id}.{threading.get_ident()}.draft"
        with open(draft, "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, self.file_of(webhook_id))
            self.waiting.put(webhook_id)
        except FileExistsError:
            pass
        finally:
            draft.unlink()

    def finish(self, webhook_id):
        os.truncate(self.file_of(webhook_id), 0)

    def forget_old(self, now):
        for file in self.directory.glob("*.json"):
            status = file.stat()
            if status.st_size == 0 and now - status.st_mtime > REMEMBER_SECONDS:
                file.unlink()


def assess(push):
    """The investigation: here, a look at the verdicts. Put your model or your playbook in its place.

    Whatever `_metadata.untrusted_paths` points to was written by whoever caused the alert, perhaps an attacker:
    hand it to a model as data, never as instructions.
    """
    indicators = push["indicators"]
    malicious = [one["value"] for one in indicators if one["malice"] == "Malicious"]
    finding = {
        "summary": f"{len(malicious)} of {len(indicators)} indicators are malicious.",
        "confidence": 0.9 if malicious else 0.3,
        "classification": "true_positive" if malicious else "inconclusive",
        "recommended_actions": [f"Block {value}"[:2000] for value in malicious[:10]],
        "details": {"malicious": malicious[:100]},
    }
    status = "Triaging" if push["alert"]["status"] == "Open" else None
    return finding, status


def call(method, path, body=None, headers=None):
    """Calls Calseta; `data` of its answer. A refusal that would come again is logged; what may pass later is raised."""
    request = urllib.request.Request(
        CALSETA_URL + path,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={
            "authorization": f"Bearer {API_KEY}",
            "content-type": "application/json",
            **(headers or {}),
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)["data"]
    except urllib.error.HTTPError as error:
        if error.code == 429 or error.code >= 500:
            raise
        print(f"{method} {path} was refused: {error.code} {error.read(500)!r}", flush=True)
        return None


def ask_for_run(webhook_id, push):
    """Asks for a run of the workflow about the first malicious indicator, if the push offers the workflow."""
    offered = [
        one for one in push.get("workflows", []) if one["name"] == WORKFLOW and one.get("is_executable")
    ]
    malicious = [one for one in push["indicators"] if one["malice"] == "Malicious"]
    if not offered or not malicious:
        return None
    request = {
        "alert_uuid": push["alert"]["uuid"],
        "indicator": {"type": malicious[0]["type"], "value": malicious[0]["value"]},
        "reason": "The indicator is malicious.",
        "confidence": 0.9,
    }
    path = f"/v1/workflows/{offered[0]['uuid']}/execute"
    return call("POST", path, request, {"idempotency-key": f"{webhook_id}-run"})


def wait_for_end(run_uuid):
    """Tells how a run ends. Nothing is lost if this process stops: the run goes on without it."""
    while True:
        try:
            run = call("GET", f"/v1/workflow-runs/{run_uuid}?wait_seconds=20")
        except Exception as error:
            print(f"run {run_uuid}: {error!r}", flush=True)
            time.sleep(RETRY_SECONDS)
            continue
        if run is None or run["status"] in RUN_HAS_ENDED:
            print(f"run {run_uuid}: {run and run['status']}", flush=True)
            return


def work(webhook_id, body):
    push = json.loads(body)
    if push.get("event") != "alert.enriched":
        print(f"{webhook_id}: {push.get('event')}", flush=True)
        return
    # The address is ours: the key goes to no URL that stands in a push.
    alert = f"/v1/alerts/{push['alert']['uuid']}"
    finding, status = assess(push)
    call("POST", f"{alert}/findings", finding, {"idempotency-key": webhook_id})
    if status:
        call("PATCH", alert, {"status": status})
    run = ask_for_run(webhook_id, push)
    if run:
        # A person may take hours to decide, and other pushes wait.
        threading.Thread(target=wait_for_end, args=[run["run_uuid"]], daemon=True).start()
    print(f"{webhook_id}: done", flush=True)


def work_for_ever(inbox):
    forgot_at = 0.0
    while True:
        if time.time() - forgot_at > 3600:
            forgot_at = time.time()
            inbox.forget_old(forgot_at)
        webhook_id = inbox.waiting.get()
        file = inbox.file_of(webhook_id)
        try:
            work(webhook_id, file.read_bytes())
            inbox.finish(webhook_id)
        except Exception as error:  # One push must not end the work on the others.
            print(f"{webhook_id}: {error!r}", flush=True)
            if time.time() - file.stat().st_mtime > GIVE_UP_SECONDS:
                inbox.finish(webhook_id)
            else:
                threading.Timer(RETRY_SECONDS, inbox.waiting.put, [webhook_id]).start()


class Handler(BaseHTTPRequestHandler):
    inbox = None
    timeout = 30

    def do_POST(self):
        length = self.headers.get("content-length", "")
        if not length.isdigit() or int(length) > MAX_BODY_BYTES:
            self.answer(413, "the body is too large, or its length is not given")
            return
        body = self.rfile.read(int(length))
        fault = verify(self.headers, body, time.time())
        if fault:
            self.answer(401, fault)
            return
        self.inbox.take_in(self.headers["webhook-id"], body)
        self.answer(204, "")

    def answer(self, status, text):
        self.send_response(status)
        if status != 204:
            self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


def main():
    Handler.inbox = Inbox(INBOX)
    threading.Thread(target=work_for_ever, args=[Handler.inbox], daemon=True).start()
    server = ThreadingHTTPServer((HOST, PORT), Handler)
    print(f"listening on http://{HOST}:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
