#!/usr/bin/env bash
# Measures SM4-GCM on this machine: each of our backends, the crates `sm4`, `ctr` and `ghash`, and OpenSSL, in one run, one thread, 64 KiB with
# associated data (OpenSSL's own measure has none). Ratios first; best of several turns, since others may load the machine.
#   benches/sm4.sh
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --release -q -p jingui-sm4 --example sm4_speed
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
load() { cut -d' ' -f1 /proc/loadavg; }
echo "machine: $(nproc) cores, $(awk '/model name/ { sub(/.*: /, ""); print; exit }' /proc/cpuinfo), load $(load), $(date -u +%F)"
target/release/examples/sm4_speed >"$dir/speed"
# OpenSSL's measure of a cipher, MB/s of 65,536 bytes; empty when it does not have it.
openssl_speed() { # <cipher>
    local best=0 now
    for _ in 1 2 3; do
        now=$(openssl speed -mr -seconds 1 -bytes 65536 -evp "$1" 2>/dev/null | awk -F: '$1 == "+F" { print $NF / 1e6 }')
        best=$(awk -v a="$best" -v b="${now:-0}" 'BEGIN { print (b > a) ? b : a }')
    done
    [ "$best" = 0 ] || echo "$best"
}
version=$(openssl version | cut -d' ' -f1-2 | tr ' ' -)
for cipher in sm4-ctr sm4-gcm; do
    rate=$(openssl_speed "$cipher")
    [ -z "$rate" ] || echo "$version,$cipher $rate - -" >>"$dir/speed"
done
# The OpenSSL that Python's `cryptography` brings, newer than Debian's, has SM4-GCM.
if [ -x target/venv/bin/python ]; then
    target/venv/bin/python - >>"$dir/speed" <<'P' || true
import time
from cryptography.hazmat.backends.openssl.backend import backend
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
text, aad, out, best = bytes(65536), bytes(32), bytearray(65536 + 15), 1e9
for turn in range(100):
    sealer = Cipher(algorithms.SM4(bytes(16)), modes.GCM(turn.to_bytes(12, "big"))).encryptor()
    start = time.perf_counter()
    sealer.authenticate_additional_data(aad)
    sealer.update_into(text, out)
    sealer.finalize()
    best = min(best, time.perf_counter() - start)
print(f"{'-'.join(backend.openssl_version_text().split()[:2])},sm4-gcm {65536 / best / 1e6:.0f} - -")
P
fi
echo
awk '
    { name[NR] = $1; seal[NR] = $2; open[NR] = $3; short[NR] = $4; if ($1 == "rustcrypto") base = $2 }
    END {
        print "| | times the crate `sm4` | seal, MB/s | open, MB/s | new key and 600 bytes, ns |"
        print "|---|---|---|---|---|"
        for (i = 1; i <= NR; i++) { gsub(",", " ", name[i]); printf "| %s | %.1f | %.0f | %s | %s |\n", name[i], seal[i] / base, seal[i], open[i], short[i] }
    }' "$dir/speed"
echo
echo "load afterwards: $(load)"
