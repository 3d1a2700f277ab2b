//! All routes, group by group.

pub mod accounts;
pub mod acts;
pub mod backups;
pub mod carriers;
pub mod catalog;
pub mod custody;
pub mod devices;
pub mod documents;
pub mod evidence;
pub mod exchange;
pub mod files;
pub mod health;
pub mod keys;
pub mod marks;
pub mod me;
pub mod node;
pub mod notices;
pub mod organisation;
pub mod packages;
pub mod passkeys;
pub mod people;
pub mod records;
pub mod scans;
pub mod secrets;
pub mod session;
pub mod settings;
pub mod tokens;
pub mod training;
pub mod viewings;
pub mod work;

use crate::docs::Routes;

/// The whole API.
#[must_use]
pub fn all() -> Routes {
    let groups: &[fn(Routes) -> Routes] = &[
        node::routes,
        session::routes,
        me::routes,
        passkeys::routes,
        notices::routes,
        catalog::routes,
        records::routes,
        acts::routes,
        files::routes,
        viewings::routes,
        marks::routes,
        exchange::routes,
        documents::routes,
        scans::routes,
        work::routes,
        training::routes,
        people::routes,
        carriers::routes,
        custody::routes,
        devices::routes,
        secrets::routes,
        organisation::routes,
        evidence::routes,
        packages::routes,
        accounts::routes,
        tokens::routes,
        keys::routes,
        backups::routes,
        settings::routes,
        crate::events::routes,
    ];
    groups.iter().fold(Routes::new(), |routes, group| group(routes))
}
