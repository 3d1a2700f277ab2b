//! SM4 and SM4-GCM against the standards and against other implementations, in every backend that this processor has.

#[cfg(test)]
mod peers;
#[cfg(test)]
mod vectors;

#[cfg(test)]
use jingui_sm4::Backend;

/// Every backend that can run here; the portable one always can.
#[cfg(test)]
fn backends() -> Vec<Backend> {
    Backend::ALL.into_iter().filter(|backend| backend.is_available()).collect()
}
