//! A printer and a scanner for tests: pages as pictures, spoilt as machines spoil them, wrapped as scanners wrap them.

use std::{
    f64::consts::PI,
    io::Write as _,
    process::{Command, Stdio},
};

use image::{DynamicImage, GrayImage, Luma};

/// The pages as a printer would put them on paper.
pub fn printed(pdf: &[u8], dpi: u32) -> Vec<GrayImage> {
    let folder = std::env::temp_dir().join(format!("jingui-scan-{}-{:?}-{dpi}", std::process::id(), std::thread::current().id()));
    std::fs::create_dir_all(&folder).unwrap();
    let mut child = Command::new("pdftoppm")
        .args(["-gray", "-r", &dpi.to_string(), "-", "page"])
        .current_dir(&folder)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap_or_else(|_| panic!("pdftoppm of poppler-utils is needed: scripts/setup.sh test"));
    child.stdin.take().unwrap().write_all(pdf).unwrap();
    assert!(child.wait().unwrap().success());
    let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    let pages = files.iter().map(|f| pgm(&std::fs::read(f).unwrap())).collect();
    std::fs::remove_dir_all(&folder).unwrap();
    pages
}

/// A portable grey map: `P5`, width, height, 255, and the picture.
fn pgm(bytes: &[u8]) -> GrayImage {
    let head: Vec<&str> = bytes.splitn(4, |b| *b == b'\n').take(3).map(|l| std::str::from_utf8(l).unwrap()).collect();
    let size: Vec<u32> = head[1].split(' ').map(|n| n.parse().unwrap()).collect();
    let start = head.iter().map(|l| l.len() + 1).sum();
    GrayImage::from_raw(size[0], size[1], bytes[start..].to_vec()).unwrap()
}

/// Turned by some degrees on a white ground, greyer, with specks.
pub fn spoilt(page: &GrayImage, degrees: f64, contrast: f64, noise: u32) -> GrayImage {
    let (sin, cos) = (degrees * PI / 180.0).sin_cos();
    let (w, h) = (f64::from(page.width()), f64::from(page.height()));
    let (nw, nh) = (w * cos.abs() + h * sin.abs(), w * sin.abs() + h * cos.abs());
    let mut seed = 0x2545_f491_u32;
    GrayImage::from_fn(nw as u32, nh as u32, |x, y| {
        let (dx, dy) = (f64::from(x) - nw / 2.0, f64::from(y) - nh / 2.0);
        let (sx, sy) = (dx * cos + dy * sin + w / 2.0, dy * cos - dx * sin + h / 2.0);
        let at = |x: f64, y: f64| {
            if x < 0.0 || y < 0.0 || x >= w || y >= h { 255.0 } else { f64::from(page.get_pixel(x as u32, y as u32).0[0]) }
        };
        let (fx, fy) = (sx - sx.floor(), sy - sy.floor());
        let value = (at(sx, sy) * (1.0 - fx) + at(sx + 1.0, sy) * fx) * (1.0 - fy)
            + (at(sx, sy + 1.0) * (1.0 - fx) + at(sx + 1.0, sy + 1.0) * fx) * fy;
        seed ^= seed << 13;
        seed ^= seed >> 17;
        seed ^= seed << 5;
        let speck = if noise > 0 { f64::from(seed % (2 * noise + 1)) - f64::from(noise) } else { 0.0 };
        Luma([(190.0 + (value - 190.0) * contrast + speck).clamp(0.0, 255.0) as u8])
    })
}

pub fn jpeg(page: &GrayImage) -> Vec<u8> {
    let mut out = vec![];
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut out, 70).encode_image(page).unwrap();
    out
}

pub fn png(page: &GrayImage) -> Vec<u8> {
    let mut out = std::io::Cursor::new(vec![]);
    DynamicImage::ImageLuma8(page.clone()).write_to(&mut out, image::ImageFormat::Png).unwrap();
    out.into_inner()
}

/// As a scanner writes a PDF: a picture on each page and nothing else.
pub fn wrapped(pages: &[GrayImage]) -> Vec<u8> {
    bound(pages, 0, |page| ("/Filter/DCTDecode", jpeg(page)))
}

/// By a scanner that does not compress, with so many bytes more that belong to no page.
pub fn unpacked(pages: &[GrayImage], more: usize) -> Vec<u8> {
    bound(pages, more, |page| ("", page.as_raw().clone()))
}

fn bound(pages: &[GrayImage], more: usize, packed: impl Fn(&GrayImage) -> (&'static str, Vec<u8>)) -> Vec<u8> {
    // At once as large as it gets: what the tests themselves hold must not hide what is held while a file is read.
    let mut out = Vec::with_capacity(more + pages.iter().map(|p| p.as_raw().len() + 1_000).sum::<usize>() + 1_000);
    out.extend_from_slice(b"%PDF-1.4\n");
    let mut places = vec![];
    let mut object = |out: &mut Vec<u8>, head: String, stream: Option<&[u8]>| {
        places.push(out.len());
        write!(out, "{} 0 obj\n{head}\n", places.len()).unwrap();
        if let Some(stream) = stream {
            out.extend_from_slice(b"stream\n");
            out.extend_from_slice(stream);
            out.extend_from_slice(b"\nendstream\n");
        }
        out.extend_from_slice(b"endobj\n");
    };
    object(&mut out, "<</Type/Catalog/Pages 2 0 R>>".to_owned(), None);
    let kids: String = (0..pages.len()).map(|n| format!("{} 0 R ", 3 + 3 * n)).collect();
    object(&mut out, format!("<</Type/Pages/Kids[{kids}]/Count {}>>", pages.len()), None);
    for (n, page) in pages.iter().enumerate() {
        let (picture, content) = (4 + 3 * n, 5 + 3 * n);
        let (w, h) = page.dimensions();
        // The longer side of a sheet is that of A4; one put in askew is a little longer.
        let (wide, high) = (w * 842 / w.max(h), h * 842 / w.max(h));
        object(
            &mut out,
            format!(
                "<</Type/Page/Parent 2 0 R/MediaBox[0 0 {wide} {high}]/Resources<</XObject<</I {picture} 0 R>>>>/Contents {content} 0 R>>"
            ),
            None,
        );
        let (filter, data) = packed(page);
        let head = format!(
            "<</Type/XObject/Subtype/Image/Width {w}/Height {h}/ColorSpace/DeviceGray/BitsPerComponent 8{filter}/Length {}>>",
            data.len()
        );
        object(&mut out, head, Some(&data));
        let draw = format!("{wide} 0 0 {high} 0 0 cm /I Do");
        object(&mut out, format!("<</Length {}>>", draw.len()), Some(draw.as_bytes()));
    }
    if more > 0 {
        object(&mut out, format!("<</Length {more}>>\nstream"), None);
        let end = out.len() - "endobj\n".len();
        out.truncate(end);
        out.resize(end + more, b' ');
        out.extend_from_slice(b"\nendstream\nendobj\n");
    }
    let start = out.len();
    write!(out, "xref\n0 {}\n0000000000 65535 f \n", places.len() + 1).unwrap();
    for place in &places {
        writeln!(out, "{place:010} 00000 n ").unwrap();
    }
    write!(out, "trailer\n<</Root 1 0 R/Size {}>>\nstartxref\n{start}\n%%EOF\n", places.len() + 1).unwrap();
    out
}
