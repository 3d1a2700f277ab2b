//! How many graphics states a page leaves open (ISO 32000-1 §8.4.2): each must be closed before something is drawn upright on top of it.

use lopdf::{Document, Object};

use crate::Limits;

/// States that one page may leave open; more is an attack and is not followed.
const MOST: usize = 256;

/// Of the content streams of a page, joined as readers join them.
pub fn left_open(document: &Document, contents: &[Object], limits: &Limits) -> usize {
    let max = usize::try_from(limits.max_unpacked).unwrap_or(usize::MAX).min(256 << 20);
    let mut all = Vec::new();
    for object in contents {
        let Ok((_, Object::Stream(stream))) = document.dereference(object) else { continue };
        // A content that cannot be unpacked is shown by no reader either.
        if let Ok(plain) = stream.get_plain_content_with_limit(max.saturating_sub(all.len())) {
            all.extend_from_slice(&plain);
            all.push(b'\n');
        }
    }
    count(&all).min(MOST)
}

fn is_space(b: u8) -> bool {
    matches!(b, 0 | 9 | 10 | 12 | 13 | 32)
}

/// Walks over the operators; strings, comments and inline pictures are passed over.
fn count(content: &[u8]) -> usize {
    let (mut open, mut at) = (0_usize, 0);
    while let Some(&b) = content.get(at) {
        match b {
            b'(' => at = string(content, at),
            b'%' => at += content.get(at..).and_then(|r| r.iter().position(|b| matches!(b, 10 | 13))).unwrap_or(content.len()),
            b if is_space(b) || b"<>[]{})".contains(&b) => at += 1,
            _ => {
                let rest = content.get(at..).unwrap_or_default();
                // A name begins with a slash and goes on to the next delimiter.
                let inner = rest.get(1..).unwrap_or_default();
                let length = 1 + inner.iter().position(|b| is_space(*b) || b"()<>[]{}/%".contains(b)).unwrap_or(inner.len());
                match rest.get(..length) {
                    Some(b"q") => open += 1,
                    Some(b"Q") => open = open.saturating_sub(1),
                    Some(b"ID") => {
                        at = picture(content, at + length);
                        continue;
                    }
                    _ => {}
                }
                at += length;
            }
        }
    }
    open
}

/// Behind a string in parentheses.
fn string(content: &[u8], from: usize) -> usize {
    let (mut depth, mut at) = (0_usize, from);
    while let Some(&b) = content.get(at) {
        at += 1;
        match b {
            b'\\' => at += 1,
            b'(' => depth += 1,
            b')' => {
                depth -= 1;
                if depth == 0 {
                    break;
                }
            }
            _ => {}
        }
    }
    at
}

/// Behind the `EI` of an inline picture: between white space, as all writers put it.
fn picture(content: &[u8], from: usize) -> usize {
    let rest = content.get(from..).unwrap_or_default();
    let end = rest.windows(4).position(|w| matches!(w, [a, b'E', b'I', z] if is_space(*a) && is_space(*z)));
    end.map_or(content.len(), |at| from + at + 3)
}

#[cfg(test)]
mod tests {
    use super::count;

    #[test]
    fn states_left_open_are_counted_operators_only() {
        assert_eq!(count(b"q 1 0 0 1 0 0 cm Q"), 0);
        assert_eq!(count(b"q q (q \\) q (q) ) Tj Q %q q\n/q gs"), 1);
        assert_eq!(count(b"Q q"), 1);
        assert_eq!(count(b"q BI /W 1 ID q q q EI Q"), 0);
        assert_eq!(count(b"q("), 1);
        assert_eq!(count(b"[(a)q]q"), 2);
    }
}
