/** Conditions of reading: the security administrator sets them, a reader is asked for a purpose before the first page (B 4.2.1, 5.1.2; H 8.3.1). */
import { expect, Hand, test } from "./fixtures";

test("a purpose is asked for before a graded file opens, and the settings say what else has to hold", async ({ page, node }, info) => {
  const hand = new Hand(page, node.url);
  const shot = (name: string) => page.screenshot({ path: info.outputPath(`${name}.png`), fullPage: true });
  const choose = async (label: string, option: string) => {
    await page.getByLabel(label).click();
    await page.locator(".ant-select-dropdown:visible").getByText(option, { exact: true }).click();
  };
  await hand.signIn(node.who("security_admin"));
  await hand.go("/settings");
  const panel = page.locator("section, .panel").filter({ has: page.getByRole("heading", { name: "查阅条件" }) }).last();
  await expect(panel).toBeVisible();
  await choose("说明用途", "一般秘密及以上");
  await panel.getByRole("button", { name: "保存" }).click();
  await expect(page.getByText("已保存").first()).toBeVisible();
  await hand.accessible();
  await shot("settings");

  await hand.signIn(node.who("office"));
  const api = page.context().request;
  const headers = { Origin: node.url, "X-Jingui": "1" };
  const json = async <T>(path: string) => (await (await api.get(node.url + path)).json()) as T;
  const department = (await json<{ items: { id: string }[] }>("/api/records/department")).items[0]!.id;
  const data = { name: "工艺规程", form: "electronic", grade: "important", department, made_on: "2026-11-01" };
  const made = await api.post(`${node.url}/api/records/carrier`, { headers: { ...headers, "Idempotency-Key": "a-carrier" }, data: { data } });
  expect(made.ok(), await made.text()).toBe(true);
  const id = ((await made.json()) as { record: { id: string } }).record.id;
  const file = { name: "规程.txt", mimeType: "text/plain", buffer: Buffer.from("淬火 840 度") };
  const kept = await api.post(`${node.url}/api/records/carrier/${id}/files/files`, { headers, multipart: { file } });
  expect(kept.ok(), await kept.text()).toBe(true);
  const version = (await json<{ record: { data: { files: { id: string }[] } } }>(`/api/records/carrier/${id}`)).record.data.files[0]!.id;

  await hand.go(`/view/carrier/${id}/${version}`);
  await expect(page.getByLabel("本次查阅的用途")).toBeVisible();
  await hand.accessible();
  await shot("purpose");
  await page.getByRole("button", { name: "打开文件" }).click();
  await expect(page.getByText("请填写 2 至 500 个字")).toBeVisible();
  await page.getByLabel("本次查阅的用途").fill("核对淬火温度");
  await page.getByRole("button", { name: "打开文件" }).click();
  await expect(page.getByRole("heading", { name: "规程.txt" })).toBeVisible();

  // Others share this company.
  await hand.signIn(node.who("security_admin"));
  const back = await api.put(`${node.url}/api/settings`, { headers, data: { reading: { reading_purpose: "never" } } });
  expect(back.ok(), await back.text()).toBe(true);
});
