/** Dual control in a company on SM4-GCM, SM3 and SM2, down to the custodians' browsers. */
import { dualControl } from "./custody.journey";
import { test } from "./fixtures";

test.use({ suite: "sm4gcm" });

test("two custodians make SM2 keys and release the files of a core secret", async ({ hand, node, page }) => {
  test.setTimeout(240_000);
  await dualControl({ hand, node, page }, { algorithm: "sm2", label: "SM2", digits: 130 });
});
