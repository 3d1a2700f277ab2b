//! Words on a page and where they stand: for searching within a document.
//!
//! Compared is what a reader sees: capitals, full and half width are one (Unicode NFKC), and blanks do not count, since a line of Chinese
//! ends anywhere.

use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroize;

/// A place on a page, in shares of its width and height, from above left.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rect {
    /// From the left.
    pub x: f32,
    /// From above.
    pub y: f32,
    /// Across.
    pub width: f32,
    /// Down.
    pub height: f32,
}

impl Rect {
    /// Do they stand on one line, beside each other?
    fn beside(&self, other: &Self) -> bool {
        let shared = (self.y + self.height).min(other.y + other.height) - self.y.max(other.y);
        let gap = other.x - (self.x + self.width);
        shared > 0.5 * self.height.min(other.height) && gap > -0.5 * self.width && gap < 0.12
    }

    fn with(&self, other: &Self) -> Self {
        let (x, y) = (self.x.min(other.x), self.y.min(other.y));
        let right = (self.x + self.width).max(other.x + other.width);
        let low = (self.y + self.height).max(other.y + other.height);
        Self { x, y, width: right - x, height: low - y }
    }
}

/// What one sign on a page says.
#[derive(Debug, Clone)]
pub struct Letter {
    /// One character mostly.
    pub text: String,
    /// Where.
    pub place: Rect,
}

/// The signs of a page in the order in which they are drawn. Wiped when dropped.
#[derive(Debug, Clone, Default)]
pub struct PageText {
    /// Each sign.
    pub letters: Vec<Letter>,
}

impl Drop for PageText {
    fn drop(&mut self) {
        for letter in &mut self.letters {
            letter.text.zeroize();
        }
    }
}

/// A place where the words stand: one rectangle for each line that they run over.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// Its lines.
    pub lines: Vec<Rect>,
}

fn plain(text: &str) -> impl Iterator<Item = char> + '_ {
    text.nfkc().flat_map(char::to_lowercase).filter(|c| !c.is_whitespace())
}

impl PageText {
    /// Bytes that it takes.
    #[must_use]
    pub fn weight(&self) -> usize {
        self.letters.len() * (size_of::<Letter>() + 8)
    }

    /// What the page says, without blanks.
    #[must_use]
    pub fn said(&self) -> String {
        self.letters.iter().flat_map(|l| plain(&l.text)).collect()
    }

    /// Where words stand; at most `most` places.
    #[must_use]
    pub fn find(&self, words: &str, most: usize) -> Vec<Hit> {
        let wanted: Vec<char> = plain(words).collect();
        let Some(first) = wanted.first() else { return vec![] };
        let all: Vec<(char, usize)> =
            self.letters.iter().enumerate().flat_map(|(n, l)| plain(&l.text).map(move |c| (c, n)).collect::<Vec<_>>()).collect();
        let (mut hits, mut at) = (vec![], 0);
        while let Some(rest) = all.get(at..)
            && hits.len() < most
        {
            let Some(found) = rest.iter().position(|(c, _)| c == first) else { break };
            let here = rest.get(found..found + wanted.len()).unwrap_or_default();
            if here.len() == wanted.len() && here.iter().map(|(c, _)| c).eq(&wanted) {
                hits.push(self.hit(here));
                at += found + wanted.len();
            } else {
                at += found + 1;
            }
        }
        hits
    }

    fn hit(&self, here: &[(char, usize)]) -> Hit {
        let mut lines: Vec<Rect> = vec![];
        for place in here.iter().filter_map(|(_, n)| self.letters.get(*n)).map(|l| l.place) {
            match lines.last_mut() {
                Some(last) if *last == place || last.beside(&place) => *last = last.with(&place),
                _ => lines.push(place),
            }
        }
        Hit { lines }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(lines: &[&str]) -> PageText {
        let mut letters = vec![];
        for (row, line) in lines.iter().enumerate() {
            for (column, c) in line.chars().enumerate() {
                let place = Rect { x: 0.1 + 0.02 * column as f32, y: 0.1 * (row + 1) as f32, width: 0.02, height: 0.02 };
                letters.push(Letter { text: c.to_string(), place });
            }
        }
        PageText { letters }
    }

    #[test]
    fn words_are_found_over_the_end_of_a_line_whatever_their_width_and_case() {
        let page = page(&["热处理 工", "艺 ＡＢＣ", "abc"]);
        let hits = page.find("工艺", 10);
        assert_eq!(hits.len(), 1);
        assert_eq!(hits[0].lines.len(), 2, "one rectangle on each line");
        let hits = page.find("abc", 10);
        assert_eq!(hits.len(), 2);
        assert_eq!(hits[0].lines.len(), 1);
        assert!((hits[0].lines[0].width - 0.06).abs() < 1e-5);
        assert_eq!(page.find("abc", 1).len(), 1);
        assert!(page.find("  ", 10).is_empty() && page.find("abcd", 10).is_empty());
    }

    #[test]
    fn words_that_begin_like_themselves_are_found() {
        assert_eq!(page(&["aaab"]).find("aab", 10).len(), 1);
        assert_eq!(page(&["aaaa"]).find("aa", 10).len(), 2);
    }
}
