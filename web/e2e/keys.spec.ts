/** The root key: a sealed node, its ways to open, and a new recovery sheet. */
import { expect, test as base } from "@playwright/test";
import { Hand } from "./fixtures";
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
      await hand.go("/settings");
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
    await hand.go("/settings");
    await page.getByRole("button", { name: "更换恢复码" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "更换恢复码" }).click();
    const sheet = page.getByRole("dialog", { name: "恢复单" });
    await expect(sheet.locator(".recovery-groups li").first()).toBeVisible();
    await hand.accessible();
    const groups = await sheet.locator(".recovery-groups code").allTextContents();
    await page.emulateMedia({ media: "print" });
    await expect(sheet.getByText("保管人（签字）")).toBeVisible();
    await expect(page.getByRole("heading", { name: "密钥" })).toBeHidden();
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
