#!/usr/bin/env bash
# Measures sealing of files on this machine: `jingui file seal` in both suites beside age and `openssl enc`, the same 1 GiB in one run, best of
# three turns in rotation, on one core to a null sink; writing to disk beside dd; memory while 10 GiB pass; what a small file with its own key costs.
#   benches/seal.sh [MIB]     default 1024
# The peers are Debian's packages `age` and `openssl`; one that is missing is left out.
set -euo pipefail
cd "$(dirname "$0")/.."
size="${1:-1024}"
if [ -z "${JINGUI_BENCH_BUILT:-}" ]; then
    cargo build --release -q -p jingui
    cargo build --release -q -p jingui-vault --example speed
fi
dir=$(mktemp -d "${BENCH_DIR:-${TMPDIR:-/tmp}}/jingui-seal.XXXXXX")
trap 'rm -rf "$dir"' EXIT
python3 - "$dir" "$size" "$(nproc)" <<'P'
import os, resource, shutil, subprocess, sys, time
folder, mib, cores = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
jingui, plain = "target/release/jingui", f"{folder}/plain"
model = next(l.split(":")[1].strip() for l in open("/proc/cpuinfo") if l.startswith("model name"))
load = lambda: open("/proc/loadavg").read().split()[0]
print(f"machine: {cores} cores, {model}, load {load()}, {time.strftime('%F')}\n")
with open(plain, "wb") as out:
    for _ in range(mib):
        out.write(os.urandom(1 << 20))
open(f"{folder}/key", "wb").write(os.urandom(32)); os.chmod(f"{folder}/key", 0o600)
open(f"{folder}/key16", "wb").write(os.urandom(16)); os.chmod(f"{folder}/key16", 0o600)
seal = lambda suite, key: [jingui, "file", "seal", "--suite", suite, "--key-file", f"{folder}/{key}", plain, "/dev/null"]
peers = {"jingui, aes256gcm": seal("aes256gcm", "key"), "jingui, sm4gcm": seal("sm4gcm", "key16")}
if shutil.which("openssl"):
    peers["openssl enc -aes-256-ctr (no tag)"] = ["openssl", "enc", "-aes-256-ctr", "-K", "11" * 32, "-iv", "22" * 16, "-in", plain, "-out", "/dev/null"]
if shutil.which("age-keygen"):
    public = subprocess.run(["age-keygen", "-o", f"{folder}/id"], capture_output=True, text=True).stderr.split()[-1]
    peers["age (ChaCha20-Poly1305)"] = ["age", "-r", public, "-o", "/dev/null", plain]

def once(command, pin=True):
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run((["taskset", "-c", "1"] if pin else []) + command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    if done.returncode:
        sys.exit(f"{command[0]}: {done.stderr.decode()}")
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

best = {name: (9e9, 9e9) for name in peers}
for _ in range(3):
    for name, command in peers.items():
        best[name] = tuple(map(min, best[name], once(command)))
base = best.get("age (ChaCha20-Poly1305)", (0, 0))[0]
gb = mib * (1 << 20) / 1e9
print("| one core, to a null sink | times age | GB/s on the clock | GB/s of processor time |\n|---|---|---|---|")
for name, (wall, cpu) in best.items():
    print(f"| {name} | {base / wall:.1f} | {gb / wall:.2f} | {gb / cpu:.2f} |")
both = min(once(peers["jingui, aes256gcm"], pin=False)[0] for _ in range(3))
print(f"\nAll {cores} cores, aes256gcm: {gb / both:.2f} GB/s.")

drop = lambda name: os.path.exists(f"{folder}/{name}") and os.remove(f"{folder}/{name}")
times = {"jingui": [], "dd": []}
for _ in range(3):
    times["jingui"].append(once(peers["jingui, aes256gcm"][:-1] + [f"{folder}/sealed"], pin=False)[0]); drop("sealed")
    times["dd"].append(once(["dd", f"if={plain}", f"of={folder}/copy", "bs=1M", "conv=fsync"], pin=False)[0]); drop("copy")
print(f"To disk, durable: jingui {gb / min(times['jingui']):.2f} GB/s, dd with fsync {gb / min(times['dd']):.2f} GB/s.")

source = subprocess.Popen(["head", "-c", str(10 << 30), "/dev/zero"], stdout=subprocess.PIPE)
command = [jingui, "file", "seal", "--suite", "aes256gcm", "--key-file", f"{folder}/key", "-", "/dev/null"]
sealing = subprocess.Popen(command, stdin=source.stdout, stderr=subprocess.DEVNULL)
_, status, usage = os.wait4(sealing.pid, 0)
assert status == 0
print(f"10 GiB through a pipe: {usage.ru_maxrss / 1024:.0f} MiB of memory at most, {10 * (1 << 30) / 1e9 / (usage.ru_utime + usage.ru_stime):.2f} GB/s of processor time.\n")
print(f"load afterwards: {load()}")
P
echo
target/release/examples/speed
