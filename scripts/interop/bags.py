"""The reference implementation of BagIt (the package `bagit`) against our packages, both ways.

    bags.py <the example `package`> <empty folder>
"""

import logging, pathlib, subprocess, sys, zipfile

import bagit

logging.disable(logging.CRITICAL)
package, work = sys.argv[1], pathlib.Path(sys.argv[2])


def ours(what, path):
    done = subprocess.run([package, what, path], capture_output=True, text=True)
    return done.returncode, done.stdout.splitlines()


def unpacked(path, into):
    zipfile.ZipFile(path).extractall(into)
    (folder,) = into.iterdir()
    return folder


def packed(folder, path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(p for p in folder.rglob("*") if p.is_file()):
            archive.write(file, file.relative_to(folder.parent))
    return path


# Ours, read by theirs; and by ours again after their unpacking and another program's packing.
assert ours("write", work / "ours.zip") == (0, [])
folder = unpacked(work / "ours.zip", work / "ours")
bag = bagit.Bag(str(folder))
bag.validate()
assert bag.info["Source-Organization"] == "某某公司" and bag.version == "1.0"
assert ours("check", packed(folder, work / "again.zip")) == (0, [])

# Each sort of damage is seen by both.
for name, change, kind in [
    ("data/热处理 曲线.csv", lambda p: p.write_bytes(p.read_bytes()[:-1] + b"x"), "content"),
    ("data/深/层/目录/x", lambda p: p.unlink(), "missing"),
    ("data/new", lambda p: p.write_bytes(b"new"), "unlisted"),
    ("report.txt", lambda p: p.write_bytes(b"other"), "content"),
    ("manifest-sha256.txt", lambda p: p.unlink(), "missing"),
]:
    folder = unpacked(work / "ours.zip", work / kind / name.replace("/", "-"))
    change(folder / name)
    try:
        bagit.Bag(str(folder)).validate()
        raise SystemExit(f"bagit did not notice {kind} {name}")
    except bagit.BagError:
        pass
    status, damages = ours("check", packed(folder, work / "damaged.zip"))
    assert status == 1 and f"package.damage.{kind} {name}" in damages, (kind, name, damages)

# Theirs, read by ours: whole but for what we demand beyond RFC 8493, the lists in SM3.
folder = work / "theirs" / "bag"
(folder / "深").mkdir(parents=True)
(folder / "深" / "热处理 曲线.csv").write_bytes(b"t,T\n")
bagit.make_bag(str(folder), {"Source-Organization": "某某公司"}, checksums=["sha256"])
declared = (folder / "bagit.txt").read_text()
wanted = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
status, damages = ours("check", packed(folder, work / "theirs.zip"))
expected = ["package.damage.missing manifest-sm3.txt", "package.damage.missing tagmanifest-sm3.txt"]
if declared != wanted:
    expected.append("package.damage.malformed bagit.txt")
assert (status, damages) == (1, expected), (declared, damages)
print(f"bagit {bagit.VERSION}: ours and theirs agree")
