//! Where a line of Chinese or mixed text may end, and how close punctuation stands.
//!
//! Follows GB/T 15834 (no closing mark at the start of a line, no opening mark at its end, dashes and ellipses in one
//! piece) and the W3C's "Requirements for Chinese Text Layout", 3.1 (half a character of blank is taken out where two
//! marks meet; a quarter between Chinese and Latin text). Latin words stay whole.

/// What a character is to a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// A space that may end a line.
    Space,
    /// Never at the end of a line.
    Open,
    /// Never at the start of a line.
    Close,
    /// Chinese, Japanese, Korean characters and symbols of their width.
    Ideograph,
    /// A letter or digit of a word.
    Word,
    /// Part of a word that may end a line.
    Hyphen,
    /// Stands on the character before it.
    Combining,
}

/// The class of a character.
pub fn class(c: char) -> Class {
    match c {
        ' ' | '\u{1680}' | '\u{2000}'..='\u{2006}' | '\u{2008}'..='\u{200a}' | '\u{205f}' => Class::Space,
        '(' | '[' | '{' | '（' | '［' | '｛' | '《' | '〈' | '「' | '『' | '【' | '〔' | '〖' | '“' | '‘' | '＄' | '￥' | '¥' | '￡'
        | '＃' => Class::Open,
        ')' | ']' | '}' | ',' | '.' | ';' | ':' | '!' | '?' | '%' | '‰' | '℃' | '°' => Class::Close,
        '）' | '］' | '｝' | '》' | '〉' | '」' | '』' | '】' | '〕' | '〗' | '”' | '’' => Class::Close,
        '，' | '。' | '、' | '．' | '：' | '；' | '！' | '？' | '％' | '…' | '—' | '～' | '·' | '・' | '／' | 'ー' | '々' | '〻' => {
            Class::Close
        }
        'ぁ' | 'ぃ' | 'ぅ' | 'ぇ' | 'ぉ' | 'っ' | 'ゃ' | 'ゅ' | 'ょ' | 'ァ' | 'ィ' | 'ゥ' | 'ェ' | 'ォ' | 'ッ' | 'ャ' | 'ュ' | 'ョ' => {
            Class::Close
        }
        '-' | '\u{2010}' | '–' | '/' => Class::Hyphen,
        '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}' | '\u{1f3fb}'..='\u{1f3ff}' => {
            Class::Combining
        }
        // Radicals, kana, ideographs, Hangul, compatibility and full-width forms, pictographs, and the planes above.
        '\u{2190}'..='\u{2bff}' | '\u{2e80}'..='\u{d7ff}' | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe4f}' | '\u{ff00}'..='\u{ffef}' => {
            Class::Ideograph
        }
        c if u32::from(c) >= 0x1_f000 => Class::Ideograph,
        _ => Class::Word,
    }
}

/// Whether a line may end between two characters.
pub fn may_break(before: char, after: char) -> bool {
    let (b, a) = (class(before), class(after));
    match (b, a) {
        (_, Class::Space | Class::Close | Class::Combining) | (Class::Open, _) => false,
        (Class::Space, _) => true,
        (Class::Ideograph, _) | (_, Class::Ideograph) => true,
        // “(2026)第5号” and “1,000.5”: Latin closing marks bind to what follows, Chinese ones do not.
        (Class::Close, _) => !before.is_ascii() && !matches!(before, '‰' | '℃' | '°' | '’' | '·'),
        (Class::Word | Class::Hyphen | Class::Combining, Class::Open) => !after.is_ascii() && !matches!(after, '‘' | '¥'),
        (Class::Hyphen, Class::Word) => !after.is_ascii_digit(),
        _ => false,
    }
}

/// A full-width mark whose left half is blank.
pub fn opens_full(c: char) -> bool {
    matches!(c, '（' | '［' | '｛' | '《' | '〈' | '「' | '『' | '【' | '〔' | '〖' | '“' | '‘')
}

/// A full-width mark whose right half is blank.
pub fn closes_full(c: char) -> bool {
    matches!(c, '）' | '］' | '｝' | '》' | '〉' | '」' | '』' | '】' | '〕' | '〗' | '”' | '’' | '，' | '。' | '、' | '．' | '：' | '；')
}

/// Half a character is taken out between these two.
pub fn squeeze(before: char, after: char) -> bool {
    (closes_full(before) && (closes_full(after) || opens_full(after))) || (opens_full(before) && opens_full(after))
}

/// A little space belongs between Chinese and Latin text that touch.
pub fn wants_gap(before: char, after: char) -> bool {
    let han = |c: char| matches!(c, '\u{2e80}'..='\u{2fdf}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}');
    let latin = |c: char| c.is_alphanumeric() && class(c) == Class::Word;
    (han(before) && (latin(after) || matches!(after, '(' | '[' | '+' | '-' | '¥' | '$')))
        || ((latin(before) || matches!(before, ')' | ']' | '%' | '+')) && han(after))
}

/// Marks that are full-width in Chinese and narrow in Latin text.
pub fn narrow_in_latin(c: char) -> bool {
    matches!(c, '“' | '”' | '‘' | '’' | '·')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &str) -> Vec<String> {
        let mut out = vec![String::new()];
        let mut before = None;
        for c in text.chars() {
            if before.is_some_and(|b| may_break(b, c)) {
                out.push(String::new());
            }
            if let Some(last) = out.last_mut() {
                last.push(c);
            }
            before = Some(c);
        }
        out
    }

    #[test]
    fn no_closing_mark_starts_a_line_and_no_opening_mark_ends_one() {
        // GB/T 15834, 5.1.
        assert_eq!(pieces("甲方（乙方）。见《通则》、「一」；"), ["甲", "方", "（乙", "方）。", "见", "《通", "则》、", "「一」；"]);
        for c in "。，、；：）》」！？】”’％…—".chars() {
            assert!(!may_break('字', c) && !may_break('a', c), "{c} starts a line");
        }
        for c in "（《「【“‘(".chars() {
            assert!(!may_break(c, '字') && !may_break(c, 'a'), "{c} ends a line");
        }
    }

    #[test]
    fn dashes_and_ellipses_stay_in_one_piece() {
        assert_eq!(pieces("密——点……完"), ["密——", "点……", "完"]);
    }

    #[test]
    fn latin_words_and_numbers_stay_whole() {
        assert_eq!(pieces("use of SHA-256 (hex) 1,000.5 km"), ["use ", "of ", "SHA-256 ", "(hex) ", "1,000.5 ", "km"]);
        assert_eq!(pieces("用SHA-256算ISO/IEC号"), ["用", "SHA-256", "算", "ISO/", "IEC", "号"]);
        assert_eq!(pieces("well-known"), ["well-", "known"]);
        assert_eq!(pieces("a\u{a0}b"), ["a\u{a0}b"]);
        assert_eq!(pieces("it’s 100%"), ["it’s ", "100%"]);
    }

    #[test]
    fn marks_that_meet_move_together() {
        assert!(squeeze('）', '。') && squeeze('》', '《') && squeeze('：', '“') && squeeze('（', '《'));
        assert!(!squeeze('。', '字') && !squeeze('字', '（') && !squeeze('（', '）'));
    }

    #[test]
    fn chinese_and_latin_keep_a_little_distance() {
        assert!(wants_gap('第', '3') && wants_gap('A', '类') && wants_gap('%', '的'));
        assert!(!wants_gap('，', 'A') && !wants_gap('第', '三') && !wants_gap('a', 'b') && !wants_gap(' ', '字'));
    }
}
