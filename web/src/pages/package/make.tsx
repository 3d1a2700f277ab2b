/** An approved package is made and taken away here; its digest is what the receiver holds it against. */
import { DownloadOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Alert, Button } from "antd";
import { useState } from "react";
import { save } from "../../api/client";
import { api } from "../../api/endpoints";
import { q, touched } from "../../api/queries";
import type { Detail } from "../../api/types";
import { Hash } from "../../components/copy";
import { PackagePreview } from "../../components/package-preview";
import { Panel } from "../../components/page";
import { Loading, ProblemView } from "../../components/states";
import { useLang } from "../../i18n";
import { useMay } from "../../kinds/may";
import { PACKAGE } from "../../kinds/package";
import { sizeText } from "../../kinds/values";
import { CHECKING_PAGE } from "../evidence";

interface Made {
  name: string;
  size: number;
  sha256: string;
}

export function MakePanel({ detail }: { detail: Detail }) {
  const { t } = useLang();
  const record = detail.record;
  const may = useMay("export", PACKAGE, record.id);
  const [made, setMade] = useState<Made>();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  if (record.state !== "approved" || may !== true) return null;
  const make = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      const { blob, name, sha256 } = await api.makePackage(record.id);
      save(blob, name);
      setMade({ name, size: blob.size, sha256 });
      touched(PACKAGE, record.id);
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Panel className="make-panel no-print" title={t("package.ready")}>
      <p className="form-help">{t("package.makeWhat")}</p>
      <Button type="primary" size="large" icon={<DownloadOutlined />} loading={busy} onClick={() => void make()}>
        {t("package.make")}
      </Button>
      <div role="status">
        {busy && <p>{t("package.making")}</p>}
        {made && (
          <Alert
            type="success"
            showIcon
            title={t("package.made")}
            description={
              <>
                <dl className="report">
                  <div>
                    <dt>{t("package.file")}</dt>
                    <dd>{made.name}</dd>
                  </div>
                  <div>
                    <dt>{t("cover.size")}</dt>
                    <dd>{sizeText(made.size)}</dd>
                  </div>
                  <div>
                    <dt>{t("cover.sha256")}</dt>
                    <dd>
                      <Hash value={made.sha256} what={made.name} />
                    </dd>
                  </div>
                </dl>
                <p>
                  {t("package.checkedAt")}{" "}
                  <a href={CHECKING_PAGE} target="_blank" rel="noreferrer">
                    {t("evidence.offline")}
                  </a>
                </p>
                <p>
                  {t("package.checkedBy")} <code>{`jingui verify ${made.name}`}</code>
                </p>
              </>
            }
          />
        )}
      </div>
      {problem !== undefined && <ProblemView error={problem} />}
    </Panel>
  );
}

/** What the record asks for, for those who decide on it and those who made it. */
export function MatrixTab({ detail }: { detail: Detail }) {
  const preview = useQuery(q.preview(detail.record.data));
  if (preview.isPending) return <Loading rows={8} />;
  if (preview.isError) return <ProblemView error={preview.error} retry={() => void preview.refetch()} />;
  return <PackagePreview preview={preview.data} names={detail.names} />;
}
