/** Colours and measures. A grade has one colour everywhere: cinnabar, amber, blue-grey. */
import type { ThemeConfig } from "antd";
import type { Protection, Tone } from "./api/types";

export const ink = "#22405f";

/** White text on each of them has a contrast of at least 4.5 to 1. */
export const gradeColor: Record<Protection, string> = {
  core: "#b92b1a",
  important: "#a55b00",
  general: "#526a80",
  none: "#62676c",
};

export const toneColor: Record<Tone, string> = {
  neutral: "#5a6169",
  active: "#1d5c99",
  waiting: "#8a5a00",
  good: "#236b3a",
  bad: "#a8261a",
  ended: "#62676c",
};

export const theme: ThemeConfig = {
  hashed: false,
  token: {
    // What cannot be changed has to be read all the same.
    colorTextDisabled: "#63635c",
    colorPrimary: ink,
    colorLink: "#1d5c99",
    colorInfo: "#1d5c99",
    colorSuccess: "#236b3a",
    colorWarning: "#8a5a00",
    colorError: "#a8261a",
    colorTextDescription: "#5a6169",
    colorTextTertiary: "#5f666d",
    colorTextPlaceholder: "#70777e",
    colorWarningBg: "#fbf6ea",
    colorWarningBorder: "#e6d6ae",
    colorErrorBg: "#fcf1ef",
    colorErrorBorder: "#ecc4be",
    colorSuccessBg: "#eef5ef",
    colorSuccessBorder: "#bcd8c3",
    colorInfoBg: "#eef3f8",
    colorInfoBorder: "#c6d6e6",
    colorBgLayout: "#f4f3ef",
    borderRadius: 4,
    fontSize: 14,
    wireframe: false,
    motionDurationMid: "0.12s",
    motionDurationSlow: "0.16s",
    fontFamily: "var(--font)",
    fontFamilyCode: 'ui-monospace, "SFMono-Regular", Consolas, "Noto Sans Mono CJK SC", monospace',
  },
  components: {
    Layout: { siderBg: "#ffffff", headerBg: "#ffffff", headerHeight: 52, headerPadding: "0 16px" },
    Menu: { itemHeight: 36, itemBorderRadius: 4, itemMarginBlock: 2, itemSelectedBg: "#e8edf3" },
    Table: { headerBg: "#f7f6f3", headerColor: "#444b52", cellPaddingBlock: 9, cellPaddingInline: 12, rowSelectedBg: "#eef3f8", rowSelectedHoverBg: "#e8edf3" },
    Tabs: { horizontalMargin: "0 0 16px 0" },
    Form: { itemMarginBottom: 18 },
  },
};
