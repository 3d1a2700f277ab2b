//! A table as CSV (RFC 4180): UTF-8 with a byte order mark, because Excel otherwise takes it for
//! the system's encoding, and CRLF.

use crate::{table::Table, text::armour};

/// Writes headers and rows. Fields that a spreadsheet could take for a formula are escaped with a
/// leading `'`, which [`read`](crate::read) removes again; see the module `text`.
#[must_use]
pub fn write_csv(table: &Table) -> Vec<u8> {
    let mut out = "\u{FEFF}".as_bytes().to_vec();
    {
        let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(&mut out);
        let mut line = |fields: &mut dyn Iterator<Item = &str>| {
            for field in fields {
                // Writing into memory cannot fail, and the width of records is not checked field by field.
                let _ = writer.write_field(armour(field).as_bytes());
            }
            let _ = writer.write_record(None::<&[u8]>);
        };
        line(&mut table.columns.iter().map(|c| c.header.as_str()));
        for row in &table.rows {
            line(&mut (0..table.columns.len()).map(|i| row.get(i).map_or("", String::as_str)));
        }
        let _ = writer.flush();
    }
    out
}
