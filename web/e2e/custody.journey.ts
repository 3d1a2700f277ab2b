/**
 * Dual control from the first key to the last page: two custodians make keys in their browsers, are confirmed, release, and the reader reads
 * (B 4.2.1, H 8.3.1). The specs take it through a company of each suite; a node is one worker's, so each suite has a file.
 */
import type { Page } from "@playwright/test";
import { expect, type Hand } from "./fixtures";
import type { Node } from "./server";

const PASSPHRASE = "三号炉子旁边的老槐树去年开花了";

/** What says in the records of a company that its suite was used. */
export interface Expected {
  algorithm: "x25519" | "sm2";
  label: string;
  /** Digits of a custodian's public key. */
  digits: number;
}

export async function dualControl({ hand, node, page }: { hand: Hand; node: Node; page: Page }, expected: Expected): Promise<void> {
  const office = node.who("office");
  const chair = node.who("committee_chair");
  const custodians = [node.who("department_head", "committee", "committee_chair"), node.who("department_officer", "department_head", "office")];
  const api = page.context().request;
  const post = async (path: string, data: unknown) => {
    const response = await api.post(node.url + path, { data, headers: { Origin: node.url, "X-Jingui": "1", "Idempotency-Key": `${Math.random()}` } });
    expect(response.ok(), `${path}: ${response.status()} ${await response.text()}`).toBe(true);
    return (await response.json()) as { record: { id: string; number: string; version: number } };
  };
  const me = async () => ((await (await api.get(`${node.url}/api/me`)).json()) as { person: { id: string } }).person.id;

  const people: string[] = [];
  for (const custodian of custodians) {
    await hand.signIn(custodian);
    people.push(await me());
  }
  await hand.signIn(office);
  const appointed: string[] = [];
  for (const person of people) {
    appointed.push((await post("/api/records/custodian", { data: { name: "工艺类核心秘密保管人", person, duty: "custodian" } })).record.id);
  }
  await hand.go("/custody");
  await expect(page.getByText("在任保管人不足两名")).toBeVisible();

  for (const custodian of custodians) {
    await hand.signIn(custodian);
    await hand.go("/custody");
    await expect(page.getByText(`密钥算法：${expected.label}`)).toBeVisible();
    await page.getByLabel("保管口令", { exact: true }).fill("太短");
    await page.getByLabel("再输一遍保管口令").fill("太短");
    await page.getByRole("button", { name: "生成密钥" }).click();
    await expect(page.getByText("口令太短")).toBeVisible();
    await page.getByLabel("保管口令", { exact: true }).fill(PASSPHRASE);
    await page.getByLabel("再输一遍保管口令").fill(PASSPHRASE);
    await page.screenshot({ path: `test-results/custody-${expected.algorithm}-key.png`, fullPage: true });
    await page.getByRole("button", { name: "生成密钥" }).click();
    await expect(page.getByText("密钥已生成，等待确认")).toBeVisible({ timeout: 60_000 });
    await expect(page.getByText("密钥指纹")).toBeVisible();
  }
  await hand.signIn(office);
  for (const id of appointed) {
    const { record } = (await (await api.get(`${node.url}/api/records/custodian/${id}`)).json()) as { record: { data: { key: string } } };
    expect(record.data.key).toHaveLength(expected.digits);
    await post(`/api/records/custodian/${id}/acts/confirm`, { input: {} });
  }
  await hand.signIn(chair);
  for (const id of appointed) await post(`/api/records/custodian/${id}/acts/approve`, { input: {} });

  // A core secret with a file: locked from the start.
  await hand.signIn(office);
  const departments = (await (await api.get(`${node.url}/api/records/department`)).json()) as { items: { id: string }[] };
  const data = { name: "超精研磨砂轮配方", grade: "core", department: departments.items[0]!.id, points: [{ name: "磨料比例" }] };
  const secret = (await post("/api/records/secret", { data })).record;
  await hand.go(`/r/secret/${secret.id}`);
  await page.locator("input[data-field=files]").setInputFiles({ name: "配方.txt", mimeType: "text/plain", buffer: Buffer.from("甲 40 乙 60") });
  await expect(page.getByText("须两人放行")).toBeVisible();
  await page.getByRole("link", { name: "申请开启" }).click();
  await page.getByLabel("用途").fill("配方复核");
  await page.screenshot({ path: `test-results/custody-${expected.algorithm}-ask.png`, fullPage: true });
  await page.getByRole("button", { name: "提交申请" }).click();
  await expect(page.getByText("已提交，等待两名保管人放行")).toBeVisible();
  const files = async () => {
    const record = (await (await api.get(`${node.url}/api/records/secret/${secret.id}`)).json()) as { record: { data: { files: { id: string }[] } } };
    // Read on the server's pages: the original leaves by a transfer only.
    return api.post(`${node.url}/api/records/secret/${secret.id}/files/${record.record.data.files[0]!.id}/viewings`, { headers: { Origin: node.url, "X-Jingui": "1" }, data: {} });
  };
  expect((await files()).status()).toBe(403);

  for (const [at, custodian] of custodians.entries()) {
    await hand.signIn(custodian);
    await hand.go("/custody");
    const opening = page.getByRole("article", { name: /超精研磨砂轮配方/ });
    await expect(opening.getByText("配方复核")).toBeVisible();
    await expect(opening.getByText(office.name)).toBeVisible();
    if (at === 0) {
      await opening.getByLabel("保管口令").fill("这是另外一句完全不对的口令啊呀");
      await opening.getByRole("button", { name: "核对无误，放行" }).click();
      await expect(page.getByText("保管口令不对，密钥无法打开")).toBeVisible({ timeout: 60_000 });
      await hand.accessible();
    }
    await opening.getByLabel("保管口令").fill(PASSPHRASE);
    await page.screenshot({ path: `test-results/custody-${expected.algorithm}-release.png`, fullPage: true });
    await opening.getByRole("button", { name: "核对无误，放行" }).click();
    await expect(page.getByText("已放行", { exact: true }).first()).toBeVisible({ timeout: 60_000 });
  }
  await hand.signIn(office);
  await hand.go("/custody");
  await expect(page.getByText("已开启", { exact: true }).first()).toBeVisible();
  await page.screenshot({ path: `test-results/custody-${expected.algorithm}-open.png`, fullPage: true });
  const answer = await files();
  const viewing = (await answer.json()) as { id: string };
  const found = await api.get(`${node.url}/api/viewings/${viewing.id}/search?q=${encodeURIComponent("甲 40 乙 60")}`);
  expect(((await found.json()) as { hits: unknown[] }).hits).toHaveLength(1);
  await page.getByRole("button", { name: "结束" }).click();
  await expect(page.getByText("您没有申请中的开启")).toBeVisible();
  expect((await files()).status()).toBe(403);
  await page.setViewportSize({ width: 390, height: 844 });
  await page.screenshot({ path: `test-results/custody-${expected.algorithm}-narrow.png`, fullPage: true });
}
