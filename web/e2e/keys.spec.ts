/** The root key: a sealed node, its ways to open, and a new recovery sheet. */
import { type Page, expect, test as base } from "@playwright/test";
import { PIN, withDevice } from "./device";
import { Hand, confirmSheet } from "./fixtures";
import { Node, type SignIn } from "./server";

const passphrase = "seven brown kettles on a shelf";
const people: [string, string, string][] = [
  ["system", "张伟", "zhangwei"],
  ["security", "刘洋", "liuyang"],
  ["auditor", "何静", "hejing"],
  ["office", "周明", "zhouming"],
];
const passwordOf = (login: string) => `quiet ${[...login].reverse().join("")} lake 26`;

/** An empty company behind a passphrase, as the wizard would leave it. */
async function company(): Promise<{ node: Node; code: string; security: SignIn }> {
  const node = await Node.start({ filled: false });
  const accounts = Object.fromEntries(people.map(([role, name, login]) => [role, { name, login, password: passwordOf(login) }]));
  const response = await fetch(`${node.url}/api/setup`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({
      setup_code: node.setupCode,
      company: { name: "恒力精密轴承有限公司", zone_minutes: 480 },
      scheme: "three",
      ...accounts,
      root: { passphrase },
    }),
  });
  const made = (await response.json()) as { recovery_code: string; detail?: string };
  expect(response.status, made.detail).toBe(201);
  return { node, code: made.recovery_code, security: { name: "刘洋", login: "liuyang", password: passwordOf("liuyang"), roles: [] } };
}

base("a sealed node opens by passphrase, is sealed by hand, and a new recovery sheet replaces the old one", async ({ page }) => {
  base.setTimeout(300_000);
  const { node, code, security } = await company();
  try {
    await node.startSealed();
    const hand = new Hand(page, node.url);
    const sealed = page.getByRole("heading", { name: "系统已加密锁定" });
    const signIn = page.getByRole("heading", { name: "登录" });
    // Sessions outlive the sealing: whoever was at work goes on there.
    const opened = signIn.or(page.getByRole("navigation", { name: "菜单" }));
    const unseal = page.getByRole("button", { name: "解锁" });
    const recover = async (text: string) => {
      await page.getByRole("radiogroup", { name: "解锁方式" }).getByText("恢复码").click();
      await page.getByRole("textbox", { name: "恢复码" }).fill(text);
      await unseal.click();
    };
    const sealNow = async () => {
      await hand.signIn(security);
      await hand.go("/keys");
      await page.getByRole("button", { name: "立即锁定系统" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "立即锁定系统" }).click();
      await expect(sealed).toBeVisible();
    };

    // Whatever address is opened: nothing but the question for the key, and an answer in words.
    await hand.go("/r/secret");
    await expect(sealed).toBeVisible();
    await hand.accessible();
    await page.getByRole("textbox", { name: "口令" }).fill("five quiet horses by the river");
    await unseal.click();
    await expect(page.locator(".problem")).toContainText("解锁失败");
    await page.getByRole("textbox", { name: "口令" }).fill(passphrase);
    await unseal.click();
    await expect(signIn).toBeVisible();

    await sealNow();
    await recover(code);
    await expect(opened).toBeVisible();

    // A new sheet, printed without the rest of the page, proven by typing one group of it.
    await hand.signIn(security);
    await hand.go("/keys");
    await page.getByRole("button", { name: "更换恢复码" }).click();
    await page.getByLabel("理由").fill("恢复单交接");
    await page.getByLabel("本人密码").fill(security.password);
    await page.getByRole("dialog").getByRole("button", { name: "更换恢复码" }).click();
    const sheet = page.getByRole("dialog", { name: "恢复单" });
    await expect(sheet.locator(".recovery-groups li").first()).toBeVisible();
    await hand.accessible();
    const groups = await sheet.locator(".recovery-groups code").allTextContents();
    await page.emulateMedia({ media: "print" });
    await expect(sheet.getByText("保管人（签字）")).toBeVisible();
    await expect(page.getByRole("heading", { name: "密钥", exact: true })).toBeHidden();
    await expect(page.locator("#recovery-check")).toBeHidden();
    await page.emulateMedia({ media: null });
    const asked = Number(/\d+/.exec((await page.locator("label[for=recovery-check]").textContent()) ?? "")?.[0]);
    const confirm = sheet.getByRole("button", { name: "确认" });
    await expect(confirm).toBeDisabled();
    await page.locator("#recovery-check").fill(groups[asked - 1] ?? "");
    await confirm.click();
    await expect(sheet).toHaveCount(0);

    await sealNow();
    await recover(code);
    await expect(page.locator(".problem")).toContainText("解锁失败");
    await recover(groups.join("-"));
    await expect(opened).toBeVisible();
  } finally {
    await node.stop();
  }
});

