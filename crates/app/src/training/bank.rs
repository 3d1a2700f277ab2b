//! Drawing questions and marking answers: pure (B 5.1.1; H 12.1).
//!
//! What was drawn is kept as it was, with its right answers: a question that is reworked later changes no exam.

use std::collections::{BTreeMap, BTreeSet};

use jingui_kinds::record::Record;
use jingui_model::{Data, Id, Problem, Rng};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The sort of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = QuestionSort))]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// One answer is right.
    Single,
    /// Several may be right; all of them must be chosen and no other.
    Multiple,
    /// `a`: true, `b`: false.
    Judgement,
}

/// A question as it was drawn; a row of the sitting's paper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drawn {
    /// The question.
    pub question: Id,
    /// Its version then.
    pub revision: u64,
    /// Its text then.
    pub text: String,
    /// Its sort.
    #[serde(rename = "type")]
    pub sort: Sort,
    /// Its options, one on each line: code, tab, text. None for true or false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub options: Option<String>,
    /// Codes of the right answers, run together.
    pub right: String,
    /// What it counts.
    pub points: u32,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explanation: Option<String>,
}

impl Drawn {
    /// A question in use, as it stands now; nothing for one that could not be answered.
    #[must_use]
    pub fn of(record: &Record) -> Option<Self> {
        let text = |name: &str| record.data.get(name).and_then(Value::as_str).map(str::to_owned);
        let sort: Sort = serde_json::from_value(record.data.get("type")?.clone()).ok()?;
        let right: String = record.data.get("right")?.as_array()?.iter().filter_map(Value::as_str).collect();
        let mut options = vec![];
        for code in ['a', 'b', 'c', 'd', 'e', 'f'] {
            options.extend(text(&format!("option_{code}")).map(|option| format!("{code}\t{option}")));
        }
        let options = (sort != Sort::Judgement).then(|| options.join("\n"));
        let points = record.data.get("points").and_then(Value::as_u64).and_then(|p| u32::try_from(p).ok()).unwrap_or(1);
        (!right.is_empty()).then_some(Self {
            question: record.id,
            revision: record.version,
            text: text("text")?,
            sort,
            options,
            right,
            points,
            explanation: text("explanation"),
        })
    }

    /// Codes and texts of the options, in order.
    #[must_use]
    pub fn choices(&self) -> Vec<(String, String)> {
        let lines = self.options.as_deref().unwrap_or_default().lines();
        lines.filter_map(|line| line.split_once('\t')).map(|(code, text)| (code.to_owned(), text.to_owned())).collect()
    }

    /// Could these codes be chosen?
    #[must_use]
    pub fn takes(&self, chosen: &BTreeSet<char>) -> bool {
        let known: BTreeSet<char> = match self.sort {
            Sort::Judgement => BTreeSet::from(['a', 'b']),
            Sort::Single | Sort::Multiple => self.choices().iter().filter_map(|(code, _)| code.chars().next()).collect(),
        };
        chosen.is_subset(&known) && (self.sort == Sort::Multiple || chosen.len() <= 1)
    }
}

/// Answers by place, from 1: the codes chosen, run together in their order.
pub type Answers = BTreeMap<u32, String>;

/// A whole number below `bound`, each equally likely.
fn below(bound: u64, rng: &dyn Rng) -> u64 {
    // What lies beyond the last whole multiple would favour small numbers: it is drawn again.
    let limit = u64::MAX - u64::MAX % bound.max(1);
    loop {
        let drawn = u64::from_le_bytes(rng.array());
        if drawn < limit {
            return drawn % bound.max(1);
        }
    }
}

/// Draws `count` different questions in random order.
///
/// # Errors
/// `exam.bank_small` when the bank has fewer.
pub fn draw(mut bank: Vec<Drawn>, count: usize, rng: &dyn Rng) -> Result<Vec<Drawn>, Problem> {
    if bank.len() < count {
        return Err(Problem::conflict("exam.bank_small").arg("have", bank.len()).arg("want", count));
    }
    let mut paper = Vec::with_capacity(count);
    for _ in 0..count {
        let at = usize::try_from(below(bank.len() as u64, rng)).unwrap_or(0);
        if at < bank.len() {
            paper.push(bank.swap_remove(at));
        }
    }
    Ok(paper)
}

/// What an exam is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marked {
    /// Share of the points in hundredths, rounded down: who is just below the pass mark has not passed.
    pub score: u32,
    /// Question by question.
    pub right: Vec<bool>,
}

/// Marks answers: a question counts when exactly the right ones were chosen.
#[must_use]
pub fn mark(paper: &[Drawn], answers: &Answers) -> Marked {
    let codes = |text: &str| text.chars().collect::<BTreeSet<char>>();
    let (mut got, mut all, mut right) = (0_u64, 0_u64, Vec::with_capacity(paper.len()));
    for (place, drawn) in (1_u32..).zip(paper) {
        let correct = answers.get(&place).is_some_and(|chosen| !chosen.is_empty() && codes(chosen) == codes(&drawn.right));
        all = all.saturating_add(u64::from(drawn.points));
        got = got.saturating_add(if correct { u64::from(drawn.points) } else { 0 });
        right.push(correct);
    }
    let score = got.saturating_mul(100).checked_div(all).unwrap_or(0);
    Marked { score: u32::try_from(score).unwrap_or(0), right }
}

