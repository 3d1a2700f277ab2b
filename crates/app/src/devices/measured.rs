//! Measured values against the limits of their parameter set (B 6.2.1 (3)): one that leaves them raises an alarm that somebody answers.
//!
//! Values within their limits leave no record. While an alarm of the same parameter waits for its answer, further values raise no second one.
//! The answer never tells a limit: whether there was an alarm is said to those only who may read the set.

use std::sync::Arc;

use jingui_kinds::{act::Facts, record::Record, validate::decimal};
use jingui_model::{Class, Data, Id, Instant, Lang, Problem, Protection};
use jingui_policy::Action;
use serde_json::{Value, json};

use super::{Reported, few, nothing_but_denied, short};
use crate::{
    live::Live,
    pipeline::Command,
    refusal,
    world::{World, caller::Caller},
};

const SET: &str = "parameter_set";
const DEVIATION: &str = "deviation";
/// Digits behind the point that are compared.
const EXACT: u8 = 9;
/// Digits behind the point that a record keeps.
const KEPT: u8 = 4;

/// A value that a machine measured.
#[derive(Debug, Clone)]
pub struct Reading {
    /// Number of the parameter set.
    pub set: String,
    /// Name of the parameter.
    pub parameter: String,
    /// The value, a decimal.
    pub value: String,
    /// When.
    pub at: Instant,
    /// Number of the equipment.
    pub equipment: Option<String>,
}

/// Out of which limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Beyond {
    Low,
    High,
}

/// What a reading comes to.
enum Judged {
    Within,
    /// An alarm of it waits already.
    Waiting,
    Alarm(Data),
}

impl Live {
    /// Compares measured values with their limits and raises alarms; says of each what became of it.
    ///
    /// # Errors
    /// `device.too_many`; `store.*`.
    pub async fn readings(self: &Arc<Self>, caller: &Caller, all: &[Reading], lang: Lang) -> Result<Vec<Reported>, Problem> {
        few(all.len())?;
        let (mut answers, mut denied) = (vec![], vec![]);
        for reading in all {
            answers.push(match self.judge(caller, reading) {
                Err(problem) => {
                    let refused = self.refusal(&problem, lang);
                    denied.push(problem);
                    refused
                }
                Ok((_, Judged::Within)) => Reported::of("taken", None),
                Ok((tells, Judged::Waiting)) => Reported::of(if tells { "known" } else { "taken" }, None),
                Ok((tells, Judged::Alarm(data))) => match self.pipeline.change(Command::create(&caller.on_behalf(), DEVIATION, data)).await
                {
                    Ok(made) if tells => Reported::of("alarm", Some(made.record.id)),
                    Ok(_) => Reported::of("taken", None),
                    Err(problem) if matches!(problem.class(), Class::Internal | Class::Unavailable) => return Err(problem),
                    Err(problem) => self.refusal(&problem, lang),
                },
            });
        }
        nothing_but_denied(all.len(), denied)?;
        Ok(answers)
    }

    /// What a reading comes to, and whether the caller may be told.
    fn judge(&self, caller: &Caller, reading: &Reading) -> Result<(bool, Judged), Problem> {
        self.in_time(reading.at)?;
        let value = exact(&reading.value).ok_or_else(|| Problem::invalid("field.decimal").at("value").arg("scale", EXACT))?;
        let world = self.world.read();
        let set = world.numbered(SET, reading.set.trim()).and_then(|id| world.record(id).ok());
        let kind = world.kind(DEVIATION)?;
        let department = set.as_ref().and_then(|s| s.one("department"));
        let ruling = world.rule(caller, Action::Create, &world.target_of_kind(caller, kind, department, Protection::None));
        if !ruling.allowed {
            return Err(refusal::denied(Action::Create, &ruling));
        }
        let unknown = || Problem::invalid("device.set_unknown").at("set").arg("set", short(&reading.set));
        let set = set.filter(|s| matches!(s.state.as_str(), "in_use" | "changing")).ok_or_else(unknown)?;
        let rows = set.data.get("parameters").and_then(Value::as_array);
        let named = |row: &&Value| row.get("name").and_then(Value::as_str).is_some_and(|n| n.trim() == reading.parameter.trim());
        // A device that may not read the set does not learn which parameters it has.
        let row = rows.into_iter().flatten().find(named).ok_or_else(unknown)?;
        let tells = world.rule(caller, Action::Read, &world.target(caller, world.kind(SET)?, &set)).allowed;
        let limit = |name: &str| row.get(name).and_then(Value::as_str).and_then(exact);
        let Some(beyond) = beyond(value, limit("low"), limit("high")) else { return Ok((tells, Judged::Within)) };
        let equipment = reading.equipment.as_deref().map(str::trim).filter(|n| !n.is_empty());
        let equipment = match equipment {
            None => None,
            Some(number) => {
                let unknown = || Problem::invalid("device.equipment_unknown").at("equipment").arg("equipment", short(number));
                Some(world.numbered("equipment", number).ok_or_else(unknown)?)
            }
        };
        if waits(&world, &set, &reading.parameter, equipment)? {
            return Ok((tells, Judged::Waiting));
        }
        Ok((tells, Judged::Alarm(self.alarm(&world, &set, reading, equipment, beyond)?)))
    }

