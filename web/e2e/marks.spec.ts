/** A file is given its mark, the mark falls behind the record, is put anew, and every one of them stays listed (H 9.2.1, 9.2.2). */
import { expect, test } from "./fixtures";

test("a picture of a carrier is marked, falls behind and is marked anew", async ({ hand, node, page }) => {
  const office = node.who("office");
  const api = page.context().request;
  await hand.signIn(office);
  const post = async (path: string, data: unknown) => {
    const response = await api.post(node.url + path, { data, headers: { Origin: node.url, "X-Jingui": "1", "Idempotency-Key": `${Math.random()}` } });
    expect(response.ok(), `${path}: ${response.status()} ${await response.text()}`).toBe(true);
    return (await response.json()) as { record: { id: string; version: number } };
  };
  const departments = (await (await api.get(`${node.url}/api/records/department`)).json()) as { items: { id: string }[] };
  const data = { name: "保持架模具样件", form: "physical", grade: "important", department: departments.items[0]!.id, made_on: "2026-11-01" };
  const carrier = (await post("/api/records/carrier", { data })).record;

  await hand.go(`/r/carrier/${carrier.id}`);
  await page.locator("input[data-field=files]").setInputFiles({ name: "样件照片.png", mimeType: "image/png", buffer: await page.screenshot() });
  await expect(page.getByText("1 个文件尚未加注标记")).toBeVisible();
  await page.getByRole("button", { name: "加注标记" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByText("重要秘密").first()).toBeVisible();
  await page.screenshot({ path: "test-results/marks-preview.png" });
  await dialog.getByRole("button", { name: "加注标记" }).click();
  await expect(page.getByText("已加注 1 个文件")).toBeVisible();
  await expect(page.getByText("尚未加注标记")).toHaveCount(0);
  await expect(page.getByText("已加注标记", { exact: true })).toBeVisible();
  await hand.accessible();
  await page.screenshot({ path: "test-results/marks-file.png", fullPage: true });

  // The record says something else now: the mark is out of date and is put anew from the unmarked picture.
  await post(`/api/records/carrier/${carrier.id}/acts/edit`, { input: { grade: "core" } });
  await page.reload();
  await expect(page.getByText("1 个文件的标记与登记内容不符")).toBeVisible();
  await page.getByRole("button", { name: "全部重新加注" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "加注标记" }).click();
  await expect(page.getByText("已加注 1 个文件")).toBeVisible();
  await page.getByText("已加注标记", { exact: true }).click();
  const history = page.getByRole("dialog");
  await expect(history.getByText(/核心秘密 · /)).toBeVisible();
  await expect(history.getByText(/重要秘密 · /)).toBeVisible();
  await page.screenshot({ path: "test-results/marks-history.png" });
});
