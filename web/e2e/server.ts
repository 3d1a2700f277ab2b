/** Starts the program on a folder of its own and a free port; nothing of it outlives the tests. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");
const binary = process.env.JINGUI_BIN ?? join(root, "target/debug/jingui");

export interface SignIn {
  name: string;
  login: string;
  password: string;
  roles: string[];
}

export class Node {
  url: string;
  readonly setupCode: string | undefined;
  readonly signIns: SignIn[];
  readonly data: string;
  private child: ChildProcess;
  private constructor(child: ChildProcess, url: string, setupCode: string | undefined, signIns: SignIn[], data: string) {
    this.child = child;
    this.url = url;
    this.setupCode = setupCode;
    this.signIns = signIns;
    this.data = data;
  }

  /** Somebody with a role and, where it matters, without others. */
  who(role: string, ...not: string[]): SignIn {
    const found = this.signIns.find((s) => s.roles.includes(role) && !not.some((r) => s.roles.includes(r)));
    if (!found) throw new Error(`nobody is ${role}`);
    return found;
  }

  /** `filled`: the sample company, on a suite; otherwise an empty folder that waits for its set-up. */
  static async start(options: { filled: boolean; suite?: string; overlay?: Record<string, string> }): Promise<Node> {
    if (!existsSync(binary)) throw new Error(`build the program first: ${binary} is missing`);
    const home = mkdtempSync(join(tmpdir(), "jingui-e2e-"));
    const data = join(home, "data");
    const key = join(home, "key");
    let signIns: SignIn[] = [];
    if (options.overlay) {
      mkdirSync(join(data, "overlay/kinds"), { recursive: true });
      for (const [name, text] of Object.entries(options.overlay)) writeFileSync(join(data, "overlay/kinds", name), text);
    }
    const args = ["serve", "--data", data, "--listen", "127.0.0.1:0"];
    if (options.filled) {
      const out = execFileSync(binary, ["init", "--data", data, "--sample", "bearing", "--suite", options.suite ?? "aes256gcm", "--key-file", key, "--json"], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "inherit"],
        timeout: 120_000,
      });
      const parsed = JSON.parse(out) as { sign_ins: SignIn[] } | SignIn[];
      signIns = Array.isArray(parsed) ? parsed : parsed.sign_ins;
      args.push("--key-file", key);
    }
    const child = spawn(binary, args, { stdio: ["ignore", "pipe", "pipe"] });
    const { url, code } = await listening(child);
    process.on("exit", () => child.kill("SIGKILL"));
    return new Node(child, url, code, signIns, data);
  }

  /** The same folder in a new process that has no key file: it comes up sealed. */
  async startSealed(): Promise<void> {
    await this.end();
    this.child = spawn(binary, ["serve", "--data", this.data, "--listen", "127.0.0.1:0"], { stdio: ["ignore", "pipe", "pipe"] });
    const child = this.child;
    process.on("exit", () => child.kill("SIGKILL"));
    this.url = (await listening(child)).url;
  }

  private async end(): Promise<void> {
    const gone = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.kill("SIGTERM");
    await Promise.race([gone, new Promise((resolve) => setTimeout(resolve, 10_000))]);
    this.child.kill("SIGKILL");
  }

  async stop(): Promise<void> {
    await this.end();
    rmSync(join(this.data, ".."), { recursive: true, force: true });
  }
}

function listening(child: ChildProcess): Promise<{ url: string; code?: string }> {
  return new Promise((resolve, reject) => {
    let text = "";
    const timer = setTimeout(() => reject(new Error(`did not start:\n${text}`)), 60_000);
    const read = (chunk: Buffer) => {
      text += chunk.toString("utf8");
      const url = /listening on (http:\/\/[^\s"]+)/.exec(text)?.[1];
      const code = /setup code: (\S+)/.exec(text)?.[1];
      if (url) {
        // The setup code may come in the next line.
        setTimeout(() => {
          clearTimeout(timer);
          resolve({ url, code: code ?? /setup code: (\S+)/.exec(text)?.[1] });
        }, 300);
      }
    };
    child.stdout?.on("data", read);
    child.stderr?.on("data", read);
    child.once("exit", (code) => {
      clearTimeout(timer);
      reject(new Error(`ended with ${code}:\n${text}`));
    });
  });
}
