//! Passwords of accounts: policy, hashing and checking.
//!
//! Policy after NIST SP 800-63B section 3.1.1: length instead of composition rules, a list of
//! common ones, nothing that holds the login. Hashes are Argon2id (RFC 9106) in the usual PHC
//! string, `$argon2id$v=19$m=…,t=…,p=…$salt$hash`, and carry limits when read back.

use std::hint::black_box;

use aws_lc_rs::constant_time;
use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use jingui_model::{Problem, Rng};

use crate::unlock::{Argon, Cost, normalise};

/// Fewest characters.
pub const MIN_CHARS: usize = 10;
/// Most characters.
pub const MAX_CHARS: usize = 256;
/// Most bytes that are looked at at all: 256 characters of four bytes.
const MAX_BYTES: usize = 1024;

/// Passwords of ten characters and more that stand high in every published list, in lower case.
const COMMON: &[&str] = &[
    "1111111111",
    "0000000000",
    "0123456789",
    "1234567890",
    "9876543210",
    "0987654321",
    "12345678910",
    "123456789a",
    "a123456789",
    "aa123456789",
    "1q2w3e4r5t",
    "1q2w3e4r5t6y",
    "1qaz2wsx3edc",
    "qazwsxedc123",
    "q1w2e3r4t5",
    "qwertyuiop",
    "qwerty1234",
    "qwerty12345",
    "qwerty123456",
    "asdfghjkl1",
    "asdfghjkl;",
    "zxcvbnm123",
    "password12",
    "password123",
    "password1234",
    "password123!",
    "passw0rd123",
    "p@ssw0rd123",
    "p@ssword123",
    "administrator",
    "admin12345",
    "admin123456",
    "admin@12345",
    "administrator1",
    "welcome123",
    "welcome1234",
    "welcome@123",
    "letmein123",
    "changeme123",
    "iloveyou123",
    "iloveyou1314",
    "woaini1314",
    "woaini520",
    "woaini5201314",
    "woaini1314520",
    "5201314520",
    "1314520520",
    "5201314woaini",
    "woaiwojia1",
    "wo123456789",
    "abc123456789",
    "abcd123456",
    "abcde12345",
    "abcdef123456",
    "abcdefghij",
    "a1b2c3d4e5",
    "aaaaaaaaaa",
    "qq123456789",
    "zhang123456",
    "wang123456",
    "test123456",
    "test12345678",
    "root123456",
    "huawei@123",
    "huawei12#$",
    "admin@huawei",
    "jingui1234",
    "jingui123456",
    "company123",
    "company1234",
    "shangyemimi",
    "baomi12345",
    "baomi123456",
    "mima123456",
    "football123",
    "basketball",
    "superman123",
    "sunshine123",
    "princess123",
    "dragon12345",
];

/// Whether a person may choose this password: 10 to 256 characters, not common, not the login.
///
/// # Errors
/// `vault.password_short`, `vault.password_long`, `vault.password_common`, `vault.password_has_login`.
pub fn check_password(password: &str, login: &str) -> Result<(), Problem> {
    let refuse = |code: &'static str| Problem::invalid(code).at("password");
    if password.len() > MAX_BYTES {
        return Err(refuse("vault.password_long").arg("max", MAX_CHARS));
    }
    let plain = normalise(password);
    match plain.chars().count() {
        n if n < MIN_CHARS => return Err(refuse("vault.password_short").arg("min", MIN_CHARS)),
        n if n > MAX_CHARS => return Err(refuse("vault.password_long").arg("max", MAX_CHARS)),
        _ => {}
    }
    let lower = zeroize::Zeroizing::new(plain.to_lowercase());
    if COMMON.contains(&lower.as_str()) || is_run(&lower) {
        return Err(refuse("vault.password_common"));
    }
    let login = normalise(login).to_lowercase();
    // A login of one or two letters would forbid half the alphabet.
    if login.chars().count() >= 3 && lower.contains(&login) {
        return Err(refuse("vault.password_has_login"));
    }
    Ok(())
}

/// The same step from each character to the next: `aaaaaaaaaa`, `23456789:;`, `zyxwvutsrq`.
fn is_run(text: &str) -> bool {
    let mut steps = text.chars().zip(text.chars().skip(1)).map(|(a, b)| i64::from(u32::from(b)) - i64::from(u32::from(a)));
    steps.next().is_some_and(|first| (-1..=1).contains(&first) && steps.all(|s| s == first))
}

const fn argon(cost: Cost) -> Argon {
    match cost {
        Cost::Normal => Argon { m: 32 * 1024, t: 3, p: 1 },
        Cost::Test => Argon::TEST,
    }
}

/// The PHC string of a password. Whether the password is good is for [`check_password`].
///
/// # Errors
/// `vault.password_long` above 1,024 bytes.
pub fn hash_password(password: &str, rng: &dyn Rng, cost: Cost) -> Result<String, Problem> {
    if password.len() > MAX_BYTES {
        return Err(Problem::invalid("vault.password_long").arg("max", MAX_CHARS).at("password"));
    }
    let (params, salt) = (argon(cost), rng.array::<16>());
    let hash = params.derive(normalise(password).as_bytes(), &salt)?;
    let Argon { m, t, p } = params;
    Ok(format!("$argon2id$v=19$m={m},t={t},p={p}${}${}", STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(hash.bytes())))
}

