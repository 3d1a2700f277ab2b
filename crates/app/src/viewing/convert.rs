//! Office files become a PDF: LibreOffice does it, in a box without network, home or disk (H 9.6.3).
//!
//! Why a box: what is opened is a stranger's file, and an office program follows what stands in it: pictures on other machines, files beside it.
//! `bwrap` gives the program name spaces of its own: no network, the system read-only, nothing writable but memory, no other process to be
//! seen, no rights. The file goes in by a pipe and the PDF comes out by one, so nothing unsealed touches a disk. Without the box nothing is
//! run: there is no way around it.

use std::{
    io::{Read, Write as _},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use jingui_model::Problem;
use jingui_view::{Office, Secret};
use zeroize::Zeroizing;

/// How often a running process is looked at.
const LOOK: Duration = Duration::from_millis(20);
/// Looks before it is ended: a minute.
const LOOKS: u32 = 3_000;
/// The memory file system inside, bytes.
const MEMORY: &str = "805306368";

/// What runs inside. The limits are for each process: address space in KiB, seconds of CPU, a written file in blocks of 512 bytes.
///
/// The first office program only waits; its profile and libraries are there when the document comes: one line with the ending, then its bytes. The
/// second hands its order over to the first through their pipe, and returns when the first is done. Where the first did not come up, the second works alone.
const INSIDE: &str = r#"
ulimit -v 6291456; ulimit -t 60; ulimit -f 1048576; ulimit -c 0
command -v soffice >/dev/null || exit 69
office() {
    soffice --headless --norestore --nolockcheck --nodefault --nofirststartwizard -env:UserInstallation=file:///tmp/profile "$@" </dev/null >/dev/null 2>&1
}
office &
first=$!
read -r ending && cat >"/tmp/in.$ending" || exit 74
up() { for pipe in /tmp/OSL_PIPE_*; do [ -S "$pipe" ] && return; done; return 1; }
until up || ! kill -0 "$first" 2>/dev/null; do sleep 0.02; done
office --convert-to pdf --outdir /tmp/out "/tmp/in.$ending"
[ -s /tmp/out/in.pdf ] || exit 65
cat /tmp/out/in.pdf
"#;
/// No office program.
const NO_OFFICE: i32 = 69;
/// It made nothing of the file.
const NOTHING_MADE: i32 = 65;

/// A box whose office program waits for one document. It ends with the thread that calls this.
///
/// # Errors
/// `view.no_sandbox`.
pub(super) fn start() -> Result<Child, Problem> {
    boxed().spawn().map_err(|e| no_box(&e.to_string()))
}

/// The PDF of an office file, by a box that waits.
///
/// # Errors
/// `view.no_sandbox`, `view.no_office`, `view.damaged` when nothing comes of it, `view.slow`, `view.large`.
pub(super) fn to_pdf(mut child: Child, office: Office, bytes: Secret, most: u64) -> Result<Secret, Problem> {
    // Both ends at once: neither the program nor this one waits for a full pipe.
    let into = child.stdin.take();
    let feeder = thread::spawn(move || {
        // A program that has given up says so by its end.
        let _ = into.map(|mut into| into.write_all(format!("{}\n", office.ending()).as_bytes()).and_then(|()| into.write_all(&bytes)));
    });
    let out = child.stdout.take();
    let reader = thread::spawn(move || read(out, most));
    let mut told = child.stderr.take();
    let ended = finish(&mut child);
    // After a kill the pipes are closed, so neither of them waits.
    drop(feeder.join());
    let made = reader.join().map_err(|_| Problem::internal("view.draw_failed"))?;
    match ended? {
        0 => match made? {
            made if made.is_empty() => Err(Problem::invalid("view.damaged")),
            made if made.len() as u64 > most => Err(Problem::too_large("view.large")),
            made => Ok(made),
        },
        NO_OFFICE => Err(Problem::unavailable("view.no_office")),
        // The office program, or a limit of the box, ended it.
        NOTHING_MADE | 74 | 128.. => Err(Problem::invalid("view.damaged")),
        _ => {
            let mut why = String::new();
            drop(told.as_mut().map(|t| t.take(400).read_to_string(&mut why)));
            Err(no_box(why.trim()))
        }
    }
}

/// The program in its box.
fn boxed() -> Command {
    let mut command = Command::new("bwrap");
    let path = std::env::var_os("PATH").unwrap_or_default();
    command.env_clear().env("PATH", path).current_dir("/");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.args(["--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv"]);
    command.args(["--uid", "65534", "--gid", "65534", "--hostname", "box"]);
    command.args(["--ro-bind", "/usr", "/usr", "--symlink", "usr/bin", "/bin", "--symlink", "usr/lib", "/lib"]);
    command.args(["--symlink", "usr/lib64", "/lib64"]);
    for folder in ["/etc/fonts", "/etc/libreoffice", "/etc/ld.so.cache", "/var/lib/libreoffice", "/var/cache/fontconfig"] {
        command.args(["--ro-bind-try", folder, folder]);
    }
    command.args(["--proc", "/proc", "--dev", "/dev", "--size", MEMORY, "--tmpfs", "/tmp", "--dir", "/tmp/out", "--chdir", "/tmp"]);
    for (name, value) in [("HOME", "/tmp"), ("PATH", "/usr/bin"), ("LANG", "C.UTF-8"), ("SAL_USE_VCLPLUGIN", "svp")] {
        command.args(["--setenv", name, value]);
    }
    command.args(["--", "/bin/sh", "-c", INSIDE]);
    command
}

/// All of it, and one byte more than is allowed at most.
fn read(out: Option<impl Read>, most: u64) -> Result<Secret, Problem> {
    let mut made = Zeroizing::new(Vec::with_capacity(1 << 20));
    if let Some(out) = out {
        out.take(most + 1).read_to_end(&mut made).map_err(|e| Problem::internal("view.draw_failed").detail(e))?;
    }
    Ok(made)
}

/// Waits for its end, and ends it when it takes too long.
fn finish(child: &mut Child) -> Result<i32, Problem> {
    for _ in 0..LOOKS {
        if let Some(status) = child.try_wait().map_err(|e| Problem::internal("view.draw_failed").detail(e))? {
            return Ok(status.code().unwrap_or(128));
        }
        thread::sleep(LOOK);
    }
    drop(child.kill());
    drop(child.wait());
    Err(Problem::too_large("view.slow"))
}

pub(super) fn no_box(why: &str) -> Problem {
    Problem::unavailable("view.no_sandbox").detail(why)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    const MOST: u64 = 64 << 20;

    fn rtf(text: &str) -> Secret {
        Zeroizing::new(format!("{{\\rtf1\\ansi {text}}}").into_bytes())
    }

    #[test]
    fn an_office_file_becomes_a_pdf() {
        let made = to_pdf(start().unwrap(), Office::Rtf, rtf("quench at 840"), MOST)
            .expect("bubblewrap and LibreOffice are needed: scripts/setup.sh test");
        assert!(made.starts_with(b"%PDF-"));
    }

    #[test]
    fn what_the_file_refers_to_elsewhere_is_not_fetched() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let link = format!("{{\\field{{\\*\\fldinst INCLUDEPICTURE \"http://127.0.0.1:{port}/a.png\"}}{{\\fldrslt x}}}}");
        to_pdf(start().unwrap(), Office::Rtf, rtf(&link), MOST).unwrap();
        let html = "<html><body><img src=\"http://127.0.0.1:PORT/b.png\">x</body></html>".replace("PORT", &port.to_string());
        drop(to_pdf(start().unwrap(), Office::Doc, Zeroizing::new(html.into_bytes()), MOST));
        assert_eq!(listener.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock, "nobody called");
    }

    #[test]
    fn the_box_has_no_network_no_home_and_no_disk() {
        let look = "ls /home /root /etc/passwd /var/lib 2>/dev/null | grep -v libreoffice | tr -d '\\n'; cat /proc/net/dev | grep -c : ; \
                    touch /usr/x 2>/dev/null && echo written; id -u";
        let mut command = boxed();
        // The same box around another program.
        let args: Vec<_> = command.get_args().take_while(|a| *a != "--").map(ToOwned::to_owned).collect();
        command = Command::new("bwrap");
        let out = command.args(args).args(["--", "/bin/sh", "-c", look]).output().unwrap();
        let said = String::from_utf8_lossy(&out.stdout).into_owned();
        assert_eq!(said.lines().collect::<Vec<_>>(), ["/var/lib:1", "65534"], "only the loop-back device, nobody's number: {said}");
    }

    #[test]
    fn what_no_office_program_can_read_is_said_to_be_damaged() {
        let problem = to_pdf(start().unwrap(), Office::Docx, Zeroizing::new(b"PK\x03\x04 and nothing else".to_vec()), MOST).unwrap_err();
        assert_eq!(problem.code(), "view.damaged");
        let problem = to_pdf(start().unwrap(), Office::Rtf, rtf("long"), 100).unwrap_err();
        assert_eq!(problem.code(), "view.large");
    }
}
