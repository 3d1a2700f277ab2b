//! The device that keeps keys, as the arguments or the environment name it. Only whoever starts the program says which library is loaded.

use std::path::PathBuf;

use clap::ArgMatches;
use jingui_app::keys::device::{KeyDevice, Place};
use jingui_model::Problem;

/// The device, if one is named.
///
/// # Errors
/// `cli.device.half` when only the library or only the token is named.
pub fn given(args: &ArgMatches) -> Result<Option<KeyDevice>, Problem> {
    let own = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let path = |option: &str, name: &str| args.get_one::<PathBuf>(option).cloned().or_else(|| own(name).map(PathBuf::from));
    let module = path("pkcs11-module", "JINGUI_PKCS11_MODULE");
    let token = args.get_one::<String>("pkcs11-token").cloned();
    let token = token.or_else(|| own("JINGUI_PKCS11_TOKEN").map(|token| token.to_string_lossy().into_owned()));
    let pin_file = path("pkcs11-pin-file", "JINGUI_PKCS11_PIN_FILE");
    match (module, token) {
        (Some(module), Some(token)) => Ok(Some(KeyDevice { place: Place::new(module, token), pin_file })),
        (None, None) if pin_file.is_none() => Ok(None),
        _ => Err(Problem::invalid("cli.device.half")),
    }
}
