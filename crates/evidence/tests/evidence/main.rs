//! What evidence must withstand: authorities that are really there, and bytes that were meddled with.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "helpers of tests, which may fail loudly")]

mod authority;
mod dossier_damage;
mod dossier_matrix;
mod dossier_vector;
mod dossier_whole;
mod dossier_world;
mod forge;
mod package_bag;
mod package_zip;
mod time_good;
mod time_hostile;
mod time_refused;
mod time_renewal;
