/** A label is printed, held before a telephone's camera, and counted; a scanner that types does the rest; leaving is a checklist (B 5.2.3, 5.1.3). */
import { execFileSync } from "node:child_process";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "./fixtures";

// What the browser's make-believe camera sees: the printed label.
const seen = join(tmpdir(), `jingui-label-${process.pid}.y4m`);
test.use({
  launchOptions: {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", `--use-file-for-fake-video-capture=${seen}`],
  },
});
test.afterAll(() => rmSync(seen, { force: true }));

/** A grey picture (PGM) as a film of a few frames (YUV4MPEG2) with even sides, as the make-believe camera wants it. */
function video(pgm: Buffer): Buffer {
  const head = /^P5\s+(\d+)\s+(\d+)\s+255\s/.exec(pgm.subarray(0, 64).toString("latin1"));
  const [width, height] = [Number(head?.[1]), Number(head?.[2])];
  const [w, h] = [width - (width % 2), height - (height % 2)];
  const rows = Array.from({ length: h }, (_, y) => pgm.subarray((head?.[0].length ?? 0) + y * width, (head?.[0].length ?? 0) + y * width + w));
  const frame = Buffer.concat([Buffer.from("FRAME\n"), ...rows, Buffer.alloc((w * h) / 2, 128)]);
  return Buffer.concat([Buffer.from(`YUV4MPEG2 W${w} H${h} F10:1 Ip A1:1 C420\n`), frame, frame, frame, frame]);
}

test("a printed label is counted by camera, another by scanner, and the rest is missing", async ({ hand, node, page }) => {
  const office = node.who("office");
  const api = page.context().request;
  const post = async (path: string, data: unknown) => {
    const response = await api.post(node.url + path, { data, headers: { Origin: node.url, "X-Jingui": "1", "Idempotency-Key": `${Math.random()}` } });
    expect(response.ok(), `${path}: ${response.status()} ${response.ok() ? "" : await response.text()}`).toBe(true);
    return response;
  };
  type Made = { record: { id: string; number: string } };
  const create = async (kind: string, data: unknown) => ((await (await post(`/api/records/${kind}`, { data })).json()) as Made).record;
  const act = (kind: string, id: string, name: string, input = {}) => post(`/api/records/${kind}/${id}/acts/${name}`, { input });

  await hand.signIn(office);
  const me = (await (await api.get(`${node.url}/api/me`)).json()) as { person: { id: string } };
  const persons = (await (await api.get(`${node.url}/api/records/person?limit=50`)).json()) as { items: { id: string }[] };
  const other = persons.items.map((p) => p.id).find((id) => id !== me.person.id) ?? "";
  const department = await create("department", { name: "档案室（盘点）", code: "DA" });
  const carriers = [];
  for (const name of ["磨削工艺卡", "热处理曲线图", "装配图纸"]) {
    const carrier = await create("carrier", { name, form: "paper", grade: "general", department: department.id, made_on: "2026-01-05" });
    await act("carrier", carrier.id, "store", { keeper: me.person.id, marks: ["grade"], storage_means: "cabinet", storage: "一号柜" });
    carriers.push(carrier);
  }
  const [first, second] = carriers;
  if (!first || !second) throw new Error("no carriers");

  // The label, as a printer would print it, before the camera.
  const label = await (await post("/api/records/carrier/labels", { ids: [first.id], stock: "60x40" })).body();
  const pdf = `${seen}.pdf`;
  writeFileSync(pdf, label);
  writeFileSync(seen, video(execFileSync("pdftoppm", ["-gray", "-r", "200", "-singlefile", pdf], { maxBuffer: 1 << 26 })));
  rmSync(pdf);
  expect(existsSync(seen)).toBe(true);

  const count = await create("stock_count", { name: "年末盘点", department: department.id, due: "2099-12-31" });
  await act("stock_count", count.id, "start", { counters: [me.person.id, other] });
  await hand.go(`/r/stock_count/${count.id}`);
  await page.getByRole("button", { name: "扫码盘点" }).click();
  await expect(page.getByText("0 / 3")).toBeVisible();
  await hand.accessible();
  await page.getByRole("button", { name: "用摄像头扫码" }).click();
  await expect(page.locator(".count-last li").first()).toContainText(first.number, { timeout: 60_000 });
  await expect(page.getByText("1 / 3")).toBeVisible();
  await page.getByRole("button", { name: "用摄像头扫码" }).click();

  // A scanner types and presses enter; without a network it waits.
  const field = page.getByRole("textbox", { name: "扫描或输入载体编号" });
  await page.context().setOffline(true);
  await field.fill(second.number);
  await field.press("Enter");
  await expect(page.getByText("待上传")).toBeVisible();
  await page.context().setOffline(false);
  await expect(page.getByText("2 / 3")).toBeVisible({ timeout: 15_000 });
  await expect(field).toBeFocused();
  await page.keyboard.type("ZT-NOWHERE");
  await page.keyboard.press("Enter");
  await expect(page.locator(".count-last li").first()).toContainText("台账中没有");
  await page.screenshot({ path: "test-results/count.png", fullPage: true });

  await act("stock_count", count.id, "hand_in");
  await expect
    .poll(async () => ((await (await api.get(`${node.url}/api/records/stock_count/${count.id}`)).json()) as { record: { data: { differences?: unknown[] } } }).record.data.differences?.length)
    .toBe(2);

  // Labels from the list's bar.
  await hand.go("/r/carrier");
  await page.getByRole("checkbox").nth(1).check();
  await page.getByRole("button", { name: "打印标签" }).click();
  const [paper] = await Promise.all([page.waitForEvent("download"), page.getByRole("dialog").getByRole("button", { name: "生成标签" }).click()]);
  expect(paper.suggestedFilename()).toBe("labels-a4_3x8.pdf");
});

