//! Renewal: a newer token over an older one, before the older one's certificates or algorithms fade (the idea of RFC 4998).
//!
//! The first token stamps the data. Each later one stamps the *archive imprint*: a hash over the data's hash and the hashes of all
//! tokens before it, every hash made anew with the algorithm of the newer token. So one rule serves for a certificate that ends and
//! for a hash that is broken, and the value can be made by hand with public tools (`README.md`).

use jingui_model::Problem;

use super::{
    certificate::Certificate,
    chain::TrustRoots,
    digest::{HashAlgorithm, Imprint, Stamped},
    token::Token,
    verdict::Verdict,
};

/// What the hashed text begins with, so that it can be nothing else.
pub const PREFIX: &[u8] = b"jingui time-stamp renewal 1\n";
/// Most tokens in one sequence: one for each year of two centuries.
pub const MAX_TOKENS: usize = 200;

/// The imprint that a token must stamp to renew these tokens over these data.
#[must_use]
pub fn archive_imprint(algorithm: HashAlgorithm, data: &[u8], tokens: &[Token]) -> Imprint {
    let mut text = Text::new(algorithm, data);
    text.extend(tokens);
    text.imprint()
}

/// The hashed text, which grows with each token; so a long sequence is hashed once for each algorithm, not once for each token.
struct Text {
    algorithm: HashAlgorithm,
    text: Vec<u8>,
    tokens: usize,
}

impl Text {
    fn new(algorithm: HashAlgorithm, data: &[u8]) -> Self {
        Self { algorithm, text: [PREFIX, &algorithm.digest(&[data])].concat(), tokens: 0 }
    }

    /// Takes in those of the tokens that it does not have yet.
    fn extend(&mut self, tokens: &[Token]) {
        for token in tokens.iter().skip(self.tokens) {
            self.text.extend(self.algorithm.digest(&[token.raw()]));
        }
        self.tokens = tokens.len();
    }

    fn imprint(&self) -> Imprint {
        Imprint::of(self.algorithm, &self.text)
    }
}

/// Verifies a sequence of tokens, the oldest first. The data existed at the time of the first verdict; the last one says until when
/// the sequence holds without another renewal.
///
/// # Errors
/// Those of [`Token::verify`] for the first token that fails, at `tokens[n]`; `stamp.renewed_late` when a token came after a
/// certificate of the one before had ended, `stamp.renewed_early` when it states an earlier time; `stamp.too_many`; `stamp.none`.
pub fn verify_sequence(data: &[u8], tokens: &[Token], roots: &TrustRoots, extra: &[Certificate]) -> Result<Vec<Verdict>, Problem> {
    if tokens.is_empty() {
        return Err(Problem::invalid("stamp.none"));
    }
    if tokens.len() > MAX_TOKENS {
        return Err(Problem::too_large("stamp.too_many").arg("limit", MAX_TOKENS));
    }
    let mut verdicts: Vec<Verdict> = Vec::new();
    let mut texts: Vec<Text> = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let place = || format!("tokens[{at}]");
        let verdict = match verdicts.last() {
            None => token.verify(Stamped::Data(data), None, roots, extra),
            Some(_) => {
                let algorithm = token.info().imprint.algorithm();
                let mut text = match texts.iter().position(|text| text.algorithm == algorithm) {
                    Some(known) => texts.swap_remove(known),
                    None => Text::new(algorithm, data),
                };
                text.extend(tokens.get(..at).unwrap_or_default());
                let imprint = text.imprint();
                texts.push(text);
                token.verify(Stamped::Imprint(&imprint), None, roots, extra)
            }
        }
        .map_err(|p| p.at(place()))?;
        if let Some(before) = verdicts.last() {
            let late = verdict.time > before.ends;
            if late || verdict.time < before.time {
                let code = if late { "stamp.renewed_late" } else { "stamp.renewed_early" };
                let limit = if late { before.ends } else { before.time };
                return Err(Problem::invalid(code).arg("at", verdict.time).arg("limit", limit).at(place()));
            }
        }
        verdicts.push(verdict);
    }
    Ok(verdicts)
}
