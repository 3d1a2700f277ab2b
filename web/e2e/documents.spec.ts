/** Documents: seen with what they miss, downloaded to edit and to print; printed, signed, scanned, and filed back by the code (B 4.4, App 5). */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "./fixtures";

test("a document is downloaded, and its signed scan finds its way back by the code on the page", async ({ hand, node, page }, info) => {
  test.setTimeout(120_000);
  await hand.signIn(node.who("office"));
  const api = page.context().request;
  const post = async (path: string, data: unknown) => {
    const response = await api.post(node.url + path, { data, headers: { Origin: node.url, "X-Jingui": "1", "Idempotency-Key": `${Math.random()}` } });
    expect(response.ok(), `${path}: ${response.status()} ${await response.text()}`).toBe(true);
    return (await response.json()) as { record: { id: string; number: string } };
  };
  const first = async (kind: string) =>
    ((await (await api.get(`${node.url}/api/records/${kind}?limit=1`)).json()) as { items: { id: string }[] }).items[0]?.id;
  const made = await post("/api/records/agreement", {
    data: { name: "试制保密协议", type: "employee", person: await first("person"), department: await first("department"), originals: 2 },
  });
  const place = `/r/agreement/${made.record.id}?tab=documents`;
  await hand.go(place);
  const row = page.getByRole("row").filter({ hasText: "员工商业秘密保密协议" });
  await expect(row).toContainText("涉密内容与范围");
  await expect(row).toContainText("未归档");
  await hand.accessible();
  const fetched = async (format: string) => {
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      row.getByRole("button", { name: new RegExp(format) }).click(),
    ]);
    const path = join(info.outputDir, download.suggestedFilename());
    await download.saveAs(path);
    return path;
  };
  expect(readFileSync(await fetched("Word")).subarray(0, 2).toString()).toBe("PK");
  const pdf = await fetched("PDF");
  expect(readFileSync(pdf).subarray(0, 5).toString()).toBe("%PDF-");
  await page.screenshot({ path: "test-results/documents.png", fullPage: true });

  // What the scanner sends back is a picture of the sheet.
  execFileSync("pdftoppm", ["-jpeg", "-gray", "-r", "200", "-f", "1", "-l", "1", "-singlefile", pdf, join(info.outputDir, "sheet")]);
  await hand.go("/scans");
  await expect(page.getByRole("heading", { level: 1 })).toContainText("归档扫描件");
  await page.getByLabel("选择扫描件").first().setInputFiles([
    { name: "sheet.jpg", mimeType: "image/jpeg", buffer: readFileSync(join(info.outputDir, "sheet.jpg")) },
    { name: "空白.pdf", mimeType: "application/pdf", buffer: Buffer.from("%PDF-1.4 nothing") },
  ]);
  await expect(page.getByText("已归档")).toBeVisible({ timeout: 60_000 });
  await expect(page.getByText("扫描件已损坏或不完整")).toBeVisible({ timeout: 60_000 });
  await hand.accessible();
  await page.screenshot({ path: "test-results/scans.png", fullPage: true });
  await page.getByRole("link", { name: new RegExp(made.record.number) }).click();
  await expect(page.getByRole("row").filter({ hasText: "员工商业秘密保密协议" })).toContainText("第 1 版");
  await page.screenshot({ path: "test-results/documents-signed.png", fullPage: true });

  // The same sheet twice is told; a sheet without a code is placed by hand, on a narrow screen too.
  await page.setViewportSize({ width: 360, height: 740 });
  await hand.go("/scans");
  const blank = execFileSync("python3", ["-c", "import zlib,struct,sys\nc=lambda t,d:struct.pack('>I',len(d))+t+d+struct.pack('>I',zlib.crc32(t+d))\nw,h=800,1100\nsys.stdout.buffer.write(b'\\x89PNG\\r\\n\\x1a\\n'+c(b'IHDR',struct.pack('>IIBBBBB',w,h,8,0,0,0,0))+c(b'IDAT',zlib.compress((b'\\0'+b'\\xf0'*w)*h))+c(b'IEND',b''))"]);
  await page.getByLabel("选择扫描件").first().setInputFiles([
    { name: "sheet.jpg", mimeType: "image/jpeg", buffer: readFileSync(join(info.outputDir, "sheet.jpg")) },
    { name: "无码.png", mimeType: "image/png", buffer: blank },
  ]);
  await expect(page.getByText("这份扫描件已经归档")).toBeVisible({ timeout: 60_000 });
  await expect(page.getByText("未识别")).toBeVisible({ timeout: 60_000 });
  await page.getByRole("combobox", { name: "所属台账" }).click();
  await page.getByRole("combobox", { name: "所属台账" }).fill("保密协议");
  await page.locator(".ant-select-item-option").filter({ hasText: /^保密协议$/ }).first().click();
  await page.getByRole("combobox", { name: "所属记录" }).click();
  await page.getByRole("combobox", { name: "所属记录" }).fill("试制");
  await page.locator(".ant-select-item-option").filter({ hasText: "试制保密协议" }).first().click();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  await page.screenshot({ path: "test-results/scans-narrow.png", fullPage: true });
  await page.getByRole("button", { name: "归档到此记录" }).click();
  await expect(page.getByText("已归档")).toBeVisible();
});