test("leaving is a checklist whose steps name what is missing, and a person's holdings are on one page", async ({ hand, node, page }) => {
  const office = node.who("office");
  const api = page.context().request;
  await hand.signIn(office);
  const persons = (await (await api.get(`${node.url}/api/records/person?limit=50`)).json()) as { items: { id: string; title: string }[] };
  const me = (await (await api.get(`${node.url}/api/me`)).json()) as { person: { id: string } };
  const leaver = persons.items.find((p) => p.id !== me.person.id);
  const departments = (await (await api.get(`${node.url}/api/records/department?limit=5`)).json()) as { items: { id: string }[] };
  const response = await api.post(`${node.url}/api/records/departure`, {
    data: { data: { name: "离职办理", person: leaver?.id, department: departments.items[0]?.id, handlers: [me.person.id], last_day: "2099-01-31" } },
    headers: { Origin: node.url, "X-Jingui": "1", "Idempotency-Key": `${Math.random()}` },
  });
  const made = (await response.json()) as { record: { id: string } };
  await hand.go(`/r/departure/${made.record.id}`);
  await expect(page.getByRole("heading", { name: /办理清单/ })).toBeVisible();
  await expect(page.locator(".checklist > li")).toHaveCount(4);
  await expect(page.locator(".checklist-current")).toContainText("共同开展离职谈话");
  await expect(page.locator(".checklist-current")).toContainText("离职谈话记录");
  await hand.accessible();
  await page.screenshot({ path: "test-results/checklist.png" });
  await hand.go(`/holdings/${leaver?.id}`);
  await expect(page.getByRole("heading", { name: `${leaver?.title}名下的事项` })).toBeVisible();
  for (const section of ["载体", "知悉的商业秘密", "权限", "协议与承诺", "未办结的事项"]) await expect(page.getByRole("heading", { name: section })).toBeVisible();
  await hand.accessible();
  await page.screenshot({ path: "test-results/holdings.png", fullPage: true });
});
