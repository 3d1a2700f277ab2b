/** Many at once: one act on a selection, and taking an import back. */
import { expect, test } from "./fixtures";
import { workbook } from "./xlsx";

const sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

test("of three posts that are closed together the one somebody holds stays, and the reason is told", async ({ hand, page, node }) => {
  await hand.signIn(node.who("office", "department_head"));
  const mark = `批量岗位${Date.now()}`;
  const held = "会计";
  for (const name of [`${mark}甲`, `${mark}乙`]) {
    await hand.go("/r/post/new");
    await page.getByLabel("岗位名称").fill(name);
    await page.getByRole("button", { name: "保存" }).click();
    await expect(page.getByRole("heading", { level: 1 })).toContainText(name);
  }
  await hand.go("/r/post");
  for (const name of [`${mark}甲`, `${mark}乙`, held]) await page.getByRole("checkbox", { name: `选择 ${name}`, exact: true }).check();
  const bar = page.getByRole("region", { name: "批量操作" });
  await expect(bar).toContainText("已选 3 条");
  await hand.accessible();
  await bar.getByRole("button", { name: "撤销岗位" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("3 条记录");
  await dialog.getByRole("button", { name: "撤销岗位" }).click();

  const result = page.getByRole("dialog", { name: "完成 2 条，1 条未能完成" });
  await expect(result.getByRole("listitem")).toHaveCount(1);
  await expect(result.getByRole("listitem")).toContainText(held);
  await expect(result.getByRole("listitem")).not.toHaveText(held);
  await hand.accessible();
  await page.keyboard.press("Escape");
  await hand.go(`/r/post?q=${encodeURIComponent(mark)}`);
  for (const name of [`${mark}甲`, `${mark}乙`]) await expect(page.getByRole("row", { name: new RegExp(name) })).toContainText("已撤销");
  await hand.go("/r/post?state=active");
  await expect(page.getByRole("row", { name: new RegExp(held) }).first()).toBeVisible();
});

test("an import is taken back whole, and not at all once one of its records was changed", async ({ hand, page, node }) => {
  await hand.signIn(node.who("office", "department_head"));
  const stamp = Date.now();
  const head = ["岗位名称", "保密职责"];
  const bring = async (name: string, rows: string[][]) => {
    await hand.go("/r/post/import");
    await page.getByRole("radio", { name: /全部字段/ }).check();
    await page.locator("input[type=file]").setInputFiles({ name, mimeType: sheet, buffer: workbook([head, ...rows]) });
    await page.getByRole("button", { name: `导入 ${rows.length} 条` }).click();
    await expect(page.getByRole("heading", { name: `已导入 ${rows.length} 条` })).toBeVisible();
  };
  const found = async (text: string, count: number) => {
    await hand.go(`/r/post?q=${encodeURIComponent(text)}`);
    await expect(page.locator(".loading")).toHaveCount(0);
    await expect(page.locator(".record-link").filter({ hasText: text })).toHaveCount(count);
  };

  const first = `撤销岗位${stamp}`;
  await bring(`first-${stamp}.xlsx`, [[`${first}甲`, "看管样品"], [`${first}乙`, "看管图纸"]]);
  await hand.accessible();
  await page.locator(".panel").filter({ hasText: "已导入 2 条" }).getByRole("button", { name: "撤销导入" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "撤销导入" }).click();
  await expect(page.getByRole("listitem").filter({ hasText: `first-${stamp}.xlsx` })).toContainText("已撤销");
  await found(first, 0);

  const second = `改动岗位${stamp}`;
  await bring(`second-${stamp}.xlsx`, [[`${second}甲`, "看管样品"], [`${second}乙`, "看管图纸"]]);
  await found(second, 2);
  await page.getByRole("link", { name: `${second}乙` }).click();
  await page.getByRole("button", { name: "编辑" }).click();
  await page.getByLabel("保密职责").fill("看管图纸和模型");
  await page.getByRole("button", { name: "保存" }).click();
  await expect(page.getByText("看管图纸和模型")).toBeVisible();
  await hand.go("/r/post/import");
  const batch = page.getByRole("listitem").filter({ hasText: `second-${stamp}.xlsx` });
  await batch.getByRole("button", { name: "撤销导入" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "撤销导入" }).click();
  // Which record stands in the way is said by its name.
  await expect(page.getByText(`${second}乙`)).toBeVisible();
  await expect(batch.getByRole("button", { name: "撤销导入" })).toBeVisible();
  await found(second, 2);
});
