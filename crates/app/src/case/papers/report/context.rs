//! Whether the system was sound: entries about health, clock, back-ups, keys (民事证据规定 93). They are many, so they are summed up:
//! how many of each sort, over which span, with which longest pause.

use std::collections::{BTreeMap, BTreeSet};

use jingui_docs::paper::{Block, Cell};
use jingui_evidence::dossier::Proven;
use serde_json::Value;

use super::{
    super::sets::{number, table},
    View,
};

/// Different values of one field that are listed.
const LISTED: usize = 5;

/// The entries of the context.
pub fn context(view: &View<'_>) -> Vec<Block> {
    let voice = &view.voice;
    let mut blocks = vec![view.heading("paper.part.context"), view.para("paper.context.what")];
    let entries: Vec<&Proven> = view.dossier.context.iter().filter_map(|index| view.proven.get(index).copied()).collect();
    if entries.is_empty() {
        blocks.push(view.para("paper.context.none"));
        return blocks;
    }
    let numbers: Vec<u64> = entries.iter().map(|proven| proven.index).collect();
    blocks.push(Block::text(voice.say("paper.context.entries", &[("count", &entries.len()), ("entries", &voice.numbers(&numbers))])));
    let mut sorts: BTreeMap<(&str, &str), Vec<&Proven>> = BTreeMap::new();
    for proven in &entries {
        sorts.entry((proven.kind.as_str(), proven.act.as_str())).or_default().push(proven);
    }
    let rows = sorts.into_iter().map(|((kind, act), mut of)| {
        of.sort_by_key(|proven| (proven.at, proven.index));
        let at = |proven: Option<&&Proven>| proven.map_or_else(String::new, |proven| voice.moment(proven.at));
        let pauses = of.windows(2).filter_map(|pair| if let [a, b] = pair { Some((a.at, b.at)) } else { None });
        let longest = pauses.max_by_key(|(from, to)| to.micros().saturating_sub(from.micros()));
        let pause = longest.map_or_else(
            || voice.word("paper.none"),
            |(from, to)| {
                voice.say(
                    "paper.context.pause",
                    &[("span", &voice.span(from, to)), ("from", &voice.moment(from)), ("to", &voice.moment(to))],
                )
            },
        );
        vec![Cell::text(voice.act(kind, act)), number(of.len()), Cell::text(at(of.first())), Cell::text(at(of.last())), Cell::text(pause)]
    });
    let heads = vec![
        (1.6, voice.word("paper.records.act")),
        (0.85, voice.word("paper.context.count")),
        (1.9, voice.word("paper.context.first")),
        (1.9, voice.word("paper.context.last")),
        (2.9, voice.word("paper.context.longest")),
    ];
    blocks.push(table(heads, rows.collect()));
    blocks.extend(shown(view, &entries));
    blocks
}

/// What the disclosed fields of these entries say: of numbers the smallest and greatest, of words the different ones.
fn shown(view: &View<'_>, entries: &[&Proven]) -> Vec<Block> {
    let voice = &view.voice;
    let mut fields: BTreeMap<(&str, String), Vec<&Value>> = BTreeMap::new();
    for proven in entries {
        for (_, field) in view.opened(proven) {
            let act = proven.act.as_str();
            match &field.value {
                Value::Object(map) => {
                    for (name, value) in map {
                        fields.entry((act, format!("{}.{name}", field.name))).or_default().push(value);
                    }
                }
                value => fields.entry((act, field.name.clone())).or_default().push(value),
            }
        }
    }
    if fields.is_empty() {
        return vec![];
    }
    let rows = fields.into_iter().map(|((act, name), values)| {
        vec![
            Cell::text(voice.act("system", act)),
            Cell::text(voice.field("system", &name)),
            number(values.len()),
            Cell::text(summary(view, &values)),
        ]
    });
    let heads = vec![
        (1.6, voice.word("paper.records.act")),
        (2.4, voice.word("paper.records.field")),
        (0.85, voice.word("paper.context.count")),
        (4.3, voice.word("paper.context.values")),
    ];
    vec![Block::heading(2, voice.word("paper.context.shown")), table(heads, rows.collect())]
}

fn summary(view: &View<'_>, values: &[&Value]) -> String {
    let voice = &view.voice;
    let numbers: Option<Vec<i64>> = values.iter().map(|value| value.as_i64()).collect();
    if let Some((least, most)) = numbers.and_then(|all| Some((*all.iter().min()?, *all.iter().max()?))) {
        return if least == most { least.to_string() } else { voice.say("paper.context.range", &[("least", &least), ("most", &most)]) };
    }
    let plain = |value: &&Value| match value {
        Value::String(text) => voice.value(text),
        Value::Null => voice.word("paper.none"),
        other => other.to_string(),
    };
    let different: BTreeSet<String> = values.iter().map(plain).collect();
    let more = different.len().saturating_sub(LISTED);
    let mut told: Vec<String> = different.into_iter().take(LISTED).collect();
    told.extend((more > 0).then(|| voice.say("paper.context.more", &[("count", &more)])));
    voice.list(&told)
}
