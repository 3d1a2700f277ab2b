"""Runs what our papers say a reader can do by hand, literally, with openssl and a shell: so that they cannot rot.

    hands.py <folder that `ledger write` made> <empty folder>

Every block marked `sh` in the papers below is run in a folder with the files that the paper speaks of. It must end well and print
the lines that stand in it as results (`# <base64>` alone on a line); and with one byte of one file changed it must not.
"""

import base64, json, os, pathlib, re, subprocess, sys, zipfile

ledger, work = map(pathlib.Path, sys.argv[1:])
crates = pathlib.Path("crates")
vectors = json.loads((crates / "ledger/tests/vectors/ledger.json").read_text())
packages = crates / "evidence/tests/vectors"


def vkey_bytes(vkey):
    """What stands in a verifier key behind name and id."""
    return base64.b64decode(vkey.strip().split("+", 2)[2])


def by_hand(folder):
    """What the section of that name speaks of: the vectors."""
    (folder / "entry.json").write_text(vectors["entries"][2])
    (folder / "checkpoint").write_text(vectors["checkpoint"])


def real(folder):
    (folder / "checkpoint").write_bytes((ledger / "ledger/checkpoint").read_bytes())


def twin(folder):
    """The checkpoint in SM3, its text, its key as SubjectPublicKeyInfo and its signature in DER."""
    text, lines = (ledger / "ledger-sm3/checkpoint").read_text().split("\n\n")
    (folder / "text").write_text(text + "\n")
    signature = base64.b64decode(lines.split()[2])[4:]
    numbers = b""
    for part in (signature[:32], signature[32:]):
        part = part.lstrip(b"\0") or b"\0"
        part = b"\0" * (part[0] >> 7) + part
        numbers += bytes([2, len(part)]) + part
    (folder / "signature.der").write_bytes(bytes([0x30, len(numbers)]) + numbers)
    point = vkey_bytes((ledger / "ledger-sm3/vkey").read_text())[-65:]
    (folder / "key.der").write_bytes(bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200") + point)


def package(folder):
    """The bag, opened, with the roots beside it."""
    with zipfile.ZipFile(packages / "package.zip") as archive:
        for name in archive.namelist():
            path = folder / name.split("/", 1)[1]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(archive.read(name))
    (folder / "root.pem").write_bytes((packages / "package.roots.pem").read_bytes())


def token(folder):
    package(folder)
    for name, path in [("token.tst", "data/stamps/1.tst"), ("1.tst", "data/stamps/1.tst"), ("stamped.bin", "data/stamps/1.note")]:
        (folder / name).write_bytes((folder / path).read_bytes())


ledger_key = base64.b64encode(vkey_bytes((ledger / "ledger/vkey").read_text())).decode()
# Paper, a word by which the block is known, what it needs, what to change in it, and files of which each must be missed.
BLOCKS = [
    (crates / "ledger/README.md", "distid:", twin, {}, ["text", "signature.der", "key.der"]),
    (crates / "ledger/README.md", "# the salt", by_hand, {}, []),
    (crates / "ledger/README.md", "entry.json", by_hand, {}, ["entry.json"]),
    (crates / "ledger/README.md", "head -3 checkpoint", by_hand, {}, ["checkpoint"]),
    # The same for a real ledger, with its key in the place of that of the vectors.
    (crates / "ledger/README.md", "head -3 checkpoint", real, {base64.b64encode(vkey_bytes(vectors["vkey"])).decode(): ledger_key}, ["checkpoint"]),
    (pathlib.Path("docs/evidence-package.md"), "sha256sum", package, {},
     ["data/entries/7.json", "data/index.json", "data/stamps/1.note", "data/stamps/1.tst", "stamps/1.tst", "tagmanifest-sha256.txt"]),
    (crates / "evidence/README.md", "token.tst", token, {}, ["token.tst", "stamped.bin"]),
    (crates / "evidence/README.md", "sha256sum", package, {}, ["data/entries/7.json", "bag-info.txt", "stamps/1.tst"]),
]

# The authority's certificate ends a year after the vectors were made; a token is verified as of its time, as the papers say.
when = re.search(r"Time stamp: (.*)", subprocess.run(
    ["openssl", "ts", "-reply", "-token_in", "-in", "/dev/stdin", "-token_out", "-text"],
    input=zipfile.ZipFile(packages / "package.zip").read("JG-2026-0007/data/stamps/1.tst"), capture_output=True).stdout.decode("latin-1"))[1]
AS_OF = f'openssl() {{ case "$1 $2 $*" in *-attime*) ;; "ts -verify "*) set -- "$@" -attime "$(date -d "{when}" +%s)" ;; esac; command openssl "$@"; }}\n'


def blocks(paper):
    return re.findall(r"^```sh\n(.*?)^```$", paper.read_text(), re.M | re.S)


def run(block, folder):
    script = "set -euo pipefail\n" + AS_OF + block
    done = subprocess.run(["bash", "-c", script], cwd=folder, capture_output=True, env={**os.environ, "LC_ALL": "C.UTF-8"})
    said = (done.stdout + done.stderr).decode("utf-8", "replace")
    wanted = re.findall(r"^# ([A-Za-z0-9+/]+=*)$", block, re.M)
    return done.returncode == 0 and all(re.search(f"^{re.escape(line)}$", said, re.M) for line in wanted) and "FAILED" not in said, said


known, missed = 0, 0
for number, (paper, word, prepare, replaced, files) in enumerate(BLOCKS):
    (block,) = [b for b in blocks(paper) if word in b]
    for old, new in replaced.items():
        assert old in block, (paper, old)
        block = block.replace(old, new)
    for change in [None, *files]:
        folder = work / f"{number}-{(change or 'whole').replace('/', '-')}"
        folder.mkdir()
        prepare(folder)
        if change:
            data = bytearray((folder / change).read_bytes())
            data[len(data) * 2 // 3] ^= 1
            (folder / change).write_bytes(data)
            missed += 1
        good, said = run(block, folder)
        if good == bool(change):
            raise SystemExit(f"{paper}, the block with `{word}`, {change or 'nothing'} damaged:\n{said}")
    known += 1
for paper in {paper for paper, *_ in BLOCKS}:
    for block in blocks(paper):
        if not any(paper == p and word in block for p, word, *_ in BLOCKS):
            raise SystemExit(f"{paper}: this block is new; say in scripts/interop/hands.py what it needs:\n{block}")

# The vectors of the ledger come out again from the script beside them, which knows the formats and not the crate.
again = work / "vectors"
again.mkdir()
made = crates / "ledger/tests/vectors"
subprocess.run([sys.executable, (made / "make.py").resolve()], cwd=again, check=True)
for name in ["commitments.json", "ledger.json"]:
    assert (again / name).read_bytes() == (made / name).read_bytes(), name
print(f"by hand: {known} blocks of the papers hold, {missed} damages are seen; the vectors come out again")
