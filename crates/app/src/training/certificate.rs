//! The certificate of a passed exam as a sheet of paper (B 5.1.1: records of training are kept).

use std::{borrow::Cow, sync::Arc};

use jingui_docs::paper::{Align, Block, Paper, Paragraph, Qr, Signature, Span, write_pdf};
use jingui_kinds::{act::Facts, people::ids};
use jingui_model::{Data, Id, Lang, Problem};
use jingui_policy::Action;

use super::RESULT;
use crate::{ledger::blocking, live::Live, settings, shelf, world::caller::Caller};

/// How large the code is printed.
const CODE_MM: f32 = 26.0;

impl Live {
    /// The certificate of an exam that is passed and valid, for whoever may read the result.
    ///
    /// # Errors
    /// `record.missing`, `policy.*`; `exam.no_pass`; `docs.no_font`.
    pub async fn exam_certificate(self: &Arc<Self>, caller: &Caller, id: Id, lang: Lang) -> Result<Vec<u8>, Problem> {
        self.access(caller, RESULT, id, Action::Read, "read", Data::new()).await?;
        let paper = self.exam_paper(id, lang)?;
        blocking(move || Ok(write_pdf(&paper, shelf::fonts()?)?.bytes)).await
    }

    fn exam_paper(&self, id: Id, lang: Lang) -> Result<Paper, Problem> {
        let world = self.world.read();
        let result = world.record(id)?;
        if result.state != "valid" {
            return Err(Problem::conflict("exam.no_pass"));
        }
        let word = |code: &str, args: &[(Cow<'static, str>, String)]| self.messages.fill(code, args, lang);
        let company = settings::company(&settings::record(&world)?);
        let text =
            |field: &str| result.data.get(field).map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned)).unwrap_or_default();
        let named = |field: &str| ids(result.data.get(field)).first().and_then(|id| world.title(*id)).unwrap_or_default().to_owned();
        let person = ids(result.data.get("person")).first().copied();
        let employee_no = person.and_then(|p| world.field(p, "employee_no")).and_then(|v| v.as_str().map(str::to_owned));
        let number = result.number.clone().unwrap_or_default();
        let mut paper = Paper::new(lang, word("exam.certificate.title", &[]), self.clock.now());
        paper.zone = world.zone();
        paper.header.clone_from(&company);
        paper.author.clone_from(&company);
        paper.footer = word("exam.certificate.footer", &[("company".into(), company.clone())]);
        paper.page_label = self.messages.fill("paper.page", &[], lang);
        let says = word("exam.certificate.text", &[("person".into(), named("person")), ("course".into(), named("course"))]);
        let facts = [
            ("exam.certificate.number", number.clone()),
            ("exam.certificate.company", company),
            ("exam.certificate.person", named("person")),
            ("exam.certificate.employee_no", employee_no.unwrap_or_default()),
            ("exam.certificate.department", named("department")),
            ("exam.certificate.course", named("course")),
            ("exam.certificate.taken_on", text("taken_on")),
            ("exam.certificate.score", text("score")),
            ("exam.certificate.until", text("until")),
        ];
        let facts = facts.into_iter().filter(|(_, v)| !v.is_empty()).map(|(code, v)| (word(code, &[]), vec![Span::plain(v)])).collect();
        paper.blocks = vec![
            Block::Paragraph(Paragraph { spans: vec![Span::strong(says)], align: Align::Centre, indent: false }),
            Block::KeyValues(facts),
            Block::Qr(Qr { content: format!("jingui:{RESULT}:{number}"), size_mm: CODE_MM, caption: number }),
            Block::Signatures(vec![Signature {
                label: word("exam.certificate.seal", &[]),
                date: self.messages.fill("paper.sign.date", &[], lang),
            }]),
        ];
        Ok(paper)
    }
}
