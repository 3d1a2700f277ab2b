/** A passkey from the first day to the last, with the authenticator that Chromium plays itself. */
import { expect, Hand, test } from "./fixtures";

test("a passkey is added, signs in alone and beside the password, and signs in no more once it is removed", async ({ page, node }, info) => {
  // Browsers know passkeys for names only.
  const hand = new Hand(page, node.url.replace("127.0.0.1", "localhost"));
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("WebAuthn.enable");
  const { authenticatorId } = await devtools.send("WebAuthn.addVirtualAuthenticator", {
    options: { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
  });
  const shot = (name: string) => page.screenshot({ path: info.outputPath(`${name}.png`) });
  const person = node.who("office");
  await hand.signIn(person);
  await hand.go("/me?tab=passkeys");
  await page.getByRole("button", { name: "添加通行密钥" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByLabel("名称")).toHaveValue(/Chrome/);
  await dialog.getByLabel("名称").fill("办公电脑");
  await dialog.getByLabel("密码").fill("certainly not it");
  await dialog.getByRole("button", { name: "继续" }).click();
  await expect(dialog.locator(".problem")).toBeVisible();
  await hand.accessible();
  await shot("add");
  await dialog.getByLabel("密码").fill(person.password);
  await dialog.getByRole("button", { name: "继续" }).click();
  const line = page.getByRole("listitem").filter({ hasText: "办公电脑" });
  await expect(line).toContainText("尚未使用");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await hand.accessible();
  await shot("list");
  expect((await devtools.send("WebAuthn.getCredentials", { authenticatorId })).credentials).toHaveLength(1);

  const leave = async () => {
    await page.getByRole("main").getByRole("button", { name: "退出登录" }).click();
    await expect(page.getByRole("button", { name: "使用通行密钥" })).toBeVisible();
  };
  const inside = () => expect(page.getByRole("navigation", { name: "菜单" })).toBeVisible();
  await leave();
  await hand.accessible();
  await shot("signin");
  await page.getByRole("button", { name: "使用通行密钥" }).click();
  await inside();
  await hand.go("/me?tab=sessions");
  await expect(page.getByRole("listitem").filter({ hasText: "本次登录" })).toContainText("通行密钥登录");
  await shot("sessions");

  // The password alone is no longer enough.
  await leave();
  await page.getByLabel("登录名").fill(person.login);
  await page.getByLabel("密码", { exact: true }).fill(person.password);
  await page.getByRole("button", { name: "登录", exact: true }).click();
  await expect(page.getByText("密码正确。请使用通行密钥完成登录。")).toBeVisible();
  await hand.accessible();
  await shot("second");
  await page.getByRole("button", { name: "使用通行密钥" }).click();
  await inside();

  await hand.go("/me?tab=passkeys");
  await line.getByRole("button", { name: "移除" }).click();
  await page.getByRole("dialog").getByLabel("密码").fill(person.password);
  await page.getByRole("dialog").getByRole("button", { name: "移除" }).click();
  await expect(line).toHaveCount(0);
  await leave();
  await page.getByRole("button", { name: "使用通行密钥" }).click();
  await expect(page.locator(".problem")).toContainText("通行密钥未通过验证");
  await shot("refused");
  await hand.signIn(person);
});
