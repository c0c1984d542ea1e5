//! QR codes, drawn on the terminal from their content; never fetched from a URL.

use std::fmt;

use mpac_pgw_protocol::Timestamp;
use qrcode::bits::{Bits, encode_auto};
use qrcode::types::QrError;
use qrcode::{EcLevel, QrResult, Version};
use serde::{Deserialize, Serialize};

use crate::error::TerminalError;
use crate::png::Png;
use crate::qr_mask;
use crate::secret::Secret;

/// Light modules around the code, as ISO/IEC 18004 asks for.
const QUIET_ZONE: u32 = 4;

/// The Extended Channel Interpretation that names UTF-8.
const ECI_UTF_8: u32 = 26;

/// The largest PNG side, in pixels: more than any terminal's screen.
const MAX_SIZE: u32 = 4096;

/// A QR code to show to the customer.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, uniffi::Record)]
pub struct QrCode {
    /// What the code holds, byte for byte.
    pub content: Secret,
    /// When it can no longer be paid, if the gateway says so. The SDK then fetches a new one, but leaves
    /// each on show for a minute at least.
    pub expires_at: Option<Timestamp>,
    /// The wallet that pays it, such as `PAYPAY`.
    pub provider: String,
}

// Whoever reads the content can pay the order, or learn about it.
impl fmt::Debug for QrCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QrCode")
            .field("provider", &self.provider)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// The modules of a code, without its quiet zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QrMatrix {
    /// Modules per side.
    pub width: u32,
    /// `width * width` modules, row by row; `true` is dark.
    pub modules: Vec<bool>,
}

impl QrMatrix {
    fn is_dark(&self, column: u32, row: u32) -> bool {
        let inside = column < self.width && row < self.width;
        let index = usize::try_from(row * self.width + column).unwrap_or(usize::MAX);
        inside && self.modules.get(index).copied().unwrap_or_default()
    }
}

/// The modules of a code with this content.
///
/// The strongest error correction is taken that costs no larger code than the medium level, so
/// that short contents survive glare and scratches.
///
/// # Errors
/// [`TerminalError::InvalidArgument`].
pub fn qr_matrix(content: &str) -> Result<QrMatrix, TerminalError> {
    if content.is_empty() {
        return Err(TerminalError::argument("content", "must not be empty"));
    }
    let too_long = |_| {
        let reason = format!("is too long for a QR code: {} bytes", content.len());
        TerminalError::argument("content", reason)
    };
    let medium = encode(content, EcLevel::M).map(|bits| (bits, EcLevel::M));
    let (bits, level) = medium
        .or_else(|_| encode(content, EcLevel::L).map(|bits| (bits, EcLevel::L)))
        .map_err(too_long)?;
    let version = bits.version();
    let (bits, level) = [EcLevel::H, EcLevel::Q]
        .into_iter()
        .filter_map(|level| Some((encode(content, level).ok()?, level)))
        .find(|(stronger, _)| stronger.version() == version)
        .unwrap_or((bits, level));
    let modules = qr_mask::draw(bits, level).map_err(too_long)?;
    Ok(QrMatrix {
        width: u32::try_from(version.width()).unwrap_or_default(),
        modules,
    })
}

/// What the smallest code for the content holds, not drawn yet.
fn encode(content: &str, level: EcLevel) -> QrResult<Bits> {
    if content.is_ascii() {
        return encode_auto(content.as_bytes(), level);
    }
    // The encoder takes some UTF-8 for Shift JIS and would use its kanji mode, and scanners guess
    // differently again: say that these bytes are UTF-8.
    let encode_as = |version| {
        let mut bits = Bits::new(Version::Normal(version));
        bits.push_eci_designator(ECI_UTF_8)?;
        bits.push_byte_data(content.as_bytes())?;
        bits.push_terminator(level)?;
        Ok(bits)
    };
    (1..=40)
        .map(encode_as)
        .find(Result::is_ok)
        .unwrap_or(Err(QrError::DataTooLong))
}

