/** Whoever an approved transfer releases a file to prints numbered copies; without one the viewer says how to come to it (B 4.2, 5.2.1; H 8.3.2). */
import { readFileSync } from "node:fs";
import { expect, test } from "./fixtures";
import { pdf } from "./pdf";

interface Rec {
  id: string;
  state: string;
  number?: string;
  title: string;
  grade?: string;
  data: Record<string, unknown>;
}

test("copies are printed under a transfer, with the keyboard alone, and are carriers that have to come back", async ({ hand, node, page, browser }) => {
  test.setTimeout(120_000);
  const office = node.who("office", "department_head", "department_officer");
  await hand.signIn(office);
  const shot = (name: string) => page.screenshot({ path: `test-results/print-${name}.png` });
  const api = page.context().request;
  const headers = () => ({ Origin: node.url, "X-Jingui": "1", "Idempotency-Key": `${Math.random()}` });
  const list = async (path: string) => ((await (await api.get(node.url + path)).json()) as { items: Rec[] }).items;
  const one = async (kind: string, id: string) => ((await (await api.get(`${node.url}/api/records/${kind}/${id}`)).json()) as { record: Rec }).record;
  const post = async (path: string, data: unknown, by = api) => {
    const response = await by.post(node.url + path, { data, headers: headers() });
    expect(response.ok(), `${path}: ${response.status()} ${await response.text()}`).toBe(true);
    return ((await response.json()) as { record: Rec }).record;
  };
  const act = (kind: string, id: string, name: string, input: unknown = {}, by = api) => post(`/api/records/${kind}/${id}/acts/${name}`, { input }, by);

  // A carrier that holds a general secret, with a document; the head of its department will approve.
  const secret = (await list("/api/records/secret?limit=100")).find((s) => s.state === "effective" && s.grade === "general")!;
  const departments = await Promise.all((await list("/api/records/department")).map((d) => one("department", d.id)));
  const people = new Map((await list("/api/records/person?limit=200")).map((p) => [p.id, p.title]));
  const heads = departments.flatMap((d) => ((d.data.heads as string[] | undefined) ?? []).map((head) => ({ department: d.id, person: head, who: node.signIns.find((s) => s.name === people.get(head)) })));
  const head = heads.find((h) => h.who && h.who.login !== office.login)!;
  const data = { name: "淬火工艺图册", form: "electronic", grade: "general", department: head.department, secrets: [secret.id], made_on: "2026-11-01" };
  const carrier = await post("/api/records/carrier", { data });
  const sent = await api.post(`${node.url}/api/records/carrier/${carrier.id}/files/files`, { multipart: { file: { name: "图册.pdf", mimeType: "application/pdf", buffer: pdf(5) } }, headers: headers() });
  expect(sent.ok(), await sent.text()).toBe(true);
  const file = ((await one("carrier", carrier.id)).data.files as { id: string }[])[0]!.id;

  await hand.go(`/view/carrier/${carrier.id}/${file}`);
  await expect(page.getByText("共 5 页")).toBeVisible();
  await expect(page.getByText("为何不能下载？")).toBeVisible();
  await expect(page.getByRole("button", { name: "打印" })).toHaveCount(0);

  const today = new Date();
  const due = new Date(today.getTime() + 6 * 86_400_000).toISOString().slice(0, 10);
  const agreement = await post("/api/records/agreement", { data: { name: "保密协议", type: "employee", person: head.person, department: head.department, scope: "全部", duties: "保密" } });
  await act("agreement", agreement.id, "sign", { signed_day: today.toISOString().slice(0, 10), kept_at: "档案室" });
  const asked = {
    name: "送审图册", secrets: [secret.id], grade: "general", department: head.department, purpose: "现场核对", content: "图册 4 份", prints: 4,
    recipients: [head.person], channel: "normal", edit_rights: "view", return_due: due,
  };
  const transfer = await post("/api/records/transfer", { data: asked });
  await act("transfer", transfer.id, "send_inside");
  const other = await browser.newContext();
  const session = await other.request.post(`${node.url}/api/session`, { data: { login: head.who!.login, password: head.who!.password }, headers: headers() });
  expect(session.ok()).toBe(true);
  if (((await session.json()) as { must_change_password: boolean }).must_change_password) {
    const changed = await other.request.post(`${node.url}/api/me/password`, { data: { old: head.who!.password, new: `${head.who!.password}-e2e` }, headers: headers() });
    expect(changed.ok(), await changed.text()).toBe(true);
    head.who!.password += "-e2e";
  }
  await act("transfer", transfer.id, "approve", {}, other.request);
  await other.close();
  const number = (await one("transfer", transfer.id)).number!;

  await hand.go(`/view/carrier/${carrier.id}/${file}`);
  await expect(page.getByRole("region", { name: "页面" }).getByRole("img", { name: "第 1 页", exact: true })).toBeVisible();
  await shot("offered");
  await page.getByRole("button", { name: "打印" }).focus();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByText(`凭流转 ${number} 打印`)).toBeVisible();
  await expect(dialog.getByLabel("份数（最多 4 份）")).toBeFocused();
  await page.keyboard.press("Control+a");
  await page.keyboard.type("2");
  await dialog.getByText("部分页").click();
  await dialog.getByLabel("起始页").fill("2");
  await dialog.getByLabel("结束页").fill("4");
  await expect(dialog.getByRole("status")).toHaveText("共 6 张");
  await hand.accessible();
  await shot("dialog");
  const answer = page.waitForResponse((r) => r.url().endsWith("/print"));
  await dialog.getByLabel("结束页").press("Enter");
  expect((await answer).status()).toBe(200);
  await expect(dialog.getByText("已生成 2 份")).toBeVisible();
  const numbers = await dialog.getByRole("list", { name: "载体编号" }).locator("b").allTextContents();
  expect(numbers).toHaveLength(2);
  await expect(dialog.getByRole("link", { name: "打开并打印" })).toHaveAttribute("href", /^blob:/);
  await hand.accessible();
  await shot("done");
  const [kept] = await Promise.all([page.waitForEvent("download"), dialog.getByRole("button", { name: "存为文件" }).click()]);
  expect(kept.suggestedFilename()).toBe(`${numbers[0]}.pdf`);
  const bytes = readFileSync((await kept.path())!);
  await kept.saveAs("test-results/print.pdf");
  expect(bytes.subarray(0, 5).toString()).toBe("%PDF-");
  expect(bytes.includes("Quench"), "pictures, no words").toBe(false);
  await dialog.getByRole("button", { name: "完成" }).click();
  await expect(dialog).toHaveCount(0);

  // Both are out with the reader; the transfer counts them, and no more than was approved is offered.
  const made = (await list("/api/records/carrier?limit=200")).filter((c) => c.state === "issued" && numbers.includes(c.number ?? ""));
  expect(made).toHaveLength(2);
  const first = await one("carrier", made.find((c) => c.number === numbers[0])!.id);
  expect(first.data).toMatchObject({ copy_no: "1/2", printed_pages: "2–4", pages: 3, return_due: due, copy_of: carrier.id, transfers: [transfer.id] });
  expect((await one("transfer", transfer.id)).data.printed).toBe(2);
  await hand.go(`/r/carrier/${first.id}`);
  await expect(page.getByText("系统打印")).toBeVisible();
  await page.screenshot({ path: "test-results/print-carrier.png", fullPage: true });
  await hand.go(`/view/carrier/${carrier.id}/${file}`);
  await page.getByRole("button", { name: "打印" }).click();
  await expect(dialog.getByLabel("份数（最多 2 份）")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(dialog).toHaveCount(0);
});
