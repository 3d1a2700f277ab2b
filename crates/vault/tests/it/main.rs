//! The vault from outside: sealed files, key rings and the published vectors.

#[cfg(test)]
mod file;
#[cfg(test)]
mod keyring;
#[cfg(test)]
mod vectors;
