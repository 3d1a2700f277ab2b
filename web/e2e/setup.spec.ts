/** From an empty folder to a filled register, as the README tells it. */
import { expect, test as base } from "@playwright/test";
import { PIN, withDevice } from "./device";
import { Hand, confirmSheet } from "./fixtures";
import { Node } from "./server";

/** Strong, different, and without the sign-in name. */
const passwordOf = (login: string) => `quiet ${[...login].reverse().join("")} lake 26`;

base("the wizard makes a sample company with four different people and a recovery sheet", async ({ page }) => {
  base.setTimeout(240_000);
  const node = await Node.start({ filled: false });
  try {
    expect(node.setupCode).toBeTruthy();
    const hand = new Hand(page, node.url);
    await hand.go("/");
    await expect(page.getByRole("heading", { name: "初次设置" })).toBeVisible();
    await hand.accessible();
    await page.getByLabel("设置码").fill(node.setupCode ?? "");
    await page.getByRole("button", { name: "下一步" }).click();
    await page.getByLabel("企业名称").fill("恒力精密轴承有限公司");
    await page.getByRole("button", { name: "下一步" }).click();

    const people: [string, string, string][] = [
      ["系统管理员", "张伟", "zhangwei"],
      ["安全管理员", "刘洋", "liuyang"],
      ["审计员", "何静", "hejing"],
      ["保密管理部", "周明", "zhouming"],
    ];
    for (const [role, name, login] of people) {
      const box = page.getByRole("group", { name: role });
      await box.getByLabel("姓名").fill(name);
      await box.getByLabel("登录名").fill(login);
      await box.getByLabel("密码").fill("the same for all 1");
    }
    // The same password for two of them is refused on the spot.
    await page.getByRole("button", { name: "下一步" }).click();
    await expect(page.getByText("每人的密码应各不相同").first()).toBeVisible();
    for (const [role, , login] of people) {
      await page.getByRole("group", { name: role }).getByLabel("密码").fill(passwordOf(login));
    }
    await page.getByRole("button", { name: "下一步" }).click();
    await page.getByLabel("口令", { exact: true }).fill("five quiet horses by the river");
    await page.getByLabel("再输入一次口令").fill("five quiet horses by the river");
    await page.getByText("SM4-GCM / SM3 / SM2").click();
    await hand.accessible();
    await page.getByRole("button", { name: "下一步" }).click();
    await page.getByRole("button", { name: "完成设置" }).click();

    await expect(page.getByRole("heading", { name: "恢复单" })).toBeVisible({ timeout: 120_000 });
    const confirm = page.getByRole("button", { name: "确认" });
    await expect(confirm).toBeDisabled();
    await confirmSheet(page);
    await expect(page.getByRole("cell", { name: "zhouming" })).toBeVisible();
    await page.getByRole("button", { name: "进入系统" }).click();

    await hand.signIn({ name: "周明", login: "zhouming", password: passwordOf("zhouming"), roles: ["office"] });
    await page.getByRole("link", { name: "商业秘密清单" }).first().click();
    await expect(page.locator(".record-link").first()).toBeVisible();
  } finally {
    await node.stop();
  }
});

base("the root key of a new company hangs on a device, and a wrong PIN leaves nothing behind", async ({ page }) => {
  base.setTimeout(240_000);
  await withDevice(async () => {
    const node = await Node.start({ filled: false });
    try {
      const hand = new Hand(page, node.url);
      await hand.go("/");
      const next = page.getByRole("button", { name: "下一步" });
      await page.getByLabel("设置码").fill(node.setupCode ?? "");
      await next.click();
      await page.getByLabel("企业名称").fill("恒力精密轴承有限公司");
      await next.click();
      for (const [role, name, login] of [
        ["系统管理员", "张伟", "zhangwei"],
        ["安全管理员", "刘洋", "liuyang"],
        ["审计员", "何静", "hejing"],
        ["保密管理部", "周明", "zhouming"],
      ] as const) {
        const box = page.getByRole("group", { name: role });
        await box.getByLabel("姓名").fill(name);
        await box.getByLabel("登录名").fill(login);
        await box.getByLabel("密码").fill(passwordOf(login));
      }
      await next.click();
      await page.getByText("密码设备", { exact: true }).click();
      await expect(page.getByLabel("口令", { exact: true })).toHaveCount(0);
      await page.getByLabel("设备 PIN").fill("0000-0000");
      await hand.accessible();
      await page.screenshot({ path: "test-results/setup-device.png", fullPage: true });
      await next.click();
      await page.getByText("空白企业", { exact: false }).first().click();
      await page.getByRole("button", { name: "完成设置" }).click();
      // Back on the step where the PIN stands.
      await expect(page.locator(".problem")).toContainText("PIN 不正确", { timeout: 60_000 });
      await page.getByLabel("设备 PIN").fill(PIN);
      await next.click();
      await page.getByRole("button", { name: "完成设置" }).click();
      await expect(page.getByRole("heading", { name: "恢复单" })).toBeVisible({ timeout: 120_000 });
      await confirmSheet(page);
      await page.getByRole("button", { name: "进入系统" }).click();
      await node.startSealed();
      await new Hand(page, node.url).go("/");
      await page.getByRole("radiogroup", { name: "解锁方式" }).getByText("密码设备").click();
      await page.getByRole("textbox", { name: "设备 PIN" }).fill(PIN);
      await page.getByRole("button", { name: "解锁" }).click();
      await expect(page.getByRole("heading", { name: "登录" })).toBeVisible();
    } finally {
      await node.stop();
    }
  });
});
