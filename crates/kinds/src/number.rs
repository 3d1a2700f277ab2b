//! Numbers of records: `SM-{yyyy}-{dept}-{seq:4}` becomes a series (`SM-2026-RD-{seq:4}`) from which
//! the store draws the next sequence number, and then the number itself.

use std::fmt::Write as _;

use jingui_model::Day;

/// A piece of a pattern.
enum Part<'a> {
    Plain(&'a str),
    Year,
    Month,
    Department,
    Sequence(usize),
}

/// Is the pattern well formed? Exactly one `{seq:N}` with N from 1 to 9, known names, no stray brace.
#[must_use]
pub fn well_formed(pattern: &str) -> bool {
    parts(pattern).is_some_and(|parts| parts.iter().filter(|p| matches!(p, Part::Sequence(_))).count() == 1 && pattern.len() <= 60)
}

/// The series to draw from: the pattern with everything filled in but the sequence.
///
/// An absent department code leaves its place, and one dash before it, out.
#[must_use]
pub fn series(pattern: &str, day: Day, department: Option<&str>) -> String {
    write(pattern, day, department, None)
}

/// The number: what [`series`] made of a pattern, with the sequence number in its place.
#[must_use]
pub fn fill(series: &str, day: Day, sequence: u64) -> String {
    write(series, day, None, Some(sequence))
}

fn write(pattern: &str, day: Day, department: Option<&str>, sequence: Option<u64>) -> String {
    let (year, month, _) = day.parts();
    let mut out = String::new();
    for part in parts(pattern).unwrap_or_default() {
        let _ = match part {
            Part::Plain(text) => write!(out, "{text}"),
            Part::Year => write!(out, "{year:04}"),
            Part::Month => write!(out, "{month:02}"),
            Part::Department => match department.filter(|d| !d.is_empty()) {
                Some(code) => write!(out, "{code}"),
                None => {
                    if out.ends_with('-') {
                        out.pop();
                    }
                    Ok(())
                }
            },
            Part::Sequence(width) => match sequence {
                Some(n) => write!(out, "{n:0width$}"),
                None => write!(out, "{{seq:{width}}}"),
            },
        };
    }
    out
}

fn parts(pattern: &str) -> Option<Vec<Part<'_>>> {
    let mut out = vec![];
    let mut rest = pattern;
    while let Some(open) = rest.find('{') {
        let (plain, tail) = rest.split_at(open);
        let close = tail.find('}')?;
        let name = tail.get(1..close)?;
        if plain.contains('}') {
            return None;
        }
        if !plain.is_empty() {
            out.push(Part::Plain(plain));
        }
        out.push(match name {
            "yyyy" => Part::Year,
            "mm" => Part::Month,
            "dept" => Part::Department,
            _ => {
                let width = name.strip_prefix("seq:")?.parse::<usize>().ok()?;
                if !(1..=9).contains(&width) {
                    return None;
                }
                Part::Sequence(width)
            }
        });
        rest = tail.get(close + 1..)?;
    }
    if rest.contains('}') {
        return None;
    }
    if !rest.is_empty() {
        out.push(Part::Plain(rest));
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_the_pattern_with_its_places_filled() {
        let day: Day = "2026-03-09".parse().unwrap();
        let pattern = "SM-{yyyy}{mm}-{dept}-{seq:4}";
        assert_eq!(series(pattern, day, Some("RD")), "SM-202603-RD-{seq:4}");
        assert_eq!(fill(&series(pattern, day, Some("RD")), day, 7), "SM-202603-RD-0007");
        assert_eq!(fill(&series(pattern, day, Some("RD")), day, 12_345), "SM-202603-RD-12345");
        assert_eq!(fill(pattern, day, 7), "SM-202603-0007");
    }

    #[test]
    fn patterns_are_checked() {
        for good in ["{seq:1}", "A-{yyyy}-{seq:4}", "{dept}{seq:3}"] {
            assert!(well_formed(good), "{good}");
        }
        for bad in ["", "A", "{seq}", "{seq:0}", "{seq:x}", "{yyy}-{seq:2}", "{seq:2", "seq:2}", "{seq:2}{seq:2}", "{{seq:2}"] {
            assert!(!well_formed(bad), "{bad}");
        }
    }
}
