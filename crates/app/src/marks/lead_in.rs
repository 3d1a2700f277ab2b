//! A mark at the beginning of sound and film (H 9.2.1): a card of some seconds before a film, three tones before a recording, and the mark in
//! the file's description.
//!
//! `ffmpeg` does it, as a process of its own, where it is installed. Nothing of a file touches the disk unsealed: both ends are files in
//! memory. What comes in is a stranger's: the container is named instead of guessed, so that no list of other files is ever followed, no
//! protocol but files is open, and the process ends after a time.

use std::{
    fs::File,
    io::{Read as _, Seek as _, Write as _},
    os::fd::AsRawFd as _,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use jingui_mark::{Film, Font, Mark};
use jingui_model::Problem;
use rustix::fs::{MemfdFlags, memfd_create};
use serde_json::Value;

/// Length of the card and of the tones, seconds.
const SECONDS: &str = "4";
/// How often a running process is looked at.
const LOOK: Duration = Duration::from_millis(50);
/// Looks before it is ended: ten minutes.
const LOOKS: u32 = 12_000;
/// Largest side of a film.
const LONGEST: u64 = 8_192;

/// A copy of a recording that begins with its mark.
///
/// # Errors
/// `mark.no_ffmpeg`, `mark.damaged`, `mark.too_large`, `mark.no_font`; `mark.write_failed` when the process fails or takes too long.
pub(super) fn put(bytes: &[u8], film: Film, mark: &Mark, font: &Font, max: usize) -> Result<Vec<u8>, Problem> {
    let source = memory(bytes)?;
    let seen = picture(&source, film)?;
    let mut into = memory(&[])?;
    let words = [mark.header.as_str(), mark.footer.as_str()].join(" ");
    let mut ffmpeg = quiet("ffmpeg");
    ffmpeg.args(["-nostdin", "-y", "-protocol_whitelist", "file", "-f", demuxer(film), "-i", &place(&source)]);
    let card = match seen {
        Some(Seen { width, height, sound }) => {
            let card = memory(&jingui_mark::card(width, height, mark, font)?)?;
            ffmpeg.args(["-protocol_whitelist", "file", "-f", "png_pipe", "-i", &place(&card)]);
            ffmpeg.args(["-filter_complex", &before_film(width, height, sound), "-map", "[vo]"]);
            if sound {
                ffmpeg.args(["-map", "[ao]"]);
            }
            ffmpeg.args(["-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-c:a", "aac", "-b:a", "192k"]);
            Some(card)
        }
        None => {
            ffmpeg.args(["-filter_complex", BEFORE_SOUND, "-map", "[ao]"]);
            None
        }
    };
    ffmpeg.args(["-metadata", &format!("comment={words}"), "-metadata", &format!("copyright={words}"), "-map_metadata", "0"]);
    ffmpeg.args(["-fs", &max.saturating_mul(2).to_string(), "-f", muxer(film), &place(&into)]);
    finish(ffmpeg.spawn().map_err(missing)?)?;
    drop(card);
    let mut out = vec![];
    into.rewind().and_then(|()| into.read_to_end(&mut out)).map_err(failed)?;
    if out.is_empty() {
        return Err(Problem::invalid("mark.damaged"));
    }
    Ok(out)
}

/// What a film shows.
struct Seen {
    width: u32,
    height: u32,
    sound: bool,
}

/// The first moving picture of a film; none when there is sound only.
fn picture(source: &File, film: Film) -> Result<Option<Seen>, Problem> {
    let mut probe = quiet("ffprobe");
    probe.args(["-protocol_whitelist", "file", "-f", demuxer(film), "-show_streams", "-of", "json", &place(source)]).stdout(Stdio::piped());
    let mut child = probe.spawn().map_err(missing)?;
    let mut told = vec![];
    if let Some(out) = child.stdout.take() {
        out.take(1 << 20).read_to_end(&mut told).map_err(failed)?;
    }
    finish(child)?;
    let damaged = || Problem::invalid("mark.damaged");
    let told: Value = serde_json::from_slice(&told).map_err(|_| damaged())?;
    let streams = told.get("streams").and_then(Value::as_array).ok_or_else(damaged)?;
    let of = |kind: &'static str| streams.iter().filter(move |s| s.get("codec_type").and_then(Value::as_str) == Some(kind));
    // The picture of an album's cover is no film.
    let cover = |s: &&Value| s.pointer("/disposition/attached_pic").and_then(Value::as_u64) == Some(1);
    let sound = of("audio").next().is_some();
    let Some(moving) = of("video").find(|s| !cover(s)) else {
        return if sound { Ok(None) } else { Err(damaged()) };
    };
    let side = |name: &str| moving.get(name).and_then(Value::as_u64).filter(|n| *n > 0).ok_or_else(damaged);
    let (width, height) = (side("width")?, side("height")?);
    if width.max(height) > LONGEST {
        return Err(Problem::too_large("mark.too_many_pixels").arg("max", LONGEST * LONGEST / 1_000_000));
    }
    // Films turned on their side are shown upright: then the card is, too.
    let turned = moving.pointer("/side_data_list/0/rotation").and_then(Value::as_i64).is_some_and(|r| r.rem_euclid(180) == 90);
    let (width, height) = if turned { (height, width) } else { (width, height) };
    // Codecs want even sides.
    let even = |n: u64| u32::try_from(n & !1).unwrap_or(2).max(2);
    Ok(Some(Seen { width: even(width), height: even(height), sound }))
}

/// The card for some seconds, then the film; both with the same size, shape and rate.
fn before_film(width: u32, height: u32, sound: bool) -> String {
    let shape = format!("scale={width}:{height},setsar=1,format=yuv420p,fps=25");
    let card = format!("[1:v]loop=loop=-1:size=1:start=0,trim=duration={SECONDS},setpts=PTS-STARTPTS,{shape}[c];[0:v:0]{shape}[v]");
    if sound {
        let like = "aformat=sample_rates=48000:channel_layouts=stereo";
        format!("{card};anullsrc=r=48000:cl=stereo,atrim=duration={SECONDS}[s];[0:a:0]{like}[a];[c][s][v][a]concat=n=2:v=1:a=1[vo][ao]")
    } else {
        format!("{card};[c][v]concat=n=2:v=1:a=0[vo]")
    }
}

/// Three tones of a quarter of a second, silence, then the recording.
const BEFORE_SOUND: &str = "aevalsrc=0.3*sin(2*PI*880*t)*lt(mod(t\\,0.5)\\,0.25)*lt(t\\,1.5):s=48000:d=2,aformat=sample_rates=48000:channel_layouts=stereo[s];\
[0:a:0]aformat=sample_rates=48000:channel_layouts=stereo[a];[s][a]concat=n=2:v=0:a=1[ao]";

const fn demuxer(film: Film) -> &'static str {
    match film {
        Film::Mp4 => "mov",
        Film::Matroska => "matroska",
        Film::Wav => "wav",
        Film::Mp3 => "mp3",
        Film::Flac => "flac",
        Film::Ogg => "ogg",
    }
}