struct Phc {
    params: Argon,
    salt: Vec<u8>,
    hash: Vec<u8>,
}

fn parse(phc: &str) -> Option<Phc> {
    let mut parts = phc.strip_prefix("$argon2id$v=19$")?.split('$');
    let (numbers, salt, hash, None) = (parts.next()?, parts.next()?, parts.next()?, parts.next()) else { return None };
    let mut numbers = numbers.split(',');
    let mut number = |name: &str| numbers.next()?.strip_prefix(name)?.strip_prefix('=')?.parse().ok();
    let params = Argon { m: number("m")?, t: number("t")?, p: number("p")? };
    if numbers.next().is_some() || salt.len() > 86 || hash.len() > 86 {
        return None;
    }
    let (salt, hash) = (STANDARD_NO_PAD.decode(salt).ok()?, STANDARD_NO_PAD.decode(hash).ok()?);
    (params.within_limits() && salt.len() >= 8 && hash.len() == 32).then_some(Phc { params, salt, hash })
}

/// Whether the password is the one of the PHC string. A string that cannot be read, or asks for
/// more than the limits of [`Argon`], fits no password.
#[must_use]
pub fn verify_password(password: &str, phc: &str) -> bool {
    if password.len() > MAX_BYTES {
        return false;
    }
    parse(phc).is_some_and(|stored| {
        stored
            .params
            .derive(normalise(password).as_bytes(), &stored.salt)
            .is_ok_and(|hash| constant_time::verify_slices_are_equal(hash.bytes(), &stored.hash).is_ok())
    })
}

/// Takes the time of [`verify_password`] at the cost of the node's digests and says no: for a login that
/// does not exist, so that time does not tell which ones do.
pub fn dummy_verify(password: &str, cost: Cost) {
    if password.len() <= MAX_BYTES {
        let _ = black_box(argon(cost).derive(normalise(password).as_bytes(), &[0; 16]));
    }
}

/// Whether the string was made with other parameters than today's and should be replaced at the
/// next successful sign-in.
#[must_use]
pub fn needs_rehash(phc: &str, cost: Cost) -> bool {
    parse(phc).is_none_or(|stored| stored.params != argon(cost) || stored.salt.len() != 16)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jingui_model::rng::SeededRng;

    fn code(password: &str) -> String {
        check_password(password, "Wang.Li").map_or_else(|e| e.code().to_owned(), |()| "ok".to_owned())
    }

    #[test]
    fn length_counts_and_composition_does_not() {
        assert_eq!(code("short pas"), "vault.password_short");
        assert_eq!(code("longer pas"), "ok");
        assert_eq!(code("一二三四五六七八九十"), "ok");
        assert_eq!(code(&"ab".repeat(128)), "ok");
        assert_eq!(code(&("ab".repeat(128) + "c")), "vault.password_long");
        assert_eq!(code(&"é".repeat(600)), "vault.password_long");
    }

    #[test]
    fn common_ones_runs_and_the_login_are_refused() {
        for bad in ["Password123", "ｑｗｅｒｔｙｕｉｏｐ", "woaini1314", "ssssssssssss", "abcdefghijklm", "zyxwvutsrqp"] {
            assert_eq!(code(bad), "vault.password_common", "{bad}");
        }
        assert_eq!(code("my wang.li 2026"), "vault.password_has_login");
        assert!(check_password("abracadabra!", "ab").is_ok());
        assert!(COMMON.iter().all(|c| c.to_lowercase() == *c));
    }

    #[test]
    fn a_hash_fits_its_password_only() {
        let rng = SeededRng::new(11);
        let phc = hash_password("轴承 Ｋ12 heat", &rng, Cost::Test).unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=16,t=1,p=1$"));
        assert!(verify_password("轴承 K12 heat", &phc));
        assert!(!verify_password("轴承 K12 heaT", &phc));
        assert!(!verify_password(&"x".repeat(2000), &phc));
        assert_ne!(phc, hash_password("轴承 Ｋ12 heat", &rng, Cost::Test).unwrap());
        assert!(!needs_rehash(&phc, Cost::Test) && needs_rehash(&phc, Cost::Normal));
    }

    #[test]
    fn strings_of_other_programs_verify() {
        // A case from the tests of the reference implementation of RFC 9106.
        let phc = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
        assert!(verify_password("password", phc));
        assert!(needs_rehash(phc, Cost::Test));
    }

    #[test]
    fn damaged_and_absurd_strings_fit_nothing() {
        let good = hash_password("password one", &SeededRng::new(12), Cost::Test).unwrap();
        assert!(verify_password("password one", &good));
        for bad in [
            good.replace("m=16", "m=4294967295"),
            good.replace("t=1", "t=1000"),
            good.replace("p=1", "p=255"),
            good.replace("argon2id", "argon2i"),
            good.replace("v=19", "v=16"),
            good.replace("m=16,t=1", "t=1,m=16"),
            good.clone() + "$",
            good[..good.len() - 4].to_owned(),
            String::new(),
            "$argon2id$v=19$m=16,t=1,p=1$$".to_owned(),
        ] {
            assert!(!verify_password("password one", &bad), "{bad}");
            assert!(needs_rehash(&bad, Cost::Test));
        }
    }
}
