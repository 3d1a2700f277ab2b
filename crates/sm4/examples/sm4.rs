//! SM4-GCM for a stranger's program to compare with (`scripts/interop/sm4.py`): a line `<backend> <seal|open> <key> <nonce> <aad> <text>`, in
//! hex with a dot in front of each, is answered with `.<ciphertext and tag>`, `.<text>` or `refused`. Without input: the backends here.
#![expect(clippy::print_stdout, reason = "a program for a pipe")]

use std::io::BufRead;

use jingui_sm4::{Backend, Sm4Gcm, TAG};

fn answer(line: &str) -> Option<String> {
    let mut words = line.split(' ');
    let backend = words.next().and_then(|name| Backend::ALL.into_iter().find(|b| b.name() == name))?;
    let what = words.next()?;
    let mut next = || hex::decode(words.next()?.strip_prefix('.')?).ok();
    let gcm = Sm4Gcm::with_backend(&next()?.try_into().ok()?, backend)?;
    let (nonce, aad, mut text) = (next()?.try_into().ok()?, next()?, next()?);
    if what == "seal" {
        let tag = gcm.seal_in_place_detached(&nonce, &aad, &mut text).ok()?;
        text.extend(tag);
    } else {
        let tag = text.split_off(text.len().checked_sub(TAG)?).try_into().ok()?;
        if gcm.open_in_place_detached(&nonce, &aad, &mut text, &tag).is_err() {
            return Some("refused".to_owned());
        }
    }
    Some(format!(".{}", hex::encode(text)))
}

fn main() {
    if std::env::args().nth(1).as_deref() == Some("backends") {
        Backend::ALL.iter().filter(|b| b.is_available()).for_each(|b| println!("{b}"));
        return;
    }
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        println!("{}", answer(&line).unwrap_or_else(|| "malformed".to_owned()));
    }
}
