/** The person who is signed in. */
import { LockOutlined, LogoutOutlined, QuestionCircleOutlined, SafetyOutlined, UserOutlined } from "@ant-design/icons";
import { useNavigate } from "@tanstack/react-router";
import type { Me } from "../api/types";
import { MenuButton } from "../components/menu-button";
import { useLang } from "../i18n";
import { useRoleName } from "../kinds/roles";
import { signOut } from "./sign-out";

export function MeMenu({ me, onHelp }: { me: Me; onHelp: () => void }) {
  const { t } = useLang();
  const roleName = useRoleName();
  const navigate = useNavigate();
  const name = me.person?.name ?? me.login;
  return (
    <MenuButton
      type="text"
      icon={<UserOutlined />}
      ariaLabel={t("me.menu", { name })}
      label={<span className="me-name">{name}</span>}
      head={
        <div className="me-who">
          <strong>{name}</strong>
          <span>{[me.department?.name, ...me.posts.map((p) => p.name)].filter(Boolean).join(" · ")}</span>
          <span>{me.roles.map(roleName).join(t("list.join"))}</span>
        </div>
      }
      items={[
        { key: "password", icon: <LockOutlined />, label: t("me.password") },
        { key: "totp", icon: <SafetyOutlined />, label: t("me.totp") },
        { key: "sessions", icon: <UserOutlined />, label: t("me.sessions") },
        { key: "help", icon: <QuestionCircleOutlined />, label: t("shortcut.title") },
        "line",
        { key: "out", icon: <LogoutOutlined />, label: t("me.signOut") },
      ]}
      onChoose={(key) => {
        if (key === "out") void signOut();
        else if (key === "help") onHelp();
        else void navigate({ to: "/me", search: { tab: key } });
      }}
    />
  );
}
