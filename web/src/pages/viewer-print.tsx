/** Printing under an approved transfer: how many copies, which pages; each copy becomes a carrier with a number (B 5.2.1, H 8.3.1). */
import { PrinterOutlined } from "@ant-design/icons";
import { Alert, Button, InputNumber, Modal, Radio } from "antd";
import { useEffect, useState } from "react";
import { freshKey, save } from "../api/client";
import { type Print, type PrintOffer, type Viewing, viewingApi } from "../api/viewing";
import { ProblemView } from "../components/states";
import { useLang } from "../i18n";

/** What was made, with an address at which the browser shows it until the dialogue closes. */
type Made = Print & { url: string };

export function PrintDialog({ viewing, offer, refused, onClose }: { viewing: Viewing; offer: PrintOffer; refused: (error: unknown) => void; onClose: () => void }) {
  const { t } = useLang();
  const count = viewing.pages.length;
  const [copies, setCopies] = useState(1);
  const [some, setSome] = useState(false);
  const [first, setFirst] = useState(1);
  const [last, setLast] = useState(count);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const [made, setMade] = useState<Made>();
  // A request that is sent again after a fault makes no second set of copies; another one does.
  const [key, setKey] = useState(freshKey);
  const change = <T,>(set: (value: T) => void) => (value: T) => {
    set(value);
    setKey(freshKey());
    setProblem(undefined);
  };
  useEffect(() => () => void (made && URL.revokeObjectURL(made.url)), [made]);

  const sheets = copies * (some ? Math.max(0, last - first + 1) : count);
  const fits = sheets > 0 && sheets <= offer.sheets;
  const go = async () => {
    if (!fits || busy) return;
    setBusy(true);
    setProblem(undefined);
    try {
      const print = await viewingApi.print(viewing.id, { copies, ...(some ? { first, last } : {}) }, key);
      setMade({ ...print, url: URL.createObjectURL(print.pdf) });
    } catch (error) {
      setProblem(error);
      // What ends the viewing ends it here as well; being told that printing is not allowed does not.
      if (!(error as { code?: string }).code?.startsWith("print.")) refused(error);
    } finally {
      setBusy(false);
    }
  };

  if (made) {
    return (
      <Modal open title={t("viewer.print.done", { count: made.carriers.length })} onCancel={onClose} footer={<Button onClick={onClose}>{t("viewer.print.close")}</Button>}>
        <div className="stack">
          <p>{t("viewer.print.doneWhat")}</p>
          <ul className="viewer-carriers" aria-label={t("viewer.print.carriers")}>
            {made.carriers.map((number, n) => <li key={number}>{t("viewer.print.copy", { n: n + 1, count: made.carriers.length })} <b>{number}</b></li>)}
          </ul>
          <div className="viewer-print-acts">
            <Button type="primary" icon={<PrinterOutlined />} href={made.url} target="_blank" autoFocus>{t("viewer.print.open")}</Button>
            <Button onClick={() => save(made.pdf, made.name)}>{t("viewer.print.save")}</Button>
          </div>
        </div>
      </Modal>
    );
  }
  return (
    <Modal open title={t("viewer.print.title")} okText={t("viewer.print.do")} okButtonProps={{ loading: busy, disabled: !fits }} cancelButtonProps={{ disabled: busy }} onOk={() => void go()} onCancel={onClose}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void go();
        }}
      >
        <p>{t("viewer.print.under", { transfer: offer.transfer })}</p>
        <label className="filter">
          <span className="filter-label">{t("viewer.print.copies", { most: offer.copies })}</span>
          <InputNumber autoFocus min={1} max={offer.copies} precision={0} value={copies} onChange={(n) => change(setCopies)(n ?? 1)} />
        </label>
        <Radio.Group value={some} onChange={(event) => change(setSome)(event.target.value as boolean)} options={[{ value: false, label: t("viewer.print.all", { count }) }, { value: true, label: t("viewer.print.some") }]} />
        {some && (
          <span className="viewer-group">
            <InputNumber min={1} max={last} precision={0} value={first} aria-label={t("viewer.print.first")} onChange={(n) => change(setFirst)(n ?? 1)} />
            –
            <InputNumber min={first} max={count} precision={0} value={last} aria-label={t("viewer.print.last")} onChange={(n) => change(setLast)(n ?? count)} />
          </span>
        )}
        <p className="muted" role="status">{t(fits ? "viewer.print.sheets" : "viewer.print.tooMany", { count: sheets, most: offer.sheets })}</p>
        <Alert type="info" title={t("viewer.print.what")} />
        {problem !== undefined && <ProblemView error={problem} />}
        <button type="submit" hidden aria-hidden="true" tabIndex={-1} />
      </form>
    </Modal>
  );
}
