//! Training and exams (B 5.1.1, 5.1.2; H 12.1): which courses a person has to take, the exam with questions drawn at random,
//! the certificate, and how many of whom are trained.
//!
//! Courses, questions, sittings and results are kinds; here is what a kind file cannot say: drawing, marking, time limits.

pub mod bank;
pub mod certificate;
pub mod courses;
pub mod coverage;
pub mod sitting;

/// The kind of a course.
pub const COURSE: &str = "training_course";
/// The kind of a question.
pub const QUESTION: &str = "question";
/// The kind of a sitting.
pub const SITTING: &str = "exam_sitting";
/// The kind of a result.
pub const RESULT: &str = "exam_result";
/// A valid result may be renewed in its last days.
pub const SOON_DAYS: i32 = 30;