base("keys are rotated, locked apart, named and rehearsed on their page, and the ledger says so", async ({ page }) => {
  base.setTimeout(300_000);
  const { node, code, security } = await company();
  try {
    const hand = new Hand(page, node.url);
    await hand.signIn(security);
    await hand.go("/keys");
    const grade = (name: string) => page.locator(".panel").filter({ has: page.getByRole("heading", { name, exact: true }) });
    await expect(grade("核心").getByRole("row")).toHaveCount(2);
    await hand.accessible();

    const dialog = page.getByRole("dialog");
    const because = async (button: string, reason: string) => {
      await page.getByLabel("理由").fill(reason);
      await page.getByLabel("本人密码").fill(security.password);
      await dialog.getByRole("button", { name: button }).click();
      await expect(dialog).toHaveCount(0);
    };
    await grade("核心").getByRole("button", { name: "轮换" }).click();
    // Not without the own password.
    await page.getByLabel("理由").fill("年度轮换");
    await page.getByLabel("本人密码").fill("not the password");
    await dialog.getByRole("button", { name: "轮换" }).click();
    await expect(dialog.locator(".problem")).toBeVisible();
    await hand.accessible();
    await because("轮换", "年度轮换");
    await expect(grade("核心").getByRole("cell", { name: "2", exact: true })).toBeVisible();
    // The old epoch is destroyed by the work in the background; the page hears of it.
    await expect(grade("核心").getByRole("row")).toHaveCount(2);

    await grade("重要").getByRole("button", { name: "停用" }).click();
    await because("停用", "疑似泄露，暂停查阅");
    await expect(grade("重要").getByText("已停用")).toBeVisible();
    await grade("重要").getByRole("button", { name: "启用" }).click();
    await because("启用", "核实完毕");
    await expect(grade("重要").getByText("已停用")).toHaveCount(0);

    await page.getByRole("button", { name: "恢复演练" }).click();
    await dialog.getByLabel("方式").click();
    await page.getByTitle("恢复码").click();
    await dialog.getByLabel("恢复码").fill(code);
    await dialog.getByRole("button", { name: "恢复演练" }).click();
    await expect(dialog).toHaveCount(0);
    await expect(page.getByRole("cell", { name: "能够打开根密钥" })).toBeVisible();
    await expect(page.getByRole("cell", { name: "年度轮换" }).first()).toBeVisible();
    await hand.accessible();
  } finally {
    await node.stop();
  }
});

base("a device is added with its PIN, rehearsed, and opens a sealed system; a wrong PIN is said to be one", async ({ page }) => {
  base.setTimeout(300_000);
  await withDevice(() => deviceJourney(page));
});

async function deviceJourney(page: Page) {
  const { node, security } = await company();
  try {
    const hand = new Hand(page, node.url);
    await hand.signIn(security);
    await hand.go("/keys");
    const dialog = page.getByRole("dialog");
    const choose = async () => {
      await dialog.getByLabel("方式", { exact: true }).click();
      await page.locator(".ant-select-item-option").filter({ hasText: "密码设备" }).click();
    };
    await page.getByRole("button", { name: "添加解锁方式" }).click();
    await choose();
    await dialog.getByLabel("设备 PIN").fill(PIN);
    await dialog.getByLabel("名称").fill("机房密码机");
    await dialog.getByLabel("理由").fill("密码机入网");
    await dialog.getByLabel("本人密码").fill(security.password);
    await hand.accessible();
    await dialog.getByRole("button", { name: "添加解锁方式" }).click();
    await expect(dialog).toHaveCount(0);
    const way = page.getByRole("row").filter({ hasText: "机房密码机" });
    await expect(way).toContainText("密码设备");
    await expect(way).toContainText("从未演练");

    await page.getByRole("button", { name: "恢复演练" }).first().click();
    await choose();
    await dialog.getByLabel("设备 PIN").fill(PIN);
    await dialog.getByRole("button", { name: "恢复演练" }).click();
    await expect(dialog).toHaveCount(0);
    await expect(way).not.toContainText("从未演练");

    // A new root key, under the device alone: the passphrase of before opens nothing, the sheet is a new one.
    await page.getByRole("button", { name: "更换根密钥" }).click();
    await choose();
    await dialog.getByLabel("设备 PIN").fill(PIN);
    await dialog.getByLabel("理由").fill("年度更换");
    await dialog.getByLabel("本人密码").fill(security.password);
    await hand.accessible();
    await dialog.getByRole("button", { name: "更换根密钥" }).click();
    await expect(dialog.getByRole("heading", { name: "恢复单" })).toBeVisible({ timeout: 60_000 });
    await confirmSheet(page);
    await expect(dialog).toHaveCount(0);
    await expect(page.getByRole("row").filter({ hasText: "口令" })).toHaveCount(0);

    await node.startSealed();
    const sealed = new Hand(page, node.url);
    await sealed.go("/keys");
    await page.getByRole("radiogroup", { name: "解锁方式" }).getByText("密码设备").click();
    await sealed.accessible();
    const field = page.getByRole("textbox", { name: "设备 PIN" });
    const unseal = page.getByRole("button", { name: "解锁" });
    await field.fill("0000-0000");
    await unseal.click();
    await expect(page.locator(".problem")).toContainText("PIN 不正确");
    await expect(field).toHaveValue("");
    await field.fill(PIN);
    await unseal.click();
    await expect(page.getByRole("heading", { name: "登录" }).or(page.getByRole("navigation", { name: "菜单" }))).toBeVisible();
  } finally {
    await node.stop();
  }
}
