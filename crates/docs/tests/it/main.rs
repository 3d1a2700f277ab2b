//! Tables out and in, through the public interface only.

#![expect(clippy::tests_outside_test_module, reason = "integration tests")]

mod appendix4;
mod hostile;
mod marked;
mod roundtrip;
mod sheets;
mod template;
mod tools;
