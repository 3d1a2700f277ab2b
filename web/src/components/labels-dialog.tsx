/** What labels are printed on, from where on the sheet, and whether names stand on them (H 9.2.1). */
import { Checkbox, InputNumber, Modal, Select } from "antd";
import { useState } from "react";
import { people } from "../api/people";
import { useLang } from "../i18n";
import { message, textOf } from "./feedback";

const KEY = "jingui.labels";
const stocks = [
  { code: "a4_3x8", places: 24 },
  { code: "a4_5x13", places: 65 },
  { code: "60x40", places: 1 },
  { code: "50x30", places: 1 },
] as const;

interface Chosen {
  stock: string;
  names: boolean;
}

function remembered(): Chosen {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Chosen>;
    return { stock: stocks.some((s) => s.code === kept.stock) ? (kept.stock ?? "a4_3x8") : "a4_3x8", names: kept.names === true };
  } catch {
    return { stock: "a4_3x8", names: false };
  }
}

export function LabelsDialog({ kind, ids, onClose }: { kind: string; ids: string[]; onClose: () => void }) {
  const { t } = useLang();
  const [chosen, setChosen] = useState(remembered);
  const [start, setStart] = useState(1);
  const [busy, setBusy] = useState(false);
  const places = stocks.find((s) => s.code === chosen.stock)?.places ?? 1;
  const print = async () => {
    setBusy(true);
    try {
      await people.labels(kind, { ids, stock: chosen.stock, skip: Math.min(start, places) - 1, names: chosen.names });
      try {
        localStorage.setItem(KEY, JSON.stringify(chosen));
      } catch {
        // private windows may refuse; it is asked again next time
      }
      onClose();
    } catch (error) {
      message.error(textOf(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal open title={t("labels.title", { count: ids.length })} okText={t("labels.print")} okButtonProps={{ loading: busy }} onOk={() => void print()} onCancel={onClose}>
      <div className="stack">
        <label className="filter">
          <span className="filter-label">{t("labels.stock")}</span>
          <Select
            aria-label={t("labels.stock")}
            value={chosen.stock}
            onChange={(stock) => setChosen({ ...chosen, stock })}
            options={stocks.map((s) => ({ value: s.code, label: t(`labels.on.${s.code}`) }))}
          />
        </label>
        {places > 1 && (
          <label className="filter">
            <span className="filter-label">{t("labels.start", { most: places })}</span>
            <InputNumber min={1} max={places} value={start} onChange={(value) => setStart(value ?? 1)} />
          </label>
        )}
        <Checkbox checked={chosen.names} onChange={(event) => setChosen({ ...chosen, names: event.target.checked })}>{t("labels.names")}</Checkbox>
        <p className="muted">{t("labels.hint")}</p>
      </div>
    </Modal>
  );
}
