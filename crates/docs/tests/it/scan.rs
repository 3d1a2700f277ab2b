//! What a scanner sends back is read again: the papers are written by our writer, printed by poppler, spoilt as scanners spoil, and read.

use std::{
    io::Write as _,
    sync::{Arc, LazyLock},
};

use image::{GrayImage, Luma};
use jingui_docs::{
    paper::{Block, Paper, write_pdf},
    scan::{self, Limits, Media, Scan},
};
use jingui_model::{Instant, Lang, Problem};

use crate::scanner::{jpeg, png, printed, spoilt, unpacked, wrapped};

const CODE: &str = "jingui:doc:carrier_destruction:XH-2026-0017:destruction_certificate:0123456789";

fn paper(code: &str, lines: usize) -> Vec<u8> {
    let mut paper = Paper::new(Lang::Zh, "涉密载体销毁证明", Instant::from_micros(1_795_228_200_000_000));
    paper.footer = "保密专员 于 2026-11-21 出具".to_owned();
    paper.page_label = "第 {page} 页 共 {pages} 页".to_owned();
    code.clone_into(&mut paper.code);
    paper.blocks = (0..lines).map(|n| Block::text(format!("第 {n} 条 载体由两人在场销毁，残留物不能恢复。"))).collect();
    write_pdf(&paper, &crate::paper::FONTS).unwrap().bytes
}

fn read(bytes: Vec<u8>) -> Result<Scan, Problem> {
    scan::read(&Arc::new(bytes), "jingui:doc:", &Limits::default(), &|| false)
}

fn code(bytes: Vec<u8>) -> String {
    read(bytes).unwrap_err().code().to_owned()
}

static SHEET: LazyLock<GrayImage> = LazyLock::new(|| printed(&paper(CODE, 20), 200).remove(0));

#[test]
fn a_paper_of_our_own_is_read_as_it_was_written_page_by_page() {
    let scan = read(paper(CODE, 60)).unwrap();
    assert_eq!(scan.media, Media::Pdf);
    assert!(scan.pages.len() > 1 && scan.pages.iter().all(|p| p == &[CODE]), "{scan:?}");
    assert_eq!(read(paper("", 3)).unwrap().pages, [Vec::<String>::new()]);
}

/// Sheets go in head first, upside down, askew; copies are grey; machines save toner.
#[test]
fn scans_that_are_turned_askew_grey_and_specked_are_read() {
    let fine = printed(&paper(CODE, 20), 300).remove(0);
    for (what, page) in [
        ("200 dpi", spoilt(&SHEET, 0.0, 1.0, 0)),
        ("upside down", spoilt(&SHEET, 180.0, 0.9, 10)),
        ("lying", spoilt(&SHEET, 90.0, 0.9, 10)),
        ("askew", spoilt(&SHEET, 3.7, 0.9, 20)),
        ("askew the other way", spoilt(&SHEET, -7.0, 0.8, 20)),
        ("grey", spoilt(&SHEET, 1.0, 0.35, 12)),
        ("specked", spoilt(&SHEET, -1.5, 0.8, 25)),
        ("300 dpi", spoilt(&fine, -2.2, 0.7, 25)),
    ] {
        for (how, bytes) in [("as PDF", wrapped(std::slice::from_ref(&page))), ("as a picture", png(&page))] {
            assert_eq!(read(bytes).unwrap().pages, [[CODE]], "{what} {how}");
        }
    }
}

#[test]
fn pictures_are_read_in_the_forms_in_which_scanners_save() {
    assert_eq!(read(jpeg(&SHEET)).map(|s| (s.media, s.pages)).unwrap(), (Media::Jpeg, vec![vec![CODE.to_owned()]]));
    assert_eq!(read(unpacked(&[SHEET.clone(), SHEET.clone()], 0)).unwrap().pages, [[CODE], [CODE]], "not compressed at all");
    let mut tiff = std::io::Cursor::new(vec![]);
    let mut writer = tiff::encoder::TiffEncoder::new(&mut tiff).unwrap();
    let blank = GrayImage::from_pixel(SHEET.width(), SHEET.height(), Luma([250]));
    for page in [&*SHEET, &blank] {
        writer.write_image::<tiff::encoder::colortype::Gray8>(page.width(), page.height(), page.as_raw()).unwrap();
    }
    let scan = read(tiff.into_inner()).unwrap();
    assert_eq!((scan.media, scan.pages), (Media::Tiff, vec![vec![CODE.to_owned()], vec![]]));
}

