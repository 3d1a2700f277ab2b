//! Matrix codes (ISO/IEC 18004) as dark runs of modules; both writers draw them as shapes, not as pictures.

use jingui_model::Problem;
use qrcode::{Color, EcLevel, QrCode};

/// Light modules around the code (ISO/IEC 18004, 5.3.8).
const QUIET: usize = 4;

/// Dark runs of a code, in modules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matrix {
    /// Modules on each side, with the quiet zone.
    pub side: usize,
    /// Column, row and length of each run of dark modules.
    pub runs: Vec<(usize, usize, usize)>,
}

/// Encodes a text with correction level M, which survives a stamp or a fold.
///
/// # Errors
/// `docs.qr` when the text is longer than a code can hold (about 2,300 bytes).
pub fn matrix(content: &str) -> Result<Matrix, Problem> {
    let code = QrCode::with_error_correction_level(content.as_bytes(), EcLevel::M)
        .map_err(|_| Problem::invalid("docs.qr").arg("length", content.len()))?;
    let width = code.width();
    let colors = code.to_colors();
    let mut runs = vec![];
    for (y, row) in colors.chunks(width.max(1)).enumerate() {
        let mut x = 0;
        for group in row.chunk_by(|a, b| a == b) {
            if group.first() == Some(&Color::Dark) {
                runs.push((x + QUIET, y + QUIET, group.len()));
            }
            x += group.len();
        }
    }
    Ok(Matrix { side: width + 2 * QUIET, runs })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_finder_pattern_stands_inside_the_quiet_zone() {
        let m = matrix("https://example.com/verify").expect("short");
        assert_eq!(m.runs.first(), Some(&(4, 4, 7)));
        assert!(m.runs.iter().all(|&(x, y, n)| x >= 4 && y >= 4 && n > 0 && x + n <= m.side - 4 && y < m.side - 4));
    }

    #[test]
    fn a_text_that_does_not_fit_is_refused() {
        assert_eq!(matrix(&"密".repeat(1_000)).expect_err("3,000 bytes").code(), "docs.qr");
    }
}
