/** A person on the circle reads a document and a PDF, searches, and loses the right while reading (H 9.6.3, B 5.1.2). */
import { expect, test } from "./fixtures";
import { pdf } from "./pdf";

test("a file is read page by page, searched, and closes when the right is withdrawn", async ({ hand, node, page, browser }) => {
  const office = node.who("office");
  await hand.signIn(office);
  const api = page.context().request;
  const headers = { Origin: node.url, "X-Jingui": "1" };
  const json = async <T>(path: string) => (await (await api.get(node.url + path)).json()) as T;
  const post = async (path: string, data: unknown) => {
    const response = await api.post(node.url + path, { data, headers: { ...headers, "Idempotency-Key": `${Math.random()}` } });
    expect(response.ok(), `${path}: ${response.status()} ${await response.text()}`).toBe(true);
    return (await response.json()) as { record: { id: string; version: number } };
  };
  // A carrier's register entry is graded, has files and a keeper who may read it.
  const departments = await json<{ items: { id: string }[] }>("/api/records/department");
  const data = { name: "淬火工艺图册", form: "physical", grade: "important", department: departments.items[0]!.id, made_on: "2026-11-01" };
  const carrier = (await post("/api/records/carrier", { data })).record;
  const bytes = pdf(12);
  const rtf = Buffer.from("{\\rtf1\\ansi Quench plan in words}");
  for (const [name, buffer] of [["图册.pdf", bytes], ["说明.rtf", rtf]] as const) {
    const form = { file: { name, mimeType: "application/octet-stream", buffer } };
    const sent = await api.post(`${node.url}/api/records/carrier/${carrier.id}/files/files`, { multipart: form, headers });
    expect(sent.ok(), await sent.text()).toBe(true);
  }

  // Whatever comes over the line is looked at: no original among it.
  const seen: string[] = [];
  page.on("response", async (response) => {
    const body = await response.body().catch(() => Buffer.alloc(0));
    if (body.includes("%PDF-") || body.includes("{\\rtf1")) seen.push(response.url());
  });

  await hand.go(`/r/carrier/${carrier.id}`);
  await expect(page.getByText("为何不能下载？").first()).toBeVisible();
  await page.screenshot({ path: "test-results/viewer-files.png" });
  await page.getByRole("link", { name: "图册.pdf" }).click();
  const pages = page.getByRole("region", { name: "页面" });
  await expect(pages.getByRole("img", { name: "第 1 页", exact: true })).toBeVisible();
  await expect(page.getByText("共 12 页")).toBeVisible();
  await page.screenshot({ path: "test-results/viewer-pdf.png" });
  await hand.accessible();

  await page.keyboard.press("PageDown");
  await expect(page.getByLabel("页码")).toHaveValue("2");
  await page.keyboard.press("+");
  await expect(page.getByRole("button", { name: "适合宽度" })).toHaveText("125%");
  await page.keyboard.press("/");
  await page.keyboard.type("sheet 7");
  await page.keyboard.press("Enter");
  await expect(page.getByText("第 1 处，共 1 处")).toBeVisible();
  await expect(page.locator(".viewer-hit-now")).toBeVisible();
  await expect(page.getByLabel("页码")).toHaveValue("7");
  await page.screenshot({ path: "test-results/viewer-search.png" });
  await page.keyboard.press("Escape");
  await expect(page.locator(".viewer-hit")).toHaveCount(0);
  await page.emulateMedia({ media: "print" });
  await expect(pages).toBeHidden();
  await expect(page.getByText("不能从浏览器打印")).toBeVisible();
  await page.emulateMedia({ media: "screen" });
  await page.setViewportSize({ width: 390, height: 780 });
  await page.screenshot({ path: "test-results/viewer-narrow.png" });
  await page.setViewportSize({ width: 1280, height: 800 });

  // An office file goes by way of the box.
  await hand.go(`/r/carrier/${carrier.id}`);
  await page.getByRole("link", { name: "说明.rtf" }).click();
  await expect(pages.getByRole("img", { name: "第 1 页", exact: true })).toBeVisible({ timeout: 60_000 });
  await page.screenshot({ path: "test-results/viewer-office.png" });
  expect(seen, "no original in any answer").toEqual([]);

  // In another session the entry is raised to core: the office is not on its list and may not look into files any more (B 4.2.1).
  const other = await browser.newContext();
  const again = await other.request.post(`${node.url}/api/session`, { data: { login: office.login, password: office.password }, headers });
  expect(again.ok()).toBe(true);
  const raised = await other.request.post(`${node.url}/api/records/carrier/${carrier.id}/acts/edit`, { data: { input: { grade: "core" } }, headers: { ...headers, "Idempotency-Key": `${Math.random()}` } });
  expect(raised.ok(), await raised.text()).toBe(true);
  await expect(page.getByText("本次查看已结束")).toBeVisible({ timeout: 15_000 });
  await expect(pages).toHaveCount(0);
  await page.screenshot({ path: "test-results/viewer-ended.png" });
  await page.getByRole("button", { name: "重新打开" }).click();
  await expect(page.getByText("核心秘密的文件仅知悉范围内人员和保密委员会可以打开")).toBeVisible();
  await other.close();
});
