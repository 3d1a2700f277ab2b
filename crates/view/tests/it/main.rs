//! Pages of all sorts of files, and what hostile ones come to (H 9.6.3).

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests fail loudly")]

use std::{cell::Cell, fmt::Write as _, io::Write as _, path::Path, sync::Arc};

use flate2::{Compression, write::ZlibEncoder};
use image::{DynamicImage, GrayImage, ImageFormat, RgbImage};
use jingui_docs::paper::{Block, Paper, fonts, write_pdf};
use jingui_model::{Instant, Lang};
use jingui_view::{Document, Font, Format, Limits, Office, Reader, Secret, weigh};

struct Disk;

impl fonts::Shelf for Disk {
    fn files(&self, folder: &str) -> Vec<String> {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|e| e.path().to_string_lossy().into_owned()).collect()
    }

    fn read(&self, path: &str) -> Option<Vec<u8>> {
        std::fs::read(Path::new(path)).ok()
    }
}

fn machine() -> fonts::Fonts {
    fonts::find(&Disk, fonts::FOLDERS, fonts::Family::Sans).expect("fonts-noto-cjk is needed: scripts/setup.sh test")
}

fn font() -> Font {
    let regular = machine().regular;
    Font { bytes: regular.bytes, index: regular.index }
}

fn reader() -> Reader {
    Reader { words: "周工 2026-11-22 09:30 K7Q2P-9XMBA".into() }
}

fn open(bytes: Vec<u8>, name: &str) -> Result<Document, jingui_model::Problem> {
    let format = Format::of(&bytes, name)?;
    Document::open(format, Secret::new(bytes), &font(), &Limits::default())
}

fn page(document: &Document, number: usize, width: u32) -> RgbImage {
    let jpeg = document.page(number, width, &reader(), &font(), &|| false).unwrap();
    image::load_from_memory_with_format(&jpeg, ImageFormat::Jpeg).unwrap().into_rgb8()
}

/// How many elements differ clearly from a colour.
fn unlike(image: &RgbImage, colour: u8) -> usize {
    image.pixels().filter(|p| p.0.iter().any(|c| c.abs_diff(colour) > 12)).count()
}

fn paper(pages: usize) -> Vec<u8> {
    let mut paper = Paper::new(Lang::Zh, "工艺卡", Instant::from_micros(0));
    paper.blocks = (0..pages * 40).map(|n| Block::text(format!("第 {n} 行：淬火温度八百四十度，Quench oil ABC"))).collect();
    write_pdf(&paper, &machine()).unwrap().bytes
}

/// A PDF of one page with that content (ISO 32000-1, 7.5); fonts are only named.
fn raw(content: &[u8], more: &str) -> Vec<u8> {
    let mut out = b"%PDF-1.4\n".to_vec();
    let mut places = vec![];
    let stream = [format!("<< /Length {} >>\nstream\n", content.len()).as_bytes(), content, b"\nendstream"].concat();
    let resources = "<< /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> /XObject << /X 5 0 R >> >>";
    let objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec(),
        format!("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 400] /Resources {resources} /Contents 4 0 R >>").into_bytes(),
        stream,
    ];
    for (n, object) in objects.iter().enumerate() {
        places.push(out.len());
        out.extend(format!("{} 0 obj\n", n + 1).bytes());
        out.extend(object);
        out.extend(b"\nendobj\n");
    }
    out.extend(more.bytes());
    let at = out.len();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", places.len() + 1);
    for place in places {
        writeln!(table, "{place:010} 00000 n ").unwrap();
    }
    write!(table, "trailer << /Size 5 /Root 1 0 R >>\nstartxref\n{at}\n%%EOF").unwrap();
    out.extend(table.bytes());
    out
}

#[test]
fn h_9_6_3_pages_of_a_pdf_bear_the_reader_in_their_pixels() {
    let document = open(paper(3), "a.pdf").unwrap();
    assert!(document.sizes().len() >= 3);
    let picture = page(&document, 0, 800);
    assert_eq!(picture.width(), 800);
    assert!((f64::from(picture.height()) - 800.0 * 842.0 / 595.0).abs() < 3.0);
    // Nothing can be cut away: each sixth of the page has some of the line in it, also where the paper is empty.
    let blank = page(&open(raw(b"", ""), "a.pdf").unwrap(), 0, 800);
    let (w, h) = (blank.width() / 2, blank.height() / 3);
    for n in 0..6 {
        let part = image::imageops::crop_imm(&blank, n % 2 * w, n / 2 * h, w, h).to_image();
        assert!(unlike(&part, 255) > 500, "part {n}");
    }
    assert!(document.page(99, 800, &reader(), &font(), &|| false).is_err_and(|p| p.code() == "view.page"));
}

