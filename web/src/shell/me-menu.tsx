/** The person who is signed in. */
import { LockOutlined, LogoutOutlined, QuestionCircleOutlined, SafetyOutlined, UserOutlined } from "@ant-design/icons";
import { useNavigate } from "@tanstack/react-router";
import { Button, Dropdown } from "antd";
import { api } from "../api/endpoints";
import { queryClient } from "../api/queries";
import type { Me } from "../api/types";
import { useLang } from "../i18n";
import { useRoleName } from "../kinds/roles";

export async function signOut(): Promise<void> {
  try {
    await api.signOut();
  } finally {
    queryClient.clear();
    window.location.assign("/");
  }
}

export function MeMenu({ me, onHelp }: { me: Me; onHelp: () => void }) {
  const { t } = useLang();
  const roleName = useRoleName();
  const navigate = useNavigate();
  const name = me.person?.name ?? me.login;
  return (
    <Dropdown
      trigger={["click"]}
      menu={{
        items: [
          {
            key: "who",
            type: "group",
            label: (
              <span className="me-who">
                <strong>{name}</strong>
                <span>{[me.department?.name, ...me.posts.map((p) => p.name)].filter(Boolean).join(" · ")}</span>
                <span>{me.roles.map(roleName).join(t("list.join"))}</span>
              </span>
            ),
          },
          { type: "divider" },
          { key: "password", icon: <LockOutlined />, label: t("me.password") },
          { key: "totp", icon: <SafetyOutlined />, label: t("me.totp") },
          { key: "sessions", icon: <UserOutlined />, label: t("me.sessions") },
          { key: "help", icon: <QuestionCircleOutlined />, label: t("shortcut.title") },
          { type: "divider" },
          { key: "out", icon: <LogoutOutlined />, label: t("me.signOut") },
        ],
        onClick: ({ key }) => {
          if (key === "out") void signOut();
          else if (key === "help") onHelp();
          else void navigate({ to: "/me", search: { tab: key } });
        },
      }}
    >
      <Button type="text" icon={<UserOutlined />} className="me-button" aria-label={t("me.menu", { name })}>
        <span className="me-name">{name}</span>
      </Button>
    </Dropdown>
  );
}
