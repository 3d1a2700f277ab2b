//! Bilingual text. Chinese comes first; both are always present.

use serde::{Deserialize, Serialize};

/// The two languages of the product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
pub enum Lang {
    /// Simplified Chinese, the default.
    #[default]
    #[serde(rename = "zh-CN")]
    Zh,
    /// English.
    #[serde(rename = "en")]
    En,
}

impl Lang {
    /// The language that an `Accept-Language` header or a `LANG` variable asks for.
    /// Anything that does not ask for English first is answered in Chinese.
    #[must_use]
    pub fn preferred(header: &str) -> Self {
        let first = header.split([',', ';']).next().unwrap_or("").trim();
        if first.get(..2).is_some_and(|tag| tag.eq_ignore_ascii_case("en")) { Self::En } else { Self::Zh }
    }

    /// The BCP 47 tag.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Zh => "zh-CN",
            Self::En => "en",
        }
    }
}

/// A text in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Default, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Text {
    /// Simplified Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Text {
    /// Both languages at once.
    #[must_use]
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }

    /// The text in one language.
    #[must_use]
    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::Zh => &self.zh,
            Lang::En => &self.en,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_unless_english_is_asked_first() {
        assert_eq!(Lang::preferred("en-US,en;q=0.9"), Lang::En);
        assert_eq!(Lang::preferred("EN"), Lang::En);
        assert_eq!(Lang::preferred("zh-CN,en;q=0.5"), Lang::Zh);
        assert_eq!(Lang::preferred("é"), Lang::Zh);
        assert_eq!(Lang::preferred(""), Lang::Zh);
    }
}