#[test]
fn h_9_6_3_the_line_is_read_on_black_and_on_white() {
    for shade in [0_u8, 128, 255] {
        let mut png = std::io::Cursor::new(vec![]);
        DynamicImage::ImageLuma8(GrayImage::from_pixel(600, 400, image::Luma([shade]))).write_to(&mut png, ImageFormat::Png).unwrap();
        let document = open(png.into_inner(), "a.png").unwrap();
        let picture = page(&document, 0, 1200);
        assert!(unlike(&picture, shade) > 3_000, "on {shade}: {}", unlike(&picture, shade));
    }
}

#[test]
fn fonts_that_a_pdf_only_names_are_drawn_and_read() {
    let document = open(raw(b"BT /F1 24 Tf 40 300 Td (Quench 840) Tj ET", ""), "a.pdf").unwrap();
    let text = document.text(0, &|| false).unwrap();
    assert_eq!(text.said(), "quench840");
    let hit = text.find("840", 5).remove(0).lines.remove(0);
    // 24 points at 40 from the left, its base 100 from above, on 300 by 400.
    assert!((0.3..0.6).contains(&hit.x) && (0.19..0.25).contains(&hit.y) && (0.1..0.2).contains(&hit.width), "{hit:?}");
    let (with, without) = (page(&document, 0, 600), page(&open(raw(b"", ""), "a.pdf").unwrap(), 0, 600));
    assert!(unlike(&with, 255) > unlike(&without, 255) + 500);
}

#[test]
fn words_of_a_printed_paper_are_found_where_they_stand() {
    let document = open(paper(2), "a.pdf").unwrap();
    let hits = document.text(0, &|| false).unwrap().find("淬火温度", 100);
    assert!(hits.len() > 20, "{}", hits.len());
    let (first, second) = (hits[0].lines[0], hits[1].lines[0]);
    assert!(first.y < second.y && (first.x - second.x).abs() < 0.2 && first.width > 0.03 && first.height < 0.05);
}

#[test]
fn text_and_code_are_laid_out_in_any_of_the_usual_encodings() {
    let (utf16, gb): (Vec<u8>, Vec<u8>) = (
        [vec![0xff, 0xfe], "淬火 quench\n".encode_utf16().flat_map(u16::to_le_bytes).collect()].concat(),
        vec![0xb4, 0xe3, 0xbb, 0xf0, b'\n'],
    );
    for (bytes, words) in [("fn main() {\n\t淬火();\n}\n".as_bytes().to_vec(), "淬火"), (utf16, "quench"), (gb, "淬火")] {
        let document = open(bytes, "a.rs").unwrap();
        assert_eq!(document.text(0, &|| false).unwrap().find(words, 5).len(), 1, "{words}");
        assert!(unlike(&page(&document, 0, 600), 255) > 500);
    }
    let long = open("甲乙丙丁".repeat(2_000).into_bytes(), "a.txt").unwrap();
    assert!(long.sizes().len() > 1, "long lines are broken, pages are filled");
    let binary = open([b"abc\0\x01\x02".as_slice(), &[0xff; 40]].concat(), "a.txt");
    assert_eq!(binary.unwrap_err().code(), "view.media");
    assert_eq!(open(vec![], "a.txt").unwrap_err().code(), "view.media");
}

#[test]
fn pictures_of_each_sort_are_shown_in_their_colours() {
    let red = DynamicImage::ImageRgb8(RgbImage::from_pixel(120, 80, image::Rgb([200, 30, 30])));
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Bmp, ImageFormat::Gif, ImageFormat::WebP] {
        let mut bytes = std::io::Cursor::new(vec![]);
        red.write_to(&mut bytes, format).unwrap();
        let document = open(bytes.into_inner(), "a").unwrap();
        assert_eq!(document.sizes().len(), 1, "{format:?}");
        let picture = page(&document, 0, 300);
        assert_eq!((picture.width(), picture.height()), (300, 200));
        let red = picture.pixels().filter(|p| p.0[0] > p.0[1].saturating_add(60)).count();
        assert!(red > 30_000, "{format:?}: {red}");
    }
}

