// Takes the screenshots of the main screens from a freshly made sample company.
//   JINGUI_BIN    the program            JINGUI_SHOTS  the folder they go to
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "@playwright/test";

const program = process.env.JINGUI_BIN ?? "../target/debug/jingui";
const shots = process.env.JINGUI_SHOTS ?? "../docs/screenshots";
const folder = mkdtempSync(join(tmpdir(), "jingui-shots-"));
const data = join(folder, "data");
const key = join(folder, "key");
mkdirSync(shots, { recursive: true });

const made = spawnSync(program, ["init", "--data", data, "--sample", "bearing", "--key-file", key, "--json"], { encoding: "utf8" });
if (made.status !== 0) throw new Error(made.stderr);
const office = JSON.parse(made.stdout).sign_ins.find((s) => s.login === "office");

const server = spawn(program, ["serve", "--data", data, "--listen", "127.0.0.1:0", "--key-file", key]);
const url = await new Promise((resolve) => {
  server.stdout.on("data", (text) => {
    const found = /listening on (http:\S+)/.exec(String(text));
    if (found) resolve(found[1]);
  });
});
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"],
});
try {
  for (let i = 0; i < 300 && !(await fetch(`${url}/readyz`)).ok; i++) await new Promise((r) => setTimeout(r, 100));
  const page = await browser.newPage({ viewport: { width: 1360, height: 860 }, locale: "zh-CN" });
  const shot = async (name, fullPage = false) => {
    await page.waitForLoadState("networkidle").catch(() => undefined);
    await page.waitForTimeout(800);
    await page.screenshot({ path: join(shots, `${name}.png`), fullPage });
  };
  await page.goto(url);
  await page.locator("input[type=password]").waitFor();
  await shot("sign-in");
  await page.locator("input").first().fill(office.login);
  await page.locator("input[type=password]").fill(office.password);
  await page.keyboard.press("Enter");
  await page.getByRole("link", { name: "商业秘密清单" }).first().waitFor();
  await shot("my-work");
  await page.goto(`${url}/r/secret`);
  await shot("register");
  await page.locator("table tbody a").first().click();
  await shot("secret");
  for (const [name, path] of [["import", "/r/secret/import"], ["approvals", "/approvals"], ["chart", "/chart"], ["authority", "/authority"], ["evidence", "/evidence"]]) {
    await page.goto(url + path);
    await shot(name);
  }
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(`${url}/r/secret`);
  await shot("register-narrow");
} finally {
  await browser.close();
  server.kill("SIGTERM");
  rmSync(folder, { recursive: true, force: true });
}
