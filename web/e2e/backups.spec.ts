/** The administrator's morning: a place is added, backed up now, rehearsed by the command, and the page says so (B 7.2.2; H 9.6.2 d, g). */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "./fixtures";

const binary = process.env.JINGUI_BIN ?? join(import.meta.dirname, "../../target/debug/jingui");

test("the page of backups says what is missing until a backup was made and a drill has passed", async ({ hand, node, page }) => {
  test.setTimeout(150_000);
  const shot = (name: string) => page.screenshot({ path: `test-results/backups-${name}.png`, fullPage: true });
  const off = mkdtempSync(join(tmpdir(), "jingui off site "));
  await hand.signIn(node.who("system_admin"));
  await hand.go("/");
  await page.getByRole("link", { name: "备份与演练" }).click();
  await expect(page.getByText("还没有备份位置")).toBeVisible();
  await hand.accessible();
  await shot("none");

  const api = page.context().request;
  const headers = () => ({ Origin: node.url, "X-Jingui": "1", "Idempotency-Key": `${Math.random()}` });
  const first = async (kind: string) => ((await (await api.get(`${node.url}/api/records/${kind}`)).json()) as { items: { id: string }[] }).items[0]!.id;
  const data = { name: "异地机房", place: off, department: await first("department"), operator: await first("person") };
  const made = await api.post(`${node.url}/api/records/backup_place`, { data: { data }, headers: headers() });
  expect(made.ok(), await made.text()).toBe(true);
  const id = ((await made.json()) as { record: { id: string } }).record.id;

  const panel = page.locator("section.panel").filter({ has: page.getByRole("link", { name: "异地机房" }) });
  await page.reload();
  await expect(panel).toBeVisible();
  await expect(panel.getByText("从未做过恢复演练")).toBeVisible({ timeout: 75_000 });
  await expect(panel.getByText("请安排演练")).toBeVisible();
  const rows = page.getByRole("group", { name: "备份", exact: true }).getByRole("row");
  await expect(rows).toHaveCount(2);
  await panel.getByRole("button", { name: "立即备份" }).click();
  await expect(panel.getByRole("status")).not.toBeEmpty();
  await expect(rows).toHaveCount(3, { timeout: 30_000 });
  await expect(panel.getByRole("status")).toBeEmpty();

  // The very words that the page shows, with the folder and the key of this company.
  await panel.getByText("如何演练恢复").click();
  const shown = (await panel.locator("details code").textContent()) ?? "";
  expect(shown).toContain(`--from '${off}'`);
  await shot("how");
  const key = join(node.data, "../key");
  execFileSync("sh", ["-c", shown.replace("jingui ", `"${binary}" `).replace("DIR", `"${node.data}"`).replace("KEY", `"${key}"`)], { stdio: "ignore" });
  await expect(async () => {
    await page.reload();
    await expect(panel.getByText("正常")).toBeVisible({ timeout: 10_000 });
  }).toPass({ timeout: 60_000 });
  await expect(page.getByRole("group", { name: "恢复演练" }).getByText("通过", { exact: true })).toBeVisible();
  await hand.accessible();
  await shot("good");
  await page.setViewportSize({ width: 390, height: 780 });
  await shot("narrow");
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.getByRole("button", { name: /English/ }).click();
  await expect(page.getByRole("heading", { name: "Backups and drills" })).toBeVisible();
  await shot("english");
  await page.getByRole("button", { name: /中文/ }).click();

  // Others share this company.
  const stopped = await api.post(`${node.url}/api/records/backup_place/${id}/acts/stop`, { data: { input: {} }, headers: headers() });
  expect(stopped.ok(), await stopped.text()).toBe(true);
  await page.reload();
  await expect(panel.getByText("已停用")).toBeVisible();
  rmSync(off, { recursive: true, force: true });

  // Whoever has nothing to do with backups is told so.
  await hand.signIn(node.who("office"));
  await expect(page.getByRole("link", { name: "备份与演练" })).toHaveCount(0);
  await hand.go("/backups");
  await expect(page.getByRole("alert")).toBeVisible();
});