#[test]
fn a_picture_that_claims_to_be_giant_is_not_unpacked() {
    let mut png = std::io::Cursor::new(vec![]);
    DynamicImage::new_luma8(2, 2).write_to(&mut png, ImageFormat::Png).unwrap();
    let mut png = png.into_inner();
    // Width and height stand in the first chunk (PNG, 11.2.2); its check sum is put right.
    png[16..20].copy_from_slice(&100_000_u32.to_be_bytes());
    png[20..24].copy_from_slice(&100_000_u32.to_be_bytes());
    let mut sum = flate2::Crc::new();
    sum.update(&png[12..29]);
    png[29..33].copy_from_slice(&sum.sum().to_be_bytes());
    assert_eq!(open(png, "a.png").unwrap_err().code(), "view.large");
}

#[test]
fn an_endless_page_is_stopped_before_it_is_drawn() {
    // A form that draws itself ten times, and each of those ten times: 10^n lines.
    let mut content = ZlibEncoder::new(vec![], Compression::best());
    for _ in 0..4_000_000 {
        content.write_all(b"0 0 m 9 9 l S\n").unwrap();
    }
    let packed = content.finish().unwrap();
    let mut pdf = raw(&packed, "");
    let length = format!("<< /Length {} >>", packed.len());
    let filtered = format!("<< /Length {} /Filter /FlateDecode >>", packed.len());
    let at = pdf.windows(length.len()).position(|w| w == length.as_bytes()).unwrap();
    pdf.splice(at..at + length.len(), filtered.bytes());
    let document = open(pdf, "a.pdf").unwrap();
    assert_eq!(document.page(0, 600, &reader(), &font(), &|| false).unwrap_err().code(), "view.large");
    let asked = Cell::new(0);
    let stopped = document.page(0, 600, &reader(), &font(), &|| {
        asked.set(asked.get() + 1);
        asked.get() > 3
    });
    assert_eq!((stopped.unwrap_err().code(), asked.get()), ("view.slow", 4), "and by whoever calls");
}

#[test]
fn a_pdf_that_unpacks_to_too_much_is_refused_before_that() {
    let mut bomb = ZlibEncoder::new(vec![], Compression::best());
    for _ in 0..400 {
        bomb.write_all(&vec![b' '; 1_000_000]).unwrap();
    }
    assert_eq!(open(raw(&bomb.finish().unwrap(), ""), "a.pdf").unwrap_err().code(), "view.large");
}

#[test]
fn broken_and_locked_files_are_told_apart_and_nothing_panics() {
    assert_eq!(open(b"%PDF-1.7 and nothing else".to_vec(), "a.pdf").unwrap_err().code(), "view.damaged");
    let whole = paper(1);
    for cut in [whole.len() / 3, whole.len() / 2, whole.len() - 40] {
        if let Ok(document) = open(whole[..cut].to_vec(), "a.pdf") {
            let _ = document.page(0, 300, &reader(), &font(), &|| false);
        }
    }
    for at in (0..whole.len()).step_by(whole.len() / 60) {
        let mut odd = whole.clone();
        odd[at] ^= 0x15;
        if let Ok(document) = open(odd, "a.pdf") {
            let _ = document.page(0, 200, &reader(), &font(), &|| false);
        }
    }
    let locked =
        [b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec(), "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect()].concat();
    assert_eq!(Format::of(&locked, "a.docx").unwrap_err().code(), "view.locked");
}

#[test]
fn an_office_file_that_unpacks_to_too_much_is_refused_before_any_program_sees_it() {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(vec![]));
    for name in ["[Content_Types].xml", "word/document.xml"] {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        for _ in 0..200 {
            zip.write_all(&vec![b' '; 1_000_000]).unwrap();
        }
    }
    let bomb = zip.finish().unwrap().into_inner();
    assert!(bomb.len() < 1_000_000);
    assert_eq!(Format::of(&bomb, "a.docx").unwrap(), Format::Office(Office::Docx));
    assert_eq!(weigh(Office::Docx, &bomb, &Limits::default()).unwrap_err().code(), "view.large");
    assert_eq!(Format::of(b"PK\x03\x04 no archive", "a.docx").unwrap_err().code(), "view.media");
}

#[test]
fn a_document_is_looked_at_by_several_threads() {
    let document = Arc::new(open(paper(2), "a.pdf").unwrap());
    let threads: Vec<_> = (0..2)
        .map(|n| {
            let document = Arc::clone(&document);
            std::thread::spawn(move || page(&document, n, 300).width())
        })
        .collect();
    assert!(threads.into_iter().all(|t| t.join().unwrap() == 300));
}
