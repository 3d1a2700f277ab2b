/** Dual control in a company on AES-256-GCM, SHA-256 and X25519. */
import { dualControl } from "./custody.journey";
import { test } from "./fixtures";

test("two custodians make their keys and release the files of a core secret", async ({ hand, node, page }) => {
  test.setTimeout(240_000);
  await dualControl({ hand, node, page }, { algorithm: "x25519", label: "X25519", digits: 64 });
});