#[test]
fn a_batch_is_cut_into_pages_that_stay_as_they_were() {
    let other = "jingui:doc:agreement:XY-2026-0001:agreement_employee";
    let second = printed(&paper(other, 5), 200).remove(0);
    let batch = Arc::new(wrapped(&[SHEET.clone(), second.clone(), SHEET.clone()]));
    let pages = scan::read(&batch, "jingui:doc:", &Limits::default(), &|| false).unwrap().pages;
    assert_eq!(pages, [[CODE], [other], [CODE]]);
    let cut = scan::cut(&batch, &[1], &Limits::default()).unwrap();
    let theirs = jpeg(&second);
    assert!(cut.windows(2_000).any(|w| w == &theirs[1_000..3_000]), "the picture is the scanner's, byte for byte");
    assert_eq!(cut, scan::cut(&batch, &[1], &Limits::default()).unwrap(), "the same each time");
    assert_eq!(read(cut).unwrap().pages, [[other]]);
    assert_eq!(scan::cut(&batch, &[3], &Limits::default()).unwrap_err().code(), "docs.scan.damaged");
}

#[test]
fn codes_of_others_are_not_taken() {
    for other in ["https://example.com/jingui:doc:agreement:1:x", "JINGUI:DOC:agreement:1:x", "wxp://f2f0"] {
        assert_eq!(read(paper(other, 2)).unwrap().pages, [Vec::<String>::new()], "{other}");
    }
}

#[test]
fn what_is_broken_locked_or_swollen_is_refused_by_code() {
    assert_eq!(code(b"not a scan".to_vec()), "docs.scan.media");
    assert_eq!(code(b"%PDF-1.7\nnothing".to_vec()), "docs.scan.damaged");
    assert_eq!(code(jpeg(&SHEET)[..200].to_vec()), "docs.scan.damaged");
    let small = Limits { unpacked: 100_000, ..Limits::default() };
    let mut zeros = flate2::write::ZlibEncoder::new(vec![], flate2::Compression::best());
    zeros.write_all(&[0; 200_000]).unwrap();
    let zeros = zeros.finish().unwrap();
    let mut bomb = format!("%PDF-1.7\n1 0 obj\n<</Filter/FlateDecode/Length {}>>stream\n", zeros.len()).into_bytes();
    bomb.extend_from_slice(&zeros);
    bomb.extend_from_slice(b"\nendstream\nendobj\n");
    assert_eq!(scan::read(&Arc::new(bomb), "j", &small, &|| false).unwrap_err().code(), "docs.scan.large");
    let whole = Arc::new(wrapped(&[SHEET.clone(), SHEET.clone()]));
    let few = Limits { pages: 1, ..Limits::default() };
    assert_eq!(scan::read(&whole, "j", &few, &|| false).unwrap_err().code(), "docs.scan.pages");
    let tiny = Limits { pixels: 1_000, ..Limits::default() };
    for bytes in [whole.clone(), Arc::new(png(&SHEET))] {
        assert_eq!(scan::read(&bytes, "j", &tiny, &|| false).unwrap_err().code(), "docs.scan.large");
    }
    assert_eq!(scan::read(&whole, "j", &Limits::default(), &|| true).unwrap_err().code(), "docs.scan.slow");
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 12, ..Default::default() })]

    /// A scan that lost or changed some bytes on its way is read or refused, and nothing worse.
    #[test]
    fn spoilt_files_do_no_harm(at in 0_usize..60_000, with: u8, cut in 0_usize..60_000) {
        static SMALL: LazyLock<Vec<u8>> = LazyLock::new(|| wrapped(&[printed(&paper(CODE, 1), 40).remove(0)]));
        let mut bytes = SMALL.clone();
        let (at, cut) = (at % bytes.len(), cut % bytes.len());
        bytes[at] = with;
        bytes.drain(cut..(cut + 7).min(SMALL.len()));
        drop(read(bytes));
    }
}
