/**
 * Two languages, Chinese first; only the one in use is loaded. The words of the shell and the home page come first
 * (`locales`), those of all other pages with the first of them (`locales/pages`).
 */
import type { Locale } from "antd/es/locale";
import i18n from "i18next";
import { initReactI18next, useTranslation } from "react-i18next";
import type { Lang, Text } from "../api/types";

const KEY = "jingui.lang";
export const languages: Lang[] = ["zh-CN", "en"];

export function storedLang(): Lang {
  try {
    return localStorage.getItem(KEY) === "en" ? "en" : "zh-CN";
  } catch {
    return "zh-CN";
  }
}

const antdLocales: Partial<Record<Lang, Locale>> = {};
export const antdLocale = (lang: Lang): Locale | undefined => antdLocales[lang];

async function load(lang: Lang): Promise<void> {
  if (antdLocales[lang]) return;
  const pack = lang === "en" ? await import("./en") : await import("./zh");
  antdLocales[lang] = pack.antd;
  i18n.addResourceBundle(lang, "translation", pack.texts);
}

const paged = new Set<Lang>();
let pagesWanted = false;

async function loadPages(lang: Lang): Promise<void> {
  if (paged.has(lang)) return;
  const texts = lang === "en" ? await import("../locales/pages/en.json") : await import("../locales/pages/zh-CN.json");
  i18n.addResourceBundle(lang, "translation", texts.default);
  paged.add(lang);
}

/** A page's module together with the words of pages: it never shows before its words are there. */
export const worded =
  <M>(page: () => Promise<M>) =>
  async (): Promise<M> => {
    pagesWanted = true;
    const [module] = await Promise.all([page(), loadPages(langOf(i18n.language))]);
    return module;
  };

export async function setLang(lang: Lang): Promise<void> {
  await Promise.all([load(lang), pagesWanted && loadPages(lang)]);
  try {
    localStorage.setItem(KEY, lang);
  } catch {
    // private windows may refuse; the choice then lasts for this page only
  }
  document.documentElement.lang = lang;
  await i18n.changeLanguage(lang);
}

export async function startI18n(): Promise<void> {
  await i18n.use(initReactI18next).init({
    lng: storedLang(),
    resources: {},
    interpolation: { escapeValue: false },
    returnNull: false,
  });
  await setLang(storedLang());
}

export const langOf = (language: string): Lang => (language === "en" ? "en" : "zh-CN");
export const pick = (text: Text | null | undefined, lang: Lang): string =>
  text ? (lang === "en" ? text.en || text.zh : text.zh || text.en) : "";

/** The language in use, `t` for the console's words and `tr` for texts that the server sends in both. */
export function useLang() {
  const { t, i18n: instance } = useTranslation();
  const lang = langOf(instance.language);
  return { t, lang, tr: (text: Text | null | undefined) => pick(text, lang) };
}
