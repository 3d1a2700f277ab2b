//! Devices that keep keys, reached through PKCS#11 (OASIS PKCS #11 v2.40): the root key is wrapped and unwrapped inside (H 9.1.2.3).
