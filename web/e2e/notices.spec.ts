/** The bell, the own choice of how to be told, and a channel whose key is typed in and never shown. */
import { expect, test } from "./fixtures";

test("the bell counts what is new, leads to it, and is quiet after a look", async ({ hand, page, node }) => {
  await hand.signIn(node.who("office"));
  const bell = page.getByRole("button", { name: /项新工作$/ });
  await expect(bell).toBeVisible();
  await bell.click();
  await expect(page.getByText(/项工作等您办理/)).toBeVisible();
  await hand.accessible();
  await expect(page.getByRole("button", { name: "没有新工作" })).toBeVisible();
  await page.getByRole("menuitem").first().click();
  await expect(page).toHaveURL(/\/r\/[a-z_]+\//);
  await page.reload();
  await expect(page.getByRole("button", { name: "没有新工作" })).toBeVisible();
});

test("a person chooses how to be told", async ({ hand, page, node }) => {
  await hand.signIn(node.who("office"));
  await hand.go("/me?tab=notices");
  await expect(page.getByText("尚未设置通知渠道")).toBeVisible();
  await hand.accessible();
  await page.getByLabel("免打扰开始").fill("25:00");
  await page.getByRole("button", { name: "保存" }).click();
  await expect(page.getByText("请写成 08:30 的形式").first()).toBeVisible();
  await page.getByLabel("免打扰开始").fill("21:30");
  await page.getByLabel("接收地址").fill("office@example.com");
  await page.getByRole("button", { name: "保存" }).click();
  await expect(page.getByText("已保存").first()).toBeVisible();
  await page.reload();
  await expect(page.getByLabel("免打扰开始")).toHaveValue("21:30");
});

test("a channel is set up, tested with a result in words, and keeps its key to itself", async ({ hand, page, node }) => {
  await hand.signIn(node.who("system_admin"));
  await hand.go("/r/notice_channel/new");
  await page.getByLabel("名称", { exact: true }).fill("自有门户");
  await hand.pick("方式", "自有程序");
  await page.getByLabel("机器人地址").fill("http://127.0.0.1:9/hook?T0KEN");
  await page.getByLabel("密码或签名密钥").fill("geheim-T0KEN");
  await expect(page.getByLabel("密码或签名密钥")).toHaveAttribute("type", "password");
  await hand.accessible();
  await page.getByRole("button", { name: /保存|提交|新建/ }).first().click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("自有门户");
  await page.getByRole("button", { name: "发送测试消息" }).click();
  await expect(page.locator(".problem")).toContainText("127.0.0.1");
  await expect(page.getByText("未送达")).toBeVisible();
  await hand.accessible();
  expect(await page.content()).not.toContain("T0KEN");
  await hand.go("/settings");
  await expect(page.getByRole("heading", { name: "通知的默认设置" })).toBeVisible();
  await hand.accessible();
});
