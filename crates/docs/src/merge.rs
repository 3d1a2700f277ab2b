//! Merged cells. A form often names a group once and merges the cell over its rows; each row then
//! has to carry the name. Only merges that the sheet declares count: an empty cell below a value
//! is otherwise just empty.

use jingui_model::Problem;

use crate::{
    grid::{GridRow, Limits},
    text::is_blank,
};

/// A merge: rows counted from 1, the column from 0. Only its first column matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Merge {
    pub(crate) first_row: u32,
    pub(crate) last_row: u32,
    pub(crate) col: usize,
}

/// Copies the value of each vertical merge down its first column.
pub(crate) fn fill_down(rows: &mut [GridRow], merges: &[Merge], limits: &Limits) -> Result<(), Problem> {
    let mut filled = 0_usize;
    let mut bytes = 0_u64;
    for merge in merges.iter().filter(|m| m.last_row > m.first_row && m.col < limits.max_columns) {
        let Ok(first) = rows.binary_search_by_key(&merge.first_row, |row| row.number) else { continue };
        let below = rows.get_mut(first..).unwrap_or_default();
        let Some((head, below)) = below.split_first_mut() else { continue };
        let Some(value) = head.cells.get(merge.col).filter(|v| !v.is_empty()) else { continue };
        for row in below.iter_mut().take_while(|row| row.number <= merge.last_row) {
            filled += 1;
            bytes += value.len() as u64;
            if filled > limits.max_cells || bytes > limits.max_uncompressed {
                return Err(Problem::too_large("table.too_many_cells").arg("max", limits.max_cells));
            }
            if row.cells.len() <= merge.col {
                row.cells.resize(merge.col + 1, String::new());
            }
            if let Some(cell) = row.cells.get_mut(merge.col).filter(|c| is_blank(c)) {
                cell.clone_from(value);
            }
        }
    }
    Ok(())
}
