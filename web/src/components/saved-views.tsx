/** Filters that a person keeps under a name. */
import { DeleteOutlined, PushpinOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button, Input, Popover } from "antd";
import { useState } from "react";
import { api } from "../api/endpoints";
import { q, queryClient } from "../api/queries";
import type { Kind } from "../api/types";
import { useLang } from "../i18n";
import { searchText } from "../kinds/listquery";
import type { Search } from "../router";
import { message, textOf } from "./feedback";

export function SavedViews({ kind, search, onOpen }: { kind: Kind; search: Search; onOpen: (search: Search) => void }) {
  const { t } = useLang();
  const [open, setOpen] = useState(false);
  const [name, setName] = useState("");
  const views = useQuery({ ...q.views(), enabled: open });
  const mine = (views.data ?? []).filter((v) => v.kind === kind.kind);
  const run = async (work: () => Promise<unknown>) => {
    try {
      await work();
      await queryClient.invalidateQueries({ queryKey: ["views"] });
    } catch (error) {
      message.error(textOf(error));
    }
  };
  return (
    <Popover
      trigger={["click"]}
      placement="bottomRight"
      open={open}
      onOpenChange={setOpen}
      title={t("views.title")}
      content={
        <div className="views">
          {mine.length === 0 && <p className="muted">{t("views.none")}</p>}
          <ul>
            {mine.map((view) => (
              <li key={view.id}>
                <Button
                  type="link"
                  onClick={() => {
                    onOpen(Object.fromEntries(new URLSearchParams(view.query)));
                    setOpen(false);
                  }}
                >
                  {view.name}
                </Button>
                <Button type="text" size="small" icon={<DeleteOutlined />} aria-label={t("views.remove", { name: view.name })} onClick={() => void run(() => api.dropView(view.id))} />
              </li>
            ))}
          </ul>
          <form
            className="inline-form"
            onSubmit={(event) => {
              event.preventDefault();
              if (!name.trim()) return;
              void run(() => api.addView({ kind: kind.kind, name: name.trim(), query: searchText(search) })).then(() => setName(""));
            }}
          >
            <Input value={name} maxLength={60} placeholder={t("views.name")} aria-label={t("views.name")} onChange={(e) => setName(e.target.value)} />
            <Button htmlType="submit">{t("views.save")}</Button>
          </form>
        </div>
      }
    >
      <Button icon={<PushpinOutlined />}>{t("views.title")}</Button>
    </Popover>
  );
}
