/** An identification campaign in the five steps of B 4.1.1, from its start to entries in the register. */
import { expect, test } from "./fixtures";

const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

test("a campaign goes from two departments' lists to an entry in the register", async ({ hand, page, node }) => {
  test.setTimeout(480_000);
  const office = node.who("office", "department_head", "department_officer");
  const chair = node.who("committee_chair");
  const member = node.who("committee", "committee_chair");
  const stamp = Date.now();
  const campaign = `端到端识别 ${stamp}`;
  const recipe = `淬火介质配方 ${stamp}`;
  const thesis = `已发表的算法 ${stamp}`;
  const prices = `客户价格体系 ${stamp}`;
  // Who keeps which department is read off the chart, as a person would.
  await hand.signIn(office);
  await hand.go("/chart");
  const officerOf = async (department: string) => {
    const card = page.locator(".chart-card").filter({ has: page.getByRole("heading", { level: 3, name: department }) });
    const name = (await card.locator("dl > div").nth(1).locator("a").first().textContent()) ?? "";
    const found = node.signIns.find((s) => s.name === name);
    if (!found) throw new Error(`${name} of ${department} has no sign-in`);
    return found;
  };
  const [maker, seller] = ["工艺部", "销售部"];
  const makers = await officerOf(maker);
  const sellers = await officerOf(seller);

  let address = "";
  const openCampaign = () => hand.go(address);
  const candidates = new Map<string, string>();
  const openCandidate = async (name: string) => {
    await hand.go(candidates.get(name) ?? "");
    await expect(page.getByRole("heading", { level: 1 })).toContainText(name);
  };
  const state = (text: string) => expect(page.locator(".page-lead .state")).toHaveText(text);

  await test.step("the office starts it over two departments", async () => {
    await hand.go("/r/campaign/new");
    await page.getByLabel("活动名称").fill(campaign);
    await page.getByLabel("年度").fill("2026");
    await hand.pick("发起原因", "技术迭代");
    await hand.pick("参加部门", maker);
    await hand.pick("参加部门", seller);
    await hand.day("部门自查截止", inDays(20));
    await hand.accessible();
    await page.getByRole("button", { name: "保存" }).click();
    await expect(page.getByRole("heading", { level: 1 })).toContainText(campaign);
    address = new URL(page.url()).pathname;
    await hand.act("启动部门自查");
    await state("部门自查");
    for (const department of [maker, seller]) await expect(page.getByRole("row", { name: new RegExp(department) })).toContainText("自查中");
  });

  const fillList = async (department: string, other: string, names: string[]) => {
    // The task stands in one's own work; of the other department's list nothing is seen.
    const task = page.getByRole("listitem").filter({ hasText: "填写本部门识别清单" }).filter({ hasText: campaign });
    await expect(task).toHaveCount(1);
    await expect(task).toContainText(department);
    await task.getByRole("link").click();
    const list = new URL(page.url()).pathname;
    for (const [i, name] of names.entries()) {
      if (i > 0) await hand.go(list);
      await page.getByRole("button", { name: "新建候选事项" }).click();
      await page.getByLabel("秘密点名称").fill(name);
      await page.getByRole("button", { name: "添加一行秘密点" }).click();
      await page.getByLabel("名称 1", { exact: true }).fill(name);
      await page.getByLabel("内容 1", { exact: true }).fill("温度与配比的具体数值");
      await page.getByLabel("与公知信息的区别 1").fill("公开资料未见该组合");
      await page.getByRole("button", { name: "保存" }).click();
      await expect(page.getByRole("heading", { level: 1 })).toContainText(name);
      candidates.set(name, new URL(page.url()).pathname);
    }
    await hand.go("/r/campaign_list");
    await expect(page.getByRole("row", { name: new RegExp(`${campaign}.*${department}`) })).toHaveCount(1);
    await expect(page.getByRole("row", { name: new RegExp(`${campaign}.*${other}`) })).toHaveCount(0);
    await hand.go(list);
    await hand.act("提交清单", (dialog) => dialog.getByRole("switch").click());
    await state("已提交");
  };

  await test.step("each officer fills in the own list and hands it in", async () => {
    await hand.signIn(makers);
    await fillList(maker, seller, [recipe, thesis]);
    await hand.signIn(sellers);
    await fillList(seller, maker, [prices]);
    // What the other department found is not for this officer.
    await hand.go(`/r/candidate?q=${encodeURIComponent(String(stamp))}`);
    await expect(page.locator(".record-link")).toHaveCount(1);
  });

  await test.step("reviewers of another department keep one and exclude what is public, with reason and source", async () => {
    await hand.signIn(office);
    await openCampaign();
    await hand.act("进入交叉审核", async () => {
      for (const person of [makers, sellers]) await hand.pick("交叉审核人", person.name);
    });
    await state("交叉审核");

    // What waits for a reviewer stands in the own work.
    await hand.signIn(sellers);
    await page.getByRole("listitem").filter({ hasText: "交叉审核" }).getByRole("link", { name: thesis }).click();
    await hand.act("排除", async (dialog) => {
      await dialog.getByLabel("排除性判断").fill("公知信息");
      await page.locator(".ant-select-dropdown:visible").getByText("公知信息或基础理论").click();
      await dialog.getByLabel("排除理由").fill("论文已完整披露该算法");
      await dialog.getByLabel("公开来源").fill("《轴承》2024 年第 3 期");
    });
    // Once decided it is no longer the reviewer's to see.
    await expect(page.getByRole("heading", { level: 1, name: "候选事项" })).toBeVisible();
    await expect(page.locator(".record-link").filter({ hasText: thesis })).toHaveCount(0);
    await openCandidate(recipe);
    await hand.act("审核通过", async (dialog) => {
      await dialog.getByLabel("排除性判断").fill("未发现");
      await page.locator(".ant-select-dropdown:visible").getByText("未发现排除情形").click();
    });
    await expect(page.getByRole("heading", { level: 1, name: "候选事项" })).toBeVisible();
    // Nobody reviews what the own department found, and is told so.
    await openCandidate(prices);
    await expect(page.getByRole("button", { name: "排除", exact: true })).toHaveCount(0);
    await hand.signIn(makers);
    await openCandidate(prices);
    await hand.act("审核通过", async (dialog) => {
      await dialog.getByLabel("排除性判断").fill("未发现");
      await page.locator(".ant-select-dropdown:visible").getByText("未发现排除情形").click();
    });
  });

  await test.step("the novelty check brings its report, the valuation its figures", async () => {
    await hand.signIn(office);
    await openCandidate(thesis);
    await state("已排除");
    await expect(page.getByText("论文已完整披露该算法")).toBeVisible();
    await expect(page.getByText("《轴承》2024 年第 3 期")).toBeVisible();
    await openCampaign();
    await hand.act("进入秘密性验证");
    await state("秘密性验证");
    await openCandidate(recipe);
    await page.locator("input[data-field=novelty_report]").setInputFiles({ name: "查新报告.pdf", mimeType: "application/pdf", buffer: Buffer.from("%PDF-1.7 e2e") });
    await expect(page.locator(".file-name")).toHaveText("查新报告.pdf");
    for (const name of [recipe, prices]) {
      await openCandidate(name);
      await hand.act("记录查新结论", async (dialog) => {
        await dialog.getByRole("radio", { name: "未见公开" }).check();
        await dialog.getByLabel("非公知的依据").fill("检索国内外专利和论文，未见相同方案");
      });
      await state("待价值评估");
    }
    await expect(page.locator(".problem")).toHaveCount(0);
    await openCampaign();
    await hand.act("进入价值评估");
    await state("价值评估");
    await openCandidate(recipe);
    await hand.act("完成价值评估", async (dialog) => {
      await dialog.getByLabel("商业价值说明").fill("每年节约能耗和废品成本");
      await dialog.getByLabel("价值估算").fill("5000000");
    });
    await state("待提出定密建议");
    await openCandidate(prices);
    await hand.act("不纳入保护", async (dialog) => {
      await dialog.getByLabel("不纳入的理由").fill("价值有限");
    });
    await state("不纳入");
  });

  await test.step("the committee approves what the office proposes", async () => {
    await openCampaign();
    await hand.act("进入定密审批");
    await openCandidate(recipe);
    await hand.act("提出定密建议", async (dialog) => {
      await dialog.getByRole("radio", { name: "核心秘密" }).check();
      await hand.pick("建议知悉岗位", "工艺技术员");
      await dialog.getByRole("checkbox", { name: /长期/ }).check();
      await dialog.getByLabel("解密条件").fill("技术公开后");
      await hand.accessible();
    });
    await state("定密审批中");
    await expect(page.getByRole("button", { name: "同意", exact: true })).toHaveCount(0);
    // A core secret takes two of the committee.
    for (const person of [chair, member]) {
      await hand.signIn(person);
      await hand.go("/approvals");
      await page.getByRole("listitem").filter({ hasText: recipe }).getByRole("button", { name: "查看并审批" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "同意", exact: true }).click();
      await page.getByRole("dialog").last().getByRole("button", { name: "同意", exact: true }).click();
      await expect(page.getByRole("listitem").filter({ hasText: recipe })).toHaveCount(0);
    }
  });

  await test.step("closing it registers the outcome", async () => {
    await hand.signIn(office);
    await openCampaign();
    await hand.act("结束并登记结果", async (dialog) => {
      await dialog.getByLabel("总结").fill("两个部门，三项候选，一项定密");
    });
    await state("已结束");
    await expect(page.getByRole("row", { name: new RegExp(maker) })).toContainText("已提交");
    await hand.accessible();
    // The register is filled by a job after the act; a list that is open hears of it.
    await hand.go(`/r/secret?q=${encodeURIComponent(recipe)}`);
    const entry = page.getByRole("row", { name: new RegExp(recipe) });
    await expect(entry).toContainText("有效");
    await expect(entry).toContainText("核心秘密");
    await page.getByRole("link", { name: recipe }).click();
    await expect(page.locator(".page-lead .number")).toHaveText(/SM-\d{4}-\d{4}/);
    for (const name of [thesis, prices]) {
      await hand.go(`/r/secret?q=${encodeURIComponent(name)}`);
      await expect(page.getByText("没有符合条件的记录")).toBeVisible();
    }
  });
});