/// The code as a square PNG of `size` pixels a side, quiet zone included.
///
/// Every module is the same whole number of pixels, so the picture is crisp; what is left over
/// widens the quiet zone.
///
/// # Errors
/// [`TerminalError::InvalidArgument`] when the content is too long, or `size` is smaller than one pixel a module.
pub fn qr_png(content: &str, size: u32) -> Result<Vec<u8>, TerminalError> {
    let matrix = qr_matrix(content)?;
    let modules = matrix.width + 2 * QUIET_ZONE;
    if size < modules || size > MAX_SIZE {
        let reason = format!("must be from {modules} to {MAX_SIZE} pixels for this code");
        return Err(TerminalError::argument("size", reason));
    }
    let scale = size / modules;
    let margin = (size - matrix.width * scale) / 2;
    let is_dark = |x: u32, row: u32| {
        let inside = x.checked_sub(margin);
        inside.is_some_and(|x| matrix.is_dark(x / scale, row))
    };
    let eight_pixels = |x: u32, row: u32| {
        (x..x + 8).fold(0, |pixels, x| (pixels << 1) | u8::from(!is_dark(x, row)))
    };
    let pixels = |row| -> Vec<u8> {
        let columns = (0..size).step_by(8);
        columns.map(|x| eight_pixels(x, row)).collect()
    };
    // The row behind the last one, which is light.
    let light = pixels(matrix.width);
    let mut png = Png::new(size);
    png.rows(&light, margin);
    for row in 0..matrix.width {
        png.rows(&pixels(row), scale);
    }
    png.rows(&light, size - margin - matrix.width * scale);
    Ok(png.finish())
}

/// The code as an SVG document, quiet zone included; one unit a module, to be scaled at will.
///
/// # Errors
/// [`TerminalError::InvalidArgument`].
pub fn qr_svg(content: &str) -> Result<String, TerminalError> {
    use fmt::Write;
    let matrix = qr_matrix(content)?;
    let side = matrix.width + 2 * QUIET_ZONE;
    let mut path = String::new();
    for row in 0..matrix.width {
        let mut column = 0;
        while column < matrix.width {
            let run = (column..matrix.width)
                .take_while(|&c| matrix.is_dark(c, row))
                .fold(0, |run, _| run + 1);
            if run > 0 {
                // Writing to a String cannot fail.
                let _ = write!(
                    path,
                    "M{} {}h{run}v1h-{run}z",
                    column + QUIET_ZONE,
                    row + QUIET_ZONE
                );
            }
            column += run + 1;
        }
    }
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{side}\" height=\"{side}\" viewBox=\"0 0 {side} {side}\" \
         shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h{side}v{side}h-{side}z\"/>\
         <path fill=\"#000\" d=\"{path}\"/></svg>"
    ))
}