const fn muxer(film: Film) -> &'static str {
    match film {
        Film::Mp4 => "mp4",
        other => demuxer(other),
    }
}

/// A file in memory, closed for other programs that this one starts.
fn memory(bytes: &[u8]) -> Result<File, Problem> {
    let mut file = File::from(memfd_create(c"jingui", MemfdFlags::CLOEXEC).map_err(failed)?);
    file.write_all(bytes).and_then(|()| file.rewind()).map_err(failed)?;
    Ok(file)
}

/// Where another process finds it.
fn place(file: &File) -> String {
    format!("/proc/{}/fd/{}", std::process::id(), file.as_raw_fd())
}

/// A program that says nothing and knows nothing of this one's surroundings.
fn quiet(program: &str) -> Command {
    let mut command = Command::new(program);
    let path = std::env::var_os("PATH").unwrap_or_default();
    command.env_clear().env("PATH", path).current_dir("/").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.args(["-v", "quiet"]);
    command
}

/// Waits for its end, and ends it when it takes too long.
fn finish(mut child: Child) -> Result<(), Problem> {
    for _ in 0..LOOKS {
        match child.try_wait().map_err(failed)? {
            Some(status) if status.success() => return Ok(()),
            Some(_) => return Err(Problem::invalid("mark.damaged")),
            None => thread::sleep(LOOK),
        }
    }
    drop(child.kill());
    drop(child.wait());
    Err(Problem::internal("mark.write_failed"))
}

