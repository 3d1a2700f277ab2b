/** The duty calendar as the officer meets it: what will arise, days of rest, a narrow screen, a feed without a secret in its address. */
import { expect, test } from "./fixtures";

test("the officer sees what will arise next month, and the days of rest", async ({ hand, page, node }) => {
  await hand.signIn(node.who("office"));
  await hand.go("/diary");
  await expect(page.getByRole("heading", { level: 1, name: "任务日历" })).toBeVisible();
  await page.getByText("全部", { exact: true }).click();
  await page.getByRole("button", { name: "下一月" }).click();
  await page.getByRole("button", { name: "下一月" }).click();
  await expect(page.locator(".diary-chip.coming").first()).toBeVisible();
  await expect(page.locator(".diary-day.rest").first()).toBeVisible();
  await hand.accessible();
  await page.locator(".diary-day button").nth(10).click();
  await expect(page.locator('.diary-day button[aria-pressed="true"]')).toHaveCount(1);
  await page.setViewportSize({ width: 390, height: 800 });
  await expect(page.locator(".diary-month")).toHaveCount(0);
  await expect(page.getByRole("heading", { name: "订阅到手机或电脑日历" })).toBeVisible();
  await hand.accessible();
  await expect(page.locator("code")).toHaveText(/\/api\/diary\.ics$/);
});