/// The code as text for a terminal with light text on a dark ground: two rows of modules a line,
/// quiet zone included.
///
/// # Errors
/// [`TerminalError::InvalidArgument`].
pub fn qr_text(content: &str) -> Result<String, TerminalError> {
    let matrix = qr_matrix(content)?;
    let side = matrix.width + 2 * QUIET_ZONE;
    let is_light = |column: u32, row: u32| {
        let module = (column.checked_sub(QUIET_ZONE), row.checked_sub(QUIET_ZONE));
        match module {
            (Some(column), Some(row)) => !matrix.is_dark(column, row),
            _ => true,
        }
    };
    let mut text = String::new();
    for row in (0..side).step_by(2) {
        for column in 0..side {
            let lower = row + 1 < side && is_light(column, row + 1);
            text.push(match (is_light(column, row), lower) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            });
        }
        text.push('\n');
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use resvg::{tiny_skia, usvg};

    #[test]
    fn there_is_no_code_of_nothing() {
        let error = qr_matrix("").unwrap_err();
        assert!(error.to_string().contains("`content`"), "{error}");
    }

    /// What an independent decoder reads from a picture.
    fn decode(luma: image::GrayImage) -> String {
        let mut picture = rqrr::PreparedImage::prepare(luma);
        let grids = picture.detect_grids();
        assert_eq!(grids.len(), 1, "one code in the picture");
        grids[0].decode().unwrap().1
    }

    fn from_png(content: &str, size: u32) -> String {
        let png = qr_png(content, size).unwrap();
        let picture = image::load_from_memory(&png).unwrap();
        assert_eq!((picture.width(), picture.height()), (size, size));
        decode(picture.to_luma8())
    }

    fn from_svg(content: &str, scale: u16) -> String {
        let svg = qr_svg(content).unwrap();
        let tree = usvg::Tree::from_str(&svg, &usvg::Options::default()).unwrap();
        let scale = f32::from(scale);
        let side = (tree.size().width() * scale) as u32;
        let mut pixmap = tiny_skia::Pixmap::new(side, side).unwrap();
        let transform = tiny_skia::Transform::from_scale(scale, scale);
        resvg::render(&tree, transform, &mut pixmap.as_mut());
        let luma = pixmap.pixels().iter().map(|pixel| pixel.red()).collect();
        decode(image::GrayImage::from_raw(side, side, luma).unwrap())
    }

    fn from_text(content: &str) -> String {
        let text = qr_text(content).unwrap();
        let width = text.lines().next().unwrap().chars().count();
        let pixels: Vec<u8> = text
            .lines()
            .flat_map(|line| {
                let row = |bright: [char; 2]| {
                    line.chars()
                        .map(move |c| if bright.contains(&c) { 255 } else { 0 })
                        .collect::<Vec<u8>>()
                };
                [row(['█', '▀']), row(['█', '▄'])].concat()
            })
            .collect();
        let (width, height) = (width as u32, (pixels.len() / width) as u32);
        let small = image::GrayImage::from_raw(width, height, pixels).unwrap();
        let nearest = image::imageops::FilterType::Nearest;
        decode(image::imageops::resize(
            &small,
            width * 4,
            height * 4,
            nearest,
        ))
    }

    const CONTENTS: [&str; 6] = [
        "https://qr.paypay.ne.jp/28180104EXAMPLE",
        "0",
        "00020101021226580012D156000000000510A93FO3230Q31280012D15600000001",
        "お会計 2,500円 ありがとうございます",
        "あ",
        "日本語とASCIIが混ざる https://example.jp/決済?x=1",
    ];

    #[test]
    fn every_rendering_reads_back() {
        for content in CONTENTS {
            assert_eq!(from_png(content, 400), content);
            assert_eq!(from_svg(content, 4), content);
            assert_eq!(from_text(content), content);
        }
    }

    #[test]
    fn sizes_that_cannot_be_crisp_are_refused() {
        for size in [0, 10, 28, 5000] {
            assert!(
                matches!(qr_png("0", size), Err(TerminalError::InvalidArgument { field, .. }) if field == "size"),
                "{size}"
            );
        }
        assert!(qr_png("0", 29).is_ok());
    }

    #[test]
    fn a_large_picture_is_a_small_file() {
        let longest = "x".repeat(1000);
        for (content, size, most) in [
            ("0", 29, 300),
            (CONTENTS[0], 480, 4_000),
            (CONTENTS[0], 4096, 50_000),
            (&longest, 4096, 150_000),
        ] {
            let bytes = qr_png(content, size).unwrap().len();
            assert!(bytes < most, "{bytes} of {most}");
        }
    }

    #[test]
    fn too_much_content_is_refused() {
        let content = "x".repeat(3000);
        assert!(matches!(
            qr_svg(&content),
            Err(TerminalError::InvalidArgument { field, .. }) if field == "content"
        ));
    }

    #[test]
    fn debug_does_not_show_the_content() {
        let qr = QrCode {
            content: "canary".into(),
            expires_at: None,
            provider: "PAYPAY".to_owned(),
        };
        assert!(!format!("{qr:?}").contains("canary"));
    }

    /// Up to 500 bytes of Latin, Japanese and other text.
    fn contents() -> impl Strategy<Value = String> {
        prop_oneof![
            "[ -~]{1,500}",
            "[ぁ-んァ-ヶ一-龠、。ー0-9a-z]{1,166}",
            "\\PC{1,125}"
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn png_reads_back(content in contents(), extra in 0u32..300) {
            let modules = qr_matrix(&content).unwrap().width + 8;
            prop_assert_eq!(from_png(&content, modules * 3 + extra), content);
        }

        #[test]
        fn svg_reads_back(content in contents(), scale in 3u16..6) {
            prop_assert_eq!(from_svg(&content, scale), content);
        }
    }
}
