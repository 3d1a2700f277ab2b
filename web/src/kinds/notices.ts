/** The choice of notices between form and wire: the default channel is no channel, an empty address none. */
import type { NoticePreference, NoticeSettings } from "../api/types";

/** Stands for the channel of those who chose none. */
export const DEFAULT = "-";

export type NoticeForm = Omit<NoticePreference, "channel" | "address"> & { channel: string; address: string };

export const preferenceOf = ({ channel, address, ...rest }: NoticeForm): NoticePreference => ({
  ...rest,
  channel: channel === DEFAULT ? null : channel,
  address: address.trim() || null,
});

/** Only what changed is sent: each setting has its own keeper. */
export const changedNotices = (before: NoticeSettings, now: NoticeSettings): Partial<NoticeSettings> =>
  Object.fromEntries(Object.entries(now).filter(([key, value]) => value !== (before[key as keyof NoticeSettings] ?? "")));
