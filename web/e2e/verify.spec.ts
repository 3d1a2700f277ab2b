/** The offline page: opened from the disk without any network, it says what a package proves, and names what is wrong. */
import { readFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import AxeBuilder from "@axe-core/playwright";
import { expect, test, type Page } from "@playwright/test";
import { Node } from "./server";

const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const vector = (name: string) => file(`../../crates/evidence/tests/vectors/${name}`);
const findings = JSON.parse(readFileSync(vector("package.findings.json"), "utf8"));
const page_ = pathToFileURL(file("../dist/verify.html")).href;
const SHOWN = "4a2df63c886e84159bd580594421662ed7250f0b386c69d99418552c7358d74c";

async function accessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html).join(" ")}`)).toEqual([]);
}

test.describe("from the disk, with the network off", () => {
  test.use({ offline: true });

  test("a package is checked", async ({ page }) => {
    const asked: string[] = [];
    const wrong: string[] = [];
    page.on("request", (request) => void (request.url().startsWith("http") && asked.push(request.url())));
    page.on("console", (message) => void (["error", "warning"].includes(message.type()) && wrong.push(message.text())));
    page.on("pageerror", (error) => void wrong.push(error.message));
    await page.goto(page_);
    await accessible(page);

    // Keys and roots come with the package only: whole, but to be confirmed.
    await page.getByLabel("选择证据包").setInputFiles(vector("package.zip"));
    const verdict = page.locator("#verdict");
    await expect(verdict).toHaveText(/完整.*来源待核实/);
    await expect(verdict).toBeFocused();
    await expect(page.getByText("淬火保温四十分钟").first()).toBeVisible();
    await accessible(page);

    // With the reader's own keys and roots nothing is left to confirm.
    await page.getByText("我信任的公钥和根证书").click();
    await page.getByLabel("账本和见证方的公钥").fill([findings.ledger.vkey, findings.twin.vkey, findings.cosigned[0].vkey].join("\n"));
    await page.getByLabel("从文件读取根证书").setInputFiles(vector("package.roots.pem"));
    await expect(verdict).toHaveText(/完整$/);
    await expect(page.getByText("您信任的").first()).toBeVisible();
    const [saved] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "保存核验结果" }).click()]);
    expect(JSON.parse(readFileSync(await saved.path(), "utf8"))).toEqual(findings);

    // The file that the package discloses, saved from it and held against it; then any other.
    const [csv] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "保存文件" }).first().click()]);
    await page.getByLabel("选择文件，或拖到此处").setInputFiles(await csv.path());
    await expect(page.locator("#single-result")).toContainText("就是证据包所披露并已证明的文件");
    await page.getByLabel("选择文件，或拖到此处").setInputFiles(vector("package.roots.pem"));
    await expect(page.locator("#single-result")).toContainText("不是证据包所披露的任何文件");

    // One byte of the index, by accident; then no archive at all. In English.
    const bytes = readFileSync(vector("package.zip"));
    const at = bytes.indexOf("公证书.pdf", bytes.indexOf('"outside":['));
    bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
    await page.getByRole("button", { name: "English" }).click();
    await page.getByLabel("Choose a package").setInputFiles({ name: "damaged.zip", mimeType: "application/zip", buffer: bytes });
    await expect(verdict).toHaveText("✕Damaged or changed");
    await expect(page.locator(".faults")).toContainText("data/index.json");
    await accessible(page);
    await page.getByLabel("Choose a package").setInputFiles({ name: "x.zip", mimeType: "application/zip", buffer: Buffer.from("nothing") });
    await expect(verdict).toHaveText("✕Cannot be read");
    expect({ asked, wrong }).toEqual({ asked: [], wrong: [] });
  });

  test("what a certificate's code says is held against the package; a phone shows it without sideways scrolling", async ({ page }) => {
    await page.setViewportSize({ width: 390, height: 844 });
    const root = findings.ledger.root.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
    await page.goto(`${page_}#entry=12&sha256=${SHOWN}&size=40&root=${root}`);
    const certificate = page.locator("#certificate");
    await expect(certificate).toContainText("存证证书所载");
    await page.getByLabel("选择证据包").setInputFiles(vector("package.zip"));
    await expect(certificate.locator(".remarks .good")).toHaveCount(3);
    await accessible(page);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);

    // Another entry, another digest, another root: each is said.
    await page.evaluate((digest) => (location.hash = `#entry=2&sha256=${digest}&size=40&root=${"A".repeat(43)}`), "0".repeat(64));
    await expect(certificate.locator(".remarks .bad")).toHaveCount(3);
    await page.evaluate(() => (location.hash = "#entry=x"));
    await expect(certificate).toContainText("格式不对");
  });
});

/** The door's own policy would forbid the page its script; so it is served under the one that it brings. */
test("the program serves the same page, which connects to nothing there either", async ({ page }) => {
  const node = await Node.start({ filled: false });
  try {
    const wrong: string[] = [];
    const asked: string[] = [];
    page.on("console", (message) => void (["error", "warning"].includes(message.type()) && wrong.push(message.text())));
    page.on("request", (request) => void asked.push(new URL(request.url()).pathname));
    const answer = await page.goto(`${node.url}/verify.html`);
    expect(answer?.headers()["content-security-policy"]).toMatch(/^default-src 'none'; script-src 'sha256-.*frame-ancestors 'none'$/);
    await page.getByLabel("选择证据包").setInputFiles(vector("package.zip"));
    await expect(page.locator("#verdict")).toHaveText(/完整/);
    expect({ wrong, asked: asked.filter((path) => path !== "/favicon.ico") }).toEqual({ wrong: [], asked: ["/verify.html"] });
  } finally {
    await node.stop();
  }
});