/// The paper that a sitting keeps.
#[must_use]
pub fn paper_of(sitting: &Record) -> Vec<Drawn> {
    sitting.data.get("paper").and_then(|p| serde_json::from_value(p.clone()).ok()).unwrap_or_default()
}

/// The answers that a sitting keeps.
#[must_use]
pub fn answers_of(sitting: &Record) -> Answers {
    let one = |row: &Value| {
        let place = row.get("place")?.as_u64().and_then(|p| u32::try_from(p).ok())?;
        Some((place, row.get("chosen")?.as_str()?.to_owned()))
    };
    sitting.data.get("answers").and_then(Value::as_array).into_iter().flatten().filter_map(one).collect()
}

/// Answers as the sitting's rows.
#[must_use]
pub fn answer_rows(answers: &Answers) -> Data {
    let rows: Vec<Value> = answers.iter().filter(|(_, c)| !c.is_empty()).map(|(p, c)| json!({ "place": p, "chosen": c })).collect();
    Data::from([("answers".to_owned(), if rows.is_empty() { Value::Null } else { Value::Array(rows) })])
}

#[cfg(test)]
mod tests {
    use jingui_model::rng::SeededRng;
    use proptest::prelude::*;

    use super::*;

    fn question(n: u32, sort: Sort, right: &str, points: u32) -> Drawn {
        Drawn {
            question: Id::from_bytes(u128::from(n).to_be_bytes()),
            revision: 1,
            text: format!("第 {n} 题"),
            sort,
            options: (sort != Sort::Judgement).then(|| "a\t甲\nb\t乙\nc\t丙".to_owned()),
            right: right.to_owned(),
            points,
            explanation: None,
        }
    }

    proptest! {
        /// H 12.1: as many as asked for, none twice, each from the bank, the same for the same dice.
        #[test]
        fn what_is_drawn_is_different_questions_of_the_bank(size in 1_u32..60, part in 0_u32..60, seed: u64) {
            let bank: Vec<_> = (0..size).map(|n| question(n, Sort::Single, "a", 5)).collect();
            let count = part.min(size) as usize;
            let paper = draw(bank.clone(), count, &SeededRng::new(seed)).unwrap();
            let ids: BTreeSet<Id> = paper.iter().map(|d| d.question).collect();
            prop_assert_eq!((paper.len(), ids.len()), (count, count));
            prop_assert!(paper.iter().all(|d| bank.contains(d)));
            prop_assert_eq!(draw(bank, count, &SeededRng::new(seed)).unwrap(), paper);
        }

        /// Whatever is answered: never above 100, and 100 only when all is right.
        #[test]
        fn a_score_is_full_only_when_all_is_right(answers in prop::collection::btree_map(1_u32..8, "[a-d]{0,4}", 0..8)) {
            let paper = [question(1, Sort::Single, "a", 5), question(2, Sort::Multiple, "ac", 10), question(3, Sort::Judgement, "b", 1)];
            let marked = mark(&paper, &answers);
            prop_assert!(marked.score <= 100);
            prop_assert_eq!(marked.score == 100, marked.right.iter().all(|r| *r));
        }
    }

    #[test]
    fn every_question_is_drawn_about_as_often_as_any_other() {
        let (rng, mut drawn) = (SeededRng::new(9), BTreeMap::<Id, u32>::new());
        for _ in 0..3_000 {
            let bank = (0..10).map(|n| question(n, Sort::Single, "a", 1)).collect();
            for one in draw(bank, 3, &rng).unwrap() {
                *drawn.entry(one.question).or_default() += 1;
            }
        }
        assert_eq!(drawn.len(), 10);
        assert!(drawn.values().all(|n| (750..1_050).contains(n)), "{drawn:?}");
    }

    #[test]
    fn a_bank_that_is_too_small_says_so() {
        assert_eq!(draw(vec![], 1, &SeededRng::new(1)).unwrap_err().code(), "exam.bank_small");
    }

    #[test]
    fn part_of_several_right_answers_counts_nothing_and_scores_are_rounded_down() {
        let paper = [question(1, Sort::Multiple, "ac", 1), question(2, Sort::Single, "b", 1), question(3, Sort::Judgement, "a", 1)];
        let marked = mark(&paper, &Answers::from([(1, "a".to_owned()), (2, "b".to_owned()), (3, "a".to_owned())]));
        assert_eq!((marked.score, marked.right), (66, vec![false, true, true]));
        assert_eq!(mark(&paper, &Answers::from([(1, "ca".to_owned())])).score, 33, "the order in which they were chosen does not matter");
        assert_eq!(mark(&[], &Answers::new()).score, 0);
    }

    #[test]
    fn one_answer_only_where_one_is_right_and_only_options_that_there_are() {
        let set = |text: &str| text.chars().collect();
        assert!(question(1, Sort::Multiple, "a", 1).takes(&set("abc")));
        assert!(!question(1, Sort::Single, "a", 1).takes(&set("ab")));
        assert!(!question(1, Sort::Single, "a", 1).takes(&set("d")));
        assert!(!question(1, Sort::Judgement, "a", 1).takes(&set("c")));
    }
}
