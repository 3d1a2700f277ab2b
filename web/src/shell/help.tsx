/** The list of keys, under `?`. */
import { Modal } from "antd";
import { useLang } from "../i18n";
import { jumps } from "./shortcuts";

export function Help({ onClose }: { onClose: () => void }) {
  const { t } = useLang();
  const rows: [string[], string][] = [
    [["Ctrl", "K"], t("search.open")],
    [["/"], t("search.open")],
    [["?"], t("shortcut.title")],
    ...Object.entries(jumps).map(([key, jump]): [string[], string] => [["g", key], t("shortcut.go", { to: t(jump.label) })]),
    [["n"], t("shortcut.new")],
    [["e"], t("shortcut.edit")],
    [["f"], t("shortcut.filter")],
    [["Esc"], t("shortcut.close")],
  ];
  return (
    <Modal open title={t("shortcut.title")} footer={null} onCancel={onClose} width={440}>
      <table className="keys">
        <tbody>
          {rows.map(([keys, label]) => (
            <tr key={keys.join()}>
              <th scope="row">
                {keys.map((key) => (
                  <kbd key={key}>{key}</kbd>
                ))}
              </th>
              <td>{label}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Modal>
  );
}
