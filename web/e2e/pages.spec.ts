/** Every main page: it shows something, nothing fails, and axe finds no barrier. */
import { expect, test } from "./fixtures";

const pages = [
  ["/", "您好"],
  ["/r/secret", "商业秘密清单"],
  ["/r/campaign", "识别活动"],
  ["/approvals", "审批"],
  ["/chart", "组织架构"],
  ["/r/rule", "保密制度"],
  ["/authority", "权限一览"],
  ["/evidence", "存证"],
  ["/settings", "设置"],
  ["/me", "我的登录"],
  ["/r/secret/new", "新建商业秘密"],
  ["/r/secret/import", "导入"],
] as const;

test("the sign-in page tells the duty and has no barrier", async ({ hand, page }) => {
  await hand.go("/");
  await expect(page.getByRole("note")).toContainText("保密");
  await hand.accessible();
});

test("main pages show their heading and have no barrier", async ({ hand, page, node }) => {
  test.setTimeout(240_000);
  const refused: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" && /Content Security Policy/.test(message.text())) refused.push(message.text());
  });
  await hand.signIn(node.who("office"));
  for (const [path, heading] of pages) {
    await test.step(path, async () => {
      await hand.go(path);
      await expect(page.getByRole("heading", { level: 1 })).toContainText(heading);
      await expect(page.locator(".loading")).toHaveCount(0);
      await expect(page.locator(".problem")).toHaveCount(0);
      await hand.accessible();
    });
  }
  expect(refused).toEqual([]);
});

test("a secret shows content, elements, knowers and its time line with a proof", async ({ hand, page, node }) => {
  await hand.signIn(node.who("office"));
  await hand.go("/r/secret?state=effective");
  await page.locator(".record-link").first().click();
  await expect(page.locator("h1 .grade")).toBeVisible();
  await hand.accessible();
  await page.getByRole("tab", { name: "构成要件与措施" }).click();
  await expect(page.getByRole("heading", { name: "保密措施", exact: true })).toBeVisible();
  await hand.accessible();
  await page.getByRole("tab", { name: "知悉人员" }).click();
  await expect(page.getByText("人知悉")).toBeVisible();
  await page.getByRole("tab", { name: "办理经过" }).click();
  await page.getByRole("button", { name: /存证第 \d+ 号/ }).first().click();
  await expect(page.locator("pre.code")).toContainText("tlog-proof");
});

test("the language changes at once and stays", async ({ hand, page, node }) => {
  await hand.signIn(node.who("office"));
  await page.getByRole("button", { name: "English" }).click();
  await expect(page.getByRole("link", { name: "My work" })).toBeVisible();
  await page.reload();
  await expect(page.getByRole("link", { name: "Evidence ledger" })).toBeVisible();
  await expect(page.locator("html")).toHaveAttribute("lang", "en");
  await page.getByRole("button", { name: "中文" }).click();
  await expect(page.getByRole("link", { name: "我的工作" })).toBeVisible();
});

test("on a telephone lists are cards and the menu is a drawer", async ({ hand, page, node }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await hand.signIn(node.who("office"));
  await hand.go("/r/secret");
  await expect(page.locator(".card").first()).toBeVisible();
  await expect(page.locator(".data-table")).toHaveCount(0);
  const wider = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
  expect(wider).toBe(false);
  await hand.accessible();
  await page.getByRole("button", { name: "菜单", exact: true }).click();
  await page.getByRole("link", { name: /存证$/ }).click();
  await expect(page.getByRole("heading", { level: 1, name: "存证" })).toBeVisible();
});

test("a printed record carries company, number, grade and who printed it", async ({ hand, page, node }) => {
  const office = node.who("office");
  await hand.signIn(office);
  await hand.go("/r/secret?state=effective");
  await page.locator(".record-link").first().click();
  await expect(page.locator("h1 .grade")).toBeVisible();
  await page.emulateMedia({ media: "print" });
  const head = page.locator(".print-head");
  await expect(head).toBeVisible();
  await expect(head).toContainText(/SM-\d{4}-\d{4}/);
  await expect(head).toContainText(office.name);
  await expect(head.locator(".grade")).toBeVisible();
  await expect(page.locator(".shell-side")).toBeHidden();
  const pdf = await page.pdf({ format: "A4" });
  expect(pdf.length).toBeGreaterThan(10_000);
});

test("the keyboard finds a secret and reaches the content", async ({ hand, page, node }) => {
  await hand.signIn(node.who("office"));
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "跳到正文" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.locator("#main")).toBeFocused();
  await page.keyboard.press("Control+k");
  await expect(page.getByRole("combobox", { name: "搜索" })).toBeFocused();
  await page.keyboard.type("热处理");
  await expect(page.getByRole("option").filter({ hasText: "热处理" }).first()).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1 })).toContainText("热处理");
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog")).toContainText("快捷键");
});

test("the ledger is verified from the page", async ({ hand, page, node }) => {
  await hand.signIn(node.who("auditor"));
  await hand.go("/evidence");
  await expect(page.getByTestId("tree-size")).not.toHaveText("0");
  await page.getByRole("button", { name: "立即核验" }).click();
  await expect(page.locator(".ant-alert-success")).toContainText("账本完整");
});