fn missing(error: std::io::Error) -> Problem {
    match error.kind() {
        std::io::ErrorKind::NotFound => Problem::unavailable("mark.no_ffmpeg"),
        _ => failed(error),
    }
}

fn failed(error: impl std::fmt::Display) -> Problem {
    Problem::internal("mark.write_failed").detail(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shelf;

    /// What ffmpeg itself makes: a test picture, a tone.
    fn made(args: &[&str]) -> Vec<u8> {
        let mut file = memory(&[]).unwrap();
        let mut ffmpeg = quiet("ffmpeg");
        ffmpeg.args(["-y", "-f", "lavfi", "-i"]).args(args).arg(place(&file));
        finish(ffmpeg.spawn().expect("ffmpeg is needed: scripts/setup.sh test")).unwrap();
        let mut out = vec![];
        file.rewind().unwrap();
        file.read_to_end(&mut out).unwrap();
        out
    }

    fn font() -> Font {
        let regular = &shelf::fonts().unwrap().regular;
        Font { bytes: std::sync::Arc::clone(&regular.bytes), index: regular.index }
    }

    fn mark() -> Mark {
        Mark {
            number: "SM-2026-0001".into(),
            grade: "核心秘密".into(),
            header: "核心秘密★3年 编号 SM-2026-0001".into(),
            footer: "金匮轴承".into(),
            ..Mark::default()
        }
    }

    /// Length in seconds, the comment, and how many streams.
    fn told(bytes: &[u8], film: Film) -> (f64, String, usize) {
        let file = memory(bytes).unwrap();
        let mut probe = quiet("ffprobe");
        probe.args(["-f", demuxer(film), "-show_format", "-of", "json", &place(&file)]).stdout(Stdio::piped());
        let out = probe.output().unwrap().stdout;
        let told: Value = serde_json::from_slice(&out).unwrap();
        let text = |path: &str| told.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
        let comment = ["/format/tags/comment", "/format/tags/COMMENT"].map(text).concat();
        (text("/format/duration").parse().unwrap(), comment, told["format"]["nb_streams"].as_u64().unwrap() as usize)
    }

    fn marked(bytes: &[u8]) -> Result<Vec<u8>, Problem> {
        put(bytes, Film::of(bytes).unwrap(), &mark(), &font(), 200 << 20)
    }

    #[test]
    fn h_9_2_1_a_film_begins_with_a_card_and_stays_whole() {
        for (film, args) in [
            (
                Film::Mp4,
                &["testsrc=size=321x241:rate=24:duration=2", "-f", "lavfi", "-i", "sine=d=2", "-pix_fmt", "yuv444p", "-f", "mp4"][..],
            ),
            (Film::Matroska, &["testsrc=size=320x240:rate=10:duration=2", "-f", "matroska"][..]),
        ] {
            let before = made(args);
            let after = marked(&before).unwrap();
            let ((was, _, streams), (is, comment, now)) = (told(&before, film), told(&after, film));
            assert!((is - was - 4.0).abs() < 0.3, "{film:?}: {was} s became {is} s");
            assert_eq!(streams, now, "sound and picture are both there");
            assert!(comment.contains("核心秘密★3年") && comment.contains("金匮轴承"), "{comment}");
        }
    }

    #[test]
    fn h_9_2_1_a_recording_begins_with_tones_and_stays_whole() {
        for (film, format) in [(Film::Wav, "wav"), (Film::Mp3, "mp3"), (Film::Flac, "flac"), (Film::Ogg, "ogg")] {
            let before = made(&["sine=frequency=300:duration=3", "-f", format]);
            assert_eq!(Film::of(&before), Some(film));
            let after = marked(&before).unwrap();
            let ((was, ..), (is, ..)) = (told(&before, film), told(&after, film));
            assert!((is - was - 2.0).abs() < 0.3, "{film:?}: {was} s became {is} s");
        }
    }

    #[test]
    fn what_is_no_film_is_refused_and_no_list_of_other_files_is_followed() {
        assert_eq!(marked(b"\0\0\0\x20ftypisom and nothing else").unwrap_err().code(), "mark.damaged");
        let list = b"\x1a\x45\xdf\xa3#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n";
        assert_eq!(marked(list).unwrap_err().code(), "mark.damaged");
    }
}
