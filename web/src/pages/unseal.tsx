/** The node is sealed: nothing can be read until the root key is given. */
import { Alert, Button, Input, Progress, Segmented } from "antd";
import { useState } from "react";
import { api } from "../api/endpoints";
import { q, queryClient } from "../api/queries";
import type { Method, Status } from "../api/types";
import { ProblemView } from "../components/states";
import { useLang } from "../i18n";
import { Outside } from "../shell/outside";

export function UnsealPage({ status }: { status: Status }) {
  const { t, tr } = useLang();
  const [method, setMethod] = useState<Method>(status.methods[0] ?? "passphrase");
  const [value, setValue] = useState("");
  const [problem, setProblem] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const [missing, setMissing] = useState<number>();
  const submit = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      const next = await api.unseal({ method, value: method === "passphrase" || method === "token" ? value : value.trim() });
      setValue("");
      setMissing(next.sheets_missing ?? undefined);
      queryClient.setQueryData(q.status().queryKey, next);
      void queryClient.invalidateQueries({ queryKey: ["status"] });
    } catch (error) {
      // A device counts wrong PINs: none is sent a second time by mistake.
      if (method === "token") setValue("");
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  if (status.phase === "loading") {
    const total = status.total ?? 0;
    const percent = total > 0 ? Math.floor(((status.loaded ?? 0) * 100) / total) : 0;
    return (
      <Outside title={t("unseal.loading")} notice={tr(status.notice)} version={status.version}>
        <Progress percent={percent} aria-label={t("unseal.loading")} />
        <p role="status">{t("unseal.loaded", { loaded: status.loaded ?? 0, total })}</p>
      </Outside>
    );
  }
  return (
    <Outside title={t("unseal.title")} notice={tr(status.notice)} version={status.version}>
      <Alert type="info" showIcon title={t("unseal.what")} description={t("unseal.who")} />
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        {status.methods.length > 1 && (
          <Segmented<Method>
            block
            value={method}
            onChange={(next) => {
              setMethod(next);
              setValue("");
              setProblem(undefined);
            }}
            options={status.methods.map((m) => ({ value: m, label: t(`unseal.method.${m}`) }))}
            aria-label={t("unseal.methods")}
          />
        )}
        {method === "passphrase" && (
          <Input.Password size="large" autoFocus value={value} autoComplete="off" aria-label={t("unseal.method.passphrase")} placeholder={t("unseal.method.passphrase")} onChange={(e) => setValue(e.target.value)} />
        )}
        {method === "recovery" && (
          <Input.TextArea rows={3} autoFocus value={value} aria-label={t("unseal.method.recovery")} placeholder={t("unseal.recoveryHint")} className="mono" onChange={(e) => setValue(e.target.value)} />
        )}
        {method === "shares" && (
          <>
            <Input.TextArea rows={3} autoFocus value={value} aria-label={t("unseal.method.shares")} placeholder={t("unseal.sharesHint")} className="mono" onChange={(e) => setValue(e.target.value)} />
            {missing !== undefined && <p role="status">{t("unseal.missing", { count: missing })}</p>}
          </>
        )}
        {method === "token" && (
          <>
            <Input.Password size="large" autoFocus value={value} autoComplete="off" aria-label={t("unseal.pin")} placeholder={t("unseal.pin")} onChange={(e) => setValue(e.target.value)} />
            <p className="form-help">{t("unseal.pinHint")}</p>
          </>
        )}
        {method === "key_file" && (
          <label className="file-label">
            {t("unseal.keyFileHint")}
            <input
              type="file"
              onChange={(event) => {
                const file = event.target.files?.[0];
                if (file) void file.text().then(setValue);
              }}
            />
          </label>
        )}
        {problem !== undefined && <ProblemView error={problem} />}
        <Button type="primary" size="large" htmlType="submit" block loading={busy} disabled={!value}>
          {t("unseal.go")}
        </Button>
      </form>
    </Outside>
  );
}
