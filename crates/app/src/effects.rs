//! Effects: what follows from a committed act, done by the system through the same pipeline.

use std::sync::Arc;

use jingui_model::Problem;

use crate::{jobs::EffectJob, live::Live};

/// Runs one effect.
///
/// # Errors
/// `effect.unknown`; whatever its commands are refused with.
pub async fn run(_live: &Arc<Live>, job: &EffectJob) -> Result<(), Problem> {
    Err(Problem::internal("effect.unknown").arg("effect", &job.effect))
}
