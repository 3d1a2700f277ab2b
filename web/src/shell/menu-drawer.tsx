/** The menu where there is no room beside the page. */
import { Drawer } from "antd";
import type { Group } from "./menu";
import { SideMenu } from "./side-menu";

export function MenuDrawer({ title, groups, current, onClose }: { title: string; groups: Group[]; current?: string; onClose: () => void }) {
  return (
    <Drawer open onClose={onClose} placement="left" size={280} title={title} styles={{ body: { padding: 8 } }}>
      <SideMenu groups={groups} current={current} />
    </Drawer>
  );
}
