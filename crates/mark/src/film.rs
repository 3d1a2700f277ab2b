//! Sound and film by their first bytes (H 9.2.1: a mark at the beginning of what is heard or seen). What puts the beginning in front is a
//! program of its own; here is said only what a file is.

/// A container of sound or film.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Film {
    /// ISO base media: MP4, MOV, M4A (ISO/IEC 14496-12).
    Mp4,
    /// Matroska and WebM (RFC 9559).
    Matroska,
    /// WAVE.
    Wav,
    /// MPEG-1 layer 3, with or without tags.
    Mp3,
    /// FLAC (RFC 9639).
    Flac,
    /// Ogg (RFC 3533).
    Ogg,
}

impl Film {
    /// By the first bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [_, _, _, _, b'f', b't', b'y', b'p', ..] => Some(Self::Mp4),
            [0x1a, 0x45, 0xdf, 0xa3, ..] => Some(Self::Matroska),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', ..] => Some(Self::Wav),
            [b'I', b'D', b'3', ..] | [0xff, 0xfa | 0xfb | 0xf2 | 0xf3, ..] => Some(Self::Mp3),
            [b'f', b'L', b'a', b'C', ..] => Some(Self::Flac),
            [b'O', b'g', b'g', b'S', ..] => Some(Self::Ogg),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn containers_are_known_by_their_first_bytes() {
        assert_eq!(Film::of(b"\0\0\0\x20ftypisom"), Some(Film::Mp4));
        assert_eq!(Film::of(b"RIFF\0\0\0\0WAVEfmt "), Some(Film::Wav));
        assert_eq!(Film::of(b"RIFF\0\0\0\0AVI LIST"), None);
        assert_eq!(Film::of(b"\xff\xd8\xff\xe0"), None, "a JPEG is none");
        assert_eq!(Film::of(b""), None);
    }
}
