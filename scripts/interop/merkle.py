"""The package `pymerkle` against our ledger and its twin: roots at every kept size, and inclusion proofs, hash for hash.

    merkle.py <folder that `ledger write` made>

Where it is RFC 6962: leaves and nodes (prefixes 0 and 1, its "security"), the shape of the tree, inclusion proofs. Its path begins
with the leaf and it counts entries from 1, so ours is its path without the first hash. Where it is not: consistency
proofs. RFC 6962 2.1.2 stops at the largest subtree that the old tree ends with, pymerkle goes down to a leaf beyond it, so its proofs are
other hashes (longer ones); they must prove the same two roots nevertheless. SM3 it does not know; it gets it from Python's hashlib.
"""

import base64, hashlib, pathlib, struct, sys

import pymerkle
from pymerkle import hasher

hasher.HASH_FUNCTIONS["sm3"] = lambda data=b"": hashlib.new("sm3", data)
hasher.ALGORITHMS.append("sm3")

folder = pathlib.Path(sys.argv[1])


def entries():
    """All entries, from the bundles: each with its length in 16 bits."""
    bundles = {}
    for path in (folder / "ledger/tile/entries").rglob("*"):
        if path.is_file():
            name = str(path.relative_to(folder / "ledger/tile/entries")).split(".p/")[0]
            bundles[int(name.replace("x", "").replace("/", ""))] = path.read_bytes()
    for _, bundle in sorted(bundles.items()):
        at = 0
        while at < len(bundle):
            (length,) = struct.unpack_from(">H", bundle, at)
            yield bundle[at + 2 : at + 2 + length]
            at += 2 + length


def checkpoint(note):
    """Size and root; whether it is signed is another program's question."""
    _, size, root = note.split("\n\n")[0].split("\n")
    return int(size), base64.b64decode(root)


def refuses(check):
    try:
        check()
    except pymerkle.InvalidProof:
        return
    raise SystemExit("pymerkle took what is wrong")


leaves = list(entries())
for suite, algorithm, proofs in [("", "sha256", "*[0-9].tlog-proof"), (".sm3", "sm3", "*.sm3.tlog-proof")]:
    tree = pymerkle.InmemoryTree(algorithm=algorithm)
    tree.append_entries(leaves)
    sizes = {}
    for path in (folder / "notes").iterdir():
        if path.suffix == suite:
            size, root = checkpoint(path.read_text())
            assert tree.get_root(size) == root, (path, "the root differs")
            sizes[size] = root
    assert max(sizes) == len(leaves) and len(sizes) > 5

    count = 0
    for path in (folder / "proofs").glob(proofs):
        if suite == "" and ".sm3." in path.name:
            continue
        head, note = path.read_text().split("\n\n", 1)
        _, index, *hashes = head.split("\n")
        index = int(index.removeprefix("index ")) + 1
        size, root = checkpoint(note)
        leaf = tree.hash_buff((path.parent / f"{index - 1}.json").read_bytes())
        theirs = tree.prove_inclusion(index, size)
        ours = [leaf, *map(base64.b64decode, hashes)]
        assert theirs.path == ours, (path, "other hashes")
        told = pymerkle.InclusionProof(algorithm, True, size, index, theirs.rule, ours)
        told.verify(leaf, root, index=index, size=size, algorithm=algorithm)
        refuses(lambda: told.verify(leaf[::-1], root))
        refuses(lambda: told.verify(leaf, root[::-1]))
        ours[-1] = ours[-1][::-1]
        refuses(lambda: told.verify(leaf, root))
        count += 1
    assert count > 50

    for old in sizes:
        for new in sizes:
            if old < new:
                proof = tree.prove_consistency(old, new)
                proof.verify(sizes[old], sizes[new], prior_size=old, later_size=new, algorithm=algorithm)
                refuses(lambda: proof.verify(sizes[old][::-1], sizes[new]))
                if suite == "":
                    lines = (folder / f"consistency/{old}-{new}").read_text().split()
                    # Should this fail one day: pymerkle has become RFC 6962 here, and this file can compare.
                    assert [base64.b64decode(line) for line in lines] != proof.path, (old, new)
    print(f"pymerkle {pymerkle.__version__}: {algorithm}, {len(sizes)} roots and {count} inclusion proofs are ours")
