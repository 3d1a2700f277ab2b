/** What a person does with the own sign-in: a second factor, and tokens for programs. */
import { createHmac } from "node:crypto";
import { expect, test } from "./fixtures";

/** The code of RFC 6238 for a secret as an authenticator app gets it, some steps from now. */
function totp(secret: string, steps = 0): string {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...secret.replace(/[\s=]/g, "")].map((c) => letters.indexOf(c).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((b) => Number.parseInt(b, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const digest = createHmac("sha1", key).update(counter).digest();
  const at = (digest.at(-1) ?? 0) & 15;
  return String((digest.readUInt32BE(at) & 0x7fff_ffff) % 1_000_000).padStart(6, "0");
}

/** A code that no step near now has. */
function wrong(secret: string): string {
  const near = new Set([-2, -1, 0, 1, 2, 3].map((s) => totp(secret, s)));
  return ["000000", "111111", "222222", "333333", "444444", "555555", "666666"].find((c) => !near.has(c)) ?? "";
}

test("a first password is changed at the first sign-in, and a wrong one is refused in words", async ({ hand, page, node }) => {
  const person = node.who("legal");
  const type = async (password: string) => {
    await page.getByLabel("登录名").fill(person.login);
    await page.getByLabel("密码", { exact: true }).fill(password);
    await page.getByRole("button", { name: "登录" }).click();
  };
  await hand.go("/");
  await type("certainly not it");
  await expect(page.locator(".problem")).toBeVisible();
  await type(person.password);
  await expect(page.getByRole("heading", { name: "设置新密码" })).toBeVisible();
  await hand.accessible();
  const next = `${person.password}-own`;
  await page.getByLabel("当前密码").fill(person.password);
  await page.getByLabel("新密码", { exact: true }).fill(next);
  await page.getByLabel("再输入一次新密码").fill(next);
  await page.getByRole("button", { name: "修改密码" }).click();
  await expect(page.getByRole("navigation", { name: "菜单" })).toBeVisible();
  person.password = next;
  await page.reload();
  await expect(page.getByRole("heading", { level: 1 })).toContainText(person.name);
});

test("a second factor is set up, asked for at sign-in, and given up again", async ({ hand, page, node }) => {
  const person = node.who("staff", "department_officer", "department_head", "committee");
  await hand.signIn(person);
  await hand.go("/me?tab=totp");
  await page.getByRole("button", { name: "开启动态口令" }).click();
  await expect(page.getByRole("img", { name: "动态口令二维码" })).toBeVisible();
  await hand.accessible();
  const secret = (await page.locator(".secret-once").textContent()) ?? "";
  const field = page.getByLabel("2. 输入应用显示的六位数字");
  await field.fill(wrong(secret));
  await page.getByRole("button", { name: "确认开启" }).click();
  await expect(page.locator(".problem")).toBeVisible();
  await field.fill(totp(secret));
  await page.getByRole("button", { name: "确认开启" }).click();
  await expect(page.locator(".ant-alert-success")).toContainText("动态口令已开启");

  await page.getByRole("main").getByRole("button", { name: "退出登录" }).click();
  await page.getByLabel("登录名").fill(person.login);
  await page.getByLabel("密码", { exact: true }).fill(person.password);
  const go = page.getByRole("button", { name: "登录" });
  await go.click();
  const code = page.getByLabel("动态口令", { exact: true });
  await expect(code).toBeVisible();
  await hand.accessible();
  await code.fill(wrong(secret));
  await go.click();
  await expect(page.locator(".problem")).toBeVisible();
  // A code works once and the one of now is used: the next one is good for clocks that run ahead.
  await code.fill(totp(secret, 1));
  await go.click();
  await expect(page.getByRole("navigation", { name: "菜单" })).toBeVisible();

  await hand.go("/me?tab=totp");
  await page.getByRole("button", { name: "关闭动态口令" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("密码").fill("not my password");
  await dialog.getByRole("button", { name: "关闭动态口令" }).click();
  await expect(dialog.locator(".problem")).toBeVisible();
  await dialog.getByLabel("密码").fill(person.password);
  await dialog.getByRole("button", { name: "关闭动态口令" }).click();
  await expect(page.getByRole("button", { name: "开启动态口令" })).toBeVisible();
  await hand.signIn(person);
});

test("a token is shown once, does what its scope says, and stops when it is taken back", async ({ hand, page, node }) => {
  await hand.signIn(node.who("office"));
  await hand.go("/me?tab=tokens");
  await page.getByRole("button", { name: "新建令牌" }).click();
  const name = `备份脚本 ${Date.now()}`;
  await page.getByLabel("用途").fill(name);
  await page.getByLabel("范围").fill("查看 岗位");
  await page.locator(".ant-select-dropdown:visible").getByTitle("查看 岗位", { exact: true }).click();
  await page.keyboard.press("Escape");
  await expect(page.getByLabel("有效期")).toHaveValue("90");
  await hand.accessible();
  await page.getByRole("dialog").getByRole("button", { name: "新建令牌" }).click();
  const once = page.locator(".secret-once");
  await expect(once).toContainText("jgt_");
  const token = (await once.textContent()) ?? "";
  await page.getByRole("dialog").filter({ has: once }).getByRole("button").last().click();
  await expect(page.getByText(token)).toHaveCount(0);
  await page.reload();
  const line = page.getByRole("listitem").filter({ hasText: name });
  await expect(line).toContainText("查看 岗位");
  await expect(page.getByText(token)).toHaveCount(0);
  await hand.accessible();

  const ask = (path: string, method = "GET", body?: unknown) =>
    fetch(node.url + path, {
      method,
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json", "Idempotency-Key": `e2e-${Date.now()}` },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  const posts = await ask("/api/records/post");
  expect(posts.status).toBe(200);
  expect(((await posts.json()) as { total: number }).total).toBeGreaterThan(0);
  const secrets = (await (await ask("/api/records/secret")).json()) as { total?: number };
  expect(secrets.total ?? 0).toBe(0);
  expect((await ask("/api/records/post", "POST", { data: { name: "令牌新建的岗位" } })).status).toBe(403);

  await line.getByRole("button", { name: "作废" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "作废" }).click();
  await expect(line.getByRole("button", { name: "作废" })).toHaveCount(0);
  expect((await ask("/api/records/post")).status).toBe(401);
});
