//! Passkeys as a server checks them (W3C Web Authentication, Level 2): registration and assertion, without attestation.
