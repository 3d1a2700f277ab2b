//! Pictures: the band below, the words across, what belongs to the picture kept.

use std::io::Cursor;

use image::{
    DynamicImage, ImageDecoder as _, ImageEncoder as _, Rgb, RgbImage,
    codecs::{
        jpeg::{JpegDecoder, JpegEncoder, PixelDensity},
        png::PngEncoder,
    },
};
use jingui_mark::{Format, Left, Limits};

use crate::tools::*;

fn plain() -> RgbImage {
    RgbImage::from_fn(400, 300, |x, y| Rgb([u8::try_from(x / 2).unwrap(), u8::try_from(y / 2).unwrap(), 200]))
}

pub fn png() -> Vec<u8> {
    let mut out = vec![];
    PngEncoder::new(&mut out).write_image(plain().as_raw(), 400, 300, image::ExtendedColorType::Rgb8).unwrap();
    out
}

/// A picture of a camera that was held on its side: EXIF orientation 6, a quarter turn clockwise.
pub fn jpeg() -> Vec<u8> {
    let mut out = vec![];
    let mut encoder = JpegEncoder::new_with_quality(&mut out, 95);
    encoder.set_pixel_density(PixelDensity::dpi(300));
    let exif = [&b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"[..]].concat();
    encoder.set_exif_metadata(exif).unwrap();
    encoder.write_image(plain().as_raw(), 400, 300, image::ExtendedColorType::Rgb8).unwrap();
    out
}

fn open(bytes: &[u8]) -> DynamicImage {
    image::load_from_memory(bytes).unwrap()
}

#[test]
fn h_9_2_1_a_picture_gets_a_band_below_and_light_words_across() {
    let marked = put(&png(), &mark());
    assert_eq!((marked.format, marked.left.as_slice()), (Format::Png, &[][..]));
    assert_eq!(read(&marked.bytes), Some(mark()));
    let (new, old) = (open(&marked.bytes).into_rgb8(), plain());
    assert!(new.width() == 400 && new.height() > 320, "{}", new.height());
    let reds = new.enumerate_pixels().filter(|(_, y, p)| *y > 300 && p.0[0] > 150 && p.0[1] < 80 && p.0[2] < 80).count();
    assert!(reds > 400, "the band says it in red: {reds}");
    let changed = old.enumerate_pixels().filter(|(x, y, p)| new.get_pixel(*x, *y) != *p).count();
    assert!((500..60_000).contains(&changed), "most of the picture is as it was: {changed}");
    for (x, y, p) in old.enumerate_pixels() {
        for (a, b) in p.0.iter().zip(new.get_pixel(x, y).0) {
            assert!(a.abs_diff(b) <= 40, "light: what is below can be read");
        }
    }
}

#[test]
fn a_picture_of_a_camera_stays_upright_and_keeps_its_resolution() {
    let marked = put(&jpeg(), &mark());
    assert_eq!((marked.format, marked.left.as_slice()), (Format::Jpeg, &[Left::PackedAnew][..]));
    assert_eq!(read(&marked.bytes), Some(mark()));
    let mut decoder = JpegDecoder::new(Cursor::new(&marked.bytes)).unwrap();
    let (width, height) = decoder.dimensions();
    assert!(width == 300 && height > 400, "turned as it is seen, the band below: {width}x{height}");
    assert_eq!(decoder.orientation().unwrap(), image::metadata::Orientation::NoTransforms, "and not turned twice");
    let at = marked.bytes.windows(5).position(|w| w == b"JFIF\0").unwrap();
    assert_eq!(marked.bytes[at + 7..at + 12], [1, 1, 44, 1, 44], "300 dots an inch");
}

#[test]
fn h_9_2_2_a_new_band_takes_the_place_of_the_old_one() {
    for old in [png(), jpeg()] {
        let once = put(&old, &mark());
        let again = put(&once.bytes, &later());
        assert!(again.left.contains(&Left::OldWatermark), "what is drawn in is said to stay");
        assert_eq!(read(&again.bytes), Some(later()));
        assert_eq!(open(&again.bytes).height(), open(&put(&old, &later()).bytes).height(), "one band, not two");
        assert_eq!(jingui_mark::strip(&again.bytes, &Limits::default()).unwrap_err().code(), "mark.drawn_in");
    }
    let once = put(&png(), &mark());
    assert_eq!(put(&once.bytes, &mark()).bytes, once.bytes, "marked twice is marked once");
}

#[test]
fn pictures_that_attack_are_refused() {
    let few = Limits { max_pixels: 119_999, ..Limits::default() };
    for picture in [png(), jpeg()] {
        assert_eq!(jingui_mark::put(&picture, &mark(), Some(&FONT), &few).unwrap_err().code(), "mark.too_many_pixels");
    }
    // A head that claims 4 billion pixels and has none.
    let mut bomb = png();
    bomb[16..24].copy_from_slice(&[0, 1, 0, 0, 0, 1, 0, 0]);
    assert!(["mark.too_many_pixels", "mark.damaged"].contains(&code(&bomb).as_str()));
    let mut moving = png()[..33].to_vec();
    moving.extend(b"\0\0\0\0acTL\0\0\0\0");
    assert_eq!(code(&moving), "mark.animated");
}

#[test]
fn a_small_or_clear_picture_is_marked_too() {
    for (width, height) in [(1, 1), (16, 16), (40, 2_000)] {
        let mut out = vec![];
        let clear = DynamicImage::new_rgba8(width, height);
        PngEncoder::new(&mut out).write_image(clear.as_bytes(), width, height, image::ExtendedColorType::Rgba8).unwrap();
        let marked = put(&out, &mark());
        assert_eq!(read(&marked.bytes), Some(mark()));
        assert!(open(&marked.bytes).color().has_alpha());
    }
}
