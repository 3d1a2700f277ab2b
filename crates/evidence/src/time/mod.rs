//! Trusted time: requests to, and tokens from, time-stamp authorities (RFC 3161, RFC 5816).
