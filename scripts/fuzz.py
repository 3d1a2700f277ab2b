#!/usr/bin/env python3
"""Generated requests against a running server: no answer may be a 5xx (schemathesis on the OpenAPI document).

Makes the sample company in a folder of its own, starts the server on a free port, signs in, makes a token with every
scope and lets schemathesis run, once as a confidentiality officer and once as the system administrator. The seed is
fixed, so that a failure can be repeated; give --seed to look further.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

# Operations that cannot be tried this way, each with its reason.
LEFT_OUT = {
    r"^/api/seal$": "would lock the node under the other requests",
    r"^/api/events$": "a stream that never ends",
    r"^/api/session$": "signing out ends the run; signing in has a limit of tries",
    r"^/api/me/sessions": "could end the session of the run",
    r"^/api/tokens": "could take away the token of the run",
    r"^/api/keys": "every call derives keys, a second each",
    r"^/api/unseal$": "every call derives keys, a second each",
}


def call(base, method, path, body=None, headers=None):
    """One JSON request; gives the body and the headers of the answer."""
    request = urllib.request.Request(
        base + path,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json", "X-Jingui": "1", **(headers or {})},
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read()
            return json.loads(text) if text else None, answer.headers
    except urllib.error.HTTPError as error:
        sys.exit(f"fuzz: {method} {path}: {error.code} {error.read().decode(errors='replace')[:400]}")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def sign_ins(printed):
    """The people that `jingui init --json` made: [{name, login, password, roles}]."""
    try:
        people = json.loads(printed)["sign_ins"]
    except (ValueError, KeyError, TypeError):
        sys.exit("fuzz: `jingui init --json` should print {\"sign_ins\": [{login, password, roles}]}, but printed:\n" + printed[:400])
    return [person for person in people if person.get("password")]


def wait_ready(base, server):
    for _ in range(600):
        if server.poll() is not None:
            sys.exit(f"fuzz: the server ended with status {server.returncode}")
        try:
            with urllib.request.urlopen(base + "/readyz", timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            pass
        time.sleep(0.1)
    sys.exit("fuzz: the server did not get ready within a minute")


def token_of(base, person):
    """Signs in with the password and makes a token with every scope."""
    _, headers = call(base, "POST", "/api/session", {"login": person["login"], "password": person["password"]})
    cookie = (headers.get("Set-Cookie") or "").split(";")[0]
    made, _ = call(base, "POST", "/api/tokens", {"name": "fuzz", "scopes": ["*"], "expires_days": 1}, {"Cookie": cookie})
    return made["token"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", required=True)
    parser.add_argument("--examples", default="25", help="generated requests for each operation")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--roles", default="office,system_admin", help="one run for the first person with each role")
    options = parser.parse_args()

    tool = shutil.which("schemathesis", path=os.pathsep.join([str(pathlib.Path(sys.executable).parent), os.environ["PATH"]]))
    if tool is None:
        sys.exit("fuzz: schemathesis is missing; run scripts/setup.sh test")

    with tempfile.TemporaryDirectory(prefix="jingui-fuzz-") as folder:
        data, key = f"{folder}/data", f"{folder}/root.key"
        made = subprocess.run(
            [options.binary, "init", "--data", data, "--sample", "bearing", "--key-file", key, "--json"],
            stdout=subprocess.PIPE, text=True, check=True,
        )
        people = sign_ins(made.stdout)
        base = f"http://127.0.0.1:{free_port()}"
        log = open(f"{folder}/server.log", "w+", encoding="utf-8")
        server = subprocess.Popen(
            [options.binary, "serve", "--data", data, "--listen", base.removeprefix("http://"), "--key-file", key],
            stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
        )
        failed = False
        try:
            wait_ready(base, server)
            for role in options.roles.split(","):
                person = next((p for p in people if role in p.get("roles", [])), None)
                if person is None:
                    sys.exit(f"fuzz: the sample has nobody with the role {role}: {sorted({r for p in people for r in p.get('roles', [])})}")
                print(f"-- as {role}", flush=True)
                command = [
                    tool, "run", f"{base}/openapi.json",
                    "--url", base,
                    "--header", f"Authorization: Bearer {token_of(base, person)}",
                    "--checks", "not_a_server_error",
                    "--phases", "examples,coverage,fuzzing",
                    "--max-examples", options.examples,
                    "--seed", options.seed,
                    "--request-timeout", "30",
                    "--warnings", "off",
                    "--no-color",
                    "--exclude-path-regex", "|".join(LEFT_OUT),
                ]
                # Nothing of a run may stay in the folder of the project.
                failed |= subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL).returncode != 0
        finally:
            server.terminate()
            try:
                status = server.wait(timeout=30)
            except subprocess.TimeoutExpired:
                server.kill()
                status = server.wait()
            log.seek(0)
            text = log.read()
        if status != 0:
            failed = True
            print(f"fuzz: the server stopped with status {status}, not gracefully")
        if re.search(r"panicked at", text):
            failed = True
            print("fuzz: the server panicked:")
        if failed:
            print("\n".join(text.splitlines()[-40:]))
        return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
