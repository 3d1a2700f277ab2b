//! An empty form to fill in: typed columns, drop-downs for what is chosen, help in each heading.

use std::sync::Arc;

use jingui_docs::{Format, Table as Sheet, write_template};
use jingui_kinds::kind::{Field, FieldType};
use jingui_model::{Lang, Problem};

use super::{
    access,
    directory::Directory,
    export::{ExportFile, format_of},
    file_name,
    form::{FULL, Form},
    sheet_options, words,
};
use crate::{ledger::blocking, live::Live, messages::Messages, world::caller::Caller};

/// Columns that a full template leaves to the program.
const LEFT_OUT: [&str; 5] = ["number", "state", "created", "updated", "id"];

impl Live {
    /// A template for an import. Names of posts and departments in it are those of now.
    ///
    /// # Errors
    /// `kind.unknown`, `exchange.unknown`, `act.arises`, policy refusals, `table.*`.
    pub async fn template(self: &Arc<Self>, caller: &Caller, kind: &str, exchange: &str, lang: Lang) -> Result<ExportFile, Problem> {
        let (live, caller, kind, exchange) = (Arc::clone(self), caller.clone(), kind.to_owned(), exchange.to_owned());
        blocking(move || live.empty_form(&caller, &kind, &exchange, lang)).await
    }

    fn empty_form(&self, caller: &Caller, kind: &str, exchange: &str, lang: Lang) -> Result<ExportFile, Problem> {
        let (kind, mut form, columns) = {
            let world = self.world.read();
            let kind = Arc::clone(world.kind(kind)?);
            access::may_import(&world, caller, &kind)?;
            let mut form = Form::of(&kind, exchange, &self.messages)?;
            if form.name() == FULL {
                form = form.without(|column| match column.fields.as_slice() {
                    [name] => LEFT_OUT.contains(&name.as_str()) || kind.field(name).is_some_and(|f| matches!(f.ty, FieldType::Files {})),
                    _ => false,
                });
            }
            let directory = Directory::of(&world, &kind.fields)?;
            let columns = form.columns(&kind, words(&world.catalog, world.grade_scheme(), lang), Some(&directory));
            (kind, form, columns)
        };
        let mut columns = columns;
        for (i, column) in columns.iter_mut().enumerate() {
            column.help = help(&form.fields(&kind, i), &self.messages, lang);
        }
        let title = std::mem::take(&mut form.exchange.label);
        let title = if form.name() == FULL { &kind.plural } else { &title };
        let notes = ["template.note_rows", "template.note_dry_run"].map(|code| super::say(&self.messages, code, lang)).to_vec();
        let sheet = Sheet { title: title.get(lang).to_owned(), notes, columns, rows: vec![] };
        let bytes = write_template(&sheet, &sheet_options(&self.messages, lang, self.clock.now(), true))?;
        let (media, ending) = format_of(Format::Xlsx);
        let suffix = super::say(&self.messages, "template.name", lang);
        Ok(ExportFile { name: file_name(&[title.get(lang), &suffix], ending), media, bytes })
    }
}

/// The help of the fields, and how values of their type are written.
fn help(fields: &[&Field], messages: &Messages, lang: Lang) -> String {
    let mut lines: Vec<String> = fields.iter().filter_map(|f| f.help.as_ref()).map(|h| h.get(lang).to_owned()).collect();
    let mut codes: Vec<&str> = fields.iter().filter_map(|f| how(f)).collect();
    codes.dedup();
    for code in codes {
        lines.push(super::say(messages, code, lang));
    }
    for field in fields {
        if let FieldType::Rows { fields, .. } = &field.ty {
            let names: Vec<&str> = fields.iter().map(|f| f.label.get(lang)).collect();
            lines.push(names.join("｜"));
        }
        if let FieldType::Choices { options } = &field.ty {
            let names: Vec<&str> = options.iter().map(|o| o.label.get(lang)).collect();
            lines.push(names.join("、"));
        }
    }
    lines.join("\n")
}

fn how(field: &Field) -> Option<&'static str> {
    Some(match &field.ty {
        FieldType::Tags { .. } | FieldType::Choices { .. } => "template.help_list",
        FieldType::Term {} => "template.help_term",
        FieldType::Money {} => "template.help_money",
        FieldType::Rows { .. } => "template.help_rows",
        FieldType::Ref { kind } if kind == "person" => "template.help_person",
        FieldType::Refs { kind } if kind == "person" => "template.help_persons",
        FieldType::Refs { .. } => "template.help_list",
        _ => return None,
    })
}
