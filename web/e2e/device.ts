/** A device that keeps keys for one journey: SoftHSM2 stands in for it, and the server is told which one it is by its environment. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const places = ["/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so"];

/** Its PIN. */
export const PIN = "7531-2468";

/** Runs a journey with a device. */
export async function withDevice(journey: () => Promise<void>): Promise<void> {
  const module = places.find((path) => existsSync(path));
  if (!module) throw new Error("SoftHSM2 is missing: scripts/setup.sh test installs it");
  const drawer = mkdtempSync(join(tmpdir(), "jingui-device-"));
  mkdirSync(join(drawer, "tokens"));
  writeFileSync(join(drawer, "softhsm2.conf"), `directories.tokendir = ${drawer}/tokens\nobjectstore.backend = file\n`);
  const told = { SOFTHSM2_CONF: join(drawer, "softhsm2.conf"), JINGUI_PKCS11_MODULE: module, JINGUI_PKCS11_TOKEN: "jingui" };
  Object.assign(process.env, told);
  try {
    execFileSync("softhsm2-util", ["--init-token", "--free", "--label", "jingui", "--so-pin", "so-pin-1234", "--pin", PIN]);
    await journey();
  } finally {
    for (const name of Object.keys(told)) Reflect.deleteProperty(process.env, name);
    rmSync(drawer, { recursive: true, force: true });
  }
}
