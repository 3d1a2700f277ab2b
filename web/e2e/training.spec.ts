/** An exam on a telephone: invited, read, sat with thumbs and keys, through a reload and a dead network, marked, certified (B 5.1.1, H 12.1). */
import { expect, test } from "./fixtures";

test.use({ viewport: { width: 360, height: 740 }, hasTouch: true });

test("an exam is sat on a telephone, outlives a reload and a dead network, and ends with a certificate", async ({ hand, node, page }) => {
  const office = node.who("office");
  const staff = node.who("staff", "department_head", "department_officer", "office", "legal");
  const api = page.context().request;
  const post = async (path: string, data: unknown) => {
    const response = await api.post(node.url + path, { data, headers: { Origin: node.url, "X-Jingui": "1", "Idempotency-Key": `${Math.random()}` } });
    expect(response.ok(), `${path}: ${response.status()} ${await response.text()}`).toBe(true);
    return (await response.json()) as { record: { id: string } };
  };
  const act = (kind: string, id: string, name: string, input = {}) => post(`/api/records/${kind}/${id}/acts/${name}`, { input });

  await hand.signIn(staff);
  const me = (await (await api.get(`${node.url}/api/me`)).json()) as { person: { id: string } };
  await hand.signIn(office);
  const course = await post("/api/records/training_course", {
    data: { name: "保密基础知识", type: "joining", content: "涉密载体不得带离指定场所。\n核心秘密由保密委员会审定。", questions_drawn: 3, exam_minutes: 20, pass_mark: 60, show_wrong: true, readers: [me.person.id] },
  });
  const questions: Record<string, unknown>[] = [
    { type: "judgement", text: "涉密载体可以带回家处理。", right: ["b"], explanation: "载体不得带离指定场所。" },
    { type: "single", text: "核心秘密由谁审定？", option_a: "本部门负责人", option_b: "保密委员会", option_c: "行政部", right: ["b"] },
    { type: "multiple", text: "下列哪些属于涉密载体？", option_a: "图纸", option_b: "移动硬盘", option_c: "公开的产品样本", right: ["a", "b"] },
  ];
  for (const question of questions) {
    const made = await post("/api/records/question", { data: { ...question, course: course.record.id } });
    await act("question", made.record.id, "use");
  }
  await act("training_course", course.record.id, "publish");

  await hand.signIn(staff);
  await hand.go("/training");
  await page.getByRole("link", { name: "保密基础知识" }).click();
  await expect(page.getByText("涉密载体不得带离指定场所")).toBeVisible();
  await page.getByRole("button", { name: "我已学完本课程" }).click();
  await page.getByRole("button", { name: "开始考试" }).click();
  await expect(page.getByText("第 1 题，共 3 题")).toBeVisible();
  await hand.accessible();
  // Nothing is wider than the telephone, and what is touched is large enough.
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  for (const box of await page.locator(".exam-option").all()) expect((await box.boundingBox())?.height ?? 0).toBeGreaterThanOrEqual(44);
  await page.screenshot({ path: "test-results/exam-question.png" });

  const answer = async () => {
    const text = (await page.locator(".exam-question legend").textContent()) ?? "";
    const wanted = text.includes("带回家") ? ["错"] : text.includes("由谁") ? ["B 保密委员会"] : ["A 图纸", "B 移动硬盘"];
    for (const name of wanted) await page.locator(".exam-option").filter({ hasText: name }).tap();
  };
  await answer();
  await expect(page.locator(".exam-place.answered")).toHaveCount(1);
  // The network is away: the answer is kept here, and sent when it is back.
  await page.context().setOffline(true);
  await page.getByRole("button", { name: "下一题" }).click();
  await answer();
  await expect(page.getByText("网络不通，作答暂存在本机")).toBeVisible();
  await page.context().setOffline(false);
  await expect(page.getByText("网络不通，作答暂存在本机")).toHaveCount(0, { timeout: 10_000 });
  await page.reload();
  await expect(page.locator(".exam-place.answered")).toHaveCount(2);
  await expect(page.getByText("第 2 题，共 3 题")).toBeVisible();
  // The last one by keys alone.
  await page.keyboard.press("PageDown");
  await expect(page.getByText("第 3 题，共 3 题")).toBeVisible();
  const last = (await page.locator(".exam-question legend").textContent()) ?? "";
  for (const key of last.includes("载体？") ? ["a", "b"] : ["b"]) await page.keyboard.press(key);
  await expect(page.locator(".exam-place.answered")).toHaveCount(3);
  await page.getByRole("button", { name: "交卷" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "交卷" }).click();
  await expect(page.locator(".exam-score")).toHaveText("100");
  await expect(page.getByText("合格", { exact: true })).toBeVisible();
  await expect(page.getByText("载体不得带离指定场所。")).toBeVisible();
  await page.screenshot({ path: "test-results/exam-result.png" });
  const [paper] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "下载证书" }).click()]);
  expect(paper.suggestedFilename()).toMatch(/\.pdf$/);

  // The office sees who is trained, and who is behind the number.
  await page.setViewportSize({ width: 1280, height: 800 });
  await hand.signIn(office);
  await hand.go("/training?tab=coverage");
  const row = page.getByRole("row").filter({ hasText: "合计" });
  await expect(row).toContainText("100%");
  await row.getByRole("link").last().click();
  await expect(page.getByRole("cell", { name: "有效", exact: true })).toBeVisible();
  await hand.accessible();
  await page.screenshot({ path: "test-results/coverage.png" });
});
