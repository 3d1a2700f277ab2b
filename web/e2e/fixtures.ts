/** One filled node for all tests of a worker, and the hands of a user. */
import AxeBuilder from "@axe-core/playwright";
import { test as base, expect, type Locator, type Page } from "@playwright/test";
import { Node, type SignIn } from "./server";

export const test = base.extend<{ hand: Hand }, { node: Node; suite: "aes256gcm" | "sm4gcm" }>({
  suite: ["aes256gcm", { scope: "worker", option: true }],
  node: [
    async ({ suite }, use) => {
      const node = await Node.start({ filled: true, suite });
      await use(node);
      await node.stop();
    },
    { scope: "worker", timeout: 180_000 },
  ],
  hand: async ({ page, node }, use) => {
    await use(new Hand(page, node.url));
  },
});
export { expect };

export class Hand {
  readonly page: Page;
  readonly url: string;
  constructor(page: Page, url: string) {
    this.page = page;
    this.url = url;
    page.on("pageerror", (error) => {
      throw error;
    });
  }

  async go(path: string): Promise<void> {
    await this.page.goto(this.url + path);
  }

  /** Signs in without the form, which has a test of its own, and opens the first page; a first password is changed and remembered. */
  async signIn(person: SignIn): Promise<void> {
    const context = this.page.context();
    await context.clearCookies();
    const post = async (path: string, data: unknown) => {
      const response = await context.request.post(this.url + path, { data, headers: { Origin: this.url, "X-Jingui": "1" } });
      expect(response.ok(), `${path} for ${person.login}: ${response.status()}`).toBe(true);
      return response;
    };
    const me = (await (await post("/api/session", { login: person.login, password: person.password })).json()) as { must_change_password: boolean };
    if (me.must_change_password) {
      const next = `${person.password}-e2e`;
      await post("/api/me/password", { old: person.password, new: next });
      person.password = next;
    }
    await this.go("/");
    await expect(this.page.getByRole("navigation", { name: "菜单" }).or(this.page.getByRole("button", { name: "菜单", exact: true })).first()).toBeVisible();
  }

  /** Presses an act of a record and confirms it in its dialogue, filled in by `fill`. */
  async act(name: string, fill?: (dialog: Locator) => Promise<void>): Promise<void> {
    await this.page.getByRole("button", { name, exact: true }).click();
    const dialog = this.page.getByRole("dialog").last();
    await expect(dialog).toBeVisible();
    await fill?.(dialog);
    await dialog.getByRole("button", { name, exact: true }).click();
    await expect(dialog).toHaveCount(0);
  }

  /** Chooses in a drop-down that searches on the server. */
  async pick(label: string, text: string): Promise<void> {
    const box = this.page.getByLabel(label, { exact: true });
    await box.click();
    await box.fill(text);
    await this.page.locator(".ant-select-dropdown:visible .ant-select-item-option").filter({ hasText: text }).first().click();
    await this.page.keyboard.press("Escape");
  }

  /** Types a day into a calendar field. */
  async day(label: string, value: string): Promise<void> {
    const box = this.page.getByLabel(label, { exact: true });
    await box.fill(value);
    await box.press("Enter");
  }

  /** No violation of WCAG 2 A and AA. */
  async accessible(): Promise<void> {
    const found = await new AxeBuilder({ page: this.page }).withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]).analyze();
    expect(found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(" ")).slice(0, 4).join(", ")}`)).toEqual([]);
  }
}

/** Shows that a recovery sheet was printed: types the group of it that is asked for. */
export async function confirmSheet(page: Page): Promise<void> {
  const asked = Number(/\d+/.exec((await page.locator("label[for=recovery-check]").textContent()) ?? "")?.[0]);
  await page.locator("#recovery-check").fill((await page.locator(".recovery-groups code").nth(asked - 1).textContent()) ?? "");
  await page.getByRole("button", { name: "确认" }).click();
}