    fn alarm(&self, world: &World, set: &Record, reading: &Reading, equipment: Option<Id>, beyond: Beyond) -> Result<Data, Problem> {
        let code = match beyond {
            Beyond::Low => "device.below",
            Beyond::High => "device.above",
        };
        let parameter: String = reading.parameter.trim().chars().take(80).collect();
        let answerer = answerer(world, set, equipment).ok_or_else(|| Problem::conflict("device.nobody_answers").at("set"))?;
        let wall = world.zone().wall(reading.at);
        let mut data = Data::from([
            ("name".to_owned(), json!(self.messages.fill(code, &[("parameter".into(), parameter.clone())], Lang::Zh))),
            ("parameter_set".to_owned(), json!(set.id)),
            ("parameter".to_owned(), json!(parameter)),
            ("measured".to_owned(), json!(rounded(&reading.value)?)),
            ("happened_on".to_owned(), json!(reading.at.day(world.zone()))),
            ("time".to_owned(), json!(wall.split_once(' ').map_or("", |(_, time)| time))),
            ("answerer".to_owned(), json!(answerer)),
        ]);
        for field in ["grade", "department"] {
            data.extend(set.data.get(field).map(|v| (field.to_owned(), v.clone())));
        }
        data.extend(equipment.map(|e| ("equipment".to_owned(), json!(e))));
        Ok(data)
    }
}

/// Does an alarm of the same parameter wait for its answer?
fn waits(world: &World, set: &Record, parameter: &str, equipment: Option<Id>) -> Result<bool, Problem> {
    let table = world.table(DEVIATION)?;
    for row in world.pointing(DEVIATION, "parameter_set", set.id).iter().rev().filter_map(|r| table.row(r)) {
        let record = row.record()?;
        if record.state == "alarm"
            && record.text("parameter").map(str::trim) == Some(parameter.trim())
            && record.one("equipment") == equipment
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Who is asked: the person in charge of the equipment, or one of those who may change the set, or the head of its department.
fn answerer(world: &World, set: &Record, equipment: Option<Id>) -> Option<Id> {
    use jingui_kinds::people::ids;
    let of = |id: Option<Id>, field: &str| id.and_then(|id| world.record(id).ok()).map(|r| ids(r.data.get(field))).unwrap_or_default();
    let in_charge = of(equipment, "responsible").into_iter();
    let asked = in_charge.chain(ids(set.data.get("editors"))).chain(of(set.one("department"), "heads"));
    asked.into_iter().find(|id| world.record(*id).is_ok_and(|p| p.state == "active"))
}

fn beyond(value: i128, low: Option<i128>, high: Option<i128>) -> Option<Beyond> {
    if low.is_some_and(|l| value < l) {
        return Some(Beyond::Low);
    }
    high.filter(|h| value > *h).map(|_| Beyond::High)
}

/// A decimal as a whole number of billionths; nothing is rounded.
fn exact(text: &str) -> Option<i128> {
    decimal(text, EXACT).ok()?.replace('.', "").parse().ok()
}

/// As a record keeps it, cut behind the last digit that it has: what left its limits is compared before, not after.
fn rounded(text: &str) -> Result<String, Problem> {
    let full = decimal(text, EXACT)?;
    let cut = full
        .split_once('.')
        .map_or(full.clone(), |(whole, rest)| format!("{whole}.{}", rest.chars().take(usize::from(KEPT)).collect::<String>()));
    decimal(&cut, KEPT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b_6_2_1_limits_belong_to_what_is_allowed_and_nothing_is_rounded() {
        let at = |v: &str| beyond(exact(v).unwrap(), exact("175"), exact("185.0000"));
        assert_eq!(at("175"), None);
        assert_eq!(at("185"), None);
        assert_eq!(at("185.000000001"), Some(Beyond::High));
        assert_eq!(at("174.999999999"), Some(Beyond::Low));
        assert_eq!(at("-180"), Some(Beyond::Low));
        assert_eq!(beyond(exact("-0.5").unwrap(), exact("-0.6"), exact("-0.4")), None);
        assert_eq!(exact("1e3"), None);
    }

    #[test]
    fn a_record_keeps_four_digits() {
        assert_eq!(rounded("185.000012345").unwrap(), "185.0000");
        assert_eq!(rounded("-3").unwrap(), "-3.0000");
    }
}
