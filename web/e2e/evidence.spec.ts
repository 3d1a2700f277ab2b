/** From a secret to a package that a stranger can check: asked for step by step, agreed to by others, made, verified. */
import { execFileSync, type ExecFileSyncOptionsWithStringEncoding } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "./fixtures";

const binary = process.env.JINGUI_BIN ?? join(import.meta.dirname, "../../target/debug/jingui");

test("the office puts a secret into a package, the committee agrees, and what is made verifies on the command line", async ({ hand, page, node }) => {
  const matter = `诉某公司侵害技术秘密 ${Date.now()}`;
  const office = node.who("office");
  await hand.signIn(office);
  await hand.go("/r/secret?state=effective&f.grade=important");
  await page.locator(".record-link").first().click();
  await expect(page.locator("h1 .grade")).toBeVisible();
  const secret = (await page.locator("h1 span:not(.grade)").last().textContent()) ?? "";

  // What vouches for the secret: every act has its place in the ledger, and nobody outside is registered yet.
  await page.getByRole("tab", { name: "存证", exact: true }).click();
  await expect(page.getByText("还没有登记时间戳机构")).toBeVisible();
  await hand.accessible();
  await page.getByRole("button", { name: /^取存证第 \d+ 号的证明$/ }).last().click();
  await expect(page.getByRole("dialog").locator("pre.code")).toContainText("tlog-proof");
  await page.getByRole("dialog").getByRole("button", { name: "Close" }).or(page.getByRole("dialog").getByRole("button", { name: "关闭" })).first().click();

  // A page of paper for it.
  const paper = page.waitForEvent("download");
  await page.getByRole("button", { name: "取这条记录的证书（PDF）" }).click();
  expect((await paper).suggestedFilename()).toMatch(/^certificate-.*\.pdf$/);

  await page.getByRole("button", { name: "用于举证" }).click();
  await page.getByRole("menuitem", { name: "放入证据包" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("新建证据包");
  const next = page.getByRole("button", { name: "下一步" });

  // 1: the matter. Nothing goes on without what is needed.
  await next.click();
  await expect(page.getByText("请填写事由")).toBeVisible();
  await page.getByLabel("事由", { exact: true }).fill(matter);
  await page.getByLabel("用途", { exact: true }).click();
  await page.locator(".ant-select-dropdown:visible .ant-select-item-option").filter({ hasText: "民事诉讼" }).click();
  await hand.day("被诉侵权行为发生日", "2020-01-01");
  await expect(page.getByText("法释〔2020〕7号第五条")).toBeVisible();
  await hand.accessible();
  await next.click();

  // 2: the secret is there; the grade follows it.
  await expect(page.locator(".package-grade")).toContainText("重要秘密");
  await expect(page.getByRole("cell", { name: secret })).toBeVisible();
  await hand.accessible();
  await next.click();

  // 3: nothing is ticked.
  const point = page.locator(".offer").first().getByRole("checkbox");
  await expect(point).not.toBeChecked();
  await point.check();
  await hand.accessible();
  await next.click();

  // 4: what would come of it; before the alleged act there was nothing.
  await expect(page.getByRole("heading", { name: "举证矩阵" })).toBeVisible();
  await expect(page.getByRole("row", { name: /保密性/ })).toContainText("不早于被诉侵权行为发生日");
  await expect(page.getByRole("row", { name: /秘密性/ })).toContainText("计入");
  await expect(page.getByRole("row", { name: /权利归属/ })).toContainText("缺：");
  await hand.accessible();
  await next.click();

  // 5: what is still lacking is said, and leads back.
  await expect(page.getByText("提交审批前还须填写：接收方")).toBeVisible();
  await expect(page.getByRole("button", { name: "提交审批" })).toBeDisabled();
  await page.getByRole("button", { name: "返回“事由”修改" }).click();
  await expect(page.getByLabel("事由", { exact: true })).toHaveValue(matter);
  await page.getByLabel("接收方", { exact: true }).fill("某市中级人民法院");
  await next.click();
  await expect(page.locator(".package-grade")).toBeVisible();
  await next.click();
  await expect(point).toBeChecked();
  await next.click();
  await expect(page.getByRole("heading", { name: "举证矩阵" })).toBeVisible();
  await next.click();
  await hand.accessible();
  await page.getByRole("button", { name: "保存为草稿" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText(matter);
  await expect(page.getByText("准备中")).toBeVisible();

  // A draft is corrected in the same steps.
  await page.getByRole("button", { name: "编辑" }).click();
  await page.getByLabel("案号", { exact: true }).fill("（2026）鲁01民初1号");
  for (const heading of [".package-grade", ".offer", ".evidence-matrix"]) {
    await next.click();
    await expect(page.locator(heading).first()).toBeVisible();
  }
  await next.click();
  await page.getByRole("button", { name: "提交审批" }).click();
  await expect(page.getByText("审批中：提交审批")).toBeVisible();
  await expect(page.getByText("（2026）鲁01民初1号")).toBeVisible();
  const address = new URL(page.url()).pathname;

  // The committee sees which secret, what of it and how the evidence stands; then it agrees.
  const committee = node.who("committee", "office");
  await hand.signIn(committee);
  await hand.go(address);
  await expect(page.getByRole("link", { name: secret })).toBeVisible();
  await page.getByRole("tab", { name: "举证矩阵" }).click();
  await expect(page.getByRole("row", { name: /保密性/ })).toBeVisible();
  await hand.accessible();
  await hand.act("同意", async (dialog) => {
    await dialog.getByLabel("意见").fill("同意移交");
  });
  await expect(page.getByText("可制作")).toBeVisible();
  await expect(page.getByRole("button", { name: "制作并下载证据包" })).toHaveCount(0);

  await hand.signIn(office);
  await hand.go(address);
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "制作并下载证据包" }).click();
  const made = await download;
  const folder = mkdtempSync(join(tmpdir(), "jingui-package-"));
  try {
    const file = join(folder, made.suggestedFilename());
    await made.saveAs(file);
    // The digest on the screen is the one of the file, and a stranger's check says whole (it would end with another status).
    await expect(page.locator(".make-panel .hash code")).toHaveText(createHash("sha256").update(readFileSync(file)).digest("hex"));
    await expect(page.getByText(`jingui verify ${made.suggestedFilename()}`)).toBeVisible();
    const how: ExecFileSyncOptionsWithStringEncoding = { encoding: "utf8" };
    const found = JSON.parse(execFileSync(binary, ["verify", file, "--json"], how)) as { outcome: string };
    expect(found.outcome).toBe("whole");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  await hand.accessible();
  await page.getByRole("tab", { name: "办理经过" }).click();
  await expect(page.getByText("制成证据包")).toBeVisible();
});

test("the evidence page shows both ledgers and growth; who may not take proofs gets no such button", async ({ hand, page, node }) => {
  await hand.signIn(node.who("office"));
  await hand.go("/evidence");
  await expect(page.getByRole("region", { name: "国密账" })).toBeVisible();
  await expect(page.getByRole("img", { name: /最多的一天/ })).toBeVisible();
  await expect(page.getByRole("link", { name: "打开离线核验页" })).toHaveAttribute("href", "/verify.html");
  await expect(page.getByText("请安全管理员登记").first()).toBeVisible();
  await expect(page.getByRole("button", { name: /^取存证第/ }).first()).toBeVisible();
  await hand.accessible();

  // An operator sees that it runs, and takes nothing; the security administrator registers outsiders.
  await hand.signIn(node.who("security_admin"));
  await hand.go("/evidence");
  await expect(page.getByRole("link", { name: "登记时间戳机构" })).toBeVisible();
  await expect(page.getByRole("heading", { name: "最近存证" })).toBeVisible();
  await expect(page.getByRole("heading", { name: "取证明" })).toHaveCount(0);
  await expect(page.getByRole("button", { name: /取存证第|取证明/ })).toHaveCount(0);
  await page.getByRole("link", { name: "登记时间戳机构" }).click();
  await page.getByLabel("名称", { exact: true }).fill("测试时间戳中心");
  await page.getByLabel("服务地址", { exact: true }).fill("http://127.0.0.1:9/");
  await page.getByRole("button", { name: "保存" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("测试时间戳中心");
  // It does not answer: since when, why and when next is said in words.
  await expect(async () => {
    await hand.go("/evidence");
    await expect(page.getByText(/起连续失败 \d+ 次/)).toBeVisible({ timeout: 3_000 });
  }).toPass({ timeout: 90_000 });
  await expect(page.getByRole("link", { name: "测试时间戳中心" })).toBeVisible();
  await page.setViewportSize({ width: 390, height: 844 });
  await expect(page.locator(".fact-cards").first()).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth)).toBe(false);
  await hand.accessible();
});
