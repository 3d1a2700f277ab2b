//! Sheets of custodians on their way to unlocking: each types the own at the own screen, or one after the other; they are kept in memory
//! only, for a quarter of an hour.
//!
//! How many are missing is said, and what is visibly wrong with a text; never which sheet was false. Whoever knows no sheet cannot disturb
//! a set, because its name is random and stands on the sheets only.

use jingui_model::{Instant, Problem};
use jingui_vault::{Unlock, share_paper::Sheet};
use parking_lot::Mutex;
use zeroize::Zeroizing;

use crate::node::Node;

/// Seconds for which a sheet is kept.
const KEPT: i64 = 15 * 60;
/// Most sheets that are kept: a few sets of the largest sort.
const MOST: usize = 64;

struct Kept {
    sheet: Sheet,
    text: Zeroizing<String>,
    until: Instant,
}

/// What has been typed so far.
#[derive(Default)]
pub struct Gathering(Mutex<Vec<Kept>>);

enum Gathered {
    Missing(usize),
    All(Zeroizing<String>),
}

impl Gathering {
    fn add(&self, text: &str, now: Instant) -> Result<Gathered, Problem> {
        let lines: Vec<&str> = text.lines().filter(|l| !l.trim().is_empty()).take(MOST).collect();
        let sheets = lines.iter().map(|l| Sheet::read(l)).collect::<Result<Vec<_>, _>>()?;
        let Some(last) = sheets.last().map(|s| (s.set, usize::from(s.need))) else {
            return Err(Problem::invalid("field.required").at("value"));
        };
        let mut kept = self.0.lock();
        kept.retain(|k| k.until > now);
        for (sheet, line) in sheets.into_iter().zip(lines) {
            kept.retain(|k| k.sheet.set != sheet.set || k.sheet.share.number() != sheet.share.number());
            if kept.len() >= MOST {
                kept.remove(0);
            }
            kept.push(Kept { sheet, text: Zeroizing::new(line.to_owned()), until: now.plus_seconds(KEPT) });
        }
        let mine: Vec<&Kept> = kept.iter().filter(|k| k.sheet.set == last.0).collect();
        if mine.len() < last.1 {
            return Ok(Gathered::Missing(last.1 - mine.len()));
        }
        let all = Zeroizing::new(mine.iter().map(|k| k.text.as_str()).collect::<Vec<_>>().join("\n"));
        kept.retain(|k| k.sheet.set != last.0);
        Ok(Gathered::All(all))
    }
}

impl Node {
    /// Takes sheets, one to a line; unseals with the last that is needed. Says how many are still missing.
    ///
    /// # Errors
    /// What is visibly wrong with a sheet (`vault.recovery_*`, `vault.share_malformed`); as [`Node::unseal`], after which all have to be typed again.
    pub async fn unseal_by_sheets(self: &std::sync::Arc<Self>, text: &str) -> Result<usize, Problem> {
        match self.gathering.add(text, self.clock.now())? {
            Gathered::Missing(missing) => Ok(missing),
            Gathered::All(sheets) => self.unseal(Unlock::Shares(&sheets)).await.map(|()| 0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jingui_model::rng::SeededRng;
    use jingui_vault::share_paper::generate_sheets;

    fn missing(gathering: &Gathering, text: &str, minute: i64) -> Option<usize> {
        match gathering.add(text, Instant::from_micros(minute * 60_000_000)).unwrap() {
            Gathered::Missing(n) => Some(n),
            Gathered::All(_) => None,
        }
    }

    #[test]
    fn sheets_are_kept_a_quarter_of_an_hour_and_sets_do_not_disturb_each_other() {
        let rng = SeededRng::new(1);
        let (one, two) = (generate_sheets(3, 5, &rng).unwrap(), generate_sheets(2, 2, &rng).unwrap());
        let (one, two): (Vec<&str>, Vec<&str>) = (one.lines().collect(), two.lines().collect());
        let g = Gathering::default();
        assert_eq!(missing(&g, one[0], 0), Some(2));
        assert_eq!(missing(&g, one[0], 1), Some(2), "the same sheet twice is one");
        assert_eq!(missing(&g, two[1], 2), Some(1));
        assert_eq!(missing(&g, one[4], 3), Some(1));
        assert_eq!(missing(&g, one[2], 17), Some(1), "the first is too old by now");
        assert_eq!(missing(&g, one[1], 17), None);
        assert_eq!(missing(&g, one[0], 17), Some(2), "afterwards nothing is kept");
        assert_eq!(missing(&Gathering::default(), &two.join("\n"), 0), None, "all of them at one screen");
    }
}
