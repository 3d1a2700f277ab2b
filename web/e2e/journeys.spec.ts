/** Days at work: importing, correcting, approving, and being kept out. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test as base } from "@playwright/test";
import { Hand, test } from "./fixtures";
import { Node } from "./server";
import { workbook } from "./xlsx";

const head = ["序号", "秘密点名称", "密级", "载体形式", "知悉范围", "保密期限", "解密条件", "定密日期", "定密审批人", "备注"];

test("an officer imports the list of appendix 4, corrects a cell, and the committee confirms", async ({ hand, page, node }) => {
  const office = node.who("office");
  const committee = node.who("committee", "office");
  const name = `端到端导入工艺 ${Date.now()}`;
  const row = (grade: string) => ["1", name, grade, "电子文档、纸质文件", "", "5 年", "技术公开", "2026-03-01", committee.name, "测试"];
  await hand.signIn(office);
  // A post of the sample company as the need-to-know list.
  await hand.go("/r/post");
  const post = (await page.locator(".record-link").first().textContent()) ?? "";
  const file = (grade: string) => {
    const line = row(grade);
    line[4] = post;
    return { name: "清单.xlsx", mimeType: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", buffer: workbook([head, line]) };
  };

  await hand.go("/r/secret/import");
  await page.getByRole("radio", { name: /附录四/ }).check();
  await page.locator("input[type=file]").setInputFiles(file("绝密"));
  await expect(page.getByRole("cell", { name: "C2", exact: true })).toBeVisible();
  await expect(page.getByRole("row", { name: /C2/ })).toContainText("密级");
  await hand.accessible();
  const marked = page.waitForEvent("download");
  await page.getByRole("button", { name: "下载标注后的文件" }).click();
  expect((await marked).suggestedFilename()).toMatch(/\.xlsx$/);

  await page.locator("input[type=file]").setInputFiles(file("重要秘密"));
  await expect(page.getByText("可以导入")).toBeVisible();
  await page.getByRole("button", { name: /^导入 1 条/ }).click();
  await expect(page.getByRole("heading", { name: /已导入 1 条/ })).toBeVisible();
  await page.getByRole("button", { name: "查看清单" }).click();
  await page.getByRole("link", { name }).click();

  // What appendix 4 does not hold is filled in, then the earlier classification is entered.
  await page.getByRole("button", { name: "编辑" }).click();
  await page.getByLabel("责任部门").click();
  await page.locator(".ant-select-dropdown:visible .ant-select-item-option").first().click();
  await page.getByRole("button", { name: "保存" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText(name);
  await page.getByRole("button", { name: "登记既有密项" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "登记既有密项" }).click();
  await expect(page.getByText("审批中：登记既有密项")).toBeVisible();
  // Whoever asks never decides, and is told why.
  await expect(page.getByRole("button", { name: "同意", exact: true })).toHaveCount(0);

  await hand.signIn(committee);
  await hand.go("/approvals");
  const item = page.getByRole("listitem").filter({ hasText: name });
  await item.getByRole("button", { name: "查看并审批" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "同意", exact: true }).click();
  await page.getByRole("dialog").last().getByLabel("意见").fill("同意登记");
  await page.getByRole("dialog").last().getByRole("button", { name: "同意", exact: true }).click();
  await expect(page.getByRole("listitem").filter({ hasText: name })).toHaveCount(0);
  await hand.go(`/r/secret?q=${encodeURIComponent(name)}`);
  await expect(page.getByRole("row", { name: new RegExp(name) })).toContainText("有效");
});

test("an officer of another department cannot see a secret, the system administrator sees only that it exists", async ({ hand, page, node }) => {
  const office = node.who("office");
  await hand.signIn(office);
  await hand.go("/r/secret?state=effective&f.grade=core");
  const link = page.locator(".record-link").first();
  const title = (await link.textContent()) ?? "";
  const address = new URL((await link.getAttribute("href")) ?? "", node.url).pathname;

  await hand.signIn(node.who("system_admin"));
  await hand.go("/r/secret");
  await expect(page.getByText("内容不可见").first()).toBeVisible();
  await expect(page.getByText(title)).toHaveCount(0);
  await hand.go(address);
  await expect(page.locator(".problem")).toBeVisible();
  await expect(page.getByText(title)).toHaveCount(0);

  // Officers who neither own nor know it learn nothing, in lists, by address and by search.
  let kept = 0;
  for (const person of node.signIns.filter((s) => s.roles.includes("department_officer") && s.roles.every((r) => ["department_officer", "staff"].includes(r)))) {
    await hand.signIn(person);
    await hand.go(address);
    await expect(page.locator(".problem").or(page.locator("h1 .grade")).first()).toBeVisible();
    if (await page.locator("h1 .grade").isVisible()) continue;
    kept += 1;
    await expect(page.getByText(title)).toHaveCount(0);
    await hand.go(`/r/secret?q=${encodeURIComponent(title)}`);
    await expect(page.locator(".loading")).toHaveCount(0);
    await expect(page.locator(".record-link").filter({ hasText: title })).toHaveCount(0);
  }
  expect(kept).toBeGreaterThan(0);
});

base("a register from an overlay file works without a rebuild: entered, approved, found, exported, with its history", async ({ page }) => {
  base.setTimeout(240_000);
  const text = readFileSync(join(import.meta.dirname, "../../catalog/examples/mould_cabinet_key.yaml"), "utf8");
  const node = await Node.start({ filled: true, overlay: { "mould_cabinet_key.yaml": text } });
  try {
    const hand = new Hand(page, node.url);
    const cabinet = `核心模具柜 ${Date.now()}`;
    const applicant = node.who("office", "department_head", "department_officer");
    const approver = node.who("office", "department_officer", "committee");
    const second = approver === applicant ? node.who("department_officer", "committee") : approver;
    await hand.signIn(applicant);
    await page.getByRole("link", { name: /模具柜/ }).first().click();
    await expect(page.getByRole("heading", { level: 1 })).toContainText("模具柜");
    await page.getByRole("button", { name: /新建/ }).click();
    await expect(page.locator(".schema-form")).toBeVisible();
    await hand.accessible();
    await page.getByRole("textbox", { name: "模具柜" }).fill(cabinet);
    await page.getByLabel("钥匙编号").fill(`K-${Date.now()}`);
    await hand.pick("部门", "锻造车间");
    await page.getByRole("button", { name: "保存" }).click();
    await expect(page.getByRole("heading", { level: 1 })).toContainText(cabinet);
    const number = (await page.locator(".page-lead .number").textContent()) ?? "";
    expect(number).toMatch(/^YS-/);
    await hand.act("申请领用", async (dialog) => {
      await hand.pick("保管人", "毛守模");
      await dialog.getByLabel("用途").fill("修模");
      await hand.day("归还期限", new Date(Date.now() + 20 * 86_400_000).toISOString().slice(0, 10));
    });
    await expect(page.locator(".page-lead .state")).toHaveText("领用审批中");
    await expect(page.getByRole("button", { name: "同意", exact: true })).toHaveCount(0);

    await hand.signIn(second);
    await hand.go("/approvals");
    await page.getByRole("listitem").filter({ hasText: cabinet }).getByRole("button", { name: "查看并审批" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "同意", exact: true }).click();
    await page.getByRole("dialog").last().getByRole("button", { name: "同意", exact: true }).click();
    await expect(page.getByRole("listitem").filter({ hasText: cabinet })).toHaveCount(0);

    // Found by everyone's search, exported as the paper form that the file describes.
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: "搜索" }).fill(cabinet);
    await expect(page.getByRole("option").filter({ hasText: cabinet })).toBeVisible();
    await page.keyboard.press("Enter");
    await expect(page.locator(".page-lead .state")).toHaveText("已领用");
    await page.getByRole("tab", { name: "办理经过" }).click();
    const history = page.locator(".timeline");
    for (const what of ["新建", "申请领用", "同意"]) await expect(history.getByText(what, { exact: true }).first()).toBeVisible();
    await expect(history).toContainText(applicant.name);
    await expect(history).toContainText(second.name);
    await hand.accessible();
    await hand.go(`/r/mould_cabinet_key?q=${encodeURIComponent(cabinet)}`);
    await expect(page.getByRole("row", { name: new RegExp(cabinet) })).toContainText("毛守模");
    await page.getByRole("button", { name: "导出" }).click();
    const exported = page.waitForEvent("download");
    await page.getByRole("menuitem", { name: /CSV/ }).click();
    const path = await (await exported).path();
    const csv = readFileSync(path, "utf8");
    expect(csv).toContain(cabinet);
    expect(csv).toContain(number);
    await hand.go("/settings");
    await expect(page.getByText("mould_cabinet_key.yaml")).toBeVisible();
  } finally {
    await node.stop();
  }
});
